//! Takes what a job delivered into the memory, inside the transaction that commits the job.

use std::collections::{BTreeMap, BTreeSet};

use plumbline_tree::{self as tree, Delivered, Hash, Names, Node};
use redb::{TableHandle, WriteTransaction};

use super::merge::{Covered, Remembered, delivered, leave_out, merge};
use super::names::{self, Kind, NAMES};
use super::place::{Place, SCOPES, Tables, if_damaged};
use super::resolve::{Claim, Resolved, resolve};
use super::summary;
use crate::store::Error;
use crate::store::record::{Before, ScopeHead, Summary, Volatile, VolatileMembers};
use crate::store::sealed::{self, Sealed};

const SCOPE: &str = "state of an account and Region";

/// What a job covered, and where.
pub(in crate::store) struct Delivery {
    /// `account/Region`.
    pub(in crate::store) scope: String,
    /// The scan's number.
    pub(in crate::store) night: u32,
    /// The ids of the job's controls.
    pub(in crate::store) controls: BTreeSet<String>,
    /// Whether these are all controls that are enabled.
    pub(in crate::store) is_full: bool,
    /// What was found.
    pub(in crate::store) delivered: Delivered,
    /// What its sender says that it is; none when it was found here.
    pub(in crate::store) claim: Option<Claim>,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::store) enum Taken {
    /// It is remembered.
    Remembered {
        /// The name of all that is known of the account and Region, if it is another one than before.
        root: Option<Hash>,
        /// The job's rows in numbers.
        rows: Summary,
        /// Of how many resources there is something that changes by itself.
        changing: u64,
        /// How many types are not as they were.
        changed: u32,
    },
    /// A later night of the account and Region is stored already: what is older has no place any more.
    Superseded(u32),
    /// What was delivered is not what its sender says, or not together with what is held.
    Other,
}

/// What a type is to be after the night.
enum Step<'a> {
    /// What was found.
    Found(&'a Node),
    /// As it was.
    Kept,
    /// Not found by a scan that looks for everything.
    LeftOut,
    /// Not looked for.
    Untouched,
}

/// Takes a delivery. Whatever is damaged of what was there is given up, and the past says so; nothing that was written may
/// be committed alone, and so nothing is found to be damaged after the first write.
///
/// # Errors
/// When the disk fails, or a number of a name is damaged: then nothing was written.
pub(in crate::store) fn take(transaction: &WriteTransaction, delivery: Delivery) -> Result<Taken, Error> {
    let Numbers { scope, types, controls } = numbers(transaction, &delivery)?;
    let mut scopes = transaction.open_table(SCOPES)?;
    let key = scope.to_be_bytes();
    let before = head_of(&scopes, &key)?.unwrap_or_default();
    if before.night > delivery.night {
        return Ok(Taken::Superseded(before.night));
    }
    let mut tables = Tables::to_write(transaction)?;
    let Some(resolved) =
        resolve(&tables, scope, &types, delivery.delivered, delivery.claim.as_ref(), delivery.is_full)?
    else {
        return Ok(Taken::Other);
    };
    let covered = Covered {
        night: delivery.night,
        controls: &delivery.controls,
        is_full: delivery.is_full,
        documents: resolved.has_documents(),
    };
    let (mut found, mut rows, mut changed) = (Names::default(), Summary::default(), 0);
    for (of, type_name) in &types {
        let place = Place { scope, of: *of };
        let named = |change: (Remembered, Option<Before>)| named(type_name, &controls, change);
        let step = step(&resolved, type_name, delivery.is_full);
        let head = match step {
            Step::Found(node) => {
                rows = summary::plus(rows, summary::of_node(node, &controls));
                tables.change(place, delivery.night, |known| named(merge(known, node, &covered)))?
            }
            Step::LeftOut => tables.change(place, delivery.night, |known| named(leave_out(known, &covered)))?,
            Step::Kept | Step::Untouched => tables.head(place).or_else(if_damaged)?,
        };
        changed += u32::from(head.as_ref().is_some_and(|head| head.nights.last() == Some(&delivery.night)));
        let Some(head) = head.filter(|head| !head.is_left_out) else { continue };
        if let Step::Kept = step {
            rows = summary::plus(rows, head.summary.unwrap_or_default());
        }
        found.0.extend(head.name.try_into().ok().map(|name| (type_name.clone(), name)));
    }
    let volatile = changing(&types, &resolved);
    tables.put_volatile(scope, delivery.night, &volatile)?;
    let root = found.root();
    let head = ScopeHead { night: delivery.night, root: root.to_vec() };
    let sealed = sealed::seal(scopes.name(), &key, &prost::Message::encode_to_vec(&head));
    scopes.insert(key.as_slice(), sealed.as_slice())?;
    let changing = volatile.members.len() as u64;
    Ok(Taken::Remembered { root: (head.root != before.root).then_some(root), rows, changing, changed })
}

fn step<'a>(resolved: &'a Resolved, type_name: &str, is_full: bool) -> Step<'a> {
    match resolved.nodes.get(type_name) {
        Some(node) => Step::Found(node),
        None if resolved.kept.contains(type_name) => Step::Kept,
        None if is_full => Step::LeftOut,
        None => Step::Untouched,
    }
}

/// The numbers that a delivery needs.
struct Numbers {
    scope: u32,
    /// Of all types, those that are delivered among them.
    types: BTreeMap<u32, String>,
    /// Of all controls, those of the job among them.
    controls: BTreeMap<String, u32>,
}

fn numbers(transaction: &WriteTransaction, delivery: &Delivery) -> Result<Numbers, Error> {
    let mut names = transaction.open_table(NAMES)?;
    let scope = names::number_of(&mut names, Kind::Scope, &delivery.scope)?;
    let mut types: BTreeMap<u32, String> = names::all(&names, Kind::Type)?.into_iter().collect();
    let known: BTreeSet<String> = types.values().cloned().collect();
    for type_name in delivery.delivered.nodes.keys().filter(|name| !known.contains(*name)) {
        types.insert(names::number_of(&mut names, Kind::Type, type_name)?, type_name.clone());
    }
    let mut controls: BTreeMap<String, u32> =
        names::all(&names, Kind::Control)?.into_iter().map(|(number, name)| (name, number)).collect();
    for control in &delivery.controls {
        if !controls.contains_key(control) {
            controls.insert(control.clone(), names::number_of(&mut names, Kind::Control, control)?);
        }
    }
    Ok(Numbers { scope, types, controls })
}

/// What is known of an account and Region beside its types.
pub(in crate::store) fn head_of(scopes: &impl Sealed, key: &[u8]) -> Result<Option<ScopeHead>, Error> {
    whole_head_of(scopes, key).or_else(if_damaged)
}

/// The same, where damage is an error.
pub(super) fn whole_head_of(scopes: &impl Sealed, key: &[u8]) -> Result<Option<ScopeHead>, Error> {
    let Some(value) = scopes.get(key)? else { return Ok(None) };
    sealed::open_record(scopes, key, value.value(), SCOPE).map(Some)
}

/// What changes by itself of what was found.
fn changing(types: &BTreeMap<u32, String>, resolved: &Resolved) -> Volatile {
    let mut members = Vec::new();
    for (&of, type_name) in types {
        let beside = resolved.changing.get(type_name).into_iter().flatten();
        members.extend(beside.map(|(id, content)| VolatileMembers { of, id: id.clone(), content: content.clone() }));
        let entries = resolved.nodes.get(type_name).into_iter().flat_map(|node| &node.entries);
        let entries = entries.filter(|entry| !entry.volatile.is_empty());
        members.extend(entries.map(|entry| VolatileMembers {
            of,
            id: entry.id.clone(),
            content: entry.volatile.clone(),
        }));
    }
    members.sort_by(|one, other| (one.of, &one.id).cmp(&(other.of, &other.id)));
    Volatile { members }
}

/// The new state under its new name, with its rows in numbers.
fn named(
    type_name: &str,
    controls: &BTreeMap<String, u32>,
    (mut state, before): (Remembered, Option<Before>),
) -> Option<(Remembered, Before)> {
    let before = before?;
    let node = delivered(&state);
    if let Some(head) = &mut state.head {
        head.name = tree::node(type_name, &node).to_vec();
        head.summary = Some(summary::of_node(&node, controls));
    }
    Some((state, before))
}
