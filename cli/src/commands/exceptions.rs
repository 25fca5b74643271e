//! `plumbline exceptions`: what is accepted, until when, and how many findings that is.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use plumbline_coordinator::report::csv::TableWriter;
use plumbline_coordinator::report::{counted, printable};
use plumbline_governance::{Day, Exception};

use crate::args::{ExceptionsCommand, ListExceptions, RowFormat};
use crate::clock;
use crate::config::Basics;
use crate::exit::Outcome;
use crate::failure::Result;
use crate::governance::{Base, Folder, Organization, errors, today};
use crate::pack::Pack;
use crate::terminal::{self, say};

/// How many controls of an exception a line names.
const NAMED: usize = 3;

/// Findings by exception; none where there is no scan.
type Counts = Option<BTreeMap<Arc<str>, u64>>;

/// Runs one of the commands.
pub(crate) fn run(command: ExceptionsCommand, data_dir: Option<PathBuf>) -> Result<Outcome> {
    match command {
        ExceptionsCommand::List(args) => list(args, data_dir),
    }
}

fn list(args: ListExceptions, data_dir: Option<PathBuf>) -> Result<Outcome> {
    let place = Basics::resolve(&args.pack.config, data_dir, args.pack.pack)?.governed(&args.governance);
    let pack = Pack::load(&place.pack)?;
    let now = clock::now()?;
    let (folder, today) = (Folder::named(&place, &pack, &now)?, today(&now)?);
    match errors(&folder.problems) {
        0 => {}
        broken => say(format_args!(
            "note: {} left out: `plumbline governance check` names them",
            counted(broken as u64, "mistake")
        )),
    }
    let base = Base::of(&place, &pack)?;
    let organization = Organization::of(&place, args.scan.as_deref())?;
    let found = organization.map(|organization| organization.survey(&folder, today, base.as_base())).transpose()?;
    let counts: Counts = found.map(|found| found.accepted);
    let mut exceptions: Vec<&Exception> = match args.expiring {
        Some(days) => folder.governance.expiring(today, days).collect(),
        None => folder.governance.exceptions().iter().collect(),
    };
    exceptions.sort_by(|a, b| (a.expires, a.id()).cmp(&(b.expires, b.id())));
    terminal::print(|out| match args.format {
        RowFormat::Table => table(out, &exceptions, &counts, today),
        RowFormat::Csv => csv(out, &exceptions, &counts, today),
        RowFormat::Ndjson => exceptions.iter().try_for_each(|each| writeln!(out, "{}", line(each, &counts, today))),
    })?;
    Ok(Outcome::Done)
}

/// How many findings an exception is about; none where nobody knows.
fn findings(exception: &Exception, counts: &Counts) -> Option<u64> {
    counts.as_ref().map(|counts| counts.get(exception.id()).copied().unwrap_or_default())
}

fn table(out: &mut impl Write, exceptions: &[&Exception], counts: &Counts, today: Day) -> io::Result<()> {
    for exception in exceptions {
        let said = &exception.accepted;
        let left = match today.until(exception.expires) {
            left if left < 0 => "expired".to_owned(),
            0 => "ends today".to_owned(),
            left => format!("{} left", counted(left.unsigned_abs(), "day")),
        };
        let found =
            findings(exception, counts).map(|count| format!("  {}", counted(count, "finding"))).unwrap_or_default();
        writeln!(out, "{}  until {}  {left}{found}", said.id, exception.expires)?;
        let shown: Vec<&str> = exception.controls.iter().take(NAMED).map(|id| &**id).collect();
        let more = exception.controls.len().saturating_sub(NAMED);
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        writeln!(out, "    {}{more}{}", shown.join(", "), printable(&scope(exception)))?;
        let reason =
            format!("{} (owner {}, approved by {} on {})", said.reason, said.owner, said.approver, exception.approved);
        writeln!(out, "    {}", printable(&reason))?;
    }
    writeln!(out, "{}", counted(exceptions.len() as u64, "exception"))
}

/// Where it holds, in words.
fn scope(exception: &Exception) -> String {
    let mut text = String::new();
    let mut add = |what: &str, values: Vec<&str>| {
        if !values.is_empty() {
            text += &format!("; {what} {}", values.join(", "));
        }
    };
    add("in", exception.units.iter().map(|unit| &*unit.text).collect());
    add("in", exception.accounts.iter().map(|account| &*account.text).collect());
    add("in", exception.regions.iter().map(|region| &**region).collect());
    add("only", exception.resources.iter().map(|resource| &**resource).collect());
    add("with the tags", exception.tags.iter().map(|(key, _)| &**key).collect());
    text
}

fn csv(out: &mut impl Write, exceptions: &[&Exception], counts: &Counts, today: Day) -> io::Result<()> {
    let columns = [
        "id",
        "until",
        "expired",
        "findings",
        "controls",
        "units",
        "accounts",
        "regions",
        "resources",
        "reason",
        "owner",
        "approver",
        "ticket",
        "compensating_control",
        "approved",
        "file",
        "line",
    ];
    let mut table = TableWriter::new(out, &columns)?;
    for exception in exceptions {
        let said = &exception.accepted;
        let joined = |texts: Vec<&str>| texts.join(" ");
        let count = findings(exception, counts).map(|count| count.to_string()).unwrap_or_default();
        table.write(&[
            &said.id,
            &exception.expires.to_string(),
            if exception.expires < today { "true" } else { "false" },
            &count,
            &joined(exception.controls.iter().map(|each| &**each).collect()),
            &joined(exception.units.iter().map(|each| &*each.text).collect()),
            &joined(exception.accounts.iter().map(|each| &*each.text).collect()),
            &joined(exception.regions.iter().map(|each| &**each).collect()),
            &joined(exception.resources.iter().map(|each| &**each).collect()),
            &said.reason,
            &said.owner,
            &said.approver,
            &said.ticket,
            &said.compensating_control,
            &exception.approved.to_string(),
            &exception.place.file,
            &exception.place.line.to_string(),
        ])?;
    }
    table.finish()
}

fn line(exception: &Exception, counts: &Counts, today: Day) -> serde_json::Value {
    let said = &exception.accepted;
    let names = |names: &[plumbline_governance::scope::Named]| -> Vec<String> {
        names.iter().map(|name| name.text.to_string()).collect()
    };
    let tags: BTreeMap<&str, &[Arc<str>]> =
        exception.tags.iter().map(|(key, values)| (&**key, values.as_slice())).collect();
    serde_json::json!({
        "id": said.id, "until": exception.expires.to_string(), "expired": exception.expires < today,
        "days_left": today.until(exception.expires), "findings": findings(exception, counts),
        "controls": exception.controls, "units": names(&exception.units), "accounts": names(&exception.accounts),
        "regions": exception.regions, "resources": exception.resources, "tags": tags, "reason": said.reason,
        "owner": said.owner, "approver": said.approver, "ticket": said.ticket,
        "compensating_control": said.compensating_control, "approved": exception.approved.to_string(),
        "file": exception.place.file, "line": exception.place.line,
    })
}
