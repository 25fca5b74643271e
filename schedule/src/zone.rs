//! A time zone of the IANA database, and a local time in it as a moment, across the changes of its clock.
//!
//! The database is the one that the program was built with, so that nothing on the machine changes what a schedule means.

use std::fmt;

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp};
use plumbline_baseline::suggest::closest;

/// A name that the database does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is not a time zone of the IANA database, such as Europe/Zurich or UTC{}", suggestion(.meant.as_deref()))]
pub struct UnknownZone {
    /// The name.
    pub name: String,
    /// The one that was probably meant.
    pub meant: Option<String>,
}

fn suggestion(name: Option<&str>) -> String {
    name.map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

/// A time zone.
#[derive(Clone, PartialEq, Eq)]
pub struct Zone {
    name: String,
    rules: TimeZone,
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Zone").field(&self.name).finish()
    }
}

impl Zone {
    /// The zone of a name, in upper or lower case.
    ///
    /// # Errors
    /// When the database has none of that name.
    pub fn named(name: &str) -> Result<Self, UnknownZone> {
        let database = TimeZoneDatabase::bundled();
        let known = || database.available().filter(|zone| is_offered(zone.as_str()));
        let found = known().find(|zone| zone.as_str().eq_ignore_ascii_case(name));
        match found.and_then(|zone| Some((zone.as_str().to_owned(), database.get(zone.as_str()).ok()?))) {
            Some((name, rules)) => Ok(Self { name, rules }),
            None => {
                let names: Vec<String> = known().map(|zone| zone.as_str().to_owned()).collect();
                Err(UnknownZone { meant: probably(name, &names), name: name.to_owned() })
            }
        }
    }

    /// Its name, as the database writes it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the clock there shows.
    #[must_use]
    pub fn local(&self, moment: Timestamp) -> DateTime {
        self.rules.to_datetime(moment)
    }

    /// The first moment at which the clock there shows this time or a later one: for a time that is skipped, when the
    /// clock has been put forward; for one that is there twice, the first. Nothing at the ends of the calendar.
    pub(crate) fn first_moment(&self, local: DateTime) -> Option<Timestamp> {
        let ambiguous = self.rules.to_ambiguous_timestamp(local);
        if !matches!(ambiguous.offset(), AmbiguousOffset::Gap { .. }) {
            return ambiguous.earlier().ok();
        }
        // With the offset of afterwards it lies before the change, with that of before behind it.
        let (mut before, mut after) = (ambiguous.earlier().ok()?, ambiguous.later().ok()?);
        while after.duration_since(before) > SignedDuration::from_secs(1) {
            let middle = Timestamp::from_second(i64::midpoint(before.as_second(), after.as_second())).ok()?;
            if self.local(middle) >= local {
                after = middle;
            } else {
                before = middle;
            }
        }
        Some(after)
    }
}

/// What the database has for machines and for history: it is no zone that somebody means.
fn is_offered(name: &str) -> bool {
    !matches!(name, "Etc/Unknown" | "Factory" | "localtime")
        && !name.starts_with("posix")
        && !name.starts_with("right/")
}

/// The zone that was meant: one whose city is that (`Zurich`), else the closest name.
fn probably(name: &str, names: &[String]) -> Option<String> {
    let wanted = name.replace([' ', '-'], "_");
    let city = |known: &&String| known.rsplit('/').next().is_some_and(|city| city.eq_ignore_ascii_case(&wanted));
    let place = wanted.rsplit('/').next().unwrap_or_default();
    let found = names.iter().find(city).map(String::as_str);
    let found = found.or_else(|| closest(&wanted, names.iter().map(String::as_str)));
    let cities = || names.iter().filter_map(|known| known.rsplit_once('/')).map(|(_, city)| city);
    let by_city = || {
        let city = closest(place, cities())?;
        names.iter().find(|known| known.rsplit('/').next() == Some(city)).map(String::as_str)
    };
    found.or_else(by_city).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meant(name: &str) -> Option<String> {
        Zone::named(name).expect_err("there is no such zone").meant
    }

    #[test]
    fn names_are_those_of_the_database() {
        assert_eq!(Zone::named("europe/zurich").unwrap().name(), "Europe/Zurich");
        assert_eq!(Zone::named("UTC").unwrap().name(), "UTC");
        for name in ["Etc/Unknown", "", "localtime", "../etc/passwd", "+01:00", "CET-1CEST"] {
            assert!(Zone::named(name).is_err(), "{name}");
        }
    }

    #[test]
    fn what_was_meant_is_said() {
        assert_eq!(meant("Europe/Zürich").as_deref(), Some("Europe/Zurich"));
        assert_eq!(meant("Zurich").as_deref(), Some("Europe/Zurich"));
        assert_eq!(meant("America/NewYork").as_deref(), Some("America/New_York"));
        assert_eq!(meant("new york").as_deref(), Some("America/New_York"));
        assert_eq!(meant("Asia/Calcuta").as_deref(), Some("Asia/Calcutta"));
        assert_eq!(meant("q").as_deref(), None);
        let text = Zone::named("Zurich").unwrap_err().to_string();
        assert!(text.ends_with("such as Europe/Zurich or UTC; did you mean `Europe/Zurich`?"), "{text}");
    }

    #[test]
    fn a_skipped_time_is_the_end_of_the_gap_and_a_double_one_the_first() {
        let zone = Zone::named("Europe/Zurich").unwrap();
        let first = |text: &str| zone.first_moment(text.parse().unwrap()).unwrap().to_string();
        assert_eq!(first("2026-03-29T02:30"), "2026-03-29T01:00:00Z");
        assert_eq!(first("2026-03-29T02:00"), "2026-03-29T01:00:00Z");
        assert_eq!(first("2026-03-29T03:00"), "2026-03-29T01:00:00Z");
        assert_eq!(first("2026-10-25T02:30"), "2026-10-25T00:30:00Z");
        assert_eq!(first("2026-10-25T03:00"), "2026-10-25T02:00:00Z");
    }
}
