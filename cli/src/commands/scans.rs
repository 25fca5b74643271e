//! `plumbline scans`: which scans there are, what each of them amounts to, and those of a coordinator that runs.

mod one;

use std::io::{self, Write};
use std::path::PathBuf;

use plumbline_baseline::ScanId;
use plumbline_coordinator::report::{Filter, counted, printable, summary};
use plumbline_coordinator::store::record::{Counts, ScanHead, ScanKind, ScanState};
use plumbline_coordinator::store::{StoredScan, shortcoming};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::args::{LineFormat, ListArgs, ScanFormat, ScansArgs, ScansCommand};
use crate::config::Basics;
use crate::exit::Outcome;
use crate::failure::Result;
use crate::frameworks;
use crate::governed::{self, Packs};
use crate::operator;
use crate::pack::Pack;
use crate::results::{digest, open_store, store_failure};
use crate::signals::Signals;
use crate::standing;
use crate::terminal;

/// Runs one of the commands on scans; without one, lists them.
pub(crate) async fn run(args: ScansArgs, data_dir: Option<PathBuf>, signals: &Signals) -> Result<Outcome> {
    match args.command {
        None => list(&args.list, data_dir),
        Some(ScansCommand::List(args)) => list(&args, data_dir),
        Some(ScansCommand::Show { scan, format, governance, config }) => {
            show(&scan, format, Basics::resolve(&config, data_dir, Vec::new())?.governed(&governance))
        }
        Some(ScansCommand::Start(args)) => operator::start(*args, data_dir, signals).await,
        Some(ScansCommand::Watch(args)) => operator::watch(args, data_dir, signals).await,
        Some(ScansCommand::Cancel(args)) => operator::cancel(args, data_dir).await,
    }
}

fn list(args: &ListArgs, data_dir: Option<PathBuf>) -> Result<Outcome> {
    let place = Basics::resolve(&args.config, data_dir, Vec::new())?;
    let scans = open_store(&place.data_dir)?.scans().map_err(|error| store_failure(&error))?;
    terminal::print(|out| match args.format {
        LineFormat::Table => table(out, &scans),
        LineFormat::Ndjson => scans.iter().try_for_each(|scan| writeln!(out, "{}", line(scan))),
    })?;
    Ok(Outcome::Done)
}

fn show(scan: &str, format: ScanFormat, place: Basics) -> Result<Outcome> {
    let pack = Pack::load(&place.pack)?;
    let chosen = frameworks::known(pack.inner(), &place.frameworks);
    let view = governed::open(&open_store(&place.data_dir)?, scan, &place, Packs::Read(&pack))?;
    let jobs = view.job_summary().map_err(|error| store_failure(&error))?;
    let mut summary = view.summary();
    let mut standing = standing::begin(&view, &summary, &pack);
    let mut digest = digest(&view, &chosen, |row| standing::add(&mut standing, row))?;
    digest.roadmap = Some(standing::reported(&standing::roadmap(&standing, &pack)));
    summary.past = Some(view.past(&Filter::default()).map_err(|error| store_failure(&error))?);
    terminal::print(|out| match format {
        ScanFormat::Summary => summary::write_with_jobs(out, &summary, &digest, &jobs),
        ScanFormat::Table => one::write(out, &summary, &digest, &jobs),
    })?;
    Ok(Outcome::Done)
}

/// The id first and whole, so that it can be copied from a narrow terminal, too.
fn table(out: &mut impl Write, scans: &[StoredScan]) -> io::Result<()> {
    for StoredScan { id, head } in scans {
        match head {
            Ok(head) => {
                let took = seconds(&head.started, &head.finished)
                    .map_or_else(String::new, |took| format!("  {}", lasting(took)));
                writeln!(out, "{id}  {}{took}  {}, {}", printable(&head.started), kind(head), state(head))?;
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

/// How long something took; `None` where one of its ends is not known.
fn seconds(started: &str, finished: &str) -> Option<i64> {
    let time = |text: &str| OffsetDateTime::parse(text, &Rfc3339).ok();
    Some((time(finished)? - time(started)?).whole_seconds().max(0))
}

/// A duration, as a person reads it.
fn lasting(seconds: i64) -> String {
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds:02} s"),
        (hours, minutes, _) => format!("{hours} h {minutes:02} min"),
    }
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
        ScanState::Running => "running",
        ScanState::Interrupted | ScanState::Unspecified => "stopped",
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
        "scan": id.as_str(), "night": head.night, "started": head.started, "finished": head.finished,
        "seconds": seconds(&head.started, &head.finished), "version": head.version,
        "kind": kind(head), "state": state(head), "problem": head.problem, "selection": selection,
        "is_representative": shortcoming(head).is_none(), "accounts": head.accounts_planned, "jobs": head.jobs_planned,
        "rows": rows,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_told_where_both_ends_are_known() {
        let check = |started, finished, expected: Option<&str>| {
            assert_eq!(seconds(started, finished).map(lasting).as_deref(), expected, "{started} {finished}");
        };
        check("2026-11-20T02:15:00Z", "2026-11-20T02:15:07Z", Some("7 s"));
        check("2026-11-20T02:15:00Z", "2026-11-20T02:19:03Z", Some("4 min 03 s"));
        check("2026-11-20T23:15:00Z", "2026-11-21T01:19:03Z", Some("2 h 04 min"));
        check("2026-11-20T02:15:00Z", "", None);
        check("2026-11-20T02:15:00Z", "2026-11-20T02:14:00Z", Some("0 s"));
    }
}
