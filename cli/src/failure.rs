//! How the program fails: what it could not do, why, and what to do next. Values only; who prints them is `terminal`.

use std::fmt::{Display, Write as _};

use plumbline_baseline::suggest::closest;

use crate::exit::Outcome;

/// How many names an advice lists.
const SHOWN: usize = 12;

/// A failure that ends the program.
#[derive(Debug)]
pub(crate) struct Failure {
    /// What was attempted, fitting after "failed to".
    attempt: String,
    /// Why it did not work, the outermost cause first.
    cause: String,
    /// What the user can do.
    next_step: String,
    outcome: Outcome,
    /// Whether only a person gets further: the same again fails the same way.
    needs_person: bool,
}

/// What a command returns.
pub(crate) type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    /// A failure of the machine, the network or AWS.
    pub(crate) fn new(attempt: impl Display, cause: impl Display, next_step: impl Display) -> Self {
        Self {
            attempt: attempt.to_string(),
            cause: without_numbers(&cause.to_string()),
            next_step: next_step.to_string(),
            outcome: Outcome::Failed,
            needs_person: false,
        }
    }

    /// A question that nobody is there to answer.
    pub(crate) fn question(attempt: impl Display, cause: impl Display, next_step: impl Display) -> Self {
        Self { needs_person: true, ..Self::new(attempt, cause, next_step) }
    }

    /// A mistake on the command line or in the configuration.
    pub(crate) fn usage(attempt: impl Display, cause: impl Display, next_step: impl Display) -> Self {
        Self { outcome: Outcome::Usage, needs_person: true, ..Self::new(attempt, cause, next_step) }
    }

    /// What the user can do.
    pub(crate) fn next_step(&self) -> &str {
        &self.next_step
    }

    /// Whether the same again may go better by itself.
    pub(crate) fn may_pass(&self) -> bool {
        !self.needs_person
    }

    /// How the command ended.
    pub(crate) fn outcome(&self) -> Outcome {
        self.outcome
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "failed to {}: {}", self.attempt, self.cause)
    }
}

/// Turns an error into a [`Failure`] where it happens.
pub(crate) trait OrFail<T> {
    /// Says what was attempted and what to do next.
    fn or_fail(self, attempt: impl Display, next_step: impl Display) -> Result<T>;
}

impl<T, E: std::error::Error> OrFail<T> for std::result::Result<T, E> {
    fn or_fail(self, attempt: impl Display, next_step: impl Display) -> Result<T> {
        self.map_err(|error| Failure::new(attempt, chain(&error), next_step))
    }
}

/// The text without the numbers that Rust adds to the system's words (`Permission denied (os error 13)`).
fn without_numbers(text: &str) -> String {
    let mut plain = text.to_owned();
    while let Some(start) = plain.find(" (os error ") {
        let Some(length) = plain[start..].find(')') else { break };
        plain.replace_range(start..=start + length, "");
    }
    plain
}

/// The error and its sources on one line, without saying the same thing twice.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let next = error.to_string();
        if !text.contains(&next) {
            let _ = write!(text, ": {next}");
        }
        source = error.source();
    }
    text
}

/// ` (did you mean `x`?)` when one of the known words is close, else nothing.
pub(crate) fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    closest(word, known).map_or_else(String::new, |known| format!("; did you mean `{known}`?"))
}

/// The first names of a list, and a sign that there are more.
pub(crate) fn listed(names: &[String]) -> String {
    let shown: Vec<&str> = names.iter().take(SHOWN).map(String::as_str).collect();
    format!("{}{}", shown.join(", "), if names.len() > SHOWN { ", …" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_words_have_no_numbers() {
        let check = |text: &str, expected: &str| assert_eq!(without_numbers(text), expected);
        check("a: Permission denied (os error 13)", "a: Permission denied");
        check("x (os error 2): y (os error 3)!", "x: y!");
        check("nothing (os error", "nothing (os error");
    }

    #[test]
    fn a_close_word_is_suggested_and_a_far_one_is_not() {
        assert_eq!(did_you_mean("eu-centrl-1", ["us-east-1", "eu-central-1"]), "; did you mean `eu-central-1`?");
        assert_eq!(did_you_mean("EU-CENTRAL-1", ["us-east-1", "eu-central-1"]), "; did you mean `eu-central-1`?");
        assert_eq!(did_you_mean("zzz", ["us-east-1"]), "");
    }
}
