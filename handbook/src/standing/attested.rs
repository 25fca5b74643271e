//! What people have confirmed of steps, and until when that is good. Plain data: where it was written, and whether it may be
//! said at all, is decided by whoever gives it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What somebody confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attestation {
    /// The process.
    pub process: String,
    /// Its step.
    pub step: String,
    /// The accounts in which it was confirmed; none for the whole organization.
    pub accounts: Option<BTreeSet<String>>,
    /// Who confirmed it: a stranger's text.
    pub by: String,
    /// The last day on which it is good, `2026-11-27`.
    pub until: String,
}

/// What is known to have been confirmed of a step in an account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Confirmed {
    /// The last day on which it is good.
    pub until: Arc<str>,
    /// Who confirmed it.
    pub by: Arc<str>,
    /// Whether that day is not over.
    pub is_valid: bool,
}

/// All that was confirmed, by process and step.
#[derive(Clone, Debug, Default)]
pub(super) struct Attestations {
    /// The day on which one asks; where nobody says, nothing is good any more.
    today: String,
    by_step: BTreeMap<String, BTreeMap<String, Vec<Attestation>>>,
}

impl Attestations {
    /// On a day, `2026-11-27`.
    pub(super) fn new(today: &str, all: impl IntoIterator<Item = Attestation>) -> Self {
        let mut by_step: BTreeMap<String, BTreeMap<String, Vec<Attestation>>> = BTreeMap::new();
        for each in all {
            by_step.entry(each.process.clone()).or_default().entry(each.step.clone()).or_default().push(each);
        }
        Self { today: today.to_owned(), by_step }
    }

    /// What is good for longest of a step in an account.
    pub(super) fn of(&self, process: &str, step: &str, account: &str) -> Option<Confirmed> {
        let all = self.by_step.get(process)?.get(step)?;
        let here = |each: &&Attestation| each.accounts.as_ref().is_none_or(|accounts| accounts.contains(account));
        let longest = all.iter().filter(here).max_by_key(|each| (&each.until, &each.by))?;
        Some(Confirmed {
            until: Arc::from(longest.until.as_str()),
            by: Arc::from(longest.by.as_str()),
            is_valid: !self.today.is_empty() && self.today <= longest.until,
        })
    }
}
