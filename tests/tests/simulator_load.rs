//! The simulator under load and on bad days: quotas, latency, silence, guardrails, and answers that are written once.

use std::collections::BTreeMap;
use std::time::Duration;

use plumbline_aws::budgets::Source;
use plumbline_aws::{Budgets, Client, DeniedLayer, ErrorClass};
use plumbline_baseline::Doc;
use plumbline_baseline::api::Catalog;
use plumbline_sim::quotas::{self, quota_of};
use plumbline_sim::world::Size;
use plumbline_sim::{Fault, Latency, Options, Quotas, Rule, Server, World};
use plumbline_tests::simulated;
use time::OffsetDateTime;

const ACCOUNT: &str = "210000000001";

async fn demo(options: Options) -> Server {
    Server::start(World::demo(), options).await.expect("a free port on the loopback interface")
}

#[tokio::test]
async fn calls_beyond_a_quota_are_throttled_where_they_are_made() {
    let server = demo(Options { quotas: Quotas::Held, ..Options::default() }).await;
    let client = simulated::client(&server);
    let ask = async |account: &str| {
        let target = simulated::target(account, "us-east-1");
        client.call(&target, "account", "ListRegions", &Doc::map([])).await
    };
    let mut throttled = 0;
    for _ in 0..9 {
        throttled += u32::from(ask(ACCOUNT).await.is_err_and(|error| error.class == ErrorClass::Throttled));
    }
    assert!(throttled > 0, "{:?}", server.counters().all());
    ask("210000000006").await.expect("another account has a bucket of its own");
    let counted = |account| server.counters().of(account, "us-east-1", "account");
    assert!(counted(ACCOUNT).throttled >= throttled);
    assert_eq!(counted("210000000006").throttled, 0);
    assert!(server.counters().connections().most > 0);
}

/// The scanner's budgets and the simulator's quotas were written down apart. Where AWS publishes a figure, both have to
/// have found the same.
#[test]
fn budgets_and_the_simulator_agree_on_what_aws_publishes() {
    let described = Catalog::embedded()
        .services()
        .flat_map(|service| service.operations.keys().map(|operation| (service.name.as_str(), operation.as_str())));
    let named = Budgets::published().iter().map(|quota| (quota.service, quota.operation));
    let named = named.filter(|(_, operation)| !operation.is_empty());
    let paged = Doc::map([("MaxResults", Doc::Int(100))]);
    let mut budgets: BTreeMap<_, Vec<&quotas::Quota>> = BTreeMap::new();
    for (service, operation) in described.chain(named) {
        let budget = Budgets::published_for(service, operation);
        assert_eq!(budget.service, service, "look up what AWS allows {service}:{operation}");
        budgets.entry((service, budget.operation)).or_default().push(quota_of(service, operation, &paged).0);
    }
    for ((service, operation), quotas) in budgets {
        let budget = Budgets::published_for(service, operation);
        let is_published = |quota: &&quotas::Quota| matches!(quota.source, quotas::Source::Published { .. });
        let least =
            |figure: fn(&quotas::Quota) -> f64| quotas.iter().map(|quota| figure(quota)).fold(f64::MAX, f64::min);
        let rate = least(|quota| quota.per_second);
        match budget.source {
            Source::Published { allowed, .. } => {
                assert!(quotas.iter().all(is_published), "{budget:?} {quotas:?}");
                assert_eq!(allowed, rate, "{budget:?} {quotas:?}");
                let burst = least(|quota| quota.burst);
                assert!(budget.requests_per_second <= rate && budget.burst <= burst, "{budget:?} {quotas:?}");
            }
            Source::Choice(_) => assert!(!quotas.iter().any(is_published), "{budget:?} {quotas:?}"),
        }
    }
}

#[tokio::test]
async fn silence_and_broken_connections_are_transient() {
    let server = demo(Options::default()).await;
    server.faults().add(Rule::dead_region("eu-west-1", Fault::Hang));
    server.faults().add(Rule::dead_region("eu-central-1", Fault::Reset));
    let patience = Duration::from_millis(50);
    let options = simulated::client_options(server.endpoint());
    let client = Client::new(plumbline_aws::Options { attempt_timeout: patience, ..options });
    for region in ["eu-west-1", "eu-central-1"] {
        let target = simulated::target(ACCOUNT, region);
        let error = client.call(&target, "kms", "ListKeys", &Doc::map([])).await.unwrap_err();
        assert_eq!(error.class, ErrorClass::Transient, "{region}: {error:?}");
        assert_eq!(server.counters().of(ACCOUNT, region, "kms").failed, 2, "{region}: both attempts");
    }
}

#[tokio::test]
async fn a_guardrail_leaves_its_regions_and_what_is_global() {
    let server = demo(Options { rules: vec![Rule::only_in_regions(&["eu-west-1"])], ..Options::default() }).await;
    let client = simulated::client(&server);
    let ask = async |region: &str, service: &str, operation: &str| {
        client.call(&simulated::target(ACCOUNT, region), service, operation, &Doc::map([])).await
    };
    let denied = ask("us-east-1", "cloudtrail", "DescribeTrails").await.unwrap_err();
    assert_eq!(denied.class, ErrorClass::Denied { layer: DeniedLayer::ServiceControlPolicy });
    ask("eu-west-1", "cloudtrail", "DescribeTrails").await.expect("a Region that is spared");
    ask("us-east-1", "iam", "GetAccountSummary").await.expect("a service that is spared");
}

/// What every operation that needs no input answers two accounts of a kind.
async fn answers(options: Options) -> Vec<String> {
    let world = World::generated(7, Size { accounts: 30, regions: 2, resources: 3 });
    let world = world.at(OffsetDateTime::from_unix_timestamp(1_760_000_000).expect("a time in range"));
    let server = Server::start(world, options).await.expect("a free port on the loopback interface");
    let client = simulated::client(&server);
    let mut answers = Vec::new();
    for service in Catalog::embedded().services() {
        for operation in service.operations.keys() {
            for account in ["200000000003", "200000000015"] {
                let target = simulated::target(account, "us-east-1");
                let answer = client.call(&target, &service.name, operation, &Doc::map([])).await;
                let answer = answer.map_or_else(|error| error.code.to_string(), |output| output.to_json());
                answers.push(format!("{account} {}:{operation} {answer}", service.name));
            }
        }
    }
    answers
}

#[tokio::test]
async fn an_answer_that_is_repeated_is_the_one_that_would_be_written() {
    let written = answers(Options::default()).await;
    let repeated = answers(Options { repeats_answers: true, ..Options::default() }).await;
    assert_eq!(written, repeated);
    assert!(written.iter().filter(|answer| answer.contains("200000000015")).count() > 60);
}

#[tokio::test]
async fn answers_take_their_time() {
    let mean = Duration::from_millis(20);
    let server = demo(Options { latency: Latency { mean, spread: mean / 2 }, ..Options::default() }).await;
    let client = simulated::client(&server);
    let target = simulated::target(ACCOUNT, "us-east-1");
    let started = tokio::time::Instant::now();
    for _ in 0..5 {
        client.call(&target, "kms", "ListKeys", &Doc::map([])).await.unwrap();
    }
    assert!(started.elapsed() >= 5 * (mean / 2));
}
