//! Joins: `all("T").exists(x, x.Member == key && …)`, decided by an index instead of by going through all items.
//!
//! An item whose member is text other than the key makes the condition false, and a false condition leaves nothing
//! behind: no answer, no unknown, no evidence. Only such items are passed over; all others are evaluated as ever, in
//! their order. The index is of the snapshot, so it must not outlive it.

use std::cell::{Cell, OnceCell};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::items::Items;
use super::node::{Compare, Join, Node};
use super::value::Value;

/// Lists shorter than this are faster gone through.
const WORTH_IT: usize = 16;

impl Join {
    /// The join that a condition makes, if it makes one.
    pub(super) fn of(range: &Node, slot: usize, condition: &Node, number: usize) -> Option<Self> {
        if !is_fixed(range) {
            return None;
        }
        let (member, key) = equality(condition, slot)?;
        Some(Self { number, member: member.into(), key: key.clone() })
    }
}

/// Whether a range is the same for every resource: a listing, or what a path leads to from one.
fn is_fixed(range: &Node) -> bool {
    match range {
        Node::Listing(_) => true,
        Node::Named(named) => is_fixed(&named.body),
        Node::Member { of, .. } => is_fixed(of),
        Node::Index { of, key, .. } => is_fixed(of) && matches!(**key, Node::Int(_)),
        _ => false,
    }
}

/// The first equality among the parts that must all hold.
fn equality(condition: &Node, slot: usize) -> Option<(&str, &Node)> {
    match condition {
        Node::And(left, right) => equality(left, slot).or_else(|| equality(right, slot)),
        Node::Compare { operator: Compare::Equal, left, right } => {
            let with = |name, key| Some((name, key)).filter(|_| is_independent(key, slot));
            member(left, slot).and_then(|name| with(name, right)).or_else(|| with(member(right, slot)?, left))
        }
        _ => None,
    }
}

/// The name of an item's member.
fn member(node: &Node, slot: usize) -> Option<&str> {
    match node {
        Node::Member { of, name, .. } if matches!(**of, Node::Slot(own) if own == slot) => Some(name),
        _ => None,
    }
}

/// Whether a value is the same for every item.
fn is_independent(key: &Node, slot: usize) -> bool {
    match key {
        Node::String(_) | Node::Root(_) => true,
        Node::Slot(other) => *other < slot,
        Node::Member { of, .. } => is_independent(of, slot),
        _ => false,
    }
}

/// An index that is made when it is asked for a second time: for one look-up it would be a loss.
#[derive(Debug, Default)]
pub(super) struct LazyIndex {
    was_asked: Cell<bool>,
    index: OnceCell<Index>,
}

impl LazyIndex {
    /// The index of these items, which are the same at every call.
    pub(super) fn of(&self, items: &Items<'_>, member: &str) -> Option<&Index> {
        if items.len() < WORTH_IT || !self.was_asked.replace(true) {
            return None;
        }
        Some(self.index.get_or_init(|| Index::new(items, member)))
    }
}

/// Where in a list the items with a key are.
#[derive(Debug)]
pub(super) struct Index {
    /// Hashes of keys with positions, sorted. Another key of the same hash costs an evaluation, and changes nothing.
    keyed: Vec<(u64, usize)>,
    /// Positions of items whose member is not text, or that are not known.
    others: Vec<usize>,
}

impl Index {
    fn new(items: &Items<'_>, member: &str) -> Self {
        let (mut keyed, mut others) = (Vec::with_capacity(items.len()), Vec::new());
        for (position, item) in items.iter().enumerate() {
            match item.member(member) {
                Value::Str(text) => keyed.push((hash(&text), position)),
                _ => others.push(position),
            }
        }
        keyed.sort_unstable();
        Self { keyed, others }
    }

    /// Positions of the items for which the condition may hold, in order.
    pub(super) fn candidates(&self, key: &str) -> Vec<usize> {
        let key = hash(key);
        let start = self.keyed.partition_point(|(known, _)| *known < key);
        let found = self.keyed[start..].iter().take_while(|(known, _)| *known == key).map(|(_, position)| *position);
        let mut positions: Vec<usize> = found.chain(self.others.iter().copied()).collect();
        positions.sort_unstable();
        positions
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}
