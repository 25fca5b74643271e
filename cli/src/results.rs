//! Stored scans, for people and machines: opens the store, walks the rows once, feeds every format that is wanted.

use std::io;
use std::path::{Path, PathBuf};

use plumbline_baseline::{ScanId, Severity};
use plumbline_coordinator::read::ScanView;
use plumbline_coordinator::report::csv::CsvWriter;
use plumbline_coordinator::report::digest::DigestBuilder;
use plumbline_coordinator::report::{ControlLookup, Digest, ReportRow, html, ndjson};
use plumbline_coordinator::store::{self, FindError, Store};

use crate::exit::Outcome;
use crate::failure::{Failure, OrFail, Result};
use crate::terminal::say;
use crate::whole_file::WholeFile;

/// Why a walk over rows stopped.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Stop {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The output failed.
    #[error(transparent)]
    Output(#[from] io::Error),
}

impl From<Stop> for io::Error {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Output(error) => error,
            Stop::Store(error) => io::Error::other(error),
        }
    }
}

/// Opens the store of a data directory to read from it.
///
/// # Errors
/// When there is none, it is in use, newer, or damaged.
pub(crate) fn open_store(data_dir: &Path) -> Result<Store> {
    Store::open(data_dir).map_err(|error| store_failure(&error))
}

/// Opens the store of a data directory, creating both.
///
/// # Errors
/// When they cannot be created or written.
pub(crate) fn create_store(data_dir: &Path) -> Result<Store> {
    Store::create(data_dir).map_err(|error| store_failure(&error))
}

/// What is wrong with the store, and what to do about it.
pub(crate) fn store_failure(error: &store::Error) -> Failure {
    let next_step = match error {
        store::Error::InUse { .. } => "wait until the other plumbline has ended, or name another --data-dir",
        store::Error::Newer { .. } => "use the newer plumbline that wrote it, or name another --data-dir",
        store::Error::Older { .. } => "move the file away and scan again, or name another --data-dir",
        store::Error::Missing { .. } => "run `plumbline scan` first, or name the right --data-dir",
        store::Error::Disk(_) => "check that the disk has room and that the data directory can be written (--data-dir)",
        store::Error::Damaged { .. } => "restore the file from a backup, or move it away and scan again",
        store::Error::Closed => "try again",
    };
    Failure::new("use the store", error, next_step)
}

/// Opens the scan whose id begins like this, or the latest one; says what keeps it from being last night's whole truth.
///
/// # Errors
/// When there is no such scan, or the store fails.
pub(crate) fn open_scan(store: &Store, wanted: Option<&str>) -> Result<ScanView> {
    let scan = match wanted {
        Some(beginning) => store.find(beginning).map_err(|error| match error {
            FindError::Store(error) => store_failure(&error),
            other => Failure::usage(format!("find scan {beginning}"), other, "name one of them with --scan"),
        })?,
        None => {
            let latest = store.latest().map_err(|error| store_failure(&error))?.ok_or_else(|| {
                Failure::new("find a scan", "nothing was scanned yet", "run `plumbline scan` or `plumbline demo`")
            })?;
            if let Some(notice) = latest.notice() {
                say(format_args!("note: {notice}"));
            }
            latest.scan
        }
    };
    stored_scan(store, &scan)
}

/// Opens a scan that is known to be there.
///
/// # Errors
/// When the store fails.
pub(crate) fn stored_scan(store: &Store, scan: &ScanId) -> Result<ScanView> {
    let opened = ScanView::open(store, scan).map_err(|error| store_failure(&error))?;
    opened.ok_or_else(|| store_failure(&store::Error::Damaged { what: "scan" }))
}

/// Sums a scan up.
///
/// # Errors
/// When the store fails.
pub(crate) fn digest(view: &ScanView) -> Result<Digest> {
    let mut builder = DigestBuilder::new();
    view.for_each(|row| {
        builder.add(row);
        Ok::<_, store::Error>(())
    })
    .map_err(|error| store_failure(&error))?;
    Ok(builder.finish())
}

/// Where the reports of a scan are.
pub(crate) struct Written {
    /// The page.
    pub(crate) html: PathBuf,
    /// The directory of all three files.
    pub(crate) directory: PathBuf,
    /// The sums, for the terminal report.
    pub(crate) digest: Digest,
}

/// Writes report.html, findings.csv and findings.ndjson, in one walk over the rows.
///
/// # Errors
/// When the directory cannot be written, or the store fails.
pub(crate) fn write_reports(view: &ScanView, directory: &Path, control: ControlLookup<'_>) -> Result<Written> {
    let attempt = || format!("write reports to {}", directory.display());
    let next_step = "check that the disk has room, or name another directory with --output; the results are stored: `plumbline report`";
    let written = (|| -> std::result::Result<Written, Stop> {
        std::fs::create_dir_all(directory)?;
        let mut lines = WholeFile::create(&directory.join("findings.ndjson"))?;
        let mut cells = WholeFile::create(&directory.join("findings.csv"))?;
        let mut table = CsvWriter::new(&mut cells)?;
        let mut builder = DigestBuilder::new();
        view.for_each(|row: &ReportRow| {
            builder.add(row);
            ndjson::write_row(&mut lines, row)?;
            table.write_row(row).map_err(Stop::from)
        })?;
        table.finish()?;
        let digest = builder.finish();
        let html = directory.join("report.html");
        let mut page = WholeFile::create(&html)?;
        html::write(&mut page, &view.summary(), &digest, control)?;
        // All three at the end: the files of one directory are of one scan.
        for file in [lines, cells, page] {
            file.keep()?;
        }
        Ok(Written { html, directory: directory.to_owned(), digest })
    })();
    written.or_fail(attempt(), next_step)
}

/// What the exit code says of a scan. Incomplete coverage wins over findings: half a scan says little.
pub(crate) fn outcome(digest: &Digest, fail_on: Option<Severity>) -> Outcome {
    if !digest.is_covered() {
        Outcome::Incomplete
    } else if fail_on.is_some_and(|severity| digest.has_failures_at(severity)) {
        Outcome::Findings
    } else {
        Outcome::Done
    }
}
