//! Where accounts stand along the processes, from the rows of a scan and from what people have confirmed. Grows with
//! accounts and controls, not with resources. What was not measured is never done: an account in which a control has no row
//! is not known, unless the control is one of the organization, which has its rows in one account only.

mod attested;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use plumbline_baseline::pack::Pack;
use plumbline_baseline::pack::collector::Scope;
use plumbline_baseline::pack::control::Subject;
use plumbline_baseline::pack::handbook::process::{Process, Step};
use plumbline_baseline::{Severity, Status};

use attested::Attestations;
pub use attested::{Attestation, Confirmed};

use super::state::{Places, State};

/// A row of a scan, as far as it matters here.
#[derive(Clone, Copy, Debug)]
pub struct Row<'r> {
    /// The account's id.
    pub account: &'r str,
    /// The control.
    pub control: &'r str,
    /// Its severity.
    pub severity: Severity,
    /// Its verdict.
    pub status: Status,
    /// Whether somebody has accepted the failure: it stays one, and nobody is sent to put it right.
    pub is_accepted: bool,
    /// Since when it has been so; empty where nobody knows.
    pub since: &'r str,
}

/// An account of a scan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// What people call it: a stranger's text.
    pub name: String,
    /// The path of its unit (`Root/Workloads`), a stranger's text; empty without an organization.
    pub unit: String,
}

/// What the rows of one control say of one account.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) state: State,
    /// Failures, those that are accepted among them.
    pub(crate) failures: u64,
    pub(crate) accepted: u64,
    /// The severity of the worst row.
    pub(crate) severity: Severity,
    since: Arc<str>,
}

/// Where accounts stand.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    /// When the scan began.
    pub taken: String,
    /// The scan's id.
    pub scan: String,
    /// How many accounts nobody wanted to scan: nothing is said of them.
    pub left_out: u64,
    /// Whether all of the organization could be listed. Where it could not, accounts that nobody knows of may be anywhere.
    pub is_whole: bool,
    accounts: BTreeMap<Arc<str>, Account>,
    /// By control and account.
    found: BTreeMap<Arc<str>, BTreeMap<Arc<str>, Found>>,
    /// The controls that have rows in one account only.
    of_organization: BTreeSet<Arc<str>>,
    attested: Attestations,
}

impl Standing {
    /// Nothing is known yet of the accounts of a scan.
    pub fn new(scan: &str, taken: &str, accounts: impl IntoIterator<Item = (String, Account)>) -> Self {
        Self {
            taken: taken.to_owned(),
            scan: scan.to_owned(),
            left_out: 0,
            is_whole: true,
            accounts: accounts.into_iter().map(|(id, account)| (Arc::from(id), account)).collect(),
            found: BTreeMap::new(),
            of_organization: BTreeSet::new(),
            attested: Attestations::default(),
        }
    }

    /// Learns which controls are asked once for the organization: an account without a row of them lacks nothing.
    #[must_use]
    pub fn with_pack(mut self, pack: &Pack) -> Self {
        let once: BTreeSet<&str> = pack
            .resource_types()
            .filter(|each| matches!(each.declared.scope, Scope::Organization | Scope::Findings))
            .map(|each| &*each.declared.name)
            .collect();
        let is_once = |subject: &Subject| match subject {
            Subject::Types(names) => names.iter().all(|name| once.contains(&**name)),
            Subject::Tagged | Subject::Manual => false,
        };
        let controls = pack.controls().map(|compiled| &compiled.control);
        self.of_organization =
            controls.filter(|control| is_once(&control.subject)).map(|control| Arc::clone(&control.id)).collect();
        self
    }

    /// Learns what people have confirmed, and which day it is (`2026-11-27`).
    #[must_use]
    pub fn with_attestations(mut self, today: &str, all: impl IntoIterator<Item = Attestation>) -> Self {
        self.attested = Attestations::new(today, all);
        self
    }

    /// Takes a row.
    pub fn add(&mut self, row: Row<'_>) {
        let state = match row.status {
            Status::Pass | Status::NotApplicable => State::Done,
            Status::Fail => State::Open,
            Status::Manual => State::Unconfirmed,
            _ => State::Unknown,
        };
        let account = match self.accounts.get_key_value(row.account) {
            Some((known, _)) => Arc::clone(known),
            None => {
                let account: Arc<str> = Arc::from(row.account);
                self.accounts.insert(Arc::clone(&account), Account::default());
                account
            }
        };
        if !self.found.contains_key(row.control) {
            self.found.insert(Arc::from(row.control), BTreeMap::new());
        }
        let of_control = self.found.get_mut(row.control).expect("it was put there");
        let found = of_control.entry(account).or_insert_with(|| Found {
            state,
            failures: 0,
            accepted: 0,
            severity: row.severity,
            since: Arc::from(""),
        });
        found.state = found.state.and(state);
        found.severity = found.severity.max(row.severity);
        if state == State::Open {
            found.failures += 1;
            found.accepted += u64::from(row.is_accepted);
            if !row.since.is_empty() && (found.since.is_empty() || row.since < &*found.since) {
                found.since = Arc::from(row.since);
            }
        }
    }

    /// The accounts by id.
    pub fn accounts(&self) -> impl ExactSizeIterator<Item = (&Arc<str>, &Account)> {
        self.accounts.iter()
    }

    /// The name of an account; empty where there is none.
    pub fn name(&self, account: &str) -> &str {
        self.accounts.get(account).map(|account| account.name.as_str()).unwrap_or_default()
    }

    /// The path of an account's unit; empty where there is none.
    pub fn unit(&self, account: &str) -> &str {
        self.accounts.get(account).map(|account| account.unit.as_str()).unwrap_or_default()
    }

    /// What a control's rows say of an account.
    pub(crate) fn found(&self, control: &str, account: &str) -> Option<&Found> {
        self.found.get(control)?.get(account)
    }

    /// Whether a control is asked once for the organization.
    pub(crate) fn is_once(&self, control: &str) -> bool {
        self.of_organization.contains(control)
    }

    /// Whether a control has rows, and those are in one account for all.
    pub(crate) fn is_asked_elsewhere(&self, control: &str) -> bool {
        self.is_once(control) && self.found.contains_key(control)
    }

    /// How far a step is in an account; `None` where it says nothing of it: all that proves it is asked once for the
    /// organization, and answered in another account.
    pub fn of_step(&self, process: &str, step: &Step, account: &str) -> Option<State> {
        let confirmed = match self.confirmed(process, step, account) {
            Some(confirmed) if confirmed.is_valid => State::Attested,
            _ => State::Unconfirmed,
        };
        let measured = |control: &Arc<str>| match self.found.get(control) {
            None => Some(State::Unknown),
            Some(accounts) => match accounts.get(account) {
                Some(found) if found.state == State::Unconfirmed => Some(confirmed),
                Some(found) => Some(found.state),
                None if self.is_once(control) => None,
                None => Some(State::Unknown),
            },
        };
        let measured = step.controls.iter().filter_map(measured);
        measured.chain(step.attest.is_some().then_some(confirmed)).reduce(State::and)
    }

    /// Whether a control of a step has something to say of an account, also that nobody could tell.
    pub(crate) fn is_measured(&self, step: &Step, account: &str) -> bool {
        step.controls.iter().any(|control| self.found(control, account).is_some() || !self.is_asked_elsewhere(control))
    }

    /// What somebody confirmed of a step in an account, where a person has a say in it.
    pub fn confirmed(&self, process: &str, step: &Step, account: &str) -> Option<Confirmed> {
        self.attested.of(process, &step.id, account)
    }

    /// What was confirmed of a step, and in how many accounts.
    pub fn confirmations(&self, process: &str, step: &Step) -> BTreeMap<Confirmed, u64> {
        let mut all = BTreeMap::new();
        for confirmed in self.accounts.keys().filter_map(|account| self.confirmed(process, step, account)) {
            *all.entry(confirmed).or_default() += 1;
        }
        all
    }

    /// In how many accounts a step is how far.
    pub fn places(&self, process: &str, step: &Step) -> Places {
        let mut places = Places::default();
        for account in self.accounts.keys() {
            let Some(state) = self.of_step(process, step, account) else { continue };
            places.count(account, state);
            for found in step.controls.iter().filter_map(|control| self.found(control, account)) {
                places.count_failures(found.failures, &found.since);
            }
        }
        places
    }

    /// How far a process is in all accounts together.
    pub fn state(&self, process: &Process) -> State {
        let states = process.steps.iter().map(|step| self.places(&process.id, step).state());
        states.reduce(State::and).unwrap_or(State::Unknown)
    }

    /// In how many accounts a control is how far.
    pub fn of_control(&self, control: &str) -> Option<Places> {
        let mut places = Places::default();
        for (account, found) in self.found.get(control)? {
            places.count(account, found.state);
            places.count_failures(found.failures, &found.since);
        }
        Some(places)
    }
}

#[cfg(test)]
mod tests;
