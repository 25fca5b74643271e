//! `plumbline report`: renders a stored scan.

use std::io::{self, Write};
use std::path::PathBuf;

use plumbline_coordinator::read::ScanView;
use plumbline_coordinator::report::csv::CsvWriter;
use plumbline_coordinator::report::table::{self, Style};
use plumbline_coordinator::report::{html, ndjson};

use crate::args::{ReportArgs, ReportFormat};
use crate::config::data_dir_or_default;
use crate::exit::Outcome;
use crate::failure::{OrFail, Result};
use crate::pack::Pack;
use crate::results::{Stop, digest, open_scan, open_store};
use crate::terminal;
use crate::whole_file::WholeFile;

/// Width of a table in a file.
const FILE_STYLE: Style = Style { colour: false, width: 140 };

/// Renders to standard output or to a file.
pub(crate) fn run(args: &ReportArgs, data_dir: Option<PathBuf>) -> Result<Outcome> {
    let pack = Pack::load(&args.pack)?;
    let store = open_store(&data_dir_or_default(data_dir)?)?;
    let view = open_scan(&store, args.scan.as_deref())?;
    match &args.output {
        None => {
            terminal::print(|out| render(out, &view, &pack, args.format, terminal::style()))?;
        }
        Some(path) => {
            let write = || {
                let mut file = WholeFile::create(path)?;
                render(&mut file, &view, &pack, args.format, FILE_STYLE)?;
                file.keep()
            };
            write().or_fail(format!("write {}", path.display()), "check the path given with --output, and the disk")?;
        }
    }
    Ok(Outcome::Done)
}

fn render(out: &mut impl Write, view: &ScanView, pack: &Pack, format: ReportFormat, style: Style) -> io::Result<()> {
    let sums = || digest(view).map_err(|failure| io::Error::other(failure.to_string()));
    match format {
        ReportFormat::Table => table::write(out, &view.summary(), &sums()?, style),
        ReportFormat::Html => html::write(out, &view.summary(), &sums()?, &|id| pack.control(id)),
        ReportFormat::Ndjson => {
            let walked: std::result::Result<(), Stop> = view.for_each(|row| Ok(ndjson::write_row(out, row)?));
            walked.map_err(io::Error::from)
        }
        ReportFormat::Csv => {
            let mut writer = CsvWriter::new(out)?;
            let walked: std::result::Result<(), Stop> = view.for_each(|row| Ok(writer.write_row(row)?));
            walked.map_err(io::Error::from)?;
            writer.finish()
        }
    }
}
