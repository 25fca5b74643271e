//! `plumbline history`: what became of a resource or of a control.

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;

use plumbline_baseline::arn::Arn;
use plumbline_coordinator::read::{History, Searched};
use plumbline_coordinator::report::counted;
use plumbline_coordinator::report::history::{list, ndjson};
use plumbline_coordinator::store;

use crate::args::{ChangesFormat, HistoryArgs};
use crate::config::{Basics, names};
use crate::exit::Outcome;
use crate::failure::{Failure, Result, did_you_mean};
use crate::pack::Pack;
use crate::results::{Stop, open_store, store_failure};
use crate::terminal::{self, say};

/// Prints it.
pub(crate) fn run(args: HistoryArgs, data_dir: Option<PathBuf>) -> Result<Outcome> {
    let place = Basics::resolve(&args.pack.config, data_dir, args.pack.pack)?;
    let store = open_store(&place.data_dir)?;
    let history = History::open(&store).map_err(|error| store_failure(&error))?;
    let list = |given| names(given, Vec::new());
    let searched = Searched { accounts: list(args.accounts), regions: list(args.regions) };
    let subject = args.subject.trim();
    // Settings of an account are named in the form of a type: `AWS::::Account:111111111111`.
    if Arn::parse(subject).is_some() || subject.contains("::") {
        return of_resource(&history, subject, &searched, args.format);
    }
    if !history.knows(subject).map_err(|error| store_failure(&error))? {
        let suggestion = did_you_mean(subject, history.controls());
        let cause = format!("no kept scan has a control `{subject}`, and it is no ARN{suggestion}");
        let next_step = "name a control (`plumbline controls list`) or a resource by its whole ARN";
        return Err(Failure::usage(format!("tell the history of {subject}"), cause, next_step));
    }
    let pack = Pack::load(&place.pack)?;
    let known = pack.inner().control(subject).map(|control| control.types.iter().map(ToString::to_string).collect());
    of_control(&history, subject, &searched, known.as_ref(), args.format)
}

fn of_resource(history: &History, resource: &str, searched: &Searched, format: ChangesFormat) -> Result<Outcome> {
    let found = history.of_resource(resource, searched).map_err(|error| store_failure(&error))?;
    if found.is_empty() {
        return Err(Failure::new(
            format!("tell the history of {resource}"),
            "no scan that is kept found it there",
            "check the ARN, and --accounts and --regions; `plumbline findings --resource 'PATTERN' --status \
             pass,fail,unknown` finds ARNs",
        ));
    }
    terminal::print(|out| {
        for (index, each) in found.iter().enumerate() {
            match format {
                ChangesFormat::Ndjson => ndjson::write_resource(out, each)?,
                ChangesFormat::Table => {
                    if index > 0 {
                        io::Write::write_all(out, b"\n")?;
                    }
                    list::write_resource(out, terminal::style(), each)?;
                }
            }
        }
        Ok(())
    })?;
    Ok(Outcome::Done)
}

fn of_control(
    history: &History,
    control: &str,
    searched: &Searched,
    types: Option<&BTreeSet<String>>,
    format: ChangesFormat,
) -> Result<Outcome> {
    let mut damaged = 0;
    terminal::print(|out| {
        let style = terminal::style();
        let mut failing = 0;
        let told = history.of_control(control, searched, types, |each| {
            failing += 1;
            match format {
                ChangesFormat::Ndjson => ndjson::write_failing(out, control, &each)?,
                ChangesFormat::Table => list::write_failing(out, style, &each)?,
            }
            Ok::<_, Stop>(())
        });
        let (nights, lost) = told?;
        damaged = lost;
        match format {
            ChangesFormat::Ndjson => nights.iter().try_for_each(|night| ndjson::write_night(out, control, night)),
            ChangesFormat::Table => {
                io::Write::write_all(out, format!("{control} has {}\n", counted(failing, "finding")).as_bytes())?;
                list::write_nights(out, style, &nights)
            }
        }
    })?;
    if damaged > 0 {
        say(format_args!("note: {damaged} types of an account and Region are damaged in the store, and left out"));
        return Err(store_failure(&store::Error::Damaged { what: "past" }));
    }
    Ok(Outcome::Done)
}
