//! Scans whose agents are real processes that are killed at random moments (SIGKILL), over a store whose disk is slow,
//! until so many were killed: every scan ends, every planned row is there once, and the figures are those of the store.

mod slow_disk;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow, ensure};
use plumbline_aws::{Caller, Client};
use plumbline_baseline::Severity;
use plumbline_coordinator as coordinator;
use plumbline_coordinator::organization::{Discovery, Memory};
use plumbline_coordinator::plan::{Baselines, Plan, PlannedControl, Scopes, Selection, needs, plan};
use plumbline_coordinator::read::ScanView;
use plumbline_coordinator::store::record::JobState;
use plumbline_coordinator::store::{self, Store};
use plumbline_sim::{Fault, Rule, Server, World};
use tokio_util::sync::CancellationToken;

use crate::simulated;
pub use slow_disk::SlowDisk;

/// Processes at a time.
const AGENTS: usize = 3;
/// No scan takes longer, however many of its agents are killed.
const LONGEST: Duration = Duration::from_secs(300);
/// Between the first lease that is seen and the kill, at most.
const LONGEST_DELAY: Duration = Duration::from_millis(400);

/// What came of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Scans that ended.
    pub scans: u64,
    /// Agents that were killed.
    pub kills: u64,
    /// Agents that were killed while they held a job.
    pub kills_at_work: u64,
    /// Jobs planned; every one was committed.
    pub jobs: u64,
    /// Attempts at them; those above the number of jobs were lost with their agents.
    pub attempts: u64,
}

/// A small generator of numbers: the same seed, the same kills, as far as the machine allows.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit.max(1)
    }
}

/// Scans until this many agents were killed.
///
/// # Errors
/// When a scan does not end, or its rows or figures are wrong.
pub async fn run(kills: u64, seed: u64, slowest_write: Duration, report: impl Fn(&Outcome)) -> anyhow::Result<Outcome> {
    let server = simulated::serve(World::demo()).await;
    // Long enough to be killed in the middle of it.
    server.faults().add(Rule::new("sts", "AssumeRole", Fault::Latency(Duration::from_millis(120))));
    let plan = small_plan(&server).await?;
    let mut chance = Chance(seed | 1);
    let mut outcome = Outcome::default();
    while outcome.kills < kills {
        one_scan(&server, &plan, kills, &mut chance, slowest_write, &mut outcome).await?;
        report(&outcome);
    }
    Ok(outcome)
}

/// One control a job, which no pack has: the row says so, and takes no call.
pub(crate) async fn small_plan(server: &Server) -> anyhow::Result<Plan> {
    let options = simulated::client_options(server.endpoint());
    let client = Client::new(options);
    let caller = Caller::with_credentials(&client, simulated::key_credentials(&server.caller()), "us-east-1");
    let discovery = Discovery::new(caller, client);
    let mut organization = discovery.accounts(&[]).await.context("discover the organization")?;
    let control = |id: &str, scopes| PlannedControl {
        id: id.into(),
        title: id.into(),
        finding: Default::default(),
        severity: Severity::Low,
        level: 1,
        reads_account_tags: false,
        reads_delegated_administrators: false,
        reads_resource_control_policies: false,
        frameworks: Arc::default(),
        scopes,
        exceptions: BTreeMap::new(),
        settings: BTreeMap::new(),
    };
    let controls = vec![
        control("no-such-regional-control", Scopes { regional: true, ..Scopes::default() }),
        control("no-such-global-control", Scopes { global: true, ..Scopes::default() }),
    ];
    let selection = Selection { role: server.world().role_name().to_owned(), ..Selection::default() };
    let needs = needs(&organization, &selection, &controls, &Baselines::default())?;
    let mut memory = Memory::none(time::OffsetDateTime::UNIX_EPOCH);
    discovery.details(&mut organization, &needs, &mut memory).await.context("discover the accounts")?;
    plan(&organization, &selection, controls, &Baselines::default()).context("plan")
}

async fn one_scan(
    server: &Server,
    plan: &Plan,
    kills: u64,
    chance: &mut Chance,
    slowest_write: Duration,
    outcome: &mut Outcome,
) -> anyhow::Result<()> {
    let data = tempfile::tempdir()?;
    let disk = SlowDisk::create(&data.path().join("slow.redb"), slowest_write)?;
    let store = Store::on(disk)?;
    let mut options = coordinator::Options::new(store.clone());
    options.heartbeat = Duration::from_millis(250);
    options.lease_ttl = Duration::from_secs(1);
    // Dying is not the jobs' fault here: every one has to be done in the end.
    options.max_attempts = 10_000;
    let (service, handle) = coordinator::Service::new(options);
    let token = coordinator::Token::keep_in(data.path())?;
    let listener = coordinator::Listener::bind("127.0.0.1:0".parse()?, token).await?;
    let address = format!("http://{}", listener.address()?.context("a port")?);
    let stop = CancellationToken::new();
    let serving = tokio::spawn(service.run(listener, stop.clone()));
    let start = coordinator::ScanStart {
        scan: format!("01KILL{:04}", outcome.scans).parse()?,
        subject: coordinator::Subject::Real,
        limits: Vec::new(),
        started: "2026-01-15T00:00:00Z".into(),
        version: "0".into(),
        pack_digest: String::new(),
        without_documents: false,
        governance: None,
    };
    handle.start_scan(plan, &start).await.map_err(|error| anyhow!("{error}"))?;
    let done = handle.wait(&start.scan);
    tokio::pin!(done);
    let killing = async {
        let mut agents = Agents::new(server, data.path(), &address);
        while outcome.kills < kills {
            agents.kill_one(chance, &store, &start.scan, outcome).await?;
        }
        agents.start_missing()?;
        // Those that are left finish the work.
        std::future::pending().await
    };
    let figures = tokio::select! {
        ended = tokio::time::timeout(LONGEST, &mut done) => {
            ended.context("the scan did not end")?.map_err(|error| anyhow!("{error}"))?
        }
        failed = killing => return failed,
    };
    stop.cancel();
    serving.await?.map_err(|error| anyhow!("{error}"))?;
    check(&store, plan, &start.scan, &figures, outcome)
}

/// The processes of one scan.
struct Agents<'a> {
    server: &'a Server,
    data: &'a Path,
    address: &'a str,
    running: Vec<Child>,
}

impl<'a> Agents<'a> {
    fn new(server: &'a Server, data: &'a Path, address: &'a str) -> Self {
        Self { server, data, address, running: Vec::new() }
    }

    fn start_missing(&mut self) -> anyhow::Result<()> {
        while self.running.len() < AGENTS {
            let arguments = ["agent", "--coordinator", self.address, "--capacity", "4"];
            let mut command = simulated::command(self.server, self.data, &arguments);
            self.running.push(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?);
        }
        Ok(())
    }

    /// Starts what is missing, waits a while, and kills one.
    async fn kill_one(
        &mut self,
        chance: &mut Chance,
        store: &Store,
        scan: &plumbline_baseline::ScanId,
        outcome: &mut Outcome,
    ) -> anyhow::Result<()> {
        self.start_missing()?;
        // Whoever is killed before it holds a job proves little: most are killed a moment after jobs were given out.
        let is_leased =
            || -> anyhow::Result<bool> { Ok(store.jobs(scan)?.iter().any(|job| job.state() == JobState::Leased)) };
        while !is_leased()? {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        tokio::time::sleep(Duration::from_millis(chance.below(u64::try_from(LONGEST_DELAY.as_millis())?))).await;
        let mut victim = self.running.swap_remove(usize::try_from(chance.below(AGENTS as u64))?);
        ensure!(victim.try_wait()?.is_none(), "an agent ended by itself");
        let is_at_work = is_leased()?;
        victim.kill()?;
        victim.wait()?;
        outcome.kills += 1;
        outcome.kills_at_work += u64::from(is_at_work);
        Ok(())
    }
}

impl Drop for Agents<'_> {
    fn drop(&mut self) {
        for agent in &mut self.running {
            // They may have ended with the coordinator.
            let _ = agent.kill();
            let _ = agent.wait();
        }
    }
}

/// Nothing lost, nothing twice.
fn check(
    store: &Store,
    plan: &Plan,
    scan: &plumbline_baseline::ScanId,
    figures: &coordinator::ScanProgress,
    outcome: &mut Outcome,
) -> anyhow::Result<()> {
    let planned = plan.jobs.len() as u64;
    ensure!(figures.jobs_planned == planned && figures.jobs_committed == planned, "{figures:?}");
    let jobs = store.jobs(scan)?;
    ensure!(jobs.len() as u64 == planned, "{} jobs of {planned} are stored", jobs.len());
    ensure!(jobs.iter().all(|job| job.state() == JobState::Committed), "a job is not committed");
    let rows: u64 = jobs.iter().map(|job| job.rows).sum();
    ensure!(rows == figures.rows && rows == planned, "{rows} rows for {planned} jobs, {} counted", figures.rows);
    let chunks: u64 = jobs.iter().map(|job| job.chunks).sum();
    ensure!(store.count_chunks()? == chunks, "chunks of lost attempts are left");
    let view = ScanView::open(store, scan)?.context("the scan is stored")?;
    let mut seen = BTreeMap::<(String, String, String), u64>::new();
    view.for_each(|row| {
        *seen.entry((row.account.to_string(), row.region.to_string(), row.control.to_string())).or_default() += 1;
        Ok::<(), store::Error>(())
    })?;
    ensure!(seen.len() as u64 == planned && seen.values().all(|count| *count == 1), "rows are missing or doubled");
    outcome.scans += 1;
    outcome.jobs += planned;
    outcome.attempts += jobs.iter().map(|job| u64::from(job.attempt)).sum::<u64>();
    Ok(())
}
