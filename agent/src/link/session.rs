//! What is said on the control stream: hello, heartbeats, offers, progress, drain. Jobs go on across sessions.

mod jobs;
mod offer;
mod open;

use std::sync::Arc;
use std::time::Duration;

use plumbline_baseline::JobId;
use plumbline_proto::PROTOCOL_VERSIONS;
use plumbline_proto::agent_v1::agent_message::Message as FromAgent;
use plumbline_proto::agent_v1::coordinator_message::Message as ToAgent;
use plumbline_proto::agent_v1::job_decision::Decision;
use plumbline_proto::agent_v1::lease_reject::Reason;
use plumbline_proto::agent_v1::{
    DrainNotice, Heartbeat, Hello, JobDecision, JobRef, LeaseAccept, LeaseOffer, LeaseReject, Welcome,
};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};
use tokio_util::sync::CancellationToken;

use super::channel::Route;
use super::control::{self, Event};
use super::identity::{Identity, SessionKey};
use super::upload::{Error as UploadError, Limits};
use super::work::{self, Introduction, Work};
use crate::activity::{Activity, Error};
use crate::member::keep_renewed;
use crate::options::Coordinator;
use jobs::{Ended, Jobs};
use open::Open;

/// How often progress is reported.
const PROGRESS_EVERY: Duration = Duration::from_millis(500);
/// How long a farewell may take to reach the wire.
const FAREWELL: Duration = Duration::from_millis(300);
/// A lease's lifetime until a coordinator says another one.
const DEFAULT_TTL: Duration = Duration::from_secs(60);

/// Runs an agent until `shutdown`.
pub(crate) async fn run(
    work: Arc<dyn Work>,
    coordinator: &Coordinator,
    activity: watch::Sender<Activity>,
    shutdown: CancellationToken,
) -> Result<(), Error> {
    let introduction = work.introduction();
    let route = Route::to(coordinator)?;
    let (key, identity) = Identity::new(coordinator, &introduction.agent_id)?;
    let (never, nothing) = watch::channel(0);
    let (renewed, renewing) = match coordinator {
        Coordinator::Secure { address, member } => {
            (member.renewed(), Renewing::Of(keep_renewed(Arc::clone(member), address.clone())))
        }
        Coordinator::At { .. } | Coordinator::InProcess(_) => (nothing, Renewing::Nothing),
    };
    let jobs = Jobs::new(work, route.clone(), renewed.clone(), identity.clone());
    let (sender, events) = mpsc::channel(64);
    let control = tokio::spawn(control::run(route, identity, sender, renewed));
    let ended = tokio::select! {
        ended = Session::new(introduction, jobs, key, activity).run(events, shutdown) => ended,
        error = renewing.failed() => Err(error),
    };
    control.abort();
    drop(never);
    ended
}

/// Whether there is a certificate to renew.
enum Renewing<F> {
    Of(F),
    Nothing,
}

impl<F: Future<Output = Error>> Renewing<F> {
    /// Why it cannot be renewed any more; never, where there is none.
    async fn failed(self) -> Error {
        match self {
            Self::Of(renewing) => renewing.await,
            Self::Nothing => std::future::pending().await,
        }
    }
}

struct Session {
    introduction: Introduction,
    jobs: Jobs,
    key: SessionKey,
    activity: watch::Sender<Activity>,
    open: Option<Open>,
    /// What could not be sent yet: there was no session.
    unsent: Vec<LeaseReject>,
    lease_ttl: Duration,
    draining: bool,
}

impl Session {
    fn new(introduction: Introduction, jobs: Jobs, key: SessionKey, activity: watch::Sender<Activity>) -> Self {
        let (open, unsent) = (None, Vec::new());
        Self { introduction, jobs, key, activity, open, unsent, lease_ttl: DEFAULT_TTL, draining: false }
    }

    async fn run(mut self, mut events: mpsc::Receiver<Event>, shutdown: CancellationToken) -> Result<(), Error> {
        let mut progress = interval(PROGRESS_EVERY);
        progress.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut give_up: Option<Instant> = None;
        loop {
            if give_up.is_some_and(|at| self.jobs.leases.is_empty() || at <= Instant::now()) {
                return self.leave(events).await;
            }
            let doubt = self.jobs.leases.expire(self.lease_ttl, Instant::now());
            let next_heartbeat = self.open.as_ref().map(Open::next_heartbeat);
            tokio::select! {
                event = events.recv() => match event {
                    Some(event) => self.on_event(event)?,
                    None => return Ok(()),
                },
                ended = self.jobs.next_ended() => self.on_ended(ended),
                () = until(next_heartbeat) => self.heartbeat(),
                _ = progress.tick(), if !self.jobs.leases.is_empty() => {
                    self.jobs.progress().into_iter().for_each(|progress| self.send(FromAgent::Progress(progress)));
                }
                () = until(doubt) => {}
                () = until(give_up) => {}
                () = shutdown.cancelled(), if give_up.is_none() => {
                    self.draining = true;
                    self.send(FromAgent::Drain(DrainNotice {}));
                    give_up = Some(Instant::now() + self.introduction.drain_timeout);
                }
            }
        }
    }

    /// Gives back what is not finished, and waits a moment for that to reach the wire.
    async fn leave(mut self, mut events: mpsc::Receiver<Event>) -> Result<(), Error> {
        for job in self.jobs.leases.jobs() {
            self.send(FromAgent::Reject(reject(job, Reason::Draining, "the agent is shutting down")));
        }
        self.jobs.abort_all();
        if self.open.take().is_some() {
            // The session ends when the coordinator has read all of it.
            let ended = async { while !matches!(events.recv().await, None | Some(Event::Lost(_))) {} };
            let _ = tokio::time::timeout(FAREWELL, ended).await;
        }
        self.activity.send_modify(|activity| {
            activity.connected = false;
            activity.running = 0;
        });
        Ok(())
    }

    fn on_event(&mut self, event: Event) -> Result<(), Error> {
        match event {
            Event::Opening(sender, reset) => {
                let mut open = Open::new(sender, reset, self.jobs.leases.jobs(), Instant::now());
                let hello = self.hello();
                let ready = hello.running.iter().filter(|running| running.spooled.is_some());
                open.ready = ready.filter_map(|running| running.job.clone()).collect();
                open.send(FromAgent::Hello(hello));
                self.open = Some(open);
            }
            Event::Message(message) => match message.message {
                Some(ToAgent::Welcome(welcome)) => self.on_welcome(&welcome)?,
                Some(ToAgent::Offer(offer)) => self.on_offer(offer),
                Some(ToAgent::Extended(extended)) => {
                    self.jobs.learn_shares(&extended.shares);
                    self.learn_pace(extended.heartbeat_ms, extended.lease_ttl_ms);
                    // An answer to a heartbeat that named no job is not the answer to a later one that did.
                    if !extended.jobs.is_empty()
                        && let Some(asked) = self.open.as_mut().and_then(Open::answered)
                    {
                        self.jobs.leases.confirm(&extended.jobs, asked);
                    }
                }
                Some(ToAgent::Cancel(cancel)) => {
                    let job = cancel.job.unwrap_or_default();
                    tracing::info!(job = self.jobs.whole_id(&job), reason = cancel.reason, "job cancelled");
                    self.jobs.leases.stop(&job.job_id);
                }
                Some(ToAgent::Drain(_)) => self.draining = true,
                Some(ToAgent::Scan(scan)) => self.jobs.begin(scan),
                Some(ToAgent::Account(account)) => self.jobs.begin_account(account),
                Some(ToAgent::Organization(organization)) => self.jobs.learn(organization),
                None => {}
            },
            // Its jobs go on, and nobody has to hear of it.
            Event::Renewed => self.open = None,
            Event::Lost(reason) => {
                tracing::warn!(reason, "no session");
                self.open = None;
                self.activity.send_modify(|activity| {
                    activity.connected = false;
                    activity.attempts += 1;
                    activity.problem = reason;
                });
            }
            Event::Refused(error) => return Err(error),
        }
        Ok(())
    }

    fn hello(&self) -> Hello {
        let Introduction { agent_id, build, capacity, home_region, own_account, pack_digest, .. } =
            self.introduction.clone();
        Hello {
            agent_id,
            build,
            proto_min: PROTOCOL_VERSIONS.0,
            proto_max: PROTOCOL_VERSIONS.1,
            capacity: u32::try_from(capacity).unwrap_or(u32::MAX),
            pack_digest,
            running: self.jobs.leases.running().into_iter().chain(self.jobs.ready()).collect(),
            home_region,
            own_account,
        }
    }

    fn on_welcome(&mut self, welcome: &Welcome) -> Result<(), Error> {
        if !(PROTOCOL_VERSIONS.0..=PROTOCOL_VERSIONS.1).contains(&welcome.proto) {
            let (oldest, newest) = PROTOCOL_VERSIONS;
            let detail = format!("it speaks protocol {}, this agent {oldest} to {newest}", welcome.proto);
            return Err(Error::Incompatible(detail));
        }
        self.jobs.learn_key(&welcome.redaction_key);
        self.jobs.forget_shares();
        let Some(open) = &mut self.open else { return Ok(()) };
        let asked = open.welcome(welcome, &self.introduction.agent_id);
        if welcome.lease_ttl_ms > 0 {
            self.lease_ttl = Duration::from_millis(welcome.lease_ttl_ms.into());
        }
        let limits = open.limits();
        // Jobs that were offered since the hello are nobody else's.
        for held in std::mem::take(&mut open.resumed) {
            let goes_on = granted(welcome, &held).is_some_and(|job| self.jobs.leases.renew(job, asked));
            if !goes_on {
                self.jobs.leases.stop(&held.job_id);
            }
        }
        let ready = std::mem::take(&mut open.ready);
        ready.iter().for_each(|ready| self.on_decided(ready, granted(welcome, ready), limits));
        tracing::info!(epoch = welcome.coordinator_epoch, "session opened");
        self.key.set(&welcome.session_id);
        self.activity.send_modify(|activity| {
            activity.connected = true;
            activity.attempts = 0;
            activity.problem.clear();
        });
        for reject in std::mem::take(&mut self.unsent) {
            self.send(FromAgent::Reject(reject));
        }
        if self.draining {
            self.send(FromAgent::Drain(DrainNotice {}));
        }
        Ok(())
    }

    /// What is on disk of a job is delivered under the lease that was granted for it, or deleted: somebody else has it, it is
    /// committed, or its scan is over.
    fn on_decided(&mut self, ready: &JobRef, granted: Option<&JobRef>, limits: Limits) {
        let id = ready.job_id.parse::<JobId>().ok().filter(|id| !self.jobs.leases.contains(id.as_str()));
        match granted.cloned().zip(id) {
            Some((job, id)) => {
                self.jobs.deliver(id, job, limits);
                self.activity.send_modify(|activity| activity.running += 1);
            }
            None => {
                let job = self.jobs.whole_id(ready);
                tracing::info!(job, "nobody wants what was kept on disk of the job");
                self.jobs.forget(ready);
            }
        }
    }

    /// The coordinator says how often it wants to hear of its agents, which depends on how many there are.
    fn learn_pace(&mut self, heartbeat_ms: u32, lease_ttl_ms: u32) {
        if let Some(open) = self.open.as_mut().filter(|_| heartbeat_ms > 0) {
            open.beat_every(heartbeat_ms, &self.introduction.agent_id, Instant::now());
        }
        if lease_ttl_ms > 0 {
            self.lease_ttl = Duration::from_millis(lease_ttl_ms.into());
        }
    }

    fn on_offer(&mut self, offer: LeaseOffer) {
        self.jobs.learn_shares(&offer.shares);
        let job = offer.job.clone().unwrap_or_default();
        let Ok(id) = job.job_id.parse::<JobId>() else {
            self.send(FromAgent::Reject(reject(job, Reason::BadSpec, "the job's id is not one")));
            return;
        };
        let Some(offer) = self.jobs.complete(offer) else {
            let detail = "what the scan's jobs have in common did not reach this agent";
            self.send(FromAgent::Reject(reject(job, Reason::AgentTrouble, detail)));
            return;
        };
        // A second grant of a job that runs here: it goes on, under the newer fence.
        if self.jobs.leases.renew(&job, Instant::now()) {
            self.send(FromAgent::Accept(LeaseAccept { job: Some(job) }));
            return;
        }
        // Another attempt at a job that runs here: what runs can never be committed, and takes the new one's place.
        self.jobs.leases.stop(id.as_str());
        let is_full = self.jobs.leases.len() >= self.introduction.capacity;
        let refusal = if self.draining {
            Some((Reason::Draining, "the agent is draining".to_owned()))
        } else if self.jobs.leases.contains(id.as_str()) || is_full {
            Some((Reason::Busy, "the agent has enough to do".to_owned()))
        } else {
            let knows = offer.spec.as_ref().is_some_and(|spec| self.jobs.knows_organization(&spec.scan_id));
            offer::refusal(&offer, knows)
        };
        if let Some((reason, detail)) = refusal {
            self.send(FromAgent::Reject(reject(job, reason, &detail)));
            return;
        }
        let Some(limits) = self.open.as_ref().map(Open::limits) else { return };
        self.send(FromAgent::Accept(LeaseAccept { job: Some(job.clone()) }));
        self.jobs.start(id, job, offer, limits);
        self.activity.send_modify(|activity| activity.running += 1);
    }

    fn on_ended(&mut self, ended: Ended) {
        let Ended { job, progress, result } = ended;
        // What a commit cost stands in it.
        if let Some(progress) = progress.filter(|_| result.is_err()) {
            self.send(FromAgent::Progress(progress));
        }
        let id = self.jobs.whole_id(&job);
        self.activity.send_modify(|activity| {
            activity.running = activity.running.saturating_sub(1);
            match &result {
                Ok(()) => activity.committed += 1,
                Err(_) => activity.failed += 1,
            }
        });
        // Nobody was there to deliver it to: it waits on disk, and the next hello names it.
        let is_over = matches!(result, Err(work::Error::Deadline(_)));
        if is_over && !self.open.as_ref().is_some_and(Open::is_welcome) && self.jobs.is_ready(&job) {
            tracing::warn!(job = id, "no coordinator for all of the job's time: what was found waits on disk");
            return;
        }
        self.jobs.forget(&job);
        match result {
            Ok(()) => tracing::debug!(job = id, "job committed"),
            // Somebody else has the job, or nobody wants it any more: there is nothing to say.
            Err(error @ (work::Error::Stopped | work::Error::Upload(UploadError::Lost(_)))) => {
                tracing::info!(job = id, %error, "job given up");
            }
            Err(error) => {
                tracing::warn!(job = id, %error, "job failed");
                let reason = match error {
                    work::Error::AgentTrouble(_) => Reason::AgentTrouble,
                    work::Error::UnsupportedPack(_) => Reason::UnsupportedPack,
                    // Nothing is wrong with the job: it is to be done again.
                    work::Error::Spool(_) => Reason::Busy,
                    _ => Reason::Failed,
                };
                let reject = reject(job, reason, &error.to_string());
                match &self.open {
                    Some(open) if open.is_welcome() => self.send(FromAgent::Reject(reject)),
                    _ => self.unsent.push(reject),
                }
            }
        }
    }

    fn heartbeat(&mut self) {
        if self.open.as_ref().is_some_and(Open::is_welcome) {
            self.jobs.leases.stop_lapsed(self.lease_ttl, Instant::now());
        }
        let running = self.jobs.leases.jobs();
        if let Some(open) = &mut self.open {
            open.heartbeat(Heartbeat { running }, Instant::now());
        }
    }

    fn send(&mut self, message: FromAgent) {
        if let Some(open) = &mut self.open {
            open.send(message);
        }
    }
}

fn reject(job: JobRef, reason: Reason, detail: &str) -> LeaseReject {
    LeaseReject { job: Some(job), reason: reason as i32, detail: detail.to_owned() }
}

/// The lease that a welcome grants for a job that hello named.
fn granted<'a>(welcome: &'a Welcome, named: &JobRef) -> Option<&'a JobRef> {
    let is_of = |decision: &&JobDecision| decision.job.as_ref().is_some_and(|job| job.job_id == named.job_id);
    let decision = welcome.decisions.iter().find(is_of)?;
    decision.job.as_ref().filter(|_| decision.decision() == Decision::Continue)
}

async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
