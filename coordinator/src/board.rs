//! The board: which jobs wait, who holds which, who has room. Pure: `now` is an argument, and nothing is sent or stored.
//!
//! Failure of an agent is a time-out and nothing cleverer: a lease ends when it was not extended for its lifetime.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

/// How many jobs of one account run at a time while others wait: its API limits are shared.
const JOBS_AN_ACCOUNT: usize = 4;

/// The timers of leases.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timers {
    /// A lease that is not extended ends after this.
    pub(crate) lease_ttl: Duration,
    /// A job that is not committed after this is taken away.
    pub(crate) deadline: Duration,
    /// Attempts that end in failure before a job is given up.
    pub(crate) max_attempts: u32,
}

/// Who waits, who works.
#[derive(Debug)]
pub(crate) struct Board {
    timers: Timers,
    waiting: VecDeque<String>,
    jobs: BTreeMap<String, Entry>,
    agents: BTreeMap<String, Agent>,
}

#[derive(Debug)]
struct Entry {
    account: u32,
    state: State,
    /// Attempts that were charged.
    failed: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    Leased { agent: String, fence: u64, until: Instant, deadline: Instant },
    Ended,
}

#[derive(Debug)]
struct Agent {
    session: u64,
    capacity: usize,
    draining: bool,
    /// It refused a job for want of room, a moment ago.
    busy: bool,
    holds: BTreeSet<String>,
}

/// A job that goes to an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Assignment {
    /// The agent.
    pub(crate) agent: String,
    /// The job.
    pub(crate) job: String,
}

impl Board {
    /// An empty board.
    pub(crate) fn new(timers: Timers) -> Self {
        Self { timers, waiting: VecDeque::new(), jobs: BTreeMap::new(), agents: BTreeMap::new() }
    }

    /// Forgets all jobs: a new scan begins. Agents stay.
    pub(crate) fn forget_jobs(&mut self) {
        self.waiting.clear();
        self.jobs.clear();
        self.agents.values_mut().for_each(|agent| agent.holds.clear());
    }

    /// Adds a job that waits.
    pub(crate) fn add(&mut self, job: String, account: u32) {
        self.waiting.push_back(job.clone());
        self.jobs.insert(job, Entry { account, state: State::Waiting, failed: 0 });
    }

    /// An agent opened a session; an earlier session of the same agent no longer counts.
    pub(crate) fn connect(&mut self, agent: &str, session: u64, capacity: usize) {
        let holds = self.agents.remove(agent).map(|agent| agent.holds).unwrap_or_default();
        self.agents.insert(agent.to_owned(), Agent { session, capacity, draining: false, busy: false, holds });
    }

    /// A session ended. What the agent holds stays its own until the lease ends; but an agent that was draining has
    /// left, and an offer that crossed its farewell would wait for nobody.
    pub(crate) fn disconnect(&mut self, agent: &str, session: u64) {
        let Some(known) = self.agents.get_mut(agent) else { return };
        if known.session != session {
            return;
        }
        known.capacity = 0;
        if known.draining {
            for job in known.holds.clone() {
                self.hand_back(&job);
            }
        }
        self.forget_if_gone(agent);
    }

    /// Forgets an agent that left and holds nothing: agents come and go under new names.
    fn forget_if_gone(&mut self, agent: &str) {
        if self.agents.get(agent).is_some_and(|known| known.capacity == 0 && known.holds.is_empty()) {
            self.agents.remove(agent);
        }
    }

    /// The agent takes no more jobs.
    pub(crate) fn drain(&mut self, agent: &str) {
        if let Some(agent) = self.agents.get_mut(agent) {
            agent.draining = true;
        }
    }

    /// The agent has more to do than the board knows of: a job that ended here may still be ending there. It gets no
    /// more before [`rested`](Self::rested), or every refusal would be followed by the next offer.
    pub(crate) fn busy(&mut self, agent: &str) {
        if let Some(agent) = self.agents.get_mut(agent) {
            agent.busy = true;
        }
    }

    /// The agent may be offered jobs again.
    pub(crate) fn rested(&mut self, agent: &str) {
        if let Some(agent) = self.agents.get_mut(agent) {
            agent.busy = false;
        }
    }

    /// Whether an agent other than this one takes jobs.
    pub(crate) fn has_others(&self, agent: &str) -> bool {
        self.agents.iter().any(|(name, other)| name != agent && !other.draining && other.capacity > 0)
    }

    /// Gives waiting jobs to agents with room: the agent with the most room first. An account gets more than its share
    /// only when no other account waits.
    pub(crate) fn assign(&mut self, now: Instant) -> Vec<Assignment> {
        let mut assignments = Vec::new();
        let mut busy = self.jobs_by_account();
        let mut passed_over = VecDeque::new();
        while let Some(agent) = self.roomiest() {
            let (job, is_share) = match self.waiting.pop_front() {
                Some(job) => (job, true),
                None => match passed_over.pop_front() {
                    Some(job) => (job, false),
                    None => break,
                },
            };
            let Some(entry) = self.jobs.get(&job).filter(|entry| entry.state == State::Waiting) else { continue };
            let running = busy.entry(entry.account).or_default();
            if is_share && *running >= JOBS_AN_ACCOUNT {
                passed_over.push_back(job);
                continue;
            }
            *running += 1;
            self.resume(&agent, &job, now);
            assignments.push(Assignment { agent, job });
        }
        // Back to the front, one by one: this runs for every job that ends, and all others may be waiting.
        while let Some(job) = passed_over.pop_back() {
            self.waiting.push_front(job);
        }
        assignments
    }

    fn roomiest(&self) -> Option<String> {
        self.agents
            .iter()
            .filter(|(_, agent)| !agent.draining && !agent.busy && agent.holds.len() < agent.capacity)
            .max_by_key(|(_, agent)| agent.capacity - agent.holds.len())
            .map(|(name, _)| name.clone())
    }

    fn jobs_by_account(&self) -> BTreeMap<u32, usize> {
        let mut busy = BTreeMap::new();
        let held = self.agents.values().flat_map(|agent| &agent.holds);
        for entry in held.filter_map(|job| self.jobs.get(job)) {
            *busy.entry(entry.account).or_default() += 1;
        }
        busy
    }

    /// The grant is on disk, under this fence. False when the job has gone to somebody else meanwhile, or was granted
    /// again: then this grant is worth nothing, and nobody is told of it.
    pub(crate) fn granted(&mut self, agent: &str, job: &str, fence: u64) -> bool {
        match self.jobs.get_mut(job) {
            Some(Entry { state: State::Leased { agent: holder, fence: held, .. }, .. })
                if holder == agent && *held < fence =>
            {
                *held = fence;
                true
            }
            _ => false,
        }
    }

    /// A heartbeat: extends what the agent really holds, and returns that.
    pub(crate) fn extend(&mut self, agent: &str, jobs: &[(String, u64)], now: Instant) -> Vec<String> {
        let ttl = self.timers.lease_ttl;
        let mut extended = Vec::new();
        for (job, fence) in jobs {
            if let Some(Entry { state: State::Leased { agent: holder, fence: held, until, .. }, .. }) =
                self.jobs.get_mut(job)
                && holder == agent
                && held == fence
            {
                *until = now + ttl;
                extended.push(job.clone());
            }
        }
        extended
    }

    /// Whether the agent holds the job under this fence.
    pub(crate) fn holds(&self, agent: &str, job: &str, fence: u64) -> bool {
        matches!(self.jobs.get(job), Some(Entry { state: State::Leased { agent: holder, fence: held, .. }, .. })
            if holder == agent && *held == fence)
    }

    /// Whether the job has ended, well or not; also when it is not known.
    pub(crate) fn is_ended(&self, job: &str) -> bool {
        self.jobs.get(job).is_none_or(|entry| entry.state == State::Ended)
    }

    /// Gives a waiting job to a certain agent, which may have run it before the coordinator lost sight of it. False when
    /// the job does not wait: somebody else has it.
    pub(crate) fn resume(&mut self, agent: &str, job: &str, now: Instant) -> bool {
        let (until, deadline) = (now + self.timers.lease_ttl, now + self.timers.deadline);
        let Some(entry) = self.jobs.get_mut(job).filter(|entry| entry.state == State::Waiting) else { return false };
        entry.state = State::Leased { agent: agent.to_owned(), fence: 0, until, deadline };
        if let Some(agent) = self.agents.get_mut(agent) {
            agent.holds.insert(job.to_owned());
        }
        true
    }

    /// The job ended well, or is given up.
    pub(crate) fn end(&mut self, job: &str) {
        self.release(job, State::Ended);
    }

    /// The agent gives the job back without blame.
    pub(crate) fn hand_back(&mut self, job: &str) {
        if self.release(job, State::Waiting) {
            self.waiting.push_front(job.to_owned());
        }
    }

    /// The attempt failed. True when the job is to be given up.
    pub(crate) fn fail(&mut self, job: &str) -> bool {
        let max_attempts = self.timers.max_attempts;
        let Some(entry) = self.jobs.get_mut(job) else { return false };
        if entry.state == State::Ended {
            return false;
        }
        entry.failed += 1;
        if entry.failed >= max_attempts {
            self.end(job);
            return true;
        }
        if self.release(job, State::Waiting) {
            self.waiting.push_back(job.to_owned());
        }
        false
    }

    /// Jobs whose lease or deadline has passed.
    pub(crate) fn overdue(&self, now: Instant) -> Vec<String> {
        let is_over = |entry: &Entry| matches!(entry.state, State::Leased { until, deadline, .. } if until <= now || deadline <= now);
        self.jobs.iter().filter(|(_, entry)| is_over(entry)).map(|(job, _)| job.clone()).collect()
    }

    /// Takes the job from whoever holds it; false when nobody did.
    fn release(&mut self, job: &str, to: State) -> bool {
        let Some(entry) = self.jobs.get_mut(job) else { return false };
        if entry.state == State::Ended {
            return false;
        }
        let State::Leased { agent, .. } = std::mem::replace(&mut entry.state, to) else { return false };
        if let Some(agent) = self.agents.get_mut(&agent) {
            agent.holds.remove(job);
        }
        self.forget_if_gone(&agent);
        true
    }
}

#[cfg(test)]
mod tests;
