//! How far a scan has come, summed up from commits and from what agents report while they work. Pure.
//!
//! Agents' figures are taken as they come; sums of them end at the largest number, whatever an agent says.

use std::collections::{HashMap, HashSet};

use plumbline_baseline::JobId;
use plumbline_proto::agent_v1::Progress;

use crate::planted::{self, Bug};
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

/// How many there are of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// Scans that run.
    pub scans: u64,
    /// Their jobs that nobody has.
    pub waiting: u64,
    /// Those that an agent has.
    pub leased: u64,
    /// Those that are done.
    pub committed: u64,
    /// Those that were given up.
    pub given_up: u64,
    /// Agents that are connected.
    pub connected: u64,
    /// Agents that take no more jobs.
    pub draining: u64,
    /// Agents that hold jobs, and were not heard of.
    pub lost: u64,
}

impl ScanProgress {
    /// Whether every job has ended.
    pub fn is_done(&self) -> bool {
        self.jobs_left() == 0
    }

    /// Jobs that have not ended.
    pub(crate) fn jobs_left(&self) -> u64 {
        self.jobs_planned.saturating_sub(self.jobs_committed + self.jobs_abandoned)
    }

    fn count(&mut self, calls: u64, throttles: u64, failures: u64) {
        self.calls = self.calls.saturating_add(calls);
        self.throttles = self.throttles.saturating_add(throttles);
        self.failures = self.failures.saturating_add(failures);
    }
}

/// Sums up. A job's end counts once, however often it is told of.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    figures: ScanProgress,
    jobs_left: HashMap<u32, u64>,
    ended: HashSet<JobId>,
    live: HashMap<JobId, Progress>,
}

impl Tally {
    /// The planned jobs, by the account of each.
    pub(crate) fn new(accounts: impl Iterator<Item = u32>) -> Self {
        let mut tally = Self::default();
        for account in accounts {
            *tally.jobs_left.entry(account).or_default() += 1;
            tally.figures.jobs_planned += 1;
        }
        tally.figures.accounts_planned = tally.jobs_left.len() as u64;
        tally
    }

    /// What an agent reports of a running job.
    pub(crate) fn report(&mut self, job: &JobId, progress: Progress) {
        self.live.insert(job.clone(), progress);
    }

    /// A job is stored; false where that was known.
    pub(crate) fn committed(&mut self, job: &JobId, account: u32, record: &record::Job) -> bool {
        let is_news = self.is_news(job, account);
        if is_news {
            self.figures.jobs_committed += 1;
            self.figures.rows = self.figures.rows.saturating_add(record.rows);
            self.figures.count(record.calls(), record.throttles, record.failures);
        }
        is_news
    }

    /// A job was given up.
    pub(crate) fn abandoned(&mut self, job: &JobId, account: u32) {
        self.figures.jobs_abandoned += u64::from(self.is_news(job, account));
    }

    fn is_news(&mut self, job: &JobId, account: u32) -> bool {
        self.live.remove(job);
        if !self.ended.insert(job.clone()) && !planted::is(Bug::CountedTwice) {
            return false;
        }
        if let Some(left) = self.jobs_left.get_mut(&account) {
            *left = left.saturating_sub(1);
            self.figures.accounts_done += u64::from(*left == 0);
        }
        true
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
