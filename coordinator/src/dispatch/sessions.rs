//! Who is there: sessions of agents, what they hold when they come back, and whether an upload belongs to one.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use plumbline_baseline::{AgentId, JobId};
use plumbline_identity::Bounds;
use plumbline_proto::agent_v1::coordinator_message::Message;
use plumbline_proto::agent_v1::{CoordinatorMessage, Hello, JobRef, LeaseExtended, LeaseOffer};
use plumbline_proto::recent::Recent;
use plumbline_proto::{reference, spec};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use ulid::Ulid;

use super::Dispatch;
use super::offers::said;
use super::running::Running;
use crate::board::{Home, Pace};
use crate::planted::{self, Bug};
use crate::scan::Scan;

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
    /// Of what the agent was told: of which scans, and of which of their accounts by the index in the scan, as the
    /// so-manieth, from 1. Held while it is told: an offer must not come first.
    told: Arc<tokio::sync::Mutex<Recent<HashMap<u32, u32>>>>,
    replaced: CancellationToken,
    banned: CancellationToken,
}

impl Session {
    /// Sends an offer of a job of that account, after what the scan's jobs and the account's have in common, if the agent was
    /// not told before. False when nobody reads there any more.
    pub(super) async fn offer(&self, scan: &Scan, account: u32, offer: LeaseOffer) -> bool {
        let mut told = self.told.lock().await;
        if told.get(scan.id.as_str()).is_none() {
            let common = scan.in_common().cloned().map(Message::Scan);
            let organization = scan.organization().cloned().map(Message::Organization);
            for message in common.into_iter().chain(organization) {
                if !self.send(message).await {
                    return false;
                }
            }
            told.insert(String::from(&scan.id), HashMap::new());
        }
        let Some((common, whole)) = scan.in_common().zip(offer.spec.as_ref()) else {
            return self.send(Message::Offer(offer)).await;
        };
        let mut spec = spec::shorten(whole, common);
        let job = offer.job.as_ref().map_or("", |job| job.job_id.as_str());
        let accounts = told.find(|known| scan.id == *known);
        if let Some((about, accounts)) = spec::about_account(&spec, job).zip(accounts) {
            let next = u32::try_from(accounts.len() + 1).unwrap_or(u32::MAX);
            let number = *accounts.entry(account).or_insert(next);
            if number == next && !self.send(Message::Account(about)).await {
                return false;
            }
            spec = spec::without_account(spec, number);
        }
        drop(told);
        self.send(Message::Offer(LeaseOffer { spec: Some(spec), ..offer })).await
    }

    /// Sends what is said again later anyway.
    pub(super) fn say_if_there_is_room(&self, message: Message) {
        // A queue that is full belongs to an agent that does not read.
        let _ = self.outgoing.try_send(CoordinatorMessage { message: Some(message) });
    }

    async fn send(&self, message: Message) -> bool {
        self.outgoing.send(CoordinatorMessage { message: Some(message) }).await.is_ok()
    }
}

/// A duration on the wire.
pub(crate) fn milliseconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
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
    /// How often it is to be heard of.
    pub(crate) pace: Pace,
    /// What the agent's uploads name.
    pub(crate) key: Arc<str>,
    /// Cancelled when another session of the same agent takes its place.
    pub(crate) replaced: CancellationToken,
    /// Cancelled when the agent is banned.
    pub(crate) banned: CancellationToken,
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
        let running: Vec<JobId> =
            hello.running.iter().filter_map(|running| self.id_of(running.job.as_ref()?)).collect();
        let account = hello.own_account.parse().ok().map(Home::Account);
        let region = hello.home_region.parse().ok().map(Home::Region);
        let mut state = self.state();
        state.sessions.last += 1;
        let number = state.sessions.last;
        state.board.locate(agent, account.into_iter().chain(region).collect());
        state.board.connect(agent, number, hello.capacity as usize, &running);
        let key: Arc<str> = Ulid::generate().to_string().into();
        let (replaced, banned) = (CancellationToken::new(), CancellationToken::new());
        let build = hello.build.clone();
        let session = Session {
            number,
            key: Arc::clone(&key),
            build,
            outgoing,
            told: Arc::default(),
            replaced: replaced.clone(),
            banned: banned.clone(),
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
        Opened { number, pace: state.board.pace_of(agent), key, replaced, banned }
    }

    /// Says within what an agent works, as its certificate has it. To be said before it connects.
    pub(crate) fn bind(&self, agent: &AgentId, bounds: &Bounds) {
        self.state().board.bind(agent, bounds);
    }

    /// Lets an agent in no more: its session ends, and what it holds goes to others, without blame.
    pub(crate) fn ban(self: &Arc<Self>, agent: &AgentId) {
        self.admission.ban(agent);
        {
            let mut state = self.state();
            if let Some(session) = state.sessions.open.remove(agent) {
                session.banned.cancel();
            }
            state.board.evict(agent);
        }
        tracing::warn!(%agent, "banned");
        self.assign();
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
        let held: Vec<(JobId, u64)> = running.iter().filter_map(|job| Some((self.id_of(job)?, job.fence))).collect();
        let extended = self.state().board.extend(agent, &held, self.clock.now());
        let is_extended = |job: &JobRef| self.id_of(job).is_some_and(|id| extended.contains(&id));
        running.into_iter().filter(is_extended).collect()
    }

    /// The answer to a heartbeat: what is extended, and what the agent is to know besides.
    pub(crate) fn answer(&self, agent: &AgentId, running: Vec<JobRef>) -> LeaseExtended {
        let jobs = self.heartbeat(agent, running);
        let mut state = self.state();
        let shares = said(state.board.shares_of(agent));
        let pace = state.board.repace(agent);
        LeaseExtended {
            jobs,
            shares,
            heartbeat_ms: pace.map_or(0, |pace| milliseconds(pace.heartbeat)),
            lease_ttl_ms: pace.map_or(0, |pace| milliseconds(pace.lease_ttl)),
        }
    }

    /// The id of a job of a scan that runs, by what it is called on the wire; whether there is one is another question.
    pub(crate) fn id_of(&self, job: &JobRef) -> Option<JobId> {
        let state = self.state();
        let of = state.scans.iter().find(|running| reference::is_of(running.scan.id.as_str(), &job.job_id));
        let whole = |running: &Running| reference::whole(running.scan.id.as_str(), &job.job_id);
        of.map_or_else(|| job.job_id.clone(), whole).parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{in_common, job_spec};
    use crate::store::record;
    use plumbline_proto::agent_v1::{Scan as Common, ScanAccount};

    fn scan() -> Scan {
        let account = |id: &str| record::Account {
            id: id.into(),
            name: format!("{id} by name"),
            enabled_regions: ["eu-west-1", "us-east-1"].map(str::to_owned).into(),
            ..record::Account::default()
        };
        let record = record::Scan {
            id: "01SCAN".into(),
            started: "2026-11-26T02:00:00Z".into(),
            accounts: ["111122223333", "444455556666"].map(account).into(),
            ..record::Scan::default()
        };
        let job = |number: u32| record::Job {
            id: format!("01SCAN-{number:06}"),
            account: number / 2,
            region: "eu-west-1".into(),
            ..record::Job::default()
        };
        let (scan, _) = Scan::new(record, &[0, 1, 2].map(job)).unwrap();
        let common = in_common(&scan);
        scan.with_in_common(common)
    }

    #[tokio::test]
    async fn what_jobs_have_in_common_is_told_once() {
        let (outgoing, mut messages) = mpsc::channel(16);
        let (key, replaced, banned) = ("k".into(), CancellationToken::new(), CancellationToken::new());
        let (build, told) = (String::new(), Arc::default());
        let session = Session { number: 1, key, build, outgoing, told, replaced, banned };
        let scan = scan();
        let jobs = [0, 1, 2].map(|number| format!("01SCAN-{number:06}"));
        for id in &jobs {
            let job = scan.job(&id.parse().unwrap()).unwrap();
            let said = JobRef { job_id: reference::short("01SCAN", id), attempt: 1, fence: 1 };
            let offer = LeaseOffer { job: Some(said), spec: job_spec(&scan, job), ..LeaseOffer::default() };
            assert!(session.offer(&scan, job.account, offer).await);
        }
        drop(session);
        let (mut common, mut accounts) = (Common::default(), Vec::<ScanAccount>::new());
        let (mut told, mut offers) = (String::new(), Vec::new());
        while let Some(CoordinatorMessage { message: Some(message) }) = messages.recv().await {
            match message {
                Message::Scan(scan) => {
                    told.push('s');
                    common = scan;
                }
                Message::Account(account) => {
                    told.push('a');
                    accounts.push(account);
                }
                Message::Offer(offer) => {
                    told.push('o');
                    let (spec, job) = (offer.spec.unwrap(), offer.job.unwrap().job_id);
                    offers.push(spec::complete(spec, &common, &job, &accounts));
                }
                _ => {}
            }
        }
        assert_eq!(told, "saooao");
        let whole: Vec<_> = jobs.iter().map(|id| job_spec(&scan, scan.job(&id.parse().unwrap()).unwrap())).collect();
        assert!(whole.iter().all(Option::is_some));
        assert_eq!(offers, whole);
    }
}
