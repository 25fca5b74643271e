//! Calendar days, in UTC. Must not know which day it is.

use std::fmt;
use std::str::FromStr;

use plumbline_baseline::pack::reading::is_date;
use time::{Date, Duration, Month};

/// A calendar day in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(Date);

/// Text that is no day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoDay;

impl fmt::Display for NoDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a day is written as 2031-06-30")
    }
}

impl std::error::Error for NoDay {}

impl Day {
    /// The day of a point in time that is written in UTC and begins with one: `2026-11-20T02:00:00Z`.
    ///
    /// # Errors
    /// When it begins with none.
    pub fn of(instant: &str) -> Result<Self, NoDay> {
        instant.get(..10).ok_or(NoDay)?.parse()
    }

    /// The day so many days later; the last one there is where that is beyond it.
    #[must_use]
    pub fn plus(self, days: u32) -> Self {
        Self(self.0.saturating_add(Duration::days(i64::from(days))))
    }

    /// How many days it is until another day: negative for one that is past.
    pub fn until(self, other: Self) -> i64 {
        (other.0 - self.0).whole_days()
    }
}

impl FromStr for Day {
    type Err = NoDay;

    fn from_str(text: &str) -> Result<Self, NoDay> {
        if !is_date(text) {
            return Err(NoDay);
        }
        let part = |range: std::ops::Range<usize>| text.get(range).and_then(|part| part.parse::<u16>().ok());
        let (year, month, day) = (part(0..4).ok_or(NoDay)?, part(5..7).ok_or(NoDay)?, part(8..10).ok_or(NoDay)?);
        let month = u8::try_from(month).ok().and_then(|month| Month::try_from(month).ok()).ok_or(NoDay)?;
        let day = u8::try_from(day).map_err(|_| NoDay)?;
        Date::from_calendar_date(i32::from(year), month, day).map(Self).map_err(|_| NoDay)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{:04}-{:02}-{:02}", self.0.year(), u8::from(self.0.month()), self.0.day());
        f.pad(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn days_are_read_written_and_counted() {
        assert_eq!(day("2028-02-29").plus(366).to_string(), "2029-03-01");
        assert_eq!(day("2026-11-27").until(day("2027-01-01")), 35);
        assert_eq!(day("2027-01-01").until(day("2026-11-27")), -35);
        assert_eq!(Day::of("2026-11-20T02:00:00Z"), Ok(day("2026-11-20")));
        assert!(day("2026-11-20") < day("2026-12-01"));
        assert_eq!(day("9999-12-31").plus(u32::MAX), day("9999-12-31"));
    }

    #[test]
    fn what_is_no_day_is_none() {
        for wrong in ["", "2026", "2026-02-30", "2027-02-29", "2026-13-01", "2026-1-1", "26-01-01", "2026-01-01T", "ä"]
        {
            assert_eq!(wrong.parse::<Day>(), Err(NoDay), "{wrong}");
        }
        assert_eq!(Day::of("ääääääää"), Err(NoDay));
    }
}
