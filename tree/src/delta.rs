//! What differs between a node that somebody else holds and the one at hand, by the beginnings of the entries' names: whoever
//! holds it says them, and gets what is new.
//!
//! Two names that begin alike make a wrong difference, which the name of the whole shows: names are compared whole then.

use std::collections::HashMap;

use crate::{Hash, Node, entry};

/// The beginning of a name.
pub type Short = [u8; 8];

/// The beginning of a name.
pub fn short(name: &Hash) -> Short {
    let mut beginning = Short::default();
    beginning.copy_from_slice(&name[..8]);
    beginning
}

/// The beginnings of names, one after the other.
pub fn shorts(bytes: &[u8]) -> Option<Vec<Short>> {
    let (names, rest) = bytes.as_chunks::<8>();
    rest.is_empty().then(|| names.to_vec())
}

/// The beginnings of the names of a node's entries, in their order.
pub fn entries(node: &Node) -> Vec<Short> {
    node.entries.iter().map(|each| short(&entry(each))).collect()
}

/// A difference.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Places of the held entries that are not there any more, or are others now; rising.
    pub gone: Vec<u32>,
    /// Places of the entries at hand that are not held; rising.
    pub new: Vec<usize>,
}

/// The difference between what is held and a node.
pub fn difference(held: &[Short], node: &Node) -> Difference {
    let mut places: HashMap<Short, u32> = held.iter().copied().zip(0..).collect();
    let mut difference = Difference::default();
    for (place, name) in entries(node).into_iter().enumerate() {
        if places.remove(&name).is_none() {
            difference.new.push(place);
        }
    }
    let is_kept = |(place, name): &(u32, &Short)| places.get(*name) != Some(place);
    difference.gone = (0..).zip(held).filter(|each| !is_kept(each)).map(|(place, _)| place).collect();
    difference
}

/// The node that a difference makes of a held one; `None` when it does not belong to it.
pub fn apply(held: Node, gone: &[u32], new: Node) -> Option<Node> {
    let mut entries = Vec::with_capacity(held.entries.len() + new.entries.len());
    let mut gone = gone.iter().peekable();
    for (place, entry) in (0..).zip(held.entries) {
        if gone.next_if(|each| **each == place).is_none() {
            entries.push(entry);
        }
    }
    if gone.next().is_some() {
        return None;
    }
    entries.extend(new.entries);
    entries.sort_by(|one, other| one.id.cmp(&other.id));
    let is_unique = entries.is_sorted_by(|one, other| one.id < other.id);
    is_unique.then_some(Node { unread: new.unread, entries })
}
