//! What answers a requirement: controls that exist, and how far they go.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::super::written;
use super::super::{Covers, Requirement};
use crate::pack::CompiledControl;
use crate::pack::control::Subject;
use crate::pack::problem::Report;
use crate::suggest::closest;

/// The controls of the pack.
pub(in crate::pack) struct Controls<'a> {
    /// Those that can be used.
    pub(in crate::pack) loaded: &'a BTreeMap<Arc<str>, CompiledControl>,
    /// The names of all files of controls, also of those with errors: that these answer nothing is said once.
    pub(in crate::pack) written: BTreeSet<String>,
}

/// The checked form of [`written::Answer`].
pub(super) struct Answer {
    pub(super) controls: Vec<Arc<str>>,
    pub(super) covers: Option<Covers>,
    pub(super) stricter: bool,
    pub(super) note: String,
    pub(super) is_attested: bool,
}

/// Checks an answer. Controls that cannot be used are left out: what they answered is answered in part, or not at all.
pub(super) fn check(written: &written::Answer, controls: &Controls<'_>, report: &mut Report) -> Answer {
    consistency(written, report);
    let usable = usable(written, controls, report);
    let is_whole = usable.len() == written.controls.len();
    let covers = match written.covers {
        _ if usable.is_empty() => None,
        Some((covers, _)) if is_whole => Some(covers),
        _ => Some(Covers::Part),
    };
    Answer {
        is_attested: are_manual(&usable, controls),
        controls: usable,
        covers,
        stricter: written.stricter.is_some() && covers.is_some(),
        note: written.note.trim().to_owned(),
    }
}

/// Adds an answer to what a requirement has. Without a word on how much it covers, that stays as it was, or is all.
pub(super) fn add(
    requirement: &mut Requirement,
    written: &written::Answer,
    controls: &Controls<'_>,
    report: &mut Report,
) {
    if written.covers.is_some() || written.stricter.is_some() {
        consistency(written, report);
    }
    let usable = usable(written, controls, report);
    if usable.is_empty() {
        return;
    }
    let is_whole = usable.len() == written.controls.len();
    requirement.covers = match (written.covers, requirement.covers) {
        (_, _) if !is_whole => Some(Covers::Part),
        (Some((covers, _)), _) => Some(covers),
        (None, before) => before.or(Some(Covers::All)),
    };
    requirement.stricter |= written.stricter.is_some();
    if !written.note.trim().is_empty() {
        written.note.trim().clone_into(&mut requirement.note);
    }
    for control in usable {
        if !requirement.controls.contains(&control) {
            requirement.controls.push(control);
        }
    }
    requirement.is_attested = are_manual(&requirement.controls, controls);
}

fn are_manual(ids: &[Arc<str>], controls: &Controls<'_>) -> bool {
    let is_manual = |id: &Arc<str>| controls.loaded.get(id).is_some_and(|each| each.control.subject == Subject::Manual);
    !ids.is_empty() && ids.iter().all(is_manual)
}

/// Whether what is said of the controls and the controls themselves fit together.
fn consistency(written: &written::Answer, report: &mut Report) {
    match (written.controls.first(), written.covers) {
        (None, Some((_, at))) => report.error(at, "`covers` speaks of controls, and there are none"),
        (Some(first), None) => {
            report.error(first.at, "`controls` need `covers`: all of the requirement, or part of it")
        }
        _ => {}
    }
    if let (Some(at), true) = (written.stricter, written.controls.is_empty()) {
        report.error(at, "`stricter` speaks of controls, and there are none");
    }
    let open = match (written.covers, written.stricter) {
        (Some((Covers::Part, at)), _) => Some((at, "what is left open")),
        (_, Some(at)) => Some((at, "what the controls ask for beside it")),
        _ => None,
    };
    if let Some((at, what)) = open.filter(|_| written.note.trim().is_empty()) {
        report.error(at, format!("say in `note` {what}"));
    }
}

/// The controls that there are, each once.
fn usable(written: &written::Answer, controls: &Controls<'_>, report: &mut Report) -> Vec<Arc<str>> {
    let mut usable: Vec<Arc<str>> = Vec::new();
    for name in &written.controls {
        match controls.loaded.get_key_value(name.text.as_str()) {
            Some((id, _)) if usable.contains(id) => report.error(name.at, format!("`{id}` is there twice")),
            Some((id, _)) => usable.push(Arc::clone(id)),
            // Its own file says what is wrong with it.
            None if controls.written.contains(&name.text) => {}
            None => {
                let meant = closest(&name.text, controls.written.iter().map(String::as_str)).map(str::to_owned);
                report.error_meant(name.at, format!("there is no control `{}`", name.text), meant);
            }
        }
    }
    usable
}
