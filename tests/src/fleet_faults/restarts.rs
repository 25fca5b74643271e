//! The coordinator is killed at random moments while agents work, and started again on the same data and port. Agents are
//! never touched: they come back by themselves, with what they hold.

use std::time::Duration;

use plumbline_coordinator::store::record::ScanState;
use tokio::time::Instant;

use super::Extent;
use super::fleet::{Coordinator, Fleet, LONGEST, add_life, is_done};
use super::history::History;
use super::outcome::Outcome;
use super::process::Process;
use super::table::Table;
use crate::store_faults::chance::Chance;

const AGENTS: usize = 6;
/// Between the first lease of a life and its end, in milliseconds.
const DELAY: std::ops::Range<usize> = 5..800;
/// A life that gives nothing out is ended all the same: all that is left is on its way.
const WITHOUT_A_LEASE: Duration = Duration::from_secs(8);
/// So many kills lie between two verifications of the store, in addition to those after every scan.
const BETWEEN: u64 = 10;

/// With whom, and how much there is to do.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// The library's coordinator with this bug, and not the built one.
    pub bug: Option<usize>,
    /// Whether it is the library's.
    pub is_served: bool,
    /// Accounts.
    pub accounts: usize,
    /// Jobs that an agent does at a time.
    pub capacity: usize,
    /// Resources of another organization, about, whose first night the store has already: it is as large as that.
    pub beside: usize,
}

impl Setting {
    /// The built `plumbline coordinator --once`.
    pub const BUILT: Self = Self { bug: None, is_served: false, accounts: 12, capacity: 3, beside: 0 };
}

/// Kills so many.
///
/// # Errors
/// When a process cannot be started, or the undisturbed scan fails.
pub async fn run(extent: Extent, setting: Setting, report: impl Fn(&Outcome)) -> anyhow::Result<Outcome> {
    let job = Duration::from_millis(if setting.is_served { 1_500 } else { 400 });
    let coordinator =
        |bug| if setting.is_served { Coordinator::Served { lease: 60_000, bug } } else { Coordinator::Built };
    let fleet = Fleet::start(setting.accounts, job, coordinator(None)).await?;
    fleet.fill(setting.beside).await?;
    let mut agents = Vec::new();
    for _ in 0..AGENTS {
        agents.push(fleet.agent(fleet.listen, setting.capacity).await?.0);
    }
    let expected = fleet.undisturbed().await?;
    let fleet = fleet.with(coordinator(setting.bug));
    let mut program = Program {
        extent,
        fleet,
        expected,
        chance: Chance::new(extent.seed),
        began: Instant::now(),
        until_lease: Vec::new(),
        outcome: Outcome::default(),
    };
    while !program.is_over() {
        program.scan().await?;
        for agent in &mut agents {
            if let Some(status) = agent.ended()? {
                program.outcome.wrong.fail(format!("an agent ended: {status}: {}", agent.last_lines()));
            }
        }
        report(&program.outcome);
        if !program.outcome.is_right() {
            break;
        }
    }
    program.until_lease.sort_unstable();
    let times = &program.until_lease;
    let at = |share: usize| times.get(times.len() * share / 100).or(times.last()).copied().unwrap_or(0);
    for (name, share) in
        [("ms from the start after a kill to the first lease, median", 50), ("ms, 99 of 100", 99), ("ms, longest", 100)]
    {
        program.outcome.add(name, at(share));
    }
    program.outcome.add("bytes of the store", program.fleet.store_bytes()?);
    Ok(program.outcome)
}

struct Program {
    extent: Extent,
    fleet: Fleet,
    expected: Table,
    chance: Chance,
    began: Instant,
    until_lease: Vec<u64>,
    outcome: Outcome,
}

impl Program {
    fn is_over(&self) -> bool {
        self.outcome.faults >= self.extent.count || self.began.elapsed() >= self.extent.limit
    }

    /// One scan, through as many lives as it takes.
    async fn scan(&mut self) -> anyhow::Result<()> {
        let name = format!("01SCAN{:04}", self.outcome.scans);
        let (mut history, mut life, mut resume) = (History::default(), 0, false);
        let before = self.fleet.standing(false, &mut self.outcome.wrong)?.map(|standing| standing.scan);
        loop {
            let mut coordinator = self.fleet.coordinator(&name, resume)?;
            let ended = self.live(&mut coordinator, resume).await?;
            add_life(&mut history, &mut coordinator, true, &mut self.outcome.wrong);
            if let Some(status) = ended {
                if !is_done(Some(status)) {
                    self.outcome.wrong.fail(format!("life {life} ended with {status}: {}", coordinator.last_lines()));
                }
                break;
            }
            life += 1;
            self.outcome.faults += 1;
            let is_verified = self.outcome.faults.is_multiple_of(BETWEEN);
            let standing = self.fleet.standing(is_verified, &mut self.outcome.wrong)?;
            let standing = standing.filter(|standing| before.as_ref() != Some(&standing.scan));
            // A scan that was not stored yet is planned again.
            resume = standing.is_some();
            let Some(standing) = standing else { continue };
            if standing.leased > 0 || standing.chunks > 0 {
                self.outcome.hits += 1;
            }
            self.outcome.add("kills with chunks before their commit", u64::from(standing.chunks > 0));
            if standing.state == ScanState::Complete {
                break;
            }
            if life > 20 * self.extent.count.max(20) {
                self.outcome.wrong.fail("the scan does not come to its end");
                break;
            }
        }
        let (_, charged) = self.fleet.check(&self.expected, &mut self.outcome)?;
        self.outcome.add("grants that were told of", history.grants);
        self.outcome.add("commits that were told of", history.commits);
        if charged > 0 {
            self.outcome.wrong.fail(format!("{charged} attempts were charged, and no agent failed"));
        }
        Ok(())
    }

    /// One life: to its own end, or to the moment at which it is killed.
    async fn live(
        &mut self,
        coordinator: &mut Process,
        is_again: bool,
    ) -> anyhow::Result<Option<std::process::ExitStatus>> {
        coordinator.wait_for("job granted", WITHOUT_A_LEASE).await?;
        if let Some(when) = coordinator.said("job granted").filter(|_| is_again) {
            self.until_lease.push(u64::try_from((when - coordinator.started).as_millis())?);
        }
        let is_last = self.is_over() || !self.outcome.is_right();
        let delay = DELAY.start + self.chance.below(DELAY.len());
        let delay = if is_last { LONGEST } else { Duration::from_millis(delay as u64) };
        let ended = coordinator.wait(delay).await?;
        if ended.is_some() {
            return Ok(ended);
        }
        if is_last {
            self.outcome.wrong.fail(format!("the scan did not end: {}", coordinator.last_lines()));
            // What it came to is compared all the same.
            coordinator.signal("-TERM")?;
            return coordinator.wait(LONGEST).await;
        }
        coordinator.kill()?;
        Ok(None)
    }
}
