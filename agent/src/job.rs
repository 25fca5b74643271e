//! One job: credentials, collect, evaluate, deliver, commit. Dropping it at any point is safe: nothing is visible
//! before the commit. What was found is kept on disk until then, if there is a spool: `spooled` delivers it later.

mod spooled;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use plumbline_aws::{Observer, Scope, Target};
use plumbline_baseline::resource::{Listing, Snapshot};
use plumbline_baseline::{Doc, Region, Unread, UnreadReason};
use plumbline_proto::agent_v1::{BudgetShare, JobRef, JobSpec, LeaseOffer, Organization, Usage};
use plumbline_proto::chunk::{Item, fitted};
use plumbline_proto::recent::Recent;
use plumbline_proto::reference;
use plumbline_tree::{Builder, Found, Grounds};
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;
use tracing::Span;

use crate::collect::work::TypeWork;
use crate::collect::{self, Answering, Calls, Collector, Place};
use crate::credentials::{Credentials, Named, NoAccess};
use crate::delivery::deliver;
use crate::gate::Gate;
use crate::judge::{Judge, Known};
use crate::link::{Introduction, Lease, Ready, Running, Upload, Work, WorkError as Error, fetch_pack};
use crate::memory::{Memory, Part};
use crate::options::Options;
use crate::packs::Packs;
use crate::progress::Progress;
use crate::redact::{RedactionKey, Redactor};

/// A job's time from start to commit, when the coordinator does not say. A role is assumed again while a job runs, so that
/// one may take longer than the hour of a chained session.
const DEFAULT_DEADLINE: Duration = Duration::from_secs(45 * 60);
/// Of a job's time, what is kept for evaluation, delivery and commit, and how much that is at most.
const KEPT_PART: u32 = 6;
const KEPT: Duration = Duration::from_secs(5 * 60);
/// What the number behind equal names may add to an entry.
const SLACK: usize = 64;

/// What is to be found out, by which pack, until when.
struct Task {
    spec: Arc<JobSpec>,
    judge: Arc<Judge>,
    until: Instant,
}

/// What an offer says of a job.
struct Offered {
    spec: Arc<JobSpec>,
    held: Vec<u8>,
    deadline_s: u32,
}

/// Does jobs.
pub(crate) struct Worker {
    options: Options,
    credentials: Credentials,
    packs: Packs,
    /// What secrets are hashed with: the deployment's, as soon as the coordinator has said it.
    key: Mutex<RedactionKey>,
    /// The organizations of scans, which all jobs of a scan have in common.
    organizations: Mutex<Recent<Known>>,
    /// Which Regions answer about what belongs to none: found out once for all jobs.
    answering: Arc<Answering>,
    memory: Arc<Memory>,
}

impl Work for Worker {
    fn introduction(&self) -> Introduction {
        let options = &self.options;
        Introduction {
            agent_id: options.agent_id.clone(),
            build: options.build.clone(),
            capacity: options.capacity,
            home_region: options.home_region.clone().unwrap_or_default(),
            own_account: options.own_account.clone().unwrap_or_default(),
            pack_digest: self.packs.own().digest().to_owned(),
            drain_timeout: options.drain_timeout,
        }
    }

    fn learn_key(&self, key: RedactionKey) {
        *self.key.lock().unwrap_or_else(PoisonError::into_inner) = key;
    }

    fn learn(&self, organization: Organization) {
        let known = Known::of(&organization);
        self.organizations.lock().unwrap_or_else(PoisonError::into_inner).insert(organization.scan_id, known);
    }

    fn learn_shares(&self, shares: &[BudgetShare]) {
        for BudgetShare { account, region, permille } in shares {
            let region = (!region.is_empty()).then_some(region.as_str());
            self.options.client.set_share(account, region, *permille);
        }
    }

    fn forget_shares(&self) {
        self.options.client.forget_shares();
    }

    fn run(self: Arc<Self>, offer: LeaseOffer, lease: Lease, upload: Upload, progress: Arc<Progress>) -> Running {
        Box::pin(async move { Worker::run(&self, offer, lease, upload, progress).await })
    }

    fn ready(&self) -> Vec<Ready> {
        self.all_ready()
    }

    fn is_ready(&self, job: &JobRef) -> bool {
        self.options.spool.as_ref().is_some_and(|spool| spool.has(job))
    }

    fn deliver(self: Arc<Self>, lease: Lease, upload: Upload) -> Running {
        Box::pin(async move { self.deliver_ready(lease, upload).await })
    }

    fn forget(&self, job: &JobRef) {
        if let Some(spool) = &self.options.spool {
            spool.forget(&job.job_id);
        }
    }
}

impl Worker {
    /// A worker with these options.
    pub(crate) fn new(options: Options) -> Self {
        let credentials = Credentials::new(options.caller.clone(), options.reads_own_account);
        let packs = Packs::new(Arc::clone(&options.pack));
        let memory = Memory::new(options.memory_bytes, options.job_bytes);
        let key = Mutex::new(options.redaction_key);
        Self { options, credentials, packs, key, organizations: Mutex::default(), answering: Arc::default(), memory }
    }

    async fn run(&self, offer: LeaseOffer, lease: Lease, upload: Upload, progress: Arc<Progress>) -> Result<(), Error> {
        let deadline = deadline(offer.deadline_s);
        let spec = offer.spec.ok_or_else(|| Error::BadSpec("it is missing".to_owned()))?;
        let until = Instant::now() + deadline.saturating_sub((deadline / KEPT_PART).min(KEPT));
        let offered = Offered { spec: Arc::new(spec), held: offer.held, deadline_s: offer.deadline_s };
        let work = self.work(offered, lease, upload, progress, until);
        match tokio::time::timeout(deadline, work).await {
            Ok(ended) => ended,
            Err(_) => Err(Error::Deadline(deadline)),
        }
    }

    async fn work(
        &self,
        Offered { spec, held, deadline_s }: Offered,
        lease: Lease,
        mut upload: Upload,
        progress: Arc<Progress>,
        until: Instant,
    ) -> Result<(), Error> {
        let started = Instant::now();
        let judge = self.packs.of(&spec.pack_digest, || fetch_pack(&upload, &spec.pack_digest)).await?;
        // Held until it is delivered: so long the documents are there.
        let memory = self.memory(Some(until));
        let task = Task { spec: Arc::clone(&spec), judge, until };
        let found = self.produce(task, &lease, &progress, &memory, upload.chunk_bytes()).await?;
        let counters = progress.counters();
        let usage = Usage {
            duration_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
            calls: counters.calls,
            throttles: counters.throttles,
            failures: counters.failures,
            resources: counters.resources,
        };
        self.keep(&Offered { spec, held: held.clone(), deadline_s }, &lease, &found, &usage, upload.chunk_bytes())
            .await;
        deliver(&mut upload, &found, &held, &usage).await?;
        drop(memory);
        Ok(())
    }

    /// Collects until then, evaluates what there is, and names it all. Nothing in it is larger than a chunk.
    async fn produce(
        &self,
        Task { spec, judge, until }: Task,
        lease: &Lease,
        progress: &Arc<Progress>,
        memory: &Arc<Part>,
        chunk_bytes: usize,
    ) -> Result<Arc<Found>, Error> {
        let account = spec.account.clone().unwrap_or_default().id;
        let access = spec.access.clone().unwrap_or_default();
        let organization = self.organization_of(&spec.scan_id);
        let work = judge.work(&spec, &organization);
        // CloudTrail of the account shows it, as every report does.
        let job_id = reference::whole(&spec.scan_id, &lease.job().job_id);
        let named = Named { session: &job_id, scan: &spec.scan_id };
        let entered = timeout_at(until, self.credentials.of(&account, &access, named, &work)).await;
        let mut snapshot = match entered.unwrap_or_else(|_| Err(NoAccess::Account(too_late()))) {
            Ok(credentials) => {
                let place = Place::of(&account, &spec.region, &spec.partition, &spec.enabled_regions)
                    .ok_or_else(|| Error::BadSpec(format!("the partition `{}` is not known", spec.partition)))?;
                let target = Target::new(account, place.region.as_str(), credentials);
                let target = if spec.region == Region::GLOBAL { target.account_wide() } else { target };
                let scope = self.scope(lease.gate.clone(), progress, Some(until));
                collect::collect(self.collector(target, place, scope, progress, memory, &work), &work).await
            }
            Err(NoAccess::Account(unread)) => nothing_read(&work, &unread),
            Err(NoAccess::Agent(unread)) => return Err(Error::AgentTrouble(unread.to_string())),
        };
        let progress = Arc::clone(progress);
        let redactor = self.redactor();
        // Evaluation is computation: on a thread of its own it holds nobody up. It ends early when the job is dropped.
        let dropped = CancellationToken::new();
        let _guard = dropped.clone().drop_guard();
        let evaluated = tokio::task::spawn_blocking(move || {
            let fitted = |item| fitted(item, chunk_bytes.saturating_sub(SLACK));
            let grounds = if spec.wants_documents { Grounds::Findings } else { Grounds::All };
            let mut builder = Builder::new(grounds);
            judge.evaluate(&spec, &organization, &mut snapshot, &redactor, |rows| {
                progress.rows(rows.len() as u64);
                builder.extend(rows.into_iter().map(|row| fitted(Item::Row(row))));
                !dropped.is_cancelled()
            });
            judge.documents(&spec, snapshot, |item| {
                builder.extend([fitted(item)]);
                !dropped.is_cancelled()
            });
            Arc::new(Found::new(builder.finish()))
        });
        evaluated.await.map_err(|_| Error::Panicked)
    }

    /// What is known of the organization of a scan: nothing, unless the coordinator said it.
    fn organization_of(&self, scan: &str) -> Arc<Doc> {
        let mut organizations = self.organizations.lock().unwrap_or_else(PoisonError::into_inner);
        organizations.get(scan).map(Known::document).unwrap_or_default()
    }

    /// A job's part of the memory.
    pub(crate) fn memory(&self, until: Option<Instant>) -> Arc<Part> {
        self.memory.part(until)
    }

    /// The circumstances of one job's calls.
    pub(crate) fn scope(&self, gate: Gate, progress: &Arc<Progress>, until: Option<Instant>) -> Scope {
        let observer = Arc::clone(progress) as Arc<dyn Observer>;
        Scope {
            share: self.options.concurrent_calls_per_job,
            gate: Arc::new(gate),
            until,
            observer,
            span: Span::current(),
        }
    }

    /// A collector for one place.
    pub(crate) fn collector(
        &self,
        target: Target,
        place: Place,
        scope: Scope,
        progress: &Arc<Progress>,
        memory: &Arc<Part>,
        work: &[Arc<TypeWork>],
    ) -> Arc<Collector> {
        let session = self.options.client.session(target, scope);
        let calls = Calls::new(session, self.options.job_bytes, Arc::clone(memory));
        let answering = Arc::clone(&self.answering);
        Arc::new(Collector::new(calls, place, Arc::clone(progress), Arc::clone(memory), answering, work))
    }

    /// Credentials for an account's jobs.
    pub(crate) fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// What takes secrets out of what leaves the account.
    pub(crate) fn redactor(&self) -> Redactor {
        Redactor::new(*self.key.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The agent's own baseline.
    pub(crate) fn judge(&self) -> &Arc<Judge> {
        self.packs.own()
    }
}

/// How long a job may take, as the coordinator says it.
fn deadline(seconds: u32) -> Duration {
    match seconds {
        0 => DEFAULT_DEADLINE,
        seconds => Duration::from_secs(seconds.into()),
    }
}

/// Why an account was not entered in time.
fn too_late() -> Arc<Unread> {
    let detail = "the job's time was over".to_owned();
    Arc::new(Unread::new(UnreadReason::Deadline, "sts:AssumeRole", detail))
}

/// The snapshot of an account that could not be entered: every listing has the same reason.
fn nothing_read(work: &[Arc<TypeWork>], unread: &Arc<Unread>) -> Snapshot {
    let listing = || Listing::not_read(Arc::clone(unread));
    Snapshot { listings: work.iter().map(|work| (Arc::clone(&work.declared.name), listing())).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake_aws::{self, Fake};

    #[tokio::test]
    async fn secrets_are_hashed_with_the_key_of_the_deployment() {
        let aws = Fake::start(|_, _| (200, String::new())).await;
        let client = plumbline_aws::Client::new(fake_aws::options(&aws));
        let worker = |own: u8| {
            let caller = plumbline_aws::Caller::with_credentials(&client, fake_aws::credentials(), "us-east-1");
            let mut options = Options::new(caller, client.clone());
            options.redaction_key = [own; 32].into();
            Worker::new(options)
        };
        let told = |worker: &Worker| {
            let mut doc = Doc::from_json(r#"{"Password":"hunter2"}"#).unwrap();
            worker.redactor().redact(&mut doc, &["Password".to_owned()]);
            doc.to_json()
        };
        let (one, other) = (worker(1), worker(2));
        assert_ne!(told(&one), told(&other));
        [&one, &other].iter().for_each(|worker| worker.learn_key([7; 32].into()));
        assert_eq!(told(&one), told(&other));
        assert!(!told(&one).contains("hunter2"));
    }
}
