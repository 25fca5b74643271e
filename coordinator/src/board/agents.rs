//! The agents that the board knows: who has room, who rests, who is in trouble of its own. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use plumbline_baseline::{AccountId, AgentId, JobId, Region};

use super::{Pace, Place};

/// The first pause of an agent that is in trouble of its own; it doubles with every refusal.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
/// Its longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// Trouble that an agent has by itself: no credentials, no network, no memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trouble {
    /// Since when, without a job done in between.
    pub(crate) since: Instant,
    /// Refusals in a row.
    pub(crate) times: u32,
    /// What it says.
    pub(crate) detail: String,
}

/// Where an agent is at home: what it is near to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Home {
    /// The account of its own credentials.
    Account(AccountId),
    /// The Region that it runs in.
    Region(Region),
}

#[derive(Debug)]
pub(super) struct Agent {
    /// Its open session; `None` when it left, and holds leases still.
    pub(super) session: Option<u64>,
    /// The number of its kind: within what it works.
    pub(super) kind: usize,
    homes: Vec<Home>,
    /// What it was told when it was told of one last.
    pub(super) pace: Option<Pace>,
    capacity: usize,
    pub(super) is_draining: bool,
    rests_until: Option<Instant>,
    trouble: Option<Trouble>,
    pub(super) holds: BTreeSet<JobId>,
}

impl Agent {
    fn absent() -> Self {
        Self {
            session: None,
            kind: 0,
            homes: Vec::new(),
            pace: None,
            capacity: 0,
            is_draining: false,
            rests_until: None,
            trouble: None,
            holds: BTreeSet::new(),
        }
    }

    /// How many jobs it can be offered.
    fn room(&self) -> usize {
        let is_open = self.session.is_some() && !self.is_draining && self.rests_until.is_none();
        if is_open { self.capacity.saturating_sub(self.holds.len()) } else { 0 }
    }
}

/// All agents, found by name and by room.
#[derive(Debug, Default)]
pub(super) struct Agents {
    known: BTreeMap<AgentId, Agent>,
    /// Those with room, by their kind and by how much.
    with_room: BTreeMap<usize, BTreeSet<(usize, AgentId)>>,
    /// The same, by where they are at home.
    at_home: BTreeMap<(usize, Home), BTreeSet<(usize, AgentId)>>,
    resting: BTreeSet<(Instant, AgentId)>,
    /// How many have a session.
    connected: usize,
}

impl Agents {
    /// An agent opened a session; what it held and said in an earlier one stays.
    pub(super) fn connect(&mut self, id: &AgentId, session: u64, capacity: usize) {
        self.unlist(id);
        let agent = self.known.entry(id.clone()).or_insert_with(Agent::absent);
        (agent.session, agent.capacity, agent.is_draining) = (Some(session), capacity, false);
        self.list(id);
    }

    /// An agent is of this kind from now on.
    pub(super) fn bind(&mut self, id: &AgentId, kind: usize) {
        self.unlist(id);
        self.known.entry(id.clone()).or_insert_with(Agent::absent).kind = kind;
        self.list(id);
    }

    /// An agent is at home there from now on.
    pub(super) fn locate(&mut self, id: &AgentId, homes: Vec<Home>) {
        self.unlist(id);
        self.known.entry(id.clone()).or_insert_with(Agent::absent).homes = homes;
        self.list(id);
    }

    /// An agent that is not connected holds a job, from before the coordinator started.
    pub(super) fn expect(&mut self, id: &AgentId, job: &JobId) {
        self.unlist(id);
        self.known.entry(id.clone()).or_insert_with(Agent::absent).holds.insert(job.clone());
        self.list(id);
    }

    /// How many have a session.
    pub(super) fn connected(&self) -> usize {
        self.connected
    }

    pub(super) fn get(&self, id: &AgentId) -> Option<&Agent> {
        self.known.get(id)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&AgentId, &Agent)> {
        self.known.iter()
    }

    /// Changes an agent that is known. One that left and holds nothing is forgotten: agents come and go under new
    /// names.
    pub(super) fn change(&mut self, id: &AgentId, change: impl FnOnce(&mut Agent)) {
        if !self.known.contains_key(id) {
            return;
        }
        self.unlist(id);
        if let Some(agent) = self.known.get_mut(id) {
            change(agent);
        }
        self.list(id);
        if self.known.get(id).is_some_and(|agent| agent.session.is_none() && agent.holds.is_empty()) {
            self.unlist(id);
            self.known.remove(id);
        }
    }

    /// The agent of a kind with the most room.
    pub(super) fn roomiest(&self, kind: usize) -> Option<AgentId> {
        self.with_room.get(&kind)?.last().map(|(_, id)| id.clone())
    }

    /// The agent of a kind with room that is at home in a job's account, or else in its Region; of several the one with the
    /// most room.
    pub(super) fn nearest(&self, kind: usize, place: &Place) -> Option<(AgentId, Home)> {
        let homes = [Home::Account(place.site.account.clone()), Home::Region(place.region.clone())];
        homes.into_iter().find_map(|home| {
            let (_, id) = self.at_home.get(&(kind, home.clone()))?.last()?;
            Some((id.clone(), home))
        })
    }

    /// The agent with the most room that is none of these, of a kind that may.
    pub(super) fn roomiest_but(&self, but: &BTreeSet<AgentId>, may: impl Fn(usize) -> bool) -> Option<AgentId> {
        let kinds = self.with_room.iter().filter(|(kind, _)| may(**kind));
        let each = kinds.filter_map(|(_, listed)| listed.iter().rev().find(|(_, id)| !but.contains(id)));
        each.max().map(|(_, id)| id.clone())
    }

    /// The agent is offered nothing before this moment.
    pub(super) fn rest(&mut self, id: &AgentId, until: Instant) {
        self.change(id, |agent| agent.rests_until = Some(agent.rests_until.map_or(until, |other| other.max(until))));
    }

    /// Ends the rests that are over.
    pub(super) fn wake(&mut self, now: Instant) {
        while let Some((until, id)) = self.resting.first().cloned()
            && until <= now
        {
            self.change(&id, |agent| agent.rests_until = None);
        }
    }

    /// The agent refused for trouble of its own; returns how long it rests.
    pub(super) fn troubled(&mut self, id: &AgentId, detail: &str, now: Instant) -> Duration {
        let mut pause = FIRST_PAUSE;
        self.change(id, |agent| {
            let trouble = agent.trouble.get_or_insert_with(|| Trouble { since: now, times: 0, detail: String::new() });
            pause = FIRST_PAUSE.saturating_mul(1 << trouble.times.min(10)).min(LONGEST_PAUSE);
            trouble.times = trouble.times.saturating_add(1);
            trouble.detail = detail.to_owned();
        });
        self.rest(id, now + pause);
        pause
    }

    /// The agent did a job: what its trouble was is over.
    pub(super) fn worked(&mut self, id: &AgentId) {
        self.change(id, |agent| agent.trouble = None);
    }

    /// Agents with a session that take jobs.
    pub(super) fn open(&self) -> impl Iterator<Item = (&AgentId, Option<&Trouble>)> {
        let open = self.known.iter().filter(|(_, agent)| agent.session.is_some() && !agent.is_draining);
        open.map(|(id, agent)| (id, agent.trouble.as_ref()))
    }

    fn unlist(&mut self, id: &AgentId) {
        let Some(agent) = self.known.get(id) else { return };
        self.connected -= usize::from(agent.session.is_some());
        if let Some(listed) = self.with_room.get_mut(&agent.kind) {
            listed.remove(&(agent.room(), id.clone()));
        }
        for home in &agent.homes {
            let home = (agent.kind, home.clone());
            if let Some(listed) = self.at_home.get_mut(&home) {
                listed.remove(&(agent.room(), id.clone()));
                if listed.is_empty() {
                    self.at_home.remove(&home);
                }
            }
        }
        if let Some(until) = agent.rests_until {
            self.resting.remove(&(until, id.clone()));
        }
    }

    fn list(&mut self, id: &AgentId) {
        let Some(agent) = self.known.get(id) else { return };
        self.connected += usize::from(agent.session.is_some());
        if agent.room() > 0 {
            self.with_room.entry(agent.kind).or_default().insert((agent.room(), id.clone()));
            for home in &agent.homes {
                self.at_home.entry((agent.kind, home.clone())).or_default().insert((agent.room(), id.clone()));
            }
        }
        if let Some(until) = agent.rests_until {
            self.resting.insert((until, id.clone()));
        }
    }
}
