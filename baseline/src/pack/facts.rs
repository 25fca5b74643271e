//! Facts that age: what AWS publishes and no API tells, such as the day on which a runtime is no longer patched. A control
//! takes them as the default of a parameter. The checked form of `facts/*.yaml`.

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
}

impl Facts {
    /// Whether somebody should have looked again by then; a day, or a point in time that begins with one.
    pub fn are_overdue(&self, now: &str) -> bool {
        now.get(..self.look_again_by.len()).is_some_and(|today| today > self.look_again_by.as_str())
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
