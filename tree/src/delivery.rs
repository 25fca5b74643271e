//! What of a job's result is sent to somebody who holds an earlier one: nothing that is held already.
//!
//! Whoever holds it says the beginnings of names, of types first, then of the entries of those that changed. What is sent
//! comes together there with what is held, and has to have the name of the whole; if it has not, everything is sent.

use std::collections::{BTreeMap, HashSet};

use plumbline_proto::agent_v1::{Base, Document, Listing, Row};
use plumbline_proto::chunk::{Change, Item};

use crate::{Difference, Entry, Hash, Names, Node, Nodes, Short, difference, short};

/// A type with fewer entries is sent whole: asking would cost more.
const FEW: usize = 4;
/// A difference that takes more than this many entries away is not one: the type is sent whole.
const MANY_GONE: usize = 10_000;

/// What a job found, with its names.
#[derive(Debug)]
pub struct Found {
    nodes: Nodes,
    names: Names,
    root: Hash,
}

/// How the types of a result are sent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sent {
    /// By type; one that is not here is sent whole.
    parts: BTreeMap<String, Part>,
    /// The beginnings of the names of held types that were not found any more.
    pub dropped: Vec<Short>,
}

/// How a type is sent.
#[derive(Clone, Debug, PartialEq)]
enum Part {
    Whole,
    /// What changes by itself alone.
    Kept,
    Difference(Difference),
}

impl Sent {
    /// All of it.
    pub fn everything() -> Self {
        Self::default()
    }
}

impl Found {
    /// Names what was found. It hashes all of it.
    pub fn new(nodes: Nodes) -> Self {
        let names = Names::of(&nodes);
        Self { root: names.root(), names, nodes }
    }

    /// The name of all of it.
    pub fn root(&self) -> &Hash {
        &self.root
    }

    /// The types, each with what was found.
    pub fn nodes(&self) -> &Nodes {
        &self.nodes
    }

    /// What is sent when all of it is held: only what changes by itself.
    pub fn kept(&self) -> Sent {
        Sent { parts: self.nodes.keys().map(|name| (name.clone(), Part::Kept)).collect(), dropped: Vec::new() }
    }

    /// What is sent when types of these names are held: of those that changed, everything.
    pub fn against(&self, held: &[Short]) -> Sent {
        let known: HashSet<Short> = held.iter().copied().collect();
        let own: HashSet<Short> = self.names.0.values().map(short).collect();
        let mut sent = self.kept();
        let changed = self.names.0.iter().filter(|(_, name)| !known.contains(&short(name)));
        sent.parts.extend(changed.map(|(type_name, _)| (type_name.clone(), Part::Whole)));
        // Among them the earlier names of what changed: a type that is sent takes their place.
        sent.dropped = held.iter().filter(|name| !own.contains(*name)).copied().collect();
        sent
    }

    /// The types of which it is worth while to ask which entries are held.
    pub fn to_ask(&self, sent: &Sent) -> Vec<String> {
        let is_whole = |name: &&String| sent.parts.get(*name) == Some(&Part::Whole);
        let is_large = |name: &&String| self.nodes.get(*name).is_some_and(|node| node.entries.len() > FEW);
        sent.parts.keys().filter(is_whole).filter(is_large).cloned().collect()
    }

    /// Entries of these names are held of a type, in their order: what differs from them is sent, where that is less.
    pub fn narrow(&self, sent: &mut Sent, type_name: &str, held: &[Short]) {
        let Some(node) = self.nodes.get(type_name) else { return };
        let difference = difference(held, node);
        if difference.new.len() < node.entries.len() && difference.gone.len() <= MANY_GONE {
            sent.parts.insert(type_name.to_owned(), Part::Difference(difference));
        }
    }

    /// What is sent.
    pub fn items<'a>(&'a self, sent: &'a Sent) -> impl Iterator<Item = Item> + Send + 'a {
        self.nodes.iter().flat_map(move |(type_name, node)| match sent.parts.get(type_name) {
            None | Some(Part::Whole) => whole(type_name, node),
            Some(Part::Kept) => Box::new(changing(type_name, (0..).zip(&node.entries))) as Items<'_>,
            Some(Part::Difference(difference)) => changed(type_name, node, difference),
        })
    }
}

type Items<'a> = Box<dyn Iterator<Item = Item> + Send + 'a>;

/// A type with all that was found of it.
fn whole<'a>(type_name: &'a str, node: &'a Node) -> Items<'a> {
    Box::new(listing(type_name, node).into_iter().chain(node.entries.iter().flat_map(|each| entry(type_name, each))))
}

/// What differs of a type, and what changes by itself of the rest.
fn changed<'a>(type_name: &'a str, node: &'a Node, difference: &'a Difference) -> Items<'a> {
    let base = Item::Base(Base { r#type: type_name.to_owned(), gone: difference.gone.clone() });
    let new: HashSet<u32> = difference.new.iter().filter_map(|&place| place.try_into().ok()).collect();
    let is_new = |(place, _): &(u32, &Entry)| new.contains(place);
    let (sent, kept): (Vec<_>, Vec<_>) = (0..).zip(&node.entries).partition(is_new);
    let sent = sent.into_iter().flat_map(|(_, each)| entry(type_name, each));
    let kept = changing(type_name, kept.into_iter());
    Box::new(std::iter::once(base).chain(listing(type_name, node)).chain(sent).chain(kept))
}

/// That a type was listed; what is about the whole account and Region is not a type.
fn listing(type_name: &str, node: &Node) -> Option<Item> {
    let listing = || Item::Listing(Listing { r#type: type_name.to_owned(), unread: node.unread.clone() });
    (!type_name.is_empty()).then(listing)
}

fn entry<'a>(type_name: &'a str, entry: &'a Entry) -> impl Iterator<Item = Item> + Send + 'a {
    let document = || {
        Item::Document(Document {
            r#type: type_name.to_owned(),
            id: entry.id.clone(),
            content: entry.document.clone(),
            volatile: entry.volatile.clone(),
        })
    };
    let row =
        |row: &Row| Item::Row(Row { resource: entry.id.clone(), resource_type: type_name.to_owned(), ..row.clone() });
    let document = (!entry.document.is_empty()).then(document);
    document.into_iter().chain(entry.rows.iter().map(row))
}

fn changing<'a>(
    type_name: &'a str,
    entries: impl Iterator<Item = (u32, &'a Entry)> + Send + 'a,
) -> impl Iterator<Item = Item> + Send + 'a {
    let item = |(place, entry): (u32, &Entry)| {
        Item::Changing(Change { type_name: type_name.to_owned(), place, members: entry.volatile.clone() })
    };
    entries.filter(|(_, entry)| !entry.volatile.is_empty()).map(item)
}

#[cfg(test)]
mod tests;
