//! What a plan reads of documents that another plan collected, and that one did not: marked in the documents as what it
//! is, not collected.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::CollectedType;
use super::shape::WHOLE;
use crate::doc::{Doc, Key, Map};
use crate::pack::collector::{Call, ResourceType};
use crate::reason::{Unread, UnreadReason};

/// What is missing of a type.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lacking {
    /// Why nothing of it can be used; none where it can.
    pub whole: Option<Arc<Unread>>,
    /// The members that are missing, by path (`Policy`, `Listeners[].Rules`).
    pub members: BTreeMap<String, Arc<Unread>>,
}

const NOT_PLANNED: &str = "no control of that night read it";
const OTHERWISE: &str = "that night's collector asked otherwise";
const NEWER: &str = "that night's description of the API did not have it, or had it otherwise";
const NOT_KEPT: &str = "it changes by itself, and that night's is not kept any more";

impl CollectedType {
    /// What `self`, of a later plan, reads of the documents that were collected so; nothing was where there is `None`.
    pub fn lacking(&self, night: Option<&Self>, declared: &ResourceType) -> Lacking {
        let list = declared.list.as_ref().map(|list| &list.call);
        let call = list.or_else(|| declared.gather.first().map(|(_, gather)| &gather.call));
        let operation = call.map(Call::name).unwrap_or_default();
        let unread = |operation: &str, detail| Arc::new(Unread::new(UnreadReason::NotCollected, operation, detail));
        let whole = |detail| Lacking { whole: Some(unread(&operation, detail)), ..Lacking::default() };
        let Some(night) = night else { return whole(NOT_PLANNED) };
        if night.listing != self.listing {
            return whole(OTHERWISE);
        }
        if self.shapes.contains_key(WHOLE) && night.shapes != self.shapes {
            return whole(NEWER);
        }
        let mut members = BTreeMap::new();
        let newer = self.shapes.iter().filter(|(name, shape)| night.shapes.get(*name) != Some(shape));
        members.extend(newer.map(|(name, _)| (name.clone(), unread(&operation, NEWER))));
        for (name, digest) in &self.members {
            let detail = match night.members.get(name) {
                Some(known) if known == digest => continue,
                Some(_) => OTHERWISE,
                None => NOT_PLANNED,
            };
            let gather = declared.gather.iter().find(|(member, _)| **member == **name);
            let operation = gather.map_or_else(|| operation.clone(), |(_, gather)| gather.call.name());
            members.insert(name.clone(), unread(&operation, detail));
        }
        Lacking { whole: None, members }
    }
}

/// What is missing where members that change by themselves are not kept any more.
pub fn lost(volatile: &[String]) -> Lacking {
    let unread = Arc::new(Unread::new(UnreadReason::NotCollected, "", NOT_KEPT));
    Lacking { whole: None, members: volatile.iter().map(|path| (path.clone(), Arc::clone(&unread))).collect() }
}

impl Lacking {
    /// Whether nothing is missing.
    pub fn is_nothing(&self) -> bool {
        self.whole.is_none() && self.members.is_empty()
    }

    /// Marks what is missing of a document. Where what a member is a part of is not there itself, there is no such part.
    pub fn mark(&self, doc: &mut Doc) {
        for (path, unread) in &self.members {
            if doc.is_null() {
                *doc = Doc::Map(Map::new());
            }
            mark(doc, path, unread);
        }
    }
}

fn mark(doc: &mut Doc, path: &str, unread: &Arc<Unread>) {
    let Doc::Map(members) = doc else { return };
    let Some((step, rest)) = path.split_once('.') else {
        return members.insert(Key::new(path), Doc::Unread(Arc::clone(unread)));
    };
    match members.get_mut(step.strip_suffix("[]").unwrap_or(step)) {
        Some(Doc::List(items)) => items.iter_mut().for_each(|item| mark(item, rest, unread)),
        Some(value) => mark(value, rest, unread),
        None => {}
    }
}
