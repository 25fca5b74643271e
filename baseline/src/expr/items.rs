//! The items of a value, without copying them: elements of a list, keys of a map, resources of a listing.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use super::value::{Value, hidden, mistake};
use crate::doc::{Doc, Map};
use crate::reason::Unread;
use crate::resource::Listing;

/// The items of a value. An unknown item stands for zero or more items that were not read.
pub(super) enum Items<'a> {
    Docs(&'a [Doc]),
    Values(Rc<Vec<Value<'a>>>),
    Listing(&'a Listing),
}

/// What a value holds; null holds nothing, and a map its keys.
pub(super) fn items_of<'a>(value: &Value<'a>) -> Result<Items<'a>, Arc<Unread>> {
    Ok(match value {
        redacted if redacted.is_redacted() => return Err(hidden()),
        Value::Null => Items::Docs(&[]),
        Value::Unknown(unread) => return Err(Arc::clone(unread)),
        Value::Doc(Doc::List(list)) => Items::Docs(list),
        Value::Doc(Doc::Map(map)) => {
            Items::Values(Rc::new(map.iter().map(|(key, _)| Value::Str(Cow::Borrowed(key.as_str()))).collect()))
        }
        Value::Made(doc) => Items::Values(Rc::new(made(doc))),
        Value::List(list) => Items::Values(Rc::clone(list)),
        Value::Listing(listing) => Items::Listing(listing),
        other => return Err(mistake(&format!("{} has no items", other.kind()))),
    })
}

fn made<'a>(doc: &Doc) -> Vec<Value<'a>> {
    match doc {
        Doc::List(list) => list.iter().cloned().map(Value::made).collect(),
        other => {
            let keys = other.as_map().into_iter().flat_map(Map::iter);
            keys.map(|(key, _)| Value::Str(Cow::Owned(key.as_str().to_owned()))).collect()
        }
    }
}

impl<'a> Items<'a> {
    /// Every item in order, the unknown ones included.
    pub(super) fn iter(&self) -> impl Iterator<Item = Value<'a>> + '_ {
        (0..).map_while(|index| self.get(index))
    }

    /// How many there are, the unknown ones included.
    pub(super) fn len(&self) -> usize {
        match self {
            Items::Docs(docs) => docs.len(),
            Items::Values(values) => values.len(),
            Items::Listing(listing) => listing.items.len() + usize::from(listing.unread.is_some()),
        }
    }

    pub(super) fn get(&self, index: usize) -> Option<Value<'a>> {
        match self {
            Items::Docs(docs) => docs.get(index).map(Value::of),
            Items::Values(values) => values.get(index).cloned(),
            Items::Listing(listing) => match listing.items.get(index) {
                Some(item) => Some(Value::of(&item.doc)),
                // What was not listed comes last, once.
                None if index == listing.items.len() => listing.unread.clone().map(Value::Unknown),
                None => None,
            },
        }
    }
}
