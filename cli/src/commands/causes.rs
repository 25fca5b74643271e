//! `plumbline causes`: which findings one change would close, each change with its list.

use std::io::{self, Write};
use std::ops::Range;
use std::path::PathBuf;

use plumbline_coordinator::read::ScanView;
use plumbline_coordinator::report::causes::{Causes, CausesBuilder, Closed, write_line, write_text};
use plumbline_coordinator::report::caveats;

use crate::args::{CausesArgs, LineFormat};
use crate::config::Basics;
use crate::exit::Outcome;
use crate::failure::Result;
use crate::governed::{self, Packs};
use crate::results::open_store;
use crate::rows::Rows;
use crate::terminal::{self, say};

/// Resources that are held at a time: the rows are read once for so many.
const HELD: u64 = 200_000;

/// Prints the changes.
pub(crate) fn run(args: CausesArgs, data_dir: Option<PathBuf>) -> Result<Outcome> {
    let place = Basics::resolve(&args.scan.config, data_dir, Vec::new())?.governed(&args.scan.governance);
    let store = open_store(&place.data_dir)?;
    let view = governed::open(&store, &args.scan.scan, &place, Packs::In(&place.pack))?;
    let rows = Rows::of(&view, args.filter)?;
    caveats(&view.summary()).iter().for_each(|caveat| say(format_args!("note: {caveat}")));
    terminal::print(|out| {
        let causes = causes(&view, &rows)?;
        match args.format {
            LineFormat::Table => write_text(out, &causes),
            LineFormat::Ndjson => lines(out, &view, &rows, &causes),
        }
    })?;
    Ok(Outcome::Done)
}

fn causes(view: &ScanView, rows: &Rows) -> io::Result<Causes> {
    let mut builder = CausesBuilder::default();
    if rows.filter.leaves_out_places() {
        builder.only_a_part();
    }
    rows.for_each(view, |row| {
        builder.add(row);
        Ok(())
    })
    .map_err(io::Error::from)?;
    Ok(builder.finish())
}

/// Writes every change with all that it closes.
fn lines(out: &mut impl Write, view: &ScanView, rows: &Rows, causes: &Causes) -> io::Result<()> {
    let mut begin = 0;
    while begin < causes.shared.len() {
        let batch = batch(causes, begin);
        let mut closed: Vec<Vec<Closed>> = vec![Vec::new(); batch.len()];
        rows.for_each(view, |row| {
            if let Some(index) = causes.of(row).filter(|index| batch.contains(index)) {
                closed[index - batch.start].push(Closed::from(row));
            }
            Ok(())
        })
        .map_err(io::Error::from)?;
        let scan = view.summary().scan;
        for (cause, closed) in causes.shared[batch.clone()].iter().zip(&closed) {
            write_line(out, &scan, cause, closed)?;
        }
        begin = batch.end;
    }
    Ok(())
}

/// As many changes as are held at a time, and at least one.
fn batch(causes: &Causes, begin: usize) -> Range<usize> {
    let mut room = HELD;
    let fits = |cause: &&plumbline_coordinator::report::causes::Cause| {
        let has_room = room > 0;
        room = room.saturating_sub(cause.findings);
        has_room
    };
    begin..begin + causes.shared[begin..].iter().take_while(fits).count()
}
