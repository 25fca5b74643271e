//! The changes one after the other, for people and for machines.

use std::io::{self, Write};

use serde::Serialize;

use super::{Cause, Causes, Closed};
use crate::report::ndjson::OriginLine;
use crate::report::text::{counted, grouped, printable};

/// One change as machines read it, with all that it closes.
#[derive(Serialize)]
struct Line<'a> {
    scan: &'a str,
    control: &'a str,
    title: &'a str,
    severity: &'static str,
    origin: OriginLine<'a>,
    findings: u64,
    accounts: u64,
    resources: Vec<Resource<'a>>,
}

/// What a change closes, as machines read it.
#[derive(Serialize)]
pub(in crate::report) struct Resource<'a> {
    account: &'a str,
    region: &'a str,
    resource: &'a str,
}

impl<'a> From<&'a Closed> for Resource<'a> {
    fn from(closed: &'a Closed) -> Self {
        Self { account: &closed.account, region: &closed.region, resource: &closed.resource }
    }
}

/// Writes a change as one line of JSON, with all that it closes.
///
/// # Errors
/// When the writer fails.
pub fn write_line(out: &mut impl Write, scan: &str, cause: &Cause, closed: &[Closed]) -> io::Result<()> {
    let line = Line {
        scan,
        control: &cause.control,
        title: &cause.title,
        severity: cause.severity.as_str(),
        origin: (&*cause.origin).into(),
        findings: cause.findings,
        accounts: cause.accounts(),
        resources: closed.iter().map(Resource::from).collect(),
    };
    serde_json::to_writer(&mut *out, &line)?;
    out.write_all(b"\n")
}

/// Writes all changes for people, each with the first of what it closes.
///
/// # Errors
/// When the writer fails.
pub fn write_text(out: &mut impl Write, causes: &Causes) -> io::Result<()> {
    let close = if causes.shared.len() == 1 { "closes" } else { "close" };
    let changes = counted(causes.shared.len() as u64, "change");
    writeln!(out, "{changes} {close} {} of {}.", grouped(causes.closed()), counted(causes.findings, "finding"))?;
    for cause in &causes.shared {
        let (findings, accounts) = (counted(cause.findings, "finding"), counted(cause.accounts(), "account"));
        writeln!(out, "\n{} · {findings} in {accounts} · {}", cause.severity, printable(&cause.control))?;
        writeln!(out, "  {}", printable(&cause.origin.says()))?;
        for closed in &cause.samples {
            let resource = match closed.resource.as_str() {
                "" => "the account or Region as a whole".into(),
                resource => printable(resource),
            };
            writeln!(out, "    {} {} {resource}", printable(&closed.account), printable(&closed.region))?;
        }
        let more = cause.findings.saturating_sub(cause.samples.len() as u64);
        if more > 0 {
            writeln!(out, "    and {} more", grouped(more))?;
        }
    }
    Ok(())
}
