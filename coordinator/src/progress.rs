//! How far a scan has come, summed up from commits and from what agents tell while they work. Pure.
//!
//! Agents' figures are taken as they are told; sums of them end at the largest number, whatever an agent says.

use std::collections::HashMap;

use plumbline_proto::agent_v1::Progress;

use crate::store::record;

/// The figures of a scan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScanProgress {
    /// Jobs planned.
    pub jobs_planned: u64,
    /// Jobs stored.
    pub jobs_committed: u64,
    /// Jobs given up.
    pub jobs_abandoned: u64,
    /// Accounts with at least one job.
    pub accounts_planned: u64,
    /// Accounts whose jobs have all ended.
    pub accounts_done: u64,
    /// API calls so far.
    pub calls: u64,
    /// Throttled answers so far.
    pub throttles: u64,
    /// Calls that failed after every retry so far.
    pub failures: u64,
    /// Rows stored.
    pub rows: u64,
}

impl ScanProgress {
    /// Whether every job has ended.
    pub fn is_done(&self) -> bool {
        self.jobs_committed + self.jobs_abandoned >= self.jobs_planned
    }

    fn count(&mut self, calls: u64, throttles: u64, failures: u64) {
        self.calls = self.calls.saturating_add(calls);
        self.throttles = self.throttles.saturating_add(throttles);
        self.failures = self.failures.saturating_add(failures);
    }
}

/// Sums up.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    figures: ScanProgress,
    jobs_left: HashMap<u32, u64>,
    live: HashMap<String, Progress>,
}

impl Tally {
    /// The planned jobs.
    pub(crate) fn new(jobs: &[record::Job]) -> Self {
        let mut tally = Self::default();
        for job in jobs {
            *tally.jobs_left.entry(job.account).or_default() += 1;
        }
        tally.figures.jobs_planned = jobs.len() as u64;
        tally.figures.accounts_planned = tally.jobs_left.len() as u64;
        tally
    }

    /// What an agent tells of a running job.
    pub(crate) fn tell(&mut self, job: &str, progress: Progress) {
        self.live.insert(job.to_owned(), progress);
    }

    /// A job was stored.
    pub(crate) fn committed(&mut self, job: &record::Job) {
        self.figures.jobs_committed += 1;
        self.figures.rows = self.figures.rows.saturating_add(job.rows);
        self.figures.count(job.calls(), job.throttles, job.failures);
        self.ended(&job.id, job.account);
    }

    /// A job was given up.
    pub(crate) fn abandoned(&mut self, job: &str, account: u32) {
        self.figures.jobs_abandoned += 1;
        self.ended(job, account);
    }

    fn ended(&mut self, job: &str, account: u32) {
        self.live.remove(job);
        if let Some(left) = self.jobs_left.get_mut(&account) {
            *left = left.saturating_sub(1);
            self.figures.accounts_done += u64::from(*left == 0);
        }
    }

    /// The figures of now.
    pub(crate) fn figures(&self) -> ScanProgress {
        let mut figures = self.figures;
        for progress in self.live.values() {
            figures.count(progress.calls, progress.throttles, progress.failures);
        }
        figures
    }
}
