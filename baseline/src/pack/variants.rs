//! Variants: one file for several controls that differ in little. Its texts are templates with places for what differs,
//! `{variant}` and the values that each variant names; expressions see the values as `variant.name`.

use std::sync::Arc;

use super::problem::{Problem, Report};
use super::yaml::{Name, Node, Value};
use crate::doc::{Doc, Key, Map};
use crate::suggest::closest;

/// The name of the variant among its values.
const NAME: &str = "variant";
/// Keys whose texts are expressions: those see `variant`, and their text stays as it is written.
const EXPRESSIONS: [&str; 4] = ["applies_when", "pass_when", "let", "variants"];
/// Keys in which every place has to be known. Braces elsewhere may be anything: JSON, another tool's templates.
const TEMPLATES: [&str; 3] = ["id", "title", "finding"];
/// What a `finding` has a place for besides.
const COUNT: &str = "count";

/// The name of a variant, if a file has any, and what is wrong with it.
pub(super) type Found = (Option<Arc<str>>, Vec<Problem>);

/// One of a control's variants.
#[derive(Clone, Debug)]
pub(super) struct Variant {
    /// Its name.
    pub(super) name: Arc<str>,
    /// What expressions see as `variant`.
    pub(super) values: Doc,
    /// What stands in the places of texts.
    nodes: Vec<(String, Node)>,
}

/// Reads the variants of a control. Whether all that they differ in is used, the whole text tells, where it is given.
pub(super) fn read(control: &Node, source: Option<&str>, report: &mut Report) -> Vec<Variant> {
    let Some(node) = control.get("variants") else { return Vec::new() };
    let Some(members) = node.members().filter(|members| !members.is_empty()) else {
        report.error(node.at, "`variants` is a map from the name of a variant to what it differs in");
        return Vec::new();
    };
    let mut first: Option<&str> = None;
    let mut known: Vec<(Name, Node)> = Vec::new();
    let mut variants: Vec<Variant> = Vec::new();
    for (name, node) in members {
        let Some(own) = node.members() else {
            report.error(node.at, format!("variant `{}` is a map of what it differs in", name.text));
            continue;
        };
        let own = match first {
            None => own.to_vec(),
            Some(first) => like(first, &known, name, own, report),
        };
        variants.push(Variant::new(name, &own));
        if first.is_none() {
            (first, known) = (Some(name.text.as_str()), own);
        }
    }
    if let Some(source) = source {
        unused(&known, source, report);
    }
    same_id(control, &mut variants, report);
    of_cases(control, &variants, report);
    variants
}

/// What a variant differs in, which is what the first one differs in; a misspelt name counts as what was meant.
fn like(
    first: &str,
    known: &[(Name, Node)],
    variant: &Name,
    own: &[(Name, Node)],
    report: &mut Report,
) -> Vec<(Name, Node)> {
    let is_among = |members: &[(Name, Node)], key: &str| members.iter().any(|(name, _)| name.text == key);
    let mut members = own.to_vec();
    for index in 0..members.len() {
        let key = members[index].0.clone();
        if is_among(known, &key.text) {
            continue;
        }
        let missing = known.iter().map(|(name, _)| name.text.as_str()).filter(|name| !is_among(&members, name));
        let meant = closest(&key.text, missing).map(str::to_owned);
        let message = format!("variant `{}` has a `{}`, and `{first}` has none", variant.text, key.text);
        report.error_meant(key.at, message, meant.clone());
        members[index].0.text = meant.unwrap_or(key.text);
    }
    for (key, _) in known.iter().filter(|(key, _)| !is_among(&members, &key.text)) {
        report.error(variant.at, format!("variant `{}` has no `{}`, and `{first}` has", variant.text, key.text));
    }
    members
}

/// What the variants differ in and nothing reads.
fn unused(members: &[(Name, Node)], source: &str, report: &mut Report) {
    for (key, _) in members {
        let key_text = &key.text;
        if !source.contains(&format!("{{{key_text}}}")) && !source.contains(&format!("variant.{key_text}")) {
            let message =
                format!("nothing reads `{key_text}`: neither {{{key_text}}} in a text nor variant.{key_text}");
            report.warning(key.at, message);
        }
    }
}

/// Every variant is a control of its own. One with the id of another would take its place, and is left out.
fn same_id(control: &Node, variants: &mut Vec<Variant>, report: &mut Report) {
    let Some((node, id)) = control.get("id").and_then(|node| Some((node, node.text()?))) else { return };
    let mut known: Vec<(String, Arc<str>)> = Vec::new();
    variants.retain(|variant| {
        let own = variant.text(id);
        let Some((_, other)) = known.iter().find(|(known, _)| *known == own) else {
            known.push((own, Arc::clone(&variant.name)));
            return true;
        };
        let message = format!(
            "variants `{other}` and `{}` have one id: it needs a place for what differs, such as {{variant}}",
            variant.name
        );
        report.error(node.at, message);
        false
    });
}

/// Cases that are limited to variants that there are not would never run.
fn of_cases(control: &Node, variants: &[Variant], report: &mut Report) {
    for case in control.get("cases").and_then(Node::items).unwrap_or_default() {
        let Some(limited) = case.get("variants") else { continue };
        for node in limited.items().unwrap_or(std::slice::from_ref(limited)) {
            let name = node.text().unwrap_or_default();
            if !variants.iter().any(|variant| &*variant.name == name) {
                let suggestion = closest(name, variants.iter().map(|variant| &*variant.name)).map(str::to_owned);
                report.error_meant(node.at, format!("no variant is called `{name}`"), suggestion);
            }
        }
    }
}

impl Variant {
    fn new(name: &Name, own: &[(Name, Node)]) -> Self {
        let text = Node { at: name.at, value: Value::Scalar { text: name.text.clone(), quoted: true } };
        let own = own.iter().map(|(key, value)| (key.text.clone(), value.clone()));
        let nodes: Vec<(String, Node)> = std::iter::once((NAME.to_owned(), text)).chain(own).collect();
        let values: Map = nodes.iter().map(|(key, value)| (Key::new(key), value.to_doc())).collect();
        Self { name: name.text.as_str().into(), values: Doc::Map(values), nodes }
    }

    /// The control as this variant has it; `source` is the text that it was read from.
    pub(super) fn applied(&self, control: &Node, source: &str, report: &mut Report) -> Node {
        let Value::Map(members) = &control.value else { return control.clone() };
        let members = members.iter().filter(|(name, _)| name.text != "variants").map(|(name, node)| {
            if TEMPLATES.contains(&name.text.as_str()) {
                self.check_places(node, source, report);
            }
            let is_expression = EXPRESSIONS.contains(&name.text.as_str());
            (name.clone(), if is_expression { node.clone() } else { self.filled(node) })
        });
        Node { at: control.at, value: Value::Map(members.collect()) }
    }

    /// A text with the values in their places.
    pub(super) fn text(&self, text: &str) -> String {
        let mut filled = text.to_owned();
        for (key, node) in &self.nodes {
            if let Value::Scalar { text, .. } = &node.value {
                filled = filled.replace(&format!("{{{key}}}"), text);
            }
        }
        filled
    }

    /// The node with the values in the places of its texts. A text that is one place becomes the value, of its own kind.
    fn filled(&self, node: &Node) -> Node {
        let value = match &node.value {
            Value::Scalar { text, quoted } => {
                let is_it = |key: &str| text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) == Some(key);
                match self.nodes.iter().find(|(key, _)| is_it(key)) {
                    Some((_, value)) => value.value.clone(),
                    None => Value::Scalar { text: self.text(text), quoted: *quoted },
                }
            }
            Value::List(items) => Value::List(items.iter().map(|item| self.filled(item)).collect()),
            Value::Map(members) => {
                let members = members.iter().map(|(name, value)| {
                    let name = Name { at: name.at, text: self.text(&name.text) };
                    (name, self.filled(value))
                });
                Value::Map(members.collect())
            }
        };
        Node { at: node.at, value }
    }

    /// A place that no variant has a value for.
    fn check_places(&self, node: &Node, source: &str, report: &mut Report) {
        match &node.value {
            Value::Scalar { text, .. } => {
                for (start, _) in text.match_indices('{') {
                    let Some((place, _)) = text[start + 1..].split_once('}') else { continue };
                    let known = self.nodes.iter().map(|(key, _)| key.as_str());
                    if place != COUNT && !known.clone().any(|key| key == place) {
                        let suggestion = closest(place, known).map(str::to_owned);
                        let at = node.position_in(source, start);
                        report.error_meant(at, format!("the variants have no `{place}`"), suggestion);
                    }
                }
            }
            Value::Map(members) => members.iter().for_each(|(_, value)| self.check_places(value, source, report)),
            Value::List(items) => items.iter().for_each(|item| self.check_places(item, source, report)),
        }
    }
}

/// The problems of a file: what is wrong with all of its variants is said once, what is wrong with some with their names.
pub(super) fn told(variants: Vec<Found>) -> Vec<Problem> {
    let count = variants.len();
    let mut told: Vec<(Problem, Vec<Arc<str>>)> = Vec::new();
    for (name, problems) in variants {
        for problem in problems {
            let place = match told.iter().position(|(known, _)| *known == problem) {
                Some(place) => place,
                None => {
                    told.push((problem, Vec::new()));
                    told.len() - 1
                }
            };
            told[place].1.extend(name.clone());
        }
    }
    let said = |(problem, names): (Problem, Vec<Arc<str>>)| {
        if names.is_empty() || names.len() == count {
            return problem;
        }
        let word = if names.len() == 1 { "variant" } else { "variants" };
        let message = format!("{word} {}: {}", names.join(", "), problem.message);
        Problem { message, ..problem }
    };
    told.into_iter().map(said).collect()
}
