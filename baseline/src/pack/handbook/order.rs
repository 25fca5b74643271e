//! In which order processes are done: what is needed before what needs it. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::process::Process;

/// A circle of needs: each needs the next one, and the last one is the first.
pub(super) type Circle = Vec<String>;

/// All ids, chapter after chapter, and within one what is needed before what needs it; where that leaves a choice, the lower
/// level first.
pub(super) fn order(processes: &BTreeMap<String, Process>) -> Vec<String> {
    let mut wanted: Vec<&Process> = processes.values().collect();
    wanted.sort_by_key(|process| (process.chapter, process.level, process.id.as_str()));
    let mut done = BTreeSet::new();
    let mut order = Vec::with_capacity(wanted.len());
    for process in wanted {
        put(process, processes, &mut done, &mut order);
    }
    order
}

/// Puts a process behind those of its own chapter that it needs. Needs form no circle.
fn put(process: &Process, processes: &BTreeMap<String, Process>, done: &mut BTreeSet<String>, order: &mut Vec<String>) {
    if !done.insert(process.id.clone()) {
        return;
    }
    let needed = process.needs.iter().filter_map(|need| processes.get(need));
    for needed in needed.filter(|needed| needed.chapter == process.chapter) {
        put(needed, processes, done, order);
    }
    order.push(process.id.clone());
}

/// A circle of what processes need, if there is any.
pub(super) fn circle(needs: &BTreeMap<&str, &[String]>) -> Option<Circle> {
    let mut right = BTreeSet::new();
    needs.keys().find_map(|id| circle_from(id, needs, &mut Vec::new(), &mut right))
}

fn circle_from(
    id: &str,
    needs: &BTreeMap<&str, &[String]>,
    path: &mut Vec<String>,
    right: &mut BTreeSet<String>,
) -> Option<Circle> {
    if let Some(start) = path.iter().position(|known| known == id) {
        return Some(path[start..].iter().cloned().chain([id.to_owned()]).collect());
    }
    if right.contains(id) {
        return None;
    }
    path.push(id.to_owned());
    let own = needs.get(id).copied().unwrap_or_default();
    let found = own.iter().find_map(|need| circle_from(need, needs, path, right));
    path.pop();
    right.insert(id.to_owned());
    found
}
