//! The command line's one clock. Nothing else in this crate asks what time it is.

use std::time::SystemTime;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::failure::{OrFail, Result};

/// The current time, ISO-8601 UTC, whole seconds.
///
/// # Errors
/// When the machine's clock is outside of the years that can be written.
pub(crate) fn now() -> Result<String> {
    let now = OffsetDateTime::from(instant()).replace_nanosecond(0).or_fail("read the clock", SET_IT)?;
    now.format(&Rfc3339).or_fail("read the clock", SET_IT)
}

/// The current time, to compare with those that are remembered.
pub(crate) fn start() -> OffsetDateTime {
    OffsetDateTime::from(instant())
}

/// The current time, to compare with those of files.
#[expect(clippy::disallowed_methods, reason = "this is the one clock")]
pub(crate) fn instant() -> SystemTime {
    SystemTime::now()
}

const SET_IT: &str = "set the clock of this machine";
