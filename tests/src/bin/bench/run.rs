//! One run of the released binary against a simulator in a process of its own, watched from outside: time, CPU, memory
//! and descriptors from `/proc`, calls and connections from the simulator.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, ensure};
use plumbline_baseline::api::Catalog;
use plumbline_sim::AccessKey;
use plumbline_sim::program::Counts;
use plumbline_sim::world::Size;
use serde_json::Value;

use crate::process::{Simulator, cpu_time, descriptors, peak_memory};
use tokio::time::Instant;

/// How often a running scan is looked at.
const GLANCE: Duration = Duration::from_millis(50);
/// Addresses of the simulator besides its first.
const ADDRESSES: u8 = 31;
/// The management account of generated organizations.
pub(crate) const MANAGEMENT: &str = "200000000000";

/// A simulator and a data directory for one or several runs.
pub(crate) struct Stage {
    pub(crate) simulator: Simulator,
    folder: tempfile::TempDir,
}

/// What one run cost.
#[derive(Debug)]
pub(crate) struct Cost {
    pub(crate) wall: Duration,
    pub(crate) cpu: Duration,
    pub(crate) simulator_cpu: Duration,
    /// The most memory that the process had, in bytes.
    pub(crate) peak: u64,
    /// The most descriptors that it had open, as far as a look every [`GLANCE`] shows.
    pub(crate) descriptors: usize,
    pub(crate) counts: Counts,
    /// Rows of the report by status; `UNKNOWN` by its reason.
    pub(crate) rows: BTreeMap<String, usize>,
    pub(crate) exit: i32,
}

impl Stage {
    /// A generated organization, with more arguments of the simulator's command line.
    pub(crate) fn new(size: Size, simulator: &[&str]) -> anyhow::Result<Self> {
        let addresses = ADDRESSES.to_string();
        let arguments = [&["--more-addresses", &addresses], simulator].concat();
        Ok(Self { simulator: Simulator::start(size, &arguments)?, folder: tempfile::tempdir()? })
    }

    /// Runs `plumbline` with these arguments to its end.
    pub(crate) fn run(&mut self, arguments: &[&str]) -> anyhow::Result<Cost> {
        let before = self.simulator.cpu_time();
        let started = Instant::now();
        let mut child = self.command(arguments)?.spawn().context("start plumbline")?;
        let process = child.id().to_string();
        let (mut cpu, mut peak, mut most_descriptors) = (Duration::ZERO, 0, 0);
        let status = loop {
            cpu = cpu_time(&process).unwrap_or(cpu).max(cpu);
            peak = peak_memory(&process).unwrap_or(peak).max(peak);
            most_descriptors = descriptors(&process).unwrap_or(0).max(most_descriptors);
            if let Some(status) = child.try_wait()? {
                break status;
            }
            std::thread::sleep(GLANCE);
        };
        let wall = started.elapsed();
        let exit = status.code().unwrap_or(-1);
        // 3 says that coverage is incomplete, 4 that there are findings: both are done.
        let log = self.log("data");
        ensure!(matches!(exit, 0 | 3 | 4), "plumbline ended with {status}: {log}");
        Ok(Cost {
            wall,
            cpu,
            simulator_cpu: self.simulator.cpu_time().saturating_sub(before),
            peak,
            descriptors: most_descriptors,
            counts: self.simulator.counts("")?,
            rows: rows(self.folder.path())?,
            exit,
        })
    }

    /// What a process with the data directory of this name has said.
    pub(crate) fn log(&self, data: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(format!("{data}.log"))).unwrap_or_default()
    }

    /// The directory of everything but the simulator.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn command(&self, arguments: &[&str]) -> anyhow::Result<Command> {
        self.command_in("data", arguments)
    }

    /// `plumbline` with these arguments and a data directory of this name, which its log is named after.
    pub(crate) fn command_in(&self, data: &str, arguments: &[&str]) -> anyhow::Result<Command> {
        let folder = self.folder.path();
        let key = AccessKey::of_account(MANAGEMENT);
        let mut command = Command::new(plumbline()?);
        command
            .env_clear()
            .args(arguments)
            .env("AWS_ENDPOINT_URL", &self.simulator.endpoint)
            .arg("--data-dir")
            .arg(folder.join(data))
            .env("AWS_ACCESS_KEY_ID", key.id)
            .env("AWS_SECRET_ACCESS_KEY", key.secret)
            .env("AWS_REGION", "us-east-1")
            .env("HOME", folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(folder.join(format!("{data}.log")))?);
        // As at AWS, each service has a host of its own; but not each Region.
        for (number, service) in Catalog::embedded().services().enumerate() {
            let id = service.service_id.replace([' ', '-'], "_").to_uppercase();
            let (_, port) = self.simulator.endpoint.rsplit_once(':').context("an endpoint has a port")?;
            let host = 1 + number % (1 + usize::from(ADDRESSES));
            command.env(format!("AWS_ENDPOINT_URL_{id}"), format!("http://127.0.0.{host}:{port}"));
        }
        if matches!(arguments, ["scan", ..] | ["coordinator", ..]) {
            command.arg("--output").arg(folder.join("report"));
        }
        Ok(command)
    }
}

impl Cost {
    /// CPU time of the scanner for each call that it made, in milliseconds.
    pub(crate) fn cpu_a_call(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e3 / self.counts.requests.max(1) as f64
    }

    /// All rows.
    pub(crate) fn all_rows(&self) -> usize {
        self.rows.values().sum()
    }
}

/// Rows of the report by status and reason; none when there is no report.
pub(crate) fn rows(folder: &Path) -> anyhow::Result<BTreeMap<String, usize>> {
    let mut rows = BTreeMap::new();
    let path = folder.join("report/findings.ndjson");
    if !path.exists() {
        return Ok(rows);
    }
    for line in std::io::BufRead::lines(std::io::BufReader::new(std::fs::File::open(path)?)) {
        let row: Value = serde_json::from_str(&line?)?;
        let status = row["status"].as_str().unwrap_or_default();
        let reason = row["reason"].as_str().unwrap_or_default();
        let code = reason.split(':').next().unwrap_or_default();
        let kind = if status == "UNKNOWN" { format!("{status}({code})") } else { status.to_owned() };
        *rows.entry(kind).or_default() += 1;
    }
    Ok(rows)
}

/// The binary beside this one, built in the same profile.
fn plumbline() -> anyhow::Result<PathBuf> {
    let path = std::env::current_exe()?.with_file_name("plumbline");
    ensure!(path.exists(), "{} does not exist: run `cargo build --release` first", path.display());
    Ok(path)
}
