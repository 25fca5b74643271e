//! How far a step, a process or an account is. What was not measured is never done.

use std::collections::BTreeSet;
use std::sync::Arc;

/// How far something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// All that proves it holds, as a scan measured it.
    Done,
    /// It holds as far as it was measured, and for the rest a person has put their name to it, for a time.
    Attested,
    /// Something that proves it fails.
    Open,
    /// Nobody could tell: a control is `UNKNOWN`, or was not part of the scan.
    Unknown,
    /// It is for a person to confirm, and nobody has, or not again in time.
    Unconfirmed,
}

impl State {
    /// Of two things that are both wanted: what is open is open, and what is not known is not done.
    pub fn and(self, other: Self) -> Self {
        let weight = |state: Self| match state {
            Self::Done => 0,
            Self::Attested => 1,
            Self::Unconfirmed => 2,
            Self::Unknown => 3,
            Self::Open => 4,
        };
        if weight(other) > weight(self) { other } else { self }
    }

    /// Whether nothing is left to do, to find out or to confirm.
    pub fn is_done(self) -> bool {
        matches!(self, Self::Done | Self::Attested)
    }

    /// For people.
    pub fn says(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Attested => "attested",
            Self::Open => "open",
            Self::Unknown => "not known",
            Self::Unconfirmed => "to be confirmed",
        }
    }

    /// For machines and style sheets.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Attested => "attested",
            Self::Open => "open",
            Self::Unknown => "unknown",
            Self::Unconfirmed => "unconfirmed",
        }
    }
}

/// In how many accounts something is how far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// Accounts in which it is done, and all of it was measured.
    pub done: u64,
    /// Accounts in which it is done, and a person has put their name to what nobody can measure.
    pub attested: u64,
    /// Accounts in which it is open.
    pub open: BTreeSet<Arc<str>>,
    /// Accounts in which nobody can tell.
    pub unknown: BTreeSet<Arc<str>>,
    /// Accounts in which it is for a person to confirm.
    pub unconfirmed: u64,
    /// How many failures there are.
    pub failures: u64,
    /// Since when the oldest of them has been there; empty where the store does not say.
    pub since: Arc<str>,
}

impl Places {
    /// Counts an account.
    pub(crate) fn count(&mut self, account: &Arc<str>, state: State) {
        match state {
            State::Done => self.done += 1,
            State::Attested => self.attested += 1,
            State::Unconfirmed => self.unconfirmed += 1,
            State::Open => drop(self.open.insert(Arc::clone(account))),
            State::Unknown => drop(self.unknown.insert(Arc::clone(account))),
        }
    }

    /// Counts failures, the oldest of which has been there since then.
    pub(crate) fn count_failures(&mut self, failures: u64, since: &Arc<str>) {
        self.failures += failures;
        if !since.is_empty() && (self.since.is_empty() || *since < self.since) {
            self.since = Arc::clone(since);
        }
    }

    /// All accounts that were looked at.
    pub fn total(&self) -> u64 {
        self.done + self.attested + self.unconfirmed + self.open.len() as u64 + self.unknown.len() as u64
    }

    /// Of all accounts together.
    pub fn state(&self) -> State {
        if !self.open.is_empty() {
            State::Open
        } else if !self.unknown.is_empty() || self.total() == 0 {
            State::Unknown
        } else if self.unconfirmed > 0 {
            State::Unconfirmed
        } else if self.attested > 0 {
            State::Attested
        } else {
            State::Done
        }
    }
}
