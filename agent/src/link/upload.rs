//! Delivering what one job found: chunks within the coordinator's credit, resent after a lost connection until they are
//! acknowledged, then a commit that makes them visible. Everything is said under the fence of now.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use plumbline_proto::MAX_MESSAGE_BYTES;
use plumbline_proto::agent_v1::job_status::State;
use plumbline_proto::agent_v1::upload_client::UploadClient;
use plumbline_proto::agent_v1::{Chunk, ChunkAck, CommitRequest, HeldReply, HeldRequest, JobStatus, Usage};
use plumbline_proto::chunk::{Chunker, Item, Piece, Total};
use plumbline_tree::{Hash, Short};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;
use tonic::{Code, Status, Streaming};

use super::backoff::Backoff;
use super::identity::Identity;
use super::lease::Lease;

/// Time for a call that has one answer.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a refused fence may wait for a new one: a coordinator that restarted gives it with the next session.
const FENCE_PATIENCE: Duration = Duration::from_secs(60);

/// Why a job's rows were not delivered.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The lease is not ours any more: somebody else does the job, and nothing is to be said.
    #[error("hold the lease: {0}")]
    Lost(String),
    /// The coordinator refuses what was sent.
    #[error("deliver rows: {0}")]
    Refused(String),
}

/// What the coordinator allows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Encoded bytes of a chunk's rows.
    pub(crate) chunk_bytes: usize,
    /// Chunks that may be unacknowledged.
    pub(crate) credit: usize,
}

/// What the coordinator is told of a delivery as a whole.
#[derive(Clone, Debug)]
pub(crate) struct Claim {
    /// The name of all that the job found.
    pub(crate) root: Hash,
    /// Whether types that were not delivered are as the coordinator holds them.
    pub(crate) is_on_held: bool,
    /// The beginnings of the names of those that were not found any more.
    pub(crate) dropped: Vec<Short>,
}

/// What came of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Committed {
    /// Everything is visible.
    Done,
    /// The coordinator does not hold what was left out: everything is to be delivered.
    WantsAll,
}

/// Delivers for one job.
pub(crate) struct Upload {
    client: UploadClient<InterceptedService<Channel, Identity>>,
    connection: (Channel, Identity),
    lease: Lease,
    limits: Limits,
    unacked: VecDeque<Arc<Piece>>,
    acked: u64,
    backoff: Backoff,
}

/// How one stream of chunks ended.
enum Stream {
    Delivered,
    Broken(Status, u64),
}

impl Upload {
    /// An upload under this lease, over the uploads' own connection.
    pub(crate) fn new(channel: Channel, identity: Identity, lease: Lease, limits: Limits) -> Self {
        let connection = (channel.clone(), identity.clone());
        let client = UploadClient::with_interceptor(channel, identity)
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
            .max_encoding_message_size(MAX_MESSAGE_BYTES);
        let limits = Limits { chunk_bytes: limits.chunk_bytes.max(1), credit: limits.credit.max(1) };
        Self { client, connection, lease, limits, unacked: VecDeque::new(), acked: 0, backoff: Backoff::reconnect() }
    }

    /// Encoded bytes of a chunk at most, before it is compressed.
    pub(crate) fn chunk_bytes(&self) -> usize {
        self.limits.chunk_bytes
    }

    /// The connection, and as whom.
    pub(super) fn connection(&self) -> (Channel, Identity) {
        self.connection.clone()
    }

    /// What the coordinator holds of the account and Region: of these types their entries, and without any the types.
    pub(crate) async fn held(&mut self, types: Vec<String>) -> Result<HeldReply, Error> {
        loop {
            self.lease.gate.opened().await;
            let job = self.lease.job();
            let fence = job.fence;
            let request = HeldRequest { job: Some(job), types: types.clone() };
            let status = match with_timeout(self.client.held(request)).await {
                Ok(reply) => return Ok(reply),
                Err(status) => status,
            };
            if self.recover(&status, fence).await?.is_some() {
                return Err(Error::Lost("the job is committed".to_owned()));
            }
        }
    }

    /// Sends all of it, from chunk 0, and waits until every chunk is on the coordinator's disk.
    pub(crate) async fn deliver(&mut self, items: impl Iterator<Item = Item> + Send) -> Result<Total, Error> {
        self.unacked.clear();
        self.acked = 0;
        let mut source = Source { chunker: Chunker::new(self.limits.chunk_bytes), items: items.fuse(), ended: false };
        // What found nothing new needs no stream.
        let mut next = source.next();
        while next.is_some() || !self.unacked.is_empty() {
            self.lease.gate.opened().await;
            if let Stream::Broken(status, fence) = self.stream(&mut source, &mut next).await? {
                self.recover(&status, fence).await?;
            }
        }
        Ok(source.chunker.total())
    }

    /// Makes the delivered chunks visible, all at once. A lost reply is asked for.
    pub(crate) async fn commit(&mut self, total: &Total, claim: &Claim, usage: &Usage) -> Result<Committed, Error> {
        loop {
            self.lease.gate.opened().await;
            let job = self.lease.job();
            let fence = job.fence;
            let request = CommitRequest {
                job: Some(job),
                chunk_count: total.chunks,
                row_count: total.rows,
                root_hash: if total.chunks == 0 { Vec::new() } else { total.root_hash.clone() },
                usage: Some(*usage),
                tree_root: claim.root.to_vec(),
                on_held: claim.is_on_held,
                dropped: claim.dropped.concat(),
            };
            let status = match with_timeout(self.client.commit(request)).await {
                Ok(reply) if reply.wants_all => return Ok(Committed::WantsAll),
                Ok(_) => return Ok(Committed::Done),
                Err(status) => status,
            };
            if self.recover(&status, fence).await?.is_some() {
                return Ok(Committed::Done);
            }
        }
    }

    /// One stream, until everything is acknowledged or it breaks.
    async fn stream<I: Iterator<Item = Item>>(
        &mut self,
        source: &mut Source<I>,
        next: &mut Option<Piece>,
    ) -> Result<Stream, Error> {
        let job = self.lease.job();
        let (sender, outgoing) = mpsc::channel::<Chunk>(self.limits.credit);
        for piece in &self.unacked {
            let _ = sender.try_send(piece.message(job.clone()));
        }
        let mut client = self.client.clone();
        let opening = client.push(ReceiverStream::new(outgoing));
        tokio::pin!(opening);
        let mut acks: Option<Streaming<ChunkAck>> = None;
        loop {
            if !self.lease.gate.is_open() {
                return Ok(Stream::Broken(Status::cancelled("the lease is in doubt"), job.fence));
            }
            while self.unacked.len() < self.limits.credit
                && let Some(piece) = next.take()
            {
                let _ = sender.try_send(piece.message(job.clone()));
                self.unacked.push_back(Arc::new(piece));
                *next = source.next();
            }
            if next.is_none() && self.unacked.is_empty() {
                return Ok(Stream::Delivered);
            }
            tokio::select! {
                opened = &mut opening, if acks.is_none() => match opened {
                    Ok(response) => acks = Some(response.into_inner()),
                    Err(status) => return Ok(Stream::Broken(status, job.fence)),
                },
                ack = next_ack(&mut acks) => match ack {
                    Ok(ack) => self.acknowledge(ack.seq + 1),
                    Err(status) => return Ok(Stream::Broken(status, job.fence)),
                },
            }
        }
    }

    fn acknowledge(&mut self, chunks: u64) {
        while self.unacked.front().is_some_and(|piece| piece.seq < chunks) {
            self.unacked.pop_front();
        }
        if chunks > self.acked {
            self.acked = chunks;
            self.lease.acknowledged(chunks);
            self.backoff = Backoff::reconnect();
        }
    }

    /// Learns from the coordinator where things stand; returns the commit's number if the job is committed.
    async fn recover(&mut self, status: &Status, fence: u64) -> Result<Option<u64>, Error> {
        tracing::debug!(code = ?status.code(), message = status.message(), "upload interrupted");
        match verdict(status.code()) {
            Answer::Refused => return Err(Error::Refused(describe(status))),
            Answer::StaleFence => {
                if !self.lease.fence_changes(fence, FENCE_PATIENCE).await {
                    return Err(Error::Lost(describe(status)));
                }
            }
            Answer::TryAgain => {}
        }
        loop {
            self.backoff.wait().await;
            self.lease.gate.opened().await;
            match with_timeout(self.client.status(self.lease.job())).await {
                Ok(known) => return self.resume(&known),
                Err(status) if verdict(status.code()) == Answer::Refused => {
                    return Err(Error::Refused(describe(&status)));
                }
                Err(_) => {}
            }
        }
    }

    fn resume(&mut self, known: &JobStatus) -> Result<Option<u64>, Error> {
        let ours = self.lease.job();
        let is_ours = known.job.as_ref().is_none_or(|job| job.attempt == ours.attempt);
        match known.state() {
            State::Committed if is_ours => Ok(Some(known.commit_seq)),
            State::Leased | State::Ready | State::Unspecified if is_ours => {
                self.acknowledge(known.acked_chunks);
                Ok(None)
            }
            _ => Err(Error::Lost(format!("the coordinator says {}", known.state().as_str_name()))),
        }
    }
}

/// What was found on its way into chunks.
struct Source<I> {
    chunker: Chunker,
    items: std::iter::Fuse<I>,
    ended: bool,
}

impl<I: Iterator<Item = Item>> Iterator for Source<I> {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        for item in self.items.by_ref() {
            if let Some(piece) = self.chunker.push(item) {
                return Some(piece);
            }
        }
        let is_last = !std::mem::replace(&mut self.ended, true);
        is_last.then(|| self.chunker.finish_chunk()).flatten()
    }
}

/// What a failed call says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    StaleFence,
    Refused,
    TryAgain,
}

fn verdict(code: Code) -> Answer {
    match code {
        Code::FailedPrecondition | Code::Aborted => Answer::StaleFence,
        Code::InvalidArgument
        | Code::OutOfRange
        | Code::NotFound
        | Code::AlreadyExists
        | Code::PermissionDenied
        | Code::Unauthenticated
        | Code::Unimplemented
        | Code::DataLoss => Answer::Refused,
        Code::Ok
        | Code::Cancelled
        | Code::Unknown
        | Code::DeadlineExceeded
        | Code::ResourceExhausted
        | Code::Internal
        | Code::Unavailable => Answer::TryAgain,
    }
}

pub(super) fn describe(status: &Status) -> String {
    format!("{:?}: {}", status.code(), status.message())
}

async fn next_ack(acks: &mut Option<Streaming<ChunkAck>>) -> Result<ChunkAck, Status> {
    match acks {
        Some(acks) => acks.message().await?.ok_or_else(|| Status::unavailable("the stream of acknowledgements ended")),
        None => std::future::pending().await,
    }
}

pub(super) async fn with_timeout<T>(
    call: impl Future<Output = Result<tonic::Response<T>, Status>>,
) -> Result<T, Status> {
    match tokio::time::timeout(CALL_TIMEOUT, call).await {
        Ok(answer) => answer.map(tonic::Response::into_inner),
        Err(_) => Err(Status::deadline_exceeded("no answer in time")),
    }
}
