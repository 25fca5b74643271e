//! Takes what a job delivered into the memory, inside the transaction that commits the job.

use std::collections::{BTreeMap, BTreeSet};

use plumbline_tree::{self as tree, Hash, Names, Node, Nodes};
use redb::{TableHandle, WriteTransaction};

use super::merge::{Covered, Remembered, delivered, leave_out, merge};
use super::names::{self, Kind, NAMES};
use super::place::{Place, SCOPES, Tables, if_damaged};
use crate::store::Error;
use crate::store::record::{Before, ScopeHead, Volatile, VolatileMembers};
use crate::store::sealed::{self, Sealed};

const SCOPE: &str = "state of an account and Region";

/// What a job covered, and where.
pub(in crate::store) struct Delivery<'a> {
    /// `account/Region`.
    pub(in crate::store) scope: String,
    /// The scan's number.
    pub(in crate::store) night: u32,
    /// The ids of the job's controls.
    pub(in crate::store) controls: BTreeSet<String>,
    /// Whether these are all controls that are enabled.
    pub(in crate::store) is_full: bool,
    /// What was found.
    pub(in crate::store) nodes: &'a Nodes,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Taken {
    /// It is remembered.
    Remembered {
        /// The name of all that is known of the account and Region.
        root: Hash,
        /// Of how many resources there is something that changes by itself.
        changing: u64,
    },
    /// A later night of the account and Region is stored already: what is older has no place any more.
    Superseded(u32),
}

/// Takes a delivery. Whatever is damaged of what was there is given up, and the past says so; nothing that was written may
/// be committed alone, and so nothing is found to be damaged after the first write.
///
/// # Errors
/// When the disk fails, or a number of a name is damaged: then nothing was written.
pub(in crate::store) fn take(transaction: &WriteTransaction, delivery: &Delivery<'_>) -> Result<Taken, Error> {
    let (scope, types) = numbers(transaction, delivery)?;
    let mut scopes = transaction.open_table(SCOPES)?;
    let key = scope.to_be_bytes();
    let last = last_night(&scopes, &key)?;
    if last > delivery.night {
        return Ok(Taken::Superseded(last));
    }
    let mut tables = Tables::to_write(transaction)?;
    let covered = Covered {
        night: delivery.night,
        controls: &delivery.controls,
        is_full: delivery.is_full,
        documents: delivery.nodes.values().flat_map(|node| &node.entries).any(|entry| !entry.document.is_empty()),
    };
    let mut volatile = Volatile::default();
    let mut found = Names::default();
    for (of, type_name) in types {
        let place = Place { scope, of };
        let head = match delivery.nodes.get(&type_name) {
            Some(node) => {
                volatile.members.extend(changing(of, node));
                let change = |known: &Remembered| named(&type_name, merge(known, node, &covered));
                tables.change(place, delivery.night, change)?
            }
            None if delivery.is_full => {
                let change = |known: &Remembered| named(&type_name, leave_out(known, &covered));
                tables.change(place, delivery.night, change)?
            }
            None => tables.head(place).or_else(if_damaged)?,
        };
        let name = head.filter(|head| !head.is_left_out).and_then(|head| head.name.try_into().ok());
        found.0.extend(name.map(|name| (type_name, name)));
    }
    tables.put_volatile(scope, delivery.night, &volatile)?;
    let root = found.root();
    let head = ScopeHead { night: delivery.night, root: root.to_vec() };
    let sealed = sealed::seal(scopes.name(), &key, &prost::Message::encode_to_vec(&head));
    scopes.insert(key.as_slice(), sealed.as_slice())?;
    Ok(Taken::Remembered { root, changing: volatile.members.len() as u64 })
}

/// The numbers of the place and of all types, those that are delivered among them.
fn numbers(transaction: &WriteTransaction, delivery: &Delivery<'_>) -> Result<(u32, BTreeMap<u32, String>), Error> {
    let mut names = transaction.open_table(NAMES)?;
    let known = names::all(&names, Kind::Type)?;
    let scope = names::number_of(&mut names, Kind::Scope, &delivery.scope)?;
    let mut types: BTreeMap<u32, String> = known.into_iter().collect();
    for type_name in delivery.nodes.keys() {
        types.insert(names::number_of(&mut names, Kind::Type, type_name)?, type_name.clone());
    }
    Ok((scope, types))
}

/// The last night that was stored of an account and Region; 0 when there is none that can be read.
fn last_night(scopes: &impl Sealed, key: &[u8]) -> Result<u32, Error> {
    let Some(value) = scopes.get(key)? else { return Ok(0) };
    let head = sealed::open_record::<ScopeHead>(scopes, key, value.value(), SCOPE).map(Some).or_else(if_damaged)?;
    Ok(head.map_or(0, |head| head.night))
}

/// What changes by itself of what was found.
fn changing(of: u32, node: &Node) -> impl Iterator<Item = VolatileMembers> {
    let entries = node.entries.iter().filter(|entry| !entry.volatile.is_empty());
    entries.map(move |entry| VolatileMembers { of, id: entry.id.clone(), content: entry.volatile.clone() })
}

/// The new state under its new name.
fn named(type_name: &str, (mut state, before): (Remembered, Option<Before>)) -> Option<(Remembered, Before)> {
    let before = before?;
    let name = tree::node(type_name, &delivered(&state));
    if let Some(head) = &mut state.head {
        head.name = name.to_vec();
    }
    Some((state, before))
}
