//! Witnesses: what decided an answer, shown instead of told. The request that a policy lets through, the event that an
//! alarm misses: a sentence for people, and the same in named parts for machines.
//!
//! Functions of the control language hand them out, and names in them are strangers: renderers escape them. Bounded here.

use crate::doc::{Doc, Map};

/// Bytes of a sentence that are kept at most.
pub const SENTENCE_BYTES: usize = 512;
/// Bytes of all parts together that are kept at most, and one `…` for each that was cut.
pub const PARTS_BYTES: usize = 4096;
/// Characters of a name that [`quoted`] keeps at most.
const QUOTED_CHARS: usize = 160;
/// Lists and maps inside one another that are kept.
const DEPTH: usize = 8;
/// What stands for what was left out.
const CUT: &str = "…";
/// What a text costs beside its own bytes.
const QUOTES: usize = 2;
/// What a value costs that has no text of its own.
const ANY_VALUE: usize = 8;

/// What decided an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Witness {
    sentence: String,
    parts: Map,
}

impl Witness {
    /// A witness that says this, in one sentence without a full stop.
    pub fn new(sentence: impl Into<String>) -> Self {
        let mut sentence = sentence.into();
        if sentence.len() > SENTENCE_BYTES {
            sentence.truncate(sentence.floor_char_boundary(SENTENCE_BYTES));
            sentence.push_str(CUT);
        }
        Self { sentence, parts: Map::new() }
    }

    /// With a named part. Of a policy's question: `caller`, `action`, `resource`, `context`, `statements`; of an alarm's:
    /// `event`, `filter`, `alarm`, `topic`.
    #[must_use]
    pub fn with(mut self, name: &str, part: impl Into<Doc>) -> Self {
        let used: usize = self.parts.iter().map(|(name, part)| name.as_str().len() + size(part)).sum();
        let mut room = PARTS_BYTES.saturating_sub(used + name.len());
        let part = bounded(&part.into(), DEPTH, &mut room);
        self.parts.insert(name, part);
        self
    }

    /// What it says, for people.
    pub fn sentence(&self) -> &str {
        &self.sentence
    }

    /// Its parts, by name, in the order in which they are read.
    pub fn parts(&self) -> &Map {
        &self.parts
    }
}

/// A name as a sentence holds it: between backticks, of which it can bring none of its own, and cut, so that one long name
/// does not push out the others. The part of the same name has it as it is.
pub fn quoted(name: &str) -> String {
    let name = name.replace('`', "'");
    match name.char_indices().nth(QUOTED_CHARS) {
        Some((end, _)) => format!("`{}{CUT}`", &name[..end]),
        None => format!("`{name}`"),
    }
}

/// What a value takes.
fn size(part: &Doc) -> usize {
    match part {
        Doc::String(text) => text.len() + QUOTES,
        Doc::List(items) => 1 + items.iter().map(size).sum::<usize>(),
        Doc::Map(members) => 1 + members.iter().map(|(name, value)| name.as_str().len() + size(value)).sum::<usize>(),
        Doc::Null | Doc::Bool(_) | Doc::Int(_) | Doc::Double(_) | Doc::Unread(_) => ANY_VALUE,
    }
}

/// A copy that takes no more than the room that is left, and takes it away.
fn bounded(part: &Doc, depth: usize, room: &mut usize) -> Doc {
    if *room == 0 || depth == 0 {
        *room = room.saturating_sub(CUT.len());
        return Doc::from(CUT);
    }
    match part {
        Doc::String(text) if text.len() + QUOTES > *room => {
            let kept = &text[..text.floor_char_boundary(*room)];
            *room = 0;
            Doc::from(format!("{kept}{CUT}"))
        }
        Doc::List(items) => {
            *room -= 1;
            let mut kept = Vec::new();
            for item in items {
                if *room == 0 {
                    break;
                }
                kept.push(bounded(item, depth - 1, room));
            }
            Doc::List(kept)
        }
        Doc::Map(members) => {
            *room -= 1;
            let mut kept = Map::new();
            for (name, value) in members.iter() {
                if name.as_str().len() >= *room {
                    *room = 0;
                    break;
                }
                *room -= name.as_str().len();
                kept.push(name.clone(), bounded(value, depth - 1, room));
            }
            Doc::Map(kept)
        }
        Doc::Unread(unread) => bounded(&Doc::from(unread.to_string()), depth, room),
        simple => {
            *room = room.saturating_sub(size(simple));
            simple.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_keep_their_names_and_their_order() {
        let witness =
            Witness::new("anybody may read").with("caller", "anybody").with("statements", vec!["Oops".into()]);
        assert_eq!(witness.sentence(), "anybody may read");
        assert_eq!(Doc::Map(witness.parts().clone()).to_json(), r#"{"caller":"anybody","statements":["Oops"]}"#);
    }

    #[test]
    fn no_part_is_larger_than_the_room_for_all() {
        let long = "ü".repeat(10_000);
        let deep = (0..100).fold(Doc::from("x"), |inner, _| Doc::List(vec![inner]));
        let many = Doc::List(vec![Doc::Null; 100_000]);
        let empty = Doc::List(vec![Doc::from(""); 100_000]);
        let named = Doc::Map((0..10_000).map(|number| (number.to_string().as_str().into(), Doc::Null)).collect());
        for part in [Doc::from(long.clone()), deep, many, empty, named] {
            let witness = Witness::new(long.clone()).with("a", part.clone()).with("b", part);
            let size = Doc::Map(witness.parts().clone()).to_json().len();
            assert!(size < 3 * PARTS_BYTES, "{size}");
            assert!(witness.sentence().len() <= SENTENCE_BYTES + CUT.len());
        }
    }

    #[test]
    fn a_long_name_is_cut_between_its_backticks() {
        assert_eq!(quoted("Oops"), "`Oops`");
        assert_eq!(quoted("a` by `b"), "`a' by 'b`");
        let cut = quoted(&"ä".repeat(1_000));
        assert!(cut.ends_with("…`") && cut.chars().count() == QUOTED_CHARS + 3, "{cut}");
    }
}
