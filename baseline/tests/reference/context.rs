//! The condition keys of a request and their values.
//!
//! "Key names are not case-sensitive": the name of a tag inside a key neither, so that one name can stand for two tags.

use serde_json::Value;

/// A request's keys, with their values as texts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Context(Vec<(String, Vec<String>)>);

impl Context {
    /// Reads an object of texts, numbers, booleans and lists of them.
    pub(crate) fn read(json: &Value) -> Self {
        let keys = json.as_object().into_iter().flatten();
        Self(keys.map(|(key, value)| (key.clone(), texts(value).expect("a value of the context is a text"))).collect())
    }

    /// Keys with their values.
    pub(crate) fn of(keys: impl IntoIterator<Item = (String, Vec<String>)>) -> Self {
        Self(keys.into_iter().collect())
    }

    /// The keys as they were written, with their values.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.0.iter().map(|(key, values)| (key.as_str(), values.as_slice()))
    }

    /// The values of a key. None: the key is absent; AWS does not tell an empty list from that.
    pub(crate) fn values(&self, key: &str) -> Vec<&str> {
        let same = self.0.iter().filter(|(name, _)| name.eq_ignore_ascii_case(key));
        same.flat_map(|(_, values)| values).map(String::as_str).collect()
    }
}

/// One value or a list of values, as texts: JSON's numbers and booleans may stand without quotation marks.
pub(crate) fn texts(json: &Value) -> Option<Vec<String>> {
    match json {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Number(number) => Some(vec![number.to_string()]),
        Value::Bool(value) => Some(vec![value.to_string()]),
        Value::Array(items) if items.iter().all(|item| !item.is_array()) => {
            items.iter().map(|item| texts(item).map(|mut texts| texts.remove(0))).collect()
        }
        _ => None,
    }
}
