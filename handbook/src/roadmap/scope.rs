//! An account, a unit or the organization: its level, its processes, and what comes next.

use std::sync::Arc;

use plumbline_baseline::pack::handbook::process::Process;

use super::next::NextStep;
use super::place::Place;
use super::progress::{Counts, Placed, Progress};
use super::{LEVELS, Roadmap, is_own};
use crate::state::State;

/// How far something is.
#[derive(Clone, Debug)]
pub struct Scope<'r> {
    /// What.
    pub place: Place,
    /// How many accounts it has.
    pub accounts: u64,
    /// How many of them have reached which level.
    pub accounts_by_level: [u64; LEVELS.len() + 1],
    /// The level that it has reached; 0 for none.
    pub level: u8,
    /// The level that it would have reached if a person confirmed all that is left to confirm.
    pub level_once_confirmed: u8,
    /// Its processes, in the order of the handbook.
    pub processes: Vec<Placed<'r>>,
    /// How often a process is done: each account's own in each account, those of the organization once.
    pub places_done: u64,
    /// Of how many.
    pub places: u64,
    /// Steps × accounts of which nothing is left.
    pub steps_done: u64,
    /// All of them.
    pub steps: u64,
    /// Processes of the organization of which something is open in these accounts; none for the organization itself.
    pub of_organization: Vec<&'r Process>,
    /// What comes next, at most five.
    pub next: Vec<NextStep<'r>>,
}

impl Scope<'_> {
    /// How many of its processes are so far.
    pub fn count(&self, progress: Progress) -> u64 {
        self.count_of(|placed| placed.progress == progress)
    }

    /// How many of its processes of a level are so far.
    pub fn count_of_level(&self, level: u8, progress: Progress) -> u64 {
        self.count_of(|placed| placed.process.level == level && placed.progress == progress)
    }

    /// How many of its processes are done, and not by measuring alone.
    pub fn attested(&self) -> u64 {
        self.count_of(|placed| placed.progress == Progress::Done && placed.places.attested > 0)
    }

    /// How many of its processes fit.
    pub fn count_of(&self, fits: impl Fn(&Placed<'_>) -> bool) -> u64 {
        self.processes.iter().filter(|placed| fits(placed)).count() as u64
    }
}

impl<'r> Roadmap<'r> {
    /// All accounts, and what is done once for them.
    pub fn organization(&self) -> Scope<'r> {
        let accounts: Vec<&Arc<str>> = self.accounts.keys().collect();
        self.scope(Place::Organization, &accounts)
    }

    /// The accounts of a unit and of those below it.
    pub fn unit(&self, path: &str) -> Scope<'r> {
        let is_below =
            |unit: &str| unit.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        let below = self.standing.accounts().filter(|(_, account)| is_below(&account.unit));
        let accounts: Vec<&Arc<str>> = below.map(|(id, _)| id).collect();
        self.scope(Place::Unit(path.to_owned()), &accounts)
    }

    /// An account; nothing is known of one that the scan has not.
    pub fn account(&self, id: &str) -> Scope<'r> {
        let known: Vec<&Arc<str>> = self.accounts.get_key_value(id).map(|(id, _)| id).into_iter().collect();
        self.scope(Place::Account(Arc::from(id)), &known)
    }

    fn scope(&self, place: Place, accounts: &[&Arc<str>]) -> Scope<'r> {
        let counts = self.counts(&place, accounts);
        let is_organization = place == Place::Organization;
        let is_listed = self.standing.is_whole || !is_organization;
        let level = |is_reached: fn(Counts) -> bool| if is_listed { self.level(&counts, is_reached) } else { 0 };
        let mut accounts_by_level = [0; LEVELS.len() + 1];
        for account in accounts {
            accounts_by_level[usize::from(self.level(&self.accounts[*account].own, Counts::is_done))] += 1;
        }
        let mut scope = Scope {
            accounts: accounts.len() as u64,
            accounts_by_level,
            level: level(Counts::is_done),
            level_once_confirmed: level(Counts::is_done_once_confirmed),
            processes: Vec::new(),
            places_done: 0,
            places: 0,
            steps_done: counts.iter().map(|each| each.done_or_attested()).sum(),
            steps: counts.iter().map(|each| each.total()).sum(),
            of_organization: if is_organization { Vec::new() } else { self.open_for_all(accounts) },
            next: self.next(&place, accounts, &counts),
            place,
        };
        for (at, process) in self.processes.iter().enumerate().filter(|(at, _)| counts[*at].total() > 0) {
            let placed = self.placed(at, process, accounts, &counts);
            scope.places_done += placed.done_in;
            scope.places += placed.of;
            scope.processes.push(placed);
        }
        scope
    }

    /// The places of the processes that belong to it.
    fn counts(&self, place: &Place, accounts: &[&Arc<str>]) -> Vec<Counts> {
        if *place == Place::Organization {
            return self.whole.clone();
        }
        let mut counts = vec![Counts::default(); self.processes.len()];
        for account in accounts {
            counts.iter_mut().zip(&self.accounts[*account].own).for_each(|(sum, here)| sum.merge(*here));
        }
        counts
    }

    /// The highest level of which, and of those below it, all processes are so far.
    fn level(&self, counts: &[Counts], is_reached: fn(Counts) -> bool) -> u8 {
        let of_level = |level: u8| {
            let all = self.processes.iter().zip(counts).filter(move |(process, _)| process.level == level);
            all.map(|(_, counts)| *counts).filter(|counts| counts.total() > 0)
        };
        let mut reached = 0;
        for level in LEVELS {
            if !of_level(level).all(is_reached) {
                break;
            }
            if of_level(level).next().is_some() {
                reached = level;
            }
        }
        reached
    }

    fn placed(&self, at: usize, process: &'r Process, accounts: &[&Arc<str>], counts: &[Counts]) -> Placed<'r> {
        let places = counts[at];
        let waits_for: Vec<&str> =
            self.waits_for(process, counts).into_iter().map(|at| &*self.processes[at].id).collect();
        let (done_in, of) = if is_own(process) {
            let here = accounts.iter().map(|account| self.accounts[*account].own[at]).filter(|here| here.total() > 0);
            here.fold((0, 0), |(done, all), here| (done + u64::from(here.is_done()), all + 1))
        } else {
            (u64::from(places.is_done()), 1)
        };
        Placed { process, progress: places.progress(!waits_for.is_empty()), places, done_in, of, waits_for }
    }

    /// Of what a process needs, directly or not, the processes of which something is open. What is done asks for nothing more.
    pub(super) fn waits_for(&self, process: &Process, counts: &[Counts]) -> Vec<usize> {
        let mut found = Vec::new();
        let mut left: Vec<&str> = process.needs.iter().map(String::as_str).collect();
        let mut seen = vec![false; self.processes.len()];
        while let Some(need) = left.pop() {
            // The loader holds that needs exist.
            let Some(&at) = self.positions.get(need) else { continue };
            if std::mem::replace(&mut seen[at], true) {
                continue;
            }
            let needed = self.processes[at];
            let here = if is_own(needed) { counts[at] } else { self.whole[at] };
            if here.open > 0 {
                found.push(at);
            }
            if !here.is_done() {
                left.extend(needed.needs.iter().map(String::as_str));
            }
        }
        found.sort_unstable();
        found
    }

    /// The organization's processes of which something is open in these accounts.
    fn open_for_all(&self, accounts: &[&Arc<str>]) -> Vec<&'r Process> {
        let is_open =
            |at: usize| accounts.iter().any(|account| self.accounts[*account].steps[at].contains(&Some(State::Open)));
        let processes = self.processes.iter().enumerate().filter(|(_, process)| !is_own(process));
        processes.filter(|(at, _)| is_open(*at)).map(|(_, process)| *process).collect()
    }
}
