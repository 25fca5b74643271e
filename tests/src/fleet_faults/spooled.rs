//! Agents that are killed after they found out all that there is of their jobs, or of some of them, and before anything of it
//! reached the coordinator. They start again in their data directory, and what lies there is delivered: under the same attempt,
//! and without a call, which the simulated AWS counts.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use anyhow::ensure;
use plumbline_coordinator::store::record::{Job, JobState, Why};
use plumbline_proto::reference;
use plumbline_sim::LoggedCall;
use tokio::time::{Instant, sleep};

use super::Extent;
use super::agents::{Night, plan};
use super::fleet::{Coordinator, Fleet};
use super::outcome::Outcome;
use super::proxy::{Mode, Proxy};
use crate::store_faults::chance::Chance;

/// What is counted: jobs that came from a disk.
pub const DELIVERED: &str = "jobs that were delivered from a disk, without a call";
/// All jobs at a time.
const CAPACITY: usize = 256;
/// Long enough that a lease outlives a restart.
const LEASE: Duration = Duration::from_secs(20);
/// A job takes at least so long: until then all of them are on their way.
const JOB: Duration = Duration::from_millis(1_500);
/// What is waited for comes in this time.
const PATIENCE: Duration = Duration::from_secs(15);
/// What a killed agent had asked is answered in this time.
const ANSWERED: Duration = Duration::from_millis(300);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(5);

/// Kills so many.
///
/// # Errors
/// When a process cannot be started, or a scan does not end.
pub async fn run(extent: Extent, accounts: usize, report: impl Fn(&Outcome)) -> anyhow::Result<Outcome> {
    let fleet = Fleet::start(accounts, JOB, Coordinator::Built).await?;
    let plan = plan(fleet.server()).await?;
    let (mut chance, mut outcome) = (Chance::new(extent.seed), Outcome::default());
    let quiet = Night::start(&fleet, &plan, 0, LEASE).await?;
    let expected = {
        let _agent = fleet.agent(quiet.address, CAPACITY).await?;
        quiet.end().await?
    };
    let began = Instant::now();
    while outcome.faults < extent.count && began.elapsed() < extent.limit && outcome.is_right() {
        let night = Night::start(&fleet, &plan, outcome.scans + 1, LEASE).await?;
        // The first is killed with all of it, and others with a part.
        let part = if outcome.faults == 0 { 100 } else { 40 + chance.below(61) };
        disturb(&night, &fleet, part, extent.seed, &mut outcome).await?;
        outcome.scans += 1;
        if night.store.count_chunks()? != 0 || !night.store.verify()?.is_clean() {
            outcome.wrong.fail("chunks are left, or the store does not verify");
        }
        expected.compare(&night.end().await?, &format!("scan {}", outcome.scans), &mut outcome.wrong);
        report(&outcome);
    }
    Ok(outcome)
}

/// Kills the agent of a scan when so many in a hundred of its jobs are on its disk, starts it again, and waits for the end.
async fn disturb(night: &Night, fleet: &Fleet, part: usize, seed: u64, outcome: &mut Outcome) -> anyhow::Result<()> {
    let data = tempfile::tempdir()?;
    let proxy = Proxy::to(night.address, seed).await?;
    let (mut agent, name) = fleet.agent_in(data.path(), proxy.address, CAPACITY).await?;
    let jobs = || night.store.jobs(&night.start.scan);
    let of_agent = |job: &Job| job.agent == name;
    let all = jobs()?.len();
    // One is nobody's but the coordinator's own.
    until(|| Ok(jobs()?.iter().filter(|job| of_agent(job)).count() + 1 >= all)).await?;
    proxy.set(Mode::HoldUp);
    let wanted = ((all - 1) * part / 100).max(1);
    let committed = || anyhow::Ok(jobs()?.iter().filter(|job| job.state() == JobState::Committed).count());
    until(|| Ok(on_disk(data.path(), night)?.len() + committed()? >= wanted)).await?;
    agent.kill()?;
    proxy.set(Mode::Open);
    sleep(ANSWERED).await;
    let (before, kept) = (jobs()?, on_disk(data.path(), night)?);
    let asked = fleet.server().journal().calls().len();
    outcome.faults += 1;
    outcome.hits += u64::from(!kept.is_empty());
    let (_agent, again) = fleet.agent_in(data.path(), proxy.address, CAPACITY).await?;
    ensure!(name == again, "{name} came back as {again}");
    night.ended().await?;
    let calls = fleet.server().journal().calls().split_off(asked);
    check(&before, &jobs()?, &kept, outcome);
    check_calls(&before, &kept, &calls, outcome);
    let left = until(|| Ok(on_disk(data.path(), night)?.is_empty())).await;
    if left.is_err() {
        outcome.wrong.fail("what was delivered is still on the disk");
    }
    Ok(())
}

/// The jobs whose results are on a disk.
fn on_disk(data: &Path, night: &Night) -> anyhow::Result<BTreeSet<String>> {
    let mut jobs = BTreeSet::new();
    for file in std::fs::read_dir(data.join("spool"))? {
        let name = file?.file_name().to_string_lossy().into_owned();
        let job = name.strip_suffix(".result").map(|short| reference::whole(night.start.scan.as_str(), short));
        jobs.extend(job);
    }
    Ok(jobs)
}

/// Each that was on the disk, and was not committed, came from there.
fn check(before: &[Job], after: &[Job], kept: &BTreeSet<String>, outcome: &mut Outcome) {
    let is_committed = |job: &&Job| job.state() == JobState::Committed;
    let known: BTreeSet<&str> = before.iter().filter(is_committed).map(|job| job.id.as_str()).collect();
    for job in after.iter().filter(|job| kept.contains(&job.id)) {
        if known.contains(job.id.as_str()) {
            outcome.add("jobs that were on a disk, and committed already", 1);
            continue;
        }
        if (job.why(), job.attempt, job.state()) == (Why::OnItsDisk, 1, JobState::Committed) {
            outcome.add(DELIVERED, 1);
        } else {
            let (why, attempt, state) = (job.why(), job.attempt, job.state());
            outcome.wrong.fail(format!("{} was on the disk: {why:?}, attempt {attempt}, {state:?}", job.id));
        }
    }
    let anew = after.iter().filter(|job| job.attempt > 1).count();
    outcome.add("jobs that were on no disk, and done again", anew as u64);
}

/// Nothing was asked in accounts of which nothing was missing, and nobody entered them.
fn check_calls(before: &[Job], kept: &BTreeSet<String>, calls: &[LoggedCall], outcome: &mut Outcome) {
    let mut whole = BTreeMap::<u32, bool>::new();
    for job in before.iter().filter(|job| !job.agent.is_empty()) {
        let is_found = kept.contains(&job.id) || job.state() == JobState::Committed;
        *whole.entry(job.account).or_insert(true) &= is_found;
    }
    let missing = whole.values().filter(|is_whole| !**is_whole).count();
    let entered: BTreeSet<&str> =
        calls.iter().filter(|call| call.service != "sts").map(|call| &*call.account).collect();
    outcome.add("accounts of which all was on a disk", (whole.len() - missing) as u64);
    if entered.len() > missing {
        outcome.wrong.fail(format!("{missing} accounts had something missing, and {entered:?} were asked"));
    }
    let again = calls.iter().filter(|call| call.operation == "AssumeRole").count();
    if missing == 0 && again > 0 {
        outcome.wrong.fail(format!("nothing was missing, and roles were assumed {again} times"));
    }
}

/// Waits until something is so.
async fn until(is_so: impl Fn() -> anyhow::Result<bool>) -> anyhow::Result<()> {
    let last = Instant::now() + PATIENCE;
    while !is_so()? {
        ensure!(Instant::now() < last, "what has to come does not come");
        sleep(LOOK).await;
    }
    Ok(())
}
