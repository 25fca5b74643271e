//! One night: its scan as it is planned, and its jobs delivered.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use plumbline_baseline::ScanId;
use plumbline_coordinator::store::record::{self, Job, JobState, ScanKind, ScanState};
use plumbline_coordinator::store::{ScanEnd, Stats, Store, StoredJob};
use plumbline_proto::agent_v1::coordinator_message::Message as ToAgent;
use plumbline_proto::agent_v1::{Access, Account, JobSpec, Scan};
use plumbline_proto::spec;
use plumbline_tree::Found;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::corpus::{Control, Corpus, JOBS_AN_ACCOUNT, Night, Place};
use super::exchange::{Exchange, NOW, Wire};
use super::{NIGHTS, NightCost, Used};

/// Agents, each of which is told what jobs have in common.
const AGENTS: usize = 4;
/// Jobs at a time: each agent has room for sixteen.
const AT_A_TIME: usize = AGENTS * 16;
/// Jobs whose findings are made up before the clock runs.
const MADE_UP: usize = 4 * AT_A_TIME;
pub(super) const PARTITION: &str = "aws";
const ORGANIZATION: &str = "o-a1b2c3d4e5";

/// A scan as it was planned.
pub(super) struct Planned {
    corpus: Arc<Corpus>,
    night: Night,
    scan: record::Scan,
    jobs: Vec<(Place, Job)>,
}

impl Planned {
    /// One night; `premises` is the name of what it rests on.
    pub(super) fn new(corpus: &Arc<Corpus>, night: Night, premises: &[u8]) -> Self {
        let id = format!("01J9ZZZZZZ{:016}", night.number);
        let jobs = corpus.places().enumerate().map(|(number, place)| {
            let job = Job {
                id: format!("{id}-{number:06}"),
                scan: id.clone(),
                account: u32::try_from(place.account).expect("fewer than 2^32 accounts"),
                region: place.region().to_owned(),
                controls: corpus.controls_in(place),
                state: JobState::Ready as i32,
                ..Job::default()
            };
            (place, job)
        });
        let jobs = jobs.collect();
        Self {
            corpus: Arc::clone(corpus),
            night,
            scan: record::Scan { premises: premises.to_owned(), ..scan(corpus, &id, night) },
            jobs,
        }
    }

    pub(super) fn id(&self) -> anyhow::Result<ScanId> {
        Ok(self.scan.id.parse()?)
    }

    /// Stores all of it; half-way, copies the file.
    pub(super) async fn store(
        &self,
        store: &Store,
        name: &'static str,
        copy: Option<(&Path, &Path)>,
    ) -> anyhow::Result<NightCost> {
        let mut cost = NightCost {
            name,
            jobs: self.jobs.len() as u64,
            resources: 0,
            document_bytes: 0,
            rows: 0,
            changed: 0,
            took: Duration::ZERO,
            used: Used::default(),
            wire: Wire::default(),
            stats: Stats::default(),
        };
        let (started, before) = (Instant::now(), Used::now()?);
        store.create_scan(self.scan.clone(), self.jobs.iter().map(|(_, job)| job.clone()).collect()).await?;
        let specs: Vec<JobSpec> = self.jobs.iter().map(|(_, job)| self.spec(job)).collect();
        let common = Arc::new(spec::in_common(&specs[..specs.len().min(JOBS_AN_ACCOUNT)]).context("jobs")?);
        (0..AGENTS).for_each(|_| cost.wire.told("Scan", ToAgent::Scan(common.as_ref().clone())));
        cost.took += started.elapsed();
        cost.used = cost.used.plus(Used::now()?.since(before));
        let batches: Vec<_> = self.jobs.chunks(MADE_UP).zip(specs.chunks(MADE_UP)).collect();
        let mut told = HashSet::new();
        for (number, (jobs, specs)) in batches.iter().enumerate() {
            if let Some((from, to)) = copy.filter(|_| number == batches.len() / 2) {
                // Nothing is being written now: the file is what a process leaves behind that is killed.
                Store::create_directory(to)?;
                std::fs::copy(Store::path_in(from), Store::path_in(to))?;
            }
            self.batch(store, jobs, specs, &common, &mut told, &mut cost).await?;
        }
        let (started, before) = (Instant::now(), Used::now()?);
        store.finish_scan(&self.id()?, NOW, ScanEnd::Complete).await?;
        cost.took += started.elapsed();
        cost.used = cost.used.plus(Used::now()?.since(before));
        cost.stats = store.stats()?;
        Ok(cost)
    }

    /// Makes up what some jobs find, and then delivers that.
    async fn batch(
        &self,
        store: &Store,
        jobs: &[(Place, Job)],
        specs: &[JobSpec],
        scan: &Arc<Scan>,
        told: &mut HashSet<(u32, usize)>,
        cost: &mut NightCost,
    ) -> anyhow::Result<()> {
        let mut ready = Vec::new();
        for ((place, job), spec) in jobs.iter().zip(specs) {
            let found = self.corpus.result(*place, self.night)?;
            cost.resources += found.resources;
            cost.document_bytes += found.bytes;
            cost.rows += found.rows;
            if self.night.number > 0 && self.night.changes > NIGHTS[self.night.number as usize - 1].1 {
                cost.changed += self.corpus.changed(*place, self.night).len() as u64;
            }
            let account = (job.account + 1, told.insert((job.account, told_to(&job.id)?)));
            let job = StoredJob { scan: self.id()?, job: job.id.parse()? };
            let exchange = Exchange { store: store.clone(), scan: Arc::clone(scan), spec: spec.clone(), job, account };
            ready.push((exchange, Found::new(found.nodes), found.resources));
        }
        let (started, before) = (Instant::now(), Used::now()?);
        let mut running = JoinSet::new();
        for (exchange, found, resources) in ready {
            if running.len() == AT_A_TIME
                && let Some(ended) = running.join_next().await
            {
                cost.wire.add(&ended??);
            }
            running.spawn(exchange.run(found, resources));
        }
        while let Some(ended) = running.join_next().await {
            cost.wire.add(&ended??);
        }
        cost.took += started.elapsed();
        cost.used = cost.used.plus(Used::now()?.since(before));
        Ok(())
    }

    /// What an agent is told of a job.
    fn spec(&self, job: &Job) -> JobSpec {
        let account = &self.scan.accounts[job.account as usize];
        let control = |number: &u32| self.scan.controls[*number as usize].id.clone();
        JobSpec {
            scan_id: self.scan.id.clone(),
            account: Some(Account {
                id: account.id.clone(),
                name: account.name.clone(),
                ou_path: account.ou.clone(),
                tags: account.tags.clone(),
                organization_id: self.scan.organization.clone(),
                management_account_id: self.scan.management_account.clone(),
                ..Account::default()
            }),
            region: job.region.clone(),
            partition: self.scan.partition.clone(),
            access: Some(Access {
                role_arn: account.role_arn.clone(),
                external_id: String::new(),
                source_identity: format!("plumbline-{}", self.scan.id),
            }),
            controls: job.controls.iter().map(control).collect(),
            pack_digest: self.scan.pack_digest.clone(),
            now: self.scan.started.clone(),
            enabled_regions: account.enabled_regions.clone(),
            has_organization: true,
            wants_documents: true,
            ..JobSpec::default()
        }
    }
}

/// Which agent has a job: they take turns.
fn told_to(job: &str) -> anyhow::Result<usize> {
    let number = job.rsplit('-').next().and_then(|number| number.parse::<usize>().ok());
    Ok(number.context("a job has a number")? % AGENTS)
}

fn scan(corpus: &Corpus, id: &str, night: Night) -> record::Scan {
    let account = |id: String| record::Account {
        name: format!("account-{}", &id[..6]),
        ou: "Root/Workloads/Prod".to_owned(),
        tags: [("team".to_owned(), "orders".to_owned())].into(),
        role_arn: format!("arn:aws:iam::{id}:role/plumbline-member"),
        enabled_regions: Corpus::regions().map(str::to_owned).collect(),
        id,
        ..record::Account::default()
    };
    let control = |control: &Control| record::Control {
        id: control.id.clone(),
        title: format!("What {} says", control.id),
        severity: "high".to_owned(),
        level: 1,
        ..record::Control::default()
    };
    let accounts: Vec<record::Account> = corpus.accounts().map(account).collect();
    let jobs = accounts.len() * JOBS_AN_ACCOUNT;
    record::Scan {
        id: id.to_owned(),
        started: format!("2026-11-{:02}T02:00:00Z", 20 + night.number),
        partition: PARTITION.to_owned(),
        organization: ORGANIZATION.to_owned(),
        management_account: accounts[0].id.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        pack_digest: "5f".repeat(32),
        accounts_planned: accounts.len() as u64,
        jobs_planned: jobs as u64,
        accounts,
        controls: corpus.controls.iter().map(control).collect(),
        kind: ScanKind::Full as i32,
        state: ScanState::Running as i32,
        ..record::Scan::default()
    }
}
