//! The items of a value, without copying them: elements of a list, keys of a map, resources of a listing.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use crate::doc::{Doc, Map};
use crate::expr::value::{Value, mistake};
use crate::reason::Unread;
use crate::resource::Listing;

/// The items of a value. An unknown item stands for zero or more items that were not read.
pub(in crate::expr) enum Items<'a> {
    Docs(&'a [Doc]),
    Keys(&'a Map),
    Values(Rc<Vec<Value<'a>>>),
    Listing(&'a Listing),
}

/// What a value holds; null holds nothing, and a map its keys.
pub(in crate::expr) fn items_of<'a>(value: &Value<'a>) -> Result<Items<'a>, Arc<Unread>> {
    Ok(match value {
        Value::Null => Items::Docs(&[]),
        Value::Unknown(unread) => return Err(Arc::clone(unread)),
        Value::Doc(Doc::List(list)) => Items::Docs(list),
        Value::Doc(Doc::Map(map)) => Items::Keys(map),
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
    pub(in crate::expr) fn iter(&self) -> impl Iterator<Item = Value<'a>> + '_ {
        let (docs, keys, values, listing) = match self {
            Items::Docs(docs) => (Some(*docs), None, None, None),
            Items::Keys(map) => (None, Some(*map), None, None),
            Items::Values(values) => (None, None, Some(values), None),
            Items::Listing(listing) => (None, None, None, Some(*listing)),
        };
        let docs = docs.into_iter().flatten().map(Value::of);
        let keys = keys.into_iter().flat_map(Map::iter).map(|(key, _)| Value::Str(Cow::Borrowed(key.as_str())));
        let values = values.into_iter().flat_map(|values| values.iter().cloned());
        let resources = listing.into_iter().flat_map(|listing| &listing.items).map(|item| Value::of(&item.doc));
        let rest = listing.and_then(|listing| listing.unread.clone()).map(Value::Unknown);
        docs.chain(keys).chain(values).chain(resources).chain(rest)
    }
}
