//! `plumbline controls show`: everything that is written about one control.

use std::io::{self, Write};
use std::path::PathBuf;

use plumbline_baseline::pack::control::Control;
use plumbline_coordinator::report::{fixed_by, printable};

use super::list::subject;
use crate::exit::Outcome;
use crate::failure::{Failure, Result, did_you_mean};
use crate::pack::Pack;
use crate::terminal;

/// Prints one control.
pub(super) fn run(id: &str, directories: &[PathBuf]) -> Result<Outcome> {
    let pack = Pack::load(directories)?;
    let Some(control) = pack.control(id) else {
        if let Some(file) = pack.inner().refused(id) {
            let next_step = "correct it: `plumbline controls lint` says what is wrong";
            return Err(Failure::usage(format!("show {id}"), format!("{file} has errors"), next_step));
        }
        let ids = pack.inner().controls().map(|control| &*control.control.id);
        let cause = format!("there is no such control{}", did_you_mean(id, ids));
        return Err(Failure::usage(format!("show {id}"), cause, "see `plumbline controls list`"));
    };
    terminal::print(|out| write(out, control, &answers(&pack, id)))?;
    Ok(Outcome::Done)
}

fn write(out: &mut impl Write, control: &Control, answers: &[String]) -> io::Result<()> {
    let title = printable(&control.title);
    writeln!(out, "{title}\n{}\n", "=".repeat(title.chars().count()))?;
    if let Some(finding) = &control.finding {
        writeln!(out, "Else: {}.\n", printable(&finding.one))?;
    }
    writeln!(out, "id        {}", control.id)?;
    if let Some(variant) = &control.variant {
        writeln!(out, "variant   {}", printable(variant))?;
    }
    writeln!(out, "severity  {}", control.severity)?;
    writeln!(out, "level     {}", control.level)?;
    writeln!(out, "about     {}", subject(control))?;
    writeln!(out, "fixed by  {}", fixed_by(control.fix_by))?;
    if !control.partitions.is_empty() {
        writeln!(out, "only in   {}", control.partitions.join(", "))?;
    }
    for (name, value) in &control.settings {
        writeln!(out, "setting   {} = {}", printable(name), printable(&value.to_json()))?;
        if let Some(rule) = control.setting_rules.get(name) {
            let expected = Some(rule.expected()).filter(|text| !text.is_empty());
            let says = Some(rule.says.clone()).filter(|text| !text.is_empty());
            for text in says.into_iter().chain(expected) {
                writeln!(out, "          {}", printable(&text))?;
            }
        }
    }
    for answer in answers {
        writeln!(out, "answers   {}", printable(answer))?;
    }
    section(out, "Why", &control.why)?;
    let names: Vec<String> = control.lets.iter().map(|(name, text)| format!("{name}: {text}")).collect();
    section(out, "Names", &names.join("\n"))?;
    section(out, "What decides", control.pass_when.as_deref().unwrap_or_default())?;
    section(out, "Which resources", control.applies_when.as_deref().unwrap_or_default())?;
    section(out, "Steps", &control.remediation.steps)?;
    section(out, "AWS CLI", &control.remediation.cli)?;
    section(out, "Terraform", &control.remediation.terraform)?;
    section(out, "CloudFormation", &control.remediation.cloudformation)?;
    section(out, "References", &control.references.join("\n"))?;
    let cases: Vec<String> = control.cases.iter().map(|case| format!("{:<14} {}", case.expect, case.name)).collect();
    section(out, "Examples", &cases.join("\n"))
}

/// What a control answers, a line for each version of a framework.
fn answers(pack: &Pack, id: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for (framework, versions) in pack.inner().answers(id) {
        let editions = pack.inner().frameworks().get(framework).map(|framework| &framework.editions);
        for edition in editions.into_iter().flatten().filter(|edition| versions.contains_key(&edition.version)) {
            let version = if edition.version.is_empty() { String::new() } else { format!(" {}", edition.version) };
            let asked = versions[&edition.version].iter().map(|id| edition.cited(id));
            lines.push(format!("{framework}{version} {}", asked.collect::<Vec<_>>().join(", ")));
        }
    }
    lines
}

fn section(out: &mut impl Write, title: &str, text: &str) -> io::Result<()> {
    if text.trim().is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{title}\n{}", "-".repeat(title.len()))?;
    // A pack of one's own may have come from somewhere else.
    text.trim_end().lines().try_for_each(|line| writeln!(out, "{}", printable(line)))
}
