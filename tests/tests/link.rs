//! An agent and a coordinator in one process, over the same gRPC services that remote agents use, scanning the
//! simulated organization: every planned row arrives, whatever happens on the way.
#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use plumbline_agent as agent;
use plumbline_aws::{Caller, Client};
use plumbline_baseline::{Severity, Status};
use plumbline_coordinator as coordinator;
use plumbline_coordinator::organization::{Discovery, Memory};
use plumbline_coordinator::plan::{Baselines, Plan, PlannedControl, Scopes, Selection, needs, plan};
use plumbline_coordinator::read::ScanView;
use plumbline_coordinator::report::ReportRow;
use plumbline_coordinator::store::Store;
use plumbline_proto::agent_v1::JobRef;
use plumbline_proto::agent_v1::upload_client::UploadClient;
use plumbline_sim::{Server, World};
use plumbline_tests::simulated;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// A simulated organization, a coordinator, and what agents need.
struct Bench {
    server: Server,
    store: Store,
    handle: coordinator::Handle,
    address: String,
    token: String,
    plan: Plan,
    start: coordinator::ScanStart,
    shutdown: CancellationToken,
    _data: tempfile::TempDir,
}

fn control(id: &str, scopes: Scopes) -> PlannedControl {
    PlannedControl {
        id: id.into(),
        title: id.into(),
        finding: Default::default(),
        severity: Severity::Low,
        level: 1,
        frameworks: Arc::default(),
        scopes,
        exceptions: BTreeMap::new(),
        reads_account_tags: false,
        reads_delegated_administrators: false,
        reads_resource_control_policies: false,
        settings: BTreeMap::new(),
    }
}

fn caller(server: &Server) -> (Caller, Client) {
    let client = Client::new(simulated::client_options(server.endpoint()));
    let key = server.caller();
    (Caller::with_credentials(&client, simulated::key_credentials(&key), "us-east-1"), client)
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
        let needs = needs(&organization, &selection, &controls, &Baselines::default()).unwrap();
        let mut memory = Memory::none(time::OffsetDateTime::UNIX_EPOCH);
        discovery.details(&mut organization, &needs, &mut memory).await.unwrap();
        let plan = plan(&organization, &selection, controls, &Baselines::default()).unwrap();
        let data = tempfile::tempdir().unwrap();
        let store = Store::create(data.path()).unwrap();
        let (service, handle) = coordinator::Service::new(coordinator::Options::new(store.clone()));
        let token = coordinator::Token::keep_in(data.path()).unwrap();
        let listener = coordinator::Listener::bind("127.0.0.1:0".parse().unwrap(), token.clone()).await.unwrap();
        let address = format!("http://{}", listener.address().unwrap().unwrap());
        let shutdown = CancellationToken::new();
        tokio::spawn(service.run(listener, shutdown.clone()));
        let start = coordinator::ScanStart {
            scan: "01JTEST".parse().unwrap(),
            subject: coordinator::Subject::Real,
            limits: Vec::new(),
            started: "2026-01-15T00:00:00Z".into(),
            version: "0".into(),
            pack_digest: String::new(),
            without_documents: false,
            governance: None,
        };
        Self { server, store, handle, address, token: token.secret().to_owned(), plan, start, shutdown, _data: data }
    }

    fn agent(&self, name: &str) -> (agent::Handle, CancellationToken, JoinHandle<Result<(), agent::Error>>) {
        let (caller, client) = caller(&self.server);
        let mut options = agent::Options::new(caller, client);
        options.agent_id = name.to_owned();
        let coordinator = agent::Coordinator::At { address: self.address.clone(), token: self.token.clone() };
        let (service, handle) = agent::Service::new(options, coordinator);
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
        tokio::time::timeout(Duration::from_secs(60), self.handle.wait(&self.start.scan))
            .await
            .expect("the scan ends")
            .unwrap()
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

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_without_the_token_takes_no_job_and_stores_no_row() {
    let mut bench = Bench::start().await;
    let token = std::mem::replace(&mut bench.token, "0".repeat(64));
    let (_, _, running) = bench.agent("stranger");
    bench.handle.start_scan(&bench.plan, &bench.start).await.unwrap();
    let ended = running.await.unwrap();
    assert!(matches!(ended, Err(agent::Error::Refused(_))), "{ended:?}");

    // Nor over the wire, whatever it says of itself.
    let channel = tonic::transport::Endpoint::from_shared(bench.address.clone()).unwrap().connect().await.unwrap();
    let mut upload = UploadClient::new(channel);
    let named = |token: Option<&str>| {
        let mut request = tonic::Request::new(JobRef { job_id: "01JTEST-000000".into(), attempt: 1, fence: 1 });
        if let Some(token) = token {
            request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
        }
        request.metadata_mut().insert("plumbline-agent", "stranger".parse().unwrap());
        request
    };
    let refused = upload.status(named(None)).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::Unauthenticated);
    let refused = upload.status(named(Some(&token))).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::Unavailable, "with the token, but without a session: {refused}");

    assert_eq!(bench.handle.progress(&bench.start.scan).unwrap().borrow().jobs_committed, 0);
    bench.token = token;
    let (_, stop, running) = bench.agent("friend");
    bench.wait().await;
    stop.cancel();
    running.await.unwrap().unwrap();
    bench.shutdown.cancel();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_comes_with_the_id_of_another_takes_its_place() {
    let bench = Bench::start().await;
    let (mut first, _, running_first) = bench.agent("same");
    while !first.activity().connected {
        first.changed().await.unwrap();
    }
    let (_, stop, running_second) = bench.agent("same");
    let ended = running_first.await.unwrap();
    assert!(matches!(ended, Err(agent::Error::Replaced(_))), "{ended:?}");
    bench.handle.start_scan(&bench.plan, &bench.start).await.unwrap();
    bench.wait().await;
    assert_eq!(bench.rows().len(), bench.plan.jobs.len());
    stop.cancel();
    running_second.await.unwrap().unwrap();
    bench.shutdown.cancel();
}
