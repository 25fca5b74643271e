//! How far a process is in what is looked at.

use plumbline_baseline::pack::handbook::process::Process;

use crate::state::State;

/// How far a process is. Exactly one holds, and the first that fits:
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Progress {
    /// All of its places are done or attested.
    Done,
    /// Something of it is open, and something of it is done: somebody has begun, whatever it needs.
    UnderWay,
    /// Something of it is open and nothing of it is done, and something is open of what it needs. A need that is not known,
    /// or that is to be confirmed, blocks nothing: nobody knows that it is missing.
    Blocked,
    /// Something of it is open and nothing of it is done.
    Open,
    /// Nothing that was measured is open, and something was not measured.
    Unknown,
    /// All that can be measured is done: the rest is for a person to confirm.
    Unconfirmed,
}

impl Progress {
    /// All of them, in the order in which people want to see them.
    pub const ALL: [Self; 6] =
        [Self::Done, Self::UnderWay, Self::Open, Self::Blocked, Self::Unknown, Self::Unconfirmed];

    /// For people.
    pub fn says(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::UnderWay => "under way",
            Self::Blocked => "blocked",
            Self::Open => "open",
            Self::Unknown => "not known",
            Self::Unconfirmed => "to be confirmed",
        }
    }

    /// For machines and style sheets.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::UnderWay => "under_way",
            Self::Blocked => "blocked",
            Self::Open => "open",
            Self::Unknown => "unknown",
            Self::Unconfirmed => "unconfirmed",
        }
    }
}

/// Places by how far they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Measured, and all holds.
    pub done: u64,
    /// Somebody has put their name to it.
    pub attested: u64,
    /// For a person to confirm.
    pub unconfirmed: u64,
    /// Nobody could tell.
    pub unknown: u64,
    /// Something fails.
    pub open: u64,
}

impl Counts {
    /// Counts a place.
    pub(super) fn add(&mut self, state: State) {
        let count = match state {
            State::Done => &mut self.done,
            State::Attested => &mut self.attested,
            State::Unconfirmed => &mut self.unconfirmed,
            State::Unknown => &mut self.unknown,
            State::Open => &mut self.open,
        };
        *count += 1;
    }

    /// Counts what others counted.
    pub(super) fn merge(&mut self, other: Self) {
        self.done += other.done;
        self.attested += other.attested;
        self.unconfirmed += other.unconfirmed;
        self.unknown += other.unknown;
        self.open += other.open;
    }

    /// All places.
    pub fn total(self) -> u64 {
        self.done_or_attested() + self.unconfirmed + self.unknown + self.open
    }

    /// Those of which nothing is left.
    pub fn done_or_attested(self) -> u64 {
        self.done + self.attested
    }

    /// Whether there are places, and nothing is left of any.
    pub(super) fn is_done(self) -> bool {
        self.total() > 0 && self.done_or_attested() == self.total()
    }

    /// Whether it would be done once a person has confirmed what is left.
    pub(super) fn is_done_once_confirmed(self) -> bool {
        self.total() > 0 && self.done_or_attested() + self.unconfirmed == self.total()
    }

    /// How far they are together, given whether something is open of what is needed first.
    pub(super) fn progress(self, is_held_up: bool) -> Progress {
        match () {
            () if self.is_done() => Progress::Done,
            () if self.open > 0 && self.done_or_attested() > 0 => Progress::UnderWay,
            () if self.open > 0 && is_held_up => Progress::Blocked,
            () if self.open > 0 => Progress::Open,
            () if self.unknown > 0 || self.total() == 0 => Progress::Unknown,
            () => Progress::Unconfirmed,
        }
    }
}

/// A process in what is looked at.
#[derive(Clone, Debug)]
pub struct Placed<'r> {
    /// It.
    pub process: &'r Process,
    /// How far it is.
    pub progress: Progress,
    /// Its places.
    pub places: Counts,
    /// In how many accounts it is done; for one that is done once for the organization, 1 where it is.
    pub done_in: u64,
    /// Of how many.
    pub of: u64,
    /// Of what it needs, directly or not, the processes of which something is open; where it is blocked, they block it.
    pub waits_for: Vec<&'r str>,
}
