//! The job of the organization: who does it, when, and what becomes of it when something is in its way.

use plumbline_baseline::Status;
use plumbline_proto::agent_v1::{Row, RowBatch};
use plumbline_proto::chunk;

use super::*;
use crate::read::ScanView;
use crate::store::CommitOutcome;

/// Commits a job with one row.
async fn commit_row(bench: &Bench, offer: &JobRef, row: Row) {
    let (job, holder) = (id(&offer.job_id), Holder { agent: id("a"), fence: offer.fence });
    let rows = chunk::write(&RowBatch { rows: vec![Row { control: "c".into(), ..row }], ..RowBatch::default() });
    let root_hash = blake3::hash(blake3::hash(&rows).as_bytes()).as_bytes().to_vec();
    bench.dispatch.put_chunk(&job, &holder, 0, rows).await.unwrap();
    let commit = Commit { chunks: 1, rows: 1, root_hash, claim: None, usage: Usage::default(), now: String::new() };
    let outcome = bench.dispatch.commit(&job, holder, commit).await.unwrap();
    assert!(matches!(outcome, Some(CommitOutcome::Committed(_))), "{outcome:?}");
}

fn passed() -> Row {
    Row { status: plumbline_proto::agent_v1::Status::Pass as i32, ..Row::default() }
}

/// What a report has of the control: resource, status, reason.
fn reported(bench: &Bench) -> Vec<(String, Status, String)> {
    let view = ScanView::open(&bench.dispatch.store, &id("S")).unwrap().unwrap();
    let mut rows = Vec::new();
    view.for_each(|row| {
        if &*row.control == SCANNED {
            rows.push((row.resource.clone(), row.status, row.reason.to_string()));
        }
        Ok::<(), store::Error>(())
    })
    .unwrap();
    rows
}

#[tokio::test]
async fn it_is_done_last_and_once_and_by_no_agent() {
    let bench = Bench::with_organization(Store::in_memory(), 2).await;
    let mut messages = bench.connect("a", 9);
    let (first, second) = (offer(&mut messages).await, offer(&mut messages).await);
    commit_row(&bench, &first, passed()).await;
    bench.idle().await;
    assert_eq!((bench.record(LAST).state(), bench.record(LAST).attempt), (JobState::Ready, 0), "a job still runs");
    assert_eq!(reported(&bench), [(String::new(), Status::Unknown, "not_run".to_owned())]);
    commit_row(&bench, &second, passed()).await;
    bench.watch().wait_for(ScanProgress::is_done).await.unwrap();
    let row = |number: u32| (format!("AWS::::Account:{number:012}"), Status::Pass, String::new());
    assert_eq!(reported(&bench), [row(0), row(1)]);
    let done = bench.record(LAST);
    assert!(messages.try_recv().is_err(), "it was offered");
    for _ in 0..3 {
        bench.dispatch.settle(&id(LAST));
        bench.dispatch.settle(&id("0"));
        bench.dispatch.tick().await;
        bench.idle().await;
    }
    assert_eq!((bench.record(LAST), bench.figures().jobs_committed), (done, 3));
}

#[tokio::test]
async fn an_agent_that_claims_it_is_told_to_stop() {
    let bench = Bench::with_organization(Store::in_memory(), 1).await;
    let job = JobRef { job_id: LAST.into(), attempt: 1, fence: 1 };
    let running = vec![RunningJob { job: Some(job.clone()), acked_chunks: 0, spooled: None }];
    let hello = Hello { capacity: 1, running, ..Hello::default() };
    let decisions = bench.dispatch.decide(&id("a"), &hello).await.unwrap();
    assert_eq!(decisions.iter().map(JobDecision::decision).collect::<Vec<_>>(), [Decision::Abandon]);
    let holder = Holder { agent: id("a"), fence: 1 };
    let put = bench.dispatch.put_chunk(&id(LAST), &holder, 0, Vec::new()).await.unwrap();
    assert_eq!(put, Some(store::PutOutcome::StaleFence));
    assert_eq!(bench.record(LAST).state(), JobState::Ready);
}

#[tokio::test]
async fn jobs_that_came_to_nothing_do_not_keep_it_waiting_and_pass_nothing() {
    let bench = Bench::with_organization(Store::in_memory(), 2).await;
    let mut messages = bench.connect("a", 9);
    let (first, second) = (offer(&mut messages).await, offer(&mut messages).await);
    commit_row(&bench, &first, passed()).await;
    bench.reject("a", &second, Reason::BadSpec, "it makes no sense").await;
    bench.watch().wait_for(ScanProgress::is_done).await.unwrap();
    let rows = reported(&bench);
    let of = |offer: &JobRef| rows[offer.job_id.parse::<usize>().unwrap()].clone();
    assert_eq!((of(&first).1, of(&second).1), (Status::Pass, Status::Unknown), "{rows:?}");
    assert_eq!(of(&second).2, "not_run: eu-west-1: it makes no sense");
}

#[tokio::test]
async fn without_other_jobs_it_has_nothing_to_say() {
    let bench = Bench::with_organization(Store::in_memory(), 0).await;
    bench.watch().wait_for(ScanProgress::is_done).await.unwrap();
    assert_eq!(bench.record(LAST).problem, "it names no account of the scan");
}

#[tokio::test]
async fn a_coordinator_that_stops_before_it_leaves_it_as_not_run() {
    let directory = tempfile::tempdir().unwrap();
    {
        let bench = Bench::with_organization(Store::create(directory.path()).unwrap(), 1).await;
        let stored = StoredJob { scan: id("S"), job: id(LAST) };
        let grant = crate::store::Grant {
            attempt: crate::store::Attempt::New,
            agent: id("coordinator-1"),
            build: String::new(),
            failed_attempts: 0,
            now: String::new(),
        };
        let fence = bench.dispatch.store.grant(&stored, grant).await.unwrap().unwrap().fence;
        let rows =
            chunk::write(&RowBatch { rows: vec![Row { control: SCANNED.into(), ..passed() }], ..RowBatch::default() });
        let holder = Holder { agent: id("coordinator-1"), fence };
        bench.dispatch.store.put_chunk(&stored, &holder, 0, rows).await.unwrap();
    }
    let bench = Bench {
        dispatch: Arc::new(Dispatch::new(
            Store::create(directory.path()).unwrap(),
            Arc::clone(Pack::embedded()),
            Timers { pace: Pace { heartbeat: TTL / 4, lease_ttl: TTL }, deadline: TTL, max_attempts: 1 },
            PATIENCE,
            Clock::system(),
        )),
        clock: Arc::new(Mutex::new(tokio::time::Instant::now().into_std())),
    };
    assert_eq!(reported(&bench), [(String::new(), Status::Unknown, "not_run".to_owned())]);
}
