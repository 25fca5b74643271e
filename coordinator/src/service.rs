//! The coordinator as a component: `Service` serves agents, `Handle` starts scans, goes on with them, and watches them.

use std::sync::Arc;
use std::time::Duration;

use plumbline_baseline::pack::{Pack, Source};
use plumbline_baseline::{AgentId, JobId, ScanId};
use plumbline_identity::OperatorName;
use plumbline_proto::agent_v1::Organization;
use plumbline_telemetry::Registry;
use tokio::sync::{broadcast, watch};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::board::{Pace, Timers};
use crate::clock::Clock;
use crate::dispatch::{Dispatch, TICK};
use crate::floor::Floor;
use crate::forecast::Forecast;
use crate::grpc::{self, Beside, PackFiles, Terms};
use crate::joining::{self, ByRole};
use crate::listener::Listener;
use crate::plan::Plan;
use crate::progress::{Census, ScanProgress};
use crate::scan::Scan;
use crate::spec::{self, ScanStart};
use crate::store::{self, Act, GivenUp, Revoked, ScanEnd, Store, With, record};

/// How long a coordinator that was stopped waits for the store's last answers.
const LAST_WRITES: Duration = Duration::from_secs(2);
/// How long agents have at least to come back after a restart: they try again for a minute at the longest.
const LEAST_GRACE: Duration = Duration::from_secs(120);

/// The settings of a coordinator.
#[derive(Clone)]
pub struct Options {
    /// Where results are kept.
    pub store: Store,
    /// By which what all jobs found is judged: the pack that the scan was planned with.
    pub pack: Arc<Pack>,
    /// The files of that pack, which agents of another one are given; without them the built-in ones.
    pub sources: Option<Arc<[Source]>>,
    /// Between two heartbeats of an agent; longer where there are so many that more than some 500 a second would come, four
    /// times as long at most. The lifetime of leases grows with it.
    pub heartbeat: Duration,
    /// A lease that is not extended ends after this; at least three heartbeats.
    pub lease_ttl: Duration,
    /// A job that is not committed after this is taken away. One that needed longer before, or used it up, has more, four
    /// times as much at most.
    pub job_deadline: Duration,
    /// Attempts that end in failure before a job is given up.
    pub max_attempts: u32,
    /// How long all agents may be in trouble of their own (no credentials, no network) before the rest of the scan is
    /// given up.
    pub patience: Duration,
    /// Below which free space no job is given out.
    pub floor: Floor,
    /// Where it is counted what happens.
    pub registry: Arc<Registry>,
    /// The deployment's key for hashes of secrets, 32 bytes, which agents are told; empty for what each agent has.
    pub redaction_key: Vec<u8>,
    /// Who joins by AWS identity, if anybody does.
    pub by_role: Option<Arc<ByRole>>,
    /// Failures to join from one address, in a minute, after which it is not heard for a while.
    pub failed_joins: u32,
}

impl Options {
    /// The defaults around a store, with the embedded pack.
    pub fn new(store: Store) -> Self {
        Self {
            store,
            pack: Arc::clone(Pack::embedded()),
            sources: None,
            heartbeat: Duration::from_secs(15),
            lease_ttl: Duration::from_secs(60),
            job_deadline: Duration::from_secs(45 * 60),
            max_attempts: 3,
            patience: Duration::from_secs(10 * 60),
            floor: Floor::none(),
            registry: Arc::new(Registry::new()),
            redaction_key: Vec::new(),
            by_role: None,
            failed_joins: joining::HEARD,
        }
    }
}

/// Why a coordinator or a scan ended early.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The listener failed.
    #[error("serve agents: {0}")]
    Listener(String),
    /// The store failed.
    #[error("store results: {0}")]
    Store(#[from] store::Error),
    /// The plan names something that has no valid id.
    #[error("plan the scan: {0}")]
    Plan(#[from] plumbline_baseline::id::Invalid),
    /// The coordinator was stopped.
    #[error("finish the scan: the coordinator was stopped")]
    Stopped,
}

/// A coordinator that is ready to serve.
pub struct Service {
    dispatch: Arc<Dispatch>,
    options: Options,
    beside: Option<Beside>,
}

/// Starts scans and watches them. Cheap to clone.
#[derive(Clone)]
pub struct Handle {
    dispatch: Arc<Dispatch>,
    /// How long agents of an earlier process may take to come back with what they hold.
    grace: Duration,
}

impl Service {
    /// A coordinator and the handle to use it.
    pub fn new(options: Options) -> (Self, Handle) {
        let pace = Pace { heartbeat: options.heartbeat, lease_ttl: options.lease_ttl };
        let timers = Timers { pace, deadline: options.job_deadline, max_attempts: options.max_attempts };
        let (store, pack) = (options.store.clone(), Arc::clone(&options.pack));
        let dispatch = Dispatch::new(store, pack, timers, options.patience, Clock::system());
        let dispatch = dispatch.with_floor(options.floor.clone()).with_registry(Arc::clone(&options.registry));
        let dispatch = Arc::new(dispatch);
        let grace = (2 * options.lease_ttl).max(LEAST_GRACE);
        (Self { dispatch: Arc::clone(&dispatch), options, beside: None }, Handle { dispatch, grace })
    }

    /// Serves this over TLS, too.
    #[must_use]
    pub fn with_beside(self, beside: Beside) -> Self {
        Self { beside: Some(beside), ..self }
    }

    /// Serves agents until `shutdown` is cancelled. What is in flight then is not stored, and reads as not run.
    ///
    /// # Errors
    /// When the listener or the store fails.
    pub async fn run(self, listener: Listener, shutdown: CancellationToken) -> Result<(), Error> {
        self.run_on(vec![listener], shutdown).await
    }

    /// The same, for agents that connect in several ways.
    ///
    /// # Errors
    /// When a listener or the store fails.
    pub async fn run_on(self, listeners: Vec<Listener>, shutdown: CancellationToken) -> Result<(), Error> {
        // Nobody is let in before it is known who is banned.
        let banned = self.options.store.banned();
        let epoch = match banned {
            Ok(banned) => {
                self.dispatch.admission().learn(banned);
                self.options.store.next_epoch().await
            }
            Err(error) => Err(error),
        };
        let epoch = match epoch {
            Ok(epoch) => epoch,
            Err(error) => {
                // Whoever waits for a scan would wait for ever.
                self.dispatch.store_failed(error.clone());
                return Err(error.into());
            }
        };
        let terms = Terms {
            epoch,
            redaction_key: self.options.redaction_key.clone(),
            pack_files: Arc::new(PackFiles::new(self.options.sources.clone())),
            by_role: self.options.by_role.clone(),
            failed_joins: self.options.failed_joins,
        };
        let ticking = {
            let (dispatch, shutdown) = (Arc::clone(&self.dispatch), shutdown.clone());
            tokio::spawn(async move {
                let mut ticks = tokio::time::interval(TICK);
                ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
                while !shutdown.is_cancelled() {
                    ticks.tick().await;
                    dispatch.tick().await;
                }
            })
        };
        let mut serving = JoinSet::new();
        for listener in listeners {
            let beside = self.beside.clone();
            serving.spawn(grpc::serve(listener, Arc::clone(&self.dispatch), terms.clone(), beside, shutdown.clone()));
        }
        let mut served = Ok(());
        while let Some(ended) = serving.join_next().await {
            served = match ended {
                Ok(ended) => ended.map_err(|error| Error::Listener(error.to_string())),
                Err(error) => Err(Error::Listener(error.to_string())),
            };
            // One that fails takes the others along.
            if served.is_err() {
                break;
            }
        }
        ticking.abort();
        // What was asked of the store is done; its answers are counted as long as that does not keep anybody waiting.
        self.dispatch.finish_tasks(LAST_WRITES).await;
        served
    }
}

impl Handle {
    /// Stores a planned scan and begins to lease its jobs.
    ///
    /// # Errors
    /// When the plan names something without a valid id, or the store fails.
    pub async fn start_scan(&self, plan: &Plan, start: &ScanStart) -> Result<(), Error> {
        self.start_scan_of(plan, start, None, None).await
    }

    /// The same, for the fire of a schedule, or because somebody asked for it: that is on record in the commit that stores
    /// the scan.
    ///
    /// # Errors
    /// When the fire is on record already, the plan names something without a valid id, or the store fails.
    pub async fn start_scan_of(
        &self,
        plan: &Plan,
        start: &ScanStart,
        fire: Option<record::Fire>,
        act: Option<Act>,
    ) -> Result<(), Error> {
        let fire = fire.map(|fire| record::Fire { scan: start.scan.to_string(), ..fire });
        let (mut record, jobs) = spec::records(plan, start);
        let organization = spec::organization(plan, start);
        let premises = spec::premises(self.dispatch.pack(), plan, organization.as_ref(), record.keeps_documents());
        record.premises = self.dispatch.store().put_premises(&premises).await?;
        let external_ids = plan.accounts.iter().map(|planned| planned.external_id.clone()).collect();
        let (scan, order) = Scan::new(record.clone(), &jobs)?;
        let scan = scan.with_external_ids(external_ids).with_organization(organization);
        let in_common = spec::in_common(&scan);
        let scan = scan.with_in_common(in_common).traced();
        let forecast = self.forecast(&scan, &order).await;
        let with = With { fire, act, governance: start.governance.clone() };
        let night = self.dispatch.store().create_scan_of(record, jobs, with).await?;
        self.dispatch.begin(scan.with_night(night), &order, &forecast);
        Ok(())
    }

    /// Goes on with a scan that an earlier process left: what is stored stays, and agents that hold jobs of it have some
    /// time to come back with them, unless they are known to be gone. `external_id` is what the role of an account that is
    /// not the caller's asks for.
    ///
    /// # Errors
    /// When there is no such scan, a later one was planned since, or the store fails.
    pub async fn resume_scan(
        &self,
        scan: &ScanId,
        external_id: &str,
        given_up: GivenUp,
        is_gone: impl Fn(&AgentId) -> bool,
    ) -> Result<(), Error> {
        let (record, jobs) = self.dispatch.store().resume_scan(scan, given_up).await?;
        let premises = self.dispatch.store().premises(&record.premises)?;
        let told = premises.and_then(|premises| premises.organization);
        let organization = told.map(|known| Organization { scan_id: String::from(scan), ..known });
        let of_role = |account: &record::Account| match account.role_arn.is_empty() {
            true => String::new(),
            false => external_id.to_owned(),
        };
        let external_ids = record.accounts.iter().map(of_role).collect();
        let (scan, order) = Scan::new(record, &jobs)?;
        let scan = scan.with_external_ids(external_ids).with_organization(organization);
        let in_common = spec::in_common(&scan);
        let forecast = self.forecast(&scan, &order).await;
        self.dispatch.resume(scan.with_in_common(in_common).traced(), &order, &jobs, &forecast, self.grace, is_gone);
        Ok(())
    }

    /// What the jobs of a scan are expected to take. Read beside whatever else there is to do: a large organization has a
    /// hundred thousand. No scan fails for want of it.
    async fn forecast(&self, scan: &Scan, jobs: &[JobId]) -> Forecast {
        let (store, places) = (self.dispatch.store().clone(), scan.places_of(jobs));
        let forecast = move || store.took(places).map(|nights| Forecast::of(&nights));
        match tokio::task::spawn_blocking(forecast).await {
            Ok(Ok(forecast)) => forecast,
            // A store that cannot be read any more says so to whoever needs it.
            Ok(Err(error)) => {
                tracing::warn!(%error, "what earlier nights took is not known");
                Forecast::default()
            }
            Err(_) => Forecast::default(),
        }
    }

    /// Watches how far a scan has come; `None` when it does not run.
    pub fn progress(&self, scan: &ScanId) -> Option<watch::Receiver<ScanProgress>> {
        self.dispatch.progress(scan)
    }

    /// The scans that run, the oldest first, and how far each has come.
    pub fn running(&self) -> Vec<(ScanId, ScanProgress)> {
        self.dispatch.running()
    }

    /// What there is of jobs and agents.
    pub fn census(&self) -> Census {
        self.dispatch.census()
    }

    /// The store that all is kept in.
    pub fn store(&self) -> &Store {
        self.dispatch.store()
    }

    /// Whether the store failed: nothing goes on after that.
    pub fn failure(&self) -> Option<store::Error> {
        self.dispatch.fatal().borrow().clone()
    }

    /// Ready when the store fails, with why.
    pub async fn failed(&self) -> Error {
        match self.dispatch.fatal().wait_for(Option::is_some).await {
            Ok(failed) => failed.clone().map_or(Error::Stopped, Error::Store),
            Err(_) => Error::Stopped,
        }
    }

    /// Gives up what has not ended of a scan: its rows say why.
    pub async fn cancel_scan(&self, scan: &ScanId, reason: &str) {
        self.dispatch.give_up_rest(scan, ScanEnd::Stopped(reason.to_owned())).await;
    }

    /// Waits until every job of a scan has ended, one way or the other.
    ///
    /// # Errors
    /// When the store fails, which ends all scans; or this one does not run.
    pub async fn wait(&self, scan: &ScanId) -> Result<ScanProgress, Error> {
        let mut progress = self.dispatch.progress(scan).ok_or(Error::Stopped)?;
        let mut fatal = self.dispatch.fatal();
        tokio::select! {
            figures = progress.wait_for(ScanProgress::is_done) => figures.map(|figures| *figures).map_err(|_| Error::Stopped),
            failed = fatal.wait_for(Option::is_some) => match failed {
                Ok(failed) => Err(failed.clone().map_or(Error::Stopped, Error::Store)),
                Err(_) => Err(Error::Stopped),
            },
        }
    }

    /// Bans an agent: on record, and within a second in effect. False when it was banned before.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn ban(&self, agent: &AgentId, actor: &str, reason: &str) -> Result<bool, Error> {
        let time = self.dispatch.wall_time();
        let is_new = self.dispatch.store().ban(agent, actor, reason, &time).await?;
        self.dispatch.ban(agent);
        Ok(is_new)
    }

    /// Revokes an operator: on record, and at once in effect.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn revoke_operator(&self, name: &OperatorName, actor: &str, reason: &str) -> Result<Revoked, Error> {
        let time = self.dispatch.wall_time();
        let revoked = self.dispatch.store().revoke_operator(name, actor, reason, &time).await?;
        if revoked != Revoked::Unknown {
            self.dispatch.admission().revoke(name);
        }
        Ok(revoked)
    }

    /// Gives up what has not ended of a scan because somebody asked for it; that goes on record first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn cancel_for(&self, scan: &ScanId, who: &str) -> Result<(), Error> {
        let act = Act {
            time: self.dispatch.wall_time(),
            actor: who.to_owned(),
            action: "scan.cancelled",
            subject: scan.to_string(),
            detail: String::new(),
        };
        self.dispatch.store().record_act(act).await?;
        self.cancel_scan(scan, &format!("it was cancelled by {who}")).await;
        Ok(())
    }

    pub(crate) fn dispatch(&self) -> &Dispatch {
        &self.dispatch
    }

    /// What the user should know while the scan runs, as it comes up: that no agent is there, or which is in trouble.
    pub fn notices(&self) -> broadcast::Receiver<String> {
        self.dispatch.notices()
    }

    /// Marks how a scan ended, whichever way it did, and forgets it. A scan of which the rest was given up did not complete.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn finish_scan(&self, scan: &ScanId, finished: &str, end: ScanEnd) -> Result<(), Error> {
        let end = match self.dispatch.given_up(scan) {
            Some(early) if end == ScanEnd::Complete => early,
            _ => end,
        };
        self.dispatch.end(scan);
        Ok(self.dispatch.store().finish_scan(scan, finished, end).await?)
    }
}
