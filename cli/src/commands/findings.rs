//! `plumbline findings`: the rows of a scan, filtered.

use std::io;
use std::path::PathBuf;

use plumbline_baseline::Status;
use plumbline_coordinator::report::csv::CsvWriter;
use plumbline_coordinator::report::list::ListWriter;
use plumbline_coordinator::report::{Filter, ndjson};

use crate::args::{FindingsArgs, RowFormat};
use crate::config::data_dir_or_default;
use crate::exit::Outcome;
use crate::failure::Result;
use crate::results::{Stop, open_scan, open_store};
use crate::terminal;

/// Prints the rows.
pub(crate) fn run(args: FindingsArgs, data_dir: Option<PathBuf>) -> Result<Outcome> {
    let store = open_store(&data_dir_or_default(data_dir)?)?;
    let view = open_scan(&store, args.scan.as_deref())?;
    let filter = Filter {
        statuses: if args.status.is_empty() { vec![Status::Fail] } else { args.status },
        severity: args.severity,
        accounts: args.account,
        controls: args.control,
        regions: args.region,
        ous: args.ou,
        resources: args.resource,
    };
    terminal::print(|out| {
        let walked: std::result::Result<(), Stop> = match args.format {
            RowFormat::Ndjson => view.for_each(|row| match filter.matches(row) {
                true => Ok(ndjson::write_row(out, row)?),
                false => Ok(()),
            }),
            RowFormat::Csv => (|| {
                let mut writer = CsvWriter::new(out)?;
                view.for_each(|row| match filter.matches(row) {
                    true => Ok::<_, Stop>(writer.write_row(row)?),
                    false => Ok(()),
                })?;
                Ok(writer.finish()?)
            })(),
            RowFormat::Table => (|| {
                let mut writer = ListWriter::new(out, terminal::style());
                view.for_each(|row| match filter.matches(row) {
                    true => Ok::<_, Stop>(writer.write_row(row)?),
                    false => Ok(()),
                })?;
                Ok(writer.finish()?)
            })(),
        };
        walked.map_err(io::Error::from)
    })?;
    Ok(Outcome::Done)
}
