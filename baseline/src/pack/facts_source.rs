//! `facts/*.yaml` from text to `Facts`.

use super::facts::Facts;
use super::problem::Report;
use super::section::Section;
use super::setting::is_date;
use super::yaml::Node;
use crate::doc::Doc;

/// Reads a file; `None` when it has errors.
pub(super) fn read(node: &Node, stem: &str, report: &mut Report) -> Option<Facts> {
    let errors = report.errors();
    let keys = ["id", "says", "source", "as_of", "look_again_by", "values"];
    let section = Section::open(node, "a file of facts", &keys, report)?;
    let id = section.required_text("id", report);
    let says = section.required_text("says", report);
    let source = section.required_text("source", report);
    let as_of = date(&section, "as_of", report);
    let look_again_by = date(&section, "look_again_by", report);
    let values = section.required("values", report).map(Node::to_doc);
    if let Some(id) = id.as_ref().filter(|id| *id != stem) {
        report.error(section.at(), format!("the id is `{id}` and the file is called `{stem}`"));
    }
    if let Some(node) =
        section.get("source").filter(|_| source.as_ref().is_some_and(|url| !url.starts_with("https://")))
    {
        report.error(node.at, "`source` is an https URL");
    }
    if let Some(node) = section.get("look_again_by").filter(|_| as_of >= look_again_by && look_again_by.is_some()) {
        report.error(node.at, "`look_again_by` is after `as_of`");
    }
    if let Some(node) = section.get("values").filter(|_| !matches!(values, Some(Doc::Map(_) | Doc::List(_)))) {
        report.error(node.at, "`values` is a map or a list");
    }
    let facts =
        Facts { id: id?, says: says?, source: source?, as_of: as_of?, look_again_by: look_again_by?, values: values? };
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
