//! Reading a map of a file by its known keys: unknown keys and values of the wrong kind become problems. Must not know
//! which keys there are: the readers say so.

use super::problem::Report;
use super::yaml::{Name, Node, Position, Value};
use crate::suggest::closest;

/// A map whose keys are known.
pub(super) struct Section<'a> {
    node: &'a Node,
    /// How messages call it.
    what: &'static str,
}

impl<'a> Section<'a> {
    /// Opens a map; anything else, and every unknown key, is a problem.
    pub(super) fn open(node: &'a Node, what: &'static str, known: &[&str], report: &mut Report) -> Option<Self> {
        Self::open_with_moved(node, what, known, &[], report)
    }

    /// Opens a map; of some unknown keys it is known where they belong now.
    pub(super) fn open_with_moved(
        node: &'a Node,
        what: &'static str,
        known: &[&str],
        moved: &[(&str, &str)],
        report: &mut Report,
    ) -> Option<Self> {
        let Some(members) = node.members() else {
            report.error(node.at, format!("{what} is a map of {}", known.join(", ")));
            return None;
        };
        for (name, _) in members.iter().filter(|(name, _)| !known.contains(&name.text.as_str())) {
            if let Some((_, whither)) = moved.iter().find(|(key, _)| *key == name.text) {
                report.error(name.at, format!("{what} has no key `{}` any more: {whither}", name.text));
                continue;
            }
            let suggestion = closest(&name.text, known.iter().copied()).map(str::to_owned);
            let message = match suggestion {
                Some(_) => format!("{what} has no key `{}`", name.text),
                None => format!("{what} has no key `{}`; it has {}", name.text, known.join(", ")),
            };
            report.error_meant(name.at, message, suggestion);
        }
        Some(Self { node, what })
    }

    /// Where it starts.
    pub(super) fn at(&self) -> Position {
        self.node.at
    }

    /// A member, absent when it is null.
    pub(super) fn get(&self, name: &str) -> Option<&'a Node> {
        let is_null = |node: &&Node| matches!(node.value, Value::Scalar { .. }) && node.text().is_none();
        self.node.get(name).filter(|node| !is_null(node))
    }

    /// A member that has to be there.
    pub(super) fn required(&self, name: &str, report: &mut Report) -> Option<&'a Node> {
        let found = self.get(name);
        if found.is_none() {
            report.error(self.node.at, format!("{} needs `{name}`", self.what));
        }
        found
    }

    /// Text, empty when it is absent.
    pub(super) fn text(&self, name: &str, report: &mut Report) -> String {
        self.optional_text(name, report).unwrap_or_default()
    }

    /// Text, if it is there.
    pub(super) fn optional_text(&self, name: &str, report: &mut Report) -> Option<String> {
        let node = self.get(name)?;
        let text = node.text().map(str::to_owned);
        if text.is_none() {
            report.error(node.at, format!("`{name}` is text"));
        }
        text
    }

    /// Text that has to be there and not be blank.
    pub(super) fn required_text(&self, name: &str, report: &mut Report) -> Option<String> {
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
    pub(super) fn texts(&self, name: &str, report: &mut Report) -> Vec<String> {
        self.get(name).map(|node| texts(node, name, report)).unwrap_or_default()
    }

    /// A boolean, false when it is absent.
    pub(super) fn flag(&self, name: &str, report: &mut Report) -> bool {
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
    pub(super) fn entries(&self, name: &str, report: &mut Report) -> &'a [(Name, Node)] {
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
    pub(super) fn items(&self, name: &str, report: &mut Report) -> &'a [Node] {
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
    pub(super) fn choice<T: Copy>(&self, name: &str, words: &[(&str, T)], report: &mut Report) -> Option<T> {
        choice(self.required(name, report)?, name, words, report)
    }
}

/// One of a few words.
pub(super) fn choice<T: Copy>(node: &Node, name: &str, words: &[(&str, T)], report: &mut Report) -> Option<T> {
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
pub(super) fn texts(node: &Node, name: &str, report: &mut Report) -> Vec<String> {
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
