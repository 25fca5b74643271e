//! The store's promises: what is acknowledged is there, late holders are refused, damage is noticed.

use plumbline_baseline::ScanId;
use plumbline_proto::agent_v1::{Row, RowBatch, Usage};
use plumbline_proto::chunk;

use super::record::{self, Counts, Job, JobState, Scan, ScanState};
use super::*;

fn scan_id() -> ScanId {
    "01SCAN".parse().unwrap()
}

fn id() -> StoredJob {
    StoredJob { scan: scan_id(), job: "01JOB".parse().unwrap() }
}

fn agent(fence: u64) -> Holder {
    Holder { agent: "a".parse().unwrap(), fence }
}

fn grant() -> Grant {
    Grant {
        attempt: Attempt::New,
        agent: "a".parse().unwrap(),
        build: "1".into(),
        failed_attempts: 0,
        now: "2026-01-15T00:00:00Z".into(),
    }
}

fn commit(chunks: u64, root_hash: Vec<u8>) -> Commit {
    Commit { chunks, rows: chunks, root_hash, claim: None, usage: Usage::default(), now: "2026-01-15T00:10:00Z".into() }
}

async fn with_job(directory: &Path) -> Store {
    with_jobs(directory, Vec::new()).await
}

/// The same with other jobs beside it, of a scan that runs.
async fn with_jobs(directory: &Path, mut jobs: Vec<Job>) -> Store {
    let store = Store::create(directory).unwrap();
    let state = JobState::Ready as i32;
    let job = Job { id: "01JOB".into(), scan: "01SCAN".into(), state, controls: (0..25).collect(), ..Job::default() };
    jobs.insert(0, job);
    store.create_scan(Scan { state: ScanState::Running as i32, ..scan() }, jobs).await.unwrap();
    store
}

/// A full scan of one account with the controls `c` and `control-0` to `control-23`, their names long.
fn scan() -> Scan {
    let account = record::Account { id: "111122223333".into(), ..record::Account::default() };
    let control = |id: String| record::Control { id, ..record::Control::default() };
    let controls = ["c".to_owned()].into_iter().chain((0..24).map(|number| format!("control-{number}").repeat(50)));
    Scan {
        id: "01SCAN".into(),
        kind: record::ScanKind::Full as i32,
        accounts: vec![account],
        controls: controls.map(control).collect(),
        ..Scan::default()
    }
}

/// All rows of a job, as far as they can be read.
fn rows(store: &Store, job: &Job) -> Result<Vec<Row>, Error> {
    let mut rows = Vec::new();
    for part in store.parts(job)? {
        rows.extend(part.rows()?.into_iter().map(|known| known.row));
    }
    if job.state() == JobState::Committed && rows.len() as u64 != job.rows {
        return Err(Error::Damaged { what: "rows" });
    }
    Ok(rows)
}

fn chunk() -> (Vec<u8>, Vec<u8>) {
    let batch =
        RowBatch { rows: vec![Row { control: "c".into(), status: 2, ..Row::default() }], ..RowBatch::default() };
    let bytes = chunk::write(&batch);
    let root = blake3::hash(blake3::hash(&bytes).as_bytes()).as_bytes().to_vec();
    (bytes, root)
}

#[tokio::test]
async fn a_committed_job_is_there_after_reopening() {
    let directory = tempfile::tempdir().unwrap();
    let (bytes, root) = chunk();
    {
        let store = with_job(directory.path()).await;
        let Granted { attempt, fence } = store.grant(&id(), grant()).await.unwrap().unwrap();
        assert_eq!(attempt, 1);
        assert_eq!(store.put_chunk(&id(), &agent(fence), 0, bytes.clone()).await.unwrap(), PutOutcome::Stored);
        assert_eq!(store.put_chunk(&id(), &agent(fence), 0, bytes).await.unwrap(), PutOutcome::Stored);
        let (job, holder) = (id(), agent(fence));
        let again = || store.commit(&job, &holder, commit(1, root.clone()));
        assert_eq!(again().await.unwrap(), CommitOutcome::Committed(1));
        assert_eq!(again().await.unwrap(), CommitOutcome::Committed(1), "a repeated commit gets the same answer");
    }
    let store = Store::open(directory.path()).unwrap();
    let jobs = store.jobs(&scan_id()).unwrap();
    assert_eq!(jobs[0].state(), JobState::Committed);
    assert_eq!(rows(&store, &jobs[0]).unwrap().len(), 1);
    assert_eq!(jobs[0].counts, Some(Counts { fail: 1, unknown: 24, ..Counts::default() }));
}

#[cfg(unix)]
#[test]
fn what_is_created_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("a/b");
    let _store = Store::create(&directory).unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&directory), mode(&Store::path_in(&directory))), (0o700, 0o600));
}

#[tokio::test]
async fn a_late_holder_can_write_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let store = with_job(directory.path()).await;
    let (bytes, root) = chunk();
    let Granted { fence: old, .. } = store.grant(&id(), grant()).await.unwrap().unwrap();
    let Granted { attempt, fence: new } = store.grant(&id(), grant()).await.unwrap().unwrap();
    assert!(new > old && attempt == 2);
    assert_eq!(store.put_chunk(&id(), &agent(old), 0, bytes).await.unwrap(), PutOutcome::StaleFence);
    let outcome = store.commit(&id(), &agent(old), commit(0, root)).await.unwrap();
    assert_eq!(outcome, CommitOutcome::StaleFence);
}

#[tokio::test]
async fn an_agent_that_knows_the_fence_but_does_not_hold_the_job_can_write_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let store = with_job(directory.path()).await;
    let (bytes, root) = chunk();
    let Granted { fence, .. } = store.grant(&id(), grant()).await.unwrap().unwrap();
    let stranger = Holder { agent: "b".parse().unwrap(), fence };
    assert_eq!(store.put_chunk(&id(), &stranger, 0, bytes).await.unwrap(), PutOutcome::StaleFence);
    let outcome = store.commit(&id(), &stranger, commit(0, root)).await.unwrap();
    assert_eq!(outcome, CommitOutcome::StaleFence);
}

#[tokio::test]
async fn what_an_attempt_stored_goes_with_it() {
    let directory = tempfile::tempdir().unwrap();
    let store = with_job(directory.path()).await;
    let first = store.grant(&id(), grant()).await.unwrap().unwrap();
    let bytes = chunk().0;
    store.put_chunk(&id(), &agent(first.fence), 0, bytes.clone()).await.unwrap();
    let same = Grant { attempt: Attempt::Same, ..grant() };
    let again = store.grant(&id(), same).await.unwrap().unwrap();
    assert_eq!(
        (again.attempt, store.count_chunks().unwrap()),
        (first.attempt, 1),
        "the same attempt keeps what it stored"
    );
    let second = store.grant(&id(), Grant { failed_attempts: 1, ..grant() }).await.unwrap().unwrap();
    assert_eq!((second.attempt, store.count_chunks().unwrap()), (2, 0));
    assert_eq!(store.job(&id()).unwrap().unwrap().failed_attempts, 1);
    store.put_chunk(&id(), &agent(second.fence), 0, bytes).await.unwrap();
    store.abandon(&id(), "given up", 2).await.unwrap();
    assert_eq!(store.count_chunks().unwrap(), 0);
}

#[tokio::test]
async fn the_rest_of_a_scan_is_given_up_at_once_and_what_ended_stays() {
    let directory = tempfile::tempdir().unwrap();
    let more = ["2", "3"].map(|id| Job { id: id.into(), scan: "01SCAN".into(), ..Job::default() });
    let store = committed_beside(directory.path(), 1, more.into()).await;
    store.abandon_rest(&scan_id(), "no agent could work").await.unwrap();
    let jobs = store.jobs(&scan_id()).unwrap();
    let states: Vec<_> = jobs.iter().map(|job| (job.state(), job.problem.as_str())).collect();
    let given_up = (JobState::Abandoned, "no agent could work");
    assert_eq!(states, [(JobState::Committed, ""), given_up, given_up]);
}

#[tokio::test]
async fn a_commit_without_its_chunks_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let store = with_job(directory.path()).await;
    let Granted { fence, .. } = store.grant(&id(), grant()).await.unwrap().unwrap();
    let outcome = store.commit(&id(), &agent(fence), commit(1, chunk().1)).await.unwrap();
    assert_eq!(outcome, CommitOutcome::Mismatch);
    assert_eq!(store.job(&id()).unwrap().unwrap().state(), JobState::Leased);
}

#[tokio::test]
async fn a_store_of_a_newer_version_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = Store::path_in(directory.path());
    {
        let database = Database::create(&path).unwrap();
        let transaction = database.begin_write().unwrap();
        transaction.open_table(META).unwrap().insert(b"schema".as_slice(), 99u64.to_be_bytes().as_slice()).unwrap();
        transaction.commit().unwrap();
    }
    assert_eq!(Store::open(directory.path()).err(), Some(Error::Newer { path, found: 99 }));
}

#[tokio::test]
async fn one_writes_and_others_read_beside_it_what_was_there_when_they_looked() {
    let directory = tempfile::tempdir().unwrap();
    let store = with_job(directory.path()).await;
    assert!(matches!(Store::create(directory.path()), Err(Error::InUse { .. })));
    let reader = Store::open(directory.path()).unwrap();
    let state = || reader.job(&id()).unwrap().unwrap().state();
    assert_eq!(state(), JobState::Ready);
    let seen = reader.read(|view| {
        // What is committed while somebody reads is not seen by them, and does not disturb them.
        let writing = std::thread::scope(|scope| {
            let write = || tokio::runtime::Runtime::new().unwrap().block_on(store.grant(&id(), grant()));
            scope.spawn(write).join().unwrap()
        });
        assert!(writing.unwrap().is_some());
        let (jobs, done) = (view.open_table(JOBS)?, view.open_table(DONE)?);
        archive::job(&jobs, &done, &id().scan, id().job.as_str())
    });
    assert_eq!(seen.unwrap().unwrap().state(), JobState::Ready);
    assert_eq!(state(), JobState::Leased);
    assert!(reader.next_epoch().await.is_err(), "it is open to be read only");
    assert!(reader.verify().unwrap().is_clean());
    let copy = directory.path().join("copy.redb");
    reader.backup(&copy, InTheWay::Stays).unwrap();
    assert_eq!(Store::open_file(&copy).unwrap().jobs(&id().scan).unwrap(), store.jobs(&id().scan).unwrap());
}

/// A store with one job that is committed with this many chunks, all different.
async fn committed(directory: &Path, chunks: u64) -> Store {
    committed_beside(directory, chunks, Vec::new()).await
}

/// The same with other jobs beside it, which have not begun.
async fn committed_beside(directory: &Path, chunks: u64, jobs: Vec<Job>) -> Store {
    let store = with_jobs(directory, jobs).await;
    let Granted { fence, .. } = store.grant(&id(), grant()).await.unwrap().unwrap();
    let mut hasher = blake3::Hasher::new();
    for seq in 0..chunks {
        let row = Row { control: format!("control-{seq}").repeat(50), status: 1, ..Row::default() };
        let bytes = chunk::write(&RowBatch { rows: vec![row], ..RowBatch::default() });
        hasher.update(blake3::hash(&bytes).as_bytes());
        assert_eq!(store.put_chunk(&id(), &agent(fence), seq, bytes).await.unwrap(), PutOutcome::Stored);
    }
    let root = hasher.finalize().as_bytes().to_vec();
    let outcome = store.commit(&id(), &agent(fence), commit(chunks, root)).await.unwrap();
    assert_eq!(outcome, CommitOutcome::Committed(1));
    store
}

#[tokio::test]
async fn a_scan_that_ended_says_how_and_what_it_counted() {
    let directory = tempfile::tempdir().unwrap();
    {
        let more = (0..2).map(|number| Job {
            id: format!("02JOB-{number}"),
            scan: "01SCAN".into(),
            controls: vec![0, 0],
            ..Job::default()
        });
        let store = committed_beside(directory.path(), 3, more.collect()).await;
        store.finish_scan(&scan_id(), "2026-01-15T01:00:00Z", ScanEnd::Interrupted).await.unwrap();
    }
    let store = Store::open(directory.path()).unwrap();
    let scan = &store.scans().unwrap()[0];
    let head = scan.head.as_ref().unwrap();
    assert_eq!(
        (scan.id.as_str(), head.state(), &*head.finished),
        ("01SCAN", ScanState::Interrupted, "2026-01-15T01:00:00Z")
    );
    let (pass, unknown) = (3, 22 + 4);
    assert_eq!(head.counts, Some(Counts { pass, unknown, ..Counts::default() }), "a control without a row is unknown");
}

#[tokio::test]
async fn a_scan_whose_process_was_killed_does_not_run_for_ever() {
    let directory = tempfile::tempdir().unwrap();
    {
        let store = Store::create(directory.path()).unwrap();
        let scan = Scan { id: "01SCAN".into(), state: ScanState::Running as i32, ..Scan::default() };
        store.create_scan(scan, Vec::new()).await.unwrap();
    }
    let store = Store::create(directory.path()).unwrap();
    let scan = store.scan(&scan_id()).unwrap().unwrap();
    assert_eq!(scan.state(), ScanState::Interrupted);
    assert!(scan.problem.contains("process"), "{}", scan.problem);
}

#[tokio::test]
async fn a_scan_is_found_by_the_beginning_of_its_id() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::create(directory.path()).unwrap();
    assert!(store.find("01").unwrap_err().to_string().contains("there are none"));
    for id in ["01A", "01AB", "02C"] {
        store.create_scan(Scan { id: id.into(), ..Scan::default() }, Vec::new()).await.unwrap();
    }
    let newest_first: Vec<ScanId> = store.scans().unwrap().into_iter().map(|scan| scan.id).collect();
    assert_eq!(newest_first, ["02C", "01AB", "01A"]);
    for (beginning, expected) in [("02", "02C"), ("01a", "01A"), ("01AB", "01AB"), ("02C", "02C")] {
        assert_eq!(store.find(beginning).unwrap(), expected, "{beginning}");
    }
    for (beginning, expected) in [("0", "3 scans"), ("03", "the newest are 02C"), ("", "no scan"), ("01ABC", "no scan")]
    {
        let error = store.find(beginning).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[tokio::test]
async fn a_store_of_an_older_format_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = Store::path_in(directory.path());
    {
        let database = Database::create(&path).unwrap();
        let transaction = database.begin_write().unwrap();
        let meta: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("meta");
        transaction.open_table(meta).unwrap().insert("schema", 1u64.to_be_bytes().as_slice()).unwrap();
        transaction.commit().unwrap();
    }
    assert_eq!(Store::open(directory.path()).err(), Some(Error::Older { path }));
}

#[tokio::test]
async fn many_writers_at_once_all_get_what_they_wrote() {
    let directory = tempfile::tempdir().unwrap();
    let store = with_job(directory.path()).await;
    let Granted { fence, .. } = store.grant(&id(), grant()).await.unwrap().unwrap();
    // More bytes than may wait at a time.
    let writes = (0..40u64).map(|seq| {
        let store = store.clone();
        tokio::spawn(async move { store.put_chunk(&id(), &agent(fence), seq, vec![seq as u8; 1 << 20]).await })
    });
    for write in writes.collect::<Vec<_>>() {
        assert_eq!(write.await.unwrap(), Ok(PutOutcome::Stored));
    }
    let job = store.job(&id()).unwrap().unwrap();
    assert_eq!(store.stored_chunks(&job), Ok(40));
}

mod bounds;
mod damage;
mod done;
mod exchange;
mod left;
mod nights;
