//! What a plan collects, each part with a digest of how: what a later plan reads of the same documents and this one did
//! not collect, is not there, and is no answer of AWS.
//!
//! A document has the members that somebody's plan asked for. Another plan, another collector or another description of
//! the API may read members that are missing for no other reason than that nobody asked: they are unread
//! (`not_collected`), never null. Pure.

mod definition;
mod doubles;
mod lacking;
mod shape;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::api::Catalog;
use crate::pack::collector::{Each, ResourceType};
use crate::pack::{CompiledType, Pack, first_member};
use crate::plan::{CallPlan, TypePlan};

pub use doubles::Doubles;
pub use lacking::{Lacking, lost};

/// What is collected of a type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CollectedType {
    /// How it is listed, and what its items are called by.
    pub listing: u64,
    /// How each planned member is gathered, with all that its call reads of others.
    pub members: BTreeMap<String, u64>,
    /// What the API says that its first-level members look like; one digest under [`shape::WHOLE`] where nothing is said.
    pub shapes: BTreeMap<String, u64>,
    /// The members that are kept apart, since they change by themselves.
    pub volatile: Vec<String>,
}

impl CollectedType {
    /// What a plan collects of one of its types.
    pub fn of(pack: &Pack, catalog: &Catalog, plan: &CallPlan, of: &TypePlan) -> Self {
        let declared = of.declared();
        let gathered = of.members.iter().map(|member| (member.to_string(), gathered(pack, &of.compiled, member)));
        let mut members: BTreeMap<String, u64> = gathered.collect();
        if let Some((each, member)) = kept(declared)
            && has_kept(plan, declared)
        {
            members.insert(member.to_owned(), definition::kept(pack, each));
        }
        Self {
            listing: definition::listing(pack, declared),
            members,
            shapes: pack.type_of(&declared.name, catalog).map(|kind| shape::members(&kind)).unwrap_or_default(),
            volatile: declared.volatile.clone(),
        }
    }
}

/// The member that holds what a type keeps of its parent.
fn kept(declared: &ResourceType) -> Option<(&Each, &str)> {
    let each = declared.parent()?;
    let (member, _) = each.kept.as_ref()?;
    Some((each, member))
}

/// Whether a plan collects all that a type keeps of its parent.
fn has_kept(plan: &CallPlan, declared: &ResourceType) -> bool {
    let Some(each) = declared.parent() else { return true };
    let (Some((_, names)), Some(parent)) = (&each.kept, plan.resource_type(&each.type_name)) else { return false };
    names.iter().all(|name| {
        let mut gathered = parent.declared().gather.iter().map(|(member, _)| member);
        let is_gathered = gathered.all(|member| first_member(member) != name || parent.needs(member));
        let is_kept = kept(parent.declared()).is_none_or(|(_, member)| member != name);
        is_gathered && (is_kept || has_kept(plan, parent.declared()))
    })
}

/// How a member is gathered, with the members that its call and its conditions read.
fn gathered(pack: &Pack, compiled: &CompiledType, member: &str) -> u64 {
    definition::members(pack, compiled, [member.to_owned()].into())
}

/// The gathered members that fill these, with those that their calls and conditions read, in turn.
fn closure(compiled: &CompiledType, wanted: BTreeSet<String>) -> BTreeSet<Arc<str>> {
    let mut open: Vec<String> = wanted.into_iter().collect();
    let mut found = BTreeSet::new();
    while let Some(name) = open.pop() {
        for (member, gather) in &compiled.declared.gather {
            if (**member == *name || first_member(member) == name) && found.insert(Arc::clone(member)) {
                open.extend(compiled.needs(member, gather));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests;
