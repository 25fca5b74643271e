//! Documents as JSON text: what `plumbline snapshot` prints and what evidence is stored as.
//!
//! An unread value is written as `{"$unread": {"reason": …, "operation": …, "detail": …}}`, and is read back as such.

use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use crate::doc::{Doc, Key, Map};
use crate::reason::Unread;

/// The member that marks an unread value in JSON.
const UNREAD_MARK: &str = "$unread";

impl Doc {
    /// The document as compact JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a document has only string keys and finite shape")
    }

    /// Reads a document from JSON text.
    ///
    /// # Errors
    /// When the text is not JSON; the message has line and column.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }
}

impl Serialize for Doc {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Doc::Null => serializer.serialize_unit(),
            Doc::Bool(value) => serializer.serialize_bool(*value),
            Doc::Int(value) => serializer.serialize_i64(*value),
            Doc::Double(value) => serializer.serialize_f64(*value),
            Doc::String(value) => serializer.serialize_str(value),
            Doc::List(items) => {
                let mut sequence = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    sequence.serialize_element(item)?;
                }
                sequence.end()
            }
            Doc::Map(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (key, value) in members.iter() {
                    map.serialize_entry(key.as_str(), value)?;
                }
                map.end()
            }
            Doc::Unread(unread) => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry(UNREAD_MARK, unread.as_ref())?;
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Doc {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DocVisitor)
    }
}

struct DocVisitor;

impl<'de> Visitor<'de> for DocVisitor {
    type Value = Doc;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Doc, E> {
        Ok(Doc::Null)
    }

    fn visit_none<E>(self) -> Result<Doc, E> {
        Ok(Doc::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Doc, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Doc, E> {
        Ok(Doc::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Doc, E> {
        Ok(Doc::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Doc, E> {
        Ok(i64::try_from(value).map_or(Doc::Double(value as f64), Doc::Int))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Doc, E> {
        Ok(Doc::Double(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Doc, E> {
        Ok(Doc::String(value.into()))
    }

    fn visit_string<E>(self, value: String) -> Result<Doc, E> {
        Ok(Doc::String(value.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Doc, A::Error> {
        let mut items = Vec::with_capacity(sequence.size_hint().unwrap_or(0).min(1024));
        while let Some(item) = sequence.next_element()? {
            items.push(item);
        }
        Ok(Doc::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Doc, A::Error> {
        let mut map = Map::new();
        while let Some(name) = access.next_key::<String>()? {
            if name == UNREAD_MARK && map.is_empty() {
                let unread: Unread = access.next_value()?;
                return Ok(Doc::Unread(Arc::new(unread)));
            }
            map.insert(Key::new(&name), access.next_value()?);
        }
        Ok(Doc::Map(map))
    }
}
