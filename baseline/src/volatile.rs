//! Members that change by themselves, taken out of a document and put back.
//!
//! A time of last use, a number of messages: evaluated as any other member, and no change of the resource. `split_volatile`
//! gives what stays the same while nobody changes the resource, and beside it what does not; `join` is the way back. Pure.
//!
//! The part that is taken out mirrors the document: of a list that a path enters, it has as many items, null where an
//! item has nothing volatile. Both parts have their members in the order of their names.

mod paths;

use crate::doc::{Doc, Key, Map};

pub use paths::{PathError, Paths};

use paths::Step;

/// A document in two parts: what is stable, and what is volatile (null where there is nothing of it).
pub fn split_volatile(document: Doc, paths: &Paths) -> (Doc, Doc) {
    let mut stable = document;
    let volatile = take(&mut stable, paths.root()).unwrap_or_default();
    (in_order(stable), in_order(volatile))
}

/// The document that was split.
pub fn join(stable: Doc, volatile: Doc) -> Doc {
    in_order(merged(stable, volatile))
}

/// Takes out what the steps lead to; `None` where there is nothing of it.
fn take(doc: &mut Doc, step: &Step) -> Option<Doc> {
    let Doc::Map(members) = doc else { return None };
    let mut taken = Map::new();
    for (name, next) in step.members() {
        let value = match members.get_mut(name) {
            _ if next.is_whole() => members.remove(name),
            Some(value) => take_of_items(value, next).or_else(|| take(value, next)),
            None => None,
        };
        if let Some(value) = value {
            taken.push(Key::new(name), value);
        }
    }
    (!taken.is_empty()).then_some(Doc::Map(taken))
}

/// Takes it out of each item of a list that is entered, in the places of the items.
fn take_of_items(value: &mut Doc, step: &Step) -> Option<Doc> {
    let Doc::List(items) = value else { return None };
    if !step.is_entered() {
        return None;
    }
    let taken: Vec<Option<Doc>> = items.iter_mut().map(|item| take(item, step)).collect();
    let has_any = taken.iter().any(Option::is_some);
    has_any.then(|| Doc::List(taken.into_iter().map(Option::unwrap_or_default).collect()))
}

/// Puts a part back. Only what is a map or a list on both sides was entered; anything else was taken whole.
fn merged(stable: Doc, volatile: Doc) -> Doc {
    match (stable, volatile) {
        (stable, Doc::Null) => stable,
        (Doc::Map(mut members), Doc::Map(taken)) => {
            for (name, value) in taken {
                let value = match members.remove(name.as_str()) {
                    Some(rest) => merged(rest, value),
                    None => value,
                };
                members.push(name, value);
            }
            Doc::Map(members)
        }
        (Doc::List(items), Doc::List(taken)) if items.len() == taken.len() => {
            Doc::List(items.into_iter().zip(taken).map(|(item, value)| merged(item, value)).collect())
        }
        (_, volatile) => volatile,
    }
}

/// The document with its members in the order of their names, and its lists as they are.
fn in_order(doc: Doc) -> Doc {
    match doc {
        Doc::Map(members) => {
            let mut members: Vec<(Key, Doc)> =
                members.into_iter().map(|(name, value)| (name, in_order(value))).collect();
            members.sort_by(|(one, _), (other, _)| one.cmp(other));
            Doc::Map(members.into_iter().collect())
        }
        Doc::List(items) => Doc::List(items.into_iter().map(in_order).collect()),
        simple => simple,
    }
}

#[cfg(test)]
mod tests;
