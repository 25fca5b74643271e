//! A faulty network between every agent and the coordinator: cut, held one way or both, slow, lossy; healed in any order.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::Extent;
use super::fleet::{Coordinator, Fleet, LONGEST, add_life, is_busy, is_done};
use super::history::History;
use super::outcome::Outcome;
use super::proxy::{FAULTS, Mode, Proxy};
use crate::store_faults::chance::Chance;

const AGENTS: usize = 5;
const CAPACITY: usize = 4;
/// Milliseconds of a lease.
const LEASE: u64 = 1_500;

/// One fault of one agent's network.
struct Cut {
    mode: Mode,
    agent: String,
    began: Instant,
}

type Cuts = Arc<Mutex<Vec<Cut>>>;

/// Makes so many.
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
    let mut agents = Vec::new();
    for number in 0..AGENTS {
        let proxy = Arc::new(Proxy::to(fleet.listen, extent.seed + 1_000 * number as u64).await?);
        let (process, name) = fleet.agent(proxy.address, CAPACITY).await?;
        agents.push((proxy, process, name));
    }
    let expected = fleet.undisturbed().await?;
    let fleet = fleet.with(served(bug));
    let (began, mut outcome) = (Instant::now(), Outcome::default());
    let mut chance = Chance::new(extent.seed);
    while outcome.faults < extent.count && began.elapsed() < extent.limit && outcome.is_right() {
        let mut coordinator = fleet.coordinator(&format!("01CUT{:04}", outcome.scans), false)?;
        let cuts = Cuts::default();
        let mut cutting = JoinSet::new();
        for (proxy, _, name) in &agents {
            let chance = Chance::new(chance.next());
            cutting.spawn(cut(Arc::clone(proxy), name.clone(), chance, Arc::clone(&cuts)));
        }
        let ended = coordinator.wait(LONGEST).await?;
        cutting.shutdown().await;
        agents.iter().for_each(|(proxy, ..)| proxy.set(Mode::Open));
        if !is_done(ended) {
            outcome.wrong.fail(format!("a scan ended with {ended:?}: {}", coordinator.last_lines()));
            coordinator.kill()?;
        }
        let mut history = History::default();
        add_life(&mut history, &mut coordinator, false, &mut outcome.wrong);
        for cut in cuts.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            outcome.faults += 1;
            outcome.hits += u64::from(is_busy(&coordinator.lines(), &cut.agent, cut.began));
            outcome.add(named(cut.mode), 1);
        }
        outcome.add("late commits that were refused", history.refused);
        fleet.check(&expected, &mut outcome)?;
        for (_, process, _) in &mut agents {
            if let Some(status) = process.ended()? {
                outcome.wrong.fail(format!("an agent ended: {status}: {}", process.last_lines()));
            }
        }
        report(&outcome);
    }
    let held: u64 = agents.iter().map(|(proxy, ..)| proxy.held()).sum();
    outcome.add("pieces that were held", held);
    Ok(outcome)
}

/// One fault after the other.
async fn cut(proxy: Arc<Proxy>, agent: String, mut chance: Chance, cuts: Cuts) {
    loop {
        sleep(Duration::from_millis(300 + chance.below(1_200) as u64)).await;
        let mode = FAULTS[chance.below(FAULTS.len())];
        proxy.set(mode);
        let cut = Cut { mode, agent: agent.clone(), began: Instant::now() };
        cuts.lock().unwrap_or_else(PoisonError::into_inner).push(cut);
        sleep(Duration::from_millis(100 + chance.below(2_900) as u64)).await;
        proxy.set(Mode::Open);
    }
}

fn named(mode: Mode) -> &'static str {
    match mode {
        Mode::Open => "open",
        Mode::Cut => "cut, and refused",
        Mode::Hold => "held both ways",
        Mode::HoldUp => "held to the coordinator",
        Mode::HoldDown => "held to the agent",
        Mode::Slow => "slow",
        Mode::Lossy => "lossy",
    }
}
