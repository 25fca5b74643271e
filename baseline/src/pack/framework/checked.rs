//! From what a framework's file says to a framework: versions, ids and controls that exist, each requirement once, and
//! answers that say how far they go. What is wrong with one requirement costs no other.

mod answer;

use std::collections::{BTreeMap, HashMap};

use regex::Regex;

pub(in crate::pack) use answer::Controls;

use super::order::natural;
use super::written::{Entry, Extension, Since, Written};
use super::{Decider, Edition, Framework, Requirement};
use crate::pack::form;
use crate::pack::problem::Report;
use crate::pack::setting::is_date;
use crate::pack::yaml::Name;
use crate::suggest::closest;

/// The form of ids where a framework says nothing of it.
const ANY_ID: &str = "[A-Za-z0-9][A-Za-z0-9.()_/-]*";

/// Checks a framework; `None` when it has no requirement that is right.
pub(in crate::pack) fn check(
    written: &Written,
    stem: &str,
    controls: &Controls<'_>,
    report: &mut Report,
) -> Option<Framework> {
    head(written, stem, report);
    let versions: Vec<&str> = written.versions.iter().map(|version| version.text.as_str()).collect();
    let id_form = written.id_form.as_ref().map_or(ANY_ID, |form| &form.text);
    let mut framework = Framework {
        id: written.id.text.clone(),
        name: written.name.clone(),
        url: written.url.text.clone(),
        as_of: written.as_of.as_ref().map(|day| day.text.clone()),
        editions: if versions.is_empty() { vec![edition("")] } else { versions.iter().copied().map(edition).collect() },
        id_form: id_form.to_owned(),
    };
    entries(&mut framework, &written.requirements, controls, report);
    for version in written.versions.iter().filter(|version| is_empty(&framework, &version.text)) {
        report.error(version.at, format!("no requirement has an id in version {}", version.text));
    }
    framework.editions.retain(|edition| !edition.requirements.is_empty());
    if framework.editions.is_empty() && written.versions.is_empty() {
        report.error(written.at, "a framework has requirements");
    }
    (!framework.editions.is_empty()).then_some(framework)
}

/// Adds to a framework what another file says of it.
pub(in crate::pack) fn extend(
    frameworks: &mut BTreeMap<String, Framework>,
    written: &Extension,
    controls: &Controls<'_>,
    report: &mut Report,
) {
    let Some(framework) = frameworks.get_mut(&written.extends.text) else {
        let meant = closest(&written.extends.text, frameworks.keys().map(String::as_str)).map(str::to_owned);
        report.error_meant(written.extends.at, format!("there is no framework `{}`", written.extends.text), meant);
        return;
    };
    entries(framework, &written.requirements, controls, report);
    for addition in &written.answers {
        if let Some(edition) = version_of(framework, &addition.version, &addition.id, report)
            && let Some(requirement) = requirement_of(framework, edition, &addition.id, report)
        {
            answer::add(requirement, &addition.answer, controls, report);
        }
    }
}

fn edition(version: &str) -> Edition {
    Edition { version: version.to_owned(), requirements: Vec::new() }
}

fn is_empty(framework: &Framework, version: &str) -> bool {
    framework.edition(version).is_none_or(|edition| edition.requirements.is_empty())
}

/// What stands above the requirements.
fn head(written: &Written, stem: &str, report: &mut Report) {
    form::called(&written.id.text, stem, written.id.at, report);
    form::address("url", &written.url.text, written.url.at, report);
    if let Some(day) = written.as_of.as_ref().filter(|day| !is_date(&day.text)) {
        report.error(day.at, format!("`as_of` is a day such as 2026-08-31, not `{}`", day.text));
    }
    if let Some(form) = &written.id_form
        && let Err(error) = id_form(&form.text)
    {
        let error = error.to_string();
        report.error(form.at, format!("`id_form` is no regular expression: {}", error.lines().last().unwrap_or("")));
    }
    for (index, version) in written.versions.iter().enumerate() {
        if version.text.trim().is_empty() {
            report.error(version.at, "a version has a name");
        }
        if written.versions[..index].iter().any(|each| each.text == version.text) {
            report.error(version.at, format!("version {} is there twice", version.text));
        }
    }
}

fn id_form(form: &str) -> Result<Regex, regex::Error> {
    Regex::new(&format!("^(?:{form})$"))
}

/// Puts requirements where they belong, in the order of their ids.
fn entries(framework: &mut Framework, entries: &[Entry], controls: &Controls<'_>, report: &mut Report) {
    let form = id_form(&framework.id_form).ok();
    let mut lines: HashMap<(usize, String), usize> = HashMap::new();
    for entry in entries {
        let answer = answer::check(&entry.answer, controls, report);
        for values in [&entry.decided, &entry.assessed] {
            known_versions(framework, values, report);
        }
        known_versions(framework, &entry.level, report);
        for (version, id) in &entry.ids {
            let Some(place) = version_of(framework, version, id, report) else { continue };
            if form.as_ref().is_some_and(|form| !form.is_match(&id.text)) {
                let message =
                    format!("`{}` is not in the form of this framework's ids, `{}`", id.text, framework.id_form);
                report.error(id.at, message);
                continue;
            }
            let edition = &framework.editions[place];
            if edition.requirements.iter().any(|known| known.id == id.text) {
                let line = lines.get(&(place, id.text.clone())).map(|line| format!(" in line {line}"));
                let of = if version.text.is_empty() { String::new() } else { format!(" of {}", version.text) };
                report.error(id.at, format!("`{}`{of} is already there{}", id.text, line.unwrap_or_default()));
                continue;
            }
            lines.insert((place, id.text.clone()), id.at.line);
            let requirement = requirement(framework, place, entry, id, &answer, report);
            framework.editions[place].requirements.push(requirement);
        }
    }
    for edition in &mut framework.editions {
        edition.requirements.sort_by(|a, b| natural(&a.id, &b.id));
    }
}

/// A requirement of one version.
fn requirement(
    framework: &Framework,
    place: usize,
    entry: &Entry,
    id: &Name,
    answer: &answer::Answer,
    report: &mut Report,
) -> Requirement {
    let mut value = |name: &str, is_missing: bool| {
        if is_missing {
            let version = &framework.editions[place].version;
            report.error(entry.at, format!("`{name}` says nothing of version {version}"));
        }
    };
    let level = at(framework, &entry.level, place);
    let decided = at(framework, &entry.decided, place);
    let assessed = at(framework, &entry.assessed, place);
    value("level", level.is_none() && !entry.level.0.is_empty());
    value("decided", decided.is_none() && !entry.decided.0.is_empty());
    value("assessed", assessed.is_none() && !entry.assessed.0.is_empty());
    let decided = decided.unwrap_or(Decider::Automated);
    Requirement {
        id: id.text.clone(),
        says: entry.says.trim().to_owned(),
        level,
        decided,
        assessed: assessed.unwrap_or(decided),
        controls: answer.controls.clone(),
        covers: answer.covers,
        stricter: answer.stricter,
        note: answer.note.clone(),
        is_attested: answer.is_attested,
    }
}

/// The value that holds in a version: that of the latest one until it.
fn at<T: Copy>(framework: &Framework, values: &Since<T>, place: usize) -> Option<T> {
    let index = |version: &str| framework.editions.iter().position(|edition| edition.version == version);
    let until = values.0.iter().filter_map(|(version, value)| {
        let from = if version.text.is_empty() { 0 } else { index(&version.text)? };
        (from <= place).then_some((from, *value))
    });
    until.max_by_key(|(from, _)| *from).map(|(_, value)| value)
}

fn known_versions<T>(framework: &Framework, values: &Since<T>, report: &mut Report) {
    for (version, _) in values.0.iter().filter(|(version, _)| !version.text.is_empty()) {
        position_of(framework, version, report);
    }
}

/// The place of a version that has a name.
fn position_of(framework: &Framework, version: &Name, report: &mut Report) -> Option<usize> {
    let found = framework.editions.iter().position(|edition| edition.version == version.text);
    if found.is_none() {
        let meant = closest(&version.text, framework.versions()).map(str::to_owned);
        let known: Vec<&str> = framework.versions().collect();
        let listed = if meant.is_some() { String::new() } else { format!("; it has {}", known.join(", ")) };
        let message = format!("`{}` has no version `{}`{listed}", framework.id, version.text);
        report.error_meant(version.at, message, meant);
    }
    found
}

/// The place of the version under which an id is written; whether there are versions has to fit.
fn version_of(framework: &Framework, version: &Name, id: &Name, report: &mut Report) -> Option<usize> {
    let newest = framework.versions().last();
    match (version.text.is_empty(), newest) {
        (true, None) => Some(0),
        (true, Some(newest)) => {
            let message = format!("`{}` has versions: write {{ \"{newest}\": … }}", framework.id);
            report.error(id.at, message);
            None
        }
        (false, None) => {
            report.error(version.at, format!("`{}` has no versions: write the id alone", framework.id));
            None
        }
        (false, Some(_)) => position_of(framework, version, report),
    }
}

fn requirement_of<'f>(
    framework: &'f mut Framework,
    place: usize,
    id: &Name,
    report: &mut Report,
) -> Option<&'f mut Requirement> {
    let name = framework.id.clone();
    let edition = &mut framework.editions[place];
    let found = edition.requirements.iter().position(|known| known.id == id.text);
    if found.is_none() {
        let of = if edition.version.is_empty() { name } else { format!("{name} {}", edition.version) };
        let known = edition.requirements.iter().map(|requirement| requirement.id.as_str());
        let meant = closest(&id.text, known).map(str::to_owned);
        report.error_meant(id.at, format!("`{of}` has no requirement `{}`", id.text), meant);
    }
    edition.requirements.get_mut(found?)
}
