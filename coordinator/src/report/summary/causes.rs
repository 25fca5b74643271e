//! What one change would close, as `summary.json` has it.

use serde::Serialize;

use crate::report::causes::{self, Cause, Closed};

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
    origin: From<'a>,
    findings: u64,
    accounts: u64,
    resources: Vec<Resource<'a>>,
}

#[derive(Serialize)]
struct From<'a> {
    kind: &'a str,
    name: &'a str,
}

#[derive(Serialize)]
struct Resource<'a> {
    account: &'a str,
    region: &'a str,
    resource: &'a str,
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
            origin: From { kind: &cause.origin.kind, name: &cause.origin.name },
            findings: cause.findings,
            accounts: cause.accounts(),
            resources: cause.samples.iter().map(Resource::of).collect(),
        }
    }
}

impl<'a> Resource<'a> {
    fn of(closed: &'a Closed) -> Self {
        Self { account: &closed.account, region: &closed.region, resource: &closed.resource }
    }
}
