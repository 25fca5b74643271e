//! `plumbline controls try`: a control file against a saved snapshot, with verdict and evidence.

use std::io::Write;
use std::path::{Path, PathBuf};

use plumbline_baseline::api::Catalog;
use plumbline_baseline::evaluate::{self, Context, Row};
use plumbline_baseline::pack::{Level, Pack, Source};
use plumbline_coordinator::report::printable;

use crate::clock::now;
use crate::config::at_home;
use crate::exit::Outcome;
use crate::failure::{Failure, Result};
use crate::snapshot_lines;
use crate::terminal::{self, say};

/// Prints a verdict for each resource.
pub(super) fn run(file: &Path, snapshot: &Path, directories: &[PathBuf]) -> Result<Outcome> {
    let text = read(file)?;
    let mut saved = snapshot_lines::read(&read(snapshot)?).map_err(|(line, cause)| {
        let next_step = "give it what `plumbline snapshot` printed";
        Failure::usage(format!("read {}:{line}", snapshot.display()), cause, next_step)
    })?;
    let shown = file.display().to_string();
    let mut sources = crate::pack::sources(directories)?;
    // What a file holds is told by its directory; a file that is tried may lie anywhere.
    let path = format!("controls/{shown}");
    sources.push(Source { path: path.clone(), text });
    let (pack, problems) = Pack::load(sources, Catalog::embedded());
    let mine: Vec<_> = problems.iter().filter(|problem| *problem.file == *path).collect();
    mine.iter().for_each(say);
    if mine.iter().any(|problem| problem.level == Level::Error) {
        return Ok(Outcome::Failed);
    }
    let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let control = pack.control(&stem).ok_or_else(|| {
        let next_step = "name the file after the control's id";
        Failure::usage(format!("try {shown}"), format!("it holds no control `{stem}`"), next_step)
    })?;
    let account = saved.account();
    for (name, listing) in &mut saved.snapshot.listings {
        let Some(known) = pack.resource_type(name) else { continue };
        listing.items.iter_mut().for_each(|item| known.mark_not_asked(&mut item.doc, &account, &saved.region));
    }
    let now = now()?;
    let organization = saved.organization();
    let context = Context {
        account: &account,
        organization: &organization,
        region: &saved.region,
        settings: &control.settings,
        now: &now,
    };
    let rows = evaluate::evaluate(control, &saved.snapshot, &context);
    terminal::print(|out| rows.iter().try_for_each(|row| write(out, row)))?;
    Ok(Outcome::Done)
}

fn read(path: &Path) -> Result<String> {
    let path = at_home(path.to_owned());
    std::fs::read_to_string(&path)
        .map_err(|error| Failure::usage(format!("read {}", path.display()), error, "check the path"))
}

fn write(out: &mut impl Write, row: &Row) -> std::io::Result<()> {
    let what = if row.resource.is_empty() { "(whole scope)" } else { &row.resource };
    writeln!(out, "{:<14} {}", row.verdict.status, printable(what))?;
    if !row.verdict.reason.is_empty() {
        writeln!(out, "               {}", printable(&row.verdict.reason))?;
    }
    for witness in &row.verdict.grounds.witnesses {
        writeln!(out, "               {}", printable(witness.sentence()))?;
    }
    for evidence in &row.verdict.grounds.evidence {
        writeln!(out, "               {} = {}", printable(&evidence.path), printable(&evidence.value))?;
    }
    Ok(())
}
