//! Types that are listed for each resource of another type: the parent is declared, lives in the same jobs, and is not
//! its own descendant.

use std::sync::Arc;

use crate::pack::collector::{Each, ResourceType, of_parent, within};
use crate::pack::problem::Report;
use crate::pack::schema::Declared;
use crate::pack::yaml::Node;
use crate::suggest::closest;

/// The types, each after the one that it is listed for. Those of a circle come last.
pub(in crate::pack) fn by_generation(declared: &Declared) -> Vec<Arc<str>> {
    let generation = |resource: &ResourceType| generation(resource, declared).unwrap_or(usize::MAX);
    let mut names: Vec<(usize, &Arc<str>)> =
        declared.iter().map(|(name, resource)| (generation(resource), name)).collect();
    names.sort();
    names.into_iter().map(|(_, name)| Arc::clone(name)).collect()
}

/// How many parents there are above a type; `None` when they lead back to it.
fn generation(resource: &ResourceType, declared: &Declared) -> Option<usize> {
    let mut above = 0;
    let mut current = resource;
    while let Some(parent) = current.parent().and_then(|each| declared.get(&each.type_name)) {
        above += 1;
        if above > declared.len() {
            return None;
        }
        current = parent;
    }
    Some(above)
}

/// Checks the parent of a type; whether there is nothing wrong with it.
pub(super) fn check(resource: &ResourceType, node: &Node, declared: &Declared, report: &mut Report) -> bool {
    let errors = report.errors();
    if let Some(each) = resource.parent() {
        check_parent(resource, each, node, declared, report);
    }
    report.errors() == errors
}

fn check_parent(resource: &ResourceType, each: &Each, node: &Node, declared: &Declared, report: &mut Report) {
    let at = |key: &str| node.get("list").and_then(|list| list.get(key)).map_or(node.at, |value| value.at);
    let Some(parent) = declared.get(&each.type_name) else {
        let known = declared.keys().map(|name| &**name).filter(|name| *name != &*resource.name);
        let suggestion = closest(&each.type_name, known).map(str::to_owned);
        let message = format!("no collector declares `{}`, or not without errors", each.type_name);
        return report.error_meant(at("each"), message, suggestion);
    };
    if generation(resource, declared).is_none() {
        return report.error(at("each"), format!("`{}` is listed for each of what is listed for it", resource.name));
    }
    if parent.scope != resource.scope {
        let message = format!("`{}` has another scope: no job lists both", each.type_name);
        report.error(at("each"), message);
    }
    if let Some(partition) = resource.partitions.iter().find(|partition| !parent.is_in(partition)) {
        report.error(at("each"), format!("`{}` does not exist in {partition}", each.type_name));
    }
    for path in secrets(resource, parent) {
        report.error(at("each"), format!("`$parent.{path}` is redacted: a call would be made with its hash"));
    }
    if let Some((member, _)) = &each.kept
        && resource.gather.iter().any(|(known, _)| **known == **member)
    {
        report.error(at("parent"), format!("`{member}` is gathered, and holds what is kept of the parent"));
    }
}

/// What calls take of the parent that is replaced by a hash before anybody sees it.
fn secrets<'a>(resource: &'a ResourceType, parent: &'a ResourceType) -> impl Iterator<Item = &'a str> {
    let calls =
        resource.list.iter().map(|list| &list.call).chain(
            resource.gather.iter().filter(|(member, _)| within(member).is_none()).map(|(_, gather)| &gather.call),
        );
    let is_below = |path: &str, redacted: &str| path == redacted || path.starts_with(&format!("{redacted}."));
    let taken = calls.flat_map(|call| call.paths()).filter_map(of_parent);
    taken.filter(move |path| parent.redact.iter().any(|redacted| is_below(path, redacted) || is_below(redacted, path)))
}
