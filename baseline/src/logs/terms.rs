//! Words and phrases of patterns for text: all of them, none of those after `-`, any of those after `?`.

use std::fmt;

use super::cursor::{Cursor, Malformed, quote};

/// A word or a phrase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// What its sign asks for.
    pub(super) wanted: Wanted,
    /// The text.
    pub(super) text: String,
}

/// What is asked of a term.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// It is there.
    Present,
    /// It is not there.
    Absent,
    /// It, or another one of these, is there.
    Optional,
}

/// Reads the terms of a pattern.
pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Vec<Term>, Malformed> {
    let mut terms = Vec::new();
    while !cursor.is_at_end() {
        let wanted = match cursor.peek() {
            Some('-') => Wanted::Absent,
            Some('?') => Wanted::Optional,
            _ => Wanted::Present,
        };
        if wanted != Wanted::Present {
            cursor.next();
        }
        let text = match cursor.peek() {
            Some('"') => cursor.quoted()?,
            _ => cursor.take_while(|c| c.is_alphanumeric() || c == '_').to_owned(),
        };
        if text.is_empty() || cursor.peek().is_some_and(|next| !next.is_whitespace()) {
            return Err(cursor.malformed("a term with other characters than letters and digits stands in quotes"));
        }
        terms.push(Term { wanted, text });
        cursor.skip_spaces();
    }
    Ok(terms)
}

/// Whether an event's text has what the terms ask for. Optional terms count only among themselves.
pub(super) fn match_text(terms: &[Term], event: &str) -> bool {
    let is_there = |term: &Term| term.text.trim().is_empty() || event.contains(&term.text);
    let only_optional = terms.iter().all(|term| term.wanted == Wanted::Optional);
    if only_optional {
        return terms.iter().any(is_there);
    }
    terms.iter().all(|term| match term.wanted {
        Wanted::Present => is_there(term),
        Wanted::Absent => !is_there(term),
        Wanted::Optional => true,
    })
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.wanted {
            Wanted::Present => "",
            Wanted::Absent => "-",
            Wanted::Optional => "?",
        };
        write!(f, "{sign}{}", quote(&self.text))
    }
}
