//! `definitions/*.yaml` from text to definitions. Looks at the form, and at examples having what they need.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Source;
use super::definition::{Definition, Example, Others};
use super::problem::Report;
use super::section::Section;
use super::yaml::{Node, Position, Value};
use crate::doc::Doc;
use crate::expr::{self, is_free_name};
use crate::reason::{Unread, UnreadReason};

/// Examples that a definition has at least: one of what it is, and one of what it is not.
const EXAMPLES: usize = 2;
/// What an example gives that cannot be decided.
const UNKNOWN: &str = "unknown";

/// A definition with the places that later problems name.
pub(super) struct Read {
    pub(super) definition: Definition,
    pub(super) at: Position,
    pub(super) body: Node,
}

/// Reads a file; what has errors is left out.
pub(super) fn read(node: &Node, source: &Source, report: &mut Report) -> Vec<Read> {
    let Some(section) = Section::open(node, "a file of definitions", &["definitions"], report) else {
        return Vec::new();
    };
    let nodes = section.items("definitions", report).iter();
    nodes.filter_map(|node| definition(node, source, report)).collect()
}

fn definition(node: &Node, source: &Source, report: &mut Report) -> Option<Read> {
    let section = Section::open(node, "a definition", &["name", "of", "is", "says", "examples"], report)?;
    let name = section.required_text("name", report);
    let text = section.required_text("is", report);
    let says = section.required_text("says", report);
    let parameters = section.texts("of", report);
    let examples: Vec<Example> =
        section.items("examples", report).iter().filter_map(|node| example(node, &parameters, report)).collect();
    if examples.len() < EXAMPLES {
        report.error(section.at(), format!("a definition has at least {EXAMPLES} examples"));
    }
    let (name, text, says) = (name?, text?, says?);
    for each in std::iter::once(&name).chain(&parameters).filter(|each| !is_free_name(each)) {
        report.error(section.at(), format!("`{each}` is no name that is free: a letter, letters, digits and `_`"));
    }
    let body = section.get("is")?.clone();
    match expr::Definition::parse(&name, &parameters, &text) {
        Ok(compiled) => {
            let file = Arc::from(source.path.as_str());
            let at = section.get("name").map_or(node.at, |name| name.at);
            Some(Read { definition: Definition { compiled, says, text, examples, file }, at, body })
        }
        Err(problem) => {
            let at = body.position_in(&source.text, problem.span.start);
            report.error_meant(at, problem.message, problem.suggestion);
            None
        }
    }
}

fn example(node: &Node, parameters: &[String], report: &mut Report) -> Option<Example> {
    let section = Section::open(node, "an example", &["given", "others", "gives"], report)?;
    let given: BTreeMap<String, Doc> =
        section.entries("given", report).iter().map(|(name, node)| (name.text.clone(), node.to_doc())).collect();
    let (are, wanted): (Vec<&String>, Vec<&String>) = (given.keys().collect(), {
        let mut wanted: Vec<&String> = parameters.iter().collect();
        wanted.sort();
        wanted
    });
    if are != wanted {
        report.error(section.at(), format!("`given` has what the definition is of: {}", parameters.join(", ")));
    }
    let mut others = BTreeMap::new();
    for (name, node) in section.entries("others", report) {
        match (node.to_doc(), &node.value) {
            (Doc::Unread(unread), _) => {
                others.insert(name.text.clone(), Others { unread: Some(unread), ..Others::default() });
            }
            (_, Value::List(items)) => {
                let documents = items.iter().map(Node::to_doc).collect();
                others.insert(name.text.clone(), Others { documents, unread: None });
            }
            _ => report.error(node.at, "`others` is a map from resource type to a list of documents, or unread"),
        }
    }
    let gives = section.required("gives", report)?.to_doc();
    let gives = match gives.as_str() {
        Some(UNKNOWN) => Doc::Unread(Arc::new(Unread::new(UnreadReason::AccessDenied, "", ""))),
        _ => gives,
    };
    Some(Example { line: node.at.line, given, others, gives })
}
