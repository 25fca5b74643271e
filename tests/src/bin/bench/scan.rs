//! What a scan costs: the released binary against generated organizations, measured from outside.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use plumbline_sim::AccessKey;
use plumbline_sim::world::Size;

use crate::process::{Simulator, cpu_time, peak_memory};
use crate::table;

/// Regions of every account.
const REGIONS: usize = 2;
/// Resources of each type in each account and Region.
const RESOURCES: usize = 3;
/// How often a running scan is looked at.
const GLANCE: Duration = Duration::from_millis(20);

/// What one scan cost.
struct Cost {
    wall: Duration,
    cpu: Duration,
    simulator_cpu: Duration,
    peak: u64,
    calls: u64,
    rows: usize,
}

/// Prints the table for organizations of these sizes.
pub(crate) fn run(accounts: &[usize]) -> anyhow::Result<()> {
    let head =
        ["accounts", "wall", "CPU", "CPU/account", "CPU/call", "calls", "calls/s", "peak", "rows", "(simulator)"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for &accounts in accounts {
        let cost = scan(accounts)?;
        let (wall, cpu) = (cost.wall.as_secs_f64(), cost.cpu.as_secs_f64());
        rows.push(vec![
            accounts.to_string(),
            format!("{wall:.2} s"),
            format!("{cpu:.2} s"),
            format!("{:.1} ms", cpu * 1e3 / accounts as f64),
            format!("{:.3} ms", cpu * 1e3 / cost.calls.max(1) as f64),
            cost.calls.to_string(),
            format!("{:.0}", cost.calls as f64 / wall),
            format!("{:.1} MB", cost.peak as f64 / 1e6),
            cost.rows.to_string(),
            format!("{:.2} s", cost.simulator_cpu.as_secs_f64()),
        ]);
    }
    let title = format!("`plumbline scan`, {REGIONS} Regions an account, {RESOURCES} resources of each type in each");
    table::print(&title, &rows);
    Ok(())
}

fn scan(accounts: usize) -> anyhow::Result<Cost> {
    let mut simulator = Simulator::start(Size { accounts, regions: REGIONS, resources: RESOURCES }, &["--repeat"])?;
    let folder = tempfile::tempdir()?;
    let key = AccessKey::of_account("200000000000");
    let started = Instant::now();
    let mut child = Command::new(plumbline()?)
        .args(["scan", "--endpoint-url", &simulator.endpoint])
        .arg("--data-dir")
        .arg(folder.path().join("data"))
        .arg("--output")
        .arg(folder.path().join("report"))
        .env_clear()
        .env("AWS_ACCESS_KEY_ID", key.id)
        .env("AWS_SECRET_ACCESS_KEY", key.secret)
        .env("AWS_REGION", "us-east-1")
        .env("HOME", folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("start plumbline")?;
    let process = child.id().to_string();
    let (mut cpu, mut peak) = (Duration::ZERO, 0);
    let status = loop {
        cpu = cpu_time(&process).unwrap_or(cpu).max(cpu);
        peak = peak_memory(&process).unwrap_or(peak).max(peak);
        if let Some(status) = child.try_wait()? {
            break status;
        }
        std::thread::sleep(GLANCE);
    };
    let wall = started.elapsed();
    // 3 says that coverage is incomplete, 4 that there are findings: both are done.
    ensure!(matches!(status.code(), Some(0 | 3 | 4)), "plumbline scan ended with {status}");
    let calls = simulator.counts()?.requests;
    Ok(Cost { wall, cpu, simulator_cpu: simulator.cpu_time(), peak, calls, rows: rows(folder.path()) })
}

/// Rows of the report.
fn rows(folder: &Path) -> usize {
    let text = std::fs::read(folder.join("report/findings.ndjson")).unwrap_or_default();
    text.iter().filter(|byte| **byte == b'\n').count()
}

/// The binary beside this one, built in the same profile.
fn plumbline() -> anyhow::Result<PathBuf> {
    let path = std::env::current_exe()?.with_file_name("plumbline");
    ensure!(path.exists(), "{} does not exist: run `cargo build --release` first", path.display());
    Ok(path)
}
