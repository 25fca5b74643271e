//! One walk through a document: to replace secrets, or only to say where there are some. The same walk, so that both
//! mean the same.

use std::collections::BTreeSet;
use std::sync::Arc;

use plumbline_baseline::doc::REDACTED;
use plumbline_baseline::{Doc, Key, Map, Unread};

use super::key::{DIGITS, RedactionKey};
use super::text::{is_flag_of_secret, is_harmless, is_name_of_key, is_secret, is_secret_member};

/// Members that name what another member is the value of: a tag, a variable, a parameter, a header.
const NAMING: [&str; 9] =
    ["Key", "Name", "ParameterKey", "ParameterName", "TagKey", "key", "name", "parameterName", "tagKey"];
/// The member that names an access key: which one is to be rotated is worth knowing, and the secret is beside it.
const NAME_OF_KEY: &str = "AccessKeyId";
/// Members that are the value of what such a member names.
const VALUES: [&str; 7] = ["ParameterValue", "TagValue", "Value", "Values", "value", "values", "tagValue"];

/// What is done with the secrets that are found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Does {
    Replace,
    Look,
}

/// A walk.
pub(super) struct Pass<'a> {
    key: &'a RedactionKey,
    does: Does,
    found: bool,
}

impl<'a> Pass<'a> {
    /// One that replaces.
    pub(super) fn writing(key: &'a RedactionKey) -> Self {
        Self { key, does: Does::Replace, found: false }
    }

    /// One that changes nothing.
    pub(super) fn looking(key: &'a RedactionKey) -> Self {
        Self { key, does: Does::Look, found: false }
    }

    /// Walks through a document: the values at the paths, and then all others.
    pub(super) fn over(&mut self, doc: &mut Doc, paths: &[String]) {
        paths.iter().for_each(|path| self.at(doc, path));
        self.known_secrets(doc);
    }

    /// The first-level members in which something is found.
    pub(super) fn members(&mut self, doc: &mut Doc, paths: &[String]) -> BTreeSet<String> {
        let Doc::Map(members) = doc else { return BTreeSet::new() };
        let names: Vec<Key> = members.iter().map(|(name, _)| name.clone()).collect();
        let mut found = BTreeSet::new();
        for name in names {
            let Some(value) = members.get_mut(name.as_str()) else { continue };
            let mut alone = Doc::Map(Map::from_iter([(name.clone(), std::mem::take(value))]));
            self.found = false;
            self.over(&mut alone, paths);
            if let Doc::Map(mut alone) = alone {
                *value = alone.remove(name.as_str()).unwrap_or_default();
            }
            if self.found {
                found.insert(name.as_str().to_owned());
            }
        }
        found
    }

    /// The values at a path. Lists are entered whether or not the path says so.
    fn at(&mut self, doc: &mut Doc, path: &str) {
        let (step, rest) = path.split_once('.').map_or((path, None), |(step, rest)| (step, Some(rest)));
        match doc {
            Doc::List(items) => items.iter_mut().for_each(|item| self.at(item, path)),
            Doc::Map(map) => {
                let Some(value) = map.get_mut(step.strip_suffix("[]").unwrap_or(step)) else { return };
                match rest {
                    Some(rest) => self.at(value, rest),
                    None => self.leaves(value),
                }
            }
            // A document in text that nobody took apart: what the path leads to is somewhere in it.
            Doc::String(text) if !text.is_empty() => self.replace(doc),
            _ => {}
        }
    }

    /// Hashes every value below, keeping the names of members: which variables are set is worth knowing.
    fn leaves(&mut self, value: &mut Doc) {
        match value {
            Doc::Null => {}
            Doc::Unread(unread) => self.unread(unread),
            Doc::String(text) if text.is_empty() => {}
            Doc::List(items) => items.iter_mut().for_each(|item| self.leaves(item)),
            Doc::Map(map) if is_hash(map) => {}
            Doc::Map(map) => {
                self.names(map);
                map.iter_mut().for_each(|(_, member)| self.leaves(member));
            }
            Doc::String(_) | Doc::Bool(_) | Doc::Int(_) | Doc::Double(_) => self.replace(value),
        }
    }

    /// Hashes what is a secret by its form, by the name of its member, or by what is beside it.
    fn known_secrets(&mut self, value: &mut Doc) {
        match value {
            Doc::Map(map) if is_hash(map) => {}
            Doc::Map(map) => {
                self.names(map);
                let is_value_of_secret = names_a_secret(map);
                for (name, member) in map.iter_mut() {
                    let is_value = is_value_of_secret && VALUES.contains(&name.as_str());
                    let text = member.as_str().unwrap_or_default();
                    if name.as_str() == NAME_OF_KEY && is_name_of_key(text) {
                        continue;
                    }
                    if is_value || is_secret_member(name.as_str()) {
                        self.by_name(member)
                    } else {
                        self.known_secrets(member)
                    }
                }
            }
            Doc::List(items) => self.items(items),
            Doc::String(text) if is_secret(text) => self.replace(value),
            Doc::Unread(unread) => self.unread(unread),
            _ => {}
        }
    }

    /// Items one by one, and as the words of a command: what follows `--password` is one.
    fn items(&mut self, items: &mut [Doc]) {
        let mut follows_flag = false;
        for item in items {
            let is_flag = item.as_str().is_some_and(is_flag_of_secret);
            if follows_flag && item.as_str().is_some_and(|text| !text.starts_with('-')) {
                self.by_name(item);
            } else {
                self.known_secrets(item);
            }
            follows_flag = is_flag;
        }
    }

    /// What is a secret by its name: text that gives something away. Settings with such names are none.
    fn by_name(&mut self, value: &mut Doc) {
        match value {
            Doc::String(text) if is_harmless(text) && !is_secret(text) => {}
            Doc::String(_) => self.replace(value),
            Doc::List(items) => items.iter_mut().for_each(|item| self.by_name(item)),
            Doc::Map(map) if !is_hash(map) => {
                self.names(map);
                map.iter_mut().for_each(|(_, member)| self.by_name(member));
            }
            other => self.known_secrets(other),
        }
    }

    /// Names of members that are secrets themselves.
    fn names(&mut self, map: &mut Map) {
        if !map.iter().any(|(name, _)| is_secret(name.as_str())) {
            return;
        }
        self.found = true;
        if self.does == Does::Replace {
            let key = self.key;
            let named = |(name, value): (Key, Doc)| match is_secret(name.as_str()) {
                true => (Key::new(&format!("{REDACTED} {}", key.hash(&Doc::from(name.as_str())))), value),
                false => (name, value),
            };
            *map = std::mem::take(map).into_iter().map(named).collect();
        }
    }

    /// What AWS said instead of a value may quote what it was asked for.
    fn unread(&mut self, unread: &mut Arc<Unread>) {
        if !is_secret(&unread.detail) {
            return;
        }
        self.found = true;
        if self.does == Does::Replace {
            let hash = self.key.hash(&Doc::from(unread.detail.as_str()));
            let detail = format!("{REDACTED} {hash}");
            *unread = Arc::new(Unread { detail, ..Unread::clone(unread) });
        }
    }

    fn replace(&mut self, value: &mut Doc) {
        self.found = true;
        if self.does == Does::Replace {
            *value = Doc::map([(REDACTED, Doc::from(self.key.hash(value)))]);
        }
    }
}

/// Whether a map is what a secret was replaced by. That it says so is not enough: a document may say anything.
fn is_hash(map: &Map) -> bool {
    let hash = map.get(REDACTED).and_then(Doc::as_str).unwrap_or_default();
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    map.len() == 1 && hash.len() == DIGITS && hash.bytes().all(is_digit)
}

/// Whether a map is a pair of a name and a value, and the name one of a secret.
fn names_a_secret(map: &Map) -> bool {
    let mut names = NAMING.iter().filter_map(|name| map.get(name)).filter_map(Doc::as_str);
    names.any(is_secret_member)
}
