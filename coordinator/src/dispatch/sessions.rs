//! Who is there: sessions of agents, what they hold when they come back, and whether an upload belongs to one.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use plumbline_baseline::{AgentId, JobId, ScanId};
use plumbline_proto::agent_v1::coordinator_message::Message;
use plumbline_proto::agent_v1::job_decision::Decision;
use plumbline_proto::agent_v1::{CoordinatorMessage, Hello, JobDecision, JobRef, LeaseOffer, RunningJob};
use plumbline_proto::spec::shorten;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use ulid::Ulid;

use super::Dispatch;
use crate::planted::{self, Bug};
use crate::scan::Scan;
use crate::store::record::JobState;
use crate::store::{Attempt, Error, Grant, StoredJob};

/// Where messages for an agent go.
pub(crate) type Outgoing = mpsc::Sender<CoordinatorMessage>;

/// The open sessions, by agent.
#[derive(Default)]
pub(super) struct Sessions {
    open: HashMap<AgentId, Session>,
    last: u64,
}

/// One open session.
#[derive(Clone)]
pub(super) struct Session {
    pub(super) number: u64,
    /// What uploads of this session are known by; nobody else can guess it.
    key: Arc<str>,
    pub(super) build: String,
    outgoing: Outgoing,
    /// Of which scans the agent was told. Held while it is told: an offer must not come first.
    told: Arc<tokio::sync::Mutex<HashSet<ScanId>>>,
    replaced: CancellationToken,
}

impl Session {
    /// Sends an offer, after what the scan's jobs have in common, if the agent was not told before. False when nobody reads
    /// there any more.
    pub(super) async fn offer(&self, scan: &Scan, offer: LeaseOffer) -> bool {
        let mut told = self.told.lock().await;
        if !told.contains(&scan.id) {
            let common = scan.in_common().cloned().map(Message::Scan);
            let organization = scan.organization().cloned().map(Message::Organization);
            for message in common.into_iter().chain(organization) {
                if !self.send(message).await {
                    return false;
                }
            }
            told.insert(scan.id.clone());
        }
        drop(told);
        let spec = offer.spec.map(|spec| scan.in_common().map_or_else(|| spec.clone(), |scan| shorten(&spec, scan)));
        self.send(Message::Offer(LeaseOffer { spec, ..offer })).await
    }

    async fn send(&self, message: Message) -> bool {
        self.outgoing.send(CoordinatorMessage { message: Some(message) }).await.is_ok()
    }
}

impl Sessions {
    pub(super) fn of(&self, agent: &AgentId) -> Option<Session> {
        self.open.get(agent).cloned()
    }
}

/// A session that was just opened.
pub(crate) struct Opened {
    /// Its number.
    pub(crate) number: u64,
    /// What the agent's uploads name.
    pub(crate) key: Arc<str>,
    /// Cancelled when another session of the same agent takes its place.
    pub(crate) replaced: CancellationToken,
}

/// Who uploads, as the call says.
pub(crate) struct Identity {
    /// The agent.
    pub(crate) agent: AgentId,
    /// The key of its session.
    pub(crate) session: String,
}

impl Dispatch {
    /// An agent says hello. An earlier session of the same agent ends.
    pub(crate) fn connect(&self, agent: &AgentId, hello: &Hello, outgoing: Outgoing) -> Opened {
        let running: Vec<JobId> = hello.running.iter().filter_map(job_id).collect();
        let mut state = self.state();
        state.sessions.last += 1;
        let number = state.sessions.last;
        state.board.connect(agent, number, hello.capacity as usize, &running);
        let key: Arc<str> = Ulid::generate().to_string().into();
        let replaced = CancellationToken::new();
        let build = hello.build.clone();
        let session = Session {
            number,
            key: Arc::clone(&key),
            build,
            outgoing,
            told: Arc::default(),
            replaced: replaced.clone(),
        };
        // Before its queue is dropped: the end of the queue must not look like an end without a reason.
        if let Some(earlier) = state.sessions.open.get(agent) {
            tracing::info!(%agent, "another session of the same agent");
            earlier.replaced.cancel();
        }
        if planted::is(Bug::FirstSessionStays) {
            state.sessions.open.entry(agent.clone()).or_insert(session);
        } else {
            state.sessions.open.insert(agent.clone(), session);
        }
        Opened { number, key, replaced }
    }

    /// A session ended.
    pub(crate) fn disconnect(&self, agent: &AgentId, number: u64) {
        let mut state = self.state();
        state.board.disconnect(agent, number);
        if state.sessions.open.get(agent).is_some_and(|session| session.number == number) {
            state.sessions.open.remove(agent);
        }
    }

    /// Whether this is the session that the agent has open now.
    pub(crate) fn is_open(&self, identity: &Identity) -> bool {
        let state = self.state();
        let is_key = |session: &Session| *session.key == *identity.session || planted::is(Bug::SessionUnchecked);
        state.sessions.open.get(&identity.agent).is_some_and(is_key)
    }

    /// The agent takes no more jobs.
    pub(crate) fn drain(&self, agent: &AgentId) {
        self.state().board.drain(agent);
    }

    /// A heartbeat: extends what the agent really holds, and returns that.
    pub(crate) fn heartbeat(&self, agent: &AgentId, running: Vec<JobRef>) -> Vec<JobRef> {
        let held: Vec<(JobId, u64)> =
            running.iter().filter_map(|job| Some((job.job_id.parse().ok()?, job.fence))).collect();
        let extended = self.state().board.extend(agent, &held, self.clock.now());
        running.into_iter().filter(|job| extended.iter().any(|id| *id == *job.job_id)).collect()
    }

    /// What becomes of the jobs that an agent says it runs. A job that is not of this scan is in no decision: the agent
    /// stops it.
    ///
    /// # Errors
    /// When the store fails, which ends the scan.
    pub(crate) async fn decide(self: &Arc<Self>, agent: &AgentId, hello: &Hello) -> Result<Vec<JobDecision>, Error> {
        let mut decisions = Vec::new();
        for running in &hello.running {
            match self.decide_one(agent, &hello.build, running).await {
                Ok(decision) => decisions.extend(decision),
                Err(error) => {
                    self.store_failed(error.clone());
                    return Err(error);
                }
            }
        }
        Ok(decisions)
    }

    async fn decide_one(
        self: &Arc<Self>,
        agent: &AgentId,
        build: &str,
        running: &RunningJob,
    ) -> Result<Option<JobDecision>, Error> {
        let Some((job, id)) = running.job.clone().zip(job_id(running)) else { return Ok(None) };
        let Some((scan, _)) = self.job(&id) else { return Ok(None) };
        let answer = |job: JobRef, decision: Decision, from_seq| {
            Ok(Some(JobDecision { job: Some(job), decision: decision as i32, from_seq }))
        };
        let stored = StoredJob { scan: scan.id.clone(), job: id.clone() };
        let record = match self.store.job(&stored) {
            Ok(Some(record)) => record,
            Ok(None) | Err(Error::Damaged { .. }) => {
                self.settle(&id);
                return answer(job, Decision::Abandon, 0);
            }
            Err(error) => return Err(error),
        };
        match record.state() {
            JobState::Committed => {
                self.settle(&id);
                return answer(job, Decision::AlreadyCommitted, 0);
            }
            JobState::Abandoned => {
                self.settle(&id);
                return answer(job, Decision::Abandon, 0);
            }
            JobState::Ready | JobState::Leased | JobState::Unspecified => {}
        }
        let chunks = self.store.stored_chunks(&record)?;
        if planted::is(Bug::HeldIsAbandoned) {
            self.state().board.hand_back(&id);
            return answer(job, Decision::Abandon, 0);
        }
        if self.state().board.holds(agent, &id, job.fence) {
            self.accept(agent, &id, job.fence);
            return answer(job, Decision::Continue, chunks);
        }
        // The lease lapsed, and nobody else began: the same attempt goes on, under a new fence.
        let is_theirs = record.attempt == job.attempt && record.agent == agent.as_str();
        if !is_theirs || !self.state().board.resume(agent, &id) {
            return answer(job, Decision::Abandon, 0);
        }
        let grant = Grant {
            attempt: Attempt::Same,
            agent: agent.clone(),
            build: build.to_owned(),
            failed_attempts: self.state().board.failed_attempts(&id),
            now: self.clock.wall(),
        };
        // In a task of its own: the agent may hang up meanwhile, and the board waits for the grant all the same.
        let (this, name) = (Arc::clone(self), agent.clone());
        let granting = self.tasks.spawn(async move {
            let granted = this.grant(&stored, grant).await;
            if let Some(granted) = &granted {
                this.accept(&name, &stored.job, granted.fence);
            }
            granted
        });
        match granting.await.map_err(|_| Error::Closed)? {
            Some(granted) => {
                let job = JobRef { job_id: job.job_id, attempt: granted.attempt, fence: granted.fence };
                answer(job, Decision::Continue, chunks)
            }
            None => answer(job, Decision::Abandon, 0),
        }
    }
}

fn job_id(running: &RunningJob) -> Option<JobId> {
    running.job.as_ref()?.job_id.parse().ok()
}
