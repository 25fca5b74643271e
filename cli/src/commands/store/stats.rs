//! `plumbline store stats`: what the store holds, and what takes how much.

use std::io::{self, Write};

use plumbline_coordinator::report::{counted, printable};
use plumbline_coordinator::store::{PrunePlan, Stats, Store, StoredScan, taken};

use super::{is_for_machines, size};
use crate::args::StoreFormat;
use crate::config::Basics;
use crate::exit::Outcome;
use crate::failure::{OrFail, Result};
use crate::results::{open_store, store_failure};
use crate::terminal;

/// The store's file, and what could be given back of it.
struct File {
    length: u64,
    blocks: u64,
    /// What the configured retention would remove.
    prune: Option<PrunePlan>,
}

/// Prints it.
pub(super) fn run(place: &Basics, format: StoreFormat) -> Result<Outcome> {
    let store = open_store(&place.data_dir)?;
    let stats = store.stats().map_err(|error| store_failure(&error))?;
    let plan = place.retention.map(|retention| store.plan_prune(&retention)).transpose();
    let prune = plan.map_err(|error| store_failure(&error))?;
    let (length, blocks) = match store.taken_elsewhere() {
        Some(taken) => taken,
        None => taken(&Store::path_in(&place.data_dir))
            .or_fail("measure the store", "check that the data directory can be read (--data-dir)")?,
    };
    let file = File { length, blocks, prune };
    terminal::print(|out| if is_for_machines(format) { lines(out, &stats, &file) } else { table(out, &stats, &file) })?;
    Ok(Outcome::Done)
}

fn table(out: &mut impl Write, stats: &Stats, file: &File) -> io::Result<()> {
    writeln!(out, "{:<10} {:>12} {:>12} {:>12} {:>12}", "table", "entries", "stored", "metadata", "fragmented")?;
    for table in &stats.tables {
        let [stored, metadata, fragmented] = [table.stored, table.metadata, table.fragmented].map(size);
        writeln!(out, "{:<10} {:>12} {stored:>12} {metadata:>12} {fragmented:>12}", table.name, table.entries)?;
    }
    writeln!(out)?;
    writeln!(out, "file        {}, {} on disk", size(file.length), size(file.blocks))?;
    writeln!(out, "compact     gives about {} back", size(file.length.saturating_sub(stats.live_bytes)))?;
    if let Some(plan) = &file.prune {
        let leaving = counted(plan.leaving.len() as u64, "scan");
        writeln!(out, "prune       takes {leaving} out, and {} at least", size(plan.bytes))?;
    }
    let (rows, resources) = (counted(stats.rows, "row"), counted(stats.resources, "resource"));
    writeln!(out, "now         {rows} on {resources}")?;
    writeln!(out, "documents   {}, {}", stats.documents, size(stats.document_bytes))?;
    writeln!(out, "scans       {} kept, {} pruned", stats.scans.len(), stats.pruned)?;
    for (name, scan) in [("oldest", stats.scans.last()), ("newest", stats.scans.first())] {
        if let Some(scan) = scan {
            writeln!(out, "{name:<11} {}  {}", scan.id, printable(started(scan)))?;
        }
    }
    if stats.unfinished > 0 {
        writeln!(
            out,
            "{} are not removed as a whole: `plumbline store prune` goes on",
            counted(stats.unfinished, "night")
        )?;
    }
    Ok(())
}

fn started(scan: &StoredScan) -> &str {
    scan.head.as_ref().map_or("damaged", |head| &head.started)
}

fn lines(out: &mut impl Write, stats: &Stats, file: &File) -> io::Result<()> {
    for table in &stats.tables {
        let line = serde_json::json!({
            "kind": "table", "table": table.name, "entries": table.entries, "stored_bytes": table.stored,
            "metadata_bytes": table.metadata, "fragmented_bytes": table.fragmented,
        });
        writeln!(out, "{line}")?;
    }
    let scan = |scan: Option<&StoredScan>| {
        scan.map(|scan| serde_json::json!({ "scan": scan.id.as_str(), "started": started(scan) }))
    };
    let prune = file.prune.as_ref();
    let line = serde_json::json!({
        "kind": "store", "file_bytes": file.length, "disk_bytes": file.blocks, "live_bytes": stats.live_bytes,
        "compact_gives_bytes": file.length.saturating_sub(stats.live_bytes),
        "prune_takes_scans": prune.map(|plan| plan.leaving.len()), "prune_gives_bytes": prune.map(|plan| plan.bytes),
        "scans": stats.scans.len(), "pruned": stats.pruned, "unfinished": stats.unfinished,
        "oldest": scan(stats.scans.last()), "newest": scan(stats.scans.first()),
        "resources": stats.resources, "rows": stats.rows, "documents": stats.documents,
        "document_bytes": stats.document_bytes,
    });
    writeln!(out, "{line}")
}
