//! `frameworks/<id>.yaml` from text to what it says, with the place of everything that may be wrong. Looks at the form
//! only; whether versions, requirements and controls exist is for `checked` to say.

use super::{Covers, Decider, keys};
use crate::pack::problem::Report;
use crate::pack::section::{Section, choice};
use crate::pack::yaml::{Name, Node, Position};

/// A file of `frameworks/`.
#[derive(Debug)]
pub(in crate::pack) enum File {
    /// It brings a framework.
    Framework(Written),
    /// It adds to one.
    Extension(Extension),
}

/// A framework as written.
#[derive(Debug)]
pub(in crate::pack) struct Written {
    pub(super) at: Position,
    pub(super) id: Name,
    pub(super) name: String,
    pub(super) url: Name,
    pub(super) as_of: Option<Name>,
    pub(super) id_form: Option<Name>,
    pub(super) versions: Vec<Name>,
    pub(super) requirements: Vec<Entry>,
}

/// What a file adds to a framework of another file.
#[derive(Debug)]
pub(in crate::pack) struct Extension {
    pub(super) extends: Name,
    pub(super) requirements: Vec<Entry>,
    pub(super) answers: Vec<Addition>,
}

/// A requirement as written: the same in several versions, under the id that it has in each.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) at: Position,
    pub(super) says: String,
    pub(super) level: Since<u8>,
    pub(super) decided: Since<Decider>,
    pub(super) assessed: Since<Decider>,
    /// Version (empty text for none) and id.
    pub(super) ids: Vec<(Name, Name)>,
    pub(super) answer: Answer,
}

/// What answers a requirement.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) controls: Vec<Name>,
    pub(super) covers: Option<(Covers, Position)>,
    pub(super) stricter: Option<Position>,
    pub(super) note: String,
}

/// What answers a requirement beside what its framework says.
#[derive(Debug)]
pub(super) struct Addition {
    /// Empty text for none.
    pub(super) version: Name,
    pub(super) id: Name,
    pub(super) answer: Answer,
}

/// A value, or one from each of some versions on. A value for all has an empty version.
#[derive(Debug)]
pub(super) struct Since<T>(pub(super) Vec<(Name, T)>);

/// Reads a file of `frameworks/`.
pub(in crate::pack) fn read(node: &Node, report: &mut Report) -> Option<File> {
    if node.get("extends").is_some() {
        return extension(node, report).map(File::Extension);
    }
    let section = Section::open(node, &keys::FRAMEWORK, report)?;
    let (id, name) = (placed_text(&section, "id", report), section.required_text("name", report));
    let url = placed_text(&section, "url", report);
    let optional = |key: &str, report: &mut Report| {
        let text = section.optional_text(key, report)?;
        Some(Name { at: section.get(key)?.at, text })
    };
    let as_of = optional("as_of", report);
    let id_form = optional("id_form", report);
    let versions = section.get("versions").map(|node| placed_texts(node, "versions", report)).unwrap_or_default();
    section.required("requirements", report)?;
    let requirements = entries(&section, report);
    let (id, name, url) = (id?, name?, url?);
    Some(File::Framework(Written { at: node.at, id, name, url, as_of, id_form, versions, requirements }))
}

fn extension(node: &Node, report: &mut Report) -> Option<Extension> {
    let section = Section::open(node, &keys::EXTENSION, report)?;
    let extends = placed_text(&section, "extends", report)?;
    let requirements = entries(&section, report);
    let mut answers = Vec::new();
    for (key, node) in section.entries("answers", report) {
        if node.members().is_none() || node.get("controls").is_some() {
            let version = Name { at: key.at, text: String::new() };
            answers.extend(addition(&version, key, node, report));
        } else {
            let ids = node.members().unwrap_or_default();
            answers.extend(ids.iter().filter_map(|(id, node)| addition(key, id, node, report)));
        }
    }
    Some(Extension { extends, requirements, answers })
}

/// A list of controls, or a map of what a requirement says of its answer.
fn addition(version: &Name, id: &Name, node: &Node, report: &mut Report) -> Option<Addition> {
    let answer = if node.members().is_some() {
        answer(&Section::open(node, &keys::ANSWER, report)?, report)
    } else {
        let controls = placed_texts(node, &id.text, report);
        Answer { controls, covers: None, stricter: None, note: String::new() }
    };
    if answer.controls.is_empty() {
        report.error(node.at, format!("`{}` names no control", id.text));
    }
    Some(Addition { version: version.clone(), id: id.clone(), answer })
}

fn entries(section: &Section<'_>, report: &mut Report) -> Vec<Entry> {
    section.items("requirements", report).iter().filter_map(|node| entry(node, report)).collect()
}

fn entry(node: &Node, report: &mut Report) -> Option<Entry> {
    let section = Section::open(node, &keys::REQUIREMENT, report)?;
    let says = section.required_text("says", report);
    let mut ids = Vec::new();
    match (section.get("id"), section.get("ids")) {
        (Some(id), None) => {
            let none = Name { at: id.at, text: String::new() };
            ids.extend(placed_texts(id, "id", report).into_iter().map(|id| (none.clone(), id)));
        }
        (None, Some(_)) => {
            for (version, node) in section.entries("ids", report) {
                ids.extend(placed_texts(node, "ids", report).into_iter().map(|id| (version.clone(), id)));
            }
        }
        (None, None) => report.error(node.at, "a requirement needs `ids`, by version, or `id` where there are none"),
        (Some(_), Some(ids)) => report.error(ids.at, "a requirement has `id` or `ids`, and not both"),
    }
    let decided = since(&section, "decided", report, decider);
    let assessed = since(&section, "assessed", report, decider);
    let level = since(&section, "level", report, level);
    Some(Entry { at: node.at, says: says?, level, decided, assessed, ids, answer: answer(&section, report) })
}

fn answer(section: &Section<'_>, report: &mut Report) -> Answer {
    let covers = section.get("covers").and_then(|node| Some((choice(node, "covers", keys::COVERS, report)?, node.at)));
    let is_stricter = section.flag("stricter", report);
    Answer {
        controls: section.get("controls").map(|node| placed_texts(node, "controls", report)).unwrap_or_default(),
        covers,
        stricter: section.get("stricter").map(|node| node.at).filter(|_| is_stricter),
        note: section.text("note", report),
    }
}

fn decider(node: &Node, name: &str, report: &mut Report) -> Option<Decider> {
    choice(node, name, keys::DECIDERS, report)
}

fn level(node: &Node, name: &str, report: &mut Report) -> Option<u8> {
    let level = node.text().and_then(|text| text.parse().ok()).filter(|level| *level > 0);
    if level.is_none() {
        report.error(node.at, format!("`{name}` is a number from 1 on"));
    }
    level
}

/// A value, or a map from version to the value from that version on.
fn since<T>(
    section: &Section<'_>,
    name: &str,
    report: &mut Report,
    read: impl Fn(&Node, &str, &mut Report) -> Option<T>,
) -> Since<T> {
    let Some(node) = section.get(name) else { return Since(Vec::new()) };
    match node.members() {
        None => {
            let always = Name { at: node.at, text: String::new() };
            Since(read(node, name, report).map(|value| (always, value)).into_iter().collect())
        }
        Some(versions) => {
            let of = |(version, node): &(Name, Node)| Some((version.clone(), read(node, name, report)?));
            Since(versions.iter().filter_map(of).collect())
        }
    }
}

fn placed_text(section: &Section<'_>, name: &str, report: &mut Report) -> Option<Name> {
    let text = section.required_text(name, report)?;
    Some(Name { at: section.get(name)?.at, text })
}

/// A list of texts, each with its place; one text stands for a list of one.
fn placed_texts(node: &Node, name: &str, report: &mut Report) -> Vec<Name> {
    let items = node.items().unwrap_or(std::slice::from_ref(node));
    let mut texts = Vec::with_capacity(items.len());
    for item in items {
        match item.text() {
            Some(text) => texts.push(Name { at: item.at, text: text.to_owned() }),
            None => report.error(item.at, format!("`{name}` is text or a list of texts")),
        }
    }
    texts
}
