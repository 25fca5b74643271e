//! Where accounts stand along the processes, from the rows of a scan. Grows with accounts and controls, not with resources.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumbline_baseline::Status;
use plumbline_baseline::pack::handbook::process::{Process, Step};

use super::state::{Places, State};

/// A row of a scan, as far as it matters here.
#[derive(Clone, Copy, Debug)]
pub struct Row<'r> {
    /// The account's id.
    pub account: &'r str,
    /// The control.
    pub control: &'r str,
    /// Its verdict.
    pub status: Status,
    /// Since when it has been so; empty where nobody knows.
    pub since: &'r str,
}

/// What the rows of one control say of one account.
#[derive(Clone, Debug)]
struct Found {
    state: State,
    failures: u64,
    since: Arc<str>,
}

/// Where accounts stand.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    /// When the scan began.
    pub taken: String,
    /// The scan's id.
    pub scan: String,
    /// Id and name, which is a stranger's text.
    accounts: BTreeMap<Arc<str>, String>,
    /// By control and account.
    found: BTreeMap<Arc<str>, BTreeMap<Arc<str>, Found>>,
}

impl Standing {
    /// Nothing is known yet of the accounts of a scan.
    pub fn new(scan: &str, taken: &str, accounts: impl IntoIterator<Item = (String, String)>) -> Self {
        let accounts = accounts.into_iter().map(|(id, name)| (Arc::from(id), name)).collect();
        Self { taken: taken.to_owned(), scan: scan.to_owned(), accounts, found: BTreeMap::new() }
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
                self.accounts.insert(Arc::clone(&account), String::new());
                account
            }
        };
        if !self.found.contains_key(row.control) {
            self.found.insert(Arc::from(row.control), BTreeMap::new());
        }
        let of_control = self.found.get_mut(row.control).expect("it was put there");
        let found = of_control.entry(account);
        let found = found.or_insert_with(|| Found { state, failures: 0, since: Arc::from("") });
        found.state = found.state.and(state);
        if state == State::Open {
            found.failures += 1;
            if !row.since.is_empty() && (found.since.is_empty() || row.since < &*found.since) {
                found.since = Arc::from(row.since);
            }
        }
    }

    /// The name of an account; empty where there is none.
    pub fn name(&self, account: &str) -> &str {
        self.accounts.get(account).map(String::as_str).unwrap_or_default()
    }

    /// How far a step is in an account. A control that the scan knows nothing of there says nothing, unless others speak
    /// for the account: a control of the organization has its rows in one account only.
    pub fn of_step(&self, step: &Step, account: &str) -> Option<State> {
        let mut state = None;
        for control in &step.controls {
            let here = match self.found.get(control) {
                None => Some(State::Unknown),
                Some(accounts) => accounts.get(account).map(|found| found.state),
            };
            state = match (state, here) {
                (None, here) => here,
                (state, None) => state,
                (Some(one), Some(other)) => Some(State::and(one, other)),
            };
        }
        match (&step.attest, state) {
            (Some(_), state) => Some(state.unwrap_or(State::Unconfirmed).and(State::Unconfirmed)),
            (None, state) => state,
        }
    }

    /// In how many accounts a step is how far.
    pub fn places(&self, step: &Step) -> Places {
        let mut places = Places::default();
        for account in self.accounts.keys() {
            let Some(state) = self.of_step(step, account) else { continue };
            places.count(account, state);
            for found in step.controls.iter().filter_map(|control| self.found.get(control)?.get(account)) {
                places.count_failures(found.failures, &found.since);
            }
        }
        places
    }

    /// How far a process is in all accounts together.
    pub fn state(&self, process: &Process) -> State {
        let states = process.steps.iter().map(|step| self.places(step).state());
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
