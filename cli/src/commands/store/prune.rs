//! `plumbline store prune`: removes what is not kept, and gives the space back when that is most of the file.

use std::io::{self, Write};

use plumbline_coordinator::report::{counted, printable};
use plumbline_coordinator::store::{PrunePlan, Retention, Store, StoredScan, taken};

use super::{files, is_for_machines, size};
use crate::args::{PruneArgs, StoreFormat};
use crate::clock::now;
use crate::config::Basics;
use crate::exit::Outcome;
use crate::failure::{Failure, Result};
use crate::results::{create_store, open_store, store_failure};
use crate::terminal::{self, say};

/// Prunes, or says what would be.
pub(super) async fn run(args: &PruneArgs, place: &Basics) -> Result<Outcome> {
    let retention = retention(args, place.retention)?;
    // There has to be one: pruning makes none.
    let plan = open_store(&place.data_dir)?.plan_prune(&retention).map_err(|error| store_failure(&error))?;
    terminal::print(|out| show(out, &plan, args))?;
    if args.dry_run {
        return Ok(Outcome::Done);
    }
    let (length, live) = {
        let store = create_store(&place.data_dir)?;
        let done = store.prune(&plan, &now()?).await.map_err(|error| store_failure(&error))?;
        say(format_args!(
            "{} removed, {} joined or removed",
            counted(done.nights, "night"),
            counted(done.changes, "record")
        ));
        if done.damaged > 0 {
            say(format_args!("{} are damaged and stay: `plumbline store verify`", counted(done.damaged, "record")));
        }
        let live = store.stats().map_err(|error| store_failure(&error))?.live_bytes;
        (taken(&Store::path_in(&place.data_dir)).map_or(0, |(length, _)| length), live)
    };
    if live < length / 2 {
        return files::compact(&place.data_dir);
    }
    say(format_args!(
        "{} of the file are free for nights that come; `plumbline store compact` gives them back",
        size(length - live.min(length))
    ));
    Ok(Outcome::Done)
}

/// What the command line says; what it does not, the configuration.
fn retention(args: &PruneArgs, configured: Option<Retention>) -> Result<Retention> {
    let given = [args.keep_nights, args.keep_weeks, args.keep_months];
    if given.iter().all(Option::is_none) {
        return configured.ok_or_else(|| {
            Failure::usage(
                "prune",
                "nothing says what is kept",
                "give --keep-nights, --keep-weeks or --keep-months, or `retention` in the configuration (--config)",
            )
        });
    }
    let [nights, weeks, months] = given.map(Option::unwrap_or_default);
    if nights == 0 && weeks == 0 && months == 0 {
        return Err(Failure::usage("prune", "nothing would be kept", "keep at least one night, week or month"));
    }
    Ok(Retention {
        nights,
        weeks,
        months,
        volatile_nights: configured.and_then(|configured| configured.volatile_nights),
    })
}

fn show(out: &mut impl Write, plan: &PrunePlan, args: &PruneArgs) -> io::Result<()> {
    let is_done = if args.dry_run { "would leave" } else { "leaves" };
    for scan in &plan.leaving {
        line(out, scan, is_done, args.format)?;
    }
    if is_for_machines(args.format) {
        let line = serde_json::json!({
            "kind": "plan", "leaving": plan.leaving.len(), "kept": plan.kept, "bytes": plan.bytes,
            "unfinished": plan.unfinished, "dry_run": args.dry_run,
        });
        return writeln!(out, "{line}");
    }
    let (leaving, kept) = (counted(plan.leaving.len() as u64, "scan"), counted(plan.kept as u64, "scan"));
    writeln!(out, "{leaving} {is_done}, with {} at least; {kept} kept", size(plan.bytes))?;
    if plan.unfinished > 0 {
        writeln!(out, "{} of an earlier prune to finish", counted(plan.unfinished as u64, "night"))?;
    }
    Ok(())
}

fn line(out: &mut impl Write, scan: &StoredScan, is_done: &str, format: StoreFormat) -> io::Result<()> {
    let started = scan.head.as_ref().map_or("", |head| &head.started);
    if is_for_machines(format) {
        return writeln!(
            out,
            "{}",
            serde_json::json!({ "kind": "scan", "scan": scan.id.as_str(), "started": started })
        );
    }
    writeln!(out, "{}  {}  {is_done}", scan.id, printable(started))
}
