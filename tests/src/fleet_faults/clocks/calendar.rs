//! When schedules fire, written down anew and apart from the crate that decides it. Seconds since 1970, UTC.

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// The times of a schedule.
pub(super) trait Times {
    /// The first one after a moment.
    fn after(&self, moment: i64) -> i64;
}

/// All multiples of so many seconds.
pub(super) struct Every(pub(super) i64);

impl Times for Every {
    fn after(&self, moment: i64) -> i64 {
        (moment.div_euclid(self.0) + 1) * self.0
    }
}

/// Half past two every night in Zurich; where the clock skips that, when it was put forward.
pub(super) struct Nightly;

impl Times for Nightly {
    fn after(&self, moment: i64) -> i64 {
        let day = moment.div_euclid(DAY);
        let times = (day - 1..).map(|day| nightly(day * DAY));
        times.into_iter().find(|time| *time > moment).unwrap_or(i64::MAX)
    }
}

/// Of the night of the day that begins there.
fn nightly(midnight: i64) -> i64 {
    let (year, ..) = date(midnight);
    let (spring, autumn) = changes(year);
    match midnight {
        // 02:00 is 03:00 at once.
        _ if midnight == spring - HOUR => spring,
        // It is there twice, and the first time counts, which is in summer time.
        _ if midnight == autumn - HOUR => midnight + HOUR / 2,
        _ if (spring..autumn).contains(&midnight) => midnight + HOUR / 2,
        _ => midnight + HOUR + HOUR / 2,
    }
}

/// When the clocks of Zurich are put forward and back in a year: at 01:00 UTC on the last Sundays of March and October.
pub(super) fn changes(year: i64) -> (i64, i64) {
    let last_sunday = |month| {
        let last = days(year, month, 31);
        // 1970-01-01 was a Thursday.
        let weekday = (last + 4).rem_euclid(7);
        (last - weekday) * DAY + HOUR
    };
    (last_sunday(3), last_sunday(10))
}

/// The year, month and day of a moment.
pub(super) fn date(moment: i64) -> (i64, i64, i64) {
    // Days are counted from March, so that a leap day is the last of its year.
    let days = moment.div_euclid(DAY) + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

/// The days since 1970 of a date.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;
    use time::format_description::well_known::Rfc3339;

    use super::*;

    fn at(text: &str) -> i64 {
        OffsetDateTime::parse(text, &Rfc3339).unwrap().unix_timestamp()
    }

    fn check(times: &dyn Times, after: &str, expected: &str) {
        assert_eq!(times.after(at(after)), at(expected), "after {after}");
    }

    #[test]
    fn nights_are_in_the_clock_of_zurich() {
        check(&Nightly, "2026-01-15T00:00:00Z", "2026-01-15T01:30:00Z");
        check(&Nightly, "2026-01-15T01:30:00Z", "2026-01-16T01:30:00Z");
        check(&Nightly, "2026-07-15T00:29:59Z", "2026-07-15T00:30:00Z");
        // 02:30 is skipped on 2026-03-29, and there twice on 2026-10-25.
        check(&Nightly, "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z");
        check(&Nightly, "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z");
        check(&Nightly, "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z");
        check(&Nightly, "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z");
        check(&Every(180), "2026-10-25T00:30:00Z", "2026-10-25T00:33:00Z");
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        for text in ["1970-01-01T00:00:00Z", "2000-02-29T23:59:59Z", "2100-03-01T00:00:00Z", "2576-12-31T12:00:00Z"] {
            let date = OffsetDateTime::parse(text, &Rfc3339).unwrap().date();
            let expected = (i64::from(date.year()), i64::from(u8::from(date.month())), i64::from(date.day()));
            assert_eq!(super::date(at(text)), expected, "{text}");
        }
        assert_eq!(changes(2026), (at("2026-03-29T01:00:00Z"), at("2026-10-25T01:00:00Z")));
        assert_eq!(changes(2500), (at("2500-03-28T01:00:00Z"), at("2500-10-31T01:00:00Z")));
    }
}
