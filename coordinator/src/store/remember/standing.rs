//! Since when a control stands as it does on a resource.

use plumbline_proto::agent_v1::Status;

use crate::store::record::StandingRow;

/// Since when a row is what it is, in nights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The night on which the control said something of the resource first.
    pub first_seen: u32,
    /// The night since which the decided status has been what it is.
    pub since: u32,
    /// The first night since which it has been unknown; 0 when it is decided.
    pub stale_since: u32,
    /// Whether it ever was decided.
    pub is_decided: bool,
    /// Whether it was decided as a FAIL last.
    pub is_failing: bool,
    /// Whether what was decided before that was a FAIL.
    pub was_failing: bool,
    /// How often it became a FAIL.
    pub fails: u32,
}

impl Standing {
    pub(super) fn of(row: &StandingRow) -> Self {
        Self {
            first_seen: row.first_seen,
            since: row.since,
            stale_since: row.stale_since,
            is_decided: row.decided != Status::Unspecified as i32,
            is_failing: row.decided == Status::Fail as i32,
            was_failing: row.was == Status::Fail as i32,
            fails: row.fails,
        }
    }
}
