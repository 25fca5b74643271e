//! What becomes of offers that nobody takes, and of figures that nobody can have counted.

use plumbline_proto::agent_v1::Usage;
use tokio::sync::mpsc;

use super::*;

async fn with_a_job(directory: &std::path::Path) -> (Arc<Dispatch>, record::Scan, Vec<record::Job>) {
    let account = record::Account { id: "111122223333".into(), ..record::Account::default() };
    let scan = record::Scan { id: "S".into(), accounts: vec![account], ..record::Scan::default() };
    let state = record::JobState::Ready as i32;
    let job = record::Job { id: "J".into(), scan: "S".into(), state, ..record::Job::default() };
    let store = Store::create(directory).unwrap();
    store.create_scan(scan.clone(), vec![job.clone()]).await.unwrap();
    let minute = Duration::from_secs(60);
    let timers = Timers { lease_ttl: minute, deadline: minute, max_attempts: 3 };
    (Arc::new(Dispatch::new(store, timers)), scan, vec![job])
}

fn id() -> StoredJob {
    StoredJob { scan: "S".into(), job: "J".into() }
}

/// The next offer of a session.
async fn offer<E: std::fmt::Debug>(messages: &mut mpsc::Receiver<Result<CoordinatorMessage, E>>) -> JobRef {
    match messages.recv().await.unwrap().unwrap().message {
        Some(Message::Offer(offer)) => offer.job.unwrap(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_session_that_nobody_reads_is_offered_a_job_once() {
    let directory = tempfile::tempdir().unwrap();
    let (dispatch, scan, jobs) = with_a_job(directory.path()).await;
    let (outgoing, messages) = mpsc::channel(1);
    drop(messages);
    dispatch.connect("dead", 1, outgoing);
    dispatch.begin(scan, jobs);
    while dispatch.store.job(&id()).unwrap().unwrap().attempt == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let (outgoing, mut messages) = mpsc::channel(1);
    dispatch.connect("alive", 1, outgoing);
    dispatch.assign();
    assert_eq!(offer(&mut messages).await.attempt, 2);
}

#[tokio::test]
async fn an_agent_of_another_version_does_not_cost_the_others_their_jobs() {
    let directory = tempfile::tempdir().unwrap();
    let (dispatch, scan, jobs) = with_a_job(directory.path()).await;
    let (outgoing, mut old) = mpsc::channel(1);
    dispatch.connect("old", 2, outgoing);
    let (outgoing, mut new) = mpsc::channel(1);
    dispatch.connect("new", 1, outgoing);
    dispatch.begin(scan, jobs);
    let refused = offer(&mut old).await;
    dispatch.reject("old", &refused, Reason::UnsupportedPack, "another pack").await;
    let job = offer(&mut new).await;
    dispatch.reject("new", &job, Reason::UnsupportedPack, "another pack").await;
    assert_eq!(dispatch.store.job(&id()).unwrap().unwrap().problem, "another pack", "nobody is left to ask");
}

#[tokio::test]
async fn figures_that_nobody_can_have_counted_do_no_harm() {
    let directory = tempfile::tempdir().unwrap();
    let (dispatch, scan, jobs) = with_a_job(directory.path()).await;
    let (outgoing, mut messages) = mpsc::channel(1);
    dispatch.connect("a", 1, outgoing);
    dispatch.begin(scan, jobs);
    let job = offer(&mut messages).await;
    let most = u64::MAX;
    let told = Progress { calls: most, throttles: most, failures: most, ..Progress::default() };
    dispatch.tell("J", told.clone());
    dispatch.tell("J", told);
    let calls = [("s3:ListBuckets".to_owned(), most), ("kms:ListKeys".to_owned(), most)].into();
    let usage = Usage { calls, throttles: most, failures: most, ..Usage::default() };
    let root = blake3::hash(b"").as_bytes().to_vec();
    dispatch.store.commit(&id(), job.fence, 0, 0, root, usage).await.unwrap();
    dispatch.committed(&id());
    assert_eq!(dispatch.progress().borrow().calls, most);
    let view = crate::read::ScanView::open(&dispatch.store, &"S".parse().unwrap()).unwrap().unwrap();
    assert_eq!(view.summary().calls, most);
}
