//! `plumbline frameworks show`: every requirement of a version, and what answers it.

use std::io::{self, Write};

use plumbline_baseline::pack::framework::{Answered, Covers, Edition, Framework, Requirement};
use plumbline_coordinator::report::csv::TableWriter;
use plumbline_coordinator::report::{counted, printable};

use super::words;
use crate::args::RequirementFormat;
use crate::exit::Outcome;
use crate::failure::Result;
use crate::frameworks;
use crate::pack::Pack;
use crate::terminal;

/// Prints a version of a framework.
pub(super) fn run(
    pack: &Pack,
    id: &str,
    version: Option<&str>,
    unanswered: bool,
    format: RequirementFormat,
) -> Result<Outcome> {
    let framework = frameworks::framework(pack.inner(), id)?;
    let edition = match version {
        None => framework.newest(),
        Some(version) => frameworks::edition(framework, version)?,
    };
    let is_wanted = |each: &&Requirement| !unanswered || matches!(each.answered(), Answered::Person | Answered::No);
    let requirements: Vec<&Requirement> = edition.requirements.iter().filter(is_wanted).collect();
    terminal::print(|out| match format {
        RequirementFormat::Text => text(out, framework, edition, &requirements),
        RequirementFormat::Csv => csv(out, framework, edition, &requirements),
        RequirementFormat::Json => {
            let requirements: Vec<serde_json::Value> = requirements.iter().map(|each| json(each)).collect();
            let document = serde_json::json!({
                "framework": framework.id, "name": framework.name, "url": framework.url, "as_of": framework.as_of,
                "version": Some(&edition.version).filter(|version| !version.is_empty()), "requirements": requirements,
            });
            serde_json::to_writer_pretty(&mut *out, &document)?;
            writeln!(out)
        }
    })?;
    Ok(Outcome::Done)
}

fn text(
    out: &mut impl Write,
    framework: &Framework,
    edition: &Edition,
    requirements: &[&Requirement],
) -> io::Result<()> {
    let version = if edition.version.is_empty() { String::new() } else { format!(" {}", edition.version) };
    let title = format!("{}{version}", framework.name);
    writeln!(out, "{}\n{}", printable(&title), "=".repeat(title.chars().count()))?;
    writeln!(out, "{}", printable(&framework.url))?;
    if let Some(day) = &framework.as_of {
        writeln!(out, "as of {}", printable(day))?;
    }
    writeln!(out)?;
    let width = requirements.iter().map(|each| each.id.len()).max().unwrap_or_default();
    for each in requirements {
        writeln!(out, "{:<width$}  {}", printable(&each.id), printable(&each.says))?;
        let level = each.level.map(|level| format!(", level {level}")).unwrap_or_default();
        let assessed = if each.assessed == each.decided {
            String::new()
        } else {
            format!(" ({} in the framework itself)", each.assessed.as_str())
        };
        let stricter = if each.stricter { ", which ask for more" } else { "" };
        writeln!(out, "{:width$}  {}{level}, {}{assessed}", "", words(each.answered()), each.decided.as_str())?;
        if !each.controls.is_empty() {
            writeln!(out, "{:width$}  by {}{stricter}", "", printable(&each.controls.join(", ")))?;
        }
        if !each.note.is_empty() {
            writeln!(out, "{:width$}  {}", "", printable(&each.note))?;
        }
    }
    let counts: Vec<String> = Answered::ALL
        .into_iter()
        .map(|answered| (requirements.iter().filter(|each| each.answered() == answered).count(), words(answered)))
        .filter(|(count, _)| *count > 0)
        .map(|(count, words)| format!("{count} {words}"))
        .collect();
    writeln!(out, "\n{}: {}", counted(requirements.len() as u64, "requirement"), counts.join(", "))
}

fn csv(
    out: &mut impl Write,
    framework: &Framework,
    edition: &Edition,
    requirements: &[&Requirement],
) -> io::Result<()> {
    let columns = [
        "framework",
        "version",
        "id",
        "says",
        "level",
        "decided",
        "assessed",
        "answered",
        "controls",
        "covers",
        "stricter",
        "note",
    ];
    let mut table = TableWriter::new(out, &columns)?;
    for each in requirements {
        let level = each.level.map(|level| level.to_string()).unwrap_or_default();
        table.write(&[
            &framework.id,
            &edition.version,
            &each.id,
            &each.says,
            &level,
            each.decided.as_str(),
            each.assessed.as_str(),
            each.answered().as_str(),
            &each.controls.join(" "),
            each.covers.map_or("", Covers::as_str),
            if each.stricter { "true" } else { "false" },
            &each.note,
        ])?;
    }
    table.finish()
}

fn json(each: &Requirement) -> serde_json::Value {
    let controls: Vec<&str> = each.controls.iter().map(|id| &**id).collect();
    serde_json::json!({
        "id": each.id, "says": each.says, "level": each.level, "decided": each.decided.as_str(),
        "assessed": each.assessed.as_str(), "answered": each.answered().as_str(), "controls": controls,
        "covers": each.covers.map(Covers::as_str), "stricter": each.stricter, "note": each.note,
    })
}
