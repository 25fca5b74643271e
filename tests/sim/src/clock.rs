//! The simulator's one clock: for sessions that end, and for the present of a world that names no other.

use time::OffsetDateTime;

/// The current time.
#[expect(clippy::disallowed_methods, reason = "this is the one clock")]
pub(crate) fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}
