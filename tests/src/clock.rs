//! The wall clock of tests and benchmarks.

use time::OffsetDateTime;

/// The current time.
#[expect(clippy::disallowed_methods, reason = "this is the one clock")]
pub fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}
