//! What a folder of governance holds, as it is written and checked: baselines, exceptions, attestations, owners, settings.
//! Must not decide what holds where.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumbline_baseline::pack::facts::Place;
use plumbline_baseline::{Doc, Severity};

use crate::day::Day;
use crate::said::{Accepted, Attested};
use crate::scope::{Named, Reach};

/// A value, and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub place: Place,
}

/// What is asked of some accounts.
#[derive(Clone, Debug)]
pub struct Baseline {
    /// Its name.
    pub id: Arc<str>,
    /// Where it stands.
    pub place: Place,
    /// For which accounts it holds.
    pub reach: Reach,
    /// Controls up to this maturity level are in force, of what the scan has.
    pub level: Option<Placed<u8>>,
    /// Controls that are in force besides.
    pub on: BTreeMap<Arc<str>, Place>,
    /// Controls that are not in force.
    pub off: BTreeMap<Arc<str>, Place>,
    /// Parameters by control and name.
    pub settings: BTreeMap<Arc<str>, BTreeMap<String, Placed<Doc>>>,
    /// Severities by control.
    pub severities: BTreeMap<Arc<str>, Placed<Severity>>,
    /// Why it weakens what it weakens; empty where nobody said.
    pub reason: Arc<str>,
    /// Who answers for that; empty where nobody said.
    pub owner: Arc<str>,
    /// Whether something in it could not be read: then it strengthens what it strengthens, and weakens nothing.
    pub is_broken: bool,
}

impl Baseline {
    /// Whether it may weaken what accounts inherit.
    pub fn may_weaken(&self) -> bool {
        !self.is_broken && !self.reason.is_empty() && !self.owner.is_empty()
    }
}

/// Findings that somebody accepted for a time.
#[derive(Clone, Debug)]
pub struct Exception {
    /// Where it stands.
    pub place: Place,
    /// The controls that it is about, globs resolved.
    pub controls: Vec<Arc<str>>,
    /// Units, as paths or ids; any when empty, as with all that follow.
    pub units: Vec<Named>,
    /// Account ids.
    pub accounts: Vec<Named>,
    /// Regions.
    pub regions: Vec<Arc<str>>,
    /// ARNs, in which `*` and `?` stand for other text.
    pub resources: Vec<Arc<str>>,
    /// Tags of the resource: for each key one of its values.
    pub tags: Vec<(Arc<str>, Vec<Arc<str>>)>,
    /// When it was approved.
    pub approved: Day,
    /// The last day on which it holds.
    pub expires: Day,
    /// The same, by severity of the finding: no longer than that allows.
    pub(crate) until: [Until; Severity::ALL.len()],
    /// What it says: its id, why, who answers for it.
    pub accepted: Accepted,
}

/// What an exception says of findings of one severity, while it holds and afterwards.
#[derive(Clone, Debug)]
pub(crate) struct Until {
    pub(crate) day: Day,
    pub(crate) holds: Arc<Accepted>,
    pub(crate) expired: Arc<Accepted>,
}

impl Exception {
    /// Its name.
    pub fn id(&self) -> &Arc<str> {
        &self.accepted.id
    }

    /// The last day on which it holds for findings of a severity.
    pub fn last_day(&self, severity: Severity) -> Day {
        self.until[severity as usize].day
    }

    /// What it says of a finding of a severity.
    pub fn says(&self, severity: Severity, today: Day) -> &Arc<Accepted> {
        let until = &self.until[severity as usize];
        if today <= until.day { &until.holds } else { &until.expired }
    }
}

/// That a person did or looked at what no API says.
#[derive(Clone, Debug)]
pub struct Attestation {
    /// Where it stands.
    pub place: Place,
    /// What rows say.
    pub attested: Arc<Attested>,
    /// The controls of the step.
    pub controls: Vec<Arc<str>>,
    /// For which accounts it holds.
    pub reach: Attesting,
    /// A remark; empty where there is none.
    pub note: Arc<str>,
}

/// For what somebody put their name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attesting {
    /// For the organization, once.
    Organization,
    /// For these accounts.
    Accounts(Vec<Named>),
    /// For all accounts in these units and below.
    Units(Vec<Named>),
}

/// Who owns what.
#[derive(Clone, Debug, Default)]
pub struct Owners {
    /// Keys of tags of resources that name the owner; the first that a resource has counts.
    pub resource_tags: Vec<Arc<str>>,
    /// Keys of tags of accounts that name the owner.
    pub account_tags: Vec<Arc<str>>,
    /// Owners by account id.
    pub accounts: BTreeMap<Arc<str>, Placed<Arc<str>>>,
    /// Owners by unit.
    pub units: BTreeMap<Arc<str>, Placed<Arc<str>>>,
}

/// What holds for all of it.
#[derive(Clone, Debug)]
pub struct Settings {
    /// For how many days a finding can be accepted at most, by its severity.
    pub longest_exception: BTreeMap<Severity, u32>,
    /// Keys of tags that say from which module of infrastructure as code something comes.
    pub module_tags: Vec<Arc<str>>,
}

impl Default for Settings {
    fn default() -> Self {
        let days = [(Severity::Critical, 30), (Severity::High, 90), (Severity::Medium, 180), (Severity::Low, 365)];
        Self { longest_exception: days.into_iter().collect(), module_tags: Vec::new() }
    }
}

impl Settings {
    /// For how many days a finding of a severity can be accepted at most.
    pub fn longest(&self, severity: Severity) -> u32 {
        self.longest_exception.get(&severity).copied().unwrap_or_default()
    }
}
