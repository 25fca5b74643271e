//! What was decided of fires, and what of it goes on record.

use jiff::Timestamp;

use super::Record;
use crate::schedule::Schedule;

/// So many fires are counted one by one; a count of this many means: or more.
pub const COUNTED: u32 = 10_000;

/// The fires that one decision is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// How many they are, up to [`COUNTED`].
    pub count: u32,
    /// The first of them.
    pub first: Timestamp,
    /// The last of them.
    pub last: Timestamp,
}

/// What becomes of the fires of one schedule until a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The schedule.
    pub schedule: String,
    /// Its expression and zone, as decided by.
    pub rule: String,
    /// The last fire that this is about, and with the schedule the key of the decision; of [`Kind::Begins`], the moment.
    pub fire_time: Timestamp,
    /// What becomes of it.
    pub kind: Kind,
}

/// What becomes of fires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The schedule is new, or its expression or zone is: its fires count from this moment on.
    Begins {
        /// The expression and zone before.
        replaces: Option<String>,
    },
    /// A scan is to start, for the last one and for all that were missed before it.
    Start(Span),
    /// None is started: all of them are longer ago than the schedule's window.
    Missed(Span),
    /// None is started: the scan of an earlier fire has not ended.
    Skipped {
        /// That scan.
        still_running: String,
        /// The fires.
        due: Span,
    },
    /// None is started: the schedule is paused.
    Paused(Span),
}

impl Decision {
    /// What is on record of the schedule once this is.
    #[must_use]
    pub fn record(&self) -> Record {
        Record { rule: self.rule.clone(), until: self.fire_time }
    }
}

impl Kind {
    /// One word for it: the outcome, in lists and as a label.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Begins { .. } => "begins",
            Self::Start(_) => "started",
            Self::Missed(_) => "missed",
            Self::Skipped { .. } => "skipped",
            Self::Paused(_) => "paused",
        }
    }

    /// The fires that it is about.
    #[must_use]
    pub const fn due(&self) -> Option<Span> {
        match self {
            Self::Begins { .. } => None,
            Self::Start(due) | Self::Missed(due) | Self::Paused(due) | Self::Skipped { due, .. } => Some(*due),
        }
    }
}

impl Span {
    /// The fires after one moment until the last of them.
    pub(super) fn of(schedule: &Schedule, after: Timestamp, last: Timestamp) -> Self {
        let most = usize::try_from(COUNTED).unwrap_or(usize::MAX);
        let times = schedule.fires_between(after, last, most).times;
        let count = u32::try_from(times.len()).unwrap_or(COUNTED);
        Self { count, first: times.first().copied().unwrap_or(last), last }
    }
}
