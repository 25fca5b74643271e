//! The dates that the three fields of days name, and whether there are any.

use jiff::civil::{Date, Weekday};

use super::field::Field;

/// The longest that each month is.
const LENGTHS: [u8; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const NAMES: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Which dates are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Days {
    month_days: u64,
    months: u64,
    week_days: u64,
    rule: Rule,
}

/// How the day of the month and the day of the week go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    /// Both are restricted: one is enough.
    Either,
    /// One of them begins with `*`.
    Both,
}

impl Days {
    /// # Errors
    /// When there is no such date in any year: a sentence that says so.
    pub(super) fn new(month_days: Field, months: Field, week_days: Field) -> Result<Self, String> {
        let rule = if month_days.begins_with_star || week_days.begins_with_star { Rule::Both } else { Rule::Either };
        let days = Self { month_days: month_days.bits, months: months.bits, week_days: week_days.bits, rule };
        let first = days.month_days.trailing_zeros();
        let longest = days.months_named().map(|month| LENGTHS[month]).max().unwrap_or(0);
        if rule == Rule::Both && first > u32::from(longest) {
            return Err(days.never(first, longest));
        }
        Ok(days)
    }

    fn months_named(&self) -> impl Iterator<Item = usize> + '_ {
        (0..12).filter(|month| self.months & (1 << (month + 1)) != 0)
    }

    fn never(&self, first: u32, longest: u8) -> String {
        let names: Vec<&str> = self.months_named().map(|month| NAMES[month]).collect();
        let (have, meant) = match (names.as_slice(), longest) {
            ([_], 29) => ("has at most 29 days", 28),
            ([_], _) => ("has 30 days", 30),
            _ => ("have at most 30 days", 30),
        };
        format!("it never fires: there is no day {first}, {} {have}; did you mean `{meant}`?", names.join(", "))
    }

    pub(super) fn names(&self, date: Date) -> bool {
        let is_month_day = self.month_days & (1 << date.day()) != 0;
        let is_week_day = self.week_days & (1 << date.weekday().to_sunday_zero_offset()) != 0;
        let is_day = match self.rule {
            Rule::Either => is_month_day || is_week_day,
            Rule::Both => is_month_day && is_week_day,
        };
        is_day && self.is_month(date)
    }

    fn is_month(&self, date: Date) -> bool {
        self.months & (1 << date.month()) != 0
    }

    /// The first such date after the given one; nothing at the end of the calendar.
    pub(super) fn next_after(&self, date: Date) -> Option<Date> {
        let mut date = date.tomorrow().ok()?;
        while !self.names(date) {
            date = if self.is_month(date) { date.tomorrow() } else { date.last_of_month().tomorrow() }.ok()?;
        }
        Some(date)
    }
}

/// jiff counts a week from Sunday as 0, as cron does.
const _: () = assert!(Weekday::Sunday.to_sunday_zero_offset() == 0);
