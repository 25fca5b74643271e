//! `plumbline store verify`: whether all that is stored is whole, and since when what is not can be read.

use std::io::{self, Write};
use std::path::Path;

use plumbline_coordinator::report::{counted, printable};
use plumbline_coordinator::store::{self, Damage, Lost, Store, Verification};

use super::{is_for_machines, size};
use crate::args::StoreFormat;
use crate::exit::Outcome;
use crate::failure::Result;
use crate::results::{open_store, store_failure};
use crate::terminal;

/// Verifies the store, or another file.
pub(super) fn run(data_dir: &Path, file: Option<&Path>, format: StoreFormat) -> Result<Outcome> {
    let path = file.map_or_else(|| Store::path_in(data_dir), Path::to_owned);
    let (store, pages) = match Store::open_file(&path) {
        // The pages are the scan's own; what they say can be read beside it.
        Err(store::Error::InUse { .. }) if file.is_none() => (open_store(data_dir)?, Pages::OfAScan),
        opened => (opened.map_err(|error| store_failure(&error))?, Pages::All),
    };
    let found = store.verify().map_err(|error| store_failure(&error))?;
    terminal::print(|out| if is_for_machines(format) { lines(out, &found) } else { text(out, &found, &path, pages) })?;
    Ok(if found.is_clean() { Outcome::Done } else { Outcome::Failed })
}

/// Which pages of the file were checked by themselves.
#[derive(Clone, Copy)]
enum Pages {
    All,
    /// None: somebody writes to it.
    OfAScan,
}

fn text(out: &mut impl Write, found: &Verification, path: &Path, pages: Pages) -> io::Result<()> {
    let (entries, bytes) = sums(found);
    let pages = match pages {
        Pages::All => "all pages",
        Pages::OfAScan => {
            "what was stored before this moment (a scan writes to it; its pages are checked when it has ended)"
        }
    };
    writeln!(out, "{}: {pages}, {}, {}", printable(&path.to_string_lossy()), counted(entries, "value"), size(bytes))?;
    writeln!(
        out,
        "{} of {}, {}",
        counted(found.states, "state"),
        counted(found.places, "place"),
        counted(found.jobs, "job")
    )?;
    for Damage { kind, place, what, lost } in &found.damage {
        writeln!(out, "damaged ({}): {}: {}; {lost}", kind.as_str(), printable(place), printable(what))?;
    }
    if found.further > 0 {
        writeln!(out, "and {} more", found.further)?;
    }
    if found.is_clean() {
        return writeln!(out, "everything is whole");
    }
    writeln!(
        out,
        "restore a backup (`plumbline store restore FILE`), or go on: what is damaged reads as UNKNOWN, never as PASS"
    )
}

fn sums(found: &Verification) -> (u64, u64) {
    found.tables.iter().fold((0, 0), |(entries, bytes), table| (entries + table.entries, bytes + table.bytes))
}

fn lines(out: &mut impl Write, found: &Verification) -> io::Result<()> {
    for table in &found.tables {
        let line = serde_json::json!({
            "kind": "table", "table": table.name, "entries": table.entries, "bytes": table.bytes,
        });
        writeln!(out, "{line}")?;
    }
    for Damage { kind, place, what, lost } in &found.damage {
        let (lost, night, scan) = match lost {
            Lost::Nothing => ("nothing", None, None),
            Lost::Before { night, scan } => ("before", Some(*night), Some(scan.as_str())),
            Lost::Everything => ("everything", None, None),
        };
        let line = serde_json::json!({
            "kind": "damage", "damage": kind.as_str(), "place": place, "what": what,
            "lost": lost, "night": night, "scan": scan,
        });
        writeln!(out, "{line}")?;
    }
    let line = serde_json::json!({
        "kind": "result", "is_clean": found.is_clean(), "damages": found.damage.len() as u64 + found.further,
        "jobs": found.jobs, "places": found.places, "states": found.states,
    });
    writeln!(out, "{line}")
}
