//! What replay says, for machines: one object a line. Field names and their order are part of the interface.

use std::io::{self, Write};

use plumbline_baseline::Verdict;
use serde::Serialize;

use super::compare::Compared;
use super::since::{History, Line};
use crate::report::ndjson::{EvidenceLine, WitnessLine};

#[derive(Serialize)]
struct ComparedLine<'a> {
    scan: &'a str,
    account: &'a str,
    account_name: &'a str,
    region: &'a str,
    control: &'a str,
    severity: &'static str,
    resource: &'a str,
    resource_type: &'a str,
    outcome: &'static str,
    then: Option<VerdictLine<'a>>,
    now: Option<VerdictLine<'a>>,
}

#[derive(Serialize)]
struct VerdictLine<'a> {
    status: &'static str,
    reason: &'a str,
    evidence: Vec<EvidenceLine<'a>>,
    witnesses: Vec<WitnessLine<'a>>,
}

impl<'a> From<&'a Verdict> for VerdictLine<'a> {
    fn from(verdict: &'a Verdict) -> Self {
        Self {
            status: verdict.status.as_str(),
            reason: &verdict.reason,
            evidence: verdict.grounds.evidence.iter().map(EvidenceLine::from).collect(),
            witnesses: verdict.grounds.witnesses.iter().map(WitnessLine::from).collect(),
        }
    }
}

/// Writes a verdict of a scan beside one of now.
///
/// # Errors
/// When the writer fails.
pub fn write_compared(writer: &mut impl Write, scan: &str, row: &Compared) -> io::Result<()> {
    let line = ComparedLine {
        scan,
        account: &row.account,
        account_name: &row.account_name,
        region: &row.region,
        control: &row.control,
        severity: row.severity.as_str(),
        resource: &row.resource,
        resource_type: &row.resource_type,
        outcome: row.outcome.as_str(),
        then: row.then.as_ref().map(VerdictLine::from),
        now: row.now.as_ref().map(VerdictLine::from),
    };
    serde_json::to_writer(&mut *writer, &line)?;
    writer.write_all(b"\n")
}

#[derive(Serialize)]
struct HistoryLine<'a> {
    account: &'a str,
    region: &'a str,
    control: &'a str,
    resource: &'a str,
    resource_type: &'a str,
    spells: Vec<SpellLine<'a>>,
}

#[derive(Serialize)]
struct SpellLine<'a> {
    status: &'static str,
    reason: &'a str,
    /// When the first and the last of its nights started, and their scans.
    from: &'a str,
    to: &'a str,
    from_scan: &'a str,
    to_scan: &'a str,
}

/// Writes how a control stood on a resource, from night to night.
///
/// # Errors
/// When the writer fails.
pub fn write_history(writer: &mut impl Write, history: &History, line: &Line<'_>) -> io::Result<()> {
    let night = |index: usize| &history.nights[index];
    let spells = line.spells.iter().map(|spell| SpellLine {
        status: spell.status.as_str(),
        reason: &spell.reason,
        from: &night(spell.from).started,
        to: &night(spell.to).started,
        from_scan: night(spell.from).scan.as_str(),
        to_scan: night(spell.to).scan.as_str(),
    });
    let &Line { account, region, control, resource, resource_type, .. } = line;
    let line = HistoryLine { account, region, control, resource, resource_type, spells: spells.collect() };
    serde_json::to_writer(&mut *writer, &line)?;
    writer.write_all(b"\n")
}
