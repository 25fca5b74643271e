//! Evidence: the members that an evaluation read, and their values. Bounded in number and in size.
//!
//! While an expression runs only places are noted; paths and values are written out once, at the end.

use std::io::{self, Write};
use std::sync::Arc;

use super::node::{Node, Root};
use super::value::Value;
use crate::verdict::Evidence;

/// Members that are kept at most.
pub(super) const ENTRIES: usize = 20;
/// Members that are noted at most; the same one may be read more than once.
const NOTES: usize = 64;
/// Bytes of a value that are kept at most.
pub(super) const VALUE_BYTES: usize = 512;
/// Comprehensions inside one another for whose items paths are kept.
const DEPTH: usize = 4;

/// Which item of which range a comprehension is at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame<'a> {
    pub(super) range: &'a Node,
    pub(super) index: usize,
}

/// Where all comprehensions are.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Frames<'a>([Option<Frame<'a>>; DEPTH]);

impl<'a> Frames<'a> {
    pub(super) fn set(&mut self, slot: usize, frame: Frame<'a>) {
        if let Some(place) = self.0.get_mut(slot) {
            *place = Some(frame);
        }
    }

    /// The path as the expression wrote it, where it starts at what was read from AWS.
    fn path(&self, node: &Node) -> Option<String> {
        match node {
            Node::Root(Root::Resource) => Some("resource".to_owned()),
            Node::Root(Root::Account) => Some("account".to_owned()),
            Node::Listing(name) => Some(format!("all({name:?})")),
            Node::Slot(slot) => {
                let frame = self.0.get(*slot).copied().flatten()?;
                Some(format!("{}[{}]", self.path(frame.range)?, frame.index))
            }
            Node::Member { of, name, .. } => Some(format!("{}.{name}", self.path(of)?)),
            Node::Index { of, key, .. } => match &**key {
                Node::Int(index) => Some(format!("{}[{index}]", self.path(of)?)),
                _ => None,
            },
            _ => None,
        }
    }
}

/// What was read so far.
#[derive(Debug, Default)]
pub(super) struct Log<'a> {
    notes: Vec<(&'a Node, Frames<'a>, Value<'a>)>,
}

impl<'a> Log<'a> {
    /// A point to go back to.
    pub(super) fn mark(&self) -> usize {
        self.notes.len()
    }

    /// Forgets what came after the mark: it did not decide.
    pub(super) fn forget(&mut self, mark: usize) {
        self.notes.truncate(mark);
    }

    /// Forgets what was read of items after the mark. What was read elsewhere stays: it is nowhere else in the evidence.
    pub(super) fn forget_items(&mut self, mark: usize) {
        let mut place = 0;
        self.notes.retain(|(node, ..)| {
            place += 1;
            place <= mark || !is_of_item(node)
        });
    }

    /// Forgets what came between two marks.
    pub(super) fn forget_between(&mut self, from: usize, to: usize) {
        self.notes.drain(from.min(to)..to.min(self.notes.len()));
    }

    /// Notes what a place held.
    pub(super) fn add(&mut self, node: &'a Node, frames: &Frames<'a>, value: &Value<'a>) {
        if self.notes.len() < NOTES {
            self.notes.push((node, *frames, value.clone()));
        }
    }

    /// The entries as they are stored.
    pub(super) fn finish(self) -> Vec<Evidence> {
        let mut entries: Vec<Evidence> = Vec::new();
        for (node, frames, value) in self.notes {
            let Some((path, value)) = entry(node, &frames, &value) else { continue };
            if entries.len() < ENTRIES && !entries.iter().any(|known| known.path == path) {
                entries.push(Evidence { path, value });
            }
        }
        entries
    }
}

/// Whether a node is a part of an item of a comprehension.
fn is_of_item(node: &Node) -> bool {
    match node {
        Node::Slot(_) => true,
        Node::Member { of, .. } | Node::Index { of, .. } => is_of_item(of),
        _ => false,
    }
}

/// Path and value of a note. Of a listing it is the number of resources: that there are none may be what decided. Where
/// some were not listed, it is why.
fn entry(node: &Node, frames: &Frames<'_>, value: &Value<'_>) -> Option<(String, String)> {
    let path = frames.path(node)?;
    Some(match value {
        Value::Listing(listing) => match &listing.unread {
            Some(unread) => (path, cut_json(&Value::Unknown(Arc::clone(unread)))),
            None => (format!("size({path})"), listing.items.len().to_string()),
        },
        value => (path, cut_json(value)),
    })
}

/// A value as compact JSON, cut: a long list is not written out whole for its beginning.
fn cut_json(value: &Value<'_>) -> String {
    let mut start = Start(Vec::new());
    // It fails when the start is full, and that is wanted.
    let _ = serde_json::to_writer(&mut start, &*value.to_doc());
    let is_cut = start.0.len() > VALUE_BYTES;
    start.0.truncate(VALUE_BYTES);
    let text = String::from_utf8_lossy(&start.0);
    let whole = text.trim_end_matches(char::REPLACEMENT_CHARACTER);
    if is_cut { format!("{whole}…") } else { text.into_owned() }
}

/// Keeps the first bytes, and one more to tell that there are more.
struct Start(Vec<u8>);

impl Write for Start {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = (VALUE_BYTES + 1).saturating_sub(self.0.len());
        if room == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        let taken = bytes.len().min(room);
        self.0.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
