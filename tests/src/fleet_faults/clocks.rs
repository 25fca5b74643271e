//! A wall clock that jumps under a real `plumbline coordinator` with schedules and leases in flight: by an hour, a day, ten
//! years, over the changes of a zone's clock, forwards and backwards. The monotonic clock is left alone, as a machine's is.
//!
//! Counted are leases that end although their agents are there, fires that are started twice, and fires that are due by
//! what the clock showed and of which nothing is on record.

mod calendar;
mod fires;
mod shown;

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context, ensure};
use plumbline_baseline::ScanId;
use plumbline_coordinator::store::Store;
use plumbline_coordinator::store::record::FireOutcome;
use tokio::time::{Instant, sleep};

use self::calendar::{Every, Nightly, Times};
use self::shown::Shown;
use super::Extent;
use super::fleet::{Coordinator, Fleet, add_life, is_busy, verify};
use super::history::History;
use super::outcome::Outcome;
use super::process::Process;
use super::served::{REGIONS, controls};
use crate::store_faults::chance::Chance;

/// What is counted where nothing lets the clock of a process jump.
pub const SKIPPED: &str = "skipped: no libfaketime";
/// How it gets there.
const HOW_TO_INSTALL: &str = "libfaketime is not there; install it: apt-get install faketime";
/// A job takes at least so long: leases are held over several jumps.
const JOB: Duration = Duration::from_secs(3);
const AGENTS: usize = 2;
const CAPACITY: usize = 3;
/// Seconds between two fires of the schedule that fires all the time.
const EVERY: i64 = 180;
/// Nothing that is waited for takes longer.
const LONGEST: Duration = Duration::from_secs(120);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(50);
/// The longest path from a jump to the next one, in milliseconds.
const PAUSE: usize = 250;

/// Jumps so many times.
///
/// # Errors
/// When a process cannot be started.
pub async fn run(extent: Extent, accounts: usize, report: impl Fn(&Outcome)) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::default();
    let Some(library) = shown::library() else {
        println!("skipped: {HOW_TO_INSTALL}");
        outcome.add(SKIPPED, 1);
        return Ok(outcome);
    };
    let fleet = Fleet::start(accounts, JOB, Coordinator::Built).await?;
    let folder = tempfile::tempdir()?;
    let mut shown = Shown::new(folder.path())?;
    let mut coordinator = start(&fleet, folder.path(), &library, &shown)?;
    ensure!(coordinator.wait_for("the coordinator runs", LONGEST).await?, "{}", coordinator.last_lines());
    let mut agents = Vec::new();
    for _ in 0..AGENTS {
        agents.push(fleet.agent(fleet.listen, CAPACITY).await?);
    }
    let mut chance = Chance::new(extent.seed);
    let began = Instant::now();
    while outcome.faults < extent.count && began.elapsed() < extent.limit && outcome.is_right() {
        let is_busy = agents.iter().any(|(_, name)| is_busy(&coordinator.lines(), name, Instant::now()));
        let jump = shown.jump(&mut chance)?;
        outcome.faults += 1;
        outcome.hits += u64::from(is_busy);
        outcome.add(jump.text(), 1);
        // What runs at that moment reads the clock by itself; then the coordinator decides, which it does by itself
        // within a minute, too.
        sleep(Duration::from_millis(chance.below(PAUSE) as u64)).await;
        wake(&fleet).await?;
        sleep(Duration::from_millis(chance.below(PAUSE) as u64)).await;
        if let Some(status) = coordinator.ended()? {
            outcome.wrong.fail(format!("the coordinator ended with {status}: {}", coordinator.last_lines()));
        }
        if outcome.faults.is_multiple_of(50) {
            report(&outcome);
        }
    }
    let until = shown.go_ahead()?;
    settle(&fleet, &mut coordinator, &mut outcome).await?;
    check(&fleet, until, &mut coordinator, &mut outcome)?;
    Ok(outcome)
}

/// The coordinator, which looks at a clock of its own.
fn start(fleet: &Fleet, folder: &std::path::Path, library: &std::path::Path, shown: &Shown) -> anyhow::Result<Process> {
    let configuration = folder.join("plumbline.yaml");
    let scope = format!(
        "    scope: {{ regions: [{}], controls: [{}], no_global: true }}\n    reports: [summary]\n",
        REGIONS.join(", "),
        controls().join(", ")
    );
    let text = format!(
        "schedules:\n  - name: minutes\n    cron: '*/{} * * * *'\n{scope}  - name: nightly\n    cron: '30 2 * * *'\n    \
         time_zone: Europe/Zurich\n{scope}",
        EVERY / 60
    );
    std::fs::write(&configuration, text)?;
    let listen = fleet.listen.to_string();
    let configuration = configuration.to_str().context("a path in UTF-8")?;
    let mut command = fleet.command(&["coordinator", "--listen", &listen, "--config", configuration]);
    command.env("PLUMBLINE_LOG", "warn,plumbline_coordinator=debug");
    shown.show(&mut command, library);
    Process::start(&mut command)
}

/// Lets it look at the clock: an operator asks for something that there is not.
async fn wake(fleet: &Fleet) -> anyhow::Result<()> {
    let mut command = tokio::process::Command::from(fleet.command(&["schedules", "run", "nobody"]));
    let said = command.output().await?;
    ensure!(said.status.code() == Some(2), "{}", String::from_utf8_lossy(&said.stderr));
    Ok(())
}

/// Waits until all scans have ended and all is decided, and stops it.
async fn settle(fleet: &Fleet, coordinator: &mut Process, outcome: &mut Outcome) -> anyhow::Result<()> {
    let until = Instant::now() + LONGEST;
    loop {
        wake(fleet).await?;
        sleep(LOOK * 4).await;
        let count = |text: &str| coordinator.lines().iter().filter(|(_, line)| line.contains(text)).count();
        let (began, ended) = (count(" began"), count(" ended. "));
        if began == ended {
            wake(fleet).await?;
            sleep(LOOK * 4).await;
            // Of what is due by now, nothing was started meanwhile.
            if count(" began") == began {
                break;
            }
        }
        if until < Instant::now() {
            outcome.wrong.fail(format!("{began} scans began, and {ended} ended: {}", coordinator.last_lines()));
            break;
        }
    }
    coordinator.signal("-TERM")?;
    if coordinator.wait(LONGEST).await?.is_none() {
        outcome.wrong.fail(format!("it does not stop: {}", coordinator.last_lines()));
        coordinator.kill()?;
    }
    Ok(())
}

/// Holds what is on record, and what was said, against what has to be; the clock showed no later moment.
fn check(fleet: &Fleet, until: i64, coordinator: &mut Process, outcome: &mut Outcome) -> anyhow::Result<()> {
    let mut history = History::default();
    add_life(&mut history, coordinator, true, &mut outcome.wrong);
    outcome.add("leases", history.grants);
    let lines = coordinator.lines();
    for (_, line) in lines.iter() {
        let early = ["lease ended", "the job used up its time", "leases are extended"];
        if early.iter().any(|text| line.contains(text)) {
            outcome.add("leases that ended early, or were extended", 1);
            outcome.wrong.fail(line.clone());
        }
        outcome.add("agents in trouble of their own", u64::from(line.contains("agent is in trouble of its own")));
    }
    let (_copy, store) = fleet.copied()?;
    verify(&store, &mut outcome.wrong)?;
    let schedules: [(&str, &dyn Times); 2] = [("minutes", &Every(EVERY)), ("nightly", &Nightly)];
    let mut scans = BTreeSet::new();
    for (name, times) in schedules {
        let mut records = store.fires(Some(name))?;
        records.reverse();
        for fire in &records {
            outcome.add(noted(fire.outcome()), 1);
            if !fire.scan.is_empty() && fire.outcome() == FireOutcome::Started && !scans.insert(fire.scan.clone()) {
                outcome.wrong.duplicated += 1;
                outcome.wrong.tell(format!("{name}: {} is the scan of two fires", fire.scan));
            }
        }
        let fires = records.iter().map(fires::Recorded::of).collect::<anyhow::Result<Vec<_>>>()?;
        let counted = fires::check(name, times, &fires, until, &mut outcome.wrong);
        outcome.add("fires that were due", counted);
    }
    let began = lines.iter().filter(|(_, line)| line.contains(" began")).count();
    if began != scans.len() {
        outcome.wrong.duplicated += began.abs_diff(scans.len()) as u64;
        outcome.wrong.tell(format!("{began} scans began for {} fires", scans.len()));
    }
    count_attempts(&store, &scans, &lines, outcome)
}

/// No attempt failed: every agent is there all the time. That one gives back what it cannot begin is no fault of a clock.
fn count_attempts(
    store: &Store,
    scans: &BTreeSet<String>,
    lines: &[(Instant, String)],
    outcome: &mut Outcome,
) -> anyhow::Result<()> {
    for scan in scans {
        let scan: ScanId = scan.parse()?;
        let Some(record) = store.scan(&scan)? else { continue };
        outcome.scans += 1;
        for job in store.jobs(&scan)? {
            outcome.add("jobs", 1);
            outcome.add("attempts that agents gave back", u64::from(job.attempt.saturating_sub(1)));
            if job.attempt == 0 || job.failed_attempts != 0 {
                let said = lines.iter().filter(|(_, line)| line.contains(&job.id)).map(|(_, line)| line.as_str());
                let said = said.collect::<Vec<_>>().join("\n    ");
                outcome.wrong.fail(format!("{:?}: attempt {} at {}\n    {said}", record.state(), job.attempt, job.id));
            }
        }
    }
    Ok(())
}

const fn noted(outcome: FireOutcome) -> &'static str {
    match outcome {
        FireOutcome::Started => "fires that were started",
        FireOutcome::Skipped => "fires that were skipped",
        FireOutcome::Missed => "fires that were missed, on record",
        FireOutcome::Begins => "schedules that began",
        _ => "fires with another outcome",
    }
}
