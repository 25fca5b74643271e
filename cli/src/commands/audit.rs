//! `plumbline audit`: who did what, as it was written down when it was done.

use std::io::Write;
use std::path::PathBuf;

use data_encoding::HEXLOWER;
use plumbline_coordinator::report::printable;

use crate::args::{AuditArgs, StoreFormat};
use crate::config::Basics;
use crate::exit::Outcome;
use crate::failure::Result;
use crate::results::{open_store, store_failure};
use crate::terminal;

/// Prints the log, the oldest entry first.
pub(crate) fn run(args: AuditArgs, data_dir: Option<PathBuf>) -> Result<Outcome> {
    let place = Basics::resolve(&args.config, data_dir, Vec::new())?;
    let entries = open_store(&place.data_dir)?.audit().map_err(|error| store_failure(&error))?;
    terminal::print(|out| {
        for entry in &entries {
            if args.format == StoreFormat::Ndjson {
                let line = serde_json::json!({
                    "sequence": entry.sequence, "time": entry.time, "actor": entry.actor, "action": entry.action,
                    "subject": entry.subject, "detail": entry.detail, "previous": HEXLOWER.encode(&entry.previous),
                });
                writeln!(out, "{line}")?;
                continue;
            }
            let (actor, subject, detail) =
                (printable(&entry.actor), printable(&entry.subject), printable(&entry.detail));
            writeln!(
                out,
                "{:>6}  {}  {:<22}  {subject}  by {actor}  {detail}",
                entry.sequence, entry.time, entry.action
            )?;
        }
        Ok(())
    })?;
    Ok(Outcome::Done)
}
