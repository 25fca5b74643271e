//! Two accounts of a scan, and a third that is not in it: who decides what the first cannot see.

use plumbline_proto::agent_v1::{Row, RowBatch, Usage};
use plumbline_proto::chunk;

use super::*;
use crate::report::ReportRow;
use crate::report::digest::DigestBuilder;
use crate::store::record::{Account, Control, Scan};
use crate::store::{Attempt, Commit, CommitOutcome, Grant, Holder, Store, StoredJob};

const USER: &str = "111111111111";
const OWNER: &str = "222222222222";
const BUCKET: &str = "arn:aws:s3:::log-archive";

fn place(account: &str, region: &str, control: &str, resource: &str) -> Elsewhere {
    Elsewhere { account: account.into(), region: region.into(), control: control.into(), resource: resource.into() }
}

fn row(control: &str, status: Status, resource: &str) -> Row {
    Row { control: control.into(), status: status as i32, resource: resource.into(), ..Row::default() }
}

fn hidden(elsewhere: Vec<Elsewhere>) -> Row {
    Row { reason: "not_visible: cloudtrail:X: no".into(), elsewhere, ..row("trail", Status::Unknown, "") }
}

/// A store with one committed job for each list of rows: account, Region, rows.
async fn stored(directory: &std::path::Path, jobs: &[(u32, &str, Option<Vec<Row>>)]) -> Store {
    let store = Store::create(directory).expect("a new store");
    let account = |id: &str| Account { id: id.into(), ..Account::default() };
    let control = |id: &str| Control { id: id.into(), severity: "high".into(), ..Control::default() };
    let scan = Scan {
        id: "01SCAN".into(),
        accounts: [USER, OWNER].map(account).into(),
        controls: ["trail", "bucket"].map(control).into(),
        ..Scan::default()
    };
    let record = |(index, (account, region, _)): (usize, &(u32, &str, Option<Vec<Row>>))| Job {
        id: index.to_string(),
        scan: "01SCAN".into(),
        account: *account,
        region: (*region).into(),
        controls: vec![0, 1],
        state: JobState::Ready as i32,
        ..Job::default()
    };
    store.create_scan(scan, jobs.iter().enumerate().map(record).collect()).await.expect("a plan is stored");
    for (index, (_, _, rows)) in jobs.iter().enumerate() {
        if let Some(rows) = rows {
            commit(&store, index, rows.clone()).await;
        }
    }
    store
}

async fn commit(store: &Store, index: usize, rows: Vec<Row>) {
    let id = StoredJob { scan: "01SCAN".parse().expect("an id"), job: index.to_string().parse().expect("an id") };
    let agent: plumbline_baseline::AgentId = "a".parse().expect("an id");
    let now = "2026-01-15T00:00:00Z".to_owned();
    let grant =
        Grant { attempt: Attempt::New, agent: agent.clone(), build: "1".into(), failed_attempts: 0, now: now.clone() };
    let fence = store.grant(&id, grant).await.expect("the disk works").expect("the job is free").fence;
    let count = rows.len() as u64;
    let bytes = chunk::write(&RowBatch { rows, ..RowBatch::default() });
    let root_hash = blake3::hash(blake3::hash(&bytes).as_bytes()).as_bytes().to_vec();
    let holder = Holder { agent, fence };
    store.put_chunk(&id, &holder, 0, bytes).await.expect("the disk works");
    let commit = Commit { chunks: 1, rows: count, root_hash, claim: None, usage: Usage::default(), now };
    let outcome = store.commit(&id, &holder, commit).await.expect("the disk works");
    assert!(matches!(outcome, CommitOutcome::Committed(_)), "{outcome:?}");
}

/// What the row of the first account says, and whether the scan counts it as covered.
async fn check(elsewhere: Vec<Elsewhere>, owner: Option<Vec<Row>>, told: &str, decided_in: &[&str]) -> bool {
    let directory = tempfile::tempdir().expect("a directory");
    let own = vec![hidden(elsewhere), row("bucket", Status::Pass, "arn:aws:s3:::mine")];
    let store = stored(directory.path(), &[(0, "aws-global", Some(own)), (1, "aws-global", owner)]).await;
    let view = ScanView::open(&store, &"01SCAN".parse().expect("an id")).expect("the disk works").expect("a scan");
    let mut builder = DigestBuilder::new();
    let mut found: Option<ReportRow> = None;
    view.for_each(|row| {
        builder.add(row);
        if *row.account == *USER && &*row.control == "trail" {
            found = Some(row.clone());
        }
        Ok::<_, Error>(())
    })
    .expect("the disk works");
    let (found, checks) = (found.expect("there is a row"), builder.finish().total.checks);
    assert!(found.reason.ends_with(told), "`{}` should end with `{told}`", found.reason);
    assert_eq!((found.reason_code(), found.status), ("not_visible", plumbline_baseline::Status::Unknown));
    assert_eq!(found.decided_in.iter().map(|id| &**id).collect::<Vec<_>>(), decided_in);
    assert_eq!(checks.decided_elsewhere, u64::from(!decided_in.is_empty()));
    assert_eq!(checks.held_elsewhere, u64::from(found.holds_elsewhere));
    found.holds_elsewhere
}

#[tokio::test]
async fn what_the_owner_decides_counts_as_covered() {
    for status in [Status::Pass, Status::Fail] {
        let holds = status == Status::Pass;
        let owner = vec![row("trail", status, "x"), row("bucket", Status::Pass, BUCKET)];
        let trail = place(OWNER, "aws-global", "trail", "");
        let told = "; decided in 222222222222, aws-global by trail";
        assert_eq!(check(vec![trail.clone()], Some(owner.clone()), told, &[OWNER]).await, holds);
        let bucket = place("", "", "bucket", BUCKET);
        assert!(
            check(vec![bucket.clone()], Some(owner.clone()), "; decided in 222222222222 by bucket", &[OWNER]).await
        );
        assert_eq!(
            check(vec![trail, bucket], Some(owner), "by trail; decided in 222222222222 by bucket", &[OWNER]).await,
            holds
        );
    }
}

#[tokio::test]
async fn what_nobody_decides_does_not() {
    let trail = || vec![place(OWNER, "aws-global", "trail", "")];
    let undecided = "; trail does not decide it in 222222222222, aws-global";
    let pass = || row("trail", Status::Pass, "x");
    assert!(!check(trail(), Some(vec![pass(), row("trail", Status::Unknown, "y")]), undecided, &[]).await);
    assert!(!check(trail(), Some(vec![row("trail", Status::NotApplicable, "")]), undecided, &[]).await);
    assert!(!check(trail(), Some(vec![row("bucket", Status::Pass, "x")]), undecided, &[]).await);
    assert!(!check(trail(), None, undecided, &[]).await);
    let outside = || vec![place("333333333333", "aws-global", "trail", "")];
    assert!(!check(outside(), Some(vec![pass()]), "; 333333333333, aws-global was not scanned for trail", &[]).await);
    let other_region = vec![place(OWNER, "eu-west-1", "trail", "")];
    assert!(!check(other_region, Some(vec![pass()]), "; 222222222222, eu-west-1 was not scanned for trail", &[]).await);
    let bucket = place("", "", "bucket", BUCKET);
    let nobody = "; bucket was asked of arn:aws:s3:::log-archive in no account of the scan";
    assert!(!check(vec![bucket.clone()], Some(vec![pass()]), nobody, &[]).await);
    // One of two places is not enough.
    let told = "decided in 222222222222, aws-global by trail; bucket was asked of arn:aws:s3:::log-archive in no account of the scan";
    assert!(!check([trail(), vec![bucket]].concat(), Some(vec![pass()]), told, &[]).await);
    assert!(!check(Vec::new(), Some(vec![pass()]), "cloudtrail:X: no", &[]).await);
}

#[tokio::test]
async fn a_row_that_points_to_itself_is_not_decided() {
    let told = "; trail does not decide it in 111111111111, aws-global";
    assert!(!check(vec![place(USER, "aws-global", "trail", "")], Some(Vec::new()), told, &[]).await);
}
