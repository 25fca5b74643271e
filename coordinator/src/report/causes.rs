//! What one change would close: the findings of a control that come from the same, and how many changes there are then.
//!
//! Rows stream through. Every finding that nobody accepts is in exactly one change: one that it shares with others, or
//! its own. Memory grows with origins up to a bound, never with findings; what is beyond the bound is its own change.

mod list;
mod units;

use std::sync::Arc;

use plumbline_baseline::pack::control::Finding;
use plumbline_baseline::{Severity, Status};
use rustc_hash::FxHashMap;

use super::origin::Origin;
use super::row::ReportRow;
pub(in crate::report) use list::Resource;
pub use list::{write_line, write_text};
use units::{Setting, Taken};

/// How many origins are told apart, each with its control.
pub const MOST: usize = 50_000;
/// How many resources are kept of each change.
pub const SAMPLES: usize = 5;
/// Fewer findings than that share nothing.
const SHARED: u64 = 2;

/// A resource that a change would put right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    /// Account id.
    pub account: Arc<str>,
    /// The Region.
    pub region: Arc<str>,
    /// ARN; empty when the whole scope fails.
    pub resource: String,
}

/// One change that closes several findings.
#[derive(Clone, Debug)]
pub struct Cause {
    /// The control.
    pub control: Arc<str>,
    /// Its title.
    pub title: Arc<str>,
    /// What its failures say.
    pub finding: Arc<Finding>,
    /// Its severity.
    pub severity: Severity,
    /// What its findings come from.
    pub origin: Arc<Origin>,
    /// How many it closes.
    pub findings: u64,
    /// The first of them.
    pub samples: Vec<Closed>,
    /// Accounts that they are in, by their indexes.
    accounts: Vec<u32>,
}

/// The changes.
#[derive(Clone, Debug, Default)]
pub struct Causes {
    /// Those that close several findings, the ones that close most first.
    pub shared: Vec<Cause>,
    /// Findings in all.
    pub findings: u64,
    /// Whether there were more origins than are told apart.
    pub is_cut: bool,
    known: FxHashMap<Key, u32>,
    units: Vec<(Arc<str>, Taken, u32)>,
}

type Key = (Arc<str>, Arc<Origin>);

impl Cause {
    fn new(row: &ReportRow, origin: Arc<Origin>) -> Self {
        Self {
            control: row.control.clone(),
            title: row.title.clone(),
            finding: row.finding.clone(),
            severity: row.severity,
            origin,
            findings: 0,
            samples: Vec::new(),
            accounts: Vec::new(),
        }
    }

    fn add(&mut self, row: &ReportRow, account: u32) {
        self.findings += 1;
        // Rows of an account come together.
        if self.accounts.last() != Some(&account) {
            self.accounts.push(account);
        }
        if self.samples.len() < SAMPLES {
            self.samples.push(Closed::from(row));
        }
    }

    /// How many accounts its findings are in.
    pub fn accounts(&self) -> u64 {
        self.accounts.len() as u64
    }

    /// What it puts right, in the words of its control.
    pub fn says(&self) -> String {
        if self.finding.one.is_empty() { self.title.to_string() } else { self.finding.of(self.findings) }
    }

    fn finish(mut self) -> Self {
        self.accounts.sort_unstable();
        self.accounts.dedup();
        self
    }
}

impl From<&ReportRow> for Closed {
    fn from(row: &ReportRow) -> Self {
        Self { account: row.account.clone(), region: row.region.clone(), resource: row.resource.clone() }
    }
}

impl Causes {
    /// How many findings the shared changes close.
    pub fn closed(&self) -> u64 {
        self.shared.iter().map(|cause| cause.findings).sum()
    }

    /// How many findings take a change of their own each.
    pub fn alone(&self) -> u64 {
        self.findings - self.closed()
    }

    /// The shared change that a row belongs to, by its place in `shared`; `None` for one that is its own, and for what is
    /// no open finding.
    pub fn of(&self, row: &ReportRow) -> Option<usize> {
        if !is_open(row) {
            return None;
        }
        let found = match is_setting(row) {
            true => {
                let is_it = |(control, taken, _): &&(Arc<str>, Taken, u32)| *control == row.control && taken.has(row);
                self.units.iter().find(is_it).map(|(_, _, index)| *index)
            }
            false => self.known.get(&(row.control.clone(), row.origin.clone()?)).copied(),
        };
        found.map(|index| index as usize)
    }
}

/// Sums up rows.
#[derive(Default)]
pub struct CausesBuilder {
    known: FxHashMap<Key, Cause>,
    settings: FxHashMap<Arc<str>, Setting>,
    accounts: FxHashMap<Arc<str>, u32>,
    findings: u64,
    is_cut: bool,
    is_part: bool,
}

impl CausesBuilder {
    /// Says that rows of some accounts or Regions are missing: what all accounts of a unit lack is not known then.
    pub fn only_a_part(&mut self) {
        self.is_part = true;
    }

    /// Adds a row.
    pub fn add(&mut self, row: &ReportRow) {
        let is_open = is_open(row);
        if is_setting(row) && !self.is_part && (is_open || row.status == Status::Pass) {
            let account = self.account(row);
            self.settings.entry(row.control.clone()).or_default().add(row, account);
        }
        if !is_open {
            return;
        }
        self.findings += 1;
        let Some(origin) = row.origin.clone().filter(|_| !is_setting(row)) else { return };
        let key = (row.control.clone(), origin);
        if !self.known.contains_key(&key) && self.known.len() >= MOST {
            self.is_cut = true;
            return;
        }
        let account = self.account(row);
        let origin = Arc::clone(&key.1);
        self.known.entry(key).or_insert_with(|| Cause::new(row, origin)).add(row, account);
    }

    fn account(&mut self, row: &ReportRow) -> u32 {
        let next = u32::try_from(self.accounts.len()).unwrap_or(u32::MAX);
        *self.accounts.entry(row.account.clone()).or_insert(next)
    }

    /// The changes.
    pub fn finish(self) -> Causes {
        let mut causes = Causes { findings: self.findings, is_cut: self.is_cut, ..Causes::default() };
        let known = self.known.into_iter().filter(|(_, cause)| cause.findings >= SHARED);
        let mut shared: Vec<(Cause, Option<Taken>)> = known.map(|(_, cause)| (cause.finish(), None)).collect();
        for setting in self.settings.into_values() {
            causes.is_cut |= setting.is_cut();
            shared.extend(setting.finish().into_iter().map(|(cause, taken)| (cause.finish(), Some(taken))));
        }
        shared.sort_by(|(one, _), (other, _)| order(one).cmp(&order(other)));
        for (index, (cause, taken)) in (0u32..).zip(shared) {
            match taken {
                Some(taken) => causes.units.push((cause.control.clone(), taken, index)),
                None => drop(causes.known.insert((cause.control.clone(), cause.origin.clone()), index)),
            }
            causes.shared.push(cause);
        }
        causes
    }
}

/// What closes most first; of equal ones the most severe.
fn order(cause: &Cause) -> impl Ord {
    use std::cmp::Reverse;
    (Reverse(cause.findings), Reverse(cause.severity), cause.control.clone(), cause.origin.clone())
}

/// Whether a row is a finding that nobody accepts.
fn is_open(row: &ReportRow) -> bool {
    row.status == Status::Fail && !row.is_accepted()
}

/// Whether a row is about what an account or a Region has once.
fn is_setting(row: &ReportRow) -> bool {
    row.resource.starts_with("AWS::::Account:") && !row.resource_type.starts_with("Plumbline::Scan::")
}

#[cfg(test)]
mod tests;
