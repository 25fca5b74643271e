//! Uploads: chunks are checked, stored, and acknowledged when they are on disk; a commit makes them visible.

use std::pin::Pin;
use std::sync::Arc;

use plumbline_proto::agent_v1::job_status::State;
use plumbline_proto::agent_v1::upload_server::Upload;
use plumbline_proto::agent_v1::{Chunk, ChunkAck, CommitReply, CommitRequest, JobRef, JobStatus};
use tokio::sync::mpsc;
use tokio_stream::Stream;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

use super::check::check;
use super::store_failed;
use crate::dispatch::Dispatch;
use crate::store::record::JobState;
use crate::store::{CommitOutcome, PutOutcome};

/// Acknowledgements to one agent that wait at most.
const QUEUE: usize = 16;

pub(super) struct Service {
    dispatch: Arc<Dispatch>,
}

impl Service {
    pub(super) fn new(dispatch: Arc<Dispatch>) -> Self {
        Self { dispatch }
    }
}

#[tonic::async_trait]
impl Upload for Service {
    type PushStream = Pin<Box<dyn Stream<Item = Result<ChunkAck, Status>> + Send>>;

    async fn push(&self, request: Request<Streaming<Chunk>>) -> Result<Response<Self::PushStream>, Status> {
        let mut incoming = request.into_inner();
        let (outgoing, acks) = mpsc::channel(QUEUE);
        let dispatch = Arc::clone(&self.dispatch);
        tokio::spawn(async move {
            while let Ok(Some(chunk)) = incoming.message().await {
                let answer = put(&dispatch, chunk).await;
                let is_refused = answer.is_err();
                if outgoing.send(answer).await.is_err() || is_refused {
                    return;
                }
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(acks))))
    }

    async fn commit(&self, request: Request<CommitRequest>) -> Result<Response<CommitReply>, Status> {
        let request = request.into_inner();
        let job = request.job.unwrap_or_default();
        let id = self.dispatch.stored(&job.job_id).ok_or_else(|| unknown(&job))?;
        let usage = request.usage.unwrap_or_default();
        let outcome = self
            .dispatch
            .store
            .commit(&id, job.fence, request.chunk_count, request.row_count, request.root_hash, usage)
            .await
            .map_err(|error| store_failed(&self.dispatch, error))?;
        match outcome {
            CommitOutcome::Committed(commit_seq) => {
                self.dispatch.committed(&id);
                Ok(Response::new(CommitReply { commit_seq }))
            }
            CommitOutcome::StaleFence => Err(stale()),
            CommitOutcome::Mismatch => {
                Err(Status::invalid_argument("the commit does not match the chunks that are stored"))
            }
        }
    }

    async fn status(&self, request: Request<JobRef>) -> Result<Response<JobStatus>, Status> {
        let job = request.into_inner();
        let id = self.dispatch.stored(&job.job_id).ok_or_else(|| unknown(&job))?;
        let store = &self.dispatch.store;
        let failed = |error| store_failed(&self.dispatch, error);
        let record = store.job(&id).map_err(failed)?.ok_or_else(|| unknown(&job))?;
        let acked_chunks = store.stored_chunks(&record).map_err(failed)?;
        let state = match record.state() {
            JobState::Ready => State::Ready,
            JobState::Leased => State::Leased,
            JobState::Committed => State::Committed,
            JobState::Abandoned => State::Abandoned,
            JobState::Unspecified => State::UnknownJob,
        };
        let job = JobRef { job_id: record.id.clone(), attempt: record.attempt, fence: record.fence };
        Ok(Response::new(JobStatus {
            state: state as i32,
            job: Some(job),
            acked_chunks,
            commit_seq: record.commit_seq,
        }))
    }
}

async fn put(dispatch: &Arc<Dispatch>, chunk: Chunk) -> Result<ChunkAck, Status> {
    let job = chunk.job.clone().unwrap_or_default();
    let (scan, record) = dispatch.job(&job.job_id).ok_or_else(|| unknown(&job))?;
    check(&chunk, &scan, &record)?;
    let id = dispatch.stored(&job.job_id).ok_or_else(|| unknown(&job))?;
    let stored = dispatch.store.put_chunk(&id, job.fence, chunk.seq, chunk.rows).await;
    match stored.map_err(|error| store_failed(dispatch, error))? {
        PutOutcome::Stored => Ok(ChunkAck { job: Some(job), seq: chunk.seq }),
        PutOutcome::StaleFence => Err(stale()),
        PutOutcome::Conflict => Err(Status::already_exists("the chunk was stored before with other content")),
    }
}

fn unknown(job: &JobRef) -> Status {
    Status::not_found(format!("there is no job {}", job.job_id))
}

fn stale() -> Status {
    Status::failed_precondition("stale_fence: the lease is not held any more")
}
