//! What an agent says that it has on its disk: it gets a fence of its own, or it is told that nobody wants it. Nothing that it
//! says is believed.

use super::*;
use crate::store::record::Why;
use crate::store::{CommitOutcome, PutOutcome};

/// One job, which `a` holds.
async fn held() -> (Bench, mpsc::Receiver<CoordinatorMessage>, JobRef) {
    let bench = Bench::start(Store::in_memory(), 1).await;
    let mut messages = bench.connect("a", 1);
    let job = offer(&mut messages).await;
    bench.dispatch.accept(&id("a"), &id(&job.job_id), job.fence);
    (bench, messages, job)
}

/// An agent comes back with this on its disk.
async fn comes_back(bench: &Bench, agent: &str, job: &JobRef, pack: &str) -> (Decision, JobRef) {
    let spooled = Some(Spooled { pack_digest: pack.into() });
    let running = vec![RunningJob { job: Some(job.clone()), acked_chunks: 0, spooled }];
    let hello = Hello { capacity: 1, running, ..Hello::default() };
    let (outgoing, messages) = mpsc::channel(16);
    bench.dispatch.connect(&id(agent), &hello, outgoing);
    drop(messages);
    let decided = bench.dispatch.decide(&id(agent), &hello).await.unwrap();
    (decided[0].decision(), decided[0].job.clone().unwrap())
}

/// Nobody is heard of for longer than a lease lasts.
async fn lapse(bench: &Bench) {
    for _ in 0..20 {
        bench.advance(TTL / 15);
        bench.dispatch.tick().await;
    }
}

async fn put(bench: &Bench, job: &JobRef, seq: u64, text: &str) -> Option<PutOutcome> {
    let holder = Holder { agent: id("a"), fence: job.fence };
    let row = plumbline_proto::agent_v1::Row { control: "c".into(), reason: text.into(), ..Default::default() };
    let batch = plumbline_proto::agent_v1::RowBatch { rows: vec![row], ..Default::default() };
    bench.dispatch.put_chunk(&id(&job.job_id), &holder, seq, plumbline_proto::chunk::write(&batch)).await.unwrap()
}

#[tokio::test]
async fn it_is_granted_anew_and_what_was_stored_of_it_is_gone() {
    let (bench, _messages, job) = held().await;
    assert_eq!(put(&bench, &job, 0, "first").await, Some(PutOutcome::Stored));
    let (decision, granted) = comes_back(&bench, "a", &job, "").await;
    assert_eq!((decision, granted.attempt), (Decision::Continue, job.attempt));
    assert!(granted.fence > job.fence);
    assert_eq!(put(&bench, &job, 1, "late").await, Some(PutOutcome::StaleFence));
    assert_eq!(put(&bench, &granted, 0, "cut in another way").await, Some(PutOutcome::Stored));
    assert_eq!(bench.record("0").why(), Why::OnItsDisk);
    assert_eq!(bench.dispatch.heartbeat(&id("a"), vec![job.clone()]), []);
    assert_eq!(bench.dispatch.heartbeat(&id("a"), vec![granted.clone()]), std::slice::from_ref(&granted));
    let late = bench.commit("a", &job, Usage::default()).await.unwrap();
    assert_eq!(late, Some(CommitOutcome::StaleFence));
    // Killed again: once more, under yet another fence, whatever fence it remembers.
    let (decision, again) = comes_back(&bench, "a", &job, "").await;
    assert_eq!(decision, Decision::Continue);
    assert!(again.fence > granted.fence);
    let committed = bench.commit("a", &again, Usage { calls: 7, ..Usage::default() }).await.unwrap();
    assert!(matches!(committed, Some(CommitOutcome::Committed(_))), "{committed:?}");
    assert_eq!((bench.figures().calls, bench.record("0").failed_attempts), (7, 0));
    let (decision, _) = comes_back(&bench, "a", &job, "").await;
    assert_eq!(decision, Decision::AlreadyCommitted);
}

#[tokio::test]
async fn a_lease_that_lapsed_is_given_again_as_long_as_nobody_else_has_the_job() {
    let (bench, messages, job) = held().await;
    drop(messages);
    bench.dispatch.disconnect(&id("a"), 1);
    lapse(&bench).await;
    let (decision, granted) = comes_back(&bench, "a", &job, "").await;
    assert_eq!((decision, granted.attempt), (Decision::Continue, 1));
    assert!(granted.fence > job.fence);
    lapse(&bench).await;
    let mut other = bench.connect("b", 1);
    let theirs = offer(&mut other).await;
    assert!(theirs.attempt > 1);
    for said in [job.clone(), granted, theirs.clone()] {
        assert_eq!(comes_back(&bench, "a", &said, "").await.0, Decision::Abandon, "{said:?}");
    }
    assert_eq!(bench.dispatch.heartbeat(&id("b"), vec![theirs.clone()]), [theirs], "it keeps what it has");
}

#[tokio::test]
async fn nobody_gets_what_was_never_theirs() {
    let (bench, _messages, job) = held().await;
    let later = JobRef { attempt: 2, ..job.clone() };
    for (agent, said, pack) in [("b", &job, ""), ("a", &later, ""), ("a", &job, "another")] {
        assert_eq!(comes_back(&bench, agent, said, pack).await.0, Decision::Abandon, "{agent} {said:?} {pack}");
    }
    assert!(bench.dispatch.state().board.holds(&id("a"), &id("0"), job.fence));
    let hello = |job_id: &str| {
        let job = Some(JobRef { job_id: job_id.into(), ..job.clone() });
        let running = vec![RunningJob { job, acked_chunks: 0, spooled: Some(Spooled::default()) }];
        Hello { running, ..Hello::default() }
    };
    for unknown in ["7", "", "../x"] {
        assert_eq!(bench.dispatch.decide(&id("a"), &hello(unknown)).await.unwrap(), []);
    }
}
