//! The filter patterns of CloudWatch Logs: parsed, and asked whether they match an event. Pure.
//!
//! The grammar is that of the CloudWatch Logs User Guide, "Filter pattern syntax". What AWS documents is decided, what it
//! leaves open is unknown, and what cannot be parsed is unknown with its place. In reading order: `pattern` (what a
//! pattern is), `cursor`, `selector`, `regex`, `wildcard`, `value`, `condition` and `terms` (its parts), `parse`, `matching`;
//! beside it `selection` (which log events a filter looks at).

mod condition;
mod cursor;
mod matching;
mod parse;
mod pattern;
mod regex;
mod selection;
mod selector;
mod terms;
mod value;
mod wildcard;

use crate::answer::{Answer, text};
use crate::doc::Doc;
pub use cursor::Malformed;
pub use pattern::Pattern;
pub use selection::{Origin, selects};

/// Whether a filter pattern matches an event. A filter without a pattern matches every event.
pub fn filter_matches(pattern: &Doc, event: &Doc) -> Answer {
    match text(pattern) {
        Ok(pattern) => match Pattern::parse(pattern.unwrap_or_default()) {
            Ok(pattern) => pattern.matches(event),
            Err(malformed) => Answer::undecided(malformed.to_string()),
        },
        Err(unread) => Answer::Unknown(unread),
    }
}

/// The one text or number that a property selector (`$.userIdentity.type`) finds in an event.
pub fn selected_text(selector: &str, event: &Doc) -> Option<String> {
    let selector = selector::Selector::parse(&mut cursor::Cursor::new(selector)).ok()?;
    match selector.select(event).as_slice() {
        [Doc::String(text)] => Some(text.to_string()),
        [Doc::Int(number)] => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
