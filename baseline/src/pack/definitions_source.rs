//! `definitions/*.yaml` from text to definitions. Looks at the form, and at examples having what they need.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Source;
use super::definition::{Definition, Example, Others};
use super::problem::Report;
use super::section::Section;
use super::yaml::{Node, Position, Value};
use crate::doc::Doc;
use crate::expr::{self, name_problem};
use crate::keys::{Form, Key, Table};
use crate::reason::{Unread, UnreadReason};

/// Examples that a definition has at least: one of what it is, and one of what it is not.
const EXAMPLES: usize = 2;
/// What an example gives that cannot be decided.
const UNKNOWN: &str = "unknown";

/// A file of definitions.
pub(super) static FILE: Table = Table::new(
    "a file of definitions",
    &[Key::new("definitions", Form::List(&Form::Table(&DEFINITION)), "What several controls mean by the same words.")],
);
static DEFINITION: Table = Table::new(
    "a definition",
    &[
        Key::new("name", NAME, "What expressions call it.").needed(),
        Key::new("of", Form::OneOrMore(&NAME), "What it is given."),
        Key::new("is", Form::Text, "The expression; it sees what it is given.").needed(),
        Key::new("says", Form::Text, "What it says, in one sentence.").needed(),
        Key::new("examples", Form::List(&Form::Table(&EXAMPLE)), "Two at least; they run as tests.").needed(),
    ],
);
static EXAMPLE: Table = Table::new(
    "an example",
    &[
        Key::new("given", Form::Map(&Form::Any), "A value for each thing that the definition is of."),
        Key::new(
            "others",
            Form::Map(&Form::Either(&[Form::List(&Form::Any), Form::Map(&Form::Any)])),
            "What all(\"…\") lists: resources by type.",
        ),
        Key::new("gives", Form::Any, "What it comes to; `unknown` where that cannot be decided.").needed(),
    ],
);
const NAME: Form = Form::Matching("^[A-Za-z_][A-Za-z0-9_]*$");

/// A definition with the places that later problems name.
pub(super) struct Read {
    pub(super) definition: Definition,
    pub(super) at: Position,
    pub(super) body: Node,
}

/// Reads a file; what has errors is left out.
pub(super) fn read(node: &Node, source: &Source, report: &mut Report) -> Vec<Read> {
    let Some(section) = Section::open(node, &FILE, report) else {
        return Vec::new();
    };
    let nodes = section.items("definitions", report).iter();
    nodes.filter_map(|node| definition(node, source, report)).collect()
}

fn definition(node: &Node, source: &Source, report: &mut Report) -> Option<Read> {
    let section = Section::open(node, &DEFINITION, report)?;
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
    for (key, each) in std::iter::once(("name", &name)).chain(parameters.iter().map(|each| ("of", each))) {
        if let Some(message) = name_problem(each) {
            report.error(section.place_of(key, each), message);
        }
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
    let section = Section::open(node, &EXAMPLE, report)?;
    let given: BTreeMap<String, Doc> =
        section.entries("given", report).iter().map(|(name, node)| (name.text.clone(), node.to_doc())).collect();
    let (are, wanted): (Vec<&String>, Vec<&String>) = (given.keys().collect(), {
        let mut wanted: Vec<&String> = parameters.iter().collect();
        wanted.sort();
        wanted
    });
    if are != wanted {
        let at = section.get("given").map_or(section.at(), |given| given.at);
        report.error(at, format!("`given` has what the definition is of: {}", parameters.join(", ")));
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
