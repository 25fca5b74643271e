//! Which job is next: scans take turns, each in planned order, except that an account with its share running lets the
//! others go first. Pure.
//!
//! Turns are start-time fair queueing: a job's tag is one more than that of its scan's job before it, and no less than
//! what was served last, so that a scan that begins later shares from then on instead of waiting behind the others.
//!
//! Every question is answered in logarithmic time: a large organization has a hundred thousand jobs, and one ends
//! every few milliseconds.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use plumbline_baseline::JobId;

/// How many jobs of one account run at a time while others wait: its API limits are shared.
const JOBS_AN_ACCOUNT: usize = 4;

/// Where a job waits: smaller is earlier. The tag, and the order in which jobs came.
pub(super) type Position = (i64, i64);

/// The jobs that wait, and how many of each account run.
#[derive(Debug, Default)]
pub(super) struct Queue {
    accounts: HashMap<u32, Account>,
    /// Accounts with waiting jobs that run less than their share, by their first waiting job.
    within_share: BTreeSet<(Position, u32)>,
    /// Accounts with waiting jobs that have their share.
    beyond_share: BTreeSet<(Position, u32)>,
    front: i64,
    /// The tag of what was served last.
    served: i64,
    /// The tag of each scan's last job.
    last: HashMap<u32, i64>,
    came: i64,
}

#[derive(Debug, Default)]
struct Account {
    waiting: BTreeMap<Position, JobId>,
    running: usize,
}

impl Account {
    fn first(&self) -> Option<Position> {
        self.waiting.first_key_value().map(|(position, _)| *position)
    }

    fn has_its_share(&self) -> bool {
        self.running >= JOBS_AN_ACCOUNT
    }
}

impl Queue {
    /// Whether no job waits.
    pub(super) fn is_empty(&self) -> bool {
        self.within_share.is_empty() && self.beyond_share.is_empty()
    }

    /// A job waits behind all others of its scan.
    pub(super) fn push_back(&mut self, job: JobId, account: u32, scan: u32) -> Position {
        let last = self.last.entry(scan).or_default();
        *last = self.served.max(*last) + 1;
        self.came += 1;
        let position = (*last, self.came);
        self.insert(job, account, position)
    }

    /// A job waits before all others.
    pub(super) fn push_front(&mut self, job: JobId, account: u32) -> Position {
        self.front -= 1;
        self.insert(job, account, (self.front, 0))
    }

    fn insert(&mut self, job: JobId, account: u32, position: Position) -> Position {
        self.change(account, |account| account.waiting.insert(position, job));
        position
    }

    /// Takes the next job, which runs from now on.
    pub(super) fn pop(&mut self) -> Option<JobId> {
        let (position, account) = *self.within_share.first().or_else(|| self.beyond_share.first())?;
        self.served = self.served.max(position.0);
        self.take(account, position)
    }

    /// Whether as many jobs of an account run as should while others wait.
    pub(super) fn has_its_share(&self, account: u32) -> bool {
        self.accounts.get(&account).is_some_and(Account::has_its_share)
    }

    /// Takes this job, which runs from now on.
    pub(super) fn take(&mut self, account: u32, position: Position) -> Option<JobId> {
        self.change(account, |account| {
            let job = account.waiting.remove(&position);
            account.running += usize::from(job.is_some());
            job
        })
    }

    /// Takes this job out: it ended while it waited.
    pub(super) fn remove(&mut self, account: u32, position: Position) {
        self.change(account, |account| account.waiting.remove(&position));
    }

    /// A running job of the account runs no more.
    pub(super) fn stopped(&mut self, account: u32) {
        self.change(account, |account| account.running = account.running.saturating_sub(1));
    }

    /// Changes an account, and keeps its place in the order up to date.
    fn change<T>(&mut self, id: u32, change: impl FnOnce(&mut Account) -> T) -> T {
        let account = self.accounts.entry(id).or_default();
        if let Some(first) = account.first() {
            let listed = if account.has_its_share() { &mut self.beyond_share } else { &mut self.within_share };
            listed.remove(&(first, id));
        }
        let value = change(account);
        if let Some(first) = account.first() {
            let listed = if account.has_its_share() { &mut self.beyond_share } else { &mut self.within_share };
            listed.insert((first, id));
        } else if account.running == 0 {
            self.accounts.remove(&id);
        }
        value
    }
}
