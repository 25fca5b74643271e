//! `plumbline diff`: what differs between two stored scans. Ends as diff(1) does: no difference, differences, trouble.

mod said;

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use plumbline_baseline::ScanId;
use plumbline_coordinator::read::{Compared, Comparison, Sought};
use plumbline_coordinator::report::Filter;
use plumbline_coordinator::report::difference::list::ListWriter;
use plumbline_coordinator::report::difference::{Difference, ndjson};
use plumbline_coordinator::report::filter::Names;
use plumbline_coordinator::store::{self, PairError, Store};

use crate::args::{ChangesFormat, DiffArgs, LATEST, Only};
use crate::config::{Basics, names};
use crate::exit::Outcome;
use crate::failure::{Failure, OrFail, Result};
use crate::governed::{self, Packs};
use crate::results::{Stop, find_scan, open_store, store_failure};
use crate::rows::refused;
use crate::terminal::{self, Reader, say};
use said::Said;

/// Prints what differs. A failure, and a mistake of ours as well, must not look like a difference.
pub(crate) fn run(args: DiffArgs, data_dir: Option<PathBuf>) -> Outcome {
    let ended = catch_unwind(AssertUnwindSafe(|| compare(args, data_dir)));
    match ended {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(failure)) => {
            terminal::say_failure(&failure);
            Outcome::Trouble
        }
        Err(_) => Outcome::Trouble,
    }
}

fn compare(args: DiffArgs, data_dir: Option<PathBuf>) -> Result<Outcome> {
    let place = Basics::resolve(&args.config, data_dir, Vec::new())?.governed(&args.governance);
    let store = open_store(&place.data_dir)?;
    let (one, other) = scans(&store, &args.scans)?;
    let opened = Comparison::open(&store, &one, &other).map_err(|error| store_failure(&error))?;
    let comparison = opened.ok_or_else(|| store_failure(&store::Error::Damaged { what: "scan" }))?;
    if comparison.scans().0 != &one {
        say(format_args!("note: {other} is the earlier scan: this is from it to {one}"));
    }
    let sought = sought(&args, &comparison)?;
    let later = governed::open(&store, comparison.scans().1.as_str(), &place, Packs::In(&place.pack))?;
    let said = Said::of(&comparison, &sought, &later)
        .or_fail("read the later scan", "check the store with `plumbline store verify`")?;
    let mut compared = Compared::default();
    let reader = terminal::print(|out| {
        compared = match args.format {
            ChangesFormat::Ndjson => lines(&comparison, &sought, &said, out)?,
            ChangesFormat::Table => list(&comparison, &sought, &said, out)?,
        };
        Ok(())
    })?;
    Ok(match compared {
        // There was something to read, and nobody knows what comes after it.
        _ if reader == Reader::Left => Outcome::Differences,
        Compared { damaged: 1.., .. } => Outcome::Trouble,
        Compared { differences: 1.., .. } => Outcome::Differences,
        Compared { .. } => Outcome::Done,
    })
}

/// The two scans that are meant.
fn scans(store: &Store, given: &[String]) -> Result<(ScanId, ScanId)> {
    match given {
        [one, other] => Ok((find_scan(store, one)?, find_scan(store, other)?)),
        [one] => Ok((find_scan(store, one)?, find_scan(store, LATEST)?)),
        _ => {
            let pair = store.last_two().map_err(|error| match error {
                PairError::Store(error) => store_failure(&error),
                PairError::Nothing => Failure::new("find two scans", error, "run `plumbline scan` or `plumbline demo`"),
                PairError::Alone => Failure::new(
                    "find two scans",
                    error,
                    "scan once more, or name two: `plumbline diff SCAN SCAN`; `plumbline scans list` shows them all",
                ),
            })?;
            if let Some(shortcoming) = pair.shortcoming {
                say(format_args!("note: each of these scans {shortcoming}, and there are no two complete, full ones"));
            }
            Ok((pair.older, pair.newer))
        }
    }
}

/// What is asked for, once it is certain that one of the scans has what it names.
fn sought(args: &DiffArgs, comparison: &Comparison) -> Result<Sought> {
    let list = |given: &[String]| names(given.to_vec(), Vec::new());
    let sought = Sought {
        accounts: list(&args.accounts),
        regions: list(&args.regions),
        controls: list(&args.controls),
        findings_only: args.only == Some(Only::Findings),
        resources_only: args.only == Some(Only::Resources),
        quiet_too: args.all,
    };
    let only = |only: &[String]| Names { only: only.to_vec(), except: Vec::new() };
    let filter = Filter {
        accounts: only(&sought.accounts),
        regions: only(&sought.regions),
        controls: only(&sought.controls),
        ..Filter::default()
    };
    filter.check(&comparison.known()).map_err(|unknown| refused(&unknown))?;
    Ok(sought)
}

fn lines(comparison: &Comparison, sought: &Sought, said: &Said, out: &mut impl io::Write) -> io::Result<Compared> {
    let (from, to) = comparison.scans();
    let of = ndjson::Compared { from: from.as_str(), to: to.as_str() };
    let write = |difference: Difference| Ok::<_, Stop>(ndjson::write(out, &said.told(difference), &of)?);
    Ok(comparison.for_each(sought, write)?)
}

/// Findings first, then resources: what differs is read once for each.
fn list(comparison: &Comparison, sought: &Sought, said: &Said, out: &mut impl io::Write) -> io::Result<Compared> {
    let ((from, to), (on, until)) = (comparison.scans(), comparison.dates());
    let mut writer = ListWriter::new(out, terminal::style(), (from.as_str(), on), (to.as_str(), until))?;
    let findings = Sought { findings_only: true, ..sought.clone() };
    let resources = Sought { resources_only: true, ..sought.clone() };
    let mut compared = Compared::default();
    if !sought.resources_only {
        compared = comparison.for_each(&findings, |each| Ok::<_, Stop>(writer.write(&said.told(each))?))?;
    }
    if !sought.findings_only && sought.controls.is_empty() {
        let is_second = !sought.resources_only;
        let more = comparison.for_each(&resources, |each| {
            // Accounts were told with the findings.
            if !(is_second && matches!(each, Difference::Account(_))) {
                writer.write(&each)?;
            }
            Ok::<_, Stop>(())
        })?;
        compared.differences += more.differences;
        compared.damaged = compared.damaged.max(more.damaged);
    }
    writer.finish()?;
    Ok(compared)
}
