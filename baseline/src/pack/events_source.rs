//! `events/*.yaml`: sample events in groups, as CloudTrail writes them. Form only.

use super::problem::Report;
use super::section::Section;
use super::yaml::{Node, Position};
use crate::doc::Doc;
use crate::keys::{Form, Key, Table};

/// A file of sample events.
pub(super) static FILE: Table = Table::new(
    "a file of sample events",
    &[Key::new(
        "events",
        Form::Map(&Form::List(&Form::Map(&Form::Any))),
        "Groups of events as CloudTrail writes them, by the name under which controls ask for them.",
    )],
);

/// Reads a file: the name of each group, where it stands, and its events as a list.
pub(super) fn read(node: &Node, report: &mut Report) -> Vec<(String, Position, Doc)> {
    let Some(section) = Section::open(node, &FILE, report) else { return Vec::new() };
    let mut groups = Vec::new();
    for (name, node) in section.entries("events", report) {
        let events = node.items().unwrap_or_default();
        if events.is_empty() || events.iter().any(|event| event.members().is_none()) {
            report.error(node.at, format!("`{}` is a list of events, each a map", name.text));
            continue;
        }
        groups.push((name.text.clone(), name.at, node.to_doc()));
    }
    groups
}
