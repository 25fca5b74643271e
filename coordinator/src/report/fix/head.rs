//! What stands above the remediation of a finding: what it is about, since when, and what is left. Comments only.

use std::collections::BTreeMap;
use std::io::{self, Write};

use plumbline_baseline::fill::{Filled, Left, in_comment};

use crate::report::row::ReportRow;

/// Values of which one is meant that are written out.
const AMONG: usize = 8;

/// The head of one finding.
pub(super) struct Head {
    lines: Vec<String>,
    left: Vec<(String, Left)>,
}

impl Head {
    /// Of a finding; what is said already of a word is not said again.
    pub(super) fn new(row: &ReportRow, filled: &Filled, said: &BTreeMap<String, Left>) -> Self {
        let resource = if row.resource.is_empty() { "the account or Region as a whole" } else { &row.resource };
        let mut about = resource.to_owned();
        if !row.since.is_empty() {
            about.push_str(&format!(" fails since {}", row.since.get(..10).unwrap_or(&row.since)));
        }
        let mut lines = vec![about];
        lines.extend(row.origin.as_ref().map(|origin| format!("  from {}", origin.says())));
        lines.extend(row.owner.as_ref().map(|owner| format!("  owner: {}", owner.name)));
        lines.extend(row.accepted.as_ref().map(|accepted| {
            let word = if accepted.expired { "was accepted" } else { "accepted" };
            format!("  {word} by {} until {}", accepted.id, accepted.until)
        }));
        let left = filled.left.iter().filter(|(word, left)| said.get(*word) != Some(left));
        Self { lines, left: left.map(|(word, left)| (word.clone(), left.clone())).collect() }
    }

    pub(super) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out)?;
        self.lines.iter().try_for_each(|line| comment(out, line))?;
        self.left.iter().try_for_each(|(word, left)| left_lines(out, word, left, "  "))
    }
}

/// One line of comment, whatever is in it.
pub(super) fn comment(out: &mut impl Write, text: &str) -> io::Result<()> {
    writeln!(out, "# {}", in_comment(text).trim_end())
}

/// A word that is left, and what it is.
pub(super) fn left_lines(out: &mut impl Write, word: &str, left: &Left, indent: &str) -> io::Result<()> {
    comment(out, &format!("{indent}{word}: {}", says(left)))
}

/// What a word is that is left.
pub(super) fn says(left: &Left) -> String {
    match left {
        Left::Choose(says) if says.is_empty() => "what is defined elsewhere".to_owned(),
        Left::Choose(says) => says.clone(),
        Left::Among(values) if values.len() > AMONG => {
            format!("one of {} and {} more", values[..AMONG].join(", "), values.len() - AMONG)
        }
        Left::Among(values) => format!("one of {}", values.join(", ")),
        Left::NotKnown => "not known: nothing is stored of it".to_owned(),
        Left::NotQuotable => "it has characters that cannot stand here: fill it in yourself".to_owned(),
    }
}
