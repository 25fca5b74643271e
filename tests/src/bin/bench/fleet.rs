//! A coordinator and agents in processes of their own, against AWS's latency and quotas: the time against the longest
//! chain that the budgets allow, and what each process takes of the machine.

use std::net::TcpListener;
use std::process::{Child, Command};
use std::time::Duration;

use anyhow::{Context, ensure};
use plumbline_sim::world::Size;
use tokio::time::Instant;

use crate::chain::Chain;
use crate::organization::{LATENCY, MEAN, seconds};
use crate::process::{cpu_time, peak_memory};
use crate::run::{Stage, rows};
use crate::table;

/// How often the processes are looked at.
const GLANCE: Duration = Duration::from_millis(200);
/// No coordinator takes longer to listen.
const START: Duration = Duration::from_secs(30);

/// One process, and what it took so far.
struct Watched {
    child: Child,
    peak: u64,
    cpu: Duration,
}

impl Watched {
    fn start(command: &mut Command) -> anyhow::Result<Self> {
        Ok(Self { child: command.spawn().context("start plumbline")?, peak: 0, cpu: Duration::ZERO })
    }

    fn look(&mut self) {
        let process = self.child.id().to_string();
        self.peak = peak_memory(&process).unwrap_or(0).max(self.peak);
        self.cpu = cpu_time(&process).unwrap_or_default().max(self.cpu);
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Prints what a scan by so many agents took, each of which does so many jobs at a time.
pub(crate) fn run(size: Size, agents: usize, capacity: Option<&str>) -> anyhow::Result<()> {
    let mut stage = Stage::new(size, &["--repeat", "--latency", LATENCY, "--quotas"])?;
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
    let before = stage.simulator.cpu_time();
    let started = Instant::now();
    let mut coordinator =
        Watched::start(&mut stage.command_in("data", &["coordinator", "--once", "--listen", &address])?)?;
    let token = stage.folder().join("data/agent.token");
    while !token.exists() {
        ensure!(started.elapsed() < START, "no coordinator: {}", stage.log("data"));
        std::thread::sleep(GLANCE);
    }
    let url = format!("http://{address}");
    let agent = |number: usize| {
        let data = format!("agent-{number}");
        let mut command = stage.command_in(&data, &["agent", "--coordinator", &url])?;
        command.arg("--token-file").arg(&token);
        command.args(capacity.iter().flat_map(|jobs| ["--capacity", jobs]));
        Watched::start(&mut command)
    };
    let mut workers = (0..agents).map(agent).collect::<anyhow::Result<Vec<_>>>()?;
    let status = loop {
        coordinator.look();
        workers.iter_mut().for_each(Watched::look);
        if let Some(status) = coordinator.child.try_wait()? {
            break status;
        }
        std::thread::sleep(GLANCE);
    };
    let wall = started.elapsed();
    // 3 says that coverage is incomplete, 4 that there are findings: both are done.
    ensure!(matches!(status.code(), Some(0 | 3 | 4)), "the coordinator ended with {status}: {}", stage.log("data"));
    let simulator = stage.simulator.cpu_time().saturating_sub(before);
    let counts = stage.simulator.counts("")?;
    let calls_in_flight = plumbline_aws::Options::default().calls_in_flight * agents;
    let chain = Chain::of(&counts, MEAN, calls_in_flight);
    let of_agents: Duration = workers.iter().map(|worker| worker.cpu).sum();
    let cores = |cpu: Duration| format!("{:.2} cores", cpu.as_secs_f64() / wall.as_secs_f64());
    let megabytes = |bytes: u64| format!("{:.0} MB", bytes as f64 / 1e6);
    let peaks = workers.iter().map(|worker| worker.peak);
    let row = [
        ("wall", seconds(wall)),
        ("chain", seconds(chain.whole())),
        ("ratio", format!("{:.2}", wall.as_secs_f64() / chain.whole().as_secs_f64())),
        ("coordinator's peak", megabytes(coordinator.peak)),
        (
            "agents' peaks",
            format!("{} to {}", megabytes(peaks.clone().min().unwrap_or(0)), megabytes(peaks.max().unwrap_or(0))),
        ),
        ("calls", counts.requests.to_string()),
        ("throttled", counts.throttled.to_string()),
    ];
    let title = format!(
        "{} accounts × {} Regions, {agents} agents, {} of each resource, 80 ± 30 ms, quotas held",
        size.accounts, size.regions, size.resources
    );
    table::print(
        &title,
        &[row.iter().map(|(name, _)| (*name).to_owned()).collect(), row.map(|(_, cell)| cell).to_vec()],
    );
    println!(
        "  chain {:?}; coordinator {}, agents {}, simulator {}; {:?}",
        chain.parts(),
        cores(coordinator.cpu),
        cores(of_agents),
        cores(simulator),
        rows(stage.folder())?
    );
    Ok(())
}
