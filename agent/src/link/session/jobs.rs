//! The jobs that run in this agent: started under a lease, counted while they run, and told of when they end.

use std::collections::HashMap;
use std::sync::Arc;

use plumbline_baseline::JobId;
use plumbline_proto::agent_v1::{
    BudgetShare, JobRef, LeaseOffer, Organization, Progress as ProgressMessage, RunningJob, Scan, ScanAccount, Spooled,
};
use plumbline_proto::recent::Recent;
use plumbline_proto::{reference, spec};
use plumbline_telemetry::propagation::{self, Carrier, TRACEPARENT};
use tokio::sync::watch;
use tokio::task::{Id, JoinSet};
use tokio::time::Instant;
use tonic::transport::Channel;
use tracing::{Instrument as _, Span};

use crate::link::channel::Route;
use crate::link::identity::Identity;
use crate::link::lease::{Lease, Leases};
use crate::link::upload::{Limits, Upload};
use crate::link::work::{self, Ready, Running, Work};
use crate::progress::Progress;

/// How a job ended.
pub(super) struct Ended {
    /// The job, as it was last known.
    pub(super) job: JobRef,
    /// Its last figures.
    pub(super) progress: Option<ProgressMessage>,
    /// What came of it.
    pub(super) result: Result<(), work::Error>,
}

/// All jobs of the agent.
pub(super) struct Jobs {
    work: Arc<dyn Work>,
    route: Route,
    /// The connection for uploads, which shows the certificate that the agent had when it was made: a job goes on with the
    /// one that it began with, for which that is good for long enough.
    uploads: Channel,
    renewed: watch::Receiver<u64>,
    identity: Identity,
    pub(super) leases: Leases,
    tasks: JoinSet<Result<(), work::Error>>,
    names: HashMap<Id, JobId>,
    progress: HashMap<JobId, Arc<Progress>>,
    /// What the jobs of a scan have in common, and those of its accounts, in the order in which they were told.
    scans: Recent<(Scan, Vec<ScanAccount>)>,
    /// The scans of whose organizations the work was told.
    organizations: Recent<()>,
}

impl Jobs {
    /// None yet.
    pub(super) fn new(
        work: Arc<dyn Work>,
        route: Route,
        mut renewed: watch::Receiver<u64>,
        identity: Identity,
    ) -> Self {
        renewed.mark_unchanged();
        Self {
            work,
            uploads: route.connect_lazy(),
            route,
            renewed,
            identity,
            leases: Leases::default(),
            tasks: JoinSet::new(),
            names: HashMap::new(),
            progress: HashMap::new(),
            scans: Recent::default(),
            organizations: Recent::default(),
        }
    }

    /// Tells the work the deployment's key, if the coordinator says one.
    pub(super) fn learn_key(&self, key: &[u8]) {
        if let Ok(key) = <[u8; 32]>::try_from(key) {
            self.work.learn_key(key.into());
        }
    }

    /// Tells the work how much of accounts' budgets is its own.
    pub(super) fn learn_shares(&self, shares: &[BudgetShare]) {
        if !shares.is_empty() {
            self.work.learn_shares(shares);
        }
    }

    /// A session begins: what was said of shares in the one before counts no more.
    pub(super) fn forget_shares(&self) {
        self.work.forget_shares();
    }

    /// Remembers what the jobs of a scan have in common.
    pub(super) fn begin(&mut self, scan: Scan) {
        self.scans.insert(scan.id.clone(), (scan, Vec::new()));
    }

    /// Remembers what the next jobs of an account have in common.
    pub(super) fn begin_account(&mut self, account: ScanAccount) {
        if let Some((_, accounts)) = self.scans.find(|scan| reference::name(scan) == account.scan) {
            accounts.push(account);
        }
    }

    /// A job's whole id, for people: as far as its scan is known.
    pub(super) fn whole_id(&mut self, job: &JobRef) -> String {
        let scan = self.scans.find(|scan| reference::is_of(scan, &job.job_id));
        scan.map_or_else(|| job.job_id.clone(), |(scan, _)| reference::whole(&scan.id, &job.job_id))
    }

    /// An offer with all that it leaves out; none of a scan that this agent was not told of.
    pub(super) fn complete(&mut self, offer: LeaseOffer) -> Option<LeaseOffer> {
        let job = offer.job.as_ref().map_or("", |job| job.job_id.as_str());
        let given = offer.spec.as_ref().map_or("", |spec| spec.scan_id.as_str());
        let unsaid = (Scan::default(), Vec::new());
        let known = self.scans.find(|scan| scan == given || reference::is_of(scan, job));
        let (scan, accounts) = known.map_or(&unsaid, |known| &*known);
        let spec = match offer.spec.clone() {
            Some(spec) => Some(spec::complete(spec, scan, job, accounts)?),
            None => None,
        };
        Some(LeaseOffer { spec, ..offer })
    }

    /// Tells the work of a scan's organization, which its jobs have in common.
    pub(super) fn learn(&mut self, organization: Organization) {
        self.organizations.insert(organization.scan_id.clone(), ());
        self.work.learn(organization);
    }

    /// Whether the work was told of a scan's organization.
    pub(super) fn knows_organization(&mut self, scan: &str) -> bool {
        self.organizations.get(scan).is_some()
    }

    /// Starts a job under the lease that was offered.
    pub(super) fn start(&mut self, id: JobId, job: JobRef, offer: LeaseOffer, limits: Limits) {
        let span = self.span(&id, &job, &offer);
        let work = Arc::clone(&self.work);
        self.spawn(id, job, limits, span, |lease, upload, progress| work.run(offer, lease, upload, progress));
    }

    /// Delivers what is ready of a job, under the lease that was granted for it, which is held since then.
    pub(super) fn deliver(&mut self, id: JobId, job: JobRef, limits: Limits) {
        let span = tracing::info_span!(parent: None, "job", job = %id, attempt = job.attempt);
        let work = Arc::clone(&self.work);
        self.spawn(id, job, limits, span, |lease, upload, _| work.deliver(lease, upload));
    }

    fn spawn(
        &mut self,
        id: JobId,
        job: JobRef,
        limits: Limits,
        span: Span,
        begin: impl FnOnce(Lease, Upload, Arc<Progress>) -> Running,
    ) {
        let lease = self.leases.add(id.clone(), job, Instant::now());
        let progress = Arc::new(Progress::default());
        self.progress.insert(id.clone(), Arc::clone(&progress));
        if self.renewed.has_changed().unwrap_or(false) {
            self.renewed.mark_unchanged();
            self.uploads = self.route.connect_lazy();
        }
        let upload = Upload::new(self.uploads.clone(), self.identity.clone(), lease.clone(), limits);
        let (stop, running) = (lease.stop.clone(), begin(lease, upload, progress));
        let running = async move {
            tokio::select! {
                ended = running => ended,
                () = stop.cancelled() => Err(work::Error::Stopped),
            }
        };
        let task = self.tasks.spawn(running.instrument(span));
        self.names.insert(task.id(), id);
    }

    /// What is ready and does not run: for a hello.
    pub(super) fn ready(&self) -> Vec<RunningJob> {
        let waits = |ready: &Ready| !self.leases.contains(ready.job.job_id.as_str());
        let said = |Ready { job, pack_digest }| RunningJob {
            job: Some(job),
            acked_chunks: 0,
            spooled: Some(Spooled { pack_digest }),
        };
        self.work.ready().into_iter().filter(waits).map(said).collect()
    }

    /// Whether what this attempt found is on disk.
    pub(super) fn is_ready(&self, job: &JobRef) -> bool {
        self.work.is_ready(job)
    }

    /// Nobody wants what is ready of a job, or it is committed.
    pub(super) fn forget(&self, job: &JobRef) {
        self.work.forget(job);
    }

    /// A job as a part of the trace of its scan, which the coordinator began.
    fn span(&mut self, id: &JobId, job: &JobRef, offer: &LeaseOffer) -> Span {
        let spec = offer.spec.as_ref();
        let account = spec.and_then(|spec| spec.account.as_ref()).map_or("", |account| account.id.as_str());
        let region = spec.map_or("", |spec| spec.region.as_str());
        let span = tracing::info_span!(parent: None, "job", job = %id, attempt = job.attempt, account, region);
        if let Some((scan, _)) = self.scans.find(|scan| reference::is_of(scan, &job.job_id))
            && !scan.traceparent.is_empty()
        {
            propagation::join(&span, &Carrier::from([(TRACEPARENT.to_owned(), scan.traceparent.clone())]));
        }
        span
    }

    /// Waits for the next job that ends; for ever when none runs. Cancel-safe.
    pub(super) async fn next_ended(&mut self) -> Ended {
        let Some(joined) = self.tasks.join_next_with_id().await else { return std::future::pending().await };
        let (task, result) = match joined {
            Ok((task, result)) => (task, result),
            Err(error) => (error.id(), Err(work::Error::Panicked)),
        };
        let id = self.names.remove(&task).expect("every task was given its job's name");
        let progress = self.progress.remove(&id).and_then(|progress| self.figures(&id, &progress));
        let job = self.leases.remove(&id).unwrap_or_default();
        Ended { job, progress, result }
    }

    /// The figures of all running jobs.
    pub(super) fn progress(&self) -> Vec<ProgressMessage> {
        self.progress.iter().filter_map(|(id, progress)| self.figures(id, progress)).collect()
    }

    /// Stops all jobs at once.
    pub(super) fn abort_all(&mut self) {
        self.leases.stop_all();
        self.tasks.abort_all();
    }

    fn figures(&self, id: &JobId, progress: &Progress) -> Option<ProgressMessage> {
        let counters = progress.counters();
        Some(ProgressMessage {
            job: Some(self.leases.job(id)?),
            calls: counters.calls,
            throttles: counters.throttles,
            failures: counters.failures,
            resources: counters.resources,
            rows: counters.rows,
        })
    }
}
