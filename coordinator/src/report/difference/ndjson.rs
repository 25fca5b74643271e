//! Differences as NDJSON: one object a line, `kind` says which. Field names and their order are part of it.

use std::io::{self, Write};

use serde::Serialize;

use super::{
    AccountDifference, AccountTurn, Because, Difference, FindingDifference, MemberDifference, Note, ResourceDifference,
    Stand,
};
use crate::report::ndjson::{AcceptedLine, OwnerLine};

/// The scans that are compared.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Compared<'a> {
    /// The earlier one.
    pub from: &'a str,
    /// The later one.
    pub to: &'a str,
}

/// Writes one line; what it is told of (two scans, or one night) stands at its end.
///
/// # Errors
/// When the writer fails.
pub fn write(writer: &mut impl Write, difference: &Difference, of: &impl Serialize) -> io::Result<()> {
    let line = match difference {
        Difference::Account(account) => Line::account(account),
        Difference::Finding(finding) => Line::finding(finding),
        Difference::Resource(resource) => Line::resource(resource),
        Difference::Note(Note { code, text }) => Line::Note { code, text },
    };
    serde_json::to_writer(&mut *writer, &Told { line, of })?;
    writer.write_all(b"\n")
}

#[derive(Serialize)]
struct Told<'a, C> {
    #[serde(flatten)]
    line: Line<'a>,
    #[serde(flatten)]
    of: &'a C,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Line<'a> {
    Account {
        change: &'static str,
        account: &'a str,
        account_name: &'a str,
        since: &'a str,
    },
    Finding {
        change: &'static str,
        because: &'static str,
        account: &'a str,
        region: &'a str,
        control: &'a str,
        title: &'a str,
        severity: &'static str,
        resource: &'a str,
        resource_type: &'a str,
        old: Option<StandLine<'a>>,
        new: Option<StandLine<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        accepted: Option<Box<AcceptedLine<'a>>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        owner: Option<Box<OwnerLine<'a>>>,
    },
    Resource {
        change: &'static str,
        reason: &'a str,
        account: &'a str,
        region: &'a str,
        resource: &'a str,
        resource_type: &'a str,
        members: Vec<MemberLine<'a>>,
        members_left_out: usize,
    },
    Note {
        code: &'a str,
        text: &'a str,
    },
}

/// How a control stands.
#[derive(Serialize)]
pub(in crate::report) struct StandLine<'a> {
    status: &'static str,
    reason: &'a str,
    decided: &'static str,
    since: &'a str,
    stale_since: &'a str,
}

#[derive(Serialize)]
struct MemberLine<'a> {
    path: &'a str,
    old: Option<&'a str>,
    new: Option<&'a str>,
}

impl<'a> Line<'a> {
    fn account(AccountDifference { account, name, turn, on }: &'a AccountDifference) -> Self {
        Self::Account { change: AccountTurn::as_str(*turn), account, account_name: name, since: on }
    }

    fn finding(finding: &'a FindingDifference) -> Self {
        Self::Finding {
            change: finding.turn.as_str(),
            because: finding.because.map_or("", Because::as_str),
            account: &finding.at.account,
            region: &finding.at.region,
            control: &finding.control,
            title: &finding.title,
            severity: finding.severity.as_str(),
            resource: &finding.at.resource,
            resource_type: &finding.at.resource_type,
            old: finding.old.as_ref().map(StandLine::from),
            new: finding.new.as_ref().map(StandLine::from),
            accepted: finding.accepted.as_deref().map(|accepted| Box::new(accepted.into())),
            owner: finding.owner.as_deref().map(|owner| Box::new(owner.into())),
        }
    }

    fn resource(resource: &'a ResourceDifference) -> Self {
        Self::Resource {
            change: resource.turn.as_str(),
            reason: &resource.reason,
            account: &resource.at.account,
            region: &resource.at.region,
            resource: &resource.at.resource,
            resource_type: &resource.at.resource_type,
            members: resource.members.iter().map(MemberLine::from).collect(),
            members_left_out: resource.more,
        }
    }
}

impl<'a> From<&'a Stand> for StandLine<'a> {
    fn from(stand: &'a Stand) -> Self {
        Self {
            status: stand.status.as_str(),
            reason: &stand.reason,
            decided: stand.decided.map_or("", plumbline_baseline::Status::as_str),
            since: &stand.since,
            stale_since: &stand.stale_since,
        }
    }
}

impl<'a> From<&'a MemberDifference> for MemberLine<'a> {
    fn from(MemberDifference { path, old, new }: &'a MemberDifference) -> Self {
        Self { path, old: old.as_deref(), new: new.as_deref() }
    }
}
