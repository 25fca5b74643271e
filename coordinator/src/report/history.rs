//! What became of a resource, or of a control, from scan to scan, in the words that people and machines read.

pub mod list;
pub mod ndjson;

use std::collections::BTreeMap;
use std::sync::Arc;

use plumbline_baseline::Severity;

use super::difference::{Difference, Stand, Turn, Where};

/// A resource from its first night to its last one.
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceHistory {
    /// Which.
    pub at: Where,
    /// Whether it is there.
    pub presence: Presence,
    /// When the scan began that found it first.
    pub first_seen: Arc<str>,
    /// When the last scan began that looked for it and found it; empty when no such scan is kept.
    pub last_seen: Arc<str>,
    /// How controls stand on it, or stood last.
    pub standings: Vec<Standing>,
    /// What happened, the earliest first.
    pub events: Vec<Event>,
}

/// Whether a resource is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presence {
    /// The last scan that looked for it found it.
    Present,
    /// It was not found since then, and nothing proves that it is gone.
    Missing {
        /// When the first scan began that did not find it.
        since: Arc<str>,
        /// Why the listing was not complete.
        reason: String,
    },
    /// The pack has nothing to do with its type any more: nobody looks for it.
    NotCollected {
        /// When the first scan began that did not look.
        since: Arc<str>,
    },
    /// A complete listing did not have it.
    Gone {
        /// When that scan began.
        on: Arc<str>,
        /// The scan.
        scan: String,
    },
    /// Its account left the organization.
    AccountLeft {
        /// When the scan began that noted it.
        on: String,
    },
}

/// How a control stands on a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The control's id.
    pub control: Arc<str>,
    /// Its title; empty when no scan that is kept knows it.
    pub title: Arc<str>,
    /// How severe a failure is.
    pub severity: Severity,
    /// How it stands.
    pub stand: Stand,
    /// When the scan began that first said something.
    pub first_seen: Arc<str>,
    /// How often it became a FAIL.
    pub fails: u32,
}

/// Something that a scan found to be otherwise.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The scan's number.
    pub night: u32,
    /// The scan; empty when it is not kept.
    pub scan: String,
    /// When it began.
    pub on: Arc<str>,
    /// What.
    pub difference: Difference,
}

/// Where a control fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failing {
    /// On what.
    pub at: Where,
    /// How, and since when.
    pub stand: Stand,
    /// How often it became a FAIL.
    pub fails: u32,
}

/// What a scan changed of a control, everywhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NightTally {
    /// The scan; empty when it is not kept.
    pub scan: String,
    /// When it began.
    pub on: Arc<str>,
    /// How many rows did what.
    pub turns: BTreeMap<Turn, u64>,
    /// Accounts in which one did.
    pub accounts: u64,
}

impl Presence {
    /// For machines.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Missing { .. } => "missing",
            Self::NotCollected { .. } => "not_collected",
            Self::Gone { .. } => "gone",
            Self::AccountLeft { .. } => "account_left",
        }
    }

    /// Since when, unless it is there.
    pub fn since(&self) -> &str {
        match self {
            Self::Present => "",
            Self::Missing { since, .. } | Self::NotCollected { since } => since,
            Self::Gone { on, .. } => on,
            Self::AccountLeft { on } => on,
        }
    }

    /// In words.
    pub fn words(&self, resource_type: &str) -> String {
        match self {
            Self::Present => "there".to_owned(),
            Self::Missing { since, reason } => {
                let why = if reason.is_empty() { "it was not listed" } else { reason };
                format!("not found since {since}, and nothing proves that it is gone: {why}")
            }
            Self::NotCollected { since } => {
                format!("not looked for since {since}: no control is about {resource_type}")
            }
            Self::Gone { on, scan } => {
                format!("gone on {on}: the complete listing of {resource_type} by scan {scan} does not have it")
            }
            Self::AccountLeft { on } => format!("account left on {on}"),
        }
    }
}
