//! Reading a map of a file by the table of its keys: unknown keys and values of the wrong kind become problems. Must not
//! know which keys there are: the tables say so, and a reader that asks for another one stops every test.

use super::problem::Report;
use super::yaml::{Name, Node, Position, Value};
use crate::keys::{Form, Key, Table};
use crate::suggest::closest;

/// How many keys of a map a message writes out.
const SHOWN: usize = 2;

/// A map whose keys are known.
pub struct Section<'a> {
    node: &'a Node,
    table: &'static Table,
}

impl<'a> Section<'a> {
    /// Opens a map; anything else, and every unknown key, is a problem.
    pub fn open(node: &'a Node, table: &'static Table, report: &mut Report) -> Option<Self> {
        let Some(members) = node.members() else {
            report.error(node.at, format!("{} is a map{}", table.what, shown(node, table)));
            return None;
        };
        unknown_keys(members, table, report);
        Some(Self { node, table })
    }

    /// Where it starts.
    pub fn at(&self) -> Position {
        self.node.at
    }

    /// Where a text of the list at a key stands.
    pub fn place_of(&self, key: &str, text: &str) -> Position {
        self.node.place_of(key, text)
    }

    /// A member, absent when it is null.
    pub fn get(&self, name: &str) -> Option<&'a Node> {
        debug_assert!(self.table.has(name), "{} has no key `{name}` in its table", self.table.what);
        let is_null = |node: &&Node| matches!(node.value, Value::Scalar { .. }) && node.text().is_none();
        self.node.get(name).filter(|node| !is_null(node))
    }

    /// A member that has to be there.
    pub fn required(&self, name: &str, report: &mut Report) -> Option<&'a Node> {
        let found = self.get(name);
        if found.is_none() {
            report.error(self.node.at, format!("{} needs `{name}`", self.table.what));
        }
        found
    }

    /// Text, empty when it is absent.
    pub fn text(&self, name: &str, report: &mut Report) -> String {
        self.optional_text(name, report).unwrap_or_default()
    }

    /// Text, if it is there.
    pub fn optional_text(&self, name: &str, report: &mut Report) -> Option<String> {
        let node = self.get(name)?;
        let text = node.text().map(str::to_owned);
        if text.is_none() {
            report.error(node.at, format!("`{name}` is text"));
        }
        text
    }

    /// Text that has to be there and not be blank.
    pub fn required_text(&self, name: &str, report: &mut Report) -> Option<String> {
        let node = self.required(name, report)?;
        match node.text() {
            Some(text) if !text.trim().is_empty() => Some(text.to_owned()),
            Some(_) => {
                report.error(node.at, format!("`{name}` is empty"));
                None
            }
            None => {
                report.error(node.at, format!("`{name}` is text"));
                None
            }
        }
    }

    /// A list of texts; one text stands for a list of one.
    pub fn texts(&self, name: &str, report: &mut Report) -> Vec<String> {
        self.get(name).map(|node| texts(node, name, report)).unwrap_or_default()
    }

    /// A boolean, false when it is absent.
    pub fn flag(&self, name: &str, report: &mut Report) -> bool {
        match self.get(name).map(|node| (node.at, node.to_doc().as_bool())) {
            None => false,
            Some((_, Some(value))) => value,
            Some((at, None)) => {
                report.error(at, format!("`{name}` is true or false"));
                false
            }
        }
    }

    /// The members of a map, none when it is absent.
    pub fn entries(&self, name: &str, report: &mut Report) -> &'a [(Name, Node)] {
        match self.get(name).map(|node| (node.at, node.members())) {
            None => &[],
            Some((_, Some(members))) => members,
            Some((at, None)) => {
                report.error(at, format!("`{name}` is a map"));
                &[]
            }
        }
    }

    /// The items of a list, none when it is absent.
    pub fn items(&self, name: &str, report: &mut Report) -> &'a [Node] {
        match self.get(name).map(|node| (node.at, &node.value)) {
            None => &[],
            Some((_, Value::List(items))) => items,
            Some((at, _)) => {
                report.error(at, format!("`{name}` is a list"));
                &[]
            }
        }
    }

    /// One of a few words that has to be there.
    pub fn choice<T: Copy>(&self, name: &str, words: &[(&str, T)], report: &mut Report) -> Option<T> {
        choice(self.required(name, report)?, name, words, report)
    }
}

/// Reports the keys that a table does not have; gives each with the one that was meant, if any was.
pub(super) fn unknown_keys(
    members: &[(Name, Node)],
    table: &Table,
    report: &mut Report,
) -> Vec<(usize, Option<&'static str>)> {
    let is_there = |known: &&str| members.iter().any(|(name, _)| name.text == *known);
    let mut unknown = Vec::new();
    for (index, (name, _)) in members.iter().enumerate().filter(|(_, (name, _))| !table.has(&name.text)) {
        let what = table.what;
        if let Some((_, whither)) = table.moved.iter().find(|(key, _)| *key == name.text) {
            report.error(name.at, format!("{what} has no key `{}`: {whither}", name.text));
            unknown.push((index, None));
            continue;
        }
        // What is there already was hardly meant.
        let missing = table.names().filter(|known| !is_there(known));
        let meant = closest(&name.text, missing).or_else(|| closest(&name.text, table.names()));
        let message = match meant {
            Some(_) => format!("{what} has no key `{}`", name.text),
            None => format!("{what} has no key `{}`; it has {}", name.text, listed(table)),
        };
        report.error_meant(name.at, message, meant.map(str::to_owned));
        unknown.push((index, meant));
    }
    unknown
}

/// How the map of a table is written, where it is small, with the word that stands in its place; else what it has.
fn shown(node: &Node, table: &Table) -> String {
    let needed: Vec<&Key> = table.keys.iter().filter(|key| key.is_needed).collect();
    if needed.is_empty() || needed.len() > SHOWN {
        return format!(" of {}", listed(table));
    }
    let value = |key: &Key| match &key.form {
        Form::OneOf(words) => node.text().filter(|text| words().contains(text)).unwrap_or("…"),
        _ => "…",
    };
    let members: Vec<String> = needed.iter().map(|key| format!("{}: {}", key.name, value(key))).collect();
    let others = if needed.len() < table.keys.len() { ", …" } else { "" };
    format!(": `{{ {}{others} }}`", members.join(", "))
}

fn listed(table: &Table) -> String {
    table.names().collect::<Vec<_>>().join(", ")
}

/// The words of a choice.
pub fn words<T>(choices: &[(&'static str, T)]) -> Vec<&'static str> {
    choices.iter().map(|(word, _)| *word).collect()
}

/// One of a few words.
pub fn choice<T: Copy>(node: &Node, name: &str, words: &[(&str, T)], report: &mut Report) -> Option<T> {
    let text = node.text().unwrap_or_default();
    let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
    if found.is_none() {
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let suggestion = closest(text, known.iter().copied()).map(str::to_owned);
        report.error_meant(node.at, format!("`{name}` is one of {}, not `{text}`", known.join(", ")), suggestion);
    }
    found
}

/// A list of texts; one text stands for a list of one.
pub fn texts(node: &Node, name: &str, report: &mut Report) -> Vec<String> {
    let items = match &node.value {
        Value::List(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    let mut texts = Vec::with_capacity(items.len());
    for item in items {
        match item.text() {
            Some(text) => texts.push(text.to_owned()),
            None => report.error(item.at, format!("`{name}` is text or a list of texts")),
        }
    }
    texts
}
