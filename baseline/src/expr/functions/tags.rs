//! Tags, in every form in which AWS gives them.

use std::sync::Arc;

use super::call::{Call, Outcome};
use crate::doc::Doc;
use crate::expr::value::{Value, mistake};
use crate::reason::Unread;

/// A tag's value; null when there is no such tag.
pub(super) fn tag<'a>(call: &Call<'_, 'a>) -> Outcome<'a> {
    Ok(Value::made(value_of(call.doc(0)?.as_ref(), call.get(1)?)?).into())
}

/// Whether there is such a tag.
pub(super) fn has_tag<'a>(call: &Call<'_, 'a>) -> Outcome<'a> {
    match value_of(call.doc(0)?.as_ref(), call.get(1)?)? {
        Doc::Unread(unread) => Err(unread),
        value => Ok((!value.is_null()).into()),
    }
}

/// A tag's value: from `[{Key, Value}]` in its spellings, or from a map. Null when there is none.
fn value_of(tags: &Doc, wanted: &str) -> Result<Doc, Arc<Unread>> {
    let items = match tags {
        Doc::Null => return Ok(Doc::Null),
        Doc::Map(map) => return Ok(map.get(wanted).cloned().unwrap_or_default()),
        Doc::List(items) => items,
        other => {
            let kind = Value::of(other).kind();
            return Err(mistake(&format!("tags are neither a list nor a map: {kind}")));
        }
    };
    for item in items {
        let key = ["Key", "key", "TagKey"].iter().map(|name| item.get(name)).find(|key| !key.is_null());
        match key {
            // It may be the one that is looked for.
            Some(Doc::Unread(unread)) => return Err(Arc::clone(unread)),
            Some(key) if key.as_str() == Some(wanted) => {
                let values = ["Value", "value", "TagValue"].iter().map(|name| item.get(name));
                let value = values.into_iter().find(|value| !value.is_null());
                return Ok(value.cloned().unwrap_or_else(|| Doc::string("")));
            }
            _ => {}
        }
    }
    Ok(Doc::Null)
}
