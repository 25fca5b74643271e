//! Takes what a job delivered into the memory, inside the transaction that commits the job.

use std::collections::{BTreeMap, BTreeSet};

use plumbline_tree::{self as tree, Delivered, Hash, Names, Node};
use redb::{TableHandle, WriteTransaction};

use super::merge::{Covered, Remembered, delivered, leave_out, merge};
use super::names::{self, Kind, NAMES};
use super::place::{Place, SCOPES, Tables, if_damaged};
use super::resolve::{Claim, Resolved, resolve};
use super::summary::{self, Sum};
use super::volatile;
use crate::store::Error;
use crate::store::record::{Before, Head, ScopeHead, Summary};
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
    /// As it was: what is known of it.
    Kept(&'a Head),
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
    let Some(mut resolved) =
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
    let (mut found, mut rows, mut changed) = (Names::default(), Sum::default(), 0);
    for (of, type_name) in &types {
        let place = Place { scope, of: *of };
        let named = |known, change| named(type_name, &controls, known, change);
        let head = match step(&resolved, type_name, delivery.is_full) {
            Step::Found(node) => {
                let summary = summary::of_node(node, &controls);
                rows.add(&summary);
                // After a scan of everything, what there is of the type is what was found, and that has a name.
                let name = resolved.names.0.get(type_name).filter(|_| delivery.is_full);
                let known = name.map(|name| (*name, summary));
                tables.change(place, delivery.night, |state| named(known, merge(state, node, &covered)))?
            }
            Step::LeftOut => tables.change(place, delivery.night, |state| named(None, leave_out(state, &covered)))?,
            Step::Kept(head) => {
                rows.add(head.summary.as_ref().unwrap_or(&Summary::default()));
                found.0.extend(resolved.names.0.get(type_name).map(|name| (type_name.clone(), *name)));
                continue;
            }
            Step::Untouched => tables.head(place).or_else(if_damaged)?,
        };
        changed += u32::from(head.as_ref().is_some_and(|head| head.nights.last() == Some(&delivery.night)));
        let Some(head) = head.filter(|head| !head.is_left_out) else { continue };
        found.0.extend(head.name.try_into().ok().map(|name| (type_name.clone(), name)));
    }
    // A part of the controls leaves no documents, and nothing that belongs to them.
    resolved.changing.retain(|_, _| delivery.is_full);
    let changing = resolved.changing.values().map(|of_type| of_type.len() as u64).sum();
    tables.put_volatile(scope, delivery.night, &volatile::record(resolved.changing))?;
    let root = found.root();
    let head = ScopeHead { night: delivery.night, root: root.to_vec() };
    let sealed = sealed::seal(scopes.name(), &key, &prost::Message::encode_to_vec(&head));
    scopes.insert(key.as_slice(), sealed.as_slice())?;
    Ok(Taken::Remembered { root: (head.root != before.root).then_some(root), rows: rows.summary(), changing, changed })
}

fn step<'a>(resolved: &'a Resolved, type_name: &str, is_full: bool) -> Step<'a> {
    match (resolved.nodes.get(type_name), resolved.kept.get(type_name)) {
        (Some(node), _) => Step::Found(node),
        (None, Some(head)) => Step::Kept(head),
        (None, None) if is_full => Step::LeftOut,
        (None, None) => Step::Untouched,
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

/// The new state under its new name, with its rows in numbers: both computed, unless they are known.
fn named(
    type_name: &str,
    controls: &BTreeMap<String, u32>,
    known: Option<(Hash, Summary)>,
    (mut state, before): (Remembered, Option<Before>),
) -> Option<(Remembered, Before)> {
    let before = before?;
    let computed = || {
        let node = delivered(&state);
        (tree::node(type_name, &node), summary::of_node(&node, controls))
    };
    debug_assert!(known.as_ref().is_none_or(|known| *known == computed()), "what was found is what is remembered");
    let (name, summary) = known.unwrap_or_else(computed);
    if let Some(head) = &mut state.head {
        head.name = name.to_vec();
        head.summary = Some(summary);
    }
    Some((state, before))
}
