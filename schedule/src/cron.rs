//! Cron expressions of five fields, as crontab(5) has them, and the local times that they name. Knows no zone.
//!
//! As in cron, a day matches when the day of the month **or** the day of the week does, if both are restricted; a field
//! that begins with `*` is not restricted, and then both have to match (`*/2` and `mon`: Mondays with an odd date).

mod days;
mod field;

use std::fmt;
use std::str::FromStr;

use jiff::civil::DateTime;
use plumbline_baseline::suggest::closest;

use days::Days;
use field::{Field, HOUR, MINUTE, MONTH, MONTH_DAY, WEEK_DAY};

/// What stands for five fields.
const MACROS: [(&str, &str); 7] = [
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

const FORM: &str = "five fields are expected: minute, hour, day of the month, month, day of the week";

/// An expression that is none, or that never fires.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {cause}")]
pub struct Error {
    /// Where in the expression, in characters from 1.
    pub column: usize,
    /// What is wrong there, what is expected, and what was probably meant.
    pub cause: String,
}

impl Error {
    fn new(column: usize, cause: impl Into<String>) -> Self {
        Self { column, cause: cause.into() }
    }
}

/// A cron expression that fires at some time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cron {
    text: String,
    minutes: u64,
    hours: u64,
    days: Days,
}

impl FromStr for Cron {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let words = words(text);
        let Some((first_column, first)) = words.first() else { return Err(Error::new(1, FORM)) };
        if first.starts_with('@') {
            return match words.get(1) {
                Some((column, _)) => Err(Error::new(*column, format!("nothing is expected behind `{first}`"))),
                None => Self::from_macro(*first_column, first),
            };
        }
        if let Some((name, _)) = first.split_once('=') {
            let cause = format!("`{name}=` does not belong here: the zone has its own key, `time_zone`");
            return Err(Error::new(*first_column, cause));
        }
        let [minute, hour, month_day, month, week_day] = words.as_slice() else {
            return Err(not_five(text, &words));
        };
        let minutes = Field::parse(&MINUTE, minute.1, minute.0)?;
        let hours = Field::parse(&HOUR, hour.1, hour.0)?;
        let month_days = Field::parse(&MONTH_DAY, month_day.1, month_day.0)?;
        let months = Field::parse(&MONTH, month.1, month.0)?;
        let week_days = Field::parse(&WEEK_DAY, week_day.1, week_day.0)?;
        let days = Days::new(month_days, months, week_days).map_err(|cause| Error::new(month_day.0, cause))?;
        let fields: Vec<&str> = words.iter().map(|(_, word)| *word).collect();
        Ok(Self { text: fields.join(" "), minutes: minutes.bits, hours: hours.bits, days })
    }
}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Cron {
    fn from_macro(column: usize, name: &str) -> Result<Self, Error> {
        if let Some((_, fields)) = MACROS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            return fields.parse();
        }
        if name.eq_ignore_ascii_case("@reboot") {
            let cause = "`@reboot` is no time: what was missed while nothing ran is made up for within `window`";
            return Err(Error::new(column, cause));
        }
        let meant = meant(closest(name, MACROS.iter().map(|(known, _)| *known)));
        Err(Error::new(column, format!("`{name}` is not known; @hourly, @daily, @weekly, @monthly or @yearly{meant}")))
    }

    /// Whether the local minute is one of those that the expression names. Seconds count for nothing.
    #[must_use]
    pub fn names(&self, time: DateTime) -> bool {
        let has = |bits: u64, number: i8| bits & (1 << number) != 0;
        has(self.minutes, time.minute()) && has(self.hours, time.hour()) && self.days.names(time.date())
    }

    /// The first local minute after a local time that the expression names; nothing at the end of the calendar.
    pub(crate) fn next_after(&self, time: DateTime) -> Option<DateTime> {
        let mut date = time.date();
        if self.days.names(date)
            && let Some((hour, minute)) = self.next_time(time.hour(), time.minute() + 1)
        {
            return Some(date.at(hour, minute, 0, 0));
        }
        date = self.days.next_after(date)?;
        let (hour, minute) = self.next_time(0, 0)?;
        Some(date.at(hour, minute, 0, 0))
    }

    /// The first hour and minute of a day that are named, from the given one on, which may be minute 60.
    fn next_time(&self, hour: i8, minute: i8) -> Option<(i8, i8)> {
        if self.hours & (1 << hour) != 0
            && let Some(minute) = lowest(self.minutes, minute)
        {
            return Some((hour, minute));
        }
        Some((lowest(self.hours, hour + 1)?, lowest(self.minutes, 0)?))
    }
}

/// The lowest number of a set that is at least `from`.
fn lowest(bits: u64, from: i8) -> Option<i8> {
    let rest = bits & (u64::MAX << from);
    (rest != 0).then(|| i8::try_from(rest.trailing_zeros()).expect("a bit of 64 has a small number"))
}

/// `; did you mean …?`, or nothing.
fn meant(word: Option<impl fmt::Display>) -> String {
    word.map_or_else(String::new, |word| format!("; did you mean `{word}`?"))
}

/// The words between blanks, each with its column.
fn words(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut column = 1;
    for word in text.split([' ', '\t']) {
        if !word.is_empty() {
            found.push((column, word));
        }
        column += word.chars().count() + 1;
    }
    found
}

fn not_five(text: &str, words: &[(usize, &str)]) -> Error {
    let Some((column, _)) = words.get(5) else {
        let end = text.trim_end().chars().count() + 1;
        return Error::new(end, format!("it ends after {} of them; {FORM}", words.len()));
    };
    if words.len() == 6 {
        let five: Vec<&str> = words[1..].iter().map(|(_, word)| *word).collect();
        let five = five.join(" ");
        let meant = meant(five.parse::<Cron>().ok());
        return Error::new(*column, format!("there is a sixth field; {FORM}, and no seconds{meant}"));
    }
    Error::new(*column, format!("there are {}; {FORM}", words.len()))
}

#[cfg(test)]
mod tests;
