//! Stored scans, for people and machines: opens the store, walks the rows once, feeds every format that is wanted.

use std::io;
use std::path::Path;

use plumbline_baseline::ScanId;
use plumbline_coordinator::read::ScanView;
use plumbline_coordinator::report::digest::DigestBuilder;
use plumbline_coordinator::report::{Digest, ReportRow};
use plumbline_coordinator::store::{self, FindError, Store};

use crate::args::LATEST;
use crate::asking;
use crate::elsewhere;
use crate::failure::{Failure, Result};
use crate::frameworks::Chosen;
use crate::terminal::say;

/// Why a walk over rows stopped.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Stop {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The output failed.
    #[error(transparent)]
    Output(#[from] io::Error),
    /// As many rows as were asked for have been seen.
    #[error("there are enough rows")]
    Enough,
}

impl From<Stop> for io::Error {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Output(error) => error,
            Stop::Store(error) => io::Error::other(error),
            Stop::Enough => io::Error::other(stop),
        }
    }
}

/// Opens the store of a data directory to read from it; where there is none, and somebody is an operator there, that of the
/// coordinator.
///
/// # Errors
/// When there is none, it is newer, or damaged.
pub(crate) fn open_store(data_dir: &Path) -> Result<Store> {
    if elsewhere::is_in(data_dir) {
        return asking::open_store(data_dir);
    }
    Store::open(data_dir).map_err(|error| store_failure(&error))
}

/// Opens the store of a data directory, creating both.
///
/// # Errors
/// When they cannot be created or written.
pub(crate) fn create_store(data_dir: &Path) -> Result<Store> {
    Store::create(data_dir).map_err(|error| store_failure(&error))
}

/// Opens the store of a data directory for a coordinator, which goes on with what an earlier process left.
///
/// # Errors
/// When they cannot be created or written.
pub(crate) fn create_store_to_go_on(data_dir: &Path) -> Result<Store> {
    Store::create_to_go_on(data_dir).map_err(|error| store_failure(&error))
}

/// What is wrong with the store, and what to do about it.
pub(crate) fn store_failure(error: &store::Error) -> Failure {
    let next_step = match error {
        store::Error::InUse { .. } => {
            "another scan, or what changes the store, is at work: wait until it has ended, or name another --data-dir"
        }
        store::Error::Unrepaired { .. } => {
            "run the command once where the data directory can be written, or copy the file to such a place (--data-dir)"
        }
        store::Error::Newer { .. } => "use the newer plumbline that wrote it, or name another --data-dir",
        store::Error::Older { .. } => "move the file away and scan again, or name another --data-dir",
        store::Error::Missing { .. } => "run `plumbline scan` first, or name the right --data-dir",
        store::Error::Disk(_) => "check that the disk has room and that the data directory can be written (--data-dir)",
        store::Error::Damaged { .. } => {
            "`plumbline store verify` says what is damaged; restore a backup (`plumbline store restore`), or move the file away"
        }
        store::Error::Pruned { .. } => "`plumbline scans list` shows what is kept",
        store::Error::Exists { .. } => "name another file, or replace it with --force",
        store::Error::NoRoom { .. } => {
            "make room there; `plumbline store prune` makes the store itself smaller for what comes"
        }
        store::Error::WouldLose { .. } => {
            "back the store up first (`plumbline store backup`), or replace it with --force"
        }
        store::Error::NotToResume { .. } => {
            "`plumbline scans list` shows what became of each; `plumbline scan` starts a new one"
        }
        store::Error::Planned { .. } => "start it again: every scan is given an id of its own",
        store::Error::Fired { .. } => "`plumbline schedules list` shows what became of it",
        store::Error::Closed => "try again",
    };
    Failure::new("use the store", error, next_step)
}

/// Opens the scan whose id begins like this, or the latest one; says which newer ones were passed over. What the scan
/// itself is not, its reports say.
///
/// # Errors
/// When there is no such scan, or the store fails.
pub(crate) fn open_scan(store: &Store, wanted: &str) -> Result<ScanView> {
    stored_scan(store, &find_scan(store, wanted)?)
}

/// The scan whose id begins like this, or the latest one; says which newer ones were passed over.
///
/// # Errors
/// When there is no such scan, or the store fails.
pub(crate) fn find_scan(store: &Store, wanted: &str) -> Result<ScanId> {
    match wanted {
        LATEST => {
            let latest = store.latest().map_err(|error| store_failure(&error))?.ok_or_else(|| {
                Failure::new("find a scan", "nothing was scanned yet", "run `plumbline scan` or `plumbline demo`")
            })?;
            if !latest.passed_over.is_empty()
                && let Some(notice) = latest.notice()
            {
                say(format_args!("note: {notice}"));
            }
            Ok(latest.scan)
        }
        beginning => store.find(beginning).map_err(|error| match error {
            FindError::Store(error) => store_failure(&error),
            other => Failure::usage(format!("find scan {beginning}"), other, "`plumbline scans list` shows them all"),
        }),
    }
}

/// Opens a scan that is known to be there.
///
/// # Errors
/// When the store fails.
pub(crate) fn stored_scan(store: &Store, scan: &ScanId) -> Result<ScanView> {
    let opened = ScanView::open(store, scan).map_err(|error| store_failure(&error))?;
    opened.ok_or_else(|| store_failure(&store::Error::Damaged { what: "scan" }))
}

/// Sums a scan up, and holds frameworks against it; a function sees each row on the way.
///
/// # Errors
/// When the store fails.
pub(crate) fn digest(view: &ScanView, chosen: &[Chosen<'_>], mut visit: impl FnMut(&ReportRow)) -> Result<Digest> {
    let mut builder = DigestBuilder::new();
    view.for_each(|row| {
        builder.add(row);
        visit(row);
        Ok::<_, store::Error>(())
    })
    .map_err(|error| store_failure(&error))?;
    let mut digest = builder.finish();
    digest.hold_against(chosen.iter().copied());
    Ok(digest)
}
