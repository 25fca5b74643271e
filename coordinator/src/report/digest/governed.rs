//! What governance says of a scan's rows, summed up: findings by exception and by owner, and what people vouch for.
//!
//! Memory grows with what the governance has, and with owners up to a bound: their names come from tags.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use plumbline_baseline::Status;
use plumbline_governance::{Accepted, Attested, Day};

use super::super::row::ReportRow;
use super::control::Sample;
use super::severity_index;

/// Owners that are counted one by one.
pub const OWNERS: usize = 1_000;
/// How many findings of an exception are kept as samples.
const SAMPLES: usize = 3;

/// What governance says, summed up.
#[derive(Clone, Debug, Default)]
pub struct Governed {
    /// By exception, and by the last day on which it accepts findings of a severity.
    pub exceptions: BTreeMap<(Arc<str>, Day), ExceptionDigest>,
    /// By step, who vouches for it, and until when.
    pub attestations: BTreeMap<(Arc<str>, Arc<str>, Day), AttestationDigest>,
    /// By owner, at most [`OWNERS`].
    pub owners: BTreeMap<Arc<str>, OwnerDigest>,
    /// Of those beyond that.
    pub further_owners: OwnerDigest,
    /// What nobody owns.
    pub without_owner: OwnerDigest,
    /// Rows that are attested.
    pub attested: u64,
    /// Rows with FAIL that are accepted, by severity, in the order of [`Severity::ALL`](plumbline_baseline::Severity::ALL).
    pub accepted_by_severity: [u64; 4],
}

/// The findings of one exception.
#[derive(Clone, Debug)]
pub struct ExceptionDigest {
    /// What it says of them.
    pub accepted: Arc<Accepted>,
    /// Rows with FAIL.
    pub findings: u64,
    /// Their controls.
    pub controls: BTreeSet<Arc<str>>,
    /// Some of them.
    pub samples: Vec<Sample>,
    accounts: BTreeSet<u32>,
}

/// What one person vouches for.
#[derive(Clone, Debug)]
pub struct AttestationDigest {
    /// What is vouched for.
    pub attested: Arc<Attested>,
    /// The controls.
    pub controls: BTreeSet<Arc<str>>,
    accounts: BTreeSet<u32>,
}

/// The findings of one owner.
#[derive(Clone, Debug, Default)]
pub struct OwnerDigest {
    /// Rows with a FAIL that nobody accepts, by severity, in the order of [`Severity::ALL`](plumbline_baseline::Severity::ALL).
    pub open: [u64; 4],
    /// Rows with a FAIL that is accepted.
    pub accepted: u64,
    accounts: BTreeSet<u32>,
}

impl ExceptionDigest {
    /// Number of accounts with such a finding.
    pub fn accounts(&self) -> u64 {
        self.accounts.len() as u64
    }
}

impl AttestationDigest {
    /// Number of accounts that it holds for.
    pub fn accounts(&self) -> u64 {
        self.accounts.len() as u64
    }
}

impl OwnerDigest {
    /// Findings that nobody accepts.
    pub fn findings(&self) -> u64 {
        self.open.iter().sum()
    }

    /// Number of accounts with a finding.
    pub fn accounts(&self) -> u64 {
        self.accounts.len() as u64
    }

    fn add(&mut self, row: &ReportRow, account: u32) {
        self.accounts.insert(account);
        match row.is_accepted() {
            true => self.accepted += 1,
            false => self.open[severity_index(row.severity)] += 1,
        }
    }
}

impl Governed {
    /// The exceptions that hold, by the day on which they end.
    pub fn accepting(&self) -> Vec<&ExceptionDigest> {
        self.by_end(false)
    }

    /// Those that have ended, and whose findings are back, by the day on which they did.
    pub fn expired(&self) -> Vec<&ExceptionDigest> {
        self.by_end(true)
    }

    fn by_end(&self, expired: bool) -> Vec<&ExceptionDigest> {
        let mut all: Vec<_> = self.exceptions.values().filter(|each| each.accepted.expired == expired).collect();
        all.sort_by_key(|each| each.accepted.until);
        all
    }

    /// What people vouch for, by the day on which that ends.
    pub fn attesting(&self) -> Vec<&AttestationDigest> {
        let mut all: Vec<_> = self.attestations.values().collect();
        all.sort_by_key(|each| each.attested.until);
        all
    }

    /// Owners of findings that nobody accepts, those with the worst and most first.
    pub fn owners_by_need(&self) -> Vec<(&str, &OwnerDigest)> {
        let mut all: Vec<_> = self.owners.iter().map(|(name, of)| (&**name, of)).collect();
        all.retain(|(_, of)| of.findings() > 0);
        all.sort_by_key(|(_, of)| of.open.map(std::cmp::Reverse));
        all
    }

    /// Rows with FAIL that are accepted.
    pub fn accepted(&self) -> u64 {
        self.accepted_by_severity.iter().sum()
    }

    /// Whether any finding has an owner.
    pub fn has_owners(&self) -> bool {
        !self.owners.is_empty()
    }

    /// Adds one row of an account.
    pub(super) fn add(&mut self, row: &ReportRow, account: u32) {
        if let Some(attested) = &row.attested {
            self.attested += 1;
            let key = (Arc::clone(&attested.step), Arc::clone(&attested.by), attested.until);
            let new = || AttestationDigest {
                attested: Arc::clone(attested),
                controls: BTreeSet::new(),
                accounts: BTreeSet::new(),
            };
            let of = self.attestations.entry(key).or_insert_with(new);
            of.controls.insert(row.control.clone());
            of.accounts.insert(account);
        }
        if row.status == Status::Fail {
            self.add_failure(row, account);
        }
    }

    fn add_failure(&mut self, row: &ReportRow, account: u32) {
        let is_known = |owner: &Arc<str>| self.owners.contains_key(owner) || self.owners.len() < OWNERS;
        let owner = match &row.owner {
            None => &mut self.without_owner,
            Some(owner) if is_known(&owner.name) => self.owners.entry(Arc::clone(&owner.name)).or_default(),
            Some(_) => &mut self.further_owners,
        };
        owner.add(row, account);
        let Some(accepted) = &row.accepted else { return };
        if !accepted.expired {
            self.accepted_by_severity[severity_index(row.severity)] += 1;
        }
        let new = || ExceptionDigest {
            accepted: Arc::clone(accepted),
            findings: 0,
            controls: BTreeSet::new(),
            samples: Vec::new(),
            accounts: BTreeSet::new(),
        };
        let of = self.exceptions.entry((Arc::clone(&accepted.id), accepted.until)).or_insert_with(new);
        of.findings += 1;
        of.controls.insert(row.control.clone());
        of.accounts.insert(account);
        if of.samples.len() < SAMPLES {
            of.samples.push(Sample::new(row));
        }
    }
}
