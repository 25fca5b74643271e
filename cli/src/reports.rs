//! The files that a scan leaves: where they go, in one walk over the rows, and how many of the older ones are kept.
//!
//! A scan that was stopped, limited or only a demonstration never takes the place of a better report: it goes into a
//! directory of its own beside it.

mod place;
mod retention;

use std::path::{Path, PathBuf};

use plumbline_coordinator::read::ScanView;
use plumbline_coordinator::report::csv::CsvWriter;
use plumbline_coordinator::report::digest::DigestBuilder;
use plumbline_coordinator::report::summary::{self, Exit};
use plumbline_coordinator::report::{Digest, ReportRow, ScanSummary, html, ndjson};

use plumbline_schedule::spec::Report;

use crate::config::Settings;
use crate::failure::{OrFail, Result};
use crate::frameworks::{self, Chosen};
use crate::pack::Pack;
use crate::results::Stop;
use crate::standing;
use crate::whole_file::WholeFile;
use place::Place;

/// The page.
const PAGE: &str = "report.html";
/// Every row, for spreadsheets.
const CELLS: &str = "findings.csv";
/// Every row, for machines.
const LINES: &str = "findings.ndjson";
/// The scan as a whole, for machines.
const SUMMARY: &str = "summary.json";
/// How far the organization, its units and its accounts are along the handbook, for machines.
const ROADMAP: &str = "roadmap.ndjson";
/// All of them; the summary comes last, so that it is never beside the rows of another scan.
const FILES: [&str; 5] = [PAGE, CELLS, LINES, ROADMAP, SUMMARY];

/// Where the reports of a scan are.
pub(crate) struct Written {
    /// Their directory.
    pub(crate) directory: PathBuf,
    /// What the user has to know of the place; nothing when it is the one that was asked for.
    pub(crate) notice: Option<String>,
    /// The sums, for the terminal report.
    pub(crate) digest: Digest,
}

impl Written {
    /// The page.
    pub(crate) fn page(&self) -> PathBuf {
        self.directory.join(PAGE)
    }

    /// The rows.
    pub(crate) fn lines(&self) -> PathBuf {
        self.directory.join(LINES)
    }
}

/// Writes the reports of a scan that has just ended, and removes those that are too many.
///
/// # Errors
/// When the directory cannot be written, or the store fails.
pub(crate) fn write(
    view: &ScanView,
    summary: &ScanSummary,
    settings: &Settings,
    pack: &Pack,
    exit: impl FnOnce(&Digest) -> Exit,
) -> Result<Written> {
    let place = Place::of(settings, summary);
    let attempt = || format!("write reports to {}", place.directory.display());
    let next_step = format!(
        "check that the disk has room, or name another directory with --output; the results are stored: `{}`",
        summary.command("report")
    );
    let chosen = frameworks::known(pack.inner(), &settings.frameworks);
    let digest = files(view, summary, &place.directory, &chosen, pack, exit).or_fail(attempt(), &next_step)?;
    leave_out(settings, &place.directory).or_fail(attempt(), next_step)?;
    if let Some((parent, prefix)) = &place.siblings {
        retention::keep(parent, prefix, settings.keep_reports, &place.directory).or_fail(
            format!("remove old reports from {}", parent.display()),
            "check the rights on that directory; this scan's reports are written",
        )?;
    }
    Ok(Written { directory: place.directory, notice: place.notice, digest })
}

/// Removes the reports that are not wanted: those of an earlier scan must not lie beside those of this one.
fn leave_out(settings: &Settings, directory: &Path) -> std::io::Result<()> {
    let all = [
        (Report::Html, PAGE),
        (Report::Csv, CELLS),
        (Report::Ndjson, LINES),
        (Report::Roadmap, ROADMAP),
        (Report::Summary, SUMMARY),
    ];
    for (_, name) in all.into_iter().filter(|(report, _)| !settings.writes(*report)) {
        match std::fs::remove_file(directory.join(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

fn files(
    view: &ScanView,
    summary: &ScanSummary,
    directory: &Path,
    chosen: &[Chosen<'_>],
    pack: &Pack,
    exit: impl FnOnce(&Digest) -> Exit,
) -> std::result::Result<Digest, Stop> {
    std::fs::create_dir_all(directory)?;
    let file = |name| WholeFile::create(&directory.join(name));
    let (mut page, mut cells, mut lines, mut sums) = (file(PAGE)?, file(CELLS)?, file(LINES)?, file(SUMMARY)?);
    let mut along = file(ROADMAP)?;
    let mut standing = standing::begin(view, summary, pack);
    let mut table = CsvWriter::new(&mut cells)?;
    let mut builder = DigestBuilder::new();
    view.for_each(|row: &ReportRow| {
        builder.add(row);
        standing::add(&mut standing, row);
        ndjson::write_row(&mut lines, row)?;
        table.write_row(row).map_err(Stop::from)
    })?;
    table.finish()?;
    let mut digest = builder.finish();
    digest.hold_against(chosen.iter().copied());
    let roadmap = standing::roadmap(&standing, pack);
    roadmap.write_lines(&mut along)?;
    digest.roadmap = Some(standing::reported(&roadmap));
    html::write(&mut page, summary, &digest, &|id| pack.control(id))?;
    summary::write(&mut sums, summary, &digest, Some(exit(&digest)))?;
    // All at the end: the files of one directory are of one scan.
    for file in [page, cells, lines, along, sums] {
        file.keep()?;
    }
    Ok(digest)
}
