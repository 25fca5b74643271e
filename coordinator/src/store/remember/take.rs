//! Takes what a job delivered into the memory, inside the transaction that commits the job.

use std::collections::{BTreeMap, BTreeSet};

use plumbline_tree::{self as tree, Hash, Names, Nodes};
use redb::{ReadableTable, TableHandle, WriteTransaction};

use super::merge::{Covered, Remembered, delivered, leave_out, merge};
use super::names::{self, Kind, NAMES};
use super::place::{Place, SCOPES, Tables};
use crate::store::record::{Before, ScopeHead, Volatile, VolatileMembers};
use crate::store::{Error, sealed};

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
    /// It is remembered; the name of all that is known of the account and Region.
    Remembered(Hash),
    /// A later night of the account and Region is stored already: what is older has no place any more.
    Superseded(u32),
}

/// Takes a delivery.
///
/// # Errors
/// When the disk fails, or the head of something is damaged. Nothing may be committed then.
pub(in crate::store) fn take(transaction: &WriteTransaction, delivery: &Delivery<'_>) -> Result<Taken, Error> {
    let mut names = transaction.open_table(NAMES)?;
    let mut scopes = transaction.open_table(SCOPES)?;
    let scope = names::number_of(&mut names, Kind::Scope, &delivery.scope)?;
    let key = scope.to_be_bytes();
    let known: ScopeHead = match scopes.get(key.as_slice())? {
        Some(value) => sealed::open_record(&scopes, &key, value.value(), SCOPE)?,
        None => ScopeHead::default(),
    };
    if known.night > delivery.night {
        return Ok(Taken::Superseded(known.night));
    }
    let mut tables = Tables::to_write(transaction)?;
    let covered = Covered {
        night: delivery.night,
        controls: &delivery.controls,
        is_full: delivery.is_full,
        documents: delivery.nodes.values().flat_map(|node| &node.entries).any(|entry| !entry.document.is_empty()),
    };
    let mut volatile = Volatile::default();
    for (type_name, node) in delivery.nodes {
        let place = Place { scope, of: names::number_of(&mut names, Kind::Type, type_name)? };
        let changing = node.entries.iter().filter(|entry| !entry.volatile.is_empty());
        volatile.members.extend(changing.map(|entry| VolatileMembers {
            of: place.of,
            id: entry.id.clone(),
            content: entry.volatile.clone(),
        }));
        let change = |known: &Remembered| named(type_name, merge(known, node, &covered));
        tables.change(place, delivery.night, change)?;
    }
    tables.put_volatile(scope, delivery.night, &volatile)?;
    let types: BTreeMap<u32, String> = names::all(&names, Kind::Type)?.into_iter().collect();
    let mut found = Names::default();
    for place in Place::all_of(scope, &tables)? {
        let type_name = types.get(&place.of).ok_or(Error::Damaged { what: SCOPE })?;
        if delivery.is_full && !delivery.nodes.contains_key(type_name) {
            tables.change(place, delivery.night, |known| named(type_name, leave_out(known, &covered)))?;
        }
        let head = tables.head(place)?.filter(|head| !head.is_left_out);
        if let Some(name) = head.and_then(|head| head.name.try_into().ok()) {
            found.0.insert(type_name.clone(), name);
        }
    }
    let root = found.root();
    let head = ScopeHead { night: delivery.night, root: root.to_vec() };
    let sealed = sealed::seal(scopes.name(), &key, &prost::Message::encode_to_vec(&head));
    scopes.insert(key.as_slice(), sealed.as_slice())?;
    Ok(Taken::Remembered(root))
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
