//! The wall clock, for certificates.

use std::time::SystemTime;

/// Now.
#[expect(clippy::disallowed_methods, reason = "this is the one clock")]
pub(super) fn now() -> SystemTime {
    SystemTime::now()
}
