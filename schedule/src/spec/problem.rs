//! What is wrong in a schedule of the configuration, by schedule and key.

use std::fmt;

use plumbline_baseline::suggest::closest;

use super::ScheduleSpec;

/// A mistake. Its text needs no file; who has one finds the place by the schedule's number and the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Which of the schedules, from 0.
    pub index: usize,
    /// Its name, as it is written.
    pub schedule: String,
    /// The key.
    pub key: &'static str,
    /// Where in the key's text, in characters from 1.
    pub column: Option<usize>,
    /// What is wrong, what is expected, and what was probably meant.
    pub cause: String,
}

impl Problem {
    pub(super) fn new(index: usize, spec: &ScheduleSpec, key: &'static str, cause: String) -> Self {
        Self { index, schedule: spec.name.clone(), key, column: None, cause }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "schedule `{}`, `{}`", self.schedule.escape_debug(), self.key)?;
        if let Some(column) = self.column {
            write!(f, ", column {column}")?;
        }
        write!(f, ": {}", self.cause)
    }
}

/// What to say of a word that is none of some.
pub(super) fn unknown(what: &str, word: &str, known: &[&str]) -> String {
    let meant = closest(word, known.iter().copied()).map(|meant| format!("; did you mean `{meant}`?"));
    format!("there is no {what} `{}`: {} are known{}", word.escape_debug(), listed(known), meant.unwrap_or_default())
}

/// `a, b or c`.
pub(super) fn listed(names: &[&str]) -> String {
    match names {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        _ => names.concat(),
    }
}
