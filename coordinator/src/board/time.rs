//! Leases and the clock: how long they last, when they are extended, and which are over. Pure: `now` is an argument.

use std::time::{Duration, Instant};

use plumbline_baseline::{AgentId, JobId};

use super::pace::Pace;
use super::{Board, Entry, State};

/// The timers of leases.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timers {
    /// Of a fleet that is not large.
    pub(crate) pace: Pace,
    /// A job that is not committed after this is taken away, unless it is known to take longer.
    pub(crate) deadline: Duration,
    /// Attempts that end in failure before a job is given up.
    pub(crate) max_attempts: u32,
}

impl Timers {
    /// No job has more time than this. Credentials of a role are renewed while a job runs, so that the hour of a chained
    /// session is no bound; somebody who waits for a scan is.
    pub(crate) fn longest_deadline(&self) -> Duration {
        self.deadline * 4
    }

    /// The deadline of a job that once needed this long, or more.
    pub(crate) fn deadline_for(&self, needed: Duration) -> Duration {
        needed.saturating_mul(2).clamp(self.deadline, self.longest_deadline())
    }
}

impl Board {
    /// How often agents are to be heard of now.
    pub(super) fn pace(&self) -> Pace {
        Pace::of(self.agents.connected(), self.timers.pace)
    }

    /// The pace that an agent was told.
    pub(crate) fn pace_of(&self, agent: &AgentId) -> Pace {
        self.agents.get(agent).and_then(|agent| agent.pace).unwrap_or(self.timers.pace)
    }

    /// Another pace than the agent was told, if it is another one by now; it is told then.
    pub(crate) fn repace(&mut self, agent: &AgentId) -> Option<Pace> {
        let pace = self.pace();
        let is_new = self.pace_of(agent) != pace;
        is_new.then(|| {
            self.agents.change(agent, |agent| agent.pace = Some(pace));
            pace
        })
    }

    /// A heartbeat: extends what the agent really holds, and returns that.
    pub(crate) fn extend(&mut self, agent: &AgentId, jobs: &[(JobId, u64)], now: Instant) -> Vec<JobId> {
        let until = now + self.pace_of(agent).longer_lease(self.pace());
        let mut extended = Vec::new();
        for (job, fence) in jobs {
            if let Some(lease) = self.lease_of(agent, job).filter(|lease| lease.fence == *fence) {
                (lease.until, lease.is_accepted) = (until, true);
                extended.push(job.clone());
            }
        }
        extended
    }

    /// How long an attempt at the job may take.
    pub(crate) fn deadline_of(&self, job: &JobId) -> Duration {
        self.jobs.get(job).map_or(self.timers.deadline, |entry| entry.deadline)
    }

    /// If the attempt that runs used up its time, the next one has twice as much, as far as a job may have it. Returns what
    /// it had. To be asked before the attempt is charged.
    ///
    /// The agent counts from when it was told, and gives up by itself: the last eighth counts as the end.
    pub(crate) fn ran_over(&mut self, job: &JobId, now: Instant) -> Option<Duration> {
        let entry = self.jobs.get_mut(job)?;
        let State::Leased(lease) = &entry.state else { return None };
        let had = entry.deadline;
        if now + had / 8 < lease.deadline {
            return None;
        }
        entry.deadline = had.saturating_mul(2).min(self.timers.longest_deadline()).max(had);
        Some(had)
    }

    /// Jobs whose lease or deadline has passed.
    pub(crate) fn overdue(&self, now: Instant) -> Vec<JobId> {
        let is_over = |job: &&JobId| {
            matches!(self.jobs.get(*job), Some(Entry { state: State::Leased(lease), .. })
            if lease.until <= now || lease.deadline <= now)
        };
        self.agents.iter().flat_map(|(_, agent)| &agent.holds).filter(is_over).cloned().collect()
    }

    /// The coordinator itself did not run for this long: no lease may end of that.
    pub(crate) fn pardon(&mut self, pause: Duration, now: Instant) {
        for entry in self.jobs.values_mut() {
            if let State::Leased(lease) = &mut entry.state {
                let pace = self.agents.get(&lease.agent).and_then(|agent| agent.pace).unwrap_or(self.timers.pace);
                let until = now + pace.lease_ttl;
                (lease.until, lease.deadline) = (lease.until.max(until), lease.deadline + pause);
            }
        }
    }
}
