//! Agents that are stopped (SIGSTOP) past their leases, and go on afterwards. What they had sent when they were stopped is
//! held on the network until somebody else has their jobs: it comes late, and is refused.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::Extent;
use super::fleet::{Coordinator, Fleet, LONGEST, add_life, is_busy, is_done};
use super::history::History;
use super::outcome::Outcome;
use super::process::Process;
use super::proxy::{Mode, Proxy};
use crate::store_faults::chance::Chance;

const HEALTHY: usize = 2;
const ZOMBIES: usize = 4;
const CAPACITY: usize = 4;
/// What is counted besides.
const REFUSED: &str = "late commits that were refused";
const REFUSED_CHUNKS: &str = "late chunks that were refused";
/// Milliseconds of a lease.
const LEASE: u64 = 1_000;
/// A lease that ended is noticed within this.
const NOTICED: Duration = Duration::from_millis(1_500);
/// A lease is not in doubt for so long.
const WORKS: Duration = Duration::from_millis(600);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(10);
/// What comes late is answered within this.
const ANSWERED: Duration = Duration::from_secs(2);

/// An agent behind its own network.
struct Zombie {
    process: Process,
    name: String,
    proxy: Proxy,
}

/// One time that it was stopped.
struct Stop {
    name: String,
    stopped: Instant,
    released: Instant,
}

/// All of one scan.
type Stops = Arc<Mutex<Vec<Stop>>>;

/// Stops so many.
///
/// # Errors
/// When a process cannot be started, or the undisturbed scan fails.
pub async fn run(
    extent: Extent,
    accounts: usize,
    bug: Option<usize>,
    report: impl Fn(&Outcome),
) -> anyhow::Result<Outcome> {
    let served = |bug| Coordinator::Served { lease: LEASE, bug };
    let fleet = Fleet::start(accounts, Duration::from_millis(300), served(None)).await?;
    let mut healthy = Vec::new();
    for _ in 0..HEALTHY {
        healthy.push(fleet.agent(fleet.listen, CAPACITY).await?.0);
    }
    let mut zombies = Vec::new();
    for number in 0..ZOMBIES {
        let proxy = Proxy::to(fleet.listen, extent.seed + number as u64).await?;
        let (process, name) = fleet.agent(proxy.address, CAPACITY).await?;
        zombies.push(Arc::new(Zombie { process, name, proxy }));
    }
    let expected = fleet.undisturbed().await?;
    let fleet = fleet.with(served(bug));
    let (began, mut outcome) = (Instant::now(), Outcome::default());
    let mut chance = Chance::new(extent.seed);
    while outcome.faults < extent.count && began.elapsed() < extent.limit && outcome.is_right() {
        let mut coordinator = fleet.coordinator(&format!("01ZOMBIE{:04}", outcome.scans), false)?;
        let stops = Stops::default();
        let mut haunting = JoinSet::new();
        for zombie in &zombies {
            haunting.spawn(haunt(Arc::clone(zombie), Chance::new(chance.next()), Arc::clone(&stops)));
        }
        let ended = coordinator.wait(LONGEST).await?;
        haunting.abort_all();
        while let Some(haunted) = haunting.join_next().await {
            // One that was told to end has nothing to say.
            haunted.unwrap_or(Ok(()))?;
        }
        for zombie in &zombies {
            zombie.proxy.set(Mode::Open);
            zombie.process.signal("-CONT")?;
        }
        if !is_done(ended) {
            outcome.wrong.fail(format!("a scan ended with {ended:?}: {}", coordinator.last_lines()));
            coordinator.kill()?;
        }
        let mut history = History::default();
        add_life(&mut history, &mut coordinator, false, &mut outcome.wrong);
        count(&coordinator, &stops.lock().unwrap_or_else(PoisonError::into_inner), &mut outcome);
        outcome.add(REFUSED, history.refused);
        outcome.add(REFUSED_CHUNKS, history.refused_chunks);
        fleet.check(&expected, &mut outcome)?;
        report(&outcome);
    }
    // Which of the two comes late is chance; of neither there would be nothing to see.
    if outcome.noted(REFUSED) + outcome.noted(REFUSED_CHUNKS) == 0 {
        outcome.wrong.fail("nothing late was refused: no job was given out again, or it was accepted");
    }
    Ok(outcome)
}

/// Stops it again and again.
async fn haunt(zombie: Arc<Zombie>, mut chance: Chance, stops: Stops) -> anyhow::Result<()> {
    let mut milliseconds = |from: usize, more: usize| Duration::from_millis((from + chance.below(more)) as u64);
    loop {
        sleep(milliseconds(300, 600)).await;
        let held = zombie.proxy.held();
        // The lease is good for as long as anything is sent: the agent believes that it holds its jobs.
        zombie.proxy.set(Mode::HoldUp);
        let until = Instant::now() + WORKS;
        // A heartbeat, and on the other connection something of a job.
        while zombie.proxy.held() < held + 2 && Instant::now() < until {
            sleep(LOOK).await;
        }
        if zombie.proxy.held() < held + 2 {
            zombie.proxy.set(Mode::Open);
            continue;
        }
        zombie.process.signal("-STOP")?;
        let stopped = Instant::now();
        sleep(Duration::from_millis(LEASE) + NOTICED).await;
        zombie.proxy.set(Mode::Open);
        let released = Instant::now();
        sleep(milliseconds(50, 200)).await;
        zombie.process.signal("-CONT")?;
        sleep(milliseconds(300, 300)).await;
        let stop = Stop { name: zombie.name.clone(), stopped, released };
        stops.lock().unwrap_or_else(PoisonError::into_inner).push(stop);
    }
}

/// Which of them held something, and which had something refused.
fn count(coordinator: &Process, stops: &[Stop], outcome: &mut Outcome) {
    let lines = coordinator.lines();
    for stop in stops {
        outcome.faults += 1;
        outcome.hits += u64::from(is_busy(&lines, &stop.name, stop.stopped));
        let late = stop.released..stop.released + ANSWERED;
        let is_refused = lines
            .iter()
            .any(|(when, line)| late.contains(when) && line.contains("was refused") && line.contains(&stop.name));
        outcome.add("zombies of which a late chunk or commit was refused", u64::from(is_refused));
    }
}
