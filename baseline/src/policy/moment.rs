//! Points in time as policies and requests write them, as seconds since 1970.

use time::format_description::well_known::Iso8601;
use time::{Date, OffsetDateTime, PrimitiveDateTime};

/// An ISO 8601 date, with or without a time, or seconds since 1970.
pub(crate) fn parse(text: &str) -> Option<f64> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        // Four digits are a year.
        let is_year = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
        return if is_year { date(text) } else { Some(seconds).filter(|seconds| seconds.is_finite()) };
    }
    if let Ok(moment) = OffsetDateTime::parse(text, &Iso8601::PARSING) {
        return Some(seconds(moment));
    }
    if let Ok(moment) = PrimitiveDateTime::parse(text, &Iso8601::PARSING) {
        return Some(seconds(moment.assume_utc()));
    }
    date(text)
}

/// The moment as ISO 8601 in UTC, to the second.
pub(crate) fn format(seconds: f64) -> Option<String> {
    let moment = OffsetDateTime::from_unix_timestamp(seconds as i64).ok()?;
    moment.format(&time::format_description::well_known::Rfc3339).ok()
}

/// `2026`, `2026-11` or `2026-11-23`, at its start.
fn date(text: &str) -> Option<f64> {
    let whole = match text.len() {
        4 => format!("{text}-01-01"),
        7 => format!("{text}-01"),
        _ => text.to_owned(),
    };
    let date = Date::parse(&whole, &Iso8601::PARSING).ok()?;
    Some(seconds(date.midnight().assume_utc()))
}

fn seconds(moment: OffsetDateTime) -> f64 {
    moment.unix_timestamp_nanos() as f64 / 1e9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_every_form_that_policies_use() {
        for (text, seconds) in [
            ("1970-01-02T00:00:00Z", 86_400.0),
            ("1970-01-02", 86_400.0),
            ("1970-01-01T01:00:00+01:00", 0.0),
            ("1970-01-01T00:00:00.5Z", 0.5),
            ("1970-01-01T00:01Z", 60.0),
            ("1971", 31_536_000.0),
            ("1970-02", 2_678_400.0),
            ("86400", 86_400.0),
        ] {
            assert_eq!(parse(text), Some(seconds), "{text}");
        }
        assert_eq!(parse("yesterday"), None);
        assert_eq!(format(86_400.0).as_deref(), Some("1970-01-02T00:00:00Z"));
    }
}
