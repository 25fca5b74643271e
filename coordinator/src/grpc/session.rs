//! The control stream of one agent: hello, heartbeats, what becomes of offers, progress, drain.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use plumbline_baseline::{AgentId, JobId};
use plumbline_identity::Peer;
use plumbline_proto::PROTOCOL_VERSIONS;
use plumbline_proto::agent_v1::agent_message::Message as FromAgent;
use plumbline_proto::agent_v1::coordinator_message::Message as ToAgent;
use plumbline_proto::agent_v1::session_server::Session;
use plumbline_proto::agent_v1::{AgentMessage, CoordinatorMessage, Hello, JobDecision, JobRef, Welcome};
use plumbline_proto::chunk::MAX_BYTES;
use tokio::sync::mpsc;
use tokio_stream::Stream;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming};

use super::authenticate::{is_itself, peer, still_admitted};
use super::{Terms, meet, store_failed};
use crate::dispatch::{Dispatch, Opened, milliseconds};

/// Messages to one agent that wait at most.
const QUEUE: usize = 256;
/// Characters of what an agent says about a job that are kept: every row of the job repeats them.
const LONGEST_DETAIL: usize = 400;
/// Characters of what an agent says of itself that are kept.
const LONGEST_WORD: usize = 64;
/// Chunks that may be unacknowledged.
const CHUNK_CREDIT: u32 = 4;
/// How long an agent may take to say hello.
const HELLO_TIMEOUT: Duration = Duration::from_secs(10);

type ToWire = mpsc::Sender<Result<CoordinatorMessage, Status>>;

pub(super) struct Service {
    dispatch: Arc<Dispatch>,
    terms: Terms,
    shutdown: CancellationToken,
}

impl Service {
    pub(super) fn new(dispatch: Arc<Dispatch>, terms: Terms, shutdown: CancellationToken) -> Self {
        Self { dispatch, terms, shutdown }
    }
}

impl Service {
    /// Notes that an agent was here, and with what.
    async fn note(&self, agent: &AgentId, hello: &Hello) -> Result<(), Status> {
        let (build, region) = (shortened(&hello.build), shortened(&hello.home_region));
        let time = self.dispatch.wall_time();
        let noted = self.dispatch.store().agent_seen(agent, &build, &region, &time).await;
        noted.map_err(|error| store_failed(&error))
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(LONGEST_WORD).collect()
}

#[tonic::async_trait]
impl Session for Service {
    type ConnectStream = Pin<Box<dyn Stream<Item = Result<CoordinatorMessage, Status>> + Send>>;

    async fn connect(
        &self,
        request: Request<Streaming<AgentMessage>>,
    ) -> Result<Response<Self::ConnectStream>, Status> {
        let peer = peer(&request);
        let mut incoming = request.into_inner();
        let (agent, hello) = hello(&mut incoming).await?;
        is_itself(&agent, peer.as_deref())?;
        if let Some(Peer::Agent { bounds, .. }) = peer.as_deref() {
            self.dispatch.bind(&agent, bounds);
            self.note(&agent, &hello).await?;
        }
        let (outgoing, messages) = mpsc::channel(QUEUE);
        let opened = self.dispatch.connect(&agent, &hello, outgoing);
        // Whoever was banned since the call came in: from here on a ban finds the session.
        if let Err(refused) = still_admitted(&self.dispatch, peer.as_deref()) {
            self.dispatch.disconnect(&agent, opened.number);
            return Err(refused);
        }
        let decisions = match self.dispatch.decide(&agent, &hello).await {
            Ok(decisions) => decisions,
            Err(error) => {
                self.dispatch.disconnect(&agent, opened.number);
                return Err(store_failed(&error));
            }
        };
        let (to_wire, from_queue) = mpsc::channel(1);
        let welcome = welcome(&self.terms, &hello, &opened, decisions);
        let dispatch = Arc::clone(&self.dispatch);
        let conversation = Conversation { dispatch, agent, peer, session: opened, incoming, messages, to_wire };
        tokio::spawn(conversation.run(welcome, self.shutdown.clone()));
        Ok(Response::new(Box::pin(ReceiverStream::new(from_queue))))
    }
}

/// The first message, checked.
async fn hello(incoming: &mut Streaming<AgentMessage>) -> Result<(AgentId, Hello), Status> {
    let first = tokio::time::timeout(HELLO_TIMEOUT, incoming.message()).await;
    let Ok(Ok(Some(AgentMessage { message: Some(FromAgent::Hello(hello)) }))) = first else {
        return Err(Status::invalid_argument("a session begins with hello"));
    };
    meet("the agent", hello.proto_min, hello.proto_max)?;
    let agent = hello.agent_id.parse().map_err(|error| Status::invalid_argument(format!("{error}")))?;
    Ok((agent, hello))
}

fn welcome(terms: &Terms, hello: &Hello, opened: &Opened, decisions: Vec<JobDecision>) -> CoordinatorMessage {
    let welcome = Welcome {
        coordinator_epoch: terms.epoch,
        session_id: opened.key.to_string(),
        heartbeat_ms: milliseconds(opened.pace.heartbeat),
        lease_ttl_ms: milliseconds(opened.pace.lease_ttl),
        max_chunk_bytes: u32::try_from(MAX_BYTES).expect("a million"),
        chunk_credit: CHUNK_CREDIT,
        proto: PROTOCOL_VERSIONS.1.min(hello.proto_max),
        decisions,
        redaction_key: terms.redaction_key.clone(),
    };
    CoordinatorMessage { message: Some(ToAgent::Welcome(welcome)) }
}

/// One session from its welcome to its end.
struct Conversation {
    dispatch: Arc<Dispatch>,
    agent: AgentId,
    /// Who it is by certificate.
    peer: Option<Arc<Peer>>,
    session: Opened,
    incoming: Streaming<AgentMessage>,
    messages: mpsc::Receiver<CoordinatorMessage>,
    to_wire: ToWire,
}

impl Conversation {
    async fn run(mut self, welcome: CoordinatorMessage, shutdown: CancellationToken) {
        if self.to_wire.send(Ok(welcome)).await.is_ok() {
            self.dispatch.assign();
            tokio::select! {
                () = self.talk() => {}
                () = shutdown.cancelled() => return,
            }
        }
        self.dispatch.disconnect(&self.agent, self.session.number);
        self.dispatch.assign();
    }

    /// Until one side has enough.
    async fn talk(&mut self) {
        loop {
            let sent = tokio::select! {
                // First: with the session that was replaced, its queue ends, and the agent has to be told why.
                biased;
                () = self.session.replaced.cancelled() => {
                    let status = Status::already_exists(format!("another agent is called {}", self.agent));
                    // The agent may be gone for long; then nobody reads it.
                    let _ = self.to_wire.send(Err(status)).await;
                    return;
                }
                () = self.session.banned.cancelled() => return self.refuse(Status::permission_denied("this agent is banned")),
                message = self.incoming.message() => match message {
                    Ok(Some(message)) => self.on_message(message).await,
                    Ok(None) | Err(_) => return,
                },
                message = self.messages.recv() => match message {
                    Some(message) => self.to_wire.send(Ok(message)).await.is_ok(),
                    None => return,
                },
            };
            if !sent {
                return;
            }
        }
    }

    /// Tells the agent, if it still reads. What it does not read ends with the connection.
    fn refuse(&self, status: Status) {
        let _ = self.to_wire.try_send(Err(status));
    }

    /// False when the agent cannot be answered any more.
    async fn on_message(&mut self, message: AgentMessage) -> bool {
        if let Err(refused) = still_admitted(&self.dispatch, self.peer.as_deref()) {
            self.refuse(refused);
            return false;
        }
        let agent = &self.agent;
        match message.message {
            Some(FromAgent::Heartbeat(heartbeat)) => {
                let answer = self.dispatch.answer(agent, heartbeat.running);
                let message = CoordinatorMessage { message: Some(ToAgent::Extended(answer)) };
                return self.to_wire.send(Ok(message)).await.is_ok();
            }
            Some(FromAgent::Accept(accept)) => {
                if let Some((job, fence)) = self.named(accept.job.as_ref()) {
                    self.dispatch.accept(agent, &job, fence);
                }
            }
            Some(FromAgent::Reject(reject)) => {
                let reason = reject.reason();
                let detail: String = reject.detail.chars().take(LONGEST_DETAIL).collect();
                if let Some((job, fence)) = self.named(reject.job.as_ref()) {
                    self.dispatch.reject(agent, &job, fence, reason, &detail).await;
                }
            }
            Some(FromAgent::Progress(progress)) => {
                if let Some((job, fence)) = self.named(progress.job.as_ref()) {
                    self.dispatch.report_progress(agent, &job, fence, progress);
                }
            }
            Some(FromAgent::Drain(_)) => self.dispatch.drain(agent),
            // A second hello means nothing.
            Some(FromAgent::Hello(_)) | None => {}
        }
        true
    }

    fn named(&self, job: Option<&JobRef>) -> Option<(JobId, u64)> {
        Some((self.dispatch.id_of(job?)?, job?.fence))
    }
}
