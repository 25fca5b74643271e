//! One case of a control. Form only; whether its members exist is for `check` to say.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::doc::{Doc, Map};
use crate::pack::control::Case;
use crate::pack::problem::Report;
use crate::pack::section::Section;
use crate::pack::yaml::{Name, Node, Value};
use crate::verdict::Status;

const KEYS: &[&str] = &[
    "name",
    "resource",
    "resource_type",
    "unknown",
    "others",
    "unknown_types",
    "settings",
    "account",
    "region",
    "now",
    "expect",
];
const EXPECTED: &[(&str, Status)] = &[
    ("pass", Status::Pass),
    ("fail", Status::Fail),
    ("unknown", Status::Unknown),
    ("not_applicable", Status::NotApplicable),
    ("manual", Status::Manual),
];

/// Reads a case.
pub(super) fn read(node: &Node, report: &mut Report) -> Option<Case> {
    let section = Section::open(node, "a case", KEYS, report)?;
    let name = section.required_text("name", report);
    let expect = section.choice("expect", EXPECTED, report);
    let mut others = BTreeMap::new();
    for (kind, node) in section.entries("others", report) {
        match &node.value {
            Value::List(items) => {
                others.insert(kind.text.clone(), items.iter().map(Node::to_doc).collect());
            }
            _ => report.error(node.at, "`others` is a map from resource type to a list of documents"),
        }
    }
    let settings = section.entries("settings", report);
    Some(Case {
        name: name?,
        line: node.at.line,
        resource: section.get("resource").map_or_else(|| Doc::Map(Map::new()), Node::to_doc),
        resource_type: section.optional_text("resource_type", report).map(Arc::from),
        unknown: section.texts("unknown", report),
        others,
        unknown_types: section.texts("unknown_types", report),
        settings: settings.iter().map(|(name, node): &(Name, Node)| (name.text.clone(), node.to_doc())).collect(),
        account: section.get("account").map(Node::to_doc),
        region: section.optional_text("region", report),
        now: section.optional_text("now", report),
        expect: expect?,
    })
}
