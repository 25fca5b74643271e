//! Who works in which account at the same time, and so how much of its request budgets each may spend: AWS counts the
//! calls of all. Pure.
//!
//! Each of those that work somewhere has the same part, whatever it does there. An agent that was told of a part is told
//! again with every heartbeat: a word that was overtaken by another on its way does not stay.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use plumbline_baseline::{AccountId, AgentId, JobId, Region};

use super::{Board, Place};

/// All of a budget, in the parts that a share is said in.
pub(crate) const WHOLE: u32 = 1000;

/// Budgets that are spent together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Spot {
    /// Whose they are.
    pub(crate) account: AccountId,
    /// Where; `None` for what counts for the account as a whole.
    pub(crate) region: Option<Region>,
}

impl Spot {
    /// The budgets that a job spends: those of its Region, and a few of the account. What belongs to no Region is called in
    /// the partition's home Region.
    fn of(place: &Place) -> [Self; 2] {
        let site = &place.site;
        let home = site.home_region.as_ref().filter(|_| place.region.as_str() == Region::GLOBAL);
        let region = home.unwrap_or(&place.region).clone();
        [Some(region), None].map(|region| Self { account: site.account.clone(), region })
    }
}

/// Who works where.
#[derive(Debug, Default)]
pub(super) struct Shares {
    /// With how many jobs.
    working: HashMap<Spot, BTreeMap<AgentId, usize>>,
    /// Of what each was told a part in its session.
    told: HashMap<AgentId, BTreeSet<Spot>>,
    /// Whose part is another one than it was.
    changed: BTreeSet<AgentId>,
}

impl Shares {
    /// An agent has a job there.
    pub(super) fn began(&mut self, agent: &AgentId, place: Option<&Place>) {
        for spot in place.map(Spot::of).into_iter().flatten() {
            let working = self.working.entry(spot).or_default();
            let jobs = working.entry(agent.clone()).or_default();
            *jobs += 1;
            if *jobs == 1 {
                self.changed.extend(working.keys().filter(|other| *other != agent).cloned());
            }
        }
    }

    /// It has it no more.
    pub(super) fn ended(&mut self, agent: &AgentId, place: Option<&Place>) {
        for spot in place.map(Spot::of).into_iter().flatten() {
            let Some(working) = self.working.get_mut(&spot) else { continue };
            let Some(jobs) = working.get_mut(agent) else { continue };
            *jobs -= 1;
            if *jobs == 0 {
                working.remove(agent);
                self.changed.extend(working.keys().cloned());
            }
            if working.is_empty() {
                self.working.remove(&spot);
            }
        }
    }

    /// A session begins or ended: the agent knows of no part. Of what it still holds it is to be told.
    pub(super) fn forget(&mut self, agent: &AgentId) {
        self.told.remove(agent);
        self.changed.insert(agent.clone());
    }

    /// What an agent with jobs in these places has to be told: the parts that are not all, and those that were not.
    pub(super) fn of<'a>(&mut self, agent: &AgentId, places: impl Iterator<Item = &'a Place>) -> Vec<(Spot, u32)> {
        let mut news = Vec::new();
        for spot in places.flat_map(Spot::of).collect::<BTreeSet<_>>() {
            let agents = u32::try_from(self.working.get(&spot).map_or(1, BTreeMap::len)).unwrap_or(WHOLE);
            let is_told = self.told.get(agent).is_some_and(|told| told.contains(&spot));
            if agents > 1 || is_told {
                self.told.entry(agent.clone()).or_default().insert(spot.clone());
                news.push((spot, (WHOLE / agents.max(1)).max(1)));
            }
        }
        news
    }

    /// Whose part changed since this was asked last.
    pub(super) fn take_changed(&mut self) -> BTreeSet<AgentId> {
        std::mem::take(&mut self.changed)
    }
}

impl Board {
    /// How much of the budgets that a job spends is an agent's, where it is to be told.
    pub(crate) fn shares_for(&mut self, agent: &AgentId, job: &JobId) -> Vec<(Spot, u32)> {
        let places = self.jobs.get(job).and_then(|entry| entry.place.as_ref());
        self.shares.of(agent, places.into_iter())
    }

    /// The same of all jobs that it has.
    pub(crate) fn shares_of(&mut self, agent: &AgentId) -> Vec<(Spot, u32)> {
        let Some(known) = self.agents.get(agent) else { return Vec::new() };
        let places = known.holds.iter().filter_map(|job| self.jobs.get(job)?.place.as_ref());
        self.shares.of(agent, places)
    }

    /// Agents whose shares changed since this was asked last.
    pub(crate) fn take_reshared(&mut self) -> BTreeSet<AgentId> {
        self.shares.take_changed()
    }
}
