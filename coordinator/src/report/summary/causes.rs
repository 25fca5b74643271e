//! What one change would close, as `summary.json` has it.

use serde::Serialize;

use crate::report::causes::{self, Cause, Resource};
use crate::report::ndjson::OriginLine;

/// How many changes are listed; the others are counted.
const LISTED: usize = 200;

/// All of it.
#[derive(Serialize)]
pub(super) struct Causes<'a> {
    findings: u64,
    shared_changes: u64,
    shared_findings: u64,
    own_changes: u64,
    is_cut: bool,
    list: Vec<Change<'a>>,
}

/// One change.
#[derive(Serialize)]
struct Change<'a> {
    control: &'a str,
    severity: &'static str,
    origin: OriginLine<'a>,
    findings: u64,
    accounts: u64,
    resources: Vec<Resource<'a>>,
}

impl<'a> Causes<'a> {
    pub(super) fn of(causes: &'a causes::Causes) -> Self {
        Self {
            findings: causes.findings,
            shared_changes: causes.shared.len() as u64,
            shared_findings: causes.closed(),
            own_changes: causes.alone(),
            is_cut: causes.is_cut,
            list: causes.shared.iter().take(LISTED).map(Change::of).collect(),
        }
    }
}

impl<'a> Change<'a> {
    fn of(cause: &'a Cause) -> Self {
        Self {
            control: &cause.control,
            severity: cause.severity.as_str(),
            origin: (&*cause.origin).into(),
            findings: cause.findings,
            accounts: cause.accounts(),
            resources: cause.samples.iter().map(Resource::from).collect(),
        }
    }
}
