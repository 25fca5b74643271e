//! Uploads: chunks are checked, stored, and acknowledged when they are on disk; a commit makes them visible.

use std::pin::Pin;
use std::sync::Arc;

use plumbline_baseline::{AgentId, JobId};
use plumbline_identity::{Bounds, Peer};
use plumbline_proto::agent_v1::job_status::State;
use plumbline_proto::agent_v1::upload_server::Upload;
use plumbline_proto::agent_v1::{
    Chunk, ChunkAck, CommitReply, CommitRequest, HeldReply, HeldRequest, HeldType, JobRef, JobStatus,
};
use plumbline_telemetry::catalogue;
use plumbline_tree::shorts;
use tokio::sync::mpsc;
use tokio_stream::Stream;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Request, Response, Status, Streaming};

use super::authenticate::{identity, is_itself, peer, still_admitted};
use super::check::check;
use super::store_failed;
use crate::dispatch::{Dispatch, Standing};
use crate::planted::{self, Bug};
use crate::store::record::JobState;
use crate::store::{Claim, Commit, CommitOutcome, Holder, PutOutcome};

/// Acknowledgements to one agent that wait at most.
const QUEUE: usize = 16;

pub(super) struct Service {
    dispatch: Arc<Dispatch>,
}

impl Service {
    pub(super) fn new(dispatch: Arc<Dispatch>) -> Self {
        Self { dispatch }
    }

    /// The agent that calls: only through the session that it has open, and with its own certificate.
    fn caller<T>(&self, request: &Request<T>) -> Result<Uploader, Status> {
        let (identity, peer) = (identity(request.metadata())?, peer(request));
        is_itself(&identity.agent, peer.as_deref())?;
        if self.dispatch.is_open(&identity) {
            return Ok(Uploader { agent: identity.agent, peer });
        }
        // It may be on its way to a new one.
        Err(Status::unavailable("the agent has no such session open"))
    }

    async fn committed(&self, request: Request<CommitRequest>) -> Result<Response<CommitReply>, Status> {
        let uploader = self.caller(&request)?;
        let request = request.into_inner();
        let job = request.job.unwrap_or_default();
        let id = id(&self.dispatch, &job)?;
        uploader.may_write(&self.dispatch, &id)?;
        let commit = Commit {
            chunks: request.chunk_count,
            rows: request.row_count,
            root_hash: root_hash(request.chunk_count, request.root_hash),
            claim: Some(claim(&request.tree_root, request.on_held, &request.dropped)?),
            usage: request.usage.unwrap_or_default(),
            now: self.dispatch.wall_time(),
        };
        let agent = uploader.agent;
        let holder = Holder { agent: agent.clone(), fence: job.fence };
        let committed = self.dispatch.commit(&id, holder, commit).await;
        match committed.map_err(|error| store_failed(&error))?.ok_or_else(|| unknown(&job))? {
            CommitOutcome::Committed(commit_seq) => {
                tracing::debug!(job = %id, %agent, fence = job.fence, commit_seq, "job committed");
                Ok(Response::new(CommitReply { commit_seq, wants_all: false }))
            }
            CommitOutcome::WantsAll => Ok(Response::new(CommitReply { commit_seq: 0, wants_all: true })),
            CommitOutcome::StaleFence if planted::is(Bug::StaleSaysCommitted) => {
                tracing::debug!(job = %id, %agent, fence = job.fence, "job committed");
                Ok(Response::new(CommitReply::default()))
            }
            CommitOutcome::StaleFence => {
                tracing::info!(job = %id, %agent, fence = job.fence, "a late commit was refused");
                Err(stale())
            }
            CommitOutcome::Superseded => Err(superseded()),
            CommitOutcome::Mismatch => {
                Err(Status::invalid_argument("the commit does not match the chunks that are stored"))
            }
            CommitOutcome::TooMuch(most) => {
                let most = most >> 20;
                Err(Status::out_of_range(format!("an attempt of this job has at most {most} MiB: none of it is kept")))
            }
        }
    }
}

/// Who uploads.
#[derive(Clone)]
struct Uploader {
    agent: AgentId,
    /// Who it is by certificate.
    peer: Option<Arc<Peer>>,
}

impl Uploader {
    /// Whether it may write for a job: still, and by the bounds of its certificate.
    fn may_write(&self, dispatch: &Dispatch, job: &JobId) -> Result<(), Status> {
        still_admitted(dispatch, self.peer.as_deref())?;
        let Some(Peer::Agent { bounds, .. }) = self.peer.as_deref() else { return Ok(()) };
        // Asked at every chunk: who is not bound costs no look at the job.
        if *bounds == Bounds::default() {
            return Ok(());
        }
        let Some((scan, planned)) = dispatch.job(job) else { return Ok(()) };
        if scan.place(&planned).is_some_and(|place| place.is_within(bounds)) {
            return Ok(());
        }
        tracing::warn!(agent = %self.agent, %job, "an agent wrote for a job that is not within its bounds");
        Err(Status::permission_denied("the job is not within the bounds of this agent's certificate"))
    }
}

#[tonic::async_trait]
impl Upload for Service {
    type PushStream = Pin<Box<dyn Stream<Item = Result<ChunkAck, Status>> + Send>>;

    async fn push(&self, request: Request<Streaming<Chunk>>) -> Result<Response<Self::PushStream>, Status> {
        let uploader = self.caller(&request)?;
        let mut incoming = request.into_inner();
        let (outgoing, acks) = mpsc::channel(QUEUE);
        let dispatch = Arc::clone(&self.dispatch);
        tokio::spawn(async move {
            while let Ok(Some(chunk)) = incoming.message().await {
                let answer = put(&dispatch, &uploader, chunk).await;
                let is_refused = answer.is_err();
                if let Err(refused) = &answer {
                    count(&dispatch, refused);
                }
                if outgoing.send(answer).await.is_err() || is_refused {
                    return;
                }
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(acks))))
    }

    async fn commit(&self, request: Request<CommitRequest>) -> Result<Response<CommitReply>, Status> {
        let committed = self.committed(request).await;
        if let Err(refused) = &committed {
            count(&self.dispatch, refused);
        }
        committed
    }

    async fn status(&self, request: Request<JobRef>) -> Result<Response<JobStatus>, Status> {
        self.caller(&request)?;
        let job = request.into_inner();
        let standing = self.dispatch.standing(&id(&self.dispatch, &job)?).map_err(|error| store_failed(&error))?;
        let Standing { record, chunks } = standing.ok_or_else(|| unknown(&job))?;
        let state = match record.state() {
            JobState::Ready => State::Ready,
            JobState::Leased => State::Leased,
            JobState::Committed => State::Committed,
            JobState::Abandoned => State::Abandoned,
            JobState::Unspecified => State::UnknownJob,
        };
        Ok(Response::new(JobStatus {
            state: state as i32,
            acked_chunks: chunks,
            commit_seq: record.commit_seq,
            job: Some(JobRef { job_id: job.job_id, attempt: record.attempt, fence: record.fence }),
        }))
    }

    async fn held(&self, request: Request<HeldRequest>) -> Result<Response<HeldReply>, Status> {
        let uploader = self.caller(&request)?;
        let request = request.into_inner();
        let job = request.job.unwrap_or_default();
        let holder = Holder { agent: uploader.agent, fence: job.fence };
        let (id, dispatch) = (id(&self.dispatch, &job)?, Arc::clone(&self.dispatch));
        // It reads and hashes: on a thread of its own it holds nobody up.
        let read = tokio::task::spawn_blocking(move || dispatch.held(&id, &holder, &request.types)).await;
        let read = read.map_err(|_| Status::internal("what is held cannot be read"))?;
        let held = read.map_err(|error| store_failed(&error))?.ok_or_else(stale)?;
        let entries = held.entries.into_iter().map(|(r#type, entries)| HeldType { r#type, entries: entries.concat() });
        Ok(Response::new(HeldReply { types: held.types.concat(), entries: entries.collect() }))
    }
}

/// What an agent says of its result.
fn claim(root: &[u8], is_on_held: bool, dropped: &[u8]) -> Result<Claim, Status> {
    let root = root.try_into().map_err(|_| Status::invalid_argument("a result has a name of 32 bytes"))?;
    let dropped = shorts(dropped).ok_or_else(|| Status::invalid_argument("names begin with five bytes each"))?;
    Ok(Claim { root, is_on_held, dropped })
}

async fn put(dispatch: &Arc<Dispatch>, uploader: &Uploader, chunk: Chunk) -> Result<ChunkAck, Status> {
    let job = chunk.job.clone().unwrap_or_default();
    let id = id(dispatch, &job)?;
    uploader.may_write(dispatch, &id)?;
    let (scan, planned) = dispatch.job(&id).ok_or_else(|| unknown(&job))?;
    check(&chunk, &scan, &planned)?;
    let holder = Holder { agent: uploader.agent.clone(), fence: job.fence };
    let stored = dispatch.put_chunk(&id, &holder, chunk.seq, chunk.rows).await;
    match stored.map_err(|error| store_failed(&error))?.ok_or_else(|| unknown(&job))? {
        PutOutcome::Stored => Ok(ChunkAck { job: Some(job), seq: chunk.seq }),
        PutOutcome::StaleFence => {
            let agent = &uploader.agent;
            tracing::info!(job = %id, %agent, fence = job.fence, "a late chunk was refused");
            Err(stale())
        }
        PutOutcome::Conflict => Err(Status::already_exists("the chunk was stored before with other content")),
        PutOutcome::TooMany(most) => {
            Err(Status::out_of_range(format!("an attempt of this job has at most {most} chunks: none of it is kept")))
        }
    }
}

fn id(dispatch: &Dispatch, job: &JobRef) -> Result<JobId, Status> {
    dispatch.id_of(job).ok_or_else(|| unknown(job))
}

/// Who delivered no chunk says nothing of them.
fn root_hash(chunks: u64, said: Vec<u8>) -> Vec<u8> {
    if chunks == 0 && said.is_empty() { blake3::hash(&[]).as_bytes().to_vec() } else { said }
}

/// An upload that was refused, unless only its session or the store was in the way.
fn count(dispatch: &Dispatch, refused: &Status) {
    let reason = match refused.code() {
        Code::FailedPrecondition => "fence",
        Code::PermissionDenied => "identity",
        Code::InvalidArgument | Code::AlreadyExists | Code::NotFound => "form",
        Code::OutOfRange => "size",
        _ => return,
    };
    dispatch.registry().add(&catalogue::UPLOADS_REFUSED, [reason], 1);
}

fn unknown(job: &JobRef) -> Status {
    Status::not_found(format!("there is no job {}", job.job_id))
}

fn superseded() -> Status {
    Status::already_exists("superseded: a later scan of the account and Region is stored already")
}

fn stale() -> Status {
    Status::failed_precondition("stale_fence: the lease is not held any more")
}
