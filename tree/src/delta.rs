//! What differs between a node that somebody else holds and the one at hand, by the beginnings of the entries' names: whoever
//! holds it says them, and gets what is new.
//!
//! Two names that begin alike may make a wrong difference, which the name of the whole shows: everything is sent then.

use std::collections::{HashMap, HashSet};

use crate::{Hash, Node, entry};

/// Bytes of a beginning: of a million names, each new one begins like another one once in a million times.
const SHORT: usize = 5;

/// The beginning of a name.
pub type Short = [u8; SHORT];

/// The beginning of a name.
pub fn short(name: &Hash) -> Short {
    let mut beginning = Short::default();
    beginning.copy_from_slice(&name[..SHORT]);
    beginning
}

/// The beginnings of names, one after the other.
pub fn shorts(bytes: &[u8]) -> Option<Vec<Short>> {
    let (names, rest) = bytes.as_chunks::<SHORT>();
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

/// The difference between what is held and a node. Held entries whose names begin alike are not told apart: they are others.
pub fn difference(held: &[Short], node: &Node) -> Difference {
    let mut places: HashMap<Short, Option<u32>> = HashMap::new();
    for (name, place) in held.iter().zip(0..) {
        places.entry(*name).and_modify(|known| *known = None).or_insert(Some(place));
    }
    let (mut kept, mut new) = (HashSet::new(), Vec::new());
    for (place, name) in entries(node).into_iter().enumerate() {
        match places.get_mut(&name).and_then(Option::take) {
            Some(same) => {
                kept.insert(same);
            }
            None => new.push(place),
        }
    }
    let gone = (0..).zip(held).map(|(place, _)| place).filter(|place| !kept.contains(place)).collect();
    Difference { gone, new }
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
