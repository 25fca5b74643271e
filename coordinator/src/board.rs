//! The board: which jobs wait, who holds which, who has room. Pure: `now` is an argument, and nothing is sent or stored.
//!
//! Failure of an agent is a time-out and nothing cleverer: a lease ends when it was not extended for its lifetime. The
//! store decides what became of a job; the board follows it.

mod agents;
mod bounds;
mod pace;
mod queue;
mod shares;
mod time;

use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, Instant};

use plumbline_baseline::{AgentId, JobId};

use crate::progress::Census;
use crate::store::record::Why;

use agents::Agents;
pub(crate) use agents::{Home, Trouble};
use bounds::{ANY, Kinds};
pub(crate) use bounds::{Place, Site};
pub(crate) use pace::Pace;
use queue::{Position, Queue};
use shares::Shares;
pub(crate) use shares::Spot;
pub(crate) use time::Timers;

/// Who waits, who works.
#[derive(Debug)]
pub(crate) struct Board {
    timers: Timers,
    queue: Queue,
    jobs: HashMap<JobId, Entry>,
    agents: Agents,
    /// What agents may do that may not do everything.
    kinds: Kinds,
    shares: Shares,
}

#[derive(Debug)]
struct Entry {
    account: u32,
    /// Where it is done; `None` where that has no name.
    place: Option<Place>,
    /// The number of its scan.
    scan: u32,
    state: State,
    /// How long its next attempt may take, or its running one.
    deadline: Duration,
    /// Attempts that were charged.
    failed: u32,
    /// Agents that were charged with one.
    failed_on: BTreeSet<AgentId>,
}

#[derive(Debug)]
enum State {
    Waiting(Position),
    /// The grant is on its way to the disk. Until it is there, nobody else gets the job: of two grants on their way,
    /// the store might keep the one that nobody was told of. `None`: the agent is gone meanwhile.
    Granting(Option<AgentId>),
    Leased(Lease),
    Ended,
}

#[derive(Debug)]
struct Lease {
    agent: AgentId,
    fence: u64,
    /// Whether the agent said that it has the offer.
    is_accepted: bool,
    until: Instant,
    deadline: Instant,
}

/// What the board is told of a job that waits.
#[derive(Clone, Debug)]
pub(crate) struct Waits {
    /// Where it is done; `None` where that has no name.
    pub(crate) place: Option<Place>,
    /// The number of its account.
    pub(crate) account: u32,
    /// The number of its scan.
    pub(crate) scan: u32,
    /// Attempts that were charged before.
    pub(crate) failed: u32,
    /// How long an attempt may take.
    pub(crate) deadline: Duration,
}

/// A job that goes to an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Assignment {
    /// The agent.
    pub(crate) agent: AgentId,
    /// The job.
    pub(crate) job: JobId,
    /// Attempts that were charged so far.
    pub(crate) failed: u32,
    /// How long the attempt may take.
    pub(crate) deadline: Duration,
    /// Why it goes to this agent.
    pub(crate) why: Why,
}

/// What a failed attempt means for its job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failed {
    /// It waits for another attempt.
    TriedAgain,
    /// It failed too often: it is to be given up.
    ToGiveUp,
    /// It had ended before.
    AlreadyEnded,
}

impl Board {
    /// An empty board.
    pub(crate) fn new(timers: Timers) -> Self {
        Self {
            timers,
            queue: Queue::default(),
            jobs: HashMap::new(),
            agents: Agents::default(),
            kinds: Kinds::default(),
            shares: Shares::default(),
        }
    }

    /// What there is of jobs that have not ended, and of agents.
    pub(crate) fn census(&self) -> Census {
        let mut census = Census::default();
        for entry in self.jobs.values() {
            match entry.state {
                State::Waiting(_) => census.waiting += 1,
                State::Granting(_) | State::Leased(_) => census.leased += 1,
                State::Ended => {}
            }
        }
        for (_, agent) in self.agents.iter() {
            match agent.session {
                Some(_) if agent.is_draining => census.draining += 1,
                Some(_) => census.connected += 1,
                None => census.lost += u64::from(!agent.holds.is_empty()),
            }
        }
        census
    }

    /// Forgets a job, whatever its state: its scan ended.
    pub(crate) fn forget(&mut self, job: &JobId) {
        self.abandon(job);
        self.jobs.remove(job);
    }

    /// Adds a job that waits, and is done nowhere in particular.
    #[cfg(test)]
    pub(crate) fn add(&mut self, job: JobId, account: u32, scan: u32, failed: u32) {
        self.add_at(None, job, account, scan, failed);
    }

    /// The same in a place.
    #[cfg(test)]
    pub(crate) fn add_at(&mut self, place: Option<Place>, job: JobId, account: u32, scan: u32, failed: u32) {
        self.put(job, Waits { place, account, scan, failed, deadline: self.timers.deadline });
    }

    /// Adds a job that waits, behind all others of its scan.
    pub(crate) fn put(&mut self, job: JobId, waits: Waits) {
        let Waits { place, account, scan, failed, deadline } = waits;
        let position = self.queue.push_back(job.clone(), account, scan);
        self.kinds.insert(position, account, &job, place.as_ref());
        let state = State::Waiting(position);
        self.jobs.insert(job, Entry { account, place, scan, state, deadline, failed, failed_on: BTreeSet::new() });
    }

    /// What `push` put into the queue waits.
    fn wait(&mut self, job: &JobId, push: impl FnOnce(&mut Queue, JobId, u32, u32) -> Position) {
        let Some(entry) = self.jobs.get_mut(job) else { return };
        let position = push(&mut self.queue, job.clone(), entry.account, entry.scan);
        self.kinds.insert(position, entry.account, job, entry.place.as_ref());
        entry.state = State::Waiting(position);
    }

    /// A job that waits is an agent's, from before the coordinator started: it may come back with it. Or it never got
    /// the offer, which the process that made it did not live to send: what it does not name when it comes is nobody's.
    pub(crate) fn restore(&mut self, agent: &AgentId, job: &JobId, fence: u64, until: Instant) {
        let Some(entry) = self.jobs.get_mut(job) else { return };
        let State::Waiting(position) = entry.state else { return };
        self.queue.take(entry.account, position);
        self.kinds.remove(position);
        let deadline = until + entry.deadline;
        entry.state = State::Leased(Lease { agent: agent.clone(), fence, is_accepted: false, until, deadline });
        self.shares.began(agent, entry.place.as_ref());
        self.agents.expect(agent, job);
    }

    /// An agent opened a session; an earlier session of the same agent no longer counts. What the agent holds and does
    /// not name as `running` was lost on the way to it, or with it.
    pub(crate) fn connect(&mut self, agent: &AgentId, session: u64, capacity: usize, running: &[JobId]) -> Vec<JobId> {
        self.shares.forget(agent);
        self.agents.connect(agent, session, capacity);
        let pace = self.pace();
        self.agents.change(agent, |agent| agent.pace = Some(pace));
        let holds = self.agents.get(agent).map(|known| known.holds.clone()).unwrap_or_default();
        let missing: Vec<JobId> = holds.into_iter().filter(|job| !running.contains(job)).collect();
        let (accepted, lost): (Vec<_>, Vec<_>) = missing.into_iter().partition(|job| self.is_accepted(job));
        lost.iter().for_each(|job| self.hand_back(job));
        accepted
    }

    /// A session ended. What the agent accepted stays its own until the lease ends; an offer that it has not answered
    /// may never have reached it. An agent that was draining has left for good.
    pub(crate) fn disconnect(&mut self, agent: &AgentId, session: u64) {
        let Some(known) = self.agents.get(agent).filter(|known| known.session == Some(session)) else { return };
        let (holds, is_draining) = (known.holds.clone(), known.is_draining);
        for job in holds {
            if is_draining || !self.is_accepted(&job) {
                self.hand_back(&job);
            }
        }
        self.shares.forget(agent);
        self.agents.change(agent, |agent| agent.session = None);
    }

    /// The agent takes no more jobs.
    pub(crate) fn drain(&mut self, agent: &AgentId) {
        self.agents.change(agent, |agent| agent.is_draining = true);
    }

    /// The agent is offered nothing before this moment.
    pub(crate) fn rest(&mut self, agent: &AgentId, until: Instant) {
        self.agents.rest(agent, until);
    }

    /// The agent is in trouble of its own; returns how long it is offered nothing.
    pub(crate) fn troubled(&mut self, agent: &AgentId, detail: &str, now: Instant) -> Duration {
        self.agents.troubled(agent, detail, now)
    }

    /// Agents that take jobs, work or may do what waits, and the trouble that they have.
    pub(crate) fn open_agents(&self) -> impl Iterator<Item = (&AgentId, Option<&Trouble>)> {
        let any_waits = !self.queue.is_empty();
        let open = self.agents.open();
        open.filter(move |(id, _)| {
            let Some(agent) = self.agents.get(id) else { return false };
            agent.kind == ANY || !agent.holds.is_empty() || self.kinds.has_work(agent.kind, any_waits)
        })
    }

    /// Whether an agent other than this one takes jobs such as this.
    pub(crate) fn has_others(&self, agent: &AgentId, job: &JobId) -> bool {
        self.agents.open().any(|(id, _)| id != agent && self.may(id, job))
    }

    /// Takes all jobs from an agent, without blame, and forgets its session.
    pub(crate) fn evict(&mut self, agent: &AgentId) {
        let holds = self.agents.get(agent).map(|known| known.holds.clone()).unwrap_or_default();
        holds.iter().for_each(|job| self.hand_back(job));
        self.shares.forget(agent);
        self.agents.change(agent, |agent| agent.session = None);
    }

    /// The trouble because of which nothing goes on: jobs wait, nobody works, and all agents have been in trouble of
    /// their own for this long.
    pub(crate) fn stuck(&self, now: Instant, limit: Duration) -> Option<String> {
        if self.queue.is_empty() || self.agents.iter().any(|(_, agent)| !agent.holds.is_empty()) {
            return None;
        }
        let mut worst = None;
        for (_, trouble) in self.open_agents() {
            let trouble = trouble.filter(|trouble| trouble.since + limit <= now)?;
            worst = Some(trouble.detail.clone());
        }
        worst
    }

    /// Says where an agent is at home. To be said before it connects.
    pub(crate) fn locate(&mut self, agent: &AgentId, homes: Vec<Home>) {
        self.agents.locate(agent, homes);
    }

    /// Gives waiting jobs to agents with room: to one that is at home where the job is, else to the one with the most room.
    pub(crate) fn assign(&mut self, now: Instant) -> Vec<Assignment> {
        self.agents.wake(now);
        let mut assignments = Vec::new();
        while let Some((agent, job, why)) = self.next_within_bounds().or_else(|| self.next_of_all()) {
            let (failed, deadline) = (self.failed_attempts(&job), self.deadline_of(&job));
            let another = self.another_for(&job).map(|another| (another, Why::FailedElsewhere));
            let (agent, why) = another.unwrap_or((agent, why));
            self.lease(&agent, &job);
            assignments.push(Assignment { agent, job, failed, deadline, why });
        }
        assignments
    }

    /// The next pair of an agent that may do everything and a job.
    fn next_of_all(&mut self) -> Option<(AgentId, JobId, Why)> {
        let roomiest = self.agents.roomiest(ANY)?;
        let job = self.queue.pop()?;
        if let Some(Entry { state: State::Waiting(position), .. }) = self.jobs.get(&job) {
            self.kinds.remove(*position);
        }
        let (agent, why) = self.nearest(ANY, &job).unwrap_or((roomiest, Why::MostRoom));
        Some((agent, job, why))
    }

    /// The agent of a kind with room that is at home where a job is.
    fn nearest(&self, kind: usize, job: &JobId) -> Option<(AgentId, Why)> {
        let (agent, home) = self.agents.nearest(kind, self.jobs.get(job)?.place.as_ref()?)?;
        Some(match home {
            Home::Account(_) => (agent, Why::OwnAccount),
            Home::Region(_) => (agent, Why::HomeRegion),
        })
    }

    fn lease(&mut self, agent: &AgentId, job: &JobId) {
        if let Some(entry) = self.jobs.get_mut(job) {
            entry.state = State::Granting(Some(agent.clone()));
            self.shares.began(agent, entry.place.as_ref());
        }
        self.agents.change(agent, |agent| {
            agent.holds.insert(job.clone());
        });
    }

    /// The grant is on disk, under this fence: the lease begins. False when the agent is gone meanwhile: then this grant
    /// is worth nothing, and the job waits again.
    pub(crate) fn granted(&mut self, job: &JobId, fence: u64, now: Instant) -> bool {
        let Some(Entry { state: State::Granting(to), .. }) = self.jobs.get(job) else { return false };
        let until = now + to.as_ref().map_or(self.timers.pace, |agent| self.pace_of(agent)).lease_ttl;
        let Some(entry) = self.jobs.get_mut(job) else { return false };
        let deadline = now + entry.deadline;
        match &mut entry.state {
            State::Granting(Some(agent)) => {
                let lease = Lease { agent: agent.clone(), fence, is_accepted: false, until, deadline };
                entry.state = State::Leased(lease);
                true
            }
            State::Granting(None) => {
                self.queue.stopped(entry.account);
                self.wait(job, |queue, job, account, _| queue.push_front(job, account));
                false
            }
            State::Waiting(_) | State::Leased(_) | State::Ended => false,
        }
    }

    /// The grant could not be stored, which is charged: it must not go on for ever.
    pub(crate) fn not_granted(&mut self, job: &JobId) -> Failed {
        match self.jobs.get(job) {
            Some(Entry { state: State::Granting(_), .. }) => self.charge(job),
            _ => Failed::AlreadyEnded,
        }
    }

    /// The agent has the offer.
    pub(crate) fn accepted(&mut self, agent: &AgentId, job: &JobId, fence: u64) {
        if let Some(lease) = self.lease_of(agent, job).filter(|lease| lease.fence == fence) {
            lease.is_accepted = true;
        }
    }

    fn is_accepted(&self, job: &JobId) -> bool {
        matches!(self.jobs.get(job), Some(Entry { state: State::Leased(lease), .. }) if lease.is_accepted)
    }

    fn lease_of(&mut self, agent: &AgentId, job: &JobId) -> Option<&mut Lease> {
        match &mut self.jobs.get_mut(job)?.state {
            State::Leased(lease) if lease.agent == *agent => Some(lease),
            _ => None,
        }
    }

    /// Whether the agent holds the job under this fence.
    pub(crate) fn holds(&self, agent: &AgentId, job: &JobId, fence: u64) -> bool {
        matches!(self.jobs.get(job), Some(Entry { state: State::Leased(lease), .. })
            if lease.agent == *agent && lease.fence == fence)
    }

    /// Attempts at the job that were charged.
    pub(crate) fn failed_attempts(&self, job: &JobId) -> u32 {
        self.jobs.get(job).map_or(0, |entry| entry.failed)
    }

    /// Gives a waiting job to a certain agent, which may have run it before the coordinator lost sight of it. False when
    /// the job does not wait: somebody else has it.
    pub(crate) fn resume(&mut self, agent: &AgentId, job: &JobId) -> bool {
        if !self.may(agent, job) {
            return false;
        }
        let Some(Entry { account, state: State::Waiting(position), .. }) = self.jobs.get(job) else { return false };
        self.queue.take(*account, *position);
        self.kinds.remove(*position);
        self.lease(agent, job);
        true
    }

    /// The same, and also when an earlier process of the agent holds the job: that one is gone.
    pub(crate) fn take_up(&mut self, agent: &AgentId, job: &JobId) -> bool {
        if self.lease_of(agent, job).is_some() {
            self.hand_back(job);
        }
        self.resume(agent, job)
    }

    /// The job's result is stored: it ended, and whoever held it is well.
    pub(crate) fn commit(&mut self, job: &JobId) {
        if let Some(agent) = self.release(job) {
            self.agents.worked(&agent);
        }
        self.set_ended(job);
    }

    /// The job is given up.
    pub(crate) fn abandon(&mut self, job: &JobId) {
        self.release(job);
        self.set_ended(job);
    }

    fn set_ended(&mut self, job: &JobId) {
        let Some(entry) = self.jobs.get_mut(job) else { return };
        match std::mem::replace(&mut entry.state, State::Ended) {
            State::Waiting(position) => {
                self.queue.remove(entry.account, position);
                self.kinds.remove(position);
            }
            State::Granting(_) | State::Leased(_) => self.queue.stopped(entry.account),
            State::Ended => {}
        }
    }

    /// The agent gives the job back without blame.
    pub(crate) fn hand_back(&mut self, job: &JobId) {
        let is_granting = matches!(self.jobs.get(job), Some(Entry { state: State::Granting(_), .. }));
        if self.release(job).is_none() {
            return;
        }
        let Some(entry) = self.jobs.get_mut(job) else { return };
        if is_granting {
            entry.state = State::Granting(None);
        } else {
            self.queue.stopped(entry.account);
            self.wait(job, |queue, job, account, _| queue.push_front(job, account));
        }
    }

    /// The attempt failed, and is charged. A job that is to be given up waits for nobody any more; the store is asked
    /// to give it up, and says what became of it.
    pub(crate) fn fail(&mut self, job: &JobId) -> Failed {
        match self.jobs.get(job) {
            Some(Entry { state: State::Leased(_), .. }) => self.charge(job),
            _ => Failed::AlreadyEnded,
        }
    }

    fn charge(&mut self, job: &JobId) -> Failed {
        let agent = self.release(job);
        let Some(entry) = self.jobs.get_mut(job) else { return Failed::AlreadyEnded };
        self.queue.stopped(entry.account);
        entry.failed += 1;
        entry.failed_on.extend(agent);
        if is_poison(entry, &self.timers, &self.agents, &self.kinds) {
            entry.state = State::Ended;
            return Failed::ToGiveUp;
        }
        self.wait(job, Queue::push_back);
        Failed::TriedAgain
    }

    /// Takes the job from whoever holds it, and says who did. Its state is the caller's to set.
    fn release(&mut self, job: &JobId) -> Option<AgentId> {
        let entry = self.jobs.get(job)?;
        let agent = match &entry.state {
            State::Leased(Lease { agent, .. }) | State::Granting(Some(agent)) => agent.clone(),
            State::Waiting(_) | State::Granting(None) | State::Ended => return None,
        };
        self.shares.ended(&agent, entry.place.as_ref());
        self.agents.change(&agent, |agent| {
            agent.holds.remove(job);
        });
        Some(agent)
    }
}

/// Whether a job failed so often that it is the job and not an agent: on two agents, where there are two.
fn is_poison(entry: &Entry, timers: &Timers, agents: &Agents, kinds: &Kinds) -> bool {
    let may = |agent| agents.get(agent).is_some_and(|agent| kinds.may(agent.kind, entry.place.as_ref()));
    let has_others = agents.open().any(|(agent, _)| !entry.failed_on.contains(agent) && may(agent));
    entry.failed >= timers.max_attempts && (entry.failed_on.len() > 1 || !has_others)
}

#[cfg(test)]
mod tests;
