//! Agents that may not work everywhere: which waiting jobs each kind of them may do. Pure.
//!
//! A kind is all agents with the same bounds. Its waiting jobs are kept in order, so that an agent finds its next one
//! without looking at those of others; agents that may do everything are of no kind, and cost nothing here.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumbline_baseline::{AccountId, AgentId, JobId, Region};
use plumbline_identity::Bounds;

use super::queue::Position;
use super::{Board, Entry, State};
use crate::store::record::Why;

/// An account, and the root and organizational units that it is below, as far as they are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Site {
    /// The account.
    pub(crate) account: AccountId,
    /// The ids of the root and the units.
    pub(crate) units: Vec<String>,
    /// Where what belongs to no Region is called; `None` where the partition is not known.
    pub(crate) home_region: Option<Region>,
}

/// Where a job is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The account.
    pub(crate) site: Arc<Site>,
    /// The Region.
    pub(crate) region: Region,
}

impl Place {
    /// Whether these bounds let an agent work here.
    pub(crate) fn is_within(&self, bounds: &Bounds) -> bool {
        let units: Vec<&str> = self.site.units.iter().map(String::as_str).collect();
        bounds.allows(&self.site.account, &self.region, &units)
    }
}

/// The kind of agents that may do everything.
pub(super) const ANY: usize = 0;

/// All kinds, by number from 1.
#[derive(Debug, Default)]
pub(super) struct Kinds(Vec<Kind>);

#[derive(Debug)]
struct Kind {
    bounds: Bounds,
    /// What they may do, in order, with its account.
    waiting: BTreeMap<Position, (u32, JobId)>,
}

impl Kinds {
    /// The numbers of those that are not [`ANY`].
    fn numbers(&self) -> std::ops::RangeInclusive<usize> {
        1..=self.0.len()
    }

    /// Whether agents of a kind may do a job in this place; what is nowhere is for those alone that may do everything.
    pub(super) fn may(&self, kind: usize, place: Option<&Place>) -> bool {
        match kind {
            ANY => true,
            kind => place.is_some_and(|place| place.is_within(&self.0[kind - 1].bounds)),
        }
    }

    /// Whether a job waits that agents of a kind may do.
    pub(super) fn has_work(&self, kind: usize, any_waits: bool) -> bool {
        if kind == ANY { any_waits } else { !self.0[kind - 1].waiting.is_empty() }
    }

    /// A job waits.
    pub(super) fn insert(&mut self, position: Position, account: u32, job: &JobId, place: Option<&Place>) {
        let Some(place) = place else { return };
        for kind in self.0.iter_mut().filter(|kind| place.is_within(&kind.bounds)) {
            kind.waiting.insert(position, (account, job.clone()));
        }
    }

    /// It waits no more.
    pub(super) fn remove(&mut self, position: Position) {
        self.0.iter_mut().for_each(|kind| drop(kind.waiting.remove(&position)));
    }

    /// The next job of a kind: of an account that has not its share yet, if there is one.
    fn next(&self, kind: usize, has_its_share: impl Fn(u32) -> bool) -> Option<JobId> {
        let waiting = &self.0[kind - 1].waiting;
        let within = waiting.values().find(|(account, _)| !has_its_share(*account));
        within.or_else(|| waiting.values().next()).map(|(_, job)| job.clone())
    }
}

impl Board {
    /// Says within what an agent works; without a word it may do everything. To be said before it connects.
    pub(crate) fn bind(&mut self, agent: &AgentId, bounds: &Bounds) {
        let kind = if *bounds == Bounds::default() { ANY } else { self.kind_of(bounds) };
        self.agents.bind(agent, kind);
    }

    fn kind_of(&mut self, bounds: &Bounds) -> usize {
        if let Some(index) = self.kinds.0.iter().position(|kind| kind.bounds == *bounds) {
            return index + 1;
        }
        let mut waiting = BTreeMap::new();
        for (id, entry) in &self.jobs {
            if let Entry { account, state: State::Waiting(position), place: Some(place), .. } = entry
                && place.is_within(bounds)
            {
                waiting.insert(*position, (*account, id.clone()));
            }
        }
        self.kinds.0.push(Kind { bounds: bounds.clone(), waiting });
        self.kinds.0.len()
    }

    /// Whether an agent may do a job.
    pub(super) fn may(&self, agent: &AgentId, job: &JobId) -> bool {
        let kind = self.agents.get(agent).map_or(ANY, |agent| agent.kind);
        self.jobs.get(job).is_some_and(|entry| self.kinds.may(kind, entry.place.as_ref()))
    }

    /// The next pair of an agent that may not do everything and a job that it may do. They choose before the others: what
    /// they leave, the others can do.
    pub(super) fn next_within_bounds(&mut self) -> Option<(AgentId, JobId, Why)> {
        for kind in self.kinds.numbers() {
            if let Some(agent) = self.agents.roomiest(kind)
                && let Some(job) = self.kinds.next(kind, |account| self.queue.has_its_share(account))
            {
                let entry = self.jobs.get(&job)?;
                if let State::Waiting(position) = entry.state {
                    self.queue.take(entry.account, position);
                    self.kinds.remove(position);
                }
                let (agent, why) = self.nearest(kind, &job).unwrap_or((agent, Why::WithinBounds));
                return Some((agent, job, why));
            }
        }
        None
    }

    /// Whoever failed at a job is asked last: another agent with room that may do it, if there is one.
    pub(super) fn another_for(&self, job: &JobId) -> Option<AgentId> {
        let entry = self.jobs.get(job).filter(|entry| entry.failed > 0)?;
        let may = |kind| self.kinds.may(kind, entry.place.as_ref());
        self.agents.roomiest_but(&entry.failed_on, may)
    }

    /// Whether agents are connected, and none of them may do anything that waits.
    pub(crate) fn has_only_others(&self) -> bool {
        self.agents.open().next().is_some() && self.open_agents().next().is_none()
    }
}
