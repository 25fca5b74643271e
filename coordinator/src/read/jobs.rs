//! What became of the jobs of a stored scan: how many ended how, which were slow, which came to nothing, and who did them.

use std::collections::BTreeMap;

use super::{ScanView, reason_of};
use crate::report::jobs::{Agent, GivenUpJob, Jobs, SlowJob, StoredBytes};
use crate::store::Error;
use crate::store::record::{Job, JobState};

/// Jobs that are named as the slowest.
const SLOWEST: usize = 10;
/// Jobs that are named as given up.
const GIVEN_UP: usize = 20;

impl ScanView {
    /// What became of the jobs.
    ///
    /// # Errors
    /// When the store fails.
    pub fn job_summary(&self) -> Result<Jobs, Error> {
        let bytes = self
            .store
            .night_bytes(&self.scan.id.parse().map_err(|_| Error::Damaged { what: "scan" })?, self.scan.night)?;
        let mut jobs = Jobs {
            planned: self.jobs.len() as u64,
            failed_attempts: self.jobs.iter().map(|job| u64::from(job.failed_attempts)).sum(),
            slowest: self.slowest(),
            agents: self.agents(),
            stored_bytes: StoredBytes { records: bytes.records, before: bytes.before, volatile: bytes.changing },
            ..Jobs::default()
        };
        for job in &self.jobs {
            *jobs.states.entry(state(job)).or_default() += 1;
        }
        let given_up = self.jobs.iter().filter(|job| job.state() != JobState::Committed && !job.problem.is_empty());
        jobs.given_up = given_up.take(GIVEN_UP).map(|job| self.given_up(job)).collect();
        Ok(jobs)
    }

    fn slowest(&self) -> Vec<SlowJob> {
        let mut stored: Vec<&Job> = self.jobs.iter().filter(|job| job.state() == JobState::Committed).collect();
        stored.sort_by_key(|job| std::cmp::Reverse(job.duration_ms));
        let slow = |job: &&Job| SlowJob {
            account: self.account_of(job),
            region: job.region.clone(),
            seconds: job.duration_ms as f64 / 1000.0,
            calls: job.calls(),
            agent: job.agent.clone(),
            why: job.why().text(),
        };
        stored.iter().take(SLOWEST).map(slow).collect()
    }

    fn agents(&self) -> Vec<Agent> {
        let mut agents: BTreeMap<(&str, &str), (u64, u64)> = BTreeMap::new();
        for job in self.jobs.iter().filter(|job| job.state() == JobState::Committed) {
            let (jobs, calls) = agents.entry((&job.agent, &job.build)).or_default();
            (*jobs, *calls) = (*jobs + 1, calls.saturating_add(job.calls()));
        }
        let agent = |((agent, version), (jobs, calls)): ((&str, &str), (u64, u64))| Agent {
            agent: agent.to_owned(),
            version: version.to_owned(),
            jobs,
            calls,
        };
        agents.into_iter().map(agent).collect()
    }

    fn given_up(&self, job: &Job) -> GivenUpJob {
        let (account, region) = (self.account_of(job), job.region.clone());
        let (agent, why) = (job.agent.clone(), job.why().text());
        GivenUpJob { account, region, attempts: job.attempt, agent, why, reason: reason_of(job) }
    }

    fn account_of(&self, job: &Job) -> String {
        self.scan.accounts.get(job.account as usize).map(|account| account.id.clone()).unwrap_or_default()
    }
}

fn state(job: &Job) -> &'static str {
    match job.state() {
        JobState::Committed => "stored",
        JobState::Abandoned => "given_up",
        JobState::Leased => "running",
        JobState::Ready => "waiting",
        JobState::Unspecified => "unknown",
    }
}
