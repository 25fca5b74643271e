//! Processes: the simulator as a child, and what this process used, from `/proc`.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context;

/// Linux reports CPU time in hundredths of a second, whatever the kernel's own tick is.
const TICK: Duration = Duration::from_millis(10);

/// A simulator in a process of its own; it ends when this is dropped.
pub(crate) struct Simulator {
    child: Child,
    pub(crate) endpoint: String,
}

impl Simulator {
    /// Starts one with a generated organization of this size.
    pub(crate) fn start(accounts: usize, regions: usize, resources: usize) -> anyhow::Result<Self> {
        let arguments = [accounts, regions, resources].map(|number| number.to_string());
        let mut child = Command::new(std::env::current_exe()?)
            .arg("serve")
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .context("start the simulator")?;
        let output = child.stdout.take().context("read from the simulator")?;
        let mut endpoint = String::new();
        BufReader::new(output).read_line(&mut endpoint)?;
        Ok(Self { child, endpoint: endpoint.trim().to_owned() })
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
