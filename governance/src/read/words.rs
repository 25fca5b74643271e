//! What entries have in common: texts, days, accounts, units, tags, controls, each with its place.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use plumbline_baseline::pack::facts::Place;
use plumbline_baseline::pack::reading::{Node, Position, Section, Value};
use plumbline_baseline::{AccountId, Region};
use regex::Regex;

use super::{File, Known};
use crate::day::Day;
use crate::keys::ID;
use crate::scope::Named;

/// Tags that are asked for: for each key one of its values.
pub(super) type WantedTags = Vec<(Arc<str>, Vec<Arc<str>>)>;

/// Whether a key stands there without a value.
pub(super) fn is_null(node: &Node) -> bool {
    matches!(node.value, Value::Scalar { .. }) && node.text().is_none()
}

/// The id of an entry.
pub(super) fn id(section: &Section<'_>, file: &mut File) -> Option<Arc<str>> {
    static FORM: LazyLock<Regex> = LazyLock::new(|| Regex::new(ID).expect("a regular expression of ours"));
    let id = section.required_text("id", &mut file.report)?;
    if !FORM.is_match(&id) {
        let message = format!("`{id}` is no id: letters, digits, `-`, `_` and `.`, a letter or digit first");
        file.report.error(section.get("id")?.at, message);
        return None;
    }
    Some(Arc::from(id))
}

/// Text that has to be there.
pub(super) fn required(section: &Section<'_>, key: &str, file: &mut File) -> Option<Arc<str>> {
    section.required_text(key, &mut file.report).map(|text| Arc::from(text.trim()))
}

/// Text, empty when it is absent.
pub(super) fn optional(section: &Section<'_>, key: &str, file: &mut File) -> Arc<str> {
    Arc::from(section.text(key, &mut file.report).trim())
}

/// A day that has to be there.
pub(super) fn day(section: &Section<'_>, key: &str, file: &mut File) -> Option<Day> {
    let node = section.required(key, &mut file.report)?;
    let text = node.text().unwrap_or_default();
    let day = text.parse();
    if day.is_err() {
        file.report.error(node.at, format!("`{key}` is a day such as 2031-06-30, not `{text}`"));
    }
    day.ok()
}

/// The texts of a list, each with its place; one text stands for a list of one.
pub(super) fn listed(section: &Section<'_>, key: &str, file: &mut File) -> Vec<(String, Position)> {
    let Some(node) = section.get(key) else { return Vec::new() };
    let items = match &node.value {
        Value::List(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    let mut found = Vec::with_capacity(items.len());
    for item in items {
        match item.text().map(str::trim) {
            Some(text) if !text.is_empty() => found.push((text.to_owned(), item.at)),
            _ => file.report.error(item.at, format!("`{key}` is text or a list of texts")),
        }
    }
    found
}

/// Account ids.
pub(super) fn accounts(section: &Section<'_>, file: &mut File) -> Vec<Named> {
    let found = listed(section, "accounts", file);
    found.into_iter().filter_map(|(text, at)| account(&text, at, file)).collect()
}

/// An account id.
pub(super) fn account(text: &str, at: Position, file: &mut File) -> Option<Named> {
    if text.parse::<AccountId>().is_err() {
        file.report.error(at, format!("`{text}` is no account id: twelve digits, in quotes"));
        return None;
    }
    Some(Named { text: Arc::from(text), place: file.place(at) })
}

/// Units: paths, or ids.
pub(super) fn units(section: &Section<'_>, file: &mut File) -> Vec<Named> {
    let found = listed(section, "units", file);
    found.into_iter().filter_map(|(text, at)| unit(&text, at, file)).collect()
}

/// A unit: a path, or an id.
pub(super) fn unit(text: &str, at: Position, file: &mut File) -> Option<Named> {
    let path = text.trim_end_matches('/');
    if path.is_empty() || path.starts_with('/') || path.contains("//") || path.contains('*') {
        let message = format!("`{text}` is no unit: its path from the root, such as Root/Workloads, or its id");
        file.report.error(at, message);
        return None;
    }
    Some(Named { text: Arc::from(path), place: file.place(at) })
}

/// Regions.
pub(super) fn regions(section: &Section<'_>, file: &mut File) -> Vec<Arc<str>> {
    let mut regions = Vec::new();
    for (text, at) in listed(section, "regions", file) {
        match text.parse::<Region>() {
            Ok(_) => regions.push(Arc::from(text)),
            Err(_) => file.report.error(at, format!("`{text}` is no Region, such as eu-central-1 or aws-global")),
        }
    }
    regions
}

/// Tags.
pub(super) fn tags(section: &Section<'_>, file: &mut File) -> WantedTags {
    let mut tags = Vec::new();
    let entries = section.entries("tags", &mut file.report);
    for (name, value) in entries {
        let items = match &value.value {
            Value::List(items) => items.as_slice(),
            _ => std::slice::from_ref(value),
        };
        let values: Vec<Arc<str>> = items.iter().filter_map(Node::text).map(Arc::from).collect();
        if values.is_empty() || values.len() != items.len() {
            let message = format!("the tag `{}` is a text or a list of texts; `*` is any value", name.text);
            file.report.error(value.at, message);
            continue;
        }
        tags.push((Arc::from(name.text.as_str()), values));
    }
    tags
}

/// The controls that the ids and globs at a key mean, each with the place of the first.
pub(super) fn controls(
    section: &Section<'_>,
    key: &str,
    file: &mut File,
    known: Known<'_>,
) -> BTreeMap<Arc<str>, Place> {
    let mut controls = BTreeMap::new();
    for (text, at) in listed(section, key, file) {
        for id in matching(&text, at, file, known) {
            controls.entry(id).or_insert_with(|| file.place(at));
        }
    }
    controls
}

/// The controls that an id or a glob means.
pub(super) fn matching(text: &str, at: Position, file: &mut File, known: Known<'_>) -> Vec<Arc<str>> {
    match known.pack.select(&[text.to_owned()]) {
        Ok(ids) => ids.into_iter().collect(),
        Err(errors) => {
            errors.iter().for_each(|error| file.report.error(at, error.to_string()));
            Vec::new()
        }
    }
}
