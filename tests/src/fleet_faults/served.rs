//! A coordinator of the library as a process of its own: with leases of a second, which no option of `plumbline` makes, so
//! that they end while somebody watches; and with a bug, where one is planted.
//!
//! It plans one scan and serves agents until that is done, or goes on with the one that an earlier process left.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use clap::Args;
use plumbline_baseline::ScanId;
use plumbline_coordinator as coordinator;
use plumbline_coordinator::store::record::ScanState;
use plumbline_coordinator::store::{GivenUp, ScanEnd, Store};
use time::format_description::well_known::Rfc3339;
use tokio_util::sync::CancellationToken;

use crate::clock;
use crate::scan::Scan;

/// The command line of the process.
#[derive(Args, Clone, Debug)]
pub struct Arguments {
    /// The data directory.
    #[arg(long)]
    pub data: PathBuf,
    /// Where agents connect.
    #[arg(long)]
    pub listen: SocketAddr,
    /// The simulator.
    #[arg(long)]
    pub endpoint: String,
    /// The access key of whoever scans, and its secret.
    #[arg(long, num_args = 2)]
    pub key: Vec<String>,
    /// The role in member accounts.
    #[arg(long)]
    pub role: String,
    /// The scan's id.
    #[arg(long)]
    pub scan: ScanId,
    /// Milliseconds of a lease.
    #[arg(long, default_value_t = 1_000)]
    pub lease: u64,
    /// Attempts before a job is given up.
    #[arg(long, default_value_t = 10_000)]
    pub attempts: u32,
    /// The number of a bug in `plumbline_coordinator::planted::OF_FLEET`.
    #[arg(long)]
    pub bug: Option<usize>,
}

/// The Regions of these scans.
pub(super) const REGIONS: [&str; 2] = ["us-east-1", "eu-central-1"];

/// Controls that take few calls: there are to be many short jobs.
pub(super) fn controls() -> Vec<String> {
    let pack = plumbline_baseline::pack::Pack::embedded();
    let is_short = |id: &str| ["sqs-", "sns-", "kms-", "iam-password"].iter().any(|start| id.starts_with(start));
    pack.controls().map(|control| control.id().to_string()).filter(|id| is_short(id)).collect()
}

/// Runs until the scan is done.
///
/// # Errors
/// When a part of it fails.
pub async fn run(arguments: Arguments) -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_env_filter("warn,plumbline_coordinator=debug")
        .with_ansi(false)
        .with_writer(std::io::stderr)
        .init();
    plant(arguments.bug);
    let store = Store::create(&arguments.data)?;
    let mut options = coordinator::Options::new(store.clone());
    options.lease_ttl = Duration::from_millis(arguments.lease);
    options.heartbeat = options.lease_ttl / 4;
    options.max_attempts = arguments.attempts;
    let (service, handle) = coordinator::Service::new(options);
    let token = coordinator::Token::keep_in(&arguments.data)?;
    let listener = coordinator::Listener::bind(arguments.listen, token).await?;
    begin(&arguments, &store, &handle).await?;
    let stop = CancellationToken::new();
    let serving = tokio::spawn(service.run(listener, stop.clone()));
    let waited = handle.wait(&arguments.scan).await;
    waited.map_err(|error| anyhow!("{error}"))?;
    let finished = clock::now().format(&Rfc3339)?;
    handle.finish_scan(&arguments.scan, &finished, ScanEnd::Complete).await.map_err(|error| anyhow!("{error}"))?;
    stop.cancel();
    serving.await?.map_err(|error| anyhow!("{error}"))
}

/// Plans the scan, or goes on with it.
async fn begin(arguments: &Arguments, store: &Store, handle: &coordinator::Handle) -> anyhow::Result<()> {
    let known = store.scan(&arguments.scan)?;
    if known.is_some_and(|scan| scan.state() == ScanState::Running) {
        let resumed = handle.resume_scan(&arguments.scan, "", GivenUp::StaysSo, |_| false).await;
        return resumed.map_err(|error| anyhow!("{error}"));
    }
    let [id, secret] = arguments.key.as_slice() else { return Err(anyhow!("a key has two parts")) };
    let credentials = Credentials::new(id, secret, None, None, "simulator");
    let mut scan = Scan::at(&arguments.endpoint, SharedCredentialsProvider::new(credentials), &arguments.role);
    scan.regions = REGIONS.map(str::to_owned).to_vec();
    scan.enabled = controls();
    let plan = scan.plan().await.context("plan")?;
    let start = coordinator::ScanStart {
        scan: arguments.scan.clone(),
        subject: coordinator::Subject::Real,
        limits: Vec::new(),
        started: clock::now().format(&Rfc3339)?,
        version: "0".into(),
        pack_digest: Arc::clone(&scan.pack).digest().to_owned(),
        without_documents: false,
        governance: None,
    };
    handle.start_scan(&plan, &start).await.map_err(|error| anyhow!("{error}"))
}

#[cfg(feature = "planted")]
fn plant(bug: Option<usize>) {
    use plumbline_coordinator::planted;
    planted::plant(bug.and_then(|bug| planted::OF_FLEET.get(bug).copied()));
}

#[cfg(not(feature = "planted"))]
fn plant(_: Option<usize>) {}
