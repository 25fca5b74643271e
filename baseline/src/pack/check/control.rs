//! Controls: names, documentation, references, cases.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::document;
use crate::expr::{Type, TypeSource, organization_type};
use crate::pack::collector::{ResourceType, Scope};
use crate::pack::control::{Case, Control, Subject};
use crate::pack::form;
use crate::pack::partitions::PARTITIONS;
use crate::pack::problem::Report;
use crate::pack::schema::{Schema, tagged_type};
use crate::pack::yaml::{Node, Position};
use crate::pack::{CompiledControl, Pack};
use crate::suggest::closest;
use crate::verdict::Status;

/// The longest title: reports show it in one line.
const LONGEST_TITLE: usize = 120;
/// What every control of a test suite shows.
const WANTED_CASES: [(Status, &str); 3] =
    [(Status::Pass, "pass"), (Status::Fail, "fail"), (Status::Unknown, "unknown")];

/// Checks a control as written, beyond what it is about.
pub(in crate::pack) fn control(
    control: &Control,
    stem: &str,
    node: &Node,
    pack: &Pack,
    schema: &Schema,
    report: &mut Report,
) {
    words(control, stem, node, report);
    finding(control, node, report);
    for (index, url) in control.references.iter().enumerate().filter(|(_, url)| !url.starts_with("https://")) {
        let at = node.get("references").and_then(Node::items).and_then(|items| items.get(index));
        report.error(at.map_or(node.at, |item| item.at), format!("a reference is an https URL, not `{url}`"));
    }
    cases(control, node, pack, schema, report);
}

fn position(node: &Node, path: &[&str]) -> Position {
    path.iter().try_fold(node, |node, name| node.get(name)).map_or(node.at, |found| found.at)
}

fn words(control: &Control, stem: &str, node: &Node, report: &mut Report) {
    let id = &*control.id;
    if id.is_empty() {
        return;
    }
    form::called(id, stem, position(node, &["id"]), report);
    let is_word =
        |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    if id.split('-').count() < 2 || !id.split('-').all(is_word) {
        let message = format!("`{id}` is not an id like s3-bucket-encrypted: a service and a state, in lower case");
        report.error(position(node, &["id"]), message);
    }
    let title = position(node, &["title"]);
    if control.title.ends_with('.') {
        report.error(title, "a title ends without a full stop");
    }
    if control.title.chars().count() > LONGEST_TITLE {
        report.error(title, format!("a title has at most {LONGEST_TITLE} characters"));
    }
}

/// What a failure says is there, and reads well in a list.
fn finding(control: &Control, node: &Node, report: &mut Report) {
    let Some(finding) = &control.finding else {
        if control.subject != Subject::Manual {
            report.error(node.at, "a control needs `finding: { one: …, other: … }`: what a failure says");
        }
        return;
    };
    for (key, text) in [("one", &finding.one), ("other", &finding.other)] {
        let at = position(node, &["finding", key]);
        if text.ends_with('.') {
            report.error(at, "a finding ends without a full stop");
        }
        if text.chars().count() > LONGEST_TITLE {
            report.error(at, format!("a finding has at most {LONGEST_TITLE} characters"));
        }
    }
    if !finding.has_count() {
        report.error(position(node, &["finding"]), "`other` has a place for the number, {count}, and `one` has none");
    }
}

/// Names that no expression uses.
fn unused_names(control: &CompiledControl, node: &Node, report: &mut Report) {
    for (name, _) in &control.control.lets {
        if !control.programs().any(|program| program.reads().lets.contains(&**name)) {
            let at = node.get("let").and_then(|lets| lets.key(name)).unwrap_or(node.at);
            report.warning(at, format!("no expression uses `{name}`"));
        }
    }
}

/// Checks what a control is about, and that something decides it.
pub(in crate::pack) fn subject(control: &Control, node: &Node, schema: &Schema, report: &mut Report) {
    match &control.subject {
        Subject::Manual => {
            if control.pass_when.is_some() || control.applies_when.is_some() {
                report.error(position(node, &["pass_when"]), "a manual control has no expression");
            }
        }
        Subject::Types(names) => {
            for name in names.iter().filter(|name| schema.resource_type(name).is_none()) {
                unknown_type(name, position(node, &["resource"]), schema, report);
            }
        }
        Subject::Tagged => {}
    }
    if control.subject != Subject::Manual && control.pass_when.is_none() {
        report.error(node.at, "a control needs `pass_when`, or `manual: true`");
    }
}

fn unknown_type(name: &str, at: Position, schema: &Schema, report: &mut Report) {
    let known = schema.resource_type_names();
    let suggestion = closest(name, known.iter().map(String::as_str)).map(str::to_owned);
    report.error_meant(at, format!("no collector declares `{name}`"), suggestion);
}

fn cases(control: &Control, node: &Node, pack: &Pack, schema: &Schema, report: &mut Report) {
    if control.subject == Subject::Manual {
        return;
    }
    let at = node.get("cases").map_or(node.at, |cases| cases.at);
    for (status, name) in WANTED_CASES {
        if !control.cases.iter().any(|case| case.expect == status) {
            report.error(at, format!("a control needs a case with `expect: {name}`"));
        }
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
        let Some(node) = nodes.iter().find(|node| node.at.line == case.line) else { continue };
        if !names.insert(&case.name) {
            report.error(node.at, format!("there is already a case `{}`", case.name));
        }
        let own = subject_of(control, case, node, pack, schema, report);
        documents(node, own.as_ref(), schema, report);
        changes(node, own.as_ref(), schema, report);
        for path in &case.unknown {
            if let Some(kind) = &own {
                document::path(path, kind, position(node, &["unknown"]), report);
            }
        }
        for name in case.unknown_types.iter().filter(|name| schema.resource_type(name).is_none()) {
            unknown_type(name, position(node, &["unknown_types"]), schema, report);
        }
        for name in case.settings.keys().filter(|name| !control.settings.contains_key(*name)) {
            let suggestion = closest(name, control.settings.keys().map(String::as_str)).map(str::to_owned);
            report.error_meant(position(node, &["settings"]), format!("there is no setting `{name}`"), suggestion);
        }
    }
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

/// The documents of a case, or of the base of all cases.
fn documents(node: &Node, own: Option<&Type>, schema: &Schema, report: &mut Report) {
    if let (Some(kind), Some(resource)) = (own, node.get("resource")) {
        document::check(resource, kind, report);
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
            "account" => None,
            "organization" => Some(Type::Object(Arc::new(organization_type()))),
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

/// Checks what only the compiled expressions tell: settings that nobody reads, listings that another job collects.
pub(in crate::pack) fn compiled(control: &CompiledControl, node: &Node, pack: &Pack, report: &mut Report) {
    let is_compiled = control.programs().count()
        == usize::from(control.control.applies_when.is_some()) + usize::from(control.control.pass_when.is_some());
    if !is_compiled {
        return;
    }
    unused_names(control, node, report);
    for name in control.control.settings.keys() {
        if !control.programs().any(|program| program.reads().settings.contains(name)) {
            let at = node.get("settings").and_then(|settings| settings.key(name)).unwrap_or(node.at);
            report.error(at, format!("no expression reads the setting `{name}`"));
        }
    }
    let own: BTreeSet<Scope> = control.declared.values().map(|known| known.declared.scope).collect();
    for name in control.programs().flat_map(|program| program.reads().listings.keys()) {
        if let Some(other) = pack.resource_type(name)
            && !own.iter().all(|own| is_collected_with(*own, &other.declared))
        {
            let other = word(other.declared.scope);
            let message = format!("`{name}` is {other}, and what this control is about is not: no job has both");
            report.error(position(node, &["pass_when"]), message);
        }
        if let Some(other) = pack.resource_type(name)
            && let Some(partition) =
                PARTITIONS.iter().find(|partition| runs_without(control, &other.declared, partition))
        {
            let message =
                format!("`{name}` does not exist in {partition}: say in `partitions` where the control is used");
            report.error(position(node, &["pass_when"]), message);
        }
    }
}

/// Whether a control runs in a partition that does not have a type that it joins.
fn runs_without(control: &CompiledControl, other: &ResourceType, partition: &str) -> bool {
    let has_own = control.declared.values().any(|own| own.declared.is_in(partition));
    has_own && control.control.is_in(partition) && !other.is_in(partition)
}

/// Whether a job that has things of one scope can collect another type as well.
fn is_collected_with(own: Scope, other: &ResourceType) -> bool {
    own == other.scope
        // The management account's job collects what is global to the account as well.
        || (own == Scope::Organization && other.scope == Scope::Global)
        || (own == Scope::Regional && other.is_known_anywhere())
}

fn word(scope: Scope) -> &'static str {
    match scope {
        Scope::Regional => "regional",
        Scope::Global => "global",
        Scope::Organization => "of the organization",
    }
}
