//! Schedules and their fires, on disk.

/// How a schedule stands.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct ScheduleState {
    /// The expression and the zone that were decided by.
    #[prost(string, tag = "1")]
    pub rule: String,
    /// All fires until here have been decided, ISO-8601 UTC.
    #[prost(string, tag = "2")]
    pub until: String,
    /// Somebody told it to pause.
    #[prost(bool, tag = "3")]
    pub is_paused: bool,
    /// The scan that it started last; empty for none.
    #[prost(string, tag = "4")]
    pub scan: String,
    /// The configuration does not have it any more.
    #[prost(bool, tag = "5")]
    pub is_gone: bool,
}

/// What became of fires of one schedule.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Fire {
    /// The schedule.
    #[prost(string, tag = "1")]
    pub schedule: String,
    /// The last fire that this is about, ISO-8601 UTC; where somebody asked for it, when.
    #[prost(string, tag = "2")]
    pub time: String,
    /// What became of it.
    #[prost(enumeration = "FireOutcome", tag = "3")]
    pub outcome: i32,
    /// The scan that was started, or that was running still; empty for none.
    #[prost(string, tag = "4")]
    pub scan: String,
    /// Why none was started, where there is more to say than the outcome.
    #[prost(string, tag = "5")]
    pub reason: String,
    /// How many fires this is about.
    #[prost(uint32, tag = "6")]
    pub count: u32,
    /// The first of them, ISO-8601 UTC.
    #[prost(string, tag = "7")]
    pub first: String,
    /// When it was decided, ISO-8601 UTC.
    #[prost(string, tag = "8")]
    pub decided: String,
    /// The expression and the zone that were decided by.
    #[prost(string, tag = "9")]
    pub rule: String,
    /// Who asked for it; empty for the schedule itself.
    #[prost(string, tag = "10")]
    pub asked_by: String,
}

/// What becomes of fires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, prost::Enumeration)]
#[repr(i32)]
pub enum FireOutcome {
    /// Written by a newer version.
    Unspecified = 0,
    /// The schedule is new, or changed: its fires count from here.
    Begins = 1,
    /// A scan was started.
    Started = 2,
    /// Too long ago when it was seen.
    Missed = 3,
    /// The scan before had not ended.
    Skipped = 4,
    /// The schedule was paused.
    Paused = 5,
    /// A scan was to start, and could not or was not allowed to.
    Refused = 6,
}

impl FireOutcome {
    /// Its name, in lists and as a label.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unspecified => "unknown",
            Self::Begins => "begins",
            Self::Started => "started",
            Self::Missed => "missed",
            Self::Skipped => "skipped",
            Self::Paused => "paused",
            Self::Refused => "refused",
        }
    }
}
