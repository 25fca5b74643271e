//! Types that are listed for each resource of another type: the parent is declared, lives in the same jobs, and is not
//! its own descendant.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::pack::collector::{Each, ResourceType};
use crate::pack::problem::Report;
use crate::pack::schema::{Declared, is_same_name};
use crate::pack::yaml::Node;
use crate::suggest::closest;

/// The types that there are.
pub(in crate::pack) struct Known<'a> {
    /// Those without errors so far.
    pub(in crate::pack) declared: &'a Declared,
    /// The names of all.
    pub(in crate::pack) written: &'a BTreeSet<String>,
}

/// The types, each after the one that it is listed for.
pub(in crate::pack) fn by_generation(declared: &Declared) -> Vec<Arc<str>> {
    let mut names: Vec<(Option<usize>, &Arc<str>)> =
        declared.iter().map(|(name, resource)| (generation(resource, declared), name)).collect();
    names.sort();
    names.into_iter().map(|(_, name)| Arc::clone(name)).collect()
}

/// The types whose parents lead in a circle.
pub(in crate::pack) fn in_circles(declared: &Declared) -> Vec<Arc<str>> {
    let is_in_one = |resource: &ResourceType| generation(resource, declared).is_none();
    declared.iter().filter(|(_, resource)| is_in_one(resource)).map(|(name, _)| Arc::clone(name)).collect()
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
pub(super) fn check(resource: &ResourceType, node: &Node, known: &Known<'_>, report: &mut Report) -> bool {
    let errors = report.errors();
    if let Some(each) = resource.parent() {
        check_parent(resource, each, node, known, report);
    }
    report.errors() == errors
}

fn check_parent(resource: &ResourceType, each: &Each, node: &Node, known: &Known<'_>, report: &mut Report) {
    let declared = known.declared;
    let at = |key: &str| node.get("list").and_then(|list| list.get(key)).map_or(node.at, |value| value.at);
    let Some(parent) = declared.get(&each.type_name) else {
        if known.written.iter().any(|written| is_same_name(written, &each.type_name)) {
            let message = format!("`{}` cannot be used: its collector has errors", each.type_name);
            return report.error(at("each"), message);
        }
        let names = declared.keys().map(|name| &**name).filter(|name| *name != &*resource.name);
        let suggestion = closest(&each.type_name, names).map(str::to_owned);
        return report.error_meant(at("each"), format!("no collector declares `{}`", each.type_name), suggestion);
    };
    if parent.scope != resource.scope {
        let message = format!("`{}` has another scope: no job lists both", each.type_name);
        report.error(at("each"), message);
    }
    if let Some(partition) = resource.partitions.iter().find(|partition| !parent.is_in(partition)) {
        report.error(at("each"), format!("`{}` does not exist in {partition}", each.type_name));
    }
    if let Some((member, _)) = &each.kept
        && resource.gather.iter().any(|(known, _)| **known == **member)
    {
        report.error(at("parent"), format!("`{member}` is gathered, and holds what is kept of the parent"));
    }
}
