//! A scripted coordinator: says what the test says, remembers what it heard, and breaks where it is told to.

use std::collections::{BTreeMap, VecDeque};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use plumbline_proto::agent_v1::agent_message::Message as Heard;
use plumbline_proto::agent_v1::coordinator_message::Message as Said;
use plumbline_proto::agent_v1::job_decision::Decision;
use plumbline_proto::agent_v1::job_status::State as JobState;
use plumbline_proto::agent_v1::session_server::{Session, SessionServer};
use plumbline_proto::agent_v1::upload_server::{Upload, UploadServer};
use plumbline_proto::agent_v1::*;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_stream::wrappers::{ReceiverStream, TcpListenerStream};
use tokio_stream::{Stream, StreamExt};
use tonic::{Request, Response, Status, Streaming};

type Out<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;
type ToAgent = mpsc::Sender<Result<CoordinatorMessage, Status>>;

/// What the coordinator knows and does.
#[derive(Default)]
pub(super) struct Script {
    pub(super) heard: Vec<Heard>,
    pub(super) chunks: BTreeMap<u64, Chunk>,
    pub(super) commits: Vec<CommitRequest>,
    pub(super) pushes: usize,
    /// The fence that is accepted now.
    pub(super) fence: u64,
    /// Chunks after which a push stream breaks, stream by stream.
    pub(super) break_pushes: VecDeque<usize>,
    /// Commits whose reply is lost.
    pub(super) lose_replies: usize,
    /// Bytes of a chunk at most.
    pub(super) chunk_bytes: u32,
    /// Whether nobody is let in.
    pub(super) is_away: bool,
    /// What running jobs are told at the next welcome.
    pub(super) decision: Decision,
    /// What is held of earlier nights, whatever is asked.
    pub(super) held: HeldReply,
    /// Whether a commit can build on that.
    pub(super) keeps_held: bool,
    /// The types that were asked about, question by question.
    pub(super) asked: Vec<Vec<String>>,
    to_agent: Option<ToAgent>,
}

/// A running coordinator.
#[derive(Clone)]
pub(super) struct Coordinator {
    pub(super) address: String,
    script: Arc<Mutex<Script>>,
}

impl Coordinator {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let script = Arc::new(Mutex::new(Script { fence: 7, chunk_bytes: 400, ..Script::default() }));
        let coordinator = Self { address, script };
        let (session, upload) = (SessionServer::new(coordinator.clone()), UploadServer::new(coordinator.clone()));
        let server = tonic::transport::Server::builder().add_service(session).add_service(upload);
        tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
        coordinator
    }

    pub(super) fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap()
    }

    /// Says something on the newest session.
    pub(super) async fn say(&self, message: Said) {
        let to_agent = self.script().to_agent.clone().unwrap();
        to_agent.send(Ok(CoordinatorMessage { message: Some(message) })).await.unwrap();
    }

    /// Breaks the newest session.
    pub(super) async fn hang_up(&self) {
        let to_agent = self.script().to_agent.take().unwrap();
        to_agent.send(Err(Status::unavailable("restarting"))).await.unwrap();
    }

    /// Waits until something is true.
    pub(super) async fn until(&self, what: &str, is_true: impl Fn(&Script) -> bool) {
        for _ in 0..4_000 {
            if is_true(&self.script()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("it never came to this: {what}; heard {:?}", self.script().heard);
    }

    pub(super) async fn until_heard(&self, what: &str, is_it: impl Fn(&Heard) -> bool) {
        self.until(what, |script| script.heard.iter().any(&is_it)).await;
    }
}

#[tonic::async_trait]
impl Session for Coordinator {
    type ConnectStream = Out<CoordinatorMessage>;

    async fn connect(
        &self,
        request: Request<Streaming<AgentMessage>>,
    ) -> Result<Response<Self::ConnectStream>, Status> {
        if self.script().is_away {
            return Err(Status::unavailable("away"));
        }
        let mut incoming = request.into_inner();
        let (sender, receiver) = mpsc::channel(16);
        let coordinator = self.clone();
        tokio::spawn(async move {
            while let Some(Ok(message)) = incoming.next().await {
                let Some(message) = message.message else { continue };
                let answer = coordinator.answer(&message);
                coordinator.script().heard.push(message.clone());
                if matches!(message, Heard::Hello(_)) {
                    coordinator.script().to_agent = Some(sender.clone());
                }
                if let Some(answer) = answer {
                    let _ = sender.send(Ok(CoordinatorMessage { message: Some(answer) })).await;
                }
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(receiver))))
    }
}

impl Coordinator {
    fn answer(&self, message: &Heard) -> Option<Said> {
        let script = self.script();
        match message {
            Heard::Hello(hello) => {
                let decide = |running: &RunningJob| JobDecision {
                    job: running.job.clone().map(|job| JobRef { fence: script.fence, ..job }),
                    decision: script.decision as i32,
                    from_seq: script.chunks.len() as u64,
                };
                Some(Said::Welcome(Welcome {
                    proto: 1,
                    heartbeat_ms: 100,
                    lease_ttl_ms: 60_000,
                    max_chunk_bytes: script.chunk_bytes,
                    chunk_credit: 2,
                    decisions: hello.running.iter().map(decide).collect(),
                    ..Welcome::default()
                }))
            }
            Heard::Heartbeat(heartbeat) => {
                Some(Said::Extended(LeaseExtended { jobs: heartbeat.running.clone(), ..LeaseExtended::default() }))
            }
            _ => None,
        }
    }

    fn check_fence(&self, job: Option<&JobRef>) -> Result<(), Status> {
        let current = self.script().fence;
        let is_current = job.is_some_and(|job| job.fence == current);
        if is_current { Ok(()) } else { Err(Status::failed_precondition("stale fence")) }
    }
}

#[tonic::async_trait]
impl Upload for Coordinator {
    type PushStream = Out<ChunkAck>;

    async fn push(&self, request: Request<Streaming<Chunk>>) -> Result<Response<Self::PushStream>, Status> {
        let mut incoming = request.into_inner();
        let (sender, receiver) = mpsc::channel(16);
        let break_after = {
            let mut script = self.script();
            script.pushes += 1;
            script.break_pushes.pop_front().unwrap_or(usize::MAX)
        };
        let coordinator = self.clone();
        tokio::spawn(async move {
            for taken in 0.. {
                let Some(Ok(chunk)) = incoming.next().await else { return };
                let refused = coordinator.check_fence(chunk.job.as_ref()).err();
                let broken = (taken == break_after).then(|| Status::unavailable("broken"));
                if let Some(status) = refused.or(broken) {
                    let _ = sender.send(Err(status)).await;
                    return;
                }
                assert_eq!(chunk.hash, blake3::hash(&chunk.rows).as_bytes());
                let ack = ChunkAck { job: chunk.job.clone(), seq: chunk.seq };
                coordinator.script().chunks.insert(chunk.seq, chunk);
                let _ = sender.send(Ok(ack)).await;
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(receiver))))
    }

    async fn commit(&self, request: Request<CommitRequest>) -> Result<Response<CommitReply>, Status> {
        let commit = request.into_inner();
        self.check_fence(commit.job.as_ref())?;
        let mut script = self.script();
        if commit.on_held && !script.keeps_held {
            script.chunks.clear();
            return Ok(Response::new(CommitReply { commit_seq: 0, wants_all: true }));
        }
        script.commits.push(commit);
        if script.lose_replies > 0 {
            script.lose_replies -= 1;
            return Err(Status::unavailable("the reply was lost"));
        }
        Ok(Response::new(CommitReply { commit_seq: 1, wants_all: false }))
    }

    async fn held(&self, request: Request<HeldRequest>) -> Result<Response<HeldReply>, Status> {
        let request = request.into_inner();
        self.check_fence(request.job.as_ref())?;
        let mut script = self.script();
        script.asked.push(request.types);
        Ok(Response::new(script.held.clone()))
    }

    async fn status(&self, request: Request<JobRef>) -> Result<Response<JobStatus>, Status> {
        let script = self.script();
        let state = if script.commits.is_empty() { JobState::Leased } else { JobState::Committed };
        Ok(Response::new(JobStatus {
            state: state as i32,
            job: Some(request.into_inner()),
            acked_chunks: script.chunks.len() as u64,
            commit_seq: script.commits.len() as u64,
        }))
    }
}
