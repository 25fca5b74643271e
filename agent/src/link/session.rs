//! What is said on the control stream: hello, heartbeats, offers, progress, drain. Runs the jobs that it accepts, and
//! keeps them across sessions.

mod offer;
mod open;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use plumbline_proto::PROTOCOL_VERSIONS;
use plumbline_proto::agent_v1::agent_message::Message as Say;
use plumbline_proto::agent_v1::coordinator_message::Message as Hear;
use plumbline_proto::agent_v1::job_decision::Decision;
use plumbline_proto::agent_v1::lease_reject::Reason;
use plumbline_proto::agent_v1::{
    DrainNotice, Heartbeat, Hello, JobRef, LeaseAccept, LeaseOffer, LeaseReject, Progress as ProgressMessage, Welcome,
};
use tokio::sync::{mpsc, watch};
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;

use super::channel::endpoint;
use super::lease::Leases;
use super::transport::{self, Event};
use super::upload::{Error as UploadError, Limits, Upload};
use crate::job::{self, Worker};
use crate::progress::Progress;
use crate::service::{Activity, Error};
use open::Open;

/// How often progress is told.
const PROGRESS_EVERY: Duration = Duration::from_millis(500);
/// How long a farewell may take to reach the wire.
const FAREWELL: Duration = Duration::from_millis(300);
/// A lease's lifetime until a coordinator says another one.
const DEFAULT_TTL: Duration = Duration::from_secs(60);

/// Runs an agent until `shutdown`.
pub(crate) async fn run(
    worker: Arc<Worker>,
    activity: watch::Sender<Activity>,
    shutdown: CancellationToken,
) -> Result<(), Error> {
    let endpoint = endpoint(&worker.options().coordinator)?;
    let uploads = endpoint.connect_lazy();
    let (sender, events) = mpsc::channel(64);
    let transport = tokio::spawn(transport::run(endpoint, sender));
    let ended = Session::new(worker, uploads, activity).run(events, shutdown).await;
    transport.abort();
    ended
}

/// How a job ended.
type Ended = (String, Result<(), job::Error>);

struct Session {
    worker: Arc<Worker>,
    uploads: Channel,
    activity: watch::Sender<Activity>,
    leases: Leases,
    jobs: JoinSet<Ended>,
    task_jobs: HashMap<Id, String>,
    progress: HashMap<String, Arc<Progress>>,
    open: Option<Open>,
    /// What could not be said yet: there was no session.
    unsaid: Vec<LeaseReject>,
    lease_ttl: Duration,
    draining: bool,
}

impl Session {
    fn new(worker: Arc<Worker>, uploads: Channel, activity: watch::Sender<Activity>) -> Self {
        Self {
            worker,
            uploads,
            activity,
            leases: Leases::default(),
            jobs: JoinSet::new(),
            task_jobs: HashMap::new(),
            progress: HashMap::new(),
            open: None,
            unsaid: Vec::new(),
            lease_ttl: DEFAULT_TTL,
            draining: false,
        }
    }

    async fn run(mut self, mut events: mpsc::Receiver<Event>, shutdown: CancellationToken) -> Result<(), Error> {
        let mut progress = interval(PROGRESS_EVERY);
        progress.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut give_up: Option<Instant> = None;
        loop {
            if give_up.is_some_and(|at| self.leases.is_empty() || at <= Instant::now()) {
                return self.leave(events).await;
            }
            let doubt = self.leases.expire(self.lease_ttl, Instant::now());
            let next_heartbeat = self.open.as_ref().map(Open::next_heartbeat);
            tokio::select! {
                event = events.recv() => match event {
                    Some(event) => self.on_event(event)?,
                    None => return Ok(()),
                },
                Some(ended) = self.jobs.join_next_with_id(), if !self.jobs.is_empty() => self.on_ended(ended),
                () = until(next_heartbeat) => self.heartbeat(),
                _ = progress.tick(), if !self.leases.is_empty() => self.tell_progress(),
                () = until(doubt) => {}
                () = until(give_up) => {}
                () = shutdown.cancelled(), if give_up.is_none() => {
                    self.draining = true;
                    self.say(Say::Drain(DrainNotice {}));
                    give_up = Some(Instant::now() + self.worker.options().drain_timeout);
                }
            }
        }
    }

    /// Gives back what is not finished, and waits a moment for that to reach the wire.
    async fn leave(mut self, mut events: mpsc::Receiver<Event>) -> Result<(), Error> {
        for job in self.leases.jobs() {
            self.say(Say::Reject(reject(job, Reason::Draining, "the agent is shutting down")));
        }
        self.leases.stop_all();
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
                let mut open = Open::new(sender, reset, self.leases.jobs(), Instant::now());
                open.say(Say::Hello(self.hello()));
                self.open = Some(open);
            }
            Event::Message(message) => match message.message {
                Some(Hear::Welcome(welcome)) => self.on_welcome(&welcome)?,
                Some(Hear::Offer(offer)) => self.on_offer(offer),
                Some(Hear::Extended(extended)) => {
                    // An answer to a heartbeat that named no job is not the answer to a later one that did.
                    if !extended.jobs.is_empty()
                        && let Some(asked) = self.open.as_mut().and_then(Open::answered)
                    {
                        self.leases.confirm(&extended.jobs, asked);
                    }
                }
                Some(Hear::Cancel(cancel)) => {
                    let job = cancel.job.unwrap_or_default();
                    tracing::info!(job = job.job_id, reason = cancel.reason, "job cancelled");
                    self.leases.stop(&job.job_id);
                }
                Some(Hear::Drain(_)) => self.draining = true,
                None => {}
            },
            Event::Lost(reason) => {
                tracing::warn!(reason, "session lost");
                self.open = None;
                self.activity.send_modify(|activity| activity.connected = false);
            }
        }
        Ok(())
    }

    fn hello(&self) -> Hello {
        let options = self.worker.options();
        Hello {
            agent_id: options.agent_id.clone(),
            build: options.build.clone(),
            proto_min: PROTOCOL_VERSIONS.0,
            proto_max: PROTOCOL_VERSIONS.1,
            capacity: u32::try_from(options.capacity).unwrap_or(u32::MAX),
            pack_digest: self.worker.pack_digest().to_owned(),
            running: self.leases.running(),
            home_region: options.home_region.clone().unwrap_or_default(),
        }
    }

    fn on_welcome(&mut self, welcome: &Welcome) -> Result<(), Error> {
        if !(PROTOCOL_VERSIONS.0..=PROTOCOL_VERSIONS.1).contains(&welcome.proto) {
            let (oldest, newest) = PROTOCOL_VERSIONS;
            let detail = format!("it speaks protocol {}, this agent {oldest} to {newest}", welcome.proto);
            return Err(Error::Incompatible(detail));
        }
        let Some(open) = &mut self.open else { return Ok(()) };
        let asked = open.welcome(welcome, &self.worker.options().agent_id);
        if welcome.lease_ttl_ms > 0 {
            self.lease_ttl = Duration::from_millis(welcome.lease_ttl_ms.into());
        }
        // Jobs that were offered since the hello are nobody else's.
        for held in std::mem::take(&mut open.resumed) {
            let decision = welcome
                .decisions
                .iter()
                .find(|decision| decision.job.as_ref().is_some_and(|job| job.job_id == held.job_id));
            let goes_on = decision.is_some_and(|decision| {
                let job = decision.job.as_ref();
                decision.decision() == Decision::Continue && job.is_some_and(|job| self.leases.renew(job, asked))
            });
            if !goes_on {
                self.leases.stop(&held.job_id);
            }
        }
        tracing::info!(session = welcome.session_id, epoch = welcome.coordinator_epoch, "session opened");
        self.activity.send_modify(|activity| activity.connected = true);
        for reject in std::mem::take(&mut self.unsaid) {
            self.say(Say::Reject(reject));
        }
        if self.draining {
            self.say(Say::Drain(DrainNotice {}));
        }
        Ok(())
    }

    fn on_offer(&mut self, offer: LeaseOffer) {
        let job = offer.job.clone().unwrap_or_default();
        // A second grant of a job that runs here: it goes on, under the newer fence.
        if self.leases.renew(&job, Instant::now()) {
            self.say(Say::Accept(LeaseAccept { job: Some(job) }));
            return;
        }
        // Another attempt at a job that runs here: what runs can never be committed, and takes the new one's place.
        self.leases.stop(&job.job_id);
        let is_full = self.leases.len() >= self.worker.options().capacity;
        let refusal = if self.draining {
            Some((Reason::Draining, "the agent is draining".to_owned()))
        } else if self.leases.contains(&job.job_id) || is_full {
            Some((Reason::Busy, "the agent has enough to do".to_owned()))
        } else {
            offer::refusal(&offer, self.worker.pack_digest())
        };
        if let Some((reason, detail)) = refusal {
            self.say(Say::Reject(reject(job, reason, &detail)));
            return;
        }
        let Some(limits) = self.open.as_ref().map(Open::limits) else { return };
        self.say(Say::Accept(LeaseAccept { job: Some(job.clone()) }));
        self.start(job, offer, limits);
    }

    fn start(&mut self, job: JobRef, offer: LeaseOffer, limits: Limits) {
        let id = job.job_id.clone();
        let lease = self.leases.add(job, Instant::now());
        let progress = Arc::new(Progress::default());
        self.progress.insert(id.clone(), Arc::clone(&progress));
        let upload = Upload::new(self.uploads.clone(), lease.clone(), limits);
        let worker = Arc::clone(&self.worker);
        let name = id.clone();
        let task = self.jobs.spawn(async move {
            let stop = lease.stop.clone();
            let ended = tokio::select! {
                ended = worker.run(offer, lease, upload, progress) => ended,
                () = stop.cancelled() => Err(job::Error::Stopped),
            };
            (name, ended)
        });
        self.task_jobs.insert(task.id(), id);
        self.activity.send_modify(|activity| activity.running += 1);
    }

    fn on_ended(&mut self, ended: Result<(Id, Ended), JoinError>) {
        let (task, result) = match ended {
            Ok((task, (_, result))) => (task, result),
            Err(error) => (error.id(), Err(job::Error::Panicked)),
        };
        let Some(id) = self.task_jobs.remove(&task) else { return };
        if let Some(progress) = self.progress.remove(&id) {
            self.tell(&id, &progress);
        }
        let job = self.leases.remove(&id).unwrap_or_default();
        self.activity.send_modify(|activity| {
            activity.running = activity.running.saturating_sub(1);
            match &result {
                Ok(()) => activity.committed += 1,
                Err(_) => activity.failed += 1,
            }
        });
        match result {
            Ok(()) => tracing::debug!(job = id, "job committed"),
            // Somebody else has the job, or nobody wants it any more: there is nothing to say.
            Err(error @ (job::Error::Stopped | job::Error::Upload(UploadError::Lost(_)))) => {
                tracing::info!(job = id, %error, "job given up");
            }
            Err(error) => {
                tracing::warn!(job = id, %error, "job failed");
                let reject = reject(job, Reason::Failed, &error.to_string());
                match &self.open {
                    Some(open) if open.is_welcome() => self.say(Say::Reject(reject)),
                    _ => self.unsaid.push(reject),
                }
            }
        }
    }

    fn heartbeat(&mut self) {
        if self.open.as_ref().is_some_and(Open::is_welcome) {
            self.leases.stop_lapsed(self.lease_ttl, Instant::now());
        }
        let running = self.leases.jobs();
        if let Some(open) = &mut self.open {
            open.heartbeat(Heartbeat { running }, Instant::now());
        }
    }

    fn tell_progress(&mut self) {
        let told: Vec<(String, Arc<Progress>)> =
            self.progress.iter().map(|(id, progress)| (id.clone(), Arc::clone(progress))).collect();
        for (id, progress) in told {
            self.tell(&id, &progress);
        }
    }

    fn tell(&mut self, id: &str, progress: &Progress) {
        let Some(job) = self.leases.job(id) else { return };
        let counters = progress.counters();
        self.say(Say::Progress(ProgressMessage {
            job: Some(job),
            calls: counters.calls,
            throttles: counters.throttles,
            failures: counters.failures,
            resources: counters.resources,
            rows: counters.rows,
        }));
    }

    fn say(&mut self, message: Say) {
        if let Some(open) = &mut self.open {
            open.say(message);
        }
    }
}

fn reject(job: JobRef, reason: Reason, detail: &str) -> LeaseReject {
    LeaseReject { job: Some(job), reason: reason as i32, detail: detail.to_owned() }
}

async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
