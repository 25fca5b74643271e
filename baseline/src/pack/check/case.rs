//! Cases of controls: enough of them, documents that AWS could have sent, and nothing that no expression reads.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use super::document::{self, position};
use crate::expr::{ObjectType, Program, Type, TypeSource, account_type, organization_type};
use crate::pack::control::{Case, Control, Subject};
use crate::pack::problem::Report;
use crate::pack::schema::{Schema, tagged_type};
use crate::pack::yaml::{Node, Position};
use crate::pack::{CompiledControl, Pack, first_member};
use crate::suggest::closest;
use crate::verdict::Status;

/// What every control of a test suite shows.
const WANTED_CASES: [(Status, &str); 3] =
    [(Status::Pass, "pass"), (Status::Fail, "fail"), (Status::Unknown, "unknown")];

/// Checks the cases of a control: there are enough of them, and they are about what there is.
pub(super) fn check(control: &Control, node: &Node, pack: &Pack, schema: &Schema, report: &mut Report) {
    if control.subject == Subject::Manual {
        return;
    }
    // A case with an error may be the one that is missing.
    if !report.has_errors_in(lines_of(node, "cases")) {
        wanted(control, node, report);
    }
    if let Some(base) = node.get("base") {
        let kind = match &control.subject {
            Subject::Types(names) => names.first().and_then(|name| schema.resource_type(name)),
            _ => Some(tagged_type()),
        };
        documents(base, kind.as_ref(), schema, report);
    }
    let mut names = BTreeSet::new();
    let nodes = node.get("cases").and_then(Node::items).unwrap_or_default();
    for case in &control.cases {
        let is_it = |node: &&Node| {
            node.at.line == case.line && node.get("name").and_then(Node::text) == Some(case.name.as_str())
        };
        let Some(node) = nodes.iter().find(is_it) else { continue };
        if !names.insert(&case.name) {
            report.error(node.at, format!("there is already a case `{}`", case.name));
        }
        let own = subject_of(control, case, node, pack, schema, report);
        documents(node, own.as_ref(), schema, report);
        changes(node, own.as_ref(), schema, report);
        for path in &case.unknown {
            if let Some(kind) = &own {
                document::path(path, kind, node.place_of("unknown", path), report);
            }
        }
        for name in case.unknown_types.iter().filter(|name| schema.resource_type(name).is_none()) {
            unknown_type(name, node.place_of("unknown_types", name), schema, report);
        }
        for name in case.settings.keys().filter(|name| !control.settings.contains_key(*name)) {
            let suggestion = closest(name, control.settings.keys().map(String::as_str)).map(str::to_owned);
            let at = node.get("settings").and_then(|settings| settings.key(name)).unwrap_or(node.at);
            report.error_meant(at, format!("there is no setting `{name}`"), suggestion);
        }
    }
}

/// Whether there is a case of each kind that shows something.
fn wanted(control: &Control, node: &Node, report: &mut Report) {
    let at = node.get("cases").map_or(node.at, |cases| cases.at);
    for (status, name) in WANTED_CASES {
        if !control.cases.iter().any(|case| case.expect == status) {
            report.error(at, format!("a control needs a case with `expect: {name}`"));
        }
    }
}

/// The lines from a key of a map to the next one.
fn lines_of(node: &Node, key: &str) -> Range<usize> {
    let start = node.key(key).map_or(0, |at| at.line);
    let keys = node.members().unwrap_or_default().iter().map(|(name, _)| name.at.line);
    start..keys.filter(|line| *line > start).min().unwrap_or(usize::MAX)
}

/// The type of the resource that a case is about.
fn subject_of(
    control: &Control,
    case: &Case,
    node: &Node,
    pack: &Pack,
    schema: &Schema,
    report: &mut Report,
) -> Option<Type> {
    match (&control.subject, &case.resource_type) {
        (Subject::Types(names), Some(name)) if !names.contains(name) => {
            report.error(position(node, &["resource_type"]), format!("the control is not about `{name}`"));
            None
        }
        (Subject::Types(_), Some(name)) => schema.resource_type(name),
        (Subject::Types(names), None) => names.first().and_then(|name| schema.resource_type(name)),
        (Subject::Tagged, Some(name)) => {
            if pack.resource_type(name).is_none_or(|known| known.declared.tags.is_none()) {
                let message = format!("no collector reads tags of `{name}`");
                report.error(position(node, &["resource_type"]), message);
            }
            schema.resource_type(name)
        }
        _ => Some(tagged_type()),
    }
}

/// An organization as examples write it: they may list its accounts without saying where they are.
fn example_organization() -> ObjectType {
    let mut organization = organization_type();
    organization.members.insert("accounts".to_owned(), Type::Any);
    organization
}

/// The documents of a case, or of the base of all cases.
fn documents(node: &Node, own: Option<&Type>, schema: &Schema, report: &mut Report) {
    if let (Some(kind), Some(resource)) = (own, node.get("resource")) {
        document::check(resource, kind, report);
    }
    for (key, kind) in [("account", account_type()), ("organization", example_organization())] {
        if let Some(given) = node.get(key) {
            document::check(given, &Type::Object(Arc::new(kind)), report);
        }
    }
    for (name, documents) in node.get("others").and_then(Node::members).unwrap_or_default() {
        match schema.resource_type(&name.text) {
            Some(kind) => {
                let items = documents.items().unwrap_or_default();
                items.iter().for_each(|item| document::check(item, &kind, report));
            }
            None => unknown_type(&name.text, name.at, schema, report),
        }
    }
}

/// What a case changes of the base.
fn changes(node: &Node, own: Option<&Type>, schema: &Schema, report: &mut Report) {
    for (place, value) in node.get("with").and_then(Node::members).unwrap_or_default() {
        let text = &place.text;
        let (first, rest) = text.split_at(text.find(['.', '[']).unwrap_or(text.len()));
        let kind = match first {
            "resource" => own.cloned(),
            "account" => Some(Type::Object(Arc::new(account_type()))),
            "organization" => Some(Type::Object(Arc::new(example_organization()))),
            name => schema.resource_type(name).map(|kind| Type::List(Box::new(kind))),
        };
        let Some(mut kind) = kind else { continue };
        for part in rest.split('.').filter(|part| !part.is_empty()) {
            let (name, indexes) = part.split_at(part.find('[').unwrap_or(part.len()));
            if !name.is_empty() {
                document::path(name, &kind, place.at, report);
                kind = kind.at_path(name).unwrap_or_default();
            }
            for _ in indexes.matches('[') {
                kind = match kind {
                    Type::List(item) => *item,
                    _ => Type::Any,
                };
            }
        }
        document::check(value, &kind, report);
    }
}

/// A type that no collector declares.
pub(super) fn unknown_type(name: &str, at: Position, schema: &Schema, report: &mut Report) {
    if schema.is_broken(name) {
        return report.error(at, format!("`{name}` cannot be used: its collector has errors"));
    }
    let known = schema.resource_type_names();
    let suggestion = closest(name, known.iter().map(String::as_str)).map(str::to_owned);
    report.error_meant(at, format!("no collector declares `{name}`"), suggestion);
}

/// Warns of what a case says and no expression reads: it shows less than it seems to.
pub(super) fn unread(control: &CompiledControl, node: &Node, report: &mut Report) {
    if control.control.subject == Subject::Manual {
        return;
    }
    let read = Read::by(control);
    let cases = node.get("cases").and_then(Node::items).unwrap_or_default();
    for node in node.get("base").into_iter().chain(cases) {
        for (key, is_read) in [("account", read.account), ("organization", read.organization), ("now", read.now)] {
            if let Some(at) = node.key(key).filter(|_| !is_read) {
                report.warning(at, format!("no expression reads `{key}`: the case does not depend on it"));
            }
        }
        let mut idle = Vec::new();
        for (name, _) in node.get("others").and_then(Node::members).unwrap_or_default() {
            if !read.listings.contains(name.text.as_str()) {
                idle.push((name.at, format!("no expression lists `{}`", name.text)));
            }
        }
        for name in texts_at(node, "unknown_types").filter(|name| !read.listings.contains(name)) {
            idle.push((node.place_of("unknown_types", name), format!("no expression lists `{name}`")));
        }
        for path in texts_at(node, "unknown").filter(|path| !read.reads_member(first_member(path))) {
            let at = node.place_of("unknown", path);
            idle.push((at, format!("no expression reads `{path}`: the case does not depend on it")));
        }
        // What is misspelt is told to be that, and nothing more.
        idle.retain(|(at, _)| !report.has_error_at(*at));
        idle.into_iter().for_each(|(at, message)| report.warning(at, message));
    }
}

fn texts_at<'n>(node: &'n Node, key: &str) -> impl Iterator<Item = &'n str> {
    let value = node.get(key);
    let items = value.map(|value| value.items().unwrap_or(std::slice::from_ref(value))).unwrap_or_default();
    items.iter().filter_map(Node::text)
}

/// What a verdict of a control may depend on.
#[derive(Default)]
struct Read<'c> {
    members: BTreeSet<&'c str>,
    listings: BTreeSet<&'c str>,
    account: bool,
    organization: bool,
    now: bool,
}

impl<'c> Read<'c> {
    /// By the control's own expressions, and by the conditions of what it is about.
    fn by(control: &'c CompiledControl) -> Self {
        // Where a control is used, the account's partition decides.
        let mut read = Self { account: !control.control.partitions.is_empty(), ..Self::default() };
        control.programs().for_each(|program| read.add(program));
        for declared in control.declared.values() {
            let conditions = declared.conditions.values().chain(declared.foreign.values()).chain(&declared.judged);
            conditions.for_each(|program| read.add(program));
        }
        read
    }

    fn add(&mut self, program: &'c Program) {
        let reads = program.reads();
        self.members.extend(reads.resource_members.iter().map(String::as_str));
        self.listings.extend(reads.listings.keys().map(String::as_str));
        self.account |= !reads.account_members.is_empty();
        self.organization |= !reads.organization_members.is_empty();
        self.now |= reads.now;
    }

    fn reads_member(&self, name: &str) -> bool {
        self.members.contains("*") || self.members.contains(name)
    }
}
