//! Processes: the simulator as a child, and what this process used, from `/proc`.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::Context;
use plumbline_sim::program::Counts;
use plumbline_sim::world::Size;
use tokio::time::Instant;

/// Linux reports CPU time in hundredths of a second, whatever the kernel's own tick is.
const TICK: Duration = Duration::from_millis(10);

/// A simulator in a process of its own; it ends when this is dropped.
pub(crate) struct Simulator {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    pub(crate) endpoint: String,
}

impl Simulator {
    /// Starts one with a generated organization of this size, and more arguments of the simulator's command line.
    pub(crate) fn start(size: Size, arguments: &[&str]) -> anyhow::Result<Self> {
        let [accounts, regions, resources] =
            [size.accounts, size.regions, size.resources].map(|number| number.to_string());
        let mut child = Command::new(std::env::current_exe()?)
            .args(["serve", "generated", "--accounts", &accounts, "--regions", &regions, "--resources", &resources])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("start the simulator")?;
        let input = child.stdin.take().context("write to the simulator")?;
        let output = BufReader::new(child.stdout.take().context("read from the simulator")?);
        let mut simulator = Self { child, input, output, endpoint: String::new() };
        let line = simulator.line()?;
        let endpoint = line.split_whitespace().find_map(|pair| pair.strip_prefix("AWS_ENDPOINT_URL="));
        simulator.endpoint = endpoint.context("the simulator says where it is")?.to_owned();
        Ok(simulator)
    }

    /// What it counted so far: of one account, or of all when the id is empty.
    pub(crate) fn counts(&mut self, account: &str) -> anyhow::Result<Counts> {
        writeln!(self.input, "{account}")?;
        let line = self.line()?;
        Ok(serde_json::from_str(&line)?)
    }

    /// CPU time used so far.
    pub(crate) fn cpu_time(&self) -> Duration {
        cpu_time(&self.child.id().to_string()).unwrap_or_default()
    }

    fn line(&mut self) -> anyhow::Result<String> {
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        Ok(line.trim().to_owned())
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A point to measure from.
pub(crate) struct Meter {
    wall: Instant,
    cpu: Duration,
}

impl Meter {
    pub(crate) fn start() -> Self {
        Self { wall: Instant::now(), cpu: cpu_time("self").unwrap_or_default() }
    }

    /// Wall and CPU time since the start.
    pub(crate) fn read(&self) -> (Duration, Duration) {
        (self.wall.elapsed(), cpu_time("self").unwrap_or_default().saturating_sub(self.cpu))
    }
}

/// User and system time of a process (an id, or `self`).
pub(crate) fn cpu_time(process: &str) -> Option<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name in parentheses may hold spaces; the fields after it are counted from the third.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: u32 = fields.get(11)?.parse::<u32>().ok()? + fields.get(12)?.parse::<u32>().ok()?;
    Some(TICK * ticks)
}

/// The most memory that a process (an id, or `self`) has had, in bytes.
pub(crate) fn peak_memory(process: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? * 1024)
}

/// Descriptors that a process (an id, or `self`) has open.
pub(crate) fn descriptors(process: &str) -> Option<usize> {
    Some(std::fs::read_dir(format!("/proc/{process}/fd")).ok()?.count())
}
