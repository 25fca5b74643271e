//! `plumbline scans`: which scans there are, and what each of them amounts to.

use std::io::{self, Write};
use std::path::PathBuf;

use plumbline_baseline::ScanId;
use plumbline_coordinator::report::{counted, printable, summary};
use plumbline_coordinator::store::record::{Counts, ScanHead, ScanKind, ScanState};
use plumbline_coordinator::store::{StoredScan, shortcoming};

use crate::args::{ScansCommand, ScansFormat};
use crate::config::Basics;
use crate::exit::Outcome;
use crate::failure::{OrFail, Result};
use crate::frameworks;
use crate::pack::Pack;
use crate::results::{digest, open_scan, open_store, store_failure};
use crate::terminal;

/// Runs one of the commands on scans.
pub(crate) fn run(command: &ScansCommand, data_dir: Option<PathBuf>) -> Result<Outcome> {
    let (ScansCommand::List { config, .. } | ScansCommand::Show { config, .. }) = command;
    let place = Basics::resolve(config, data_dir, Vec::new())?;
    let store = open_store(&place.data_dir)?;
    match command {
        ScansCommand::List { format, .. } => {
            let scans = store.scans().map_err(|error| store_failure(&error))?;
            terminal::print(|out| match format {
                ScansFormat::Table => table(out, &scans),
                ScansFormat::Ndjson => scans.iter().try_for_each(|scan| writeln!(out, "{}", line(scan))),
            })?;
        }
        ScansCommand::Show { scan, .. } => {
            let pack = Pack::load(&place.pack)?;
            let chosen = frameworks::known(pack.inner(), &place.frameworks);
            let view = open_scan(&store, scan)?;
            let mut text = Vec::new();
            summary::write(&mut text, &view.summary(), &digest(&view, &chosen)?, None)
                .or_fail("write the summary", "report this as a bug")?;
            terminal::print(|out| out.write_all(&text))?;
        }
    }
    Ok(Outcome::Done)
}

/// The id first and whole, so that it can be copied from a narrow terminal, too.
fn table(out: &mut impl Write, scans: &[StoredScan]) -> io::Result<()> {
    for StoredScan { id, head } in scans {
        match head {
            Ok(head) => {
                writeln!(out, "{id}  {}  {}, {}", printable(&head.started), kind(head), state(head))?;
                writeln!(out, "    {}", what(head))?;
                for limit in &head.selection {
                    let limit = format!("--{} {}", limit.option, limit.values.join(","));
                    writeln!(out, "    {}", printable(&limit))?;
                }
                if !head.problem.is_empty() {
                    writeln!(out, "    {}", printable(&head.problem))?;
                }
            }
            Err(error) => writeln!(out, "{id}  {error}")?,
        }
    }
    writeln!(out, "{}", counted(scans.len() as u64, "scan"))
}

fn what(head: &ScanHead) -> String {
    let planned = format!("{}, {}", counted(head.accounts_planned, "account"), counted(head.jobs_planned, "job"));
    let Some(Counts { fail, unknown, .. }) = head.counts else { return planned };
    format!("{planned}: {}, {} unknown", counted(fail, "finding"), counted(unknown, "row"))
}

fn kind(head: &ScanHead) -> &'static str {
    match head.kind() {
        ScanKind::Full => "full",
        ScanKind::Limited => "limited",
        ScanKind::Demonstration => "demonstration",
        ScanKind::Partial => "partial",
        ScanKind::Unspecified => "unknown",
    }
}

fn state(head: &ScanHead) -> &'static str {
    match head.state() {
        ScanState::Complete => "complete",
        ScanState::Unspecified if !head.finished.is_empty() => "complete",
        // No process has the store open but this one.
        ScanState::Running | ScanState::Interrupted | ScanState::Unspecified => "stopped",
        ScanState::Failed => "failed",
    }
}

fn line(scan: &StoredScan) -> serde_json::Value {
    let id: &ScanId = &scan.id;
    let head = match &scan.head {
        Ok(head) => head,
        Err(error) => {
            return serde_json::json!({ "scan": id.as_str(), "state": "damaged", "problem": error.to_string() });
        }
    };
    let rows = head.counts.map(|counts| {
        serde_json::json!({
            "PASS": counts.pass, "FAIL": counts.fail, "UNKNOWN": counts.unknown,
            "NOT_APPLICABLE": counts.not_applicable, "MANUAL": counts.manual,
        })
    });
    let selection: Vec<_> = head
        .selection
        .iter()
        .map(|limit| serde_json::json!({ "option": limit.option, "values": limit.values }))
        .collect();
    serde_json::json!({
        "scan": id.as_str(), "started": head.started, "finished": head.finished, "version": head.version,
        "kind": kind(head), "state": state(head), "problem": head.problem, "selection": selection,
        "is_representative": shortcoming(head).is_none(), "accounts": head.accounts_planned, "jobs": head.jobs_planned,
        "rows": rows,
    })
}
