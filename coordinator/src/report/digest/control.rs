//! One control over the whole scan, with a few of the resources that fail.

use std::collections::BTreeSet;
use std::sync::Arc;

use plumbline_baseline::pack::control::Finding;
use plumbline_baseline::{Evidence, Severity, Status};
use plumbline_governance::Owner;

use super::super::evidence::telling;
use super::super::row::{Change, ReportRow};
use super::checks::Checks;

/// How many failing resources are kept as samples for each control.
pub const SAMPLES: usize = 8;
/// How many members are kept of each sample.
const EVIDENCE: usize = 3;

/// One failing resource, kept as an example.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Account id.
    pub account: Arc<str>,
    /// Account name.
    pub account_name: Arc<str>,
    /// Region.
    pub region: Arc<str>,
    /// ARN; empty when the whole scope failed.
    pub resource: String,
    /// What decided, in a sentence, where that can be shown.
    pub witness: Option<String>,
    /// The members that tell the most of why.
    pub evidence: Vec<Evidence>,
    /// When the scan started since which it fails; empty when nothing is stored of it.
    pub since: Arc<str>,
    /// What the scan changed of it.
    pub change: Option<Change>,
    /// Whose it is.
    pub owner: Option<Arc<Owner>>,
}

/// One control over the whole scan.
#[derive(Clone, Debug)]
pub struct ControlDigest {
    /// Title as the rows have it.
    pub title: Arc<str>,
    /// What its failures say.
    pub finding: Arc<Finding>,
    /// Its severity. Accounts may have it with different ones: the worst of what fails and nobody accepts, else of what
    /// fails, else of all.
    pub severity: Severity,
    /// Its checks.
    pub checks: Checks,
    /// Rows with FAIL: failing resources and scopes.
    pub failing: u64,
    /// Those of them that an exception accepts.
    pub accepted: u64,
    /// Those that nobody accepts, and that never failed before.
    pub new: u64,
    /// Those that nobody accepts, and that failed before, and did not any more.
    pub reopened: u64,
    /// Rows with PASS.
    pub passing: u64,
    /// Accounts with at least one FAIL that nobody accepts (indexes; only their number matters).
    pub(super) failing_accounts: BTreeSet<u32>,
    /// What its severity comes from: whether a row fails that nobody accepts, or fails, and the worst of those.
    ranked: (u8, Severity),
    /// Failing resources that nobody accepts, the first ones; those that did not fail before come before the others.
    pub samples: Vec<Sample>,
}

impl ControlDigest {
    /// What its failures say together; the title where the scan was stored without that.
    pub fn says(&self) -> String {
        if self.finding.one.is_empty() { self.title.to_string() } else { self.finding.of(self.open()) }
    }

    /// Whether something fails that did not before.
    pub fn has_news(&self) -> bool {
        self.new + self.reopened > 0
    }

    /// Rows with a FAIL that nobody accepts.
    pub fn open(&self) -> u64 {
        self.failing - self.accepted
    }

    /// Number of accounts with at least one FAIL that nobody accepts.
    pub fn failing_accounts(&self) -> u64 {
        self.failing_accounts.len() as u64
    }

    /// How soon it is to be fixed: what fails, by severity, then by the number of accounts. However many accounts lack a
    /// tag, one root user without a second factor comes before them.
    pub fn urgency(&self) -> impl Ord + use<> {
        (self.open() > 0, self.severity, self.failing_accounts(), self.open(), self.failing)
    }
}

impl ControlDigest {
    pub(super) fn new(row: &ReportRow) -> Self {
        Self {
            title: row.title.clone(),
            finding: row.finding.clone(),
            severity: row.severity,
            checks: Checks::default(),
            failing: 0,
            accepted: 0,
            new: 0,
            reopened: 0,
            passing: 0,
            failing_accounts: BTreeSet::new(),
            ranked: (0, row.severity),
            samples: Vec::new(),
        }
    }

    /// The severity after one more row.
    pub(super) fn rank(&mut self, row: &ReportRow) {
        let rank = match row.status {
            Status::Fail if !row.is_accepted() => 2,
            Status::Fail => 1,
            _ => 0,
        };
        self.ranked = self.ranked.max((rank, row.severity));
        self.severity = self.ranked.1;
    }

    /// Keeps a failing row as an example, if there is room: what did not fail before stands in front, and takes the place
    /// of what did.
    pub(super) fn sample(&mut self, row: &ReportRow) {
        let news = self.samples.iter().take_while(|sample| sample.is_news()).count();
        if row.is_news() && news < SAMPLES {
            self.samples.insert(news, Sample::new(row));
            self.samples.truncate(SAMPLES);
        } else if self.samples.len() < SAMPLES {
            self.samples.push(Sample::new(row));
        }
    }
}

impl Sample {
    pub(super) fn new(row: &ReportRow) -> Self {
        Self {
            account: row.account.clone(),
            account_name: row.account_name.clone(),
            region: row.region.clone(),
            resource: row.resource.clone(),
            witness: row.witnesses.last().map(|witness| witness.sentence().to_owned()),
            evidence: telling(&row.evidence, &row.resource, EVIDENCE).into_iter().cloned().collect(),
            since: row.since.clone(),
            change: row.change,
            owner: row.owner.clone(),
        }
    }

    /// Whether it did not fail before.
    pub fn is_news(&self) -> bool {
        self.change.is_some_and(Change::is_news)
    }
}
