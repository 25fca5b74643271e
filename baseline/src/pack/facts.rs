//! Facts that age: what AWS publishes and no API tells, such as the day on which a runtime is no longer patched. A control
//! takes them as the default of a parameter. The checked form of `facts/*.yaml`.

use std::sync::Arc;

use super::problem::{Level, Problem};
use crate::doc::Doc;

/// One table of facts.
#[derive(Clone, Debug)]
pub struct Facts {
    /// `lambda-runtimes`: the file's name, and what controls write.
    pub id: String,
    /// What they say, in one sentence.
    pub says: String,
    /// Where AWS publishes them.
    pub source: String,
    /// The day on which they were read there, `2026-11-20`.
    pub as_of: String,
    /// The last day on which they are relied on without a word.
    pub look_again_by: String,
    /// The facts.
    pub values: Doc,
    /// Where they say by when to look again.
    pub place: Place,
}

/// A place in a file of a pack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Path as it was given to the loader.
    pub file: Arc<str>,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl Facts {
    /// Whether somebody should have looked again by then; a day, or a point in time that begins with one.
    pub fn are_overdue(&self, now: &str) -> bool {
        now.get(..self.look_again_by.len()).is_some_and(|today| today > self.look_again_by.as_str())
    }
}

impl Facts {
    /// What to say of them once they are overdue, and of the controls that are decided by them.
    pub fn overdue_message(&self, controls: &[&Arc<str>]) -> String {
        let controls: Vec<&str> = controls.iter().map(|id| &***id).collect();
        let decided = match controls.len() {
            0 => String::new(),
            1 => format!(": {} is decided by them", controls[0]),
            _ => format!(": {} are decided by them", controls.join(", ")),
        };
        let Self { id, as_of, look_again_by, source, .. } = self;
        format!("the facts {id} are of {as_of} and were to be looked at again by {look_again_by} ({source}){decided}")
    }

    /// The same as a problem of their file.
    pub(super) fn overdue(&self, controls: &[&Arc<str>]) -> Problem {
        Problem {
            file: Arc::clone(&self.place.file),
            line: self.place.line,
            column: self.place.column,
            level: Level::Warning,
            message: self.overdue_message(controls),
            suggestion: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_overdue_after_their_day() {
        let facts = Facts {
            id: "x".into(),
            says: String::new(),
            source: String::new(),
            as_of: "2026-11-20".into(),
            look_again_by: "2027-02-20".into(),
            values: Doc::Null,
            place: Place::default(),
        };
        for (now, expected) in [
            ("2027-02-19T23:59:59Z", false),
            ("2027-02-20T23:59:59Z", false),
            ("2027-02-20", false),
            ("2027-02-21T00:00:00Z", true),
            ("2031-01-01", true),
        ] {
            assert_eq!(facts.are_overdue(now), expected, "{now}");
        }
    }
}
