//! A thousand agents in one process work for one coordinator, which is killed; all come back at once to the next one.

use std::time::Duration;

use anyhow::{Context, anyhow};
use plumbline_agent as agent;
use plumbline_aws::{Caller, Client};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::Extent;
use super::fleet::{Coordinator, Fleet, LONGEST, is_done};
use super::outcome::Outcome;
use super::process::Process;
use crate::simulated;

/// A job takes at least so long, and so much longer for every agent: longer than all need to come back.
const JOB: Duration = Duration::from_secs(4);
const JOB_PER_AGENT: Duration = Duration::from_millis(10);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(20);
/// All are there within this, and so much more for every agent.
const ALL_THERE: Duration = Duration::from_secs(120);
const THERE_PER_AGENT: Duration = Duration::from_millis(200);
/// The scan may take so much longer for every agent.
const LONGEST_PER_AGENT: Duration = Duration::from_millis(300);

/// So many agents, and one restart.
///
/// # Errors
/// When a part cannot be started, or the undisturbed scan fails.
pub async fn run(extent: Extent, accounts: usize) -> anyhow::Result<Outcome> {
    let agents = u32::try_from(extent.count)?;
    // The reference is of the same world in a hurry: how long a call takes is no part of what a scan says.
    let fleet = Fleet::start(accounts, Duration::ZERO, Coordinator::Built).await?;
    let expected = {
        let _agents = [fleet.agent(fleet.listen, 96).await?, fleet.agent(fleet.listen, 96).await?];
        fleet.undisturbed().await?
    };
    let job = JOB + JOB_PER_AGENT * agents;
    fleet.set_job(job);
    let mut outcome = Outcome::default();
    let began = Instant::now();
    let mut coordinator = fleet.coordinator("01HERD", false)?;
    let mut herd = Herd::start(&fleet, usize::try_from(extent.count)?, job)?;
    herd.are_there(&mut coordinator).await?;
    outcome.add("ms until all were there at first", milliseconds(began));
    let mut before = coordinator;
    outcome.add("MiB of the coordinator at its most, all connected", peak_mib(before.id()));
    before.kill()?;
    let standing = fleet.standing(true, &mut outcome.wrong)?.context("the scan is stored")?;
    outcome.faults = herd.handles.len() as u64;
    outcome.hits = standing.leased as u64;
    let began = Instant::now();
    let mut coordinator = fleet.coordinator("01HERD", true)?;
    herd.are_there(&mut coordinator).await?;
    outcome.add("ms from the start after the kill until all were back", milliseconds(began));
    outcome.add("MiB of the coordinator at its most, all back", peak_mib(coordinator.id()));
    let ended = coordinator.wait(LONGEST + LONGEST_PER_AGENT * agents).await?;
    outcome.add("ms from the start after the kill to the end of the scan", milliseconds(began));
    // Where every job was somebody's, nothing is given out any more.
    if let Some(when) = coordinator.said("job granted") {
        let waited = u64::try_from((when - coordinator.started).as_millis())?;
        outcome.add("ms from the start after the kill to the first lease", waited);
    }
    if !is_done(ended) {
        outcome.wrong.fail(format!("the scan ended with {ended:?}: {}", coordinator.last_lines()));
    }
    let (_, charged) = fleet.check(&expected, &mut outcome)?;
    outcome.add("attempts that were charged", charged);
    herd.end(&mut outcome).await?;
    Ok(outcome)
}

/// The agents.
struct Herd {
    handles: Vec<agent::Handle>,
    running: JoinSet<Result<(), agent::Error>>,
    stop: CancellationToken,
}

impl Herd {
    fn start(fleet: &Fleet, count: usize, job: Duration) -> anyhow::Result<Self> {
        let server = fleet.server();
        let mut options = simulated::client_options(server.endpoint());
        // A job's delay is that of one call.
        options.attempt_timeout = options.attempt_timeout.max(job * 2);
        let client = Client::new(options);
        let credentials = simulated::key_credentials(&server.caller());
        let caller = Caller::with_credentials(&client, credentials, "us-east-1");
        let token = fleet.token()?;
        let (mut handles, mut running) = (Vec::new(), JoinSet::new());
        let stop = CancellationToken::new();
        for number in 0..count {
            let mut options = agent::Options::new(caller.clone(), client.clone());
            options.agent_id = format!("herd-{number:04}");
            options.capacity = 2;
            let address = format!("http://{}", fleet.listen);
            let coordinator = agent::Coordinator::At { address, token: token.secret().to_owned() };
            let (service, handle) = agent::Service::new(options, coordinator);
            running.spawn(service.run(stop.clone()));
            handles.push(handle);
        }
        Ok(Self { handles, running, stop })
    }

    /// Waits until the coordinator has greeted all of them.
    async fn are_there(&mut self, coordinator: &mut Process) -> anyhow::Result<()> {
        let agents = u32::try_from(self.handles.len())?;
        let until = Instant::now() + ALL_THERE + THERE_PER_AGENT * agents;
        // Those of an earlier coordinator notice that it is gone.
        sleep(Duration::from_millis(200)).await;
        while Instant::now() < until {
            let away = self.handles.iter().filter(|handle| !handle.activity().connected).count();
            if away == 0 {
                return Ok(());
            }
            if let Some(ended) = self.running.try_join_next() {
                return Err(anyhow!("an agent ended by itself: {ended:?}"));
            }
            if let Some(status) = coordinator.ended()? {
                return Err(anyhow!("the scan ended before {away} were there: {status}: {}", coordinator.last_lines()));
            }
            sleep(LOOK).await;
        }
        let away = self.handles.iter().map(agent::Handle::activity).filter(|activity| !activity.connected);
        let problems: Vec<String> = away.map(|activity| activity.problem).collect();
        Err(anyhow!("{} are not there: {:?}: {}", problems.len(), problems.first(), coordinator.last_lines()))
    }

    /// Ends them; none has ended before.
    async fn end(mut self, outcome: &mut Outcome) -> anyhow::Result<()> {
        while let Some(ended) = self.running.try_join_next() {
            outcome.wrong.fail(format!("an agent ended by itself: {ended:?}"));
        }
        self.stop.cancel();
        while let Some(ended) = self.running.join_next().await {
            ended??;
        }
        Ok(())
    }
}

fn milliseconds(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// The most memory that a process has had; 0 where the system does not say.
pub(crate) fn peak_mib(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|text| text.trim().split(' ').next()?.parse::<u64>().ok()).map_or(0, |kib| kib >> 10)
}
