//! All of a folder, and what is asked of it. Matching grows with the exceptions of one control in one account, and not with
//! all of them: `exceptions` has the index.

use std::sync::Arc;

use plumbline_baseline::pack::handbook::Handbook;
use plumbline_baseline::pack::{Pack, Problem, Source};
use rustc_hash::FxHashMap;

use crate::account::{Account, Finding, Tags};
use crate::day::Day;
use crate::effective::{self, Effective, ScanBase};
use crate::entry::{Attestation, Attesting, Baseline, Exception, Owners, Settings};
use crate::exceptions::{Here, Index};
use crate::read::{self, Read};
use crate::said::{Accepted, Attested, OwnedBy, Owner};
use crate::scope::{Holds, in_unit};

/// What a folder says. The default says nothing.
#[derive(Clone, Debug, Default)]
pub struct Governance {
    settings: Settings,
    baselines: Vec<Baseline>,
    exceptions: Vec<Exception>,
    attestations: Vec<Attestation>,
    owners: Owners,
    index: Index,
    /// The numbers of attestations, by control and by step.
    confirmed: FxHashMap<Arc<str>, Vec<usize>>,
}

/// What a folder says of one account: to be asked of many rows.
#[derive(Clone, Debug)]
pub struct InAccount<'g> {
    governance: &'g Governance,
    today: Day,
    exceptions: Here<'g>,
    attested: FxHashMap<&'g str, &'g Arc<Attested>>,
}

impl Governance {
    /// Reads a folder for a pack and its handbook. What is broken is left out, and the problems say why: nothing of it
    /// makes anything better.
    pub fn load(
        sources: impl IntoIterator<Item = Source>,
        pack: &Pack,
        handbook: &Handbook,
        today: Day,
    ) -> (Self, Vec<Problem>) {
        let sources: Vec<Source> = sources.into_iter().collect();
        let (Read { settings, baselines, exceptions, attestations, owners }, problems) =
            read::read(&sources, pack, handbook, today);
        let index = Index::of(&exceptions);
        let mut confirmed: FxHashMap<Arc<str>, Vec<usize>> = FxHashMap::default();
        for (number, attestation) in attestations.iter().enumerate() {
            // A step has a `/` in its name, and a control has none.
            for name in attestation.controls.iter().chain([&attestation.attested.step]) {
                confirmed.entry(Arc::clone(name)).or_default().push(number);
            }
        }
        (Self { settings, baselines, exceptions, attestations, owners, index, confirmed }, problems)
    }

    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        let Owners { resource_tags, account_tags, accounts, units } = &self.owners;
        let owns_nothing =
            resource_tags.is_empty() && account_tags.is_empty() && accounts.is_empty() && units.is_empty();
        self.baselines.is_empty() && self.exceptions.is_empty() && self.attestations.is_empty() && owns_nothing
    }

    /// What holds for all of it.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The baselines, in the order of their files.
    pub fn baselines(&self) -> &[Baseline] {
        &self.baselines
    }

    /// The exceptions, in the order of their files, also those that have expired.
    pub fn exceptions(&self) -> &[Exception] {
        &self.exceptions
    }

    /// The attestations, in the order of their files, also those that have ended.
    pub fn attestations(&self) -> &[Attestation] {
        &self.attestations
    }

    /// The exceptions that end within so many days from today on.
    pub fn expiring(&self, today: Day, days: u32) -> impl Iterator<Item = &Exception> {
        let last = today.plus(days);
        self.exceptions.iter().filter(move |exception| (today..=last).contains(&exception.expires))
    }

    /// The attestations that end within so many days from today on, and that no later one renews for the same accounts.
    pub fn ending(&self, today: Day, days: u32) -> impl Iterator<Item = &Attestation> {
        let last = today.plus(days);
        self.attestations.iter().filter(move |ending| {
            let Attested { step, until, .. } = &*ending.attested;
            let renews = |other: &Attestation| {
                other.attested.step == *step && other.attested.until > *until && other.reach.is_same(&ending.reach)
            };
            (today..=last).contains(until) && !self.attestations.iter().any(renews)
        })
    }

    /// Who owns what.
    pub fn owners(&self) -> &Owners {
        &self.owners
    }

    /// What it says of an account, to be asked of many rows.
    pub fn in_account<'g>(&'g self, account: &Account<'_>, today: Day) -> InAccount<'g> {
        let mut attested: FxHashMap<&str, &Arc<Attested>> = FxHashMap::default();
        for name in self.confirmed.keys() {
            if let Some(found) = self.confirmed(name, account, today) {
                attested.insert(name, found);
            }
        }
        InAccount { governance: self, today, exceptions: self.index.of_account(&self.exceptions, account), attested }
    }

    /// The exception that accepts a finding, or accepted it last. Of many findings of an account, ask [`Self::in_account`].
    pub fn accepted(&self, account: &Account<'_>, finding: &Finding<'_>, today: Day) -> Option<Arc<Accepted>> {
        let found = self.index.of_control(&self.exceptions, account, finding.control);
        found.best(finding).map(|exception| Arc::clone(exception.says(finding.severity, today)))
    }

    /// Who confirmed, for an account, what a control asks a person for; `None` where nobody did, or it has ended.
    pub fn attested(&self, control: &str, account: &Account<'_>, today: Day) -> Option<Arc<Attested>> {
        self.confirmed(control, account, today).cloned()
    }

    /// Who confirmed a step (`PROCESS-ID/STEP-ID`) for an account; `None` where nobody did, or it has ended.
    pub fn attested_step(&self, step: &str, account: &Account<'_>, today: Day) -> Option<Arc<Attested>> {
        self.confirmed(step, account, today).cloned()
    }

    fn confirmed(&self, name: &str, account: &Account<'_>, today: Day) -> Option<&Arc<Attested>> {
        let all = self.confirmed.get(name)?.iter().map(|number| &self.attestations[*number]);
        let valid = all.filter(|each| each.attested.on <= today && today <= each.attested.until);
        let here = valid.filter(|each| each.reach.holds_for(account) == Holds::Yes);
        here.map(|each| &each.attested).max_by_key(|attested| attested.until)
    }

    /// The owner of a resource with these tags in an account, or of the account where they are not known or say nothing.
    pub fn owner(&self, account: &Account<'_>, tags: Option<&Tags>) -> Option<Owner> {
        let named = |keys: &[Arc<str>], tags: Option<&Tags>, from: fn(Arc<str>) -> OwnedBy| {
            let mut found = keys.iter().filter_map(|key| Some((key, tags?.get(&**key)?.trim())));
            let (key, name) = found.find(|(_, name)| !name.is_empty())?;
            Some(Owner { name: Arc::from(name), from: from(Arc::clone(key)) })
        };
        named(&self.owners.resource_tags, tags, OwnedBy::ResourceTag)
            .or_else(|| named(&self.owners.account_tags, account.tags, OwnedBy::AccountTag))
            .or_else(|| {
                let owner = self.owners.accounts.get(account.id)?;
                Some(Owner { name: Arc::clone(&owner.value), from: OwnedBy::Account })
            })
            .or_else(|| self.owner_of_unit(account))
    }

    fn owner_of_unit(&self, account: &Account<'_>) -> Option<Owner> {
        let units = self.owners.units.iter().map(|(unit, owner)| (in_unit(unit, account), unit, owner));
        let here = units.filter(|((holds, _), ..)| *holds == Holds::Yes);
        let ((_, _), unit, owner) = here.max_by_key(|((_, depth), ..)| *depth)?;
        Some(Owner { name: Arc::clone(&owner.value), from: OwnedBy::Unit(Arc::clone(unit)) })
    }

    /// What holds in an account.
    pub fn effective(&self, account: &Account<'_>, base: ScanBase<'_>) -> Effective {
        effective::effective(&self.baselines, account, base)
    }
}

impl<'g> InAccount<'g> {
    /// The exception that accepts a finding, or accepted it last.
    pub fn accepted(&self, finding: &Finding<'_>) -> Option<&'g Arc<Accepted>> {
        self.exceptions.best(finding).map(|exception| exception.says(finding.severity, self.today))
    }

    /// All exceptions that are about a finding, also those that have expired.
    pub fn exceptions(&self, finding: &Finding<'_>) -> Vec<&'g Exception> {
        self.exceptions.all(finding)
    }

    /// The exceptions that may hold in the account, each once, in the order of their files.
    pub fn all_exceptions(&self) -> Vec<&'g Exception> {
        self.exceptions.every()
    }

    /// Who confirmed what a control asks a person for.
    pub fn attested(&self, control: &str) -> Option<&'g Arc<Attested>> {
        self.attested.get(control).copied()
    }

    /// Who confirmed a step.
    pub fn attested_step(&self, step: &str) -> Option<&'g Arc<Attested>> {
        self.attested.get(step).copied()
    }

    /// The folder.
    pub fn governance(&self) -> &'g Governance {
        self.governance
    }
}

impl Attesting {
    /// Whether it holds for an account.
    pub fn holds_for(&self, account: &Account<'_>) -> Holds {
        match self {
            Self::Organization => Holds::Yes,
            Self::Accounts(ids) => Holds::from_bool(ids.iter().any(|id| &*id.text == account.id)),
            Self::Units(units) => Holds::any(units.iter().map(|unit| in_unit(&unit.text, account).0)),
        }
    }

    /// Whether it is of the same accounts as another one, as far as their texts say it.
    pub fn is_same(&self, other: &Self) -> bool {
        let texts = |reach: &Self| {
            let (Self::Accounts(names) | Self::Units(names)) = reach else { return Vec::new() };
            let mut texts: Vec<Arc<str>> = names.iter().map(|name| Arc::clone(&name.text)).collect();
            texts.sort();
            texts
        };
        std::mem::discriminant(self) == std::mem::discriminant(other) && texts(self) == texts(other)
    }
}

#[cfg(test)]
mod tests;
