//! `facts/*.yaml` from text to `Facts`.

use std::sync::Arc;

use super::facts::{Facts, Place};
use super::form;
use super::problem::Report;
use super::section::Section;
use super::setting::{DAY, is_date};
use super::yaml::Node;
use crate::doc::Doc;
use crate::keys::{Form, Key, Table};

/// A file of facts.
pub(super) static FILE: Table = Table::new(
    "a file of facts",
    &[
        Key::new("id", Form::Text, "The file's name, and what controls write: { facts: ID }.").needed(),
        Key::new("says", Form::Text, "What they say, in one sentence.").needed(),
        Key::new("source", Form::Matching(form::ADDRESS), "The page on which AWS publishes them.").needed(),
        Key::new("as_of", Form::Matching(DAY), "The day on which they were read there.").needed(),
        Key::new("look_again_by", Form::Matching(DAY), "The day by which somebody looks again.").needed(),
        Key::new("values", Form::Either(&[Form::Map(&Form::Any), Form::List(&Form::Any)]), "The facts.").needed(),
    ],
);

/// Reads a file; `None` when it has errors.
pub(super) fn read(node: &Node, file: &Arc<str>, stem: &str, report: &mut Report) -> Option<Facts> {
    let errors = report.errors();
    let section = Section::open(node, &FILE, report)?;
    let id = section.required_text("id", report);
    let says = section.required_text("says", report);
    let source = section.required_text("source", report);
    let as_of = date(&section, "as_of", report);
    let look_again_by = date(&section, "look_again_by", report);
    let values = section.required("values", report).map(Node::to_doc);
    if let Some((id, node)) = id.as_ref().zip(section.get("id")) {
        form::called(id, stem, node.at, report);
    }
    if let Some((url, node)) = source.as_ref().zip(section.get("source")) {
        form::address("source", url, node.at, report);
    }
    if let Some(node) = section.get("look_again_by").filter(|_| as_of >= look_again_by && look_again_by.is_some()) {
        report.error(node.at, "`look_again_by` is after `as_of`");
    }
    if let Some(node) = section.get("values").filter(|_| !matches!(values, Some(Doc::Map(_) | Doc::List(_)))) {
        report.error(node.at, "`values` is a map or a list");
    }
    let at = section.get("look_again_by")?.at;
    let facts = Facts {
        id: id?,
        says: says?,
        source: source?,
        as_of: as_of?,
        look_again_by: look_again_by?,
        values: values?,
        place: Place { file: Arc::clone(file), line: at.line, column: at.column },
    };
    (report.errors() == errors).then_some(facts)
}

fn date(section: &Section<'_>, name: &str, report: &mut Report) -> Option<String> {
    let text = section.required_text(name, report)?;
    if !is_date(&text) {
        report.error(section.get(name)?.at, format!("`{name}` is a date such as 2031-06-30"));
        return None;
    }
    Some(text)
}
