//! The client against boto3: for every call of `tests/differential/calls.py`, made on a moto server with real
//! resources, our document equals what boto3 returns, and our error has the code, message and status that boto3 has.

use std::collections::BTreeSet;
use std::process::Command;

use anyhow::{Context, ensure};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use plumbline_aws::{Budget, Budgets, CallError, Client, EndpointOverrides, Options, Target};
use plumbline_baseline::Doc;
use plumbline_baseline::api::Catalog;
use plumbline_sim::World;
use plumbline_tests::moto::Moto;
use plumbline_tests::python::{python, workspace_root};
use plumbline_tests::simulated;

/// What answers on the server's clock, and so differs between any two calls.
const VOLATILE: [(&str, &str); 4] = [
    ("cloudtrail", "LatestDeliveryAttemptTime"),
    ("cloudtrail", "LatestDeliveryTime"),
    ("iam", "GeneratedTime"),
    ("rds", "LatestRestorableTime"),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_document_equals_botos() -> anyhow::Result<()> {
    let moto = Moto::start()?;
    let calls = boto3_answers("calls.py", &[&moto.endpoint()])?;
    let keys = Credentials::new("testing", "testing", None, None, "test");
    let target = Target::new("123456789012", "us-east-1", SharedCredentialsProvider::new(keys));
    compare(&moto.endpoint(), &target, &calls, 60).await
}

/// The simulator writes the wire from the same descriptors that the client reads it with; boto3 tells whether both
/// are right.
#[tokio::test(flavor = "multi_thread")]
async fn every_document_of_the_simulator_equals_botos() -> anyhow::Result<()> {
    for world in [World::demo(), World::broken()] {
        let server = simulated::serve(world).await;
        let account = server.world().management_account().to_owned();
        let (endpoint, key) = (server.endpoint().to_owned(), server.caller().id);
        let asked = tokio::task::spawn_blocking(move || boto3_answers("on_simulator.py", &[&endpoint, &key]));
        let calls = asked.await??;
        compare(server.endpoint(), &simulated::target(&account, "us-east-1"), &calls, 60).await?;
    }
    Ok(())
}

/// Makes the same calls with our client and compares; `least` is how many operations there must be.
async fn compare(endpoint: &str, target: &Target, calls: &[Doc], least: usize) -> anyhow::Result<()> {
    let budgets = Budgets::Uniform(Budget { requests_per_second: 1000.0, burst: 1000.0, concurrency: 8 });
    let endpoints = EndpointOverrides::url(endpoint);
    let client = Client::new(Options { endpoints, budgets, ..Options::default() });
    let mut differences = Vec::new();
    let (mut operations, mut protocols) = (BTreeSet::new(), BTreeSet::new());
    for call in calls {
        let text = |name: &str| call.get(name).as_str().unwrap_or_default().to_owned();
        let (service, operation) = (text("service"), text("operation"));
        let descriptor =
            Catalog::embedded().service(&service).with_context(|| format!("{service} has no descriptor"))?;
        protocols.insert(format!("{:?}", descriptor.protocol));
        operations.insert(format!("{service}:{operation}"));
        let ours = client.call(target, &service, &operation, call.get("input")).await;
        if let Some(difference) = difference(&service, call, ours) {
            differences.push(format!("{service}:{operation} {}\n{difference}", call.get("input").to_json()));
        }
    }
    println!("{} calls, {} operations, {} protocols", calls.len(), operations.len(), protocols.len());
    ensure!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
    ensure!(operations.len() >= least, "only {} operations were compared", operations.len());
    ensure!(protocols.len() == 5, "only {protocols:?} were compared");
    Ok(())
}

fn boto3_answers(script: &str, arguments: &[&str]) -> anyhow::Result<Vec<Doc>> {
    let path = workspace_root().join("tests/differential").join(script);
    let output = Command::new(python()?).arg("-B").arg(path).args(arguments).output()?;
    ensure!(output.status.success(), "{script} failed:\n{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout)?;
    lines.lines().map(|line| Doc::from_json(line).context("the script writes JSON lines")).collect()
}

fn difference(service: &str, call: &Doc, ours: Result<Doc, CallError>) -> Option<String> {
    match (call.get("error"), ours) {
        (Doc::Null, Ok(document)) => {
            let document = without_volatile(service, document);
            let expected = without_volatile(service, call.get("expected").clone());
            (document != expected).then(|| format!("  ours  {}\n  boto3 {}", document.to_json(), expected.to_json()))
        }
        (Doc::Null, Err(error)) => Some(format!("  ours failed: {error}")),
        (error, Ok(document)) => Some(format!("  ours  {}\n  boto3 {}", document.to_json(), error.to_json())),
        (expected, Err(error)) => {
            let same = expected.get("code").as_str() == Some(&error.code)
                && expected.get("message").as_str() == Some(&error.message)
                && expected.get("status").as_int() == error.http_status.map(i64::from);
            (!same).then(|| format!("  ours  {error:?}\n  boto3 {}", expected.to_json()))
        }
    }
}

fn without_volatile(service: &str, document: Doc) -> Doc {
    match document {
        Doc::Map(map) => {
            let kept = map.iter().filter(|(key, _)| !VOLATILE.contains(&(service, key.as_str())));
            let mut stable = plumbline_baseline::Map::new();
            for (key, value) in kept {
                stable.insert(key.clone(), without_volatile(service, value.clone()));
            }
            Doc::Map(stable)
        }
        Doc::List(items) => Doc::List(items.into_iter().map(|item| without_volatile(service, item)).collect()),
        scalar => scalar,
    }
}
