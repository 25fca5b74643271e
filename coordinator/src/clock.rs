//! The clocks of the coordinator, in one place, so that a test can turn them.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Reads the time.
#[derive(Clone)]
pub(crate) struct Clock {
    monotonic: Arc<dyn Fn() -> Instant + Send + Sync>,
}

impl Clock {
    /// The machine's own.
    pub(crate) fn system() -> Self {
        Self::new(|| tokio::time::Instant::now().into_std())
    }

    /// A clock that answers what the function does.
    pub(crate) fn new(monotonic: impl Fn() -> Instant + Send + Sync + 'static) -> Self {
        Self { monotonic: Arc::new(monotonic) }
    }

    /// For what lasts: it never jumps.
    pub(crate) fn now(&self) -> Instant {
        (self.monotonic)()
    }

    /// For certificates.
    #[expect(clippy::disallowed_methods, reason = "this is the one clock")]
    pub(crate) fn time(&self) -> SystemTime {
        SystemTime::now()
    }

    /// For records: ISO-8601 UTC, whole seconds.
    #[expect(clippy::disallowed_methods, reason = "this is the one clock")]
    pub(crate) fn wall(&self) -> String {
        let now = OffsetDateTime::now_utc().replace_nanosecond(0).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        now.format(&Rfc3339).expect("every date of this clock has four digits of a year")
    }
}
