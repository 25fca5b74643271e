//! Agents that belong here.

use std::time::Duration;

use plumbline_agent as agent;
use plumbline_baseline::Status;
use plumbline_coordinator::read::ScanView;
use plumbline_coordinator::report::ReportRow;
use plumbline_coordinator::store::{self, Store};
use plumbline_sim::{Fault, Rule};
use plumbline_tests::scan::Scan;

use super::bench::Bench;

/// What a scan decided, whenever it was.
fn decided(store: &Store, scan: &str) -> Vec<String> {
    let view = ScanView::open(store, &scan.parse().unwrap()).unwrap().unwrap();
    let mut rows = Vec::new();
    view.for_each(|row: &ReportRow| {
        let ReportRow { account, region, control, status, reason, resource, witnesses, evidence, .. } = row;
        rows.push(format!("{account} {region} {control} {status:?} {reason} {resource} {witnesses:?} {evidence:?}"));
        Ok::<(), store::Error>(())
    })
    .unwrap();
    rows.sort();
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_over_tls_finds_what_one_within_the_process_finds() {
    let mut bench = Bench::start().await;
    let mut scan = Scan::of(&bench.server);
    scan.enabled =
        ["s3-bucket-tls-only", "iam-root-mfa-enabled", "ec2-ebs-default-encryption"].map(String::from).into();
    scan.enabled.retain(|id| scan.pack.controls().any(|control| &**control.id() == id));
    assert!(!scan.enabled.is_empty());
    bench.plan = scan.plan().await.unwrap();
    bench.start.pack_digest = scan.pack.digest().to_owned();
    let elsewhere = tempfile::tempdir().unwrap();
    let within = Store::create(elsewhere.path()).unwrap();
    scan.run_into(&within, "01JTEST", &bench.plan).await.unwrap();

    let (_, working) = bench.agent("machine", "any").await;
    bench.scan().await;
    bench.wait().await;
    let rows = decided(&bench.store, "01JTEST");
    assert!(rows.iter().any(|row| row.contains(&format!("{:?}", Status::Fail))), "something is found");
    assert_eq!(rows, decided(&within, "01JTEST"));
    working.end().await;
    let member = &bench.store.agents().unwrap()[0];
    assert!(!member.agent.seen.is_empty() && member.agent.build == env!("CARGO_PKG_VERSION"));
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_are_renewed_while_jobs_run() {
    let bench = Bench::with_life(Duration::from_secs(8)).await;
    bench.server.faults().add(Rule::new("sts", "AssumeRole", Fault::Latency(Duration::from_millis(500))));
    let (_, working) = bench.agent("machine", "any").await;
    bench.scan().await;
    let certificates = || bench.store.agents().unwrap()[0].agent.certificates.clone();
    let first = certificates()[0].serial.clone();
    let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
    while certificates().len() < 4 {
        assert!(tokio::time::Instant::now() < deadline, "{:?}", certificates());
        assert!(!working.running.is_finished());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    bench.wait().await;
    // Longer than the first certificate was good: the agent is there, with another one.
    assert!(certificates().iter().any(|each| each.serial != first));
    assert!(!working.running.is_finished());
    working.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ban_ends_a_session_within_a_second_and_others_do_its_jobs() {
    let bench = Bench::start().await;
    bench.server.faults().add(Rule::new("sts", "AssumeRole", Fault::Latency(Duration::from_secs(4))));
    let (id, mut banned) = bench.agent("first", "any").await;
    banned.until_connected().await;
    bench.scan().await;
    while banned.handle.activity().running == 0 {
        banned.handle.changed().await.unwrap();
    }
    assert!(bench.handle.ban(&id.parse().unwrap(), "the test", "lost").await.unwrap());
    let ended = tokio::time::timeout(Duration::from_secs(1), banned.running).await.expect("within a second");
    match ended.unwrap() {
        Err(agent::Error::Refused(why)) => assert!(why.contains("banned"), "{why}"),
        other => panic!("{other:?}"),
    }
    bench.server.faults().clear();
    let (_, other) = bench.agent("second", "any").await;
    // Its leases would have lasted for a minute.
    let freed = tokio::time::timeout(Duration::from_secs(30), bench.handle.wait(&bench.start.scan)).await;
    freed.expect("its leases are free").unwrap();
    assert!(other.handle.activity().committed > 0);
    other.end().await;

    // It does not come back, neither with its certificate nor for another one.
    let (member, address) = agent::member::Member::load(&bench.directory("first")).unwrap().unwrap();
    let again = bench.work(member, address, &id);
    assert!(matches!(again.running.await.unwrap(), Err(agent::Error::Refused(_))));
    let acts: Vec<String> = bench.store.audit().unwrap().into_iter().map(|entry| entry.action).collect();
    assert!(acts.contains(&"agent.banned".to_owned()), "{acts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_for_one_account_gets_that_accounts_jobs_only() {
    let bench = Bench::start().await;
    let account = bench.plan.accounts[1].account.id.to_string();
    let of_account = |index: usize| bench.plan.accounts[index].account.id.to_string() == account;
    let its = bench.plan.jobs.iter().filter(|job| of_account(job.account)).count();
    assert!(its > 0 && its < bench.plan.jobs.len());
    let (_, narrow) = bench.agent("narrow", &format!("accounts={account}")).await;
    bench.scan().await;
    let mut handle = narrow.handle.clone();
    while (handle.activity().committed as usize) < its {
        handle.changed().await.unwrap();
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(handle.activity().committed as usize, its, "and no more");
    let (_, wide) = bench.agent("wide", "any").await;
    bench.wait().await;
    let others = bench.plan.jobs.len() - its;
    let mut handle = wide.handle.clone();
    while (handle.activity().committed as usize) < others {
        handle.changed().await.unwrap();
    }
    assert_eq!(handle.activity().committed as usize, others);
    assert_eq!(decided(&bench.store, "01JTEST").len(), bench.plan.jobs.len());
    narrow.end().await;
    wide.end().await;
}
