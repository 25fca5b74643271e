//! The simulated organization, a data directory, and the processes that work on them.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, ensure};
use plumbline_baseline::ScanId;
use plumbline_coordinator as coordinator;
use plumbline_coordinator::store::Store;
use plumbline_coordinator::store::record::{JobState, ScanState};
use plumbline_sim::{Fault, Rule, Server, World};
use tempfile::TempDir;
use tokio::time::Instant;

use super::history::History;
use super::outcome::{Outcome, Wrong};
use super::process::Process;
use super::served::REGIONS;
use super::table::Table;
use crate::{nights, simulated};

/// No start of an agent takes longer, on a machine that has other work.
const START: Duration = Duration::from_secs(60);
/// No scan takes longer, once it is left in peace.
pub(super) const LONGEST: Duration = Duration::from_secs(240);
/// The seed of the demonstration's world.
const WORLD: u64 = 7;
/// The ports that no connection that goes out is given.
const PORTS: std::ops::Range<u16> = 20_000..30_000;
/// The undisturbed scan of a library's coordinator: stores call the scan newest whose id sorts last, and this is none of
/// those that are held against it.
const UNDISTURBED: &str = "01BEFORE";
/// A coordinator ends with these when its scan is done.
const DONE: [i32; 3] = [0, 3, 4];

/// Which coordinator serves.
#[derive(Clone, Copy, Debug)]
pub(super) enum Coordinator {
    /// The built `plumbline coordinator --once`.
    Built,
    /// One of the library, with leases of so many milliseconds and perhaps a bug.
    Served { lease: u64, bug: Option<usize> },
}

/// What a store says of its newest scan.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    pub(super) scan: ScanId,
    pub(super) state: ScanState,
    /// Jobs that agents hold.
    pub(super) leased: usize,
    /// Chunks that wait for their commit.
    pub(super) chunks: u64,
}

/// All of it.
pub(super) struct Fleet {
    server: Server,
    data: TempDir,
    /// Where agents connect.
    pub(super) listen: SocketAddr,
    coordinator: Coordinator,
}

impl Fleet {
    /// An organization of so many accounts, in which a job takes at least so long.
    pub(super) async fn start(accounts: usize, job: Duration, coordinator: Coordinator) -> anyhow::Result<Self> {
        let server = simulated::serve(World::demo_of(accounts, WORLD)).await;
        slow(&server, job);
        let data = tempfile::tempdir()?;
        coordinator::Token::keep_in(data.path())?;
        let first = PORTS.start + u16::try_from(std::process::id() % 10_000)?;
        let mut ports = (first..PORTS.end).chain(PORTS).map(|port| SocketAddr::from(([127, 0, 0, 1], port)));
        let listen = ports.find(|address| TcpListener::bind(address).is_ok()).context("a free port")?;
        Ok(Self { server, data, listen, coordinator })
    }

    /// The same, with another coordinator.
    pub(super) fn with(self, coordinator: Coordinator) -> Self {
        Self { coordinator, ..self }
    }

    /// Stores a night of so many resources of another organization; nothing for none.
    pub(super) async fn fill(&self, resources: usize) -> anyhow::Result<()> {
        if resources > 0 { nights::first(resources, self.data.path()).await } else { Ok(()) }
    }

    /// The size of the store's file.
    pub(super) fn store_bytes(&self) -> anyhow::Result<u64> {
        Ok(std::fs::metadata(Store::path_in(self.data.path()))?.len())
    }

    /// From now on a job takes at least so long.
    pub(super) fn set_job(&self, job: Duration) {
        self.server.faults().clear();
        slow(&self.server, job);
    }

    /// A command of the built binary in this organization, on this data directory.
    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        simulated::command(&self.server, self.data.path(), arguments)
    }

    /// The simulator.
    pub(super) fn server(&self) -> &Server {
        &self.server
    }

    /// What agents show.
    pub(super) fn token(&self) -> anyhow::Result<coordinator::Token> {
        Ok(coordinator::Token::keep_in(self.data.path())?)
    }

    /// An agent that connects there, and its name, once it is on its way.
    pub(super) async fn agent(&self, at: SocketAddr, capacity: usize) -> anyhow::Result<(Process, String)> {
        self.agent_in(self.data.path(), at, capacity).await
    }

    /// The same with a data directory of its own.
    pub(super) async fn agent_in(
        &self,
        data: &Path,
        at: SocketAddr,
        capacity: usize,
    ) -> anyhow::Result<(Process, String)> {
        let (at, capacity) = (format!("http://{at}"), capacity.to_string());
        let arguments = ["agent", "--coordinator", &at, "--capacity", &capacity];
        let mut command = simulated::command(&self.server, data, &arguments);
        command.arg("--token-file").arg(coordinator::Token::path_in(self.data.path()));
        let mut agent = Process::start(&mut command)?;
        ensure!(agent.wait_for("plumbline: agent ", START).await?, "no agent: {}", agent.last_lines());
        let name = {
            let lines = agent.lines();
            let said = lines.iter().find_map(|(_, line)| line.split("plumbline: agent ").nth(1));
            said.and_then(|line| line.split(' ').next()).context("an agent says its name")?.to_owned()
        };
        Ok((agent, name))
    }

    /// The coordinator, with a new scan or with the one that was left.
    pub(super) fn coordinator(&self, scan: &str, resume: bool) -> anyhow::Result<Process> {
        let listen = self.listen.to_string();
        let mut command = match self.coordinator {
            Coordinator::Built => {
                let regions = REGIONS.join(",");
                let mut arguments = vec!["coordinator", "--once", "--listen", &listen];
                // What is gone on with knows where it was.
                match resume {
                    true => arguments.push("--resume"),
                    false => arguments.extend(["--regions", &regions]),
                }
                let mut command = self.command(&arguments);
                command.env("PLUMBLINE_LOG", "warn,plumbline_coordinator=debug");
                command
            }
            Coordinator::Served { lease, bug } => self.served(scan, &listen, lease, bug)?,
        };
        Process::start(&mut command)
    }

    fn served(&self, scan: &str, listen: &str, lease: u64, bug: Option<usize>) -> anyhow::Result<Command> {
        let mut program = std::env::current_exe()?;
        // A test is in target/debug/deps, and the program above.
        let folder = program.parent().context("a program is in a folder")?;
        let folder = if folder.ends_with("deps") { folder.parent().unwrap_or(folder) } else { folder };
        program = folder.join("fleet_faults");
        let key = self.server.caller();
        let mut command = Command::new(program);
        command.args(["serve", "--listen", listen, "--endpoint", self.server.endpoint()]);
        command.args(["--scan", scan, "--role", self.server.world().role_name(), "--lease", &lease.to_string()]);
        command.arg("--data").arg(self.data.path()).args(["--key", &key.id, &key.secret]);
        if let Some(bug) = bug {
            command.args(["--bug", &bug.to_string()]);
        }
        Ok(command)
    }

    /// What the store says of its newest scan, read from a copy: the coordinator has to mend the file itself.
    pub(super) fn standing(&self, is_verified: bool, wrong: &mut Wrong) -> anyhow::Result<Option<Standing>> {
        if !Store::path_in(self.data.path()).exists() {
            return Ok(None);
        }
        let (_copy, store) = self.copied()?;
        if is_verified {
            verify(&store, wrong)?;
        }
        let Some(newest) = store.scans()?.into_iter().next() else { return Ok(None) };
        let record = store.scan(&newest.id)?.context("a listed scan has a record")?;
        let leased = store.jobs(&newest.id)?.iter().filter(|job| job.state() == JobState::Leased).count();
        Ok(Some(Standing { scan: newest.id, state: record.state(), leased, chunks: store.count_chunks()? }))
    }

    /// A copy of the store, so that nothing but coordinators ever opens the file.
    pub(super) fn copied(&self) -> anyhow::Result<(TempDir, Store)> {
        let copy = tempfile::tempdir()?;
        std::fs::copy(Store::path_in(self.data.path()), Store::path_in(copy.path()))?;
        let store = Store::create(copy.path())?;
        Ok((copy, store))
    }

    /// Scans once without a fault.
    pub(super) async fn undisturbed(&self) -> anyhow::Result<Table> {
        let mut coordinator = self.coordinator(UNDISTURBED, false)?;
        let ended = coordinator.wait(LONGEST).await?;
        ensure!(is_done(ended), "the undisturbed scan: {ended:?}: {}", coordinator.last_lines());
        let mut wrong = Wrong::default();
        let standing = self.standing(true, &mut wrong)?.context("the scan is stored")?;
        ensure!(standing.state == ScanState::Complete && wrong.is_nothing(), "{standing:?} {wrong:?}");
        let table = Table::of(&self.copied()?.1, &standing.scan)?;
        ensure!(table.len() > 100, "{} rows", table.len());
        Ok(table)
    }

    /// Holds the newest scan, which ended, against the undisturbed one; returns its attempts and those that were charged.
    pub(super) fn check(&self, expected: &Table, outcome: &mut Outcome) -> anyhow::Result<(u64, u64)> {
        let (_copy, store) = self.copied()?;
        let wrong = &mut outcome.wrong;
        verify(&store, wrong)?;
        let newest = store.scans()?.into_iter().next().context("the scan is stored")?.id;
        ensure!(newest.as_str() != UNDISTURBED, "there is nothing newer than the undisturbed scan");
        let state = store.scan(&newest)?.context("a listed scan has a record")?.state();
        if state != ScanState::Complete {
            wrong.fail(format!("{newest} is {state:?}"));
        }
        expected.compare(&Table::of(&store, &newest)?, newest.as_str(), wrong);
        if store.count_chunks()? != 0 {
            wrong.fail(format!("{newest}: chunks are left"));
        }
        let jobs = store.jobs(&newest)?;
        outcome.scans += 1;
        outcome.add("jobs", jobs.len() as u64);
        let attempts = jobs.iter().map(|job| u64::from(job.attempt)).sum();
        outcome.add("attempts at them", attempts);
        Ok((attempts, jobs.iter().map(|job| u64::from(job.failed_attempts)).sum()))
    }
}

/// Each job begins with the role of its account.
fn slow(server: &Server, job: Duration) {
    server.faults().add(Rule::new("sts", "AssumeRole", Fault::Latency(job)));
}

/// Whether a coordinator ended because its scan is done.
pub(super) fn is_done(ended: Option<std::process::ExitStatus>) -> bool {
    ended.and_then(|status| status.code()).is_some_and(|code| DONE.contains(&code))
}

pub(super) fn verify(store: &Store, wrong: &mut Wrong) -> anyhow::Result<()> {
    let found = store.verify()?;
    if !found.is_clean() {
        wrong.fail(format!("the store does not verify: {:?}", found.damage.first()));
    }
    Ok(())
}

/// Adds what a coordinator said in its life, which just ended.
pub(super) fn add_life(history: &mut History, coordinator: &mut Process, agents_stay: bool, wrong: &mut Wrong) {
    let ended = Instant::now();
    coordinator.finish_reading();
    history.add(coordinator.lines().iter(), ended, agents_stay, wrong);
}

/// Whether an agent held a job at a moment, as the coordinator's log has it.
pub(super) fn is_busy(lines: &[(Instant, String)], agent: &str, at: Instant) -> bool {
    let mut held = std::collections::BTreeSet::new();
    for (_, line) in lines.iter().filter(|(when, _)| *when <= at) {
        let Some(job) = super::history::field(line, "job=") else { continue };
        if line.contains("job granted") && line.contains(agent) {
            held.insert(job);
        } else if line.contains("job committed") || line.contains("job granted") {
            held.remove(job);
        }
    }
    !held.is_empty()
}
