//! `plumbline schedules`: how the coordinator's schedules stand, from its store; and what is asked of it while it runs.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;

use plumbline_coordinator::operator::Pause;
use plumbline_coordinator::report::{counted, printable};
use plumbline_coordinator::store::StoredSchedule;
use plumbline_coordinator::store::record::Fire;
use plumbline_schedule::{Schedule, Timestamp, Zone};

use crate::args::{LineFormat, ListSchedules, SchedulesArgs, SchedulesCommand};
use crate::clock;
use crate::config::Basics;
use crate::exit::Outcome;
use crate::failure::Result;
use crate::operator;
use crate::results::{open_store, store_failure};
use crate::signals::Signals;
use crate::terminal;

/// Runs one of the commands on schedules; without one, lists them.
pub(crate) async fn run(args: SchedulesArgs, data_dir: Option<PathBuf>, signals: &Signals) -> Result<Outcome> {
    match args.command {
        None => list(&args.list, data_dir),
        Some(SchedulesCommand::List(args)) => list(&args, data_dir),
        Some(SchedulesCommand::Run(args)) => operator::run_schedule(args, data_dir, signals).await,
        Some(SchedulesCommand::Pause(args)) => operator::pause_schedule(args, Pause::Begins, data_dir).await,
        Some(SchedulesCommand::Resume(args)) => operator::pause_schedule(args, Pause::Ends, data_dir).await,
    }
}

fn list(args: &ListSchedules, data_dir: Option<PathBuf>) -> Result<Outcome> {
    let place = Basics::resolve(&args.config, data_dir, Vec::new())?;
    let store = open_store(&place.data_dir)?;
    let mut all = Vec::new();
    for schedule in store.schedules().map_err(|error| store_failure(&error))? {
        let fires = store.fires(Some(&schedule.name)).map_err(|error| store_failure(&error))?;
        all.push((schedule, fires));
    }
    let now = Timestamp::try_from(clock::instant()).unwrap_or(Timestamp::UNIX_EPOCH);
    terminal::print(|out| match args.format {
        LineFormat::Table => table(out, &all, args.fires, now),
        LineFormat::Ndjson => all.iter().try_for_each(|(schedule, fires)| {
            writeln!(out, "{}", line(schedule, &fires[..fires.len().min(args.fires)], now))
        }),
    })?;
    Ok(Outcome::Done)
}

/// When it fires next; nothing for one that does not.
fn next(schedule: &StoredSchedule, now: Timestamp) -> Option<Timestamp> {
    if schedule.state.is_gone || schedule.state.is_paused {
        return None;
    }
    let (cron, zone) = schedule.state.rule.rsplit_once(' ')?;
    let rule = Schedule::new(cron.parse().ok()?, Zone::named(zone).ok()?);
    let decided: Timestamp = schedule.state.until.parse().ok()?;
    rule.next_after(now.max(decided))
}

fn state(schedule: &StoredSchedule) -> &'static str {
    match (schedule.state.is_gone, schedule.state.is_paused, &schedule.running) {
        (true, _, _) => "not in the configuration",
        (false, _, Some(_)) => "running",
        (false, true, None) => "paused",
        (false, false, None) => "waiting",
    }
}

fn table(out: &mut impl Write, all: &[(StoredSchedule, Vec<Fire>)], fires: usize, now: Timestamp) -> io::Result<()> {
    for (schedule, fired) in all {
        let next = next(schedule, now).map_or_else(String::new, |next| format!("  next {next}"));
        let (name, rule) = (printable(&schedule.name), printable(&schedule.state.rule));
        writeln!(out, "{name}  {rule}  {}{next}", state(schedule))?;
        for fire in fired.iter().take(fires) {
            writeln!(out, "    {}  {}", printable(&fire.time), told(fire))?;
        }
    }
    writeln!(out, "{}", counted(all.len() as u64, "schedule"))
}

fn told(fire: &Fire) -> String {
    let mut text = fire.outcome().name().to_owned();
    if fire.count > 1 {
        text += &format!(", for {} fires since {}", fire.count, fire.first);
    }
    for (before, part) in [("  ", &fire.scan), (", asked by ", &fire.asked_by), (": ", &fire.reason)] {
        if !part.is_empty() {
            text += &format!("{before}{part}");
        }
    }
    printable(&text).to_string()
}

fn line(schedule: &StoredSchedule, fires: &[Fire], now: Timestamp) -> serde_json::Value {
    let fires: Vec<_> = fires
        .iter()
        .map(|fire| {
            serde_json::json!({
                "time": fire.time, "outcome": fire.outcome().name(), "scan": fire.scan, "reason": fire.reason,
                "count": fire.count, "first": fire.first, "decided": fire.decided, "rule": fire.rule,
                "asked_by": fire.asked_by,
            })
        })
        .collect();
    let mut line = BTreeMap::new();
    line.insert("schedule", serde_json::json!(schedule.name));
    line.insert("rule", serde_json::json!(schedule.state.rule));
    line.insert("state", serde_json::json!(state(schedule)));
    line.insert("is_paused", serde_json::json!(schedule.state.is_paused));
    line.insert("decided_until", serde_json::json!(schedule.state.until));
    line.insert("next", serde_json::json!(next(schedule, now).map(|next| next.to_string())));
    line.insert("running", serde_json::json!(schedule.running));
    line.insert("fires", serde_json::json!(fires));
    serde_json::json!(line)
}
