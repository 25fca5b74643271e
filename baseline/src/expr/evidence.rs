//! Evidence: the members that an evaluation read, and their values, and the witnesses of what decided. Bounded in number
//! and in size; when there is too much of it, what is nearest to the decision stays.
//!
//! While an expression runs only places are noted; paths and values are written out once, at the end.

mod frames;

use std::rc::Rc;
use std::sync::Arc;

use super::items::items_of;
use super::node::{Label, Node};
use super::value::Value;
use crate::doc::Doc;
use crate::verdict::{Evidence, Grounds};
use crate::witness::Witness;

pub(super) use frames::{Frame, Frames};

/// Members that are kept at most.
pub(super) const ENTRIES: usize = 20;
/// Witnesses that are kept at most.
pub(super) const WITNESSES: usize = 5;
/// Notes that are kept at least; there are never more than twice as many.
const NOTES: usize = 128;
/// Notes that are kept of a value that is remembered.
const REPEATED: usize = 2 * ENTRIES;

/// What was noted on the way to a value that is remembered.
#[derive(Debug, Default)]
pub(super) struct Notes<'a>(Vec<Note<'a>>);

/// What is remembered while an expression runs.
#[derive(Clone, Debug)]
enum Note<'a> {
    /// A place, and what it held.
    Read { node: &'a Node, frames: Frames<'a>, value: Value<'a> },
    /// What a function showed.
    Shown(Rc<Witness>),
}

/// What was read so far. A point in it is the number of notes that were before it, also of those that were dropped.
#[derive(Debug, Default)]
pub(super) struct Log<'a> {
    notes: Vec<Note<'a>>,
    dropped: usize,
}

impl<'a> Log<'a> {
    /// A point to go back to.
    pub(super) fn mark(&self) -> usize {
        self.dropped + self.notes.len()
    }

    /// Where a point is among the notes that are left.
    fn position(&self, mark: usize) -> usize {
        mark.saturating_sub(self.dropped).min(self.notes.len())
    }

    /// Forgets what came after the mark: it did not decide.
    pub(super) fn forget(&mut self, mark: usize) {
        self.notes.truncate(self.position(mark));
    }

    /// Forgets what was read of items after the mark. What was read elsewhere stays: it is nowhere else in the evidence.
    pub(super) fn forget_items(&mut self, mark: usize) {
        self.retain(mark, usize::MAX, |note| !matches!(note, Note::Read { node, .. } if is_of_item(node)));
    }

    /// Forgets what was shown between two marks: what was read there is still worth seeing, and did not decide.
    pub(super) fn forget_witnesses(&mut self, from: usize, to: usize) {
        self.retain(from, to, |note| matches!(note, Note::Read { .. }));
    }

    fn retain(&mut self, from: usize, to: usize, is_kept: impl Fn(&Note<'a>) -> bool) {
        let (from, to) = (self.position(from), self.position(to));
        let mut place = 0;
        self.notes.retain(|note| {
            place += 1;
            place <= from || place > to || is_kept(note)
        });
    }

    /// Forgets what came between two marks.
    pub(super) fn forget_between(&mut self, from: usize, to: usize) {
        let (from, to) = (self.position(from), self.position(to));
        self.notes.drain(from.min(to)..to);
    }

    /// Notes what a place held.
    pub(super) fn add(&mut self, node: &'a Node, frames: &Frames<'a>, value: &Value<'a>) {
        self.push(Note::Read { node, frames: *frames, value: value.clone() });
    }

    /// Notes what a function showed.
    pub(super) fn add_witness(&mut self, witness: Witness) {
        self.push(Note::Shown(Rc::new(witness)));
    }

    /// What was noted since a point, as much of it as can ever be shown.
    pub(super) fn since(&self, mark: usize) -> Notes<'a> {
        let notes = &self.notes[self.position(mark)..];
        Notes(notes[notes.len().saturating_sub(REPEATED)..].to_vec())
    }

    /// Notes again what a value rests on that was remembered.
    pub(super) fn repeat(&mut self, notes: &Notes<'a>) {
        notes.0.iter().for_each(|note| self.push(note.clone()));
    }

    fn push(&mut self, note: Note<'a>) {
        if self.notes.len() >= 2 * NOTES {
            self.notes.drain(..NOTES);
            self.dropped += NOTES;
        }
        self.notes.push(note);
    }

    /// The entries as they are stored, in the order in which they were noted.
    pub(super) fn finish(self) -> Grounds {
        let mut grounds = Grounds::default();
        for note in self.notes.into_iter().rev() {
            match note {
                Note::Shown(witness) => {
                    if grounds.witnesses.len() < WITNESSES && !grounds.witnesses.contains(&witness) {
                        grounds.witnesses.push(Rc::unwrap_or_clone(witness));
                    }
                }
                Note::Read { node, frames, value } => {
                    if grounds.evidence.len() < ENTRIES {
                        grounds.evidence.extend(entry(node, &frames, &value, &grounds.evidence));
                    }
                }
            }
        }
        grounds.evidence.reverse();
        grounds.witnesses.reverse();
        grounds
    }
}

/// Whether a node is a part of an item of a comprehension.
fn is_of_item(node: &Node) -> bool {
    match node {
        Node::Slot(_) => true,
        Node::Member { of, .. } | Node::Index { of, .. } => is_of_item(of),
        Node::Named(named) => match &named.label {
            Label::Member { of, .. } => is_of_item(of),
            Label::Call { arguments, .. } => arguments.iter().any(is_of_item),
            Label::Hidden | Label::Name(_) => false,
        },
        _ => false,
    }
}

/// How many things a named expression gives, where what they are is too much to be shown.
fn count_of_things(node: &Node, value: &Value<'_>) -> Option<usize> {
    let is_plain = |value: &Value<'_>| !matches!(value.kind(), "a list" | "a map");
    let items = match (node, items_of(value)) {
        (Node::Named(_), Ok(items)) if value.kind() == "a list" => items,
        _ => return None,
    };
    let is_counted = items.iter().any(|item| !is_plain(&item)) && !items.iter().any(|item| item.kind() == "unread");
    is_counted.then(|| items.len())
}

/// A note as it is stored; `None` when it says nothing that the later ones do not. Of a listing it is the number of
/// resources: that there are none may be what decided. Where some were not listed, it is why.
fn entry(node: &Node, frames: &Frames<'_>, value: &Value<'_>, later: &[Evidence]) -> Option<Evidence> {
    let mut path = frames.path(node)?;
    let counted = match value {
        Value::Listing(listing) => match &listing.unread {
            Some(unread) => Some(cut_json(&Value::Unknown(Arc::clone(unread)))),
            None => {
                path = format!("size({path})");
                Some(listing.items.len().to_string())
            }
        },
        _ => count_of_things(node, value).map(|count| {
            path = format!("size({path})");
            count.to_string()
        }),
    };
    let is_said = |later: &Evidence| later.path == path || is_inside(&later.path, &path) && is_read_whole(value);
    if later.iter().any(is_said) {
        return None;
    }
    Some(Evidence { value: counted.unwrap_or_else(|| cut_json(value)), path })
}

/// Whether a path leads to a part of what another one leads to.
fn is_inside(path: &str, container: &str) -> bool {
    path.strip_prefix(container).is_some_and(|rest| rest.starts_with(['.', '[']))
}

/// Whether it is a list or a structure without a gap: of one with a gap, the gap may be what decided.
fn is_read_whole(value: &Value<'_>) -> bool {
    let has_gap = |doc: &Doc| doc.as_list().is_some_and(|items| items.iter().any(|item| item.unread().is_some()));
    match value {
        Value::Doc(doc) => !has_gap(doc),
        Value::Made(doc) => !has_gap(doc),
        Value::List(items) => !items.iter().any(|item| matches!(item, Value::Unknown(_))),
        _ => false,
    }
}

/// A value as compact JSON, cut.
fn cut_json(value: &Value<'_>) -> String {
    Evidence::value_of(&value.to_doc())
}
