//! One field of a cron expression: lists of numbers, names, ranges and steps as a set of numbers. Every message says the
//! column, what is expected there, and what was probably meant.

use plumbline_baseline::suggest::closest;

use super::{Error, meant};

/// What a field counts.
pub(super) struct Kind {
    /// What one of it is called, with its article.
    one: &'static str,
    least: u8,
    most: u8,
    /// The most that may be written: 7 is a Sunday, too.
    most_written: u8,
    /// Names of the numbers from `least` on.
    names: &'static [&'static str],
    expected: &'static str,
}

pub(super) const MINUTE: Kind = Kind::numbers("a minute", 0, 59, "a number from 0 to 59");
pub(super) const HOUR: Kind = Kind::numbers("an hour", 0, 23, "a number from 0 to 23");
pub(super) const MONTH_DAY: Kind = Kind::numbers("a day of the month", 1, 31, "a number from 1 to 31");
pub(super) const MONTH: Kind = Kind {
    one: "a month",
    least: 1,
    most: 12,
    most_written: 12,
    names: &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
    expected: "a number from 1 to 12 or a name from jan to dec",
};
pub(super) const WEEK_DAY: Kind = Kind {
    one: "a day of the week",
    least: 0,
    most: 6,
    most_written: 7,
    names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
    expected: "a number from 0 to 7 or a name from sun to sat",
};

/// A field that was read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field {
    /// The numbers that it names, as bits.
    pub(super) bits: u64,
    /// Whether it begins with `*`, and by that restricts nothing where days are told by two fields.
    pub(super) begins_with_star: bool,
}

impl Kind {
    const fn numbers(one: &'static str, least: u8, most: u8, expected: &'static str) -> Self {
        Self { one, least, most, most_written: most, names: &[], expected }
    }

    /// A number or a name.
    fn value(&self, text: &str, column: usize) -> Result<u8, Error> {
        if let Some(at) = self.names.iter().position(|name| name.eq_ignore_ascii_case(text)) {
            return Ok(self.least + u8::try_from(at).expect("names are few"));
        }
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = is_number.then(|| text.parse::<u8>().ok()).flatten();
        match number {
            Some(number) if (self.least..=self.most_written).contains(&number) => Ok(number),
            _ => Err(self.refused(text, column)),
        }
    }

    fn refused(&self, text: &str, column: usize) -> Error {
        let expected = self.expected;
        let cause = match text {
            "" => format!("something is missing here: {expected} is expected"),
            "?" => "`?` is not known here; did you mean `*`?".to_owned(),
            _ if text.eq_ignore_ascii_case("l") || text.contains(['#']) => {
                format!("`{text}` is an extension that is not known here: {expected} is expected")
            }
            _ => format!("`{text}` is not {}: {expected} is expected{}", self.one, meant(self.close_name(text))),
        };
        Error::new(column, cause)
    }

    fn close_name(&self, text: &str) -> Option<&'static str> {
        let lower = text.to_ascii_lowercase();
        let begins = self.names.iter().find(|name| lower.starts_with(**name));
        begins.copied().or_else(|| closest(&lower, self.names.iter().copied()))
    }

    /// A number as it is written in a suggestion.
    fn written(&self, number: u8, like: &str) -> String {
        let is_name = like.starts_with(|first: char| first.is_ascii_alphabetic());
        let name = self.names.get(usize::from((number % (self.most + 1)).saturating_sub(self.least)));
        name.filter(|_| is_name).map_or_else(|| number.to_string(), |name| (*name).to_owned())
    }
}

impl Field {
    /// Reads a field that begins at a column.
    pub(super) fn parse(kind: &Kind, text: &str, column: usize) -> Result<Self, Error> {
        let mut bits = 0;
        let mut at = column;
        for item in text.split(',') {
            bits |= item_bits(kind, item, at)?;
            at += item.chars().count() + 1;
        }
        Ok(Self { bits, begins_with_star: text.starts_with('*') })
    }
}

/// The numbers of one item: `5`, `mon-fri`, `*`, `0-30/10`.
fn item_bits(kind: &Kind, item: &str, column: usize) -> Result<u64, Error> {
    let (range, step) = match item.split_once('/') {
        Some((range, step)) => (range, Some((step, column + range.chars().count() + 1))),
        None => (item, None),
    };
    let (from, to) = match range.split_once('-') {
        _ if range == "*" => (kind.least, kind.most),
        Some((from, to)) => span(kind, from, to, column)?,
        None => {
            let one = kind.value(range, column)?;
            if let Some((step, _)) = step {
                let cause = format!("a step wants a range before it; did you mean `{range}-{}/{step}`?", kind.most);
                return Err(Error::new(column, cause));
            }
            (one, one)
        }
    };
    let step = step.map_or(Ok(1), |(step, at)| step_of(step, at, from, to))?;
    let numbers = (from..=to).step_by(usize::from(step));
    // Only the day of the week has a number beyond the most: 7, which is 0.
    Ok(numbers.fold(0, |bits, number| bits | 1 << if number > kind.most { kind.least } else { number }))
}

fn span(kind: &Kind, from: &str, to: &str, column: usize) -> Result<(u8, u8), Error> {
    let first = kind.value(from, column)?;
    let mut last = kind.value(to, column + from.chars().count() + 1)?;
    // A Sunday that ends a range is the one at the week's end.
    if last == 0 && first > 0 && kind.most_written > kind.most {
        last = kind.most_written;
    }
    if first <= last {
        return Ok((first, last));
    }
    let begin = kind.written(kind.least, from);
    let end = kind.written(kind.most, from);
    let meant = match (last == kind.least, first == kind.most) {
        (false, false) => format!("{from}-{end},{begin}-{to}"),
        (true, false) => format!("{from}-{end},{to}"),
        (false, true) => format!("{from},{begin}-{to}"),
        (true, true) => format!("{from},{to}"),
    };
    Err(Error::new(column, format!("`{from}-{to}` runs backwards; did you mean `{meant}`?")))
}

/// The step over a range.
fn step_of(text: &str, column: usize, from: u8, to: u8) -> Result<u8, Error> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let step = text.parse::<u32>().ok().filter(|step| is_number && *step > 0);
    match step.map(u8::try_from) {
        Some(Ok(step)) if step <= to - from => Ok(step),
        Some(_) => {
            let cause = format!("a step of {text} goes beyond the range, which ends at {to}; did you mean `{from}`?");
            Err(Error::new(column, cause))
        }
        None => {
            let cause = format!("`{text}` is not a step: how many to go on each time is expected, such as 2");
            Err(Error::new(column, cause))
        }
    }
}
