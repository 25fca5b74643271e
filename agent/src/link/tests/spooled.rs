//! What an agent that is killed found is delivered by the next one, once, under the lease of then, and without a call of AWS.

use std::fs;
use std::path::PathBuf;

use plumbline_proto::agent_v1::{RowBatch, Spooled};
use tempfile::TempDir;

use super::*;

const CANARY: &str = "canary of the seventh night";
const SECRETS: &str = r#"{"SecretList":[{
    "ARN": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:x-AbCdEf", "Name": "x", "CreatedDate": 1700000000,
    "Description": "calls https://ann:hunter2-canary@hooks.example.com/x", "RotationEnabled": false,
    "ExternalSecretRotationMetadata": [{"Key": "k", "Value": "canary of the seventh night"}]
}]}"#;

/// A data directory, from one process to the next.
struct Disk(TempDir);

impl Disk {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// The spool, as soon as the process before let it go.
    async fn claim(&self) -> Spool {
        loop {
            match Spool::claim(&Spool::path_in(self.0.path()), 1 << 20) {
                Ok(spool) => return spool,
                Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
            }
        }
    }

    fn file(&self) -> PathBuf {
        Spool::path_in(self.0.path()).join("01J.result")
    }

    async fn until_there(&self, is_there: bool) {
        while self.file().exists() != is_there {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

async fn aws() -> Fake {
    let answer = |operation: &str| if operation == "ListSecrets" { SECRETS } else { CALLER_IDENTITY };
    Fake::start(move |operation, _| (200, answer(operation).to_owned())).await
}

async fn start(coordinator: &Coordinator, disk: &Disk) -> Agent {
    coordinator.script().heard.clear();
    Agent::start_with(coordinator, aws().await, Some(disk.claim().await)).await
}

/// A job that finds something.
fn finding() -> LeaseOffer {
    let mut offer = offer(0);
    let spec = offer.spec.as_mut().unwrap();
    (spec.controls, spec.wants_documents) = (vec!["secretsmanager-rotation".into()], true);
    offer
}

/// Kills an agent that found out all that there is, and could deliver nothing of it.
async fn killed(coordinator: &Coordinator, disk: &Disk) {
    coordinator.script().break_pushes.extend([0; 1_000]);
    let agent = start(coordinator, disk).await;
    coordinator.say(Said::Offer(finding())).await;
    disk.until_there(true).await;
    kill(agent).await;
}

async fn kill(agent: Agent) {
    agent.ended.abort();
    assert!(agent.ended.await.unwrap_err().is_cancelled());
}

fn batches(coordinator: &Coordinator) -> Vec<RowBatch> {
    coordinator.script().chunks.values().map(|chunk| chunk::read(&chunk.rows).unwrap()).collect()
}

#[tokio::test]
async fn what_a_killed_agent_found_is_delivered_by_the_next_without_a_call() {
    // A coordinator of before knows nothing of spools, and lets a job that it takes for running go on as it was.
    for fence in [8, 7] {
        let (coordinator, disk) = (Coordinator::start().await, Disk::new());
        killed(&coordinator, &disk).await;
        coordinator.script().fence = fence;
        coordinator.script().decision = Decision::Continue;
        // Once more, while it is delivered.
        let second = start(&coordinator, &disk).await;
        let before = coordinator.script().pushes;
        coordinator.until("a second delivery", |script| script.pushes > before).await;
        kill(second).await;
        coordinator.script().break_pushes.clear();
        let third = start(&coordinator, &disk).await;
        third.committed().await;
        disk.until_there(false).await;
        let commit = coordinator.script().commits[0].clone();
        assert_eq!((commit.job, commit.on_held), (Some(job(fence)), false));
        assert!(commit.usage.unwrap().calls > 0, "what it cost is what it cost the one that found it");
        let batches = batches(&coordinator);
        assert_eq!(batches.iter().flat_map(|batch| &batch.rows).count(), 1);
        assert_eq!(batches.iter().flat_map(|batch| &batch.documents).count(), 1);
        assert_eq!((third.aws.count("ListSecrets"), third.aws.count("")), (0, 0));
        let hellos: Vec<_> = { coordinator.script().heard.clone() };
        let running = hellos.iter().find_map(|heard| match heard {
            Heard::Hello(hello) => Some(hello.running.clone()),
            _ => None,
        });
        let [running] = <[_; 1]>::try_from(running.unwrap()).unwrap();
        assert_eq!((running.job, running.spooled), (Some(job(7)), Some(Spooled::default())));
        third.stop().await;
    }
}

#[tokio::test]
async fn what_somebody_else_has_or_what_is_committed_is_deleted_and_not_sent() {
    for decision in [Decision::Abandon, Decision::AlreadyCommitted, Decision::Unspecified] {
        let (coordinator, disk) = (Coordinator::start().await, Disk::new());
        killed(&coordinator, &disk).await;
        coordinator.script().decision = decision;
        coordinator.script().fence = 9;
        let pushes = coordinator.script().pushes;
        let agent = start(&coordinator, &disk).await;
        disk.until_there(false).await;
        // It is ready for something else.
        coordinator.script().break_pushes.clear();
        coordinator.say(Said::Offer(LeaseOffer { job: Some(JobRef { attempt: 2, ..job(9) }), ..finding() })).await;
        agent.committed().await;
        assert_eq!(coordinator.script().pushes, pushes + 1);
        assert_eq!(coordinator.script().commits.len(), 1);
        agent.stop().await;
    }
}

#[tokio::test]
async fn a_job_that_is_committed_refused_or_cancelled_leaves_nothing_on_disk() {
    let (coordinator, disk) = (Coordinator::start().await, Disk::new());
    let agent = start(&coordinator, &disk).await;
    coordinator.say(Said::Offer(finding())).await;
    agent.committed().await;
    disk.until_there(false).await;
    coordinator.script().break_pushes.extend([0; 1_000]);
    coordinator.script().commits.clear();
    coordinator.say(Said::Offer(finding())).await;
    disk.until_there(true).await;
    coordinator.say(Said::Cancel(Cancel { job: Some(job(7)), reason: "not wanted".into() })).await;
    disk.until_there(false).await;
    agent.stop().await;
}

#[tokio::test]
async fn a_coordinator_that_is_away_for_longer_than_a_job_has_gets_what_was_found() {
    let (coordinator, disk) = (Coordinator::start().await, Disk::new());
    coordinator.script().break_pushes.extend([0; 1_000]);
    let agent = start(&coordinator, &disk).await;
    coordinator.say(Said::Offer(LeaseOffer { deadline_s: 3, ..finding() })).await;
    disk.until_there(true).await;
    coordinator.script().is_away = true;
    coordinator.hang_up().await;
    let mut handle = agent.handle.clone();
    while handle.activity().failed == 0 {
        handle.changed().await.unwrap();
    }
    assert!(disk.file().exists());
    {
        let mut script = coordinator.script();
        script.break_pushes.clear();
        (script.is_away, script.fence, script.decision) = (false, 8, Decision::Continue);
    }
    agent.committed().await;
    disk.until_there(false).await;
    assert_eq!(coordinator.script().commits[0].job, Some(job(8)));
    assert_eq!(agent.aws.count("ListSecrets"), 1);
    assert!(!coordinator.script().heard.iter().any(|heard| matches!(heard, Heard::Reject(_))));
    agent.stop().await;
}

#[tokio::test]
async fn a_result_that_is_gone_gives_its_job_back_without_blame() {
    let (coordinator, disk) = (Coordinator::start().await, Disk::new());
    killed(&coordinator, &disk).await;
    coordinator.script().decision = Decision::Continue;
    coordinator.script().heard.clear();
    let spool = disk.claim().await;
    fs::write(disk.file(), "").unwrap();
    let agent = Agent::start_with(&coordinator, aws().await, Some(spool)).await;
    coordinator.until_heard("the job given back", |heard| is_reject(heard, Reason::Busy)).await;
    disk.until_there(false).await;
    agent.stop().await;
}

#[tokio::test]
async fn an_agent_that_is_told_to_stop_leaves_what_it_found() {
    let (coordinator, disk) = (Coordinator::start().await, Disk::new());
    coordinator.script().break_pushes.extend([0; 1_000]);
    let agent = start(&coordinator, &disk).await;
    coordinator.say(Said::Offer(finding())).await;
    disk.until_there(true).await;
    agent.stop().await;
    assert!(disk.file().exists());
}

#[tokio::test]
async fn no_secret_is_on_the_disk() {
    let (coordinator, disk) = (Coordinator::start().await, Disk::new());
    // Or the document would be left out.
    coordinator.script().chunk_bytes = 1 << 20;
    killed(&coordinator, &disk).await;
    let bytes = fs::read(disk.file()).unwrap();
    // Both as it lies there and as it is delivered.
    let spool = disk.claim().await;
    let (_, found) = spool.load("01J", |_| ()).unwrap();
    let texts = [String::from_utf8_lossy(&bytes).into_owned(), format!("{:?}", documents(&found))];
    assert_eq!(texts[1].matches("$redacted").count(), 2, "{}", texts[1]);
    assert!(SECRETS.contains(CANARY) && texts.iter().all(|text| !text.contains("canary")), "{}", texts[1]);
}

fn documents(found: &plumbline_tree::Found) -> Vec<String> {
    let entries = found.nodes().values().flat_map(|node| &node.entries);
    entries.map(|entry| String::from_utf8_lossy(&entry.document).into_owned() + &format!("{:?}", entry.rows)).collect()
}
