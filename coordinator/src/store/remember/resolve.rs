//! From what an agent sent to what it found: what it left out because the coordinator holds it is found there, and all of
//! it has to have the name that the agent says.

use std::collections::{BTreeMap, BTreeSet};

use plumbline_tree::{self as tree, Delivered, Hash, Names, Nodes, Short};

use super::merge::delivered;
use super::place::{Place, Tables, if_damaged};
use super::volatile::{self, ByPlace};
use crate::planted::{self, Bug};
use crate::store::Error;
use crate::store::record::Head;
use crate::store::sealed::Sealed;

/// What an agent says of a job's result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Its name.
    pub root: Hash,
    /// Whether types that were not delivered are as they are held.
    pub is_on_held: bool,
    /// The beginnings of the names of those that were not found any more.
    pub dropped: Vec<Short>,
}

/// What a job found.
#[derive(Debug, Default)]
pub(super) struct Resolved {
    /// The types that are new, or changed.
    pub(super) nodes: Nodes,
    /// The types that are as they were, with what is known of them.
    pub(super) kept: BTreeMap<String, Head>,
    /// The names of both.
    pub(super) names: Names,
    /// What changes by itself, by the number of the type.
    pub(super) changing: BTreeMap<u32, ByPlace>,
}

impl Resolved {
    /// Whether documents were delivered: on this night, or on the one that nothing changed since.
    pub(super) fn has_documents(&self) -> bool {
        self.nodes.values().flat_map(|node| &node.entries).any(|entry| !entry.document.is_empty())
    }
}

/// What a job found; `None` when it is not what its sender says. What looks for a part leaves nothing as it is.
///
/// # Errors
/// When the disk fails.
pub(super) fn resolve(
    tables: &Tables<impl Sealed>,
    scope: u32,
    types: &BTreeMap<u32, String>,
    sent: Delivered,
    claim: Option<&Claim>,
    is_full: bool,
) -> Result<Option<Resolved>, Error> {
    let mut resolved = Resolved::default();
    let Some(mut said) = volatile::said(&sent.changing) else { return Ok(None) };
    let is_on_held = claim.is_some_and(|claim| claim.is_on_held);
    if is_on_held && !is_full {
        return Ok(None);
    }
    let builds_on_held = !sent.bases.is_empty() || !said.is_empty();
    if builds_on_held && !is_on_held {
        return Ok(None);
    }
    let dropped: BTreeSet<Short> = claim.iter().flat_map(|claim| &claim.dropped).copied().collect();
    let mut nodes = sent.nodes;
    for (&of, type_name) in types {
        let place = Place { scope, of };
        match (nodes.remove(type_name), sent.bases.get(type_name)) {
            (Some(new), Some(gone)) => {
                let Some(held) = held(tables, place)? else { return Ok(None) };
                let Some(node) = tree::apply(held, gone, new) else { return Ok(None) };
                resolved.nodes.insert(type_name.clone(), node);
            }
            (Some(new), None) => {
                resolved.nodes.insert(type_name.clone(), new);
            }
            (None, _) if is_on_held => {
                let Some((name, head)) = named_head(tables, place)? else { continue };
                if dropped.contains(&tree::short(&name)) {
                    continue;
                }
                let found = head.summary.as_ref().map_or(0, |summary| summary.found);
                let changing = said.remove(type_name).unwrap_or_default();
                if !volatile::is_within(&changing, found as usize) {
                    return Ok(None);
                }
                resolved.names.0.insert(type_name.clone(), name);
                resolved.kept.insert(type_name.clone(), head);
                resolved.changing.insert(of, changing);
                continue;
            }
            (None, _) => continue,
        }
        let Some(node) = resolved.nodes.get(type_name) else { continue };
        let Some(changing) = volatile::joined(node, said.remove(type_name).unwrap_or_default()) else {
            return Ok(None);
        };
        resolved.changing.insert(of, changing);
    }
    // Of a type that is neither found nor held, nothing changes.
    if !said.is_empty() {
        return Ok(None);
    }
    resolved.names.0.extend(Names::of(&resolved.nodes).0);
    let is_named = |claim: &Claim| claim.root == resolved.names.root() || planted::is(Bug::NameUnchecked);
    Ok(claim.is_none_or(is_named).then_some(resolved))
}

/// What an agent would have delivered of what is held; `None` where nothing is, or it cannot be read.
pub(super) fn held(tables: &Tables<impl Sealed>, place: Place) -> Result<Option<tree::Node>, Error> {
    let state = tables.now(place).or_else(if_damaged)?;
    let state = state.filter(|state| state.head.as_ref().is_some_and(|head| !head.is_left_out));
    Ok(state.map(|state| delivered(&state)))
}

/// The name of what is held of a type; `None` where nothing is.
pub(super) fn name_of(tables: &Tables<impl Sealed>, place: Place) -> Result<Option<Hash>, Error> {
    Ok(named_head(tables, place)?.map(|(name, _)| name))
}

/// The same, and what else is known of the type.
fn named_head(tables: &Tables<impl Sealed>, place: Place) -> Result<Option<(Hash, Head)>, Error> {
    let head = tables.head(place).or_else(if_damaged)?.filter(|head| !head.is_left_out);
    Ok(head.and_then(|head| Some((head.name.as_slice().try_into().ok()?, head))))
}
