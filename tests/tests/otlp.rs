//! Real runs against a collector on this machine, built on OpenTelemetry's own services: spans of two processes in one
//! trace, numbers with their labels, nothing of the libraries below, and an end that waits for all of it.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use plumbline_sim::World;
use plumbline_telemetry::catalogue::{AWS_CALLS, JOBS, LAST_SCAN, SCAN_ROWS, STORE_COMMIT};
use plumbline_telemetry::logging::{Color, Format};
use plumbline_telemetry::otlp::{Collector, Ended};
use plumbline_telemetry::propagation::{Carrier, Joined, TRACEPARENT, inject, join};
use plumbline_telemetry::{Options, Registry, init};
use plumbline_tests::collector::{Received, collector, texts};
use plumbline_tests::service::Running;
use plumbline_tests::simulated;

/// What two processes do: one begins a scan and says so to the other.
fn work(registry: &Registry) {
    let scan = tracing::info_span!(target: "plumbline_coordinator", "scan", scan = "01J");
    let carrier: Carrier = scan.in_scope(|| inject(&tracing::Span::current()));
    assert_eq!(carrier[TRACEPARENT].len(), 55, "{carrier:?}");
    let job = tracing::info_span!(target: "plumbline_agent", "job", region = "eu-central-1");
    assert_eq!(join(&job, &carrier), Joined::Yes);
    job.in_scope(|| tracing::info_span!(target: "plumbline_aws", "call", service = "s3").in_scope(|| ()));
    // What a stranger sends joins nothing.
    for wrong in ["", "00-0-0-01", "00-00000000000000000000000000000000-0000000000000000-01", &"x".repeat(10_000)] {
        let carrier = Carrier::from([(TRACEPARENT.to_owned(), wrong.to_owned())]);
        let alone = tracing::debug_span!(target: "plumbline_agent", "alone");
        assert_eq!(join(&alone, &carrier), Joined::No, "{wrong:?}");
    }
    tracing::info_span!(target: "hyper", "connection").in_scope(|| ());
    registry.add(&SCAN_ROWS, ["pass"], 41);
    registry.add(&SCAN_ROWS, ["pass"], 1);
    registry.add(&AWS_CALLS, ["s3", "ok"], 7);
    registry.set_count(&JOBS, ["waiting"], 5);
    registry.observe(&STORE_COMMIT, [], Duration::from_millis(3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_gets_the_traces_and_the_numbers_of_a_run() {
    let received = Received::default();
    let address = collector(received.clone()).await;
    let registry = Arc::new(Registry::new());
    let options = Options {
        format: Format::Json,
        color: Color::Never,
        filter: "error".to_owned(),
        collector: Some(Collector {
            endpoint: format!("http://{address}"),
            interval: Some(Duration::from_secs(3_600)),
        }),
        service: "plumbline-coordinator".to_owned(),
        attributes: vec![("service.version".to_owned(), "0.1.0".to_owned())],
    };
    let guard = init(&options, Some(&registry)).unwrap();
    work(&registry);
    let again = init(&options, Some(&registry)).unwrap_err().to_string();
    assert!(again.starts_with("logging was set up before"), "{again}");
    let ended = tokio::task::spawn_blocking(move || guard.finish(Duration::from_secs(20))).await.unwrap();
    assert_eq!(ended, Ended::Sent);
    one_trace(&received);
    the_numbers(&received);
}

fn one_trace(received: &Received) {
    let spans = received.spans();
    let mut names: Vec<&str> = spans.iter().map(|(_, span)| span.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["call", "job", "scan"], "what is not ours, or below the level, is not sent");
    let named =
        |name: &str| spans.iter().find(|(_, span)| span.name == name).map(|(_, span)| span).expect("it was received");
    let (scan, job, call) = (named("scan"), named("job"), named("call"));
    assert!(job.trace_id == scan.trace_id && call.trace_id == scan.trace_id && scan.parent_span_id.is_empty());
    assert_eq!((&job.parent_span_id, &call.parent_span_id), (&scan.span_id, &job.span_id));
    assert_eq!(texts(&scan.attributes)["scan"], "01J");
    let resource = texts(&spans[0].0.attributes);
    assert_eq!(
        (resource["service.name"].as_str(), resource["service.version"].as_str()),
        ("plumbline-coordinator", "0.1.0")
    );
}

fn the_numbers(received: &Received) {
    let metrics = received.metrics();
    let Data::Sum(rows) = &metrics[SCAN_ROWS.definition().name] else { panic!("a counter is a sum") };
    assert!(rows.is_monotonic);
    let points = rows.data_points.iter().map(|point| (texts(&point.attributes)["status"].clone(), point.value));
    let points: BTreeMap<_, _> = points.collect();
    assert_eq!((points["pass"], points["fail"]), (Some(Number::AsInt(42)), Some(Number::AsInt(0))));
    let Data::Sum(calls) = &metrics[AWS_CALLS.definition().name] else { panic!("a counter is a sum") };
    assert_eq!(calls.data_points.len(), 1);
    assert_eq!(
        texts(&calls.data_points[0].attributes),
        BTreeMap::from([("service", "s3"), ("outcome", "ok")].map(|(key, value)| (key.to_owned(), value.to_owned())))
    );
    let Data::Gauge(jobs) = &metrics[JOBS.definition().name] else { panic!("a level is a gauge") };
    let waiting =
        jobs.data_points.iter().find(|point| texts(&point.attributes)["state"] == "waiting").expect("it was set");
    assert_eq!(waiting.value, Some(Number::AsDouble(5.0)));
    let Data::Histogram(commits) = &metrics[STORE_COMMIT.definition().name] else {
        panic!("durations are a histogram")
    };
    let [point] = commits.data_points.as_slice() else { panic!("one series") };
    assert_eq!((point.count, point.bucket_counts[2], point.explicit_bounds.len()), (1, 1, 12));
    assert!(!metrics.contains_key(LAST_SCAN.definition().name), "no scan has ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_is_one_trace_across_coordinator_and_agent() {
    let received = Received::default();
    let endpoint = format!("http://{}", collector(received.clone()).await);
    let server = simulated::serve(World::demo_of(2, 7)).await;
    let (ours, theirs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut coordinator =
        simulated::command(&server, ours.path(), &["coordinator", "--once", "--listen", "127.0.0.1:0"]);
    coordinator.args(["--regions", "eu-central-1", "--controls", "s3-*,iam-root-mfa"]);
    let mut coordinator = Running::of(coordinator.env("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint));
    let said = coordinator.wait_for("agents connect with");
    let address = said.split_whitespace().find(|word| word.starts_with("http://")).unwrap().to_owned();
    let mut agent = simulated::command(&server, theirs.path(), &["agent", "--coordinator", &address, "--token-file"]);
    agent.arg(ours.path().join("agent.token")).env("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint).stderr(Stdio::null());
    let mut agent = agent.spawn().unwrap();
    assert_eq!(coordinator.end().0, Some(0));
    assert!(std::process::Command::new("kill").arg(agent.id().to_string()).status().unwrap().success());
    agent.wait().unwrap();
    let spans: Vec<_> = received.spans().into_iter().map(|(_, span)| span).collect();
    let named = |name: &str| spans.iter().filter(|span| span.name == name).collect::<Vec<_>>();
    let (scans, jobs, calls) = (named("scan"), named("job"), named("call"));
    let [scan] = scans[..] else { panic!("{} scans", scans.len()) };
    assert!(jobs.len() > 2 && calls.len() > jobs.len(), "{} jobs, {} calls", jobs.len(), calls.len());
    for job in &jobs {
        assert_eq!((&job.trace_id, &job.parent_span_id), (&scan.trace_id, &scan.span_id), "{job:?}");
    }
    let of_jobs = calls.iter().filter(|call| call.trace_id == scan.trace_id);
    let of_jobs: Vec<_> = of_jobs.filter(|call| jobs.iter().any(|job| job.span_id == call.parent_span_id)).collect();
    let listed = of_jobs.iter().filter(|call| texts(&call.attributes)["operation"] == "ListBuckets").count();
    assert!(listed > 0, "calls are named");
}
