//! How long each thing is good for. `docs/identity.md` has the same table, and a test compares them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

const HOUR: u64 = 60 * 60;
const DAY: u64 = 24 * HOUR;

/// The root. Its key signs issuers only, and may lie somewhere else in between.
pub const ROOT: Duration = Duration::from_secs(3650 * DAY);
/// How long an issuer signs before the next one takes over.
pub const ISSUER_SIGNS: Duration = Duration::from_secs(90 * DAY);
/// How long an issuer's certificate is good: what it signs on its last day lives as long as on its first.
pub const ISSUER: Duration = Duration::from_secs(180 * DAY);
/// The coordinator's certificate, whose key is in memory only.
pub const COORDINATOR: Duration = Duration::from_secs(7 * DAY);
/// An agent's certificate. An hour would make an hour without a coordinator the end of every agent.
pub const AGENT: Duration = Duration::from_secs(DAY);
/// An operator's certificate, when nobody says otherwise; nobody can say more.
pub const OPERATOR: Duration = Duration::from_secs(90 * DAY);
/// An enrolment token.
pub const TOKEN: Duration = Duration::from_secs(10 * 60);
/// By how much clocks may differ: certificates begin so long before they are made.
pub const SKEW: Duration = Duration::from_secs(5 * 60);

/// From when until when something is good, to the second, as certificates have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Validity {
    pub(crate) not_before: SystemTime,
    pub(crate) not_after: SystemTime,
}

impl Validity {
    /// What is made now, and never outlives what it is signed with.
    pub(crate) fn new(now: SystemTime, lifetime: Duration, signer_ends: Option<SystemTime>) -> Self {
        let now = from_seconds(seconds(now));
        let ends = now + lifetime;
        Self {
            not_before: now - SKEW.min(Duration::from_secs(seconds(now))),
            not_after: signer_ends.map_or(ends, |end| end.min(ends)),
        }
    }

    /// When it was made.
    pub(crate) fn made(&self) -> SystemTime {
        self.not_before + SKEW
    }
}

/// Seconds since 1970; a clock before that stands at 1970.
pub(crate) fn seconds(at: SystemTime) -> u64 {
    at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// The time so many seconds after 1970.
pub(crate) fn from_seconds(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}
