//! What becomes of offers that nobody takes, of commits whose caller is gone, and of figures that nobody can have
//! counted. The clock is the test's own.

mod conclusion;
mod property;
mod spooled;

use plumbline_baseline::Region;
use plumbline_proto::agent_v1::coordinator_message::Message;
use plumbline_proto::agent_v1::job_decision::Decision;
use plumbline_proto::agent_v1::lease_reject::Reason;
use plumbline_proto::agent_v1::{CoordinatorMessage, Hello, JobDecision, JobRef, RunningJob, Spooled, Usage};
use tokio::sync::mpsc;

use super::*;
use crate::board::Pace;
use crate::forecast::Forecast;
use crate::store::{Commit, Holder};

const TTL: Duration = Duration::from_secs(60);
const PATIENCE: Duration = Duration::from_secs(600);
/// The job of the organization, and its control.
const LAST: &str = "last";
const SCANNED: &str = "org-accounts-scanned";

/// A coordinator without its wire.
struct Bench {
    dispatch: Arc<Dispatch>,
    clock: Arc<Mutex<Instant>>,
}

impl Bench {
    /// Jobs `0`, `1`, … of as many accounts, one control each.
    async fn start(store: Store, jobs: usize) -> Self {
        Self::planned(store, jobs, &[]).await
    }

    /// The same, and the job of the organization: [`LAST`].
    async fn with_organization(store: Store, jobs: usize) -> Self {
        let last = record::Job {
            id: LAST.into(),
            scan: "S".into(),
            region: Region::ORGANIZATION.into(),
            controls: vec![1],
            state: JobState::Ready as i32,
            ..record::Job::default()
        };
        Self::planned(store, jobs, &[last]).await
    }

    async fn planned(store: Store, jobs: usize, more: &[record::Job]) -> Self {
        Self::prepared(store, jobs, more, Floor::none()).await
    }

    /// With a floor under the free space.
    async fn with_floor(store: Store, jobs: usize, floor: Floor) -> Self {
        Self::prepared(store, jobs, &[], floor).await
    }

    fn without_a_scan(store: Store, floor: Floor) -> Self {
        let clock = Arc::new(Mutex::new(tokio::time::Instant::now().into_std()));
        let reading = Arc::clone(&clock);
        let pace = Pace { heartbeat: TTL / 4, lease_ttl: TTL };
        let timers = Timers { pace, deadline: 45 * TTL, max_attempts: 3 };
        let clock_read = Clock::new(move || *reading.lock().unwrap());
        let dispatch = Dispatch::new(store, Arc::clone(Pack::embedded()), timers, PATIENCE, clock_read);
        Self { dispatch: Arc::new(dispatch.with_floor(floor)), clock }
    }

    async fn prepared(store: Store, jobs: usize, more: &[record::Job], floor: Floor) -> Self {
        let bench = Self::without_a_scan(store, floor);
        let dispatch = &bench.dispatch;
        let account = |number| record::Account { id: format!("{number:012}"), ..record::Account::default() };
        let scan = record::Scan {
            id: "S".into(),
            accounts: (0..jobs).map(account).collect(),
            state: record::ScanState::Running as i32,
            controls: ["c", SCANNED].map(|id| record::Control { id: id.into(), ..record::Control::default() }).into(),
            ..record::Scan::default()
        };
        let job = |number: usize| record::Job {
            id: number.to_string(),
            scan: "S".into(),
            account: number as u32,
            region: "eu-west-1".into(),
            controls: vec![0],
            state: JobState::Ready as i32,
            ..record::Job::default()
        };
        let records: Vec<_> = (0..jobs).map(job).chain(more.iter().cloned()).collect();
        let (planned, order) = Scan::new(scan.clone(), &records).unwrap();
        dispatch.store.create_scan(scan, records).await.unwrap();
        dispatch.begin(planned, &order, &Forecast::default());
        bench
    }

    async fn with_a_job(directory: &std::path::Path) -> Self {
        Self::start(Store::create(directory).unwrap(), 1).await
    }

    fn advance(&self, time: Duration) {
        *self.clock.lock().unwrap() += time;
    }

    /// Waits until nothing is on its way between board and store.
    async fn idle(&self) {
        self.dispatch.tasks.close();
        self.dispatch.tasks.wait().await;
        self.dispatch.tasks.reopen();
    }

    fn connect(&self, agent: &str, capacity: u32) -> mpsc::Receiver<CoordinatorMessage> {
        let (outgoing, messages) = mpsc::channel(16);
        let hello = Hello { capacity, build: "7".into(), ..Hello::default() };
        self.dispatch.connect(&id(agent), &hello, outgoing);
        self.dispatch.assign();
        messages
    }

    async fn reject(&self, agent: &str, offer: &JobRef, reason: Reason, detail: &str) {
        self.dispatch.reject(&id(agent), &id(&offer.job_id), offer.fence, reason, detail).await;
    }

    /// Commits a job without rows.
    async fn commit(
        &self,
        agent: &str,
        offer: &JobRef,
        usage: Usage,
    ) -> Result<Option<store::CommitOutcome>, store::Error> {
        let root_hash = blake3::hash(b"").as_bytes().to_vec();
        let commit = Commit { chunks: 0, rows: 0, root_hash, claim: None, usage, now: String::new() };
        self.dispatch.commit(&id(&offer.job_id), Holder { agent: id(agent), fence: offer.fence }, commit).await
    }

    fn record(&self, job: &str) -> record::Job {
        self.dispatch.store.job(&StoredJob { scan: id("S"), job: id(job) }).unwrap().unwrap()
    }

    fn watch(&self) -> watch::Receiver<ScanProgress> {
        self.dispatch.progress(&id("S")).unwrap()
    }

    fn figures(&self) -> ScanProgress {
        *self.watch().borrow()
    }
}

fn id<T: std::str::FromStr>(text: &str) -> T
where
    T::Err: std::fmt::Debug,
{
    text.parse().unwrap()
}

/// The next offer of a session.
async fn offer(messages: &mut mpsc::Receiver<CoordinatorMessage>) -> JobRef {
    match messages.recv().await.unwrap().message {
        Some(Message::Offer(offer)) => offer.job.unwrap(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_session_that_nobody_reads_is_offered_a_job_once() {
    let directory = tempfile::tempdir().unwrap();
    let bench = Bench::with_a_job(directory.path()).await;
    drop(bench.connect("dead", 1));
    let mut messages = bench.connect("alive", 1);
    assert_eq!(offer(&mut messages).await.attempt, 2);
    let record = bench.record("0");
    assert_eq!((record.agent.as_str(), record.build.as_str()), ("alive", "7"));
}

#[tokio::test]
async fn an_agent_of_another_version_does_not_cost_the_others_their_jobs() {
    let directory = tempfile::tempdir().unwrap();
    let bench = Bench::with_a_job(directory.path()).await;
    let mut old = bench.connect("old", 2);
    let refused = offer(&mut old).await;
    let mut new = bench.connect("new", 1);
    bench.reject("old", &refused, Reason::UnsupportedPack, "another pack").await;
    let job = offer(&mut new).await;
    bench.reject("new", &job, Reason::UnsupportedPack, "another pack").await;
    assert_eq!(bench.record("0").problem, "another pack", "nobody is left to ask");
    assert!(bench.figures().is_done());
}

#[tokio::test]
async fn figures_that_nobody_can_have_counted_do_no_harm() {
    let directory = tempfile::tempdir().unwrap();
    let bench = Bench::with_a_job(directory.path()).await;
    let mut messages = bench.connect("a", 1);
    let job = offer(&mut messages).await;
    let most = u64::MAX;
    let said = Progress { calls: most, throttles: most, failures: most, ..Progress::default() };
    bench.dispatch.report_progress(&id("a"), &id("0"), job.fence, said.clone());
    bench.dispatch.report_progress(&id("a"), &id("0"), job.fence, said.clone());
    bench.dispatch.report_progress(&id("b"), &id("0"), job.fence, said);
    let usage = Usage { calls: most, throttles: most, failures: most, ..Usage::default() };
    bench.commit("a", &job, usage).await.unwrap();
    assert_eq!(bench.figures().calls, most);
    let view = crate::read::ScanView::open(&bench.dispatch.store, &id("S")).unwrap().unwrap();
    assert_eq!(view.summary().calls, most);
}

#[tokio::test]
async fn a_commit_is_counted_although_its_caller_is_gone() {
    let directory = tempfile::tempdir().unwrap();
    let bench = Bench::with_a_job(directory.path()).await;
    let mut messages = bench.connect("a", 1);
    let job = offer(&mut messages).await;
    {
        let commit = bench.commit("a", &job, Usage::default());
        tokio::pin!(commit);
        // Polled once, and dropped: as a connection that breaks drops the call.
        let first = std::future::poll_fn(|context| std::task::Poll::Ready(commit.as_mut().poll(context).is_pending()));
        assert!(first.await);
    }
    bench.watch().wait_for(ScanProgress::is_done).await.unwrap();
    assert_eq!(bench.figures().jobs_committed, 1);
    let repeated = bench.commit("a", &job, Usage::default()).await.unwrap();
    assert_eq!(repeated, Some(store::CommitOutcome::Committed(1)));
    assert_eq!(bench.figures().jobs_committed, 1, "counted once");
}

#[tokio::test]
async fn a_job_that_was_committed_behind_the_board_is_counted_by_whoever_finds_out() {
    let directory = tempfile::tempdir().unwrap();
    let bench = Bench::with_a_job(directory.path()).await;
    let mut messages = bench.connect("a", 1);
    let job = offer(&mut messages).await;
    let stored = StoredJob { scan: id("S"), job: id("0") };
    let commit = Commit {
        chunks: 0,
        rows: 0,
        root_hash: blake3::hash(b"").as_bytes().to_vec(),
        claim: None,
        usage: Usage::default(),
        now: String::new(),
    };
    bench.dispatch.store.commit(&stored, &Holder { agent: id("a"), fence: job.fence }, commit).await.unwrap();
    assert!(!bench.figures().is_done());
    // The lease ends, the job waits, and the next grant finds it committed.
    bench.advance(TTL);
    bench.dispatch.tick().await;
    bench.watch().wait_for(ScanProgress::is_done).await.unwrap();
    assert_eq!((bench.figures().jobs_committed, bench.figures().jobs_abandoned), (1, 0));
}

#[tokio::test]
async fn trouble_of_an_agent_is_not_the_accounts_and_ends_a_scan_that_has_nobody_else() {
    let bench = Bench::with_organization(Store::in_memory(), 1).await;
    let mut notices = bench.dispatch.notices();
    let mut messages = bench.connect("a", 1);
    let mut refusals = 0;
    while !bench.figures().is_done() {
        if let Ok(message) = messages.try_recv() {
            let Some(Message::Offer(offer)) = message.message else { panic!("{message:?}") };
            bench.reject("a", &offer.job.unwrap(), Reason::AgentTrouble, "no credentials").await;
            refusals += 1;
        }
        bench.advance(Duration::from_secs(1));
        bench.dispatch.tick().await;
        bench.idle().await;
    }
    assert!((5..20).contains(&refusals), "{refusals} offers in ten minutes");
    let record = bench.record("0");
    assert_eq!((record.state(), record.failed_attempts), (JobState::Abandoned, 0));
    assert!(record.problem.contains("no credentials"), "{}", record.problem);
    let last = bench.record(LAST);
    assert_eq!(
        (last.state(), last.problem, last.attempt),
        (JobState::Abandoned, record.problem, 0),
        "nobody begins it"
    );
    assert!(bench.dispatch.given_up(&id("S")).is_some());
    assert!(notices.recv().await.unwrap().contains("agent a refuses work"));
}

#[tokio::test]
async fn a_coordinator_that_was_frozen_charges_nobody() {
    let directory = tempfile::tempdir().unwrap();
    let bench = Bench::with_a_job(directory.path()).await;
    let mut messages = bench.connect("a", 1);
    bench.dispatch.tick().await;
    let job = offer(&mut messages).await;
    bench.advance(10 * TTL);
    bench.dispatch.tick().await;
    let held = bench.dispatch.heartbeat(&id("a"), vec![job.clone()]);
    assert_eq!(held, [job]);
    for _ in 0..=TTL.as_secs() {
        bench.advance(Duration::from_secs(1));
        bench.dispatch.tick().await;
    }
    assert_eq!(bench.dispatch.state().board.failed_attempts(&id("0")), 1, "an agent that is really gone is charged");
}

#[tokio::test]
async fn after_a_restart_what_is_stored_counts_and_what_agents_hold_is_theirs_for_a_while() {
    let store = Store::in_memory();
    let bench = Bench::with_organization(store.clone(), 4).await;
    let mut messages = bench.connect("a", 3);
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(offer(&mut messages).await);
    }
    bench.dispatch.drain(&id("a"));
    bench.commit("a", &held[0], Usage { calls: 7, ..Usage::default() }).await.unwrap();
    bench.idle().await;
    let (record, jobs) = store.resume_scan(&id("S"), store::GivenUp::StaysSo).await.unwrap();
    let (scan, order) = Scan::new(record, &jobs).unwrap();
    let bench = Bench::without_a_scan(store, Floor::none());
    bench.dispatch.resume(scan, &order, &jobs, &Forecast::default(), 2 * TTL, |_| false);
    assert_eq!((bench.figures().jobs_planned, bench.figures().jobs_committed, bench.figures().calls), (5, 1, 7));
    // Nobody else gets what an agent of before may come back with.
    let mut other = bench.connect("b", 5);
    let working = offer(&mut other).await;
    assert_eq!(working.job_id, "3");
    bench.idle().await;
    assert!(other.try_recv().is_err());
    let (outgoing, _messages) = mpsc::channel(16);
    let running = vec![RunningJob { job: Some(held[1].clone()), acked_chunks: 0, spooled: None }];
    let hello = Hello { capacity: 3, running, ..Hello::default() };
    bench.dispatch.connect(&id("a"), &hello, outgoing);
    let decided = bench.dispatch.decide(&id("a"), &hello).await.unwrap();
    assert_eq!((decided[0].decision(), decided[0].job.clone()), (Decision::Continue, Some(held[1].clone())));
    bench.commit("a", &held[1], Usage::default()).await.unwrap();
    // What it does not come back with is somebody else's at once, and nobody's fault.
    bench.dispatch.assign();
    let late = offer(&mut other).await;
    assert_eq!((late.job_id.as_str(), late.attempt), ("2", 2));
    assert_eq!(bench.record("2").failed_attempts, 0);
    let stale = bench.commit("a", &held[2], Usage::default()).await.unwrap();
    assert_eq!(stale, Some(store::CommitOutcome::StaleFence));
    bench.commit("b", &late, Usage::default()).await.unwrap();
    bench.commit("b", &working, Usage::default()).await.unwrap();
    bench.watch().wait_for(ScanProgress::is_done).await.unwrap();
    assert_eq!(bench.record(LAST).state(), JobState::Committed, "the organization's own comes last");
}

/// The deadline of the next offer.
async fn deadline(messages: &mut mpsc::Receiver<CoordinatorMessage>) -> (JobRef, u32) {
    loop {
        if let Some(Message::Offer(offer)) = messages.recv().await.expect("an offer").message {
            return (offer.job.unwrap(), offer.deadline_s);
        }
    }
}

#[tokio::test]
async fn a_job_that_uses_up_its_time_has_more_of_it_next_tonight_and_tomorrow() {
    let store = Store::in_memory();
    let bench = Bench::start(store.clone(), 1).await;
    let mut messages = bench.connect("a", 1);
    let (first, seconds) = deadline(&mut messages).await;
    assert_eq!(seconds, 45 * 60);
    bench.advance(45 * TTL);
    bench.dispatch.tick().await;
    let (second, seconds) = deadline(&mut messages).await;
    assert_eq!((second.attempt, seconds), (first.attempt + 1, 90 * 60));
    bench.advance(85 * TTL);
    bench.reject("a", &second, Reason::Failed, "finish the job within 5400s").await;
    assert_eq!(deadline(&mut messages).await.1, 180 * 60);
    assert_eq!(bench.record("0").ran_over_s, 90 * 60);
    // A coordinator that takes the scan up again knows it.
    bench.idle().await;
    let (record, jobs) = store.resume_scan(&id("S"), store::GivenUp::StaysSo).await.unwrap();
    let (scan, order) = Scan::new(record, &jobs).unwrap();
    let other = Bench::without_a_scan(store.clone(), Floor::none());
    other.dispatch.resume(scan, &order, &jobs, &Forecast::default(), TTL, |_| true);
    assert_eq!(deadline(&mut other.connect("b", 1)).await.1, 180 * 60);
    other.idle().await;
    // So does the next night, though nothing came of it.
    other.dispatch.give_up_rest(&id("S"), store::ScanEnd::Stopped("too long".into())).await;
    store.finish_scan(&id("S"), "", store::ScanEnd::Complete).await.unwrap();
    let nights = store.took([(format!("{:012}", 0), "eu-west-1".to_owned())].into()).unwrap();
    assert_eq!(Forecast::of(&nights).needed(&format!("{:012}", 0), "eu-west-1"), 90 * TTL);
}

#[tokio::test]
async fn scans_run_side_by_side_and_end_each_by_itself() {
    let bench = Bench::start(Store::in_memory(), 2).await;
    let record = record::Scan {
        id: "T".into(),
        accounts: vec![record::Account { id: format!("{:012}", 0), ..record::Account::default() }],
        controls: vec![record::Control { id: "c".into(), ..record::Control::default() }],
        ..record::Scan::default()
    };
    let job = record::Job {
        id: "T0".into(),
        scan: "T".into(),
        region: "us-east-1".into(),
        controls: vec![0],
        state: JobState::Ready as i32,
        ..record::Job::default()
    };
    let (scan, order) = Scan::new(record.clone(), std::slice::from_ref(&job)).unwrap();
    let night = bench.dispatch.store.create_scan(record, vec![job]).await.unwrap();
    bench.dispatch.begin(scan.with_night(night), &order, &Forecast::default());
    let mut messages = bench.connect("a", 3);
    let mut offers = Vec::new();
    for _ in 0..3 {
        offers.push(offer(&mut messages).await);
    }
    let of_t = offers.iter().find(|offer| offer.job_id == "T0").unwrap();
    bench.commit("a", of_t, Usage::default()).await.unwrap();
    let other = || *bench.dispatch.progress(&id("T")).unwrap().borrow();
    assert!(other().is_done() && !bench.figures().is_done());
    bench.dispatch.end(&id("T"));
    assert!(bench.dispatch.progress(&id("T")).is_none());
    assert_eq!(bench.commit("a", of_t, Usage::default()).await.unwrap(), None, "it is over");
    bench.dispatch.give_up_rest(&id("S"), store::ScanEnd::Stopped("somebody stopped it".into())).await;
    assert!(bench.figures().is_done());
    assert_eq!(bench.record("0").problem, "somebody stopped it");
    assert!(bench.dispatch.heartbeat(&id("a"), offers).is_empty(), "agents are told to stop");
}

#[tokio::test]
async fn a_second_session_of_an_agent_ends_the_first_and_its_uploads() {
    let directory = tempfile::tempdir().unwrap();
    let bench = Bench::with_a_job(directory.path()).await;
    let (outgoing, _messages) = mpsc::channel(1);
    let first = bench.dispatch.connect(&id("a"), &Hello::default(), outgoing.clone());
    let second = bench.dispatch.connect(&id("a"), &Hello::default(), outgoing);
    assert!(first.replaced.is_cancelled() && !second.replaced.is_cancelled());
    let is_open =
        |agent: &str, key: &str| bench.dispatch.is_open(&Identity { agent: id(agent), session: key.to_owned() });
    assert!(is_open("a", &second.key));
    assert!(!is_open("a", &first.key) && !is_open("b", &second.key) && !is_open("a", ""));
    bench.dispatch.disconnect(&id("a"), first.number);
    assert!(is_open("a", &second.key), "an old session that ends takes nothing along");
}

#[tokio::test]
async fn a_disk_that_is_nearly_full_gets_no_new_job_until_there_is_room() {
    let free = Arc::new(std::sync::atomic::AtomicU64::new(0));
    let measured = Arc::clone(&free);
    let floor = Floor::by(move || Some((measured.load(std::sync::atomic::Ordering::Relaxed), 1 << 30)));
    let bench = Bench::with_floor(Store::in_memory(), 2, floor).await;
    let mut notices = bench.dispatch.notices();
    let mut messages = bench.connect("a", 2);
    bench.dispatch.tick().await;
    bench.idle().await;
    assert!(messages.try_recv().is_err(), "nothing is given out");
    bench.advance(Duration::from_secs(30));
    bench.dispatch.tick().await;
    assert!(notices.try_recv().unwrap().contains("only 0 MiB are free"));
    free.store(2 << 30, std::sync::atomic::Ordering::Relaxed);
    bench.dispatch.tick().await;
    assert!(notices.try_recv().unwrap().contains("room again"));
    offer(&mut messages).await;
    offer(&mut messages).await;
    bench.idle().await;
    let notes = bench.dispatch.store.scan(&id("S")).unwrap().unwrap().notes;
    assert_eq!(notes.len(), 1, "{notes:?}");
    // What runs goes on: its job is stored, and only another one would have to wait.
    free.store(0, std::sync::atomic::Ordering::Relaxed);
    bench.dispatch.tick().await;
    let job = JobRef { job_id: "0".into(), attempt: 1, fence: bench.record("0").fence };
    let committed = bench.commit("a", &job, Usage::default()).await.unwrap();
    assert!(matches!(committed, Some(store::CommitOutcome::Committed(_))), "{committed:?}");
}
