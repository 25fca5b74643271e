//! Bad input and broken machines: each ends with a message that says what to do and a documented exit code, and
//! nothing that was stored is lost.
#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use plumbline_sim::World;
use plumbline_tests::binary::{Said, command, run};
use plumbline_tests::simulated;

async fn on_simulator(arguments: &[&str]) -> Said {
    let server = simulated::serve(World::demo()).await;
    let data = tempfile::tempdir().unwrap();
    let mut command = simulated::command(&server, data.path(), arguments);
    tokio::task::spawn_blocking(move || run(&mut command)).await.unwrap()
}

#[track_caller]
fn check(said: &Said, code: i32, parts: &[&str]) {
    assert_eq!(said.code, code, "{said:?}");
    for part in parts {
        assert!(said.err.contains(part), "`{part}` is missing in: {}", said.err);
    }
    assert!(said.err.contains("next step: "), "{}", said.err);
    assert!(!said.err.contains("panicked") && !said.err.contains("stack backtrace"), "{}", said.err);
}

#[test]
fn no_credentials() {
    let data = tempfile::tempdir().unwrap();
    let said = run(command(&["scan", "--data-dir"]).arg(data.path()));
    check(&said, 1, &["failed to find AWS credentials", "aws sso login"]);
}

#[test]
fn no_network() {
    let data = tempfile::tempdir().unwrap();
    let mut scan = command(&["scan", "--endpoint-url", "http://127.0.0.1:1", "--data-dir"]);
    scan.arg(data.path()).env("AWS_ACCESS_KEY_ID", "AKIA").env("AWS_SECRET_ACCESS_KEY", "x");
    let said = run(&mut scan);
    check(&said, 1, &["failed to reach AWS", "check the network"]);
    let progress = |line: &&str| line.starts_with("plumbline: the organization: ");
    assert_eq!(said.err.lines().skip_while(progress).count(), 2, "{}", said.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_credentials() {
    let server = simulated::serve(World::demo()).await;
    let data = tempfile::tempdir().unwrap();
    let mut scan = simulated::command(&server, data.path(), &["scan"]);
    scan.env("AWS_ACCESS_KEY_ID", "AKIANOBODYKNOWSTHIS1");
    let said = tokio::task::spawn_blocking(move || run(&mut scan)).await.unwrap();
    check(&said, 1, &["failed to use the AWS credentials", "check AWS_PROFILE"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_region() {
    let said = on_simulator(&["scan", "--regions", "us-est-1"]).await;
    check(&said, 2, &["Region us-est-1 does not exist", "did you mean `us-east-1`?"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_account() {
    let said = on_simulator(&["scan", "--accounts", "210000000999"]).await;
    check(&said, 2, &["account 210000000999 is not in the organization", "did you mean `2100000000"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_unit() {
    let said = on_simulator(&["plan", "--ou", "Root/Workload"]).await;
    check(&said, 2, &["organizational unit Root/Workload does not exist", "did you mean `Root/Workloads`?"]);
}

#[test]
fn a_malformed_configuration() {
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join("plumbline.yaml");
    fs::write(&file, "role: Audit\nregoins: [us-east-1]\n").unwrap();
    let said = run(command(&["scan", "--config"]).arg(&file));
    check(&said, 2, &["plumbline.yaml:2:1", "unknown key `regoins`; did you mean `regions`?"]);
    let said = run(command(&["scan", "--config"]).arg(data.path().join("none.yaml")));
    check(&said, 2, &["none.yaml", "--config"]);
}

#[test]
fn an_address_that_is_not_loopback() {
    let said = run(&mut command(&["coordinator", "--listen", "0.0.0.0:7443"]));
    check(&said, 2, &["not a loopback address", "--listen 127.0.0.1"]);
}

#[test]
fn nothing_scanned_yet() {
    let data = tempfile::tempdir().unwrap();
    let said = run(command(&["findings", "--data-dir"]).arg(data.path()));
    check(&said, 1, &["does not exist", "plumbline scan"]);
}

#[test]
fn a_store_of_a_newer_version() {
    let data = tempfile::tempdir().unwrap();
    let path = data.path().join("plumbline.redb");
    plumbline_tests::newer_store::write(&path);
    let before = fs::read(&path).unwrap();
    let said = run(command(&["report", "--data-dir"]).arg(data.path()));
    check(&said, 1, &["has schema 4000000000", "use the newer plumbline"]);
    assert_eq!(before.len(), fs::read(&path).unwrap().len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_directory_that_cannot_be_written() {
    let server = simulated::serve(World::demo()).await;
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join("a-file");
    fs::write(&file, "").unwrap();
    fs::set_permissions(data.path(), fs::Permissions::from_mode(0o555)).unwrap();
    let mut scan = simulated::command(&server, &file.join("below"), &["scan"]);
    let said = tokio::task::spawn_blocking(move || run(&mut scan)).await.unwrap();
    fs::set_permissions(data.path(), fs::Permissions::from_mode(0o755)).unwrap();
    check(&said, 1, &["failed to use the store", "--data-dir"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk() {
    let server = simulated::serve(World::demo()).await;
    let data = tempfile::tempdir().unwrap();
    // Standard output on a device that is always full.
    let mut plan = simulated::command(&server, data.path(), &["plan"]);
    plan.stdout(fs::OpenOptions::new().write(true).open("/dev/full").unwrap());
    let said = tokio::task::spawn_blocking(move || {
        Said::from(plan.stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap())
    });
    check(&said.await.unwrap(), 1, &["failed to write to standard output", "disk may be full"]);
}
