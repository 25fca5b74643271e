//! The agent against a scripted coordinator, over real connections: what it says, what it survives, when it stops.

mod coordinator;
mod spooled;

use std::sync::Arc;
use std::time::Duration;

use plumbline_aws::{Caller, Client};
use plumbline_proto::agent_v1::agent_message::Message as Heard;
use plumbline_proto::agent_v1::coordinator_message::Message as Said;
use plumbline_proto::agent_v1::job_decision::Decision;
use plumbline_proto::agent_v1::lease_reject::Reason;
use plumbline_proto::agent_v1::{Account, Cancel, Drain, JobRef, JobSpec, LeaseOffer};
use plumbline_proto::chunk;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::fake_aws::{self, CALLER_IDENTITY, Fake};
use crate::{Error, Handle, Options, Service, Spool};
use coordinator::Coordinator;

/// An agent at work.
struct Agent {
    handle: Handle,
    shutdown: CancellationToken,
    ended: JoinHandle<Result<(), Error>>,
    aws: Fake,
}

impl Agent {
    /// An agent; its AWS answers, or hangs.
    async fn start(coordinator: &Coordinator, answers: bool) -> Self {
        let (status, body) = if answers { (200, CALLER_IDENTITY) } else { (0, "") };
        Self::start_where_sts_says(coordinator, status, body).await
    }

    async fn start_where_sts_says(coordinator: &Coordinator, status: u16, body: &str) -> Self {
        let body = body.to_owned();
        Self::start_with(coordinator, Fake::start(move |_, _| (status, body.clone())).await, None).await
    }

    async fn start_with(coordinator: &Coordinator, aws: Fake, spool: Option<Spool>) -> Self {
        let client = Client::new(fake_aws::options(&aws));
        let caller = Caller::with_credentials(&client, fake_aws::credentials(), "us-east-1");
        let mut options = Options::new(caller, client);
        options.capacity = 1;
        options.spool = spool.map(Arc::new);
        let address = coordinator.address.clone();
        let (service, handle) = Service::new(options, crate::Coordinator::At { address, token: "token".into() });
        let shutdown = CancellationToken::new();
        let ended = tokio::spawn(service.run(shutdown.clone()));
        coordinator.until_heard("a hello", |heard| matches!(heard, Heard::Hello(_))).await;
        Self { handle, shutdown, ended, aws }
    }

    /// Waits until the agent has heard that a job is committed, which is later than the coordinator knows it.
    async fn committed(&self) {
        let mut handle = self.handle.clone();
        while handle.activity().committed == 0 {
            handle.changed().await.unwrap();
        }
    }

    async fn stop(self) -> Handle {
        self.shutdown.cancel();
        self.ended.await.unwrap().unwrap();
        self.handle
    }
}

fn job(fence: u64) -> JobRef {
    JobRef { job_id: "01J".into(), attempt: 1, fence }
}

fn offer(controls: usize) -> LeaseOffer {
    let spec = JobSpec {
        account: Some(Account { id: "111122223333".into(), ..Account::default() }),
        region: "eu-west-1".into(),
        partition: "aws".into(),
        now: "2026-01-15T00:00:00Z".into(),
        controls: (0..controls).map(|number| format!("no-such-control-{number}")).collect(),
        ..JobSpec::default()
    };
    LeaseOffer { job: Some(job(7)), spec: Some(spec), deadline_s: 60, ..LeaseOffer::default() }
}

fn rows(coordinator: &Coordinator) -> Vec<String> {
    let script = coordinator.script();
    let batches = script.chunks.values().map(|chunk| chunk::read(&chunk.rows).unwrap());
    batches.flat_map(|batch| batch.rows).map(|row| row.control).collect()
}

fn is_reject(heard: &Heard, wanted: Reason) -> bool {
    matches!(heard, Heard::Reject(reject) if reject.reason() == wanted)
}

#[tokio::test]
async fn a_job_is_accepted_delivered_in_chunks_and_committed_once() {
    let coordinator = Coordinator::start().await;
    let agent = Agent::start(&coordinator, true).await;
    coordinator.say(Said::Offer(offer(50))).await;
    agent.committed().await;
    let rows = rows(&coordinator);
    assert_eq!((rows.len(), rows[0].as_str(), rows[49].as_str()), (50, "no-such-control-0", "no-such-control-9"));
    {
        let script = coordinator.script();
        let commit = &script.commits[0];
        assert!(script.chunks.len() > 3, "chunks have at most 400 bytes");
        assert_eq!((commit.chunk_count, commit.row_count), (script.chunks.len() as u64, 50));
        assert_eq!(script.commits.len(), 1);
        assert!(script.heard.iter().any(|heard| matches!(heard, Heard::Accept(_))));
    }
    let handle = agent.stop().await;
    assert_eq!((handle.activity().committed, handle.activity().running), (1, 0));
}

#[tokio::test]
async fn what_is_held_is_not_delivered_again_unless_everything_is_wanted() {
    let coordinator = Coordinator::start().await;
    let agent = Agent::start(&coordinator, true).await;
    coordinator.say(Said::Offer(offer(5))).await;
    agent.committed().await;
    let first = coordinator.script().commits[0].clone();
    assert!(!first.on_held && first.tree_root.len() == 32 && first.chunk_count > 0);
    {
        let mut script = coordinator.script();
        script.chunks.clear();
        (script.keeps_held, script.fence) = (true, 8);
    }
    let again = |held: &[u8]| LeaseOffer { job: Some(job(8)), held: held.to_vec(), ..offer(5) };
    coordinator.say(Said::Offer(again(&first.tree_root[..5]))).await;
    coordinator.until("a second commit", |script| script.commits.len() == 2).await;
    {
        let mut script = coordinator.script();
        let second = &script.commits[1];
        assert_eq!((second.chunk_count, second.row_count, second.on_held), (0, 0, true));
        assert_eq!(second.tree_root, first.tree_root);
        assert!(script.chunks.is_empty() && script.asked.is_empty());
        (script.keeps_held, script.fence) = (false, 9);
    }
    let again = LeaseOffer { job: Some(job(9)), ..again(b"other") };
    coordinator.say(Said::Offer(again)).await;
    coordinator.until("a third commit", |script| script.commits.len() == 3).await;
    {
        let script = coordinator.script();
        let third = &script.commits[2];
        assert_eq!((third.chunk_count, third.row_count, third.on_held), (first.chunk_count, 5, false));
        assert_eq!(script.asked, [Vec::<String>::new()]);
    }
    agent.stop().await;
}

#[tokio::test]
async fn a_job_whose_time_is_over_commits_what_there_is() {
    let coordinator = Coordinator::start().await;
    let agent = Agent::start(&coordinator, false).await;
    let mut offer = LeaseOffer { deadline_s: 3, ..offer(0) };
    offer.spec.as_mut().unwrap().controls = vec!["sns-topic-not-public".to_owned()];
    coordinator.say(Said::Offer(offer)).await;
    coordinator.until("a commit", |script| !script.commits.is_empty()).await;
    let chunk = coordinator.script().chunks.values().next().unwrap().rows.clone();
    let reason = chunk::read(&chunk).unwrap().rows[0].reason.clone();
    assert!(reason.starts_with("deadline: "), "{reason}");
    agent.stop().await;
}

#[tokio::test]
async fn an_agent_without_credentials_refuses_the_job_and_stores_nothing() {
    let coordinator = Coordinator::start().await;
    let refusal =
        "<ErrorResponse><Error><Code>InvalidClientTokenId</Code><Message>no</Message></Error></ErrorResponse>";
    let agent = Agent::start_where_sts_says(&coordinator, 403, refusal).await;
    coordinator.say(Said::Offer(offer(1))).await;
    coordinator.until_heard("a refusal", |heard| is_reject(heard, Reason::AgentTrouble)).await;
    assert!(coordinator.script().commits.is_empty());
    agent.stop().await;
}

#[tokio::test]
async fn a_broken_upload_goes_on_where_the_disk_left_off() {
    let coordinator = Coordinator::start().await;
    coordinator.script().break_pushes.extend([1, 2, 0]);
    let agent = Agent::start(&coordinator, true).await;
    coordinator.say(Said::Offer(offer(50))).await;
    coordinator.until("a commit", |script| !script.commits.is_empty()).await;
    assert_eq!(rows(&coordinator).len(), 50);
    assert_eq!(coordinator.script().pushes, 4);
    agent.stop().await;
}

#[tokio::test]
async fn a_lost_commit_reply_is_asked_for_and_not_repeated() {
    let coordinator = Coordinator::start().await;
    coordinator.script().lose_replies = 1;
    let agent = Agent::start(&coordinator, true).await;
    coordinator.say(Said::Offer(offer(1))).await;
    agent.committed().await;
    assert_eq!(coordinator.script().commits.len(), 1);
    agent.stop().await;
}

#[tokio::test]
async fn a_job_survives_its_session_and_goes_on_under_a_new_fence() {
    let coordinator = Coordinator::start().await;
    coordinator.script().break_pushes.push_back(1);
    coordinator.script().decision = Decision::Continue;
    let agent = Agent::start(&coordinator, true).await;
    coordinator.script().fence = 8;
    coordinator.say(Said::Offer(offer(50))).await;
    coordinator.until("an upload under the old fence", |script| script.pushes == 1).await;
    coordinator.hang_up().await;
    coordinator.until("a commit", |script| !script.commits.is_empty()).await;
    assert_eq!(rows(&coordinator).len(), 50);
    assert_eq!(coordinator.script().commits[0].job, Some(job(8)));
    let resumed = |heard: &Heard| matches!(heard, Heard::Hello(hello) if hello.running.len() == 1);
    assert!(coordinator.script().heard.iter().any(resumed));
    agent.stop().await;
}

#[tokio::test]
async fn a_job_that_somebody_else_has_is_given_up_silently() {
    let coordinator = Coordinator::start().await;
    coordinator.script().decision = Decision::Abandon;
    let agent = Agent::start(&coordinator, false).await;
    coordinator.say(Said::Offer(offer(1))).await;
    coordinator.until_heard("an accept", |heard| matches!(heard, Heard::Accept(_))).await;
    coordinator.hang_up().await;
    let mut handle = agent.handle.clone();
    while handle.activity().failed == 0 {
        handle.changed().await.unwrap();
    }
    assert!(!coordinator.script().heard.iter().any(|heard| is_reject(heard, Reason::Failed)));
    agent.stop().await;
}

#[tokio::test]
async fn a_cancelled_job_stops_and_makes_room() {
    let coordinator = Coordinator::start().await;
    let agent = Agent::start(&coordinator, false).await;
    coordinator.say(Said::Offer(offer(1))).await;
    coordinator.until_heard("an accept", |heard| matches!(heard, Heard::Accept(_))).await;
    coordinator.say(Said::Offer(LeaseOffer { job: Some(JobRef { job_id: "02".into(), ..job(7) }), ..offer(1) })).await;
    coordinator.until_heard("busy", |heard| is_reject(heard, Reason::Busy)).await;
    coordinator.say(Said::Cancel(Cancel { job: Some(job(7)), reason: "not wanted".into() })).await;
    let mut handle = agent.handle.clone();
    while handle.activity().running > 0 {
        handle.changed().await.unwrap();
    }
    assert!(coordinator.script().commits.is_empty());
    agent.stop().await;
}

#[tokio::test]
async fn another_attempt_at_a_running_job_ends_the_one_that_runs() {
    let coordinator = Coordinator::start().await;
    let agent = Agent::start(&coordinator, false).await;
    coordinator.say(Said::Offer(offer(1))).await;
    coordinator.until_heard("an accept", |heard| matches!(heard, Heard::Accept(_))).await;
    let next = JobRef { attempt: 2, ..job(8) };
    coordinator.say(Said::Offer(LeaseOffer { job: Some(next), ..offer(1) })).await;
    coordinator.until_heard("busy", |heard| is_reject(heard, Reason::Busy)).await;
    let mut handle = agent.handle.clone();
    while handle.activity().running > 0 {
        handle.changed().await.unwrap();
    }
    agent.stop().await;
}

#[tokio::test]
async fn a_job_for_another_pack_is_refused() {
    let coordinator = Coordinator::start().await;
    let agent = Agent::start(&coordinator, true).await;
    let mut wrong = offer(1);
    wrong.spec.as_mut().unwrap().pack_digest = "another".into();
    coordinator.say(Said::Offer(wrong)).await;
    coordinator.until_heard("a refusal", |heard| is_reject(heard, Reason::UnsupportedPack)).await;
    agent.stop().await;
}

#[tokio::test]
async fn a_draining_agent_takes_no_offers() {
    let coordinator = Coordinator::start().await;
    let agent = Agent::start(&coordinator, true).await;
    coordinator.say(Said::Drain(Drain {})).await;
    coordinator.say(Said::Offer(offer(1))).await;
    coordinator.until_heard("a refusal", |heard| is_reject(heard, Reason::Draining)).await;
    agent.stop().await;
}

#[tokio::test]
async fn a_shutdown_gives_work_back_within_a_second() {
    let coordinator = Coordinator::start().await;
    let agent = Agent::start(&coordinator, false).await;
    coordinator.say(Said::Offer(offer(1))).await;
    coordinator.until_heard("an accept", |heard| matches!(heard, Heard::Accept(_))).await;
    let asked = tokio::time::Instant::now();
    agent.stop().await;
    assert!(asked.elapsed() < Duration::from_secs(1));
    coordinator.until_heard("the job given back", |heard| is_reject(heard, Reason::Draining)).await;
}

#[tokio::test]
async fn heartbeats_and_progress_name_the_running_job() {
    let coordinator = Coordinator::start().await;
    let agent = Agent::start(&coordinator, false).await;
    coordinator.say(Said::Offer(offer(1))).await;
    let beats = |heard: &Heard| matches!(heard, Heard::Heartbeat(beat) if beat.running == [job(7)]);
    coordinator.until("heartbeats", |script| script.heard.iter().filter(|heard| beats(heard)).count() > 1).await;
    coordinator.until_heard("progress", |heard| matches!(heard, Heard::Progress(_))).await;
    agent.stop().await;
}
