//! `plumbline report`: renders a stored scan, or a part of it.

use std::io::{self, Write};
use std::path::PathBuf;

use plumbline_coordinator::read::ScanView;
use plumbline_coordinator::report::csv::CsvWriter;
use plumbline_coordinator::report::digest::DigestBuilder;
use plumbline_coordinator::report::table::{self, Style};
use plumbline_coordinator::report::{Digest, ScanSummary, caveats, html, ndjson, summary};

use crate::args::{ReportArgs, ReportFormat};
use crate::config::{Basics, at_home};
use crate::exit::Outcome;
use crate::failure::{OrFail, Result};
use crate::frameworks::{self, Chosen};
use crate::governed::{self, Packs};
use crate::hints;
use crate::pack::Pack;
use crate::results::{open_store, store_failure};
use crate::rows::Rows;
use crate::standing;
use crate::terminal::{self, say};
use crate::whole_file::WholeFile;

/// Width of a table in a file.
const FILE_STYLE: Style = Style { colour: false, width: 140 };

/// Renders to standard output or to a file.
pub(crate) fn run(args: ReportArgs, data_dir: Option<PathBuf>) -> Result<Outcome> {
    let place = Basics::resolve(&args.scan.config, data_dir, args.pack)?.governed(&args.scan.governance);
    let pack = Pack::load(&place.pack)?;
    let store = open_store(&place.data_dir)?;
    let view = governed::open(&store, &args.scan.scan, &place, Packs::Read(&pack))?;
    let rows = Rows::of(&view, args.filter)?;
    let mut summary = rows.summary(&view);
    summary.options = hints::of_scan(&place.data_dir, &summary.scan);
    if matches!(args.format, ReportFormat::Csv | ReportFormat::Ndjson) {
        caveats(&summary).iter().for_each(|caveat| say(format_args!("note: {caveat}")));
    } else {
        summary.past = Some(view.past(&rows.filter).map_err(|error| store_failure(&error))?);
    }
    // Which rows are wanted says which frameworks are; without a word, it is the configuration's.
    let wanted = if rows.filter.frameworks.is_empty() { &place.frameworks } else { &rows.filter.frameworks };
    let chosen = frameworks::known(pack.inner(), wanted);
    // How far accounts are is a matter of all rows.
    let is_whole = rows.filter.given().is_empty() && rows.limit.is_none();
    let report = Report { view: &view, rows, summary, pack: &pack, chosen, is_whole };
    match args.output.map(at_home) {
        None => {
            terminal::print(|out| report.render(out, args.format, terminal::style()))?;
        }
        Some(path) => {
            let write = || {
                let mut file = WholeFile::create(&path)?;
                report.render(&mut file, args.format, FILE_STYLE)?;
                file.keep()
            };
            write().or_fail(format!("write {}", path.display()), "check the path given with --output, and the disk")?;
        }
    }
    Ok(Outcome::Done)
}

struct Report<'a> {
    view: &'a ScanView,
    rows: Rows,
    summary: ScanSummary,
    pack: &'a Pack,
    chosen: Vec<Chosen<'a>>,
    is_whole: bool,
}

impl Report<'_> {
    fn render(&self, out: &mut impl Write, format: ReportFormat, style: Style) -> io::Result<()> {
        match format {
            ReportFormat::Table => table::write(out, &self.summary, &self.digest()?, style),
            ReportFormat::Html => html::write(out, &self.summary, &self.digest()?, &|id| self.pack.control(id)),
            ReportFormat::Summary => summary::write(out, &self.summary, &self.digest()?, None),
            ReportFormat::Ndjson => self.each(|row| ndjson::write_row(out, row)),
            ReportFormat::Csv => {
                let mut writer = CsvWriter::new(out)?;
                self.each(|row| writer.write_row(row))?;
                writer.finish()
            }
        }
    }

    fn digest(&self) -> io::Result<Digest> {
        let mut builder = match self.rows.filter.leaves_out_places() {
            true => DigestBuilder::of_a_part(),
            false => DigestBuilder::new(),
        };
        let mut standing = self.is_whole.then(|| standing::begin(self.view, &self.summary, self.pack));
        self.each(|row| {
            builder.add(row);
            if let Some(standing) = &mut standing {
                standing::add(standing, row);
            }
            Ok(())
        })?;
        let mut digest = builder.finish();
        digest.hold_against(self.chosen.iter().copied());
        digest.roadmap = standing.map(|standing| standing::reported(&standing::roadmap(&standing, self.pack)));
        Ok(digest)
    }

    fn each(&self, visit: impl FnMut(&plumbline_coordinator::report::ReportRow) -> io::Result<()>) -> io::Result<()> {
        self.rows.for_each(self.view, visit).map(drop).map_err(io::Error::from)
    }
}
