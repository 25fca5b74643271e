//! Controls: names, documentation, references, and what their expressions read.

use std::collections::BTreeSet;

use super::case;
use super::document::position;
use super::finding::{self, LONGEST_TITLE};
use crate::expr::{TypeSource, name_problem};
use crate::pack::collector::{ResourceType, Scope};
use crate::pack::control::{Control, Subject};
use crate::pack::form;
use crate::pack::partitions::PARTITIONS;
use crate::pack::problem::Report;
use crate::pack::schema::Schema;
use crate::pack::yaml::Node;
use crate::pack::{CompiledControl, Pack};

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
    finding::check(control, node, report);
    super::words::chosen(control, node, report);
    for url in control.references.iter().filter(|url| !url.starts_with("https://")) {
        report.error(node.place_of("references", url), format!("a reference is an https URL, not `{url}`"));
    }
    case::check(control, node, pack, schema, report);
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
                case::unknown_type(name, node.place_of("resource", name), schema, report);
            }
        }
        Subject::Tagged => {}
    }
    if control.subject != Subject::Manual && control.pass_when.is_none() {
        report.error(node.at, "a control needs `pass_when`, or `manual: true`");
    }
}

/// Checks what only the compiled expressions tell: settings that nobody reads, listings that another job collects.
pub(in crate::pack) fn compiled(control: &CompiledControl, node: &Node, pack: &Pack, report: &mut Report) {
    let is_compiled = control.programs().count()
        == usize::from(control.control.applies_when.is_some()) + usize::from(control.control.pass_when.is_some());
    let has_free_names = control.control.lets.iter().all(|(name, _)| name_problem(name).is_none());
    if !is_compiled || !has_free_names {
        return;
    }
    unused_names(control, node, report);
    case::unread(control, node, report);
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
        Scope::Findings => "what a scan found",
    }
}
