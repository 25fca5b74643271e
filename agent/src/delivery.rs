//! What of a job's result is sent: nothing that the coordinator holds from earlier nights already.
//!
//! An unchanged account and Region costs the name of its result. Otherwise the coordinator says by the beginnings of names
//! what it holds, types first, then the entries of those that changed. What comes together there has to have the name that
//! was said; if it has not, everything is sent.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use plumbline_proto::agent_v1::{Base, Changing, Document, Listing, Row, Usage};
use plumbline_proto::chunk::Item;
use plumbline_tree::{self as tree, Difference, Entry, Hash, Names, Node, Nodes, Short};

use crate::link::{Claim, Committed, Upload, UploadError as Error};

/// A type with fewer entries is sent whole: asking would cost more.
const FEW: usize = 4;
/// A difference that takes more than this many entries away is not one: the type is sent whole.
const MANY_GONE: usize = 10_000;

/// What a job found, with its names.
#[derive(Debug)]
pub(crate) struct Found {
    nodes: Nodes,
    names: Names,
    root: Hash,
}

/// How a type is sent.
#[derive(Clone, Debug, PartialEq)]
enum Part {
    Whole,
    /// What changes by itself alone.
    Kept,
    Difference(Difference),
}

impl Found {
    /// Names what was found. It hashes all of it.
    pub(crate) fn new(nodes: Nodes) -> Self {
        let names = Names::of(&nodes);
        Self { root: names.root(), names, nodes }
    }

    fn claim(&self, is_on_held: bool, dropped: Vec<Short>) -> Claim {
        Claim { root: self.root, is_on_held, dropped }
    }

    /// The types that are not among these names, and the names that are none of its.
    fn compared(&self, held: &[Short]) -> (Vec<&str>, Vec<Short>) {
        let known: HashSet<Short> = held.iter().copied().collect();
        let is_new = |name: &Hash| !known.contains(&tree::short(name));
        let changed = self.names.0.iter().filter(|(_, name)| is_new(name)).map(|(type_name, _)| type_name.as_str());
        let own: HashSet<Short> = self.names.0.values().map(tree::short).collect();
        let others = held.iter().filter(|name| !own.contains(*name)).copied();
        (changed.collect(), others.collect())
    }

    /// What is sent.
    fn items<'a>(&'a self, parts: &'a BTreeMap<String, Part>) -> impl Iterator<Item = Item> + Send + 'a {
        self.nodes.iter().flat_map(move |(type_name, node)| match parts.get(type_name) {
            None | Some(Part::Whole) => whole(type_name, node),
            Some(Part::Kept) => Box::new(changing(type_name, node.entries.iter())) as Items<'_>,
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
    let new: HashSet<usize> = difference.new.iter().copied().collect();
    let (sent, kept): (Vec<_>, Vec<_>) = node.entries.iter().enumerate().partition(|(place, _)| new.contains(place));
    let sent = sent.into_iter().flat_map(|(_, each)| entry(type_name, each));
    let kept = changing(type_name, kept.into_iter().map(|(_, each)| each));
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
    entries: impl Iterator<Item = &'a Entry> + Send + 'a,
) -> impl Iterator<Item = Item> + Send + 'a {
    let item = |entry: &Entry| {
        Item::Changing(Changing { r#type: type_name.to_owned(), id: entry.id.clone(), members: entry.volatile.clone() })
    };
    entries.filter(|entry| !entry.volatile.is_empty()).map(item)
}

/// Delivers what was found, and makes it visible.
///
/// # Errors
/// When the lease is lost, or the coordinator refuses what was sent.
pub(crate) async fn deliver(upload: &mut Upload, found: &Arc<Found>, held: &[u8], usage: &Usage) -> Result<(), Error> {
    if let Some((parts, dropped)) = compare(upload, found, held).await? {
        let total = upload.deliver(found.items(&parts)).await?;
        if upload.commit(&total, &found.claim(true, dropped), usage).await? == Committed::Done {
            return Ok(());
        }
        tracing::warn!("the coordinator does not hold what this job builds on: everything is sent");
    }
    let parts = BTreeMap::new();
    let total = upload.deliver(found.items(&parts)).await?;
    match upload.commit(&total, &found.claim(false, Vec::new()), usage).await? {
        Committed::Done => Ok(()),
        Committed::WantsAll => {
            Err(Error::Refused("everything was sent, and the coordinator wants it again".to_owned()))
        }
    }
}

/// How each type is sent, and the names of those that are gone; `None` when nothing is held.
async fn compare(
    upload: &mut Upload,
    found: &Found,
    held: &[u8],
) -> Result<Option<(BTreeMap<String, Part>, Vec<Short>)>, Error> {
    let Ok(held) = Short::try_from(held) else { return Ok(None) };
    let mut parts: BTreeMap<String, Part> = found.nodes.keys().map(|name| (name.clone(), Part::Kept)).collect();
    if held == tree::short(&found.root) {
        return Ok(Some((parts, Vec::new())));
    }
    let reply = upload.held(Vec::new()).await?;
    let Some(types) = tree::shorts(&reply.types) else { return Ok(None) };
    // Among them the earlier names of what changed: a type that is sent takes their place.
    let (changed, dropped) = found.compared(&types);
    parts.extend(changed.iter().map(|name| ((*name).to_owned(), Part::Whole)));
    let is_large = |name: &&&str| found.nodes.get(**name).is_some_and(|node| node.entries.len() > FEW);
    let large: Vec<String> = changed.iter().filter(is_large).map(|name| (*name).to_owned()).collect();
    if !large.is_empty() {
        for known in upload.held(large).await?.entries {
            let (Some(node), Some(entries)) = (found.nodes.get(&known.r#type), tree::shorts(&known.entries)) else {
                continue;
            };
            let difference = tree::difference(&entries, node);
            if difference.new.len() < node.entries.len() && difference.gone.len() <= MANY_GONE {
                parts.insert(known.r#type, Part::Difference(difference));
            }
        }
    }
    Ok(Some((parts, dropped)))
}
