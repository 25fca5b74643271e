//! Points in time as AWS and scans write them, RFC 3339. Must not know what "now" is.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The point in time; `None` for any other text.
pub(crate) fn parse(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok()
}
