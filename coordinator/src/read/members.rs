//! Which members of a document have other values than in another one: paths, old and new value. Pure, and bounded: a
//! document that is another one altogether is no list of everything.

use std::collections::BTreeSet;

use plumbline_baseline::{Doc, Evidence, Map};
use plumbline_tree as tree;

use crate::report::difference::MemberDifference;

/// Members that are told of one resource at most.
pub(super) const MOST: usize = 50;

/// The members that differ, and how many more than that do.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Members {
    /// The first ones, in the order of the paths.
    pub(super) told: Vec<MemberDifference>,
    /// How many more there are.
    pub(super) more: usize,
}

/// What differs between two stored documents; `None` when one of them is no document.
pub(super) fn members(old: &[u8], new: &[u8]) -> Option<Members> {
    let mut found = Members::default();
    if old != new {
        found.compare(&mut String::new(), Some(&tree::parse(old)?), Some(&tree::parse(new)?));
    }
    Some(found)
}

impl Members {
    fn compare(&mut self, path: &mut String, old: Option<&Doc>, new: Option<&Doc>) {
        match (old, new) {
            (Some(Doc::Map(old)), Some(Doc::Map(new))) if !old.is_redacted() && !new.is_redacted() => {
                self.maps(path, old, new);
            }
            (Some(Doc::List(old)), Some(Doc::List(new))) => self.lists(path, old, new),
            (Some(one), Some(other)) if is_same(one, other) => {}
            (old, new) => self.add(path, old, new),
        }
    }

    /// Member by member, both in the order of their names.
    fn maps(&mut self, path: &mut String, old: &Map, new: &Map) {
        let names: BTreeSet<&str> = old.iter().chain(new.iter()).map(|(name, _)| name.as_str()).collect();
        for name in names {
            let length = path.len();
            push_member(path, name);
            self.compare(path, old.get(name), new.get(name));
            path.truncate(length);
        }
    }

    /// Item by item between what is the same at both ends: one item more changes no other.
    fn lists(&mut self, path: &mut String, old: &[Doc], new: &[Doc]) {
        let start = old.iter().zip(new).take_while(|(one, other)| is_same(one, other)).count();
        let (old, new) = (&old[start..], &new[start..]);
        let end = old.iter().rev().zip(new.iter().rev()).take_while(|(one, other)| is_same(one, other)).count();
        let (old, new) = (&old[..old.len() - end], &new[..new.len() - end]);
        for index in 0..old.len().max(new.len()) {
            let length = path.len();
            path.push_str(&format!("[{}]", start + index));
            self.compare(path, old.get(index), new.get(index));
            path.truncate(length);
        }
    }

    fn add(&mut self, path: &str, old: Option<&Doc>, new: Option<&Doc>) {
        if self.told.len() == MOST {
            self.more += 1;
            return;
        }
        let value = |doc: Option<&Doc>| doc.map(Evidence::value_of);
        self.told.push(MemberDifference { path: path.to_owned(), old: value(old), new: value(new) });
    }
}

/// Whether two values are written the same way. What was not read is the same for the same reason.
fn is_same(one: &Doc, other: &Doc) -> bool {
    tree::write(one) == tree::write(other)
}

/// Adds a member to a path as expressions write it.
fn push_member(path: &mut String, name: &str) {
    let is_plain = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !is_plain {
        path.push_str(&format!("[{}]", Doc::string(name).to_json()));
        return;
    }
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(name);
}

#[cfg(test)]
mod tests;
