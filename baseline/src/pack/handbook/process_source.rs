//! `processes/<chapter>/<id>.yaml` from text to `Process`. Looks at one file; whether what it names exists is for `load`
//! to say.

use std::ops::RangeInclusive;
use std::sync::{Arc, LazyLock};

use regex::Regex;

use super::keys::{ATTEST, EVERY, ID, PROCESS, STEP};
use super::process::{Attest, Chapter, Effort, HowOften, Means, Process, Step, Who};
use crate::doc::Doc;
use crate::pack::facts::Place;
use crate::pack::form;
use crate::pack::problem::Report;
use crate::pack::section::{Section, words};
use crate::pack::yaml::{Node, Position};
use crate::suggest::closest;

/// Reads a process; `None` when it has errors.
pub(super) fn read(node: &Node, file: &Arc<str>, stem: &str, report: &mut Report) -> Option<Process> {
    let errors = report.errors();
    let section = Section::open(node, &PROCESS, report)?;
    let id = id(&section, report);
    if let Some((id, node)) = id.as_ref().zip(section.get("id")) {
        form::called(id, stem, node.at, report);
    }
    let title = section.required_text("title", report);
    let question = question(&section, report);
    let chapter = section.choice("chapter", Chapter::ALL, report);
    let level = level(&section, report);
    let who = section.choice("who", Who::ALL, report);
    let how_often = how_often(&section, report);
    let effort = section.choice("effort", Effort::ALL, report);
    let needs = section.texts("needs", report);
    let why = section.required_text("why", report);
    let references = section.texts("references", report);
    section.required("references", report);
    for url in &references {
        form::address("references", url, section.place_of("references", url), report);
    }
    let steps = steps(&section, who.unwrap_or(Who::Security), report);
    let at = section.get("id").map_or(section.at(), |node| node.at);
    let process = Process {
        id: id?,
        title: title?,
        question: question?,
        chapter: chapter?,
        level: level?,
        who: who?,
        how_often: how_often?,
        effort: effort?,
        needs,
        why: why?,
        steps,
        references,
        place: Place { file: Arc::clone(file), line: at.line, column: at.column },
    };
    (report.errors() == errors).then_some(process)
}

/// The id of a process, a guide, a step or a source of logs.
pub(super) fn id(section: &Section<'_>, report: &mut Report) -> Option<String> {
    static FORM: LazyLock<Regex> = LazyLock::new(|| Regex::new(ID).expect("a regular expression of ours"));
    let id = section.required_text("id", report)?;
    if !FORM.is_match(&id) {
        let message = format!("`{id}` is no id: words of small letters and digits, with `-` between them");
        report.error(section.get("id")?.at, message);
        return None;
    }
    Some(id)
}

fn question(section: &Section<'_>, report: &mut Report) -> Option<String> {
    let text = section.required_text("question", report)?;
    if !text.trim_end().ends_with('?') {
        report.error(section.get("question")?.at, "`question` ends with a question mark");
    }
    Some(text)
}

fn level(section: &Section<'_>, report: &mut Report) -> Option<u8> {
    let node = section.required("level", report)?;
    let level = whole(node, 1..=3).and_then(|level| u8::try_from(level).ok());
    if level.is_none() {
        report.error(node.at, "`level` is 1 (essential), 2 (standard) or 3 (advanced)");
    }
    level
}

fn how_often(section: &Section<'_>, report: &mut Report) -> Option<HowOften> {
    static FORM: LazyLock<Regex> = LazyLock::new(|| Regex::new(EVERY).expect("a regular expression of ours"));
    let text = section.required_text("how_often", report)?;
    let once = HowOften::ONCE.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
    let every = || {
        let days = FORM.is_match(&text).then(|| text.split(' ').nth(1))??;
        days.parse().ok().map(HowOften::Every)
    };
    let found = once.or_else(every);
    if found.is_none() {
        let known = words(HowOften::ONCE);
        let message = format!("`how_often` is one of {}, or `every N days`, not `{text}`", known.join(", "));
        let meant = closest(&text, known).map(str::to_owned);
        report.error_meant(section.get("how_often")?.at, message, meant);
    }
    found
}

fn steps(section: &Section<'_>, who: Who, report: &mut Report) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let nodes = section.items("steps", report);
    if section.required("steps", report).is_some() && nodes.is_empty() {
        report.error(section.at(), "a process has at least one step");
    }
    for node in nodes {
        let Some(step) = step(node, who, report) else { continue };
        if steps.iter().any(|known| known.id == step.id) {
            report.error(node.at, format!("there is already a step `{}`", step.id));
        }
        steps.push(step);
    }
    steps
}

fn step(node: &Node, who: Who, report: &mut Report) -> Option<Step> {
    let section = Section::open(node, &STEP, report)?;
    let id = id(&section, report);
    let title = section.required_text("title", report);
    let who = if section.get("who").is_some() { section.choice("who", Who::ALL, report)? } else { who };
    let by = section.choice("by", Means::ALL, report);
    let action = section.required_text("do", report);
    let look = section.required_text("look", report);
    let attest = section.get("attest").and_then(|node| attest(node, report));
    let mut step = Step {
        id: id?,
        title: title?,
        who,
        by: by?,
        action: action?,
        cli: section.text("cli", report),
        terraform: section.text("terraform", report),
        cloudformation: section.text("cloudformation", report),
        look: look?,
        controls: section.texts("controls", report).into_iter().map(Arc::from).collect(),
        attest,
    };
    step.controls.dedup();
    if step.controls.is_empty() && section.get("attest").is_none() {
        report.error(node.at, format!("nothing proves the step `{}`: it needs `controls` or `attest`", step.id));
    }
    ready(&step, node.at, report);
    Some(step)
}

/// Whether a step says how it is done.
fn ready(step: &Step, at: Position, report: &mut Report) {
    if step.by == Means::Cli && step.cli.is_empty() {
        report.error(at, format!("the step `{}` is done with the AWS CLI and has no `cli`", step.id));
    }
    if step.by == Means::Iac && step.terraform.is_empty() && step.cloudformation.is_empty() {
        let message =
            format!("the step `{}` is infrastructure as code: it needs `terraform` or `cloudformation`", step.id);
        report.error(at, message);
    }
}

fn attest(node: &Node, report: &mut Report) -> Option<Attest> {
    let section = Section::open(node, &ATTEST, report)?;
    let confirm = section.required_text("confirm", report);
    let node = section.required("days", report)?;
    let days = whole(node, 1..=3_650).and_then(|days| u32::try_from(days).ok());
    if days.is_none() {
        report.error(node.at, "`days` is a whole number from 1 to 3650");
    }
    Some(Attest { confirm: confirm?, days: days? })
}

/// A whole number of a range.
fn whole(node: &Node, range: RangeInclusive<i64>) -> Option<i64> {
    match node.to_doc() {
        Doc::Int(number) if range.contains(&number) => Some(number),
        _ => None,
    }
}
