//! A cron expression in a time zone: the moments at which it fires.
//!
//! It fires at the first moment at which the clock of the zone shows a local time that the expression names, or has
//! passed it. So a time that is skipped when the clock is put forward fires once, at the end of the gap, with all others
//! that were skipped; and a time that is there twice fires the first time. There are no leap seconds.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use crate::cron::Cron;
use crate::zone::Zone;

/// When something happens again and again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    cron: Cron,
    zone: Zone,
}

/// The fires of a span of time, as far as they were asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fires {
    /// The first ones, in their order.
    pub times: Vec<Timestamp>,
    /// Whether the span has more.
    pub has_more: bool,
}

/// The expression and the zone, which together are what is kept on record of a rule.
impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.cron, self.zone.name())
    }
}

impl Schedule {
    /// A schedule.
    #[must_use]
    pub const fn new(cron: Cron, zone: Zone) -> Self {
        Self { cron, zone }
    }

    /// The expression.
    #[must_use]
    pub const fn cron(&self) -> &Cron {
        &self.cron
    }

    /// The zone.
    #[must_use]
    pub const fn zone(&self) -> &Zone {
        &self.zone
    }

    /// The first fire after a moment; nothing only at the end of the calendar, in the year 9999.
    #[must_use]
    pub fn next_after(&self, moment: Timestamp) -> Option<Timestamp> {
        let mut local = self.zone.local(moment);
        loop {
            local = self.cron.next_after(local)?;
            // Not after it: the clock was put back, and this time was there before.
            let fire = self.zone.first_moment(local)?;
            if fire > moment {
                return Some(fire);
            }
        }
    }

    /// The fires after one moment until another, the latter included; `most` of them.
    #[must_use]
    pub fn fires_between(&self, after: Timestamp, until: Timestamp, most: usize) -> Fires {
        let mut all = self.fires(after, until);
        let times = all.by_ref().take(most).collect();
        Fires { times, has_more: all.next().is_some() }
    }

    /// The last fire after one moment until another, the latter included.
    #[must_use]
    pub fn last_between(&self, after: Timestamp, until: Timestamp) -> Option<Timestamp> {
        let mut back = SignedDuration::from_hours(1);
        loop {
            let from = until.checked_sub(back).ok().filter(|from| *from > after).unwrap_or(after);
            // What lies closer was found to be empty, so that this walks over few.
            match self.fires(from, until).last() {
                None if from > after => back = back.saturating_mul(2),
                last => return last,
            }
        }
    }

    fn fires(&self, after: Timestamp, until: Timestamp) -> impl Iterator<Item = Timestamp> + '_ {
        let next = move |fire: &Timestamp| self.next_after(*fire).filter(|fire| *fire <= until);
        std::iter::successors(next(&after), next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(cron: &str, zone: &str) -> Schedule {
        Schedule::new(cron.parse().unwrap(), Zone::named(zone).unwrap())
    }

    /// The fires of a span, each without the date and the zone's `Z` where asked as such.
    fn check(cron: &str, zone: &str, after: &str, expected: &[&str]) {
        let mut at: Timestamp = after.parse().unwrap();
        let schedule = schedule(cron, zone);
        for fire in expected {
            at = schedule.next_after(at).unwrap();
            assert_eq!(at.to_string(), *fire, "{schedule}");
        }
    }

    #[test]
    fn a_time_that_is_skipped_fires_once_when_the_clock_was_put_forward() {
        let expected = ["2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"];
        check("30 2 * * *", "Europe/Zurich", "2026-03-28T02:00:00Z", &expected);
        let expected = ["2026-03-08T07:00:00Z", "2026-03-08T07:15:00Z"];
        check("*/15 * * * *", "America/New_York", "2026-03-08T06:45:00Z", &expected);
        // Half an hour, from 02:00 to 02:30.
        let expected = ["2026-10-03T15:30:00Z", "2026-10-04T15:15:00Z"];
        check("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00:00Z", &expected);
        // The midnight of a day is skipped.
        check(
            "0 0 * * *",
            "America/Santiago",
            "2026-09-05T05:00:00Z",
            &["2026-09-06T04:00:00Z", "2026-09-07T03:00:00Z"],
        );
    }

    #[test]
    fn a_time_that_is_there_twice_fires_the_first_time() {
        let expected = ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"];
        check("30 2 * * *", "Europe/Zurich", "2026-10-24T12:00:00Z", &expected);
        // From 01:59 it is 01:00 again, and nothing fires until 02:00.
        let expected = ["2026-11-01T05:30:00Z", "2026-11-01T07:00:00Z"];
        check("*/30 * * * *", "America/New_York", "2026-11-01T05:00:00Z", &expected);
        // Asked in the second pass.
        check("*/30 * * * *", "America/New_York", "2026-11-01T06:40:00Z", &["2026-11-01T07:00:00Z"]);
        check(
            "45 1 * * *",
            "Australia/Lord_Howe",
            "2026-04-04T12:00:00Z",
            &["2026-04-04T14:45:00Z", "2026-04-05T15:15:00Z"],
        );
    }

    #[test]
    fn a_day_that_a_zone_skipped_fires_at_its_end() {
        // Samoa had no 30 December 2011.
        let expected = ["2011-12-29T22:00:00Z", "2011-12-30T10:00:00Z", "2011-12-30T22:00:00Z"];
        check("0 12 * * *", "Pacific/Apia", "2011-12-29T00:00:00Z", &expected);
        check("0 0 30 12 *", "Pacific/Apia", "2011-12-01T00:00:00Z", &["2011-12-30T10:00:00Z", "2012-12-29T10:00:00Z"]);
    }

    #[test]
    fn zones_without_changes_and_with_odd_offsets() {
        check("0 6 * * mon-fri", "Asia/Kolkata", "2026-11-27T00:30:00Z", &["2026-11-30T00:30:00Z"]);
        check("0 0 29 2 *", "UTC", "2097-01-01T00:00:00Z", &["2104-02-29T00:00:00Z"]);
    }

    #[test]
    fn a_span_is_bounded() {
        let schedule = schedule("* * * * *", "UTC");
        let (after, until) = (Timestamp::UNIX_EPOCH, Timestamp::from_second(600).unwrap());
        let fires = schedule.fires_between(after, until, 3);
        assert_eq!((fires.times.len(), fires.has_more), (3, true));
        let fires = schedule.fires_between(after, until, 10);
        assert_eq!((fires.times.len(), fires.has_more, fires.times.last()), (10, false, Some(&until)));
        assert_eq!(schedule.last_between(after, until), Some(until));
        assert_eq!(schedule.last_between(until, until), None);
        assert_eq!(schedule.last_between(until, after), None);
    }

    #[test]
    fn the_ends_of_the_calendar_are_no_trap() {
        let schedule = schedule("0 0 29 2 *", "Europe/Zurich");
        assert_eq!(schedule.next_after(Timestamp::MAX), None);
        assert!(schedule.next_after(Timestamp::MIN).is_some());
        assert!(schedule.last_between(Timestamp::MIN, Timestamp::MAX).is_some());
    }
}
