//! `plumbline controls try`: a control file against a saved snapshot, with verdict and evidence.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use plumbline_baseline::api::Catalog;
use plumbline_baseline::evaluate::{self, Context, Row};
use plumbline_baseline::pack::{CompiledControl, Level, Pack, Problem, Source};
use plumbline_baseline::resource::{Resource, Snapshot};
use plumbline_baseline::{Status, Verdict};
use plumbline_coordinator::report::printable;

use crate::clock::now;
use crate::config::at_home;
use crate::exit::Outcome;
use crate::failure::{Failure, Result};
use crate::hints::quoted;
use crate::snapshot_lines::{self, Saved};
use crate::terminal::{self, say};

/// The pack of the file that is tried: one that no other file is in.
const TRIED: &str = "tried";

/// Prints a verdict for each resource.
pub(super) fn run(file: &Path, snapshot: &Path, directories: &[PathBuf]) -> Result<Outcome> {
    let text = read(file)?;
    let mut saved = snapshot_lines::read(&read(snapshot)?).map_err(|(line, cause)| {
        let next_step = "give it what `plumbline snapshot` printed";
        Failure::usage(format!("read {}:{line}", snapshot.display()), cause, next_step)
    })?;
    let shown = file.display().to_string();
    let mut sources = crate::pack::sources(directories)?;
    // What a file holds is told by its directory; a file that is tried may lie anywhere, and is in no pack.
    let path = format!("{TRIED}/controls/{shown}");
    sources.push(Source { path: path.clone(), text });
    let (pack, problems) = Pack::load(sources, Catalog::embedded());
    let mine = problems.into_iter().filter(|problem| *problem.file == *path);
    let mine: Vec<Problem> = mine.map(|problem| Problem { file: shown.as_str().into(), ..problem }).collect();
    mine.iter().for_each(say);
    if mine.iter().any(|problem| problem.level == Level::Error) {
        if directories.is_empty() {
            say(format_args!("types and definitions of a pack of your own are known with --pack{}", pack_of(file)));
        }
        return Ok(Outcome::Failed);
    }
    let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let control = pack.control(&stem).ok_or_else(|| {
        let next_step = "name the file after the control's id";
        Failure::usage(format!("try {shown}"), format!("it holds no control `{stem}`"), next_step)
    })?;
    let account = saved.account();
    strange(&saved, &pack);
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
    let mut rows = evaluate::evaluate(control, &saved.snapshot, &context);
    let excluded = excluded(control, &saved.snapshot, &context, &rows);
    if !excluded.is_empty() {
        // There are some, and the control is about none of them: that is what has to be seen.
        rows.retain(|row| !row.resource.is_empty() || row.verdict.status != Status::NotApplicable);
    }
    terminal::print(|out| rows.iter().chain(&excluded).try_for_each(|row| write(out, row)))?;
    Ok(Outcome::Done)
}

/// The resources of the snapshot that the control is not about, each with the reason.
fn excluded(control: &CompiledControl, snapshot: &Snapshot, context: &Context<'_>, rows: &[Row]) -> Vec<Row> {
    let listings = control.types.iter().filter_map(|name| snapshot.listings.get(name));
    let is_judged =
        |item: &Resource| rows.iter().any(|row| row.resource == item.arn && *row.resource_type == *item.type_name);
    let without = listings.flat_map(|listing| &listing.items).filter(|item| !is_judged(item));
    let row = |item: &Resource| Row {
        control: Arc::clone(control.id()),
        resource: item.arn.clone(),
        resource_type: item.type_name.to_string(),
        verdict: {
            let why = evaluate::excluded_by(control, &item.type_name, &item.doc, snapshot, context);
            Verdict::without_grounds(Status::NotApplicable, why)
        },
    };
    without.map(row).collect()
}

/// Says which members of the documents their types do not have: a slip of the pen would read as absent.
fn strange(saved: &Saved, pack: &Pack) {
    for (name, listing) in &saved.snapshot.listings {
        let Some(kind) = pack.type_of(name, Catalog::embedded()) else { continue };
        for item in &listing.items {
            for message in kind.strange_members(&item.doc) {
                say(format_args!("warning: the snapshot's {}: {message}", item.arn));
            }
        }
    }
}

/// The pack that a file lies in, as an option has it, where its directories tell.
fn pack_of(file: &Path) -> String {
    let controls = file.ancestors().find(|path| path.file_name().is_some_and(|name| name == "controls"));
    let pack = controls.and_then(Path::parent).map(|pack| pack.display().to_string());
    let pack = pack.map(|pack| if pack.is_empty() { ".".to_owned() } else { pack });
    pack.map_or_else(|| " DIR".to_owned(), |pack| format!(" {}", quoted(&pack)))
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
