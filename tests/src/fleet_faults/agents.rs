//! Agents that are killed: while they collect, with a chunk stored, while their commit is written, and after it is stored
//! and before they hear of it. The coordinator is one of the library in this process, so that these moments can be seen; its
//! disk is slow, so that they last.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, anyhow};
use plumbline_coordinator as coordinator;
use plumbline_coordinator::plan::Plan;
use plumbline_coordinator::store::Store;
use plumbline_coordinator::store::record::{Job, JobState};
use plumbline_sim::Server;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::Extent;
use super::fleet::{Coordinator, Fleet, LONGEST};
use super::outcome::Outcome;
use super::process::Process;
use super::proxy::{Mode, Proxy};
use super::served::{REGIONS, controls};
use super::table::Table;
use crate::killed_agents::SlowDisk;
use crate::scan::Scan;
use crate::store_faults::chance::Chance;

/// What a lease lasts, so that one of a dead agent is soon over.
const LEASE: Duration = Duration::from_secs(1);
const AGENTS: usize = 4;
const CAPACITY: usize = 4;
/// A write takes up to so much longer.
const SLOWEST: Duration = Duration::from_millis(60);
/// A moment that does not come in this time is not waited for.
const PATIENCE: Duration = Duration::from_secs(4);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(2);
const MOMENTS: [&str; 4] = ["mid-collect", "mid-chunk", "mid-commit", "after the commit, before its reply"];

/// An agent behind a network of its own.
struct Victim {
    process: Process,
    name: String,
    proxy: Proxy,
}

/// Kills so many.
///
/// # Errors
/// When a process cannot be started, or a scan does not end.
pub async fn run(extent: Extent, accounts: usize, report: impl Fn(&Outcome)) -> anyhow::Result<Outcome> {
    let fleet = Fleet::start(accounts, Duration::from_millis(250), Coordinator::Built).await?;
    let plan = plan(fleet.server()).await?;
    let (mut chance, began) = (Chance::new(extent.seed), Instant::now());
    let mut outcome = Outcome::default();
    let quiet = Night::start(&fleet, &plan, 0, LEASE).await?;
    let expected = {
        let _agents = quiet.agents(&fleet, 0).await?;
        quiet.end().await?
    };
    while outcome.faults < extent.count && began.elapsed() < extent.limit && outcome.is_right() {
        let night = Night::start(&fleet, &plan, outcome.scans + 1, LEASE).await?;
        let mut agents = night.agents(&fleet, extent.seed).await?;
        night.disturb(&fleet, &mut agents, extent, began, &mut chance, &mut outcome).await?;
        outcome.scans += 1;
        let jobs = night.store.jobs(&night.start.scan)?;
        outcome.add("jobs", jobs.len() as u64);
        outcome.add("attempts at them", jobs.iter().map(|job| u64::from(job.attempt)).sum());
        if night.store.count_chunks()? != 0 || !night.store.verify()?.is_clean() {
            outcome.wrong.fail("chunks are left, or the store does not verify");
        }
        let found = night.end().await?;
        expected.compare(&found, &format!("scan {}", outcome.scans), &mut outcome.wrong);
        report(&outcome);
    }
    Ok(outcome)
}

/// Some controls in some Regions.
pub(super) async fn plan(server: &Server) -> anyhow::Result<Plan> {
    let mut scan = Scan::of(server);
    scan.regions = REGIONS.map(str::to_owned).to_vec();
    scan.enabled = controls();
    scan.plan().await
}

/// One scan, its coordinator and its store.
pub(super) struct Night {
    pub(super) store: Store,
    handle: coordinator::Handle,
    pub(super) start: coordinator::ScanStart,
    pub(super) address: SocketAddr,
    stop: CancellationToken,
    serving: tokio::task::JoinHandle<Result<(), coordinator::Error>>,
    _disk: tempfile::TempDir,
}

impl Night {
    pub(super) async fn start(fleet: &Fleet, plan: &Plan, number: u64, lease: Duration) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let store = Store::on(SlowDisk::create(&folder.path().join("slow.redb"), SLOWEST)?)?;
        let mut options = coordinator::Options::new(store.clone());
        options.heartbeat = Duration::from_millis(250);
        options.lease_ttl = lease;
        // Dying is not the jobs' fault here: every one has to be done in the end.
        options.max_attempts = 10_000;
        let digest = options.pack.digest().to_owned();
        let (service, handle) = coordinator::Service::new(options);
        let listener = coordinator::Listener::bind("127.0.0.1:0".parse()?, fleet.token()?).await?;
        let address = listener.address()?.context("a port")?;
        let stop = CancellationToken::new();
        let serving = tokio::spawn(service.run(listener, stop.clone()));
        let start = coordinator::ScanStart {
            scan: format!("01KILL{number:04}").parse()?,
            subject: coordinator::Subject::Real,
            limits: Vec::new(),
            started: "2026-01-15T00:00:00Z".into(),
            version: "0".into(),
            pack_digest: digest,
            without_documents: false,
            governance: None,
        };
        handle.start_scan(plan, &start).await.map_err(|error| anyhow!("{error}"))?;
        Ok(Self { store, handle, start, address, stop, serving, _disk: folder })
    }

    async fn agents(&self, fleet: &Fleet, seed: u64) -> anyhow::Result<Vec<Victim>> {
        let mut agents = Vec::new();
        for number in 0..AGENTS {
            let proxy = Proxy::to(self.address, seed + number as u64).await?;
            let (process, name) = fleet.agent(proxy.address, CAPACITY).await?;
            agents.push(Victim { process, name, proxy });
        }
        Ok(agents)
    }

    /// Kills agents until there were enough, and waits for the end.
    async fn disturb(
        &self,
        fleet: &Fleet,
        agents: &mut [Victim],
        extent: Extent,
        began: Instant,
        chance: &mut Chance,
        outcome: &mut Outcome,
    ) -> anyhow::Result<()> {
        let ended = self.handle.wait(&self.start.scan);
        tokio::pin!(ended);
        loop {
            let is_over = outcome.faults >= extent.count || began.elapsed() >= extent.limit;
            tokio::select! {
                ended = tokio::time::timeout(LONGEST, &mut ended) => {
                    ended.context("the scan did not end")?.map_err(|error| anyhow!("{error}"))?;
                    return Ok(());
                }
                killed = self.kill_one(fleet, agents, chance, outcome), if !is_over => killed?,
            }
        }
    }

    /// Waits until all has ended.
    pub(super) async fn ended(&self) -> anyhow::Result<()> {
        let waited = tokio::time::timeout(LONGEST, self.handle.wait(&self.start.scan)).await;
        waited.context("the scan did not end")?.map_err(|error| anyhow!("{error}"))?;
        Ok(())
    }

    /// Waits for the end, and reads the rows.
    pub(super) async fn end(self) -> anyhow::Result<Table> {
        self.ended().await?;
        self.stop.cancel();
        self.serving.await?.map_err(|error| anyhow!("{error}"))?;
        Table::of(&self.store, &self.start.scan)
    }

    /// Kills one at one of the moments, and starts another.
    async fn kill_one(
        &self,
        fleet: &Fleet,
        agents: &mut [Victim],
        chance: &mut Chance,
        outcome: &mut Outcome,
    ) -> anyhow::Result<()> {
        let moment = chance.below(MOMENTS.len());
        let victim = &mut agents[chance.below(AGENTS)];
        let is_hit = self.wait_for(moment, victim, chance).await?;
        victim.process.kill()?;
        victim.proxy.set(Mode::Open);
        outcome.faults += 1;
        outcome.hits += u64::from(is_hit);
        outcome.add(MOMENTS[moment], u64::from(is_hit));
        (victim.process, victim.name) = fleet.agent(victim.proxy.address, CAPACITY).await?;
        Ok(())
    }

    /// Waits for a moment; false when it does not come.
    async fn wait_for(&self, moment: usize, victim: &Victim, chance: &mut Chance) -> anyhow::Result<bool> {
        let is_leased = |job: &Job| job.state() == JobState::Leased;
        if moment == 0 {
            let has_job = self.until(victim, is_leased).await?.is_some();
            sleep(Duration::from_millis(chance.below(200) as u64)).await;
            return Ok(has_job && self.holds(victim, is_leased)?.is_some());
        }
        // It does not hear that its chunk is stored, and waits.
        victim.proxy.set(Mode::HoldDown);
        let has_chunk = |job: &Job| is_leased(job) && self.store.stored_chunks(job).is_ok_and(|chunks| chunks > 0);
        let Some(job) = self.until(victim, has_chunk).await? else { return Ok(false) };
        if moment == 1 {
            return Ok(true);
        }
        victim.proxy.set(Mode::Open);
        if moment == 2 {
            sleep(Duration::from_millis(1 + chance.below(40) as u64)).await;
            return Ok(true);
        }
        // It hears of the chunk, and of nothing after.
        sleep(Duration::from_millis(2 + chance.below(4) as u64)).await;
        let held = victim.proxy.held();
        victim.proxy.set(Mode::HoldDown);
        let is_committed = |stored: &Job| stored.id == job && stored.state() == JobState::Committed;
        let is_stored = self.until(victim, is_committed).await?.is_some();
        sleep(LOOK).await;
        Ok(is_stored && victim.proxy.held() > held)
    }

    /// Waits until a job of the victim is so; none when it does not become so.
    async fn until(&self, victim: &Victim, is_so: impl Fn(&Job) -> bool) -> anyhow::Result<Option<String>> {
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            let found = self.holds(victim, &is_so)?;
            if found.is_some() {
                return Ok(found);
            }
            sleep(LOOK).await;
        }
        Ok(None)
    }

    fn holds(&self, victim: &Victim, is_so: impl Fn(&Job) -> bool) -> anyhow::Result<Option<String>> {
        let jobs = self.store.jobs(&self.start.scan)?;
        let found = jobs.into_iter().find(|job| job.agent == victim.name && is_so(job));
        Ok(found.map(|job| job.id))
    }
}
