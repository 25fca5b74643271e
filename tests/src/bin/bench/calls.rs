//! What one call costs: CPU time of signing, HTTP and decoding, against a simulator that repeats its answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context;
use plumbline_aws::{CallReport, Client, Observer};
use plumbline_baseline::Doc;
use plumbline_sim::world::Size;
use plumbline_tests::simulated;
use tokio::task::JoinSet;

use crate::process::{Meter, Simulator};
use crate::table;

/// Calls under way at the same time.
const CONCURRENCY: usize = 16;

/// What is called: a label, service, operation, input, how often.
const WORK: [(&str, &str, &str, &str, u64); 5] = [
    ("ec2, 0.2 KB", "ec2", "GetEbsEncryptionByDefault", "{}", 8000),
    ("json, 1 KB", "cloudtrail", "DescribeTrails", "{}", 8000),
    ("ec2, 500 volumes", "ec2", "DescribeVolumes", "{}", 200),
    ("query, 100 roles and users", "iam", "GetAccountAuthorizationDetails", "{}", 400),
    ("rest-json, 50 functions", "lambda", "ListFunctions", "{}", 800),
];

struct Bytes(AtomicU64);

impl Observer for Bytes {
    fn call_finished(&self, report: &CallReport<'_>) {
        self.0.fetch_add(report.bytes as u64, Ordering::Relaxed);
    }
}

/// Prints the table.
pub(crate) async fn run() -> anyhow::Result<()> {
    let simulator = Simulator::start(Size { accounts: 1, regions: 1, resources: 500 }, &["--repeat"])?;
    let mut rows = vec![["call", "calls/s", "CPU/call", "KB/call", "MB/s", "MB/CPU-s"].map(str::to_owned).to_vec()];
    for (label, service, operation, input, times) in WORK {
        let input = Doc::from_json(input)?;
        measure(&simulator, service, operation, &input, times / 10).await?;
        let (wall, cpu, bytes) = measure(&simulator, service, operation, &input, times).await?;
        let (calls, megabytes) = (times as f64, bytes as f64 / 1e6);
        rows.push(vec![
            label.to_owned(),
            format!("{:.0}", calls / wall),
            format!("{:.3} ms", cpu * 1e3 / calls),
            format!("{:.1}", megabytes * 1e3 / calls),
            format!("{:.1}", megabytes / wall),
            format!("{:.1}", megabytes / cpu),
        ]);
    }
    table::print(&format!("Calls, {CONCURRENCY} at a time (CPU of the client only)"), &rows);
    Ok(())
}

/// Wall and CPU seconds and body bytes of `times` calls.
async fn measure(
    simulator: &Simulator,
    service: &'static str,
    operation: &'static str,
    input: &Doc,
    times: u64,
) -> anyhow::Result<(f64, f64, u64)> {
    let bytes = Arc::new(Bytes(AtomicU64::new(0)));
    let options = simulated::client_options(&simulator.endpoint);
    let client = Client::new(plumbline_aws::Options { observer: bytes.clone(), ..options });
    let target = simulated::target("200000000000", "us-east-1");
    let meter = Meter::start();
    let mut tasks = JoinSet::new();
    for worker in 0..CONCURRENCY as u64 {
        let (client, target, input) = (client.clone(), target.clone(), input.clone());
        let share = times / CONCURRENCY as u64 + u64::from(worker < times % CONCURRENCY as u64);
        tasks.spawn(async move {
            for _ in 0..share {
                client.call(&target, service, operation, &input).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended.context("join a worker")??;
    }
    let (wall, cpu) = meter.read();
    Ok((wall.as_secs_f64(), cpu.as_secs_f64(), bytes.0.load(Ordering::Relaxed)))
}
