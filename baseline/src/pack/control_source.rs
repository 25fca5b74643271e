//! `controls/<service>/<id>.yaml` from text to `Control`. Looks at the form only, and at the collectors that a control
//! refers to; what must be true of a control is for `check` to say.

mod applies;
mod case;
pub(super) mod keys;
mod patch;
mod setting;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Pack;
use super::control::{Control, Finding, FixBy, Remediation, Subject};
use super::partitions;
use super::problem::Report;
use super::section::{Section, texts};
use super::yaml::Node;
use crate::expr::name_problem;
use crate::verdict::Severity;

/// Reads a control; `None` when it is no map. What is missing is reported and stands as something harmless, so that
/// the rest can be checked too; a control with errors is never used.
/// A file with variants is read once for each of them.
pub(super) fn read(node: &Node, variant: Option<Arc<str>>, pack: &Pack, report: &mut Report) -> Option<Control> {
    let section = Section::open(node, &keys::CONTROL, report)?;
    let id = section.required_text("id", report);
    let title = section.required_text("title", report);
    let severity = section.choice("severity", keys::SEVERITIES, report);
    let level = section.required("level", report).and_then(|node| level(node, report));
    let fix_by = section
        .required("fix", report)
        .and_then(|node| Section::open(node, &keys::FIX, report))
        .and_then(|fix| fix.choice("by", keys::FIXERS, report));
    let subject = subject(&section, report);
    let why = section.required_text("why", report);
    let remediation = section.required("remediation", report).and_then(|node| remediation(node, report));
    let mut settings = BTreeMap::new();
    let mut setting_rules = BTreeMap::new();
    for (name, node) in section.entries("settings", report) {
        let (default, rule) = setting::read(node, pack, report);
        settings.insert(name.text.clone(), default);
        setting_rules.insert(name.text.clone(), rule);
    }
    let base = section.get("base").map(|node| case::Documents::base(node, report)).unwrap_or_default();
    let cases = section.items("cases", report).iter();
    let cases = cases.filter_map(|node| case::read(node, &base, variant.as_deref(), report)).collect();
    Some(Control {
        finding: section.get("finding").and_then(|node| finding(node, report)),
        lets: lets(&section, report),
        variant,
        applies_when: applies::read(&section, subject.as_ref(), pack, report),
        pass_when: section.optional_text("pass_when", report),
        settings,
        setting_rules,
        partitions: partitions::read(&section, report),
        references: section.texts("references", report),
        id: Arc::from(id.unwrap_or_default()),
        title: title.unwrap_or_default(),
        severity: severity.unwrap_or(Severity::Low),
        level: level.unwrap_or(1),
        fix_by: fix_by.unwrap_or(FixBy::Mixed),
        subject: subject.unwrap_or(Subject::Types(Vec::new())),
        why: why.unwrap_or_default(),
        remediation: remediation.unwrap_or_default(),
        cases,
    })
}

fn finding(node: &Node, report: &mut Report) -> Option<Finding> {
    let section = Section::open(node, &keys::FINDING, report)?;
    Some(Finding { one: section.required_text("one", report)?, other: section.required_text("other", report)? })
}

/// Named expressions, in their order.
fn lets(section: &Section<'_>, report: &mut Report) -> Vec<(Arc<str>, String)> {
    let mut lets = Vec::new();
    for (name, node) in section.entries("let", report) {
        if let Some(message) = name_problem(&name.text) {
            report.error(name.at, message);
        }
        match node.text() {
            Some(text) => lets.push((Arc::from(name.text.as_str()), text.to_owned())),
            None => report.error(node.at, format!("`{}` is an expression", name.text)),
        }
    }
    lets
}

fn level(node: &Node, report: &mut Report) -> Option<u8> {
    let level =
        node.to_doc().as_int().and_then(|level| u8::try_from(level).ok()).filter(|level| (1..=3).contains(level));
    if level.is_none() {
        report.error(node.at, "`level` is 1 (essential), 2 (standard) or 3 (advanced)");
    }
    level
}

fn subject(section: &Section<'_>, report: &mut Report) -> Option<Subject> {
    let is_manual = section.flag("manual", report);
    match (is_manual, section.get("resource")) {
        (true, None) => Some(Subject::Manual),
        (true, Some(node)) => {
            report.error(node.at, "a manual control is about the account: it has no `resource`");
            Some(Subject::Manual)
        }
        (false, None) => section.required("resource", report).map(|_| Subject::Tagged),
        (false, Some(node)) if node.text() == Some("tagged") => Some(Subject::Tagged),
        (false, Some(node)) => {
            let names = texts(node, "resource", report);
            Some(Subject::Types(names.into_iter().map(Arc::from).collect()))
        }
    }
}

fn remediation(node: &Node, report: &mut Report) -> Option<Remediation> {
    let section = Section::open(node, &keys::REMEDIATION, report)?;
    Some(Remediation {
        steps: section.required_text("steps", report)?,
        cli: section.text("cli", report),
        terraform: section.text("terraform", report),
        cloudformation: section.text("cloudformation", report),
        choose: chosen(&section, report),
    })
}

/// What a person chooses, and what each of it is.
fn chosen(section: &Section<'_>, report: &mut Report) -> BTreeMap<String, String> {
    let mut chosen = BTreeMap::new();
    for (name, node) in section.entries("choose", report) {
        match node.text().filter(|text| !text.trim().is_empty()) {
            Some(text) => drop(chosen.insert(name.text.clone(), text.to_owned())),
            None => report.error(node.at, format!("what `{}` is, is text", name.text)),
        }
    }
    chosen
}
