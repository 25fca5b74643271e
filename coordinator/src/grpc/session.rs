//! The control stream of one agent: hello, heartbeats, what becomes of offers, progress, drain.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use plumbline_proto::PROTOCOL_VERSIONS;
use plumbline_proto::agent_v1::agent_message::Message as Say;
use plumbline_proto::agent_v1::coordinator_message::Message as Tell;
use plumbline_proto::agent_v1::job_decision::Decision;
use plumbline_proto::agent_v1::session_server::Session;
use plumbline_proto::agent_v1::{
    AgentMessage, CoordinatorMessage, Hello, JobDecision, JobRef, LeaseExtended, RunningJob, Welcome,
};
use tokio::sync::mpsc;
use tokio_stream::Stream;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming};

use super::Cadence;
use super::check::MAX_BYTES;
use crate::dispatch::Dispatch;
use crate::grpc::Outgoing;
use crate::store::record::JobState;

/// Messages to one agent that wait at most.
const QUEUE: usize = 256;
/// Characters of what an agent says about a job that are kept: every row of the job repeats them.
const LONGEST_DETAIL: usize = 400;
/// Chunks that may be unacknowledged.
const CHUNK_CREDIT: u32 = 4;

pub(super) struct Service {
    dispatch: Arc<Dispatch>,
    cadence: Cadence,
    shutdown: CancellationToken,
}

impl Service {
    pub(super) fn new(dispatch: Arc<Dispatch>, cadence: Cadence, shutdown: CancellationToken) -> Self {
        Self { dispatch, cadence, shutdown }
    }
}

#[tonic::async_trait]
impl Session for Service {
    type ConnectStream = Pin<Box<dyn Stream<Item = Result<CoordinatorMessage, Status>> + Send>>;

    async fn connect(
        &self,
        request: Request<Streaming<AgentMessage>>,
    ) -> Result<Response<Self::ConnectStream>, Status> {
        let mut incoming = request.into_inner();
        let (outgoing, messages) = mpsc::channel(QUEUE);
        let (dispatch, cadence, shutdown) = (Arc::clone(&self.dispatch), self.cadence, self.shutdown.clone());
        tokio::spawn(async move {
            let talk = async {
                let hello = match incoming.message().await {
                    Ok(Some(AgentMessage { message: Some(Say::Hello(hello)) })) => hello,
                    _ => {
                        let _ = outgoing.send(Err(Status::invalid_argument("a session begins with hello"))).await;
                        return;
                    }
                };
                let agent = hello.agent_id.clone();
                let Some(session) = welcome(&dispatch, cadence, hello, &outgoing).await else { return };
                dispatch.assign();
                while let Ok(Some(message)) = incoming.message().await {
                    if let Some(message) = message.message {
                        heard(&dispatch, &agent, message, &outgoing).await;
                    }
                }
                dispatch.disconnect(&agent, session);
                dispatch.assign();
            };
            tokio::select! {
                () = talk => {}
                () = shutdown.cancelled() => {}
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(messages))))
    }
}

/// Answers hello; the number of the session, or `None` when there cannot be one.
async fn welcome(dispatch: &Arc<Dispatch>, cadence: Cadence, hello: Hello, outgoing: &Outgoing) -> Option<u64> {
    let (oldest, newest) = PROTOCOL_VERSIONS;
    if hello.proto_max < oldest || hello.proto_min > newest {
        let text = format!("this coordinator speaks protocol {oldest} to {newest}");
        let _ = outgoing.send(Err(Status::failed_precondition(text))).await;
        return None;
    }
    let session = dispatch.connect(&hello.agent_id, hello.capacity, outgoing.clone());
    let mut decisions = Vec::new();
    for running in &hello.running {
        decisions.extend(decide(dispatch, &hello.agent_id, running).await);
    }
    let milliseconds = |duration: std::time::Duration| u32::try_from(duration.as_millis()).unwrap_or(u32::MAX);
    let welcome = Welcome {
        coordinator_epoch: cadence.epoch,
        session_id: format!("{}-{session}", cadence.epoch),
        heartbeat_ms: milliseconds(cadence.heartbeat),
        lease_ttl_ms: milliseconds(cadence.lease_ttl),
        max_chunk_bytes: u32::try_from(MAX_BYTES).expect("a million"),
        chunk_credit: CHUNK_CREDIT,
        proto: newest.min(hello.proto_max),
        decisions,
    };
    let message = CoordinatorMessage { message: Some(Tell::Welcome(welcome)) };
    if outgoing.send(Ok(message)).await.is_err() {
        dispatch.disconnect(&hello.agent_id, session);
        return None;
    }
    Some(session)
}

/// What becomes of a job that the agent says it runs.
async fn decide(dispatch: &Arc<Dispatch>, agent: &str, running: &RunningJob) -> Option<JobDecision> {
    let job = running.job.clone()?;
    let answer =
        |job: JobRef, decision: Decision, from_seq| JobDecision { job: Some(job), decision: decision as i32, from_seq };
    let stored = dispatch.stored(&job.job_id)?;
    let record = dispatch.store.job(&stored).ok()??;
    if record.state() == JobState::Committed {
        return Some(answer(job, Decision::AlreadyCommitted, 0));
    }
    let chunks = dispatch.store.stored_chunks(&record).unwrap_or(0);
    if dispatch.with_board(|board| board.holds(agent, &job.job_id, job.fence)) {
        return Some(answer(job, Decision::Continue, chunks));
    }
    // The lease lapsed, and nobody else began: the same attempt goes on, under a new fence.
    if record.attempt != job.attempt || !dispatch.with_board(|board| board.resume(agent, &job.job_id, Instant::now())) {
        return Some(answer(job, Decision::Abandon, 0));
    }
    match dispatch.store.grant(&stored, false).await {
        Ok(Some((attempt, fence))) => {
            dispatch.with_board(|board| board.granted(agent, &job.job_id, fence));
            Some(answer(JobRef { job_id: job.job_id, attempt, fence }, Decision::Continue, chunks))
        }
        _ => Some(answer(job, Decision::Abandon, 0)),
    }
}

async fn heard(dispatch: &Arc<Dispatch>, agent: &str, message: Say, outgoing: &Outgoing) {
    match message {
        Say::Heartbeat(heartbeat) => {
            let held: Vec<(String, u64)> =
                heartbeat.running.iter().map(|job| (job.job_id.clone(), job.fence)).collect();
            let extended = dispatch.with_board(|board| board.extend(agent, &held, Instant::now()));
            let jobs = heartbeat.running.into_iter().filter(|job| extended.contains(&job.job_id)).collect();
            let message = CoordinatorMessage { message: Some(Tell::Extended(LeaseExtended { jobs })) };
            let _ = outgoing.send(Ok(message)).await;
        }
        Say::Reject(reject) => {
            let reason = reject.reason();
            let detail: String = reject.detail.chars().take(LONGEST_DETAIL).collect();
            dispatch.reject(agent, &reject.job.unwrap_or_default(), reason, &detail).await;
        }
        Say::Progress(progress) => {
            let id = progress.job.clone().unwrap_or_default().job_id;
            dispatch.tell(&id, progress);
        }
        Say::Drain(_) => dispatch.with_board(|board| board.drain(agent)),
        // An accept needs no answer: the lease counts from the offer. A second hello means nothing.
        Say::Accept(_) | Say::Hello(_) => {}
    }
}
