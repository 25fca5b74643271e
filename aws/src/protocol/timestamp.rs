//! Timestamps: every form that AWS sends becomes ISO-8601 in UTC (`2026-11-23T14:00:00Z`, with a fraction of up to six
//! digits where there is one).

use time::format_description::well_known::{Iso8601, Rfc2822, Rfc3339};
use time::{Duration, OffsetDateTime, PrimitiveDateTime, UtcOffset};

/// The form of a timestamp in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Iso8601,
    Rfc822,
    Unix,
}

impl Format {
    /// A member's own format, or the protocol's default for its place.
    pub(super) fn of(named: Option<&str>, default: Self) -> Self {
        match named {
            Some("iso8601") => Self::Iso8601,
            Some("rfc822") => Self::Rfc822,
            Some("unix") => Self::Unix,
            _ => default,
        }
    }
}

/// A timestamp in ISO form, by its own form: services do not keep to what their models say.
pub(super) fn to_iso(text: &str) -> Option<String> {
    if is_plain(text) {
        return Some(text.to_owned());
    }
    if let Ok(seconds) = text.parse::<f64>() {
        return from_epoch(seconds);
    }
    // `2026-11-23 14:00:00`, as Python writes it.
    let joined = match text.split_once(' ') {
        Some((date, time)) if date.len() == 10 => format!("{date}T{time}"),
        _ => text.to_owned(),
    };
    let text = joined.as_str();
    let parsed = OffsetDateTime::parse(text, &Rfc3339)
        .or_else(|_| OffsetDateTime::parse(text, &Iso8601::DEFAULT))
        .or_else(|_| PrimitiveDateTime::parse(text, &Iso8601::DEFAULT).map(PrimitiveDateTime::assume_utc))
        .or_else(|_| OffsetDateTime::parse(text, &Rfc2822));
    Some(format_iso(parsed.ok()?.to_offset(UtcOffset::UTC)))
}

/// Seconds since 1970 in ISO form, rounded to microseconds: truncating would be off by one now and then.
pub(super) fn from_epoch(seconds: f64) -> Option<String> {
    let microseconds = (seconds * 1e6).round();
    if !microseconds.is_finite() || microseconds.abs() > 1e18 {
        return None;
    }
    let time = OffsetDateTime::UNIX_EPOCH.checked_add(Duration::microseconds(microseconds as i64))?;
    (0..=9999).contains(&time.year()).then(|| format_iso(time))
}

/// Seconds since 1970 of an ISO timestamp, for requests.
pub(super) fn to_epoch(text: &str) -> Option<f64> {
    let time = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    Some(time.unix_timestamp_nanos() as f64 / 1e9)
}

/// An ISO timestamp in the form of HTTP headers.
pub(super) fn to_http_date(text: &str) -> Option<String> {
    let time = OffsetDateTime::parse(text, &Rfc3339).ok()?.to_offset(UtcOffset::UTC);
    Some(time.format(&Rfc2822).ok()?.replace("+0000", "GMT"))
}

/// `YYYY-MM-DDTHH:MM:SSZ`, by far the most common form: already what documents hold.
fn is_plain(text: &str) -> bool {
    let pattern = b"0000-00-00T00:00:00Z";
    let fits = |(byte, form): (u8, &u8)| if *form == b'0' { byte.is_ascii_digit() } else { byte == *form };
    text.len() == pattern.len() && text.bytes().zip(pattern).all(fits)
}

fn format_iso(time: OffsetDateTime) -> String {
    let (year, month, day) = (time.year(), u8::from(time.month()), time.day());
    let (hour, minute, second) = (time.hour(), time.minute(), time.second());
    let mut text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
    if time.microsecond() > 0 {
        let fraction = format!(".{:06}", time.microsecond());
        text.push_str(fraction.trim_end_matches('0'));
    }
    text.push('Z');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(to_iso(text).as_deref(), Some(expected), "{text}");
    }

    #[test]
    fn every_form_becomes_iso_in_utc() {
        check("2026-11-23T14:00:00Z", "2026-11-23T14:00:00Z");
        check("2026-11-23T14:00:00.000Z", "2026-11-23T14:00:00Z");
        check("2026-11-23T14:00:00.120Z", "2026-11-23T14:00:00.12Z");
        check("2026-11-23T14:00:00+02:00", "2026-11-23T12:00:00Z");
        check("2026-11-23T14:00:00.000+0000", "2026-11-23T14:00:00Z");
        check("2026-11-23T14:00:00", "2026-11-23T14:00:00Z");
        check("2026-11-23 14:00:00.671000", "2026-11-23T14:00:00.671Z");
        check("Mon, 23 Nov 2026 14:00:00 GMT", "2026-11-23T14:00:00Z");
        check("Sun, 6 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37Z");
        check("1795442400", "2026-11-23T14:00:00Z");
        check("1.7954424E9", "2026-11-23T14:00:00Z");
    }

    #[test]
    fn fractions_of_epoch_seconds_are_rounded() {
        assert_eq!(from_epoch(1_795_442_400.123_456_7).as_deref(), Some("2026-11-23T14:00:00.123457Z"));
        assert_eq!(from_epoch(f64::NAN), None);
        assert_eq!(from_epoch(1e15), None);
    }

    #[test]
    fn requests_take_the_other_forms() {
        assert_eq!(to_epoch("2026-11-23T14:00:00Z"), Some(1_795_442_400.0));
        assert_eq!(to_http_date("2026-11-23T14:00:00Z").as_deref(), Some("Mon, 23 Nov 2026 14:00:00 GMT"));
    }

    #[test]
    fn other_text_is_refused() {
        assert_eq!(to_iso("yesterday"), None);
    }
}
