//! The wall clock, for certificates and for how old something on disk is.

use std::time::SystemTime;

/// Now.
#[expect(clippy::disallowed_methods, reason = "this is the one clock")]
pub(crate) fn now() -> SystemTime {
    SystemTime::now()
}

/// Seconds since 1970.
pub(crate) fn seconds() -> u64 {
    now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
