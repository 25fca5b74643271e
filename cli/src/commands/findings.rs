//! `plumbline findings`: the rows of a scan, filtered.

use std::io;
use std::path::PathBuf;

use plumbline_baseline::Status;
use plumbline_coordinator::report::caveats;
use plumbline_coordinator::report::csv::CsvWriter;
use plumbline_coordinator::report::list::ListWriter;
use plumbline_coordinator::report::ndjson;

use crate::args::{FindingsArgs, RowFormat};
use crate::config::Basics;
use crate::exit::Outcome;
use crate::failure::Result;
use crate::governed::{self, Packs};
use crate::results::open_store;
use crate::rows::{More, Rows};
use crate::terminal::{self, say};

/// Prints the rows.
pub(crate) fn run(args: FindingsArgs, data_dir: Option<PathBuf>) -> Result<Outcome> {
    let place = Basics::resolve(&args.scan.config, data_dir, Vec::new())?.governed(&args.scan.governance);
    let store = open_store(&place.data_dir)?;
    let view = governed::open(&store, &args.scan.scan, &place, Packs::In(&place.pack))?;
    let mut rows = Rows::of(&view, args.filter)?;
    rows.filter.statuses = if args.status.is_empty() { vec![Status::Fail] } else { args.status };
    (rows.sort, rows.limit) = (args.sort, args.limit.map(|limit| limit as usize));
    // Who filters knows what is left out; that the scan itself is not whole has to be said.
    let caveats = caveats(&view.summary());
    if args.format != RowFormat::Table {
        caveats.iter().for_each(|caveat| say(format_args!("note: {caveat}")));
    }
    terminal::print(|out| match args.format {
        RowFormat::Ndjson => rows.for_each(&view, |row| ndjson::write_row(out, row)).map(drop).map_err(io::Error::from),
        RowFormat::Csv => {
            let mut writer = CsvWriter::new(out)?;
            rows.for_each(&view, |row| writer.write_row(row)).map_err(io::Error::from)?;
            writer.finish()
        }
        RowFormat::Table => {
            let mut writer = ListWriter::new(out, terminal::style());
            writer.caveats(&caveats)?;
            let more = rows.for_each(&view, |row| writer.write_row(row)).map_err(io::Error::from)?;
            writer.finish(more == More::Some)
        }
    })?;
    Ok(Outcome::Done)
}
