//! Nights as single writes, each of which is acknowledged by itself, and what the store has to say after each.

use std::collections::BTreeMap;

use anyhow::{Context, ensure};
use plumbline_baseline::{AgentId, ScanId};
use plumbline_coordinator::store::record::{Account, Control, Job, JobState, Limit, Scan, ScanKind, ScanState};
use plumbline_coordinator::store::{
    Attempt, CommitOutcome, Grant, Holder, PutOutcome, Retention, ScanEnd, Store, StoredJob,
};
use plumbline_faults::{Disk, Trace};

use super::deliver::{Delivery, difference};
use super::estate::{self, ACCOUNTS, Found, Night, REGIONS};
use super::facts::Facts;
use super::model::{Model, job_id};

/// Days that are kept by the prune at the end: the first night leaves.
const KEPT: Retention = Retention { nights: 2, weeks: 0, months: 0, volatile_nights: None };
/// Why jobs are given up.
pub(super) const GIVEN_UP: &str = "role_unassumable: gone";
const AGENT: &str = "agent";

/// One write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A night is planned.
    Create(usize),
    /// A job of a night is given out.
    Grant(usize, usize),
    /// A chunk of it is stored.
    Put(usize, usize, u64),
    /// It is committed.
    Commit(usize, usize),
    /// It is given up.
    Abandon(usize, usize),
    /// A night ends.
    Finish(usize),
    /// What is not kept is removed.
    Prune,
}

/// A history.
pub(super) struct History {
    pub(super) nights: Vec<Night>,
    pub(super) steps: Vec<Step>,
}

/// What was acknowledged when.
pub(super) struct Recorded {
    /// What was done to the disk.
    pub(super) trace: Trace,
    /// How many operations were done when the first so many steps were acknowledged; the first stands for the new store.
    pub(super) acknowledged: Vec<usize>,
    /// What the store has to say then.
    pub(super) facts: Vec<Facts>,
}

impl History {
    /// Nights with so many resources of each type in each account and Region. How many chunks a job has depends on what is
    /// held by then: the history is gone through once.
    ///
    /// # Errors
    /// When it does not go through.
    pub(super) async fn new(seed: u64, resources: usize) -> anyhow::Result<Self> {
        let mut history = Self { nights: estate::nights(seed, resources), steps: Vec::new() };
        let store = Store::on(Disk::default().backend())?;
        for night in 0..history.nights.len() {
            history.add(&store, Step::Create(night)).await?;
            for job in 0..history.nights[night].jobs.len() {
                history.add(&store, Step::Grant(night, job)).await?;
                if history.nights[night].jobs[job].is_none() {
                    history.add(&store, Step::Abandon(night, job)).await?;
                    continue;
                }
                for piece in history.delivery(&store, night, job)?.cut().0 {
                    history.add(&store, Step::Put(night, job, piece.seq)).await?;
                }
                history.add(&store, Step::Commit(night, job)).await?;
            }
            history.add(&store, Step::Finish(night)).await?;
        }
        history.add(&store, Step::Prune).await?;
        Ok(history)
    }

    async fn add(&mut self, store: &Store, step: Step) -> anyhow::Result<()> {
        self.take(store, step, None).await.with_context(|| format!("{step:?}"))?;
        self.steps.push(step);
        Ok(())
    }

    /// The scans.
    pub(super) fn scans(&self) -> Vec<ScanId> {
        self.nights.iter().filter_map(|night| night.id.parse().ok()).collect()
    }

    /// All of it on a disk that is recorded.
    pub(super) async fn record(&self) -> anyhow::Result<Recorded> {
        let disk = Disk::default();
        let store = Store::on(disk.backend())?;
        let mut model = Model::default();
        model.staged(0);
        let mut recorded = Recorded {
            trace: Trace::default(),
            acknowledged: vec![disk.operations()],
            facts: vec![model.facts.clone()],
        };
        for &step in &self.steps {
            self.take(&store, step, Some(&mut model)).await?;
            recorded.acknowledged.push(disk.operations());
            recorded.facts.push(model.facts.clone());
        }
        drop(store);
        recorded.trace = disk.trace();
        Ok(recorded)
    }

    /// From a step to the end.
    pub(super) async fn go_on(&self, store: &Store, from: usize) -> anyhow::Result<()> {
        for &step in self.steps.get(from..).unwrap_or_default() {
            self.take(store, step, None).await?;
        }
        Ok(())
    }

    /// One step, and what the store has to say since.
    pub(super) async fn take(&self, store: &Store, step: Step, model: Option<&mut Model>) -> anyhow::Result<()> {
        let mut unused = Model::default();
        let model = model.unwrap_or(&mut unused);
        let number = |night: usize| u32::try_from(night + 1);
        match step {
            Step::Create(night) => {
                let planned = &self.nights[night];
                store.create_scan(scan(planned), jobs(planned)).await?;
                model.created(planned, number(night)?);
            }
            Step::Grant(night, job) => {
                let granted = store.grant(&self.job(night, job)?, grant()?).await?;
                ensure!(granted.is_some(), "the job was not granted");
                model.granted(&self.nights[night], job);
            }
            Step::Put(night, job, seq) => {
                self.put(store, night, job, seq).await?;
                model.staged(seq + 1);
            }
            Step::Commit(night, job) => {
                self.commit(store, night, job).await?;
                model.committed(&self.nights[night], number(night)?, job, self.found(night, job)?);
            }
            Step::Abandon(night, job) => {
                store.abandon(&self.job(night, job)?, GIVEN_UP, 3).await?;
                model.abandoned(&self.nights[night], job, GIVEN_UP);
            }
            Step::Finish(night) => {
                let id = self.nights[night].id.parse()?;
                store.finish_scan(&id, "2026-01-09T00:00:00Z", ScanEnd::Complete).await?;
                model.finished(&self.nights[night], number(night)?);
            }
            Step::Prune => {
                let plan = store.plan_prune(&KEPT)?;
                store.prune(&plan, "2026-01-09T00:00:00Z").await?;
                model.pruned(&self.nights[0].id);
            }
        }
        Ok(())
    }

    /// What a job of a night finds.
    pub(super) fn found(&self, night: usize, job: usize) -> anyhow::Result<&BTreeMap<usize, Found>> {
        self.nights[night].jobs[job].as_ref().context("a job that finds something")
    }

    /// What an agent sends of it.
    pub(super) fn delivery(&self, store: &Store, night: usize, job: usize) -> anyhow::Result<Delivery> {
        let items = estate::items(self.found(night, job)?, job, &self.nights[night], night + 1);
        difference(store, &self.job(night, job)?, items)
    }

    /// The name of a job.
    pub(super) fn job(&self, night: usize, job: usize) -> anyhow::Result<StoredJob> {
        let night = &self.nights[night];
        Ok(StoredJob { scan: night.id.parse()?, job: job_id(night, job).parse()? })
    }

    async fn put(&self, store: &Store, night: usize, job: usize, seq: u64) -> anyhow::Result<()> {
        let (id, (pieces, _)) = (self.job(night, job)?, self.delivery(store, night, job)?.cut());
        let piece = pieces.into_iter().find(|piece| piece.seq == seq).context("the delivery has such a chunk")?;
        let put = store.put_chunk(&id, &holder(store, &id)?, seq, piece.rows().to_vec()).await?;
        ensure!(put == PutOutcome::Stored, "a chunk was not stored: {put:?}");
        Ok(())
    }

    async fn commit(&self, store: &Store, night: usize, job: usize) -> anyhow::Result<()> {
        let (id, (_, commit)) = (self.job(night, job)?, self.delivery(store, night, job)?.cut());
        let outcome = store.commit(&id, &holder(store, &id)?, commit).await?;
        ensure!(matches!(outcome, CommitOutcome::Committed(_)), "the job was not committed: {outcome:?}");
        Ok(())
    }
}

/// Who holds a job.
pub(super) fn holder(store: &Store, id: &StoredJob) -> anyhow::Result<Holder> {
    let job = store.job(id)?.with_context(|| format!("there is no job {}", id.job))?;
    Ok(Holder { agent: job.agent.parse()?, fence: job.fence })
}

/// A new attempt.
pub(super) fn grant() -> anyhow::Result<Grant> {
    Ok(Grant {
        attempt: Attempt::New,
        agent: AGENT.parse::<AgentId>()?,
        build: "1".to_owned(),
        failed_attempts: 0,
        now: "2026-01-01T02:30:00Z".to_owned(),
    })
}

/// A night as it is planned.
pub(super) fn scan(night: &Night) -> Scan {
    let account = |id: &&str| Account { id: (*id).to_owned(), ..Account::default() };
    let control = |id: &&str| Control { id: (*id).to_owned(), title: format!("Title of {id}"), ..Control::default() };
    let limit = Limit { option: "controls".to_owned(), values: vec![night.controls()[0].to_owned()] };
    Scan {
        id: night.id.clone(),
        started: night.started.clone(),
        state: ScanState::Running as i32,
        kind: if night.is_limited { ScanKind::Limited } else { ScanKind::Full } as i32,
        selection: if night.is_limited { vec![limit] } else { Vec::new() },
        organization: "o-faults".to_owned(),
        accounts: ACCOUNTS.iter().take(night.jobs.len() / REGIONS.len()).map(account).collect(),
        controls: night.controls().iter().map(control).collect(),
        ..Scan::default()
    }
}

/// The jobs that it is planned with.
pub(super) fn jobs(night: &Night) -> Vec<Job> {
    let count = u32::try_from(night.controls().len()).unwrap_or(0);
    let places = ACCOUNTS.iter().zip(0..).flat_map(|(_, account)| REGIONS.iter().map(move |region| (account, region)));
    let planned = places.take(night.jobs.len()).enumerate().map(|(job, (account, region))| Job {
        id: job_id(night, job),
        scan: night.id.clone(),
        account,
        region: (*region).to_owned(),
        controls: (0..count).collect(),
        state: JobState::Ready as i32,
        ..Job::default()
    });
    planned.collect()
}
