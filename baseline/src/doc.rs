//! The document type: one AWS response, one resource, one policy, as plain JSON-shaped data.
//!
//! Integers stay integers, member names are shared strings, and what could not be read is a value of its own
//! (`Doc::Unread`), so that "absent" and "not read" can never be confused. Must not do I/O and must not know
//! where a document came from.

use std::fmt;
use std::sync::Arc;

use crate::reason::Unread;

/// The member that marks a redacted value; its text is a keyed hash, by which only a change shows.
pub const REDACTED: &str = "$redacted";

/// A member name. Cloning shares the text: descriptors hand out one `Key` per member for all documents.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(Arc<str>);

impl Key {
    /// A key with this text.
    pub fn new(text: &str) -> Self {
        Self(Arc::from(text))
    }

    /// The member name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Key {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// A JSON-shaped value, plus "this was not read".
#[derive(Clone, Debug, Default)]
pub enum Doc {
    /// The member is absent or null: AWS answered, and there is nothing.
    #[default]
    Null,
    /// A boolean.
    Bool(bool),
    /// A whole number. AWS integers and longs fit.
    Int(i64),
    /// A number with a fraction.
    Double(f64),
    /// Text. Timestamps are ISO-8601 in UTC (`2026-11-23T14:00:00Z`), blobs are base64.
    String(Box<str>),
    /// A list. An `Unread` element stands for zero or more items that were not read (a truncated listing).
    List(Vec<Doc>),
    /// A structure or map, members in the order that the API returned them.
    Map(Map),
    /// The value was not read; the reason says why. Never equal to anything, never null.
    Unread(Arc<Unread>),
}

/// Members of a structure, in order. Look-up is linear: AWS structures are small.
#[derive(Clone, Debug, Default)]
pub struct Map {
    entries: Vec<(Key, Doc)>,
}

/// What an absent member reads as.
pub static NULL: Doc = Doc::Null;

impl Map {
    /// An empty map.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty map with room for `capacity` members.
    pub fn with_capacity(capacity: usize) -> Self {
        Self { entries: Vec::with_capacity(capacity) }
    }

    /// The member called `name`, if present.
    pub fn get(&self, name: &str) -> Option<&Doc> {
        self.entries.iter().find(|(key, _)| key.as_str() == name).map(|(_, value)| value)
    }

    /// The member called `name`, mutably.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Doc> {
        self.entries.iter_mut().find(|(key, _)| key.as_str() == name).map(|(_, value)| value)
    }

    /// Sets a member, replacing an earlier value of the same name.
    pub fn insert(&mut self, key: impl Into<Key>, value: Doc) {
        let key = key.into();
        match self.get_mut(key.as_str()) {
            Some(slot) => *slot = value,
            None => self.entries.push((key, value)),
        }
    }

    /// Appends a member that is known to be new (a decoder's fast path).
    pub fn push(&mut self, key: Key, value: Doc) {
        self.entries.push((key, value));
    }

    /// Removes a member and returns it.
    pub fn remove(&mut self, name: &str) -> Option<Doc> {
        let index = self.entries.iter().position(|(key, _)| key.as_str() == name)?;
        Some(self.entries.remove(index).1)
    }

    /// The members in order.
    pub fn iter(&self) -> impl Iterator<Item = (&Key, &Doc)> {
        self.entries.iter().map(|(key, value)| (key, value))
    }

    /// The members in order, values mutable.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&Key, &mut Doc)> {
        self.entries.iter_mut().map(|(key, value)| (&*key, value))
    }

    /// Number of members.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether this stands for a secret.
    pub fn is_redacted(&self) -> bool {
        self.len() == 1 && self.get(REDACTED).is_some()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl FromIterator<(Key, Doc)> for Map {
    fn from_iter<T: IntoIterator<Item = (Key, Doc)>>(entries: T) -> Self {
        Self { entries: entries.into_iter().collect() }
    }
}

impl IntoIterator for Map {
    type Item = (Key, Doc);
    type IntoIter = std::vec::IntoIter<(Key, Doc)>;
    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

impl Doc {
    /// Text.
    pub fn string(text: impl Into<Box<str>>) -> Self {
        Doc::String(text.into())
    }

    /// A map from name and value pairs.
    pub fn map<'a>(members: impl IntoIterator<Item = (&'a str, Doc)>) -> Self {
        Doc::Map(members.into_iter().map(|(name, value)| (Key::new(name), value)).collect())
    }

    /// A member; an absent member, and any member of null, is null. A member of something unread is unread.
    pub fn get(&self, name: &str) -> &Doc {
        match self {
            Doc::Map(map) => map.get(name).unwrap_or(&NULL),
            Doc::Unread(_) => self,
            _ => &NULL,
        }
    }

    /// Follows a dotted path (`A.B.C`); lists are not entered.
    pub fn at(&self, path: &str) -> &Doc {
        path.split('.').fold(self, |doc, name| doc.get(name))
    }

    /// The text, if this is text.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Doc::String(text) => Some(text),
            _ => None,
        }
    }

    /// The whole number, if this is one.
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Doc::Int(number) => Some(*number),
            _ => None,
        }
    }

    /// The number, whole or not, if this is one.
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Doc::Int(number) => Some(*number as f64),
            Doc::Double(number) => Some(*number),
            _ => None,
        }
    }

    /// The boolean, if this is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Doc::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The items, if this is a list.
    pub fn as_list(&self) -> Option<&[Doc]> {
        match self {
            Doc::List(items) => Some(items),
            _ => None,
        }
    }

    /// The members, if this is a map.
    pub fn as_map(&self) -> Option<&Map> {
        match self {
            Doc::Map(map) => Some(map),
            _ => None,
        }
    }

    /// Whether this stands for a secret: a map whose one member is [`REDACTED`].
    pub fn is_redacted(&self) -> bool {
        matches!(self, Doc::Map(map) if map.is_redacted())
    }

    /// Whether this is null.
    pub fn is_null(&self) -> bool {
        matches!(self, Doc::Null)
    }

    /// Why this was not read, if it was not.
    pub fn unread(&self) -> Option<&Arc<Unread>> {
        match self {
            Doc::Unread(unread) => Some(unread),
            _ => None,
        }
    }
}

/// Structural equality; the order of map members does not matter, and nothing unread equals anything.
impl PartialEq for Doc {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Doc::Null, Doc::Null) => true,
            (Doc::Bool(a), Doc::Bool(b)) => a == b,
            (Doc::Int(a), Doc::Int(b)) => a == b,
            (Doc::Double(a), Doc::Double(b)) => a == b,
            (Doc::Int(a), Doc::Double(b)) | (Doc::Double(b), Doc::Int(a)) => *a as f64 == *b,
            (Doc::String(a), Doc::String(b)) => a == b,
            (Doc::List(a), Doc::List(b)) => a == b,
            (Doc::Map(a), Doc::Map(b)) => a == b,
            _ => false,
        }
    }
}

impl PartialEq for Map {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().all(|(key, value)| other.get(key.as_str()) == Some(value))
    }
}

impl From<&str> for Doc {
    fn from(text: &str) -> Self {
        Doc::String(text.into())
    }
}

impl From<String> for Doc {
    fn from(text: String) -> Self {
        Doc::String(text.into())
    }
}

impl From<bool> for Doc {
    fn from(value: bool) -> Self {
        Doc::Bool(value)
    }
}

impl From<i64> for Doc {
    fn from(value: i64) -> Self {
        Doc::Int(value)
    }
}

impl From<Vec<Doc>> for Doc {
    fn from(items: Vec<Doc>) -> Self {
        Doc::List(items)
    }
}
