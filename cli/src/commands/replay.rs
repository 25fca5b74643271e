//! `plumbline replay`: what today's controls say of what a stored scan collected, or of every night since a day. Calls
//! nobody. Ends as diff(1) does: nothing differs, something does, trouble.

use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;

use plumbline_baseline::{ScanId, Status};
use plumbline_coordinator::replay::{Counts, History, Question, Replay, list, ndjson};
use plumbline_coordinator::report::caveats;
use plumbline_coordinator::store::record::ScanHead;
use plumbline_coordinator::store::{self, Store, shortcoming};
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

use crate::args::{ReplayArgs, ReplayFormat, ResultOptions, ScanOptions};
use crate::config::{Settings, names};
use crate::exit::Outcome;
use crate::failure::{Failure, Result};
use crate::pack::Pack;
use crate::results::{Stop, open_scan, open_store, store_failure};
use crate::terminal::{self, say};

/// Prints what differs. A failure, and a mistake of ours as well, must not look like a difference.
pub(crate) fn run(args: ReplayArgs, data_dir: Option<PathBuf>) -> Outcome {
    match catch_unwind(AssertUnwindSafe(|| replay(args, data_dir))) {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(failure)) => {
            terminal::say_failure(&failure);
            Outcome::Trouble
        }
        Err(_) => Outcome::Trouble,
    }
}

fn replay(args: ReplayArgs, data_dir: Option<PathBuf>) -> Result<Outcome> {
    let options = ScanOptions {
        config: args.config,
        controls: args.controls.clone(),
        exclude_controls: args.exclude_controls.clone(),
        pack: args.pack,
        ..ScanOptions::default()
    };
    let settings = Settings::resolve(options, ResultOptions::default(), data_dir)?;
    let pack = Pack::load(&settings.pack)?;
    let question = Question {
        pack: Arc::clone(pack.inner()),
        controls: pack.planned(&settings)?,
        // What a baseline switched on against the configuration is replayed, and what an option leaves out is not.
        besides: pack.planned_of(
            &settings,
            &names(args.controls, Vec::new()),
            &names(args.exclude_controls, Vec::new()),
        )?,
        is_of_all: settings.controls.is_empty() && settings.exclude_controls.is_empty(),
    };
    let store = open_store(&settings.data_dir)?;
    match &args.since {
        Some(since) => nights(&store, since, &question, args.format),
        None => {
            let scan = match &args.at {
                Some(at) => scan_at(&store, at)?.to_string(),
                None => args.scan,
            };
            night(&store, &scan, &question, args.format, args.all)
        }
    }
}

/// One night.
fn night(store: &Store, scan: &str, question: &Question, format: ReplayFormat, all: bool) -> Result<Outcome> {
    let summary = open_scan(store, scan)?.summary();
    let id: ScanId = summary.scan.parse().map_err(|_| store_failure(&store::Error::Damaged { what: "scan" }))?;
    let replay = Replay::open(store, &id, question).map_err(|error| store_failure(&error))?;
    let replay = replay.ok_or_else(|| store_failure(&store::Error::Damaged { what: "scan" }))?;
    caveats(&summary).iter().for_each(|caveat| say(format_args!("note: {caveat}")));
    let mut counts = Counts::default();
    terminal::print(|out| {
        let told = replay.for_each(all, |row| match format {
            ReplayFormat::Table => list::write_compared(out, row).map_err(Stop::from),
            ReplayFormat::Ndjson => ndjson::write_compared(out, &summary.scan, row).map_err(Stop::from),
        });
        counts = told.map_err(io::Error::from)?;
        if format == ReplayFormat::Table {
            writeln!(out, "{}", list::summary(&counts))?;
        }
        Ok(())
    })?;
    if format == ReplayFormat::Ndjson {
        say(list::summary(&counts));
    }
    Ok(match counts {
        Counts { damaged: 1.., .. } => Outcome::Trouble,
        Counts { different: 1.., .. } => Outcome::Differences,
        Counts { .. } => Outcome::Done,
    })
}

/// Every night since a day.
fn nights(store: &Store, since: &str, question: &Question, format: ReplayFormat) -> Result<Outcome> {
    let from = bounds(since)?.0;
    let mut scans: Vec<ScanId> =
        heads(store)?.into_iter().filter(|(_, head)| head.started >= from).map(|(id, _)| id).collect();
    scans.reverse();
    if scans.is_empty() {
        let next_step = "`plumbline scans list` shows what is kept: name an earlier day";
        return Err(Failure::usage(format!("look at the nights since {since}"), "none of them is kept", next_step));
    }
    let history = History::of(store, &scans, question).map_err(|error| store_failure(&error))?;
    if !history.left_out.is_empty() {
        let count = history.left_out.len();
        say(format_args!(
            "note: {count} of the scans ran a part of the controls and kept no documents: they are left out"
        ));
    }
    terminal::print(|out| {
        for line in history.lines() {
            match format {
                ReplayFormat::Table => list::write_history(out, &history, &line)?,
                ReplayFormat::Ndjson => ndjson::write_history(out, &history, &line)?,
            }
        }
        if format == ReplayFormat::Table {
            writeln!(out, "{}", list::history_summary(&history))?;
        }
        Ok(())
    })?;
    if format == ReplayFormat::Ndjson {
        say(list::history_summary(&history));
    }
    let has_failed = history.lines().any(|line| line.spells.iter().any(|spell| spell.status == Status::Fail));
    Ok(match history.damaged {
        0 if has_failed => Outcome::Differences,
        0 => Outcome::Done,
        _ => Outcome::Trouble,
    })
}

/// The last scan that had begun by then: one that is whole, where there is one.
fn scan_at(store: &Store, at: &str) -> Result<ScanId> {
    let until = bounds(at)?.1;
    let heads: Vec<_> = heads(store)?.into_iter().filter(|(_, head)| head.started <= until).collect();
    let whole = heads.iter().find(|(_, head)| shortcoming(head).is_none());
    match whole.or(heads.first()) {
        Some((id, _)) => Ok(id.clone()),
        None => {
            let next_step = "`plumbline scans list` shows what is kept: name a later day";
            Err(Failure::usage(format!("find the scan at {at}"), "nothing that is kept was scanned by then", next_step))
        }
    }
}

/// The scans that can be read, the newest first.
fn heads(store: &Store) -> Result<Vec<(ScanId, ScanHead)>> {
    let scans = store.scans().map_err(|error| store_failure(&error))?;
    Ok(scans.into_iter().filter_map(|scan| Some((scan.id, scan.head.ok()?))).collect())
}

/// The first and the last moment of a day, or a moment twice, as records have them.
fn bounds(given: &str) -> Result<(String, String)> {
    let given = given.trim();
    let (first, last) = (format!("{given}T00:00:00Z"), format!("{given}T23:59:59Z"));
    if OffsetDateTime::parse(&first, &Rfc3339).is_ok() {
        return Ok((first, last));
    }
    let moment = OffsetDateTime::parse(given, &Rfc3339).map(|moment| moment.to_offset(UtcOffset::UTC));
    let moment = moment.ok().and_then(|moment| moment.replace_nanosecond(0).ok()?.format(&Rfc3339).ok());
    moment.map(|moment| (moment.clone(), moment)).ok_or_else(|| {
        let next_step = "write a day as 2026-11-20, or a moment as 2026-11-20T02:15:00Z";
        Failure::usage(format!("read the date {given}"), "it is neither a day nor a moment", next_step)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_whole_and_a_moment_is_one_in_utc() {
        let check = |given: &str, from: &str, to: &str| {
            assert_eq!(bounds(given).expect("it is one"), (from.to_owned(), to.to_owned()));
        };
        check("2026-11-20", "2026-11-20T00:00:00Z", "2026-11-20T23:59:59Z");
        check("2026-11-20T01:30:00+02:00", "2026-11-19T23:30:00Z", "2026-11-19T23:30:00Z");
        for wrong in ["yesterday", "2026-13-01", "2026-1-1", ""] {
            assert!(bounds(wrong).is_err(), "{wrong}");
        }
    }
}
