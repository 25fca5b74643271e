//! An agent and a coordinator in one process, over the same gRPC services that remote agents use, scanning the
//! simulated organization: every planned row arrives, whatever happens on the way.
#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use plumbline_agent as agent;
use plumbline_aws::Client;
use plumbline_aws::credentials::Caller;
use plumbline_baseline::{Severity, Status};
use plumbline_coordinator as coordinator;
use plumbline_coordinator::organization::{Discovery, Memory};
use plumbline_coordinator::plan::{Plan, PlannedControl, Scopes, Selection, needs, plan};
use plumbline_coordinator::read::ScanView;
use plumbline_coordinator::report::ReportRow;
use plumbline_coordinator::store::Store;
use plumbline_sim::{Server, World};
use plumbline_tests::simulated;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// A simulated organization, a coordinator, and what agents need.
struct Bench {
    server: Server,
    store: Store,
    handle: coordinator::Handle,
    address: String,
    plan: Plan,
    start: coordinator::ScanStart,
    shutdown: CancellationToken,
    _data: tempfile::TempDir,
}

fn control(id: &str, scopes: Scopes) -> PlannedControl {
    PlannedControl {
        id: id.into(),
        title: id.into(),
        severity: Severity::Low,
        level: 1,
        frameworks: Arc::default(),
        scopes,
        reads_account_tags: false,
        settings: BTreeMap::new(),
    }
}

fn caller(server: &Server) -> (Caller, Client) {
    let options = simulated::client_options(server.endpoint());
    let key = server.caller();
    let caller = Caller::with_credentials(&options, simulated::key_credentials(&key), "us-east-1");
    (caller, Client::new(options))
}

impl Bench {
    async fn start() -> Self {
        let server = simulated::serve(World::demo()).await;
        let (caller, client) = caller(&server);
        let discovery = Discovery::new(caller, client);
        let mut organization = discovery.accounts(&[]).await.unwrap();
        let controls = vec![
            control("no-such-regional-control", Scopes { regional: true, ..Scopes::default() }),
            control("no-such-global-control", Scopes { global: true, ..Scopes::default() }),
        ];
        let selection = Selection { role: "PlumblineAudit".into(), ..Selection::default() };
        let needs = needs(&organization, &selection, &controls).unwrap();
        let mut memory = Memory::none(time::OffsetDateTime::UNIX_EPOCH);
        discovery.details(&mut organization, &needs, &mut memory).await.unwrap();
        let plan = plan(&organization, &selection, controls).unwrap();
        let data = tempfile::tempdir().unwrap();
        let store = Store::create(data.path()).unwrap();
        let (service, handle) = coordinator::Service::new(coordinator::Options::new(store.clone()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let shutdown = CancellationToken::new();
        tokio::spawn(service.run(listener, shutdown.clone()));
        let start = coordinator::ScanStart {
            scan: "01JTEST".parse().unwrap(),
            subject: coordinator::Subject::Real,
            limits: Vec::new(),
            started: "2026-01-15T00:00:00Z".into(),
            version: "0".into(),
            pack_digest: String::new(),
        };
        Self { server, store, handle, address, plan, start, shutdown, _data: data }
    }

    fn agent(&self, name: &str) -> (agent::Handle, CancellationToken, JoinHandle<Result<(), agent::Error>>) {
        let (caller, client) = caller(&self.server);
        let mut options = agent::Options::new(&self.address, caller, client);
        options.agent_id = name.to_owned();
        let (service, handle) = agent::Service::new(options);
        let shutdown = CancellationToken::new();
        let running = tokio::spawn(service.run(shutdown.clone()));
        (handle, shutdown, running)
    }

    fn rows(&self) -> Vec<ReportRow> {
        let view = ScanView::open(&self.store, &self.start.scan).unwrap().unwrap();
        let mut rows = Vec::new();
        view.for_each(|row| {
            rows.push(row.clone());
            Ok::<(), coordinator::store::Error>(())
        })
        .unwrap();
        rows
    }

    async fn wait(&self) -> coordinator::ScanProgress {
        tokio::time::timeout(Duration::from_secs(60), self.handle.wait()).await.expect("the scan ends").unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_planned_row_arrives_through_the_wire() {
    let bench = Bench::start().await;
    let (mut handle, shutdown, running) = bench.agent("one");
    bench.handle.start_scan(&bench.plan, &bench.start).await.unwrap();
    bench.wait().await;
    while handle.activity().running > 0 {
        handle.changed().await.unwrap();
    }
    assert_eq!(handle.activity().committed as usize, bench.plan.jobs.len());
    let rows = bench.rows();
    assert_eq!(rows.len(), bench.plan.jobs.len(), "one control a job");
    assert!(rows.iter().all(|row| row.status == Status::Unknown));
    shutdown.cancel();
    running.await.unwrap().unwrap();
    bench.shutdown.cancel();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_leaves_gives_its_jobs_to_the_next_one() {
    let bench = Bench::start().await;
    bench.server.faults().add(plumbline_sim::Rule::new(
        "sts",
        "AssumeRole",
        plumbline_sim::Fault::Latency(Duration::from_secs(5)),
    ));
    let (_, shutdown, running) = bench.agent("first");
    bench.handle.start_scan(&bench.plan, &bench.start).await.unwrap();
    let (second, stop_second, running_second) = bench.agent("second");
    shutdown.cancel();
    running.await.unwrap().unwrap();
    bench.server.faults().clear();
    bench.wait().await;
    assert!(second.activity().committed > 0);
    assert_eq!(bench.rows().len(), bench.plan.jobs.len());
    stop_second.cancel();
    running_second.await.unwrap().unwrap();
    bench.shutdown.cancel();
}
