//! The folder held against an organization as a stored scan knows it, and against its findings: units that were renamed,
//! accounts that are gone, exceptions that accept nothing, exceptions of the same finding. Must not know stores.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use plumbline_baseline::pack::Problem;
use plumbline_baseline::pack::reading::Level;
use plumbline_baseline::suggest::closest;

use crate::account::{Account, Finding};
use crate::day::Day;
use crate::effective::ScanBase;
use crate::entry::{Attesting, Exception};
use crate::folder::{Governance, InAccount};
use crate::scope::{Holds, Named, Reach, in_unit};
use crate::weakening::problem;

/// How much of the organization is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// All of it: what is not there does not exist.
    Whole,
    /// A part: what is not there may be elsewhere.
    Part,
}

/// What is seen of an organization, finding by finding.
#[derive(Debug)]
pub struct Survey<'g, 'a> {
    governance: &'g Governance,
    accounts: &'a [Account<'a>],
    extent: Extent,
    today: Day,
    /// Findings arrive account after account.
    here: Option<(usize, InAccount<'g>)>,
    accepted: BTreeMap<&'g str, u64>,
    overlaps: BTreeMap<(&'g str, &'g str), u64>,
}

/// What was seen.
#[derive(Clone, Debug, Default)]
pub struct Surveyed {
    /// What does not fit the organization, in the order of the files.
    pub problems: Vec<Problem>,
    /// How many findings each exception is about, by its id.
    pub accepted: BTreeMap<Arc<str>, u64>,
}

impl<'g, 'a> Survey<'g, 'a> {
    /// Nothing is seen yet of the findings of an organization with these accounts.
    pub fn new(governance: &'g Governance, accounts: &'a [Account<'a>], extent: Extent, today: Day) -> Self {
        let (accepted, overlaps) = (BTreeMap::new(), BTreeMap::new());
        Self { governance, accounts, extent, today, here: None, accepted, overlaps }
    }

    /// Takes a finding, and the exception that is known to be about it, where somebody who knows more (the tags of the
    /// resource) has found one.
    pub fn see(&mut self, account: &str, finding: &Finding<'_>, accepted: Option<&str>) {
        let is_here = |here: &(usize, InAccount<'g>)| self.accounts[here.0].id == account;
        if !self.here.as_ref().is_some_and(is_here) {
            let Some(index) = self.accounts.iter().position(|each| each.id == account) else { return };
            self.here = Some((index, self.governance.in_account(&self.accounts[index], self.today)));
        }
        let Some((_, here)) = &self.here else { return };
        let mut found = here.exceptions(finding);
        let is_known = |exception: &&Exception| Some(&**exception.id()) == accepted;
        if !found.iter().any(is_known) {
            found.extend(here.all_exceptions().into_iter().find(is_known));
        }
        for (index, exception) in found.iter().enumerate() {
            *self.accepted.entry(exception.id()).or_default() += 1;
            let holds = |exception: &Exception| exception.last_day(finding.severity) >= self.today;
            for other in found[index + 1..].iter().filter(|other| holds(exception) && holds(other)) {
                *self.overlaps.entry((exception.id(), other.id())).or_default() += 1;
            }
        }
    }

    /// What does not fit, where all findings have been seen; `base` is what the scan had.
    pub fn finish(self, base: ScanBase<'_>) -> Surveyed {
        let mut problems = Vec::new();
        self.names(&mut problems);
        self.exceptions(&mut problems);
        for account in self.accounts {
            problems.extend(self.governance.effective(account, base).problems);
        }
        for baseline in self.governance.baselines() {
            let holds = self.accounts.iter().map(|account| baseline.reach.holds_for(account).0);
            if matches!(baseline.reach, Reach::Tags(_))
                && Holds::any(holds) == Holds::No
                && self.extent == Extent::Whole
            {
                let message = format!("no account has the tags of `{}`: it holds nowhere", baseline.id);
                problems.push(problem(&baseline.place, Level::Warning, message));
            }
        }
        problems.sort();
        problems.dedup();
        let accepted = self.accepted.into_iter().map(|(id, count)| (Arc::from(id), count)).collect();
        Surveyed { problems, accepted }
    }

    /// Units and accounts that there are not.
    fn names(&self, problems: &mut Vec<Problem>) {
        let (mut units, mut accounts): (Vec<&Named>, Vec<&Named>) = (Vec::new(), Vec::new());
        for baseline in self.governance.baselines() {
            match &baseline.reach {
                Reach::Units(names) => units.extend(names),
                Reach::Accounts(names) => accounts.extend(names),
                Reach::Tags(_) => {}
            }
        }
        for exception in self.governance.exceptions() {
            units.extend(&exception.units);
            accounts.extend(&exception.accounts);
        }
        for attestation in self.governance.attestations() {
            match &attestation.reach {
                Attesting::Organization => {}
                Attesting::Accounts(names) => accounts.extend(names),
                Attesting::Units(names) => units.extend(names),
            }
        }
        let owners = self.governance.owners();
        let named = |(text, owner): (&Arc<str>, &crate::entry::Placed<Arc<str>>)| Named {
            text: Arc::clone(text),
            place: owner.place.clone(),
        };
        let (owned_units, owned_accounts): (Vec<Named>, Vec<Named>) =
            (owners.units.iter().map(named).collect(), owners.accounts.iter().map(named).collect());
        let paths = self.paths();
        let mut unit_is_there: BTreeMap<&str, bool> = BTreeMap::new();
        for unit in units.into_iter().chain(&owned_units) {
            let is_there = *unit_is_there.entry(&unit.text).or_insert_with(|| self.has_unit(&unit.text, &paths));
            if !is_there {
                self.missing(unit, "no account is in a unit", &paths, problems);
            }
        }
        let ids: BTreeSet<&str> = self.accounts.iter().map(|account| account.id).collect();
        for account in accounts.into_iter().chain(&owned_accounts) {
            if !ids.contains(&*account.text) {
                self.missing(account, "the organization has no account", &ids, problems);
            }
        }
    }

    fn missing(&self, name: &Named, what: &str, known: &BTreeSet<&str>, problems: &mut Vec<Problem>) {
        let (level, message) = match self.extent {
            Extent::Whole => (Level::Error, format!("{what} `{}`", name.text)),
            Extent::Part => (Level::Warning, format!("{what} `{}`, as far as the scan went", name.text)),
        };
        let suggestion = closest(&name.text, known.iter().copied()).map(str::to_owned);
        problems.push(Problem { suggestion, ..problem(&name.place, level, message) });
    }

    /// The paths of all units that have accounts, and of those above them.
    fn paths(&self) -> BTreeSet<&'a str> {
        let mut paths = BTreeSet::new();
        for path in self.accounts.iter().filter_map(|account| account.path).filter(|path| !path.is_empty()) {
            let ends = path.match_indices('/').map(|(end, _)| end).chain([path.len()]);
            paths.extend(ends.map(|end| &path[..end]));
        }
        paths
    }

    /// Whether an account is in a unit, or nobody knows.
    fn has_unit(&self, unit: &str, paths: &BTreeSet<&str>) -> bool {
        let holds = || self.accounts.iter().map(|account| in_unit(unit, account).0);
        paths.contains(unit) || Holds::any(holds()) != Holds::No
    }

    /// Exceptions that accept nothing, and those of the same finding.
    fn exceptions(&self, problems: &mut Vec<Problem>) {
        let places: BTreeMap<&str, &Exception> =
            self.governance.exceptions().iter().map(|exception| (&**exception.id(), exception)).collect();
        for exception in self.governance.exceptions() {
            if !self.accepted.contains_key(&**exception.id()) && self.extent == Extent::Whole {
                let message = format!(
                    "`{}` is about no finding of the scan: what it accepted is gone, or never was there",
                    exception.id()
                );
                problems.push(problem(&exception.place, Level::Warning, message));
            }
        }
        for ((one, other), count) in &self.overlaps {
            let (Some(one), Some(other)) = (places.get(one), places.get(other)) else { continue };
            let findings = if *count == 1 { "finding".to_owned() } else { format!("{count} findings") };
            let message = format!(
                "`{}` and `{}` ({}:{}) accept the same {findings}: the one that ends later holds; narrow one of them",
                other.id(),
                one.id(),
                one.place.file,
                one.place.line
            );
            problems.push(problem(&other.place, Level::Warning, message));
        }
    }
}

#[cfg(test)]
mod tests;
