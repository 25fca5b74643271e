//! What an agent sends of what it found: what the coordinator holds already is left out, as agents do.

use anyhow::{Context, anyhow};
use plumbline_coordinator::store::{Claim, Commit, Held, Store, StoredJob};
use plumbline_proto::agent_v1::{Base, Usage};
use plumbline_proto::chunk::{Change, Chunker, Item, Piece};
use plumbline_tree::{self as tree, Builder, Names, Nodes};

/// Bytes of a chunk before it is compressed: small, so that a job has several.
const CHUNK_BYTES: usize = 3_000;

/// A delivery.
#[derive(Clone, Debug)]
pub(super) struct Delivery {
    pub(super) items: Vec<Item>,
    pub(super) claim: Claim,
}

impl Delivery {
    /// The chunks, and what the commit says of them.
    pub(super) fn cut(&self) -> (Vec<Piece>, Commit) {
        let mut chunker = Chunker::new(CHUNK_BYTES);
        let mut pieces: Vec<Piece> = self.items.iter().cloned().filter_map(|item| chunker.push(item)).collect();
        pieces.extend(chunker.finish_chunk());
        let total = chunker.total();
        let commit = Commit {
            chunks: total.chunks,
            rows: total.rows,
            root_hash: total.root_hash,
            claim: Some(self.claim.clone()),
            usage: Usage { calls: 7, ..Usage::default() },
            now: "2026-01-01T03:00:00Z".to_owned(),
        };
        (pieces, commit)
    }
}

/// All of it.
pub(super) fn whole(items: Vec<Item>) -> Delivery {
    let root = Names::of(&built(&items)).root();
    Delivery { items, claim: Claim { root, is_on_held: false, dropped: Vec::new() } }
}

/// What differs from what is held; all of it where nothing is.
pub(super) fn difference(store: &Store, job: &StoredJob, items: Vec<Item>) -> anyhow::Result<Delivery> {
    let record = store.job(job)?.with_context(|| format!("there is no job {}", job.job))?;
    let Some(held_root) = store.held_root(&record)? else { return Ok(whole(items)) };
    let nodes = built(&items);
    let names = Names::of(&nodes);
    let claim = Claim { root: names.root(), is_on_held: true, dropped: Vec::new() };
    if tree::short(&claim.root) == held_root {
        return Ok(Delivery { items: items.iter().filter_map(|item| changing(item, &nodes)).collect(), claim });
    }
    let types: Vec<String> = nodes.keys().cloned().collect();
    let held = Held { entries: store.held(&record, &types)?.entries, ..store.held(&record, &[])? };
    let found: Vec<tree::Short> = names.0.values().map(tree::short).collect();
    // A type that is another one now is sent, and says so itself; one that is not found at all has to be named.
    let dropped = held.types.iter().copied().filter(|short| !found.contains(short)).collect();
    let mut sent = Vec::new();
    for (name, node) in &nodes {
        let of_type: Vec<&Item> = items.iter().filter(|item| type_of(item) == name).collect();
        let short = names.0.get(name).map(tree::short).ok_or_else(|| anyhow!("a node has a name"))?;
        if held.types.contains(&short) {
            sent.extend(of_type.into_iter().filter_map(|item| changing(item, &nodes)));
            continue;
        }
        let Some(entries) = held.entries.get(name) else {
            sent.extend(of_type.into_iter().cloned());
            continue;
        };
        let tree::Difference { gone, new } = tree::difference(entries, node);
        sent.push(Item::Base(Base { r#type: name.clone(), gone }));
        let ids: Vec<&str> = new.iter().map(|&place| node.entries[place].id.as_str()).collect();
        sent.extend(of_type.into_iter().filter_map(|item| match item {
            Item::Listing(_) => Some(item.clone()),
            item if ids.contains(&id_of(item)) => Some(item.clone()),
            item => changing(item, &nodes),
        }));
    }
    Ok(Delivery { items: sent, claim: Claim { dropped, ..claim } })
}

/// The tree of what was found.
pub(super) fn built(items: &[Item]) -> Nodes {
    let mut builder = Builder::default();
    builder.extend(items.iter().cloned());
    builder.finish()
}

/// What changes by itself of a resource that stays as it is.
fn changing(item: &Item, nodes: &Nodes) -> Option<Item> {
    let Item::Document(document) = item else { return None };
    let (type_name, members) = (document.r#type.clone(), document.volatile.clone());
    let place = nodes.get(&type_name)?.entries.iter().position(|entry| entry.id == document.id)?;
    let change = Change { type_name, place: place.try_into().ok()?, members };
    (!change.members.is_empty()).then_some(Item::Changing(change))
}

fn type_of(item: &Item) -> &str {
    match item {
        Item::Row(row) => &row.resource_type,
        Item::Document(document) => &document.r#type,
        Item::Listing(listing) => &listing.r#type,
        Item::Base(base) => &base.r#type,
        Item::Changing(change) => &change.type_name,
    }
}

fn id_of(item: &Item) -> &str {
    match item {
        Item::Row(row) => &row.resource,
        Item::Document(document) => &document.id,
        Item::Listing(_) | Item::Base(_) | Item::Changing(_) => "",
    }
}
