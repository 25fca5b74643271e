//! What a report for people says, summed up while rows stream by: counts, rankings and a few samples.
//!
//! Memory grows with controls, accounts and Regions, never with findings. Rows of one job (account and Region) must
//! arrive together; their order inside the job does not matter.

mod checks;
mod control;
mod governed;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use plumbline_baseline::pack::framework::{Edition, Framework};
use plumbline_baseline::{Severity, Status};
use rustc_hash::FxHashMap;

use super::causes::{Causes, CausesBuilder};
use super::row::{AccountSummary, Change, ReportRow, ScanSummary};
use super::standing::{FrameworkStanding, Told};
pub use checks::Checks;
use checks::Seen;
pub use control::{ControlDigest, SAMPLES, Sample};
pub use governed::{AttestationDigest, ExceptionDigest, Governed, OWNERS, OwnerDigest};

/// How many different details are kept for each reason of an UNKNOWN.
pub const DETAILS: usize = 6;

/// One account, or one organizational unit, over the whole scan.
#[derive(Clone, Debug, Default)]
pub struct ScopeDigest {
    /// Its checks.
    pub checks: Checks,
    /// Failed checks by severity, in the order of [`Severity::ALL`].
    pub failed_by_severity: [u64; 4],
}

/// Everything that could not be read for one reason.
#[derive(Clone, Debug, Default)]
pub struct UnknownDigest {
    /// Rows.
    pub rows: u64,
    /// Accounts concerned (indexes; only their number matters).
    accounts: BTreeSet<u32>,
    /// What was said, and how often; at most [`DETAILS`] different ones.
    pub details: BTreeMap<String, u64>,
    /// Rows whose detail is not among those kept.
    pub other_details: u64,
}

impl UnknownDigest {
    /// Number of accounts concerned.
    pub fn accounts(&self) -> u64 {
        self.accounts.len() as u64
    }
}

/// The sums.
#[derive(Clone, Debug, Default)]
pub struct Digest {
    /// All checks.
    pub total: ScopeDigest,
    /// Rows by status, in the order of [`Status::ALL`]. What is attested was not measured, and is in none of them.
    pub rows: [u64; 5],
    /// By control id.
    pub controls: BTreeMap<Arc<str>, ControlDigest>,
    /// By account id.
    pub accounts: BTreeMap<Arc<str>, ScopeDigest>,
    /// By OU path.
    pub ous: BTreeMap<Arc<str>, ScopeDigest>,
    /// By Region.
    pub regions: BTreeMap<Arc<str>, ScopeDigest>,
    /// By reason code, without what is decided elsewhere.
    pub unknowns: BTreeMap<String, UnknownDigest>,
    /// What accounts cannot see, and rows of other accounts decide.
    pub decided_elsewhere: UnknownDigest,
    /// Failed rows by severity, in the order of [`Severity::ALL`], with those that are accepted.
    pub failing_by_severity: [u64; 4],
    /// Checks by the severity that their control has in the account, in the same order.
    checks_by_severity: [Checks; 4],
    /// What governance says of the rows.
    pub governed: Governed,
    /// What one change would close.
    pub causes: Causes,
    /// How the requirements of frameworks stand, of those that the report is about.
    pub frameworks: Vec<FrameworkStanding>,
    account_indexes: FxHashMap<Arc<str>, u32>,
}

impl Digest {
    /// Rows with this status.
    pub fn rows_with(&self, status: Status) -> u64 {
        self.rows[status_index(status)]
    }

    /// Controls with failures that nobody accepts, what to fix first first.
    pub fn fix_first(&self) -> Vec<(&Arc<str>, &ControlDigest)> {
        let mut failing: Vec<_> = self.controls.iter().filter(|(_, control)| control.open() > 0).collect();
        failing.sort_by(|(a_id, a), (b_id, b)| (b.urgency(), *a_id).cmp(&(a.urgency(), *b_id)));
        failing
    }

    /// The accounts that need attention first: not readable, then the most and worst failures.
    pub fn accounts_by_need<'s>(&self, summary: &'s ScanSummary) -> Vec<(&'s AccountSummary, ScopeDigest)> {
        let scope = |account: &AccountSummary| self.accounts.get(&account.id).cloned().unwrap_or_default();
        let mut accounts: Vec<_> = summary.accounts.iter().map(|account| (account, scope(account))).collect();
        accounts.sort_by_key(|(account, scope)| {
            (account.is_scanned(), account.skipped.is_some(), scope.failed_by_severity.map(std::cmp::Reverse))
        });
        accounts
    }

    /// Reasons of what could not be decided, the most frequent first.
    pub fn unknown_reasons(&self) -> Vec<(&str, &UnknownDigest)> {
        let mut reasons: Vec<_> = self.unknowns.iter().map(|(code, unknown)| (&**code, unknown)).collect();
        reasons.sort_by_key(|(_, unknown)| std::cmp::Reverse(unknown.rows));
        reasons
    }

    /// The checks of one severity.
    pub fn checks_of(&self, severity: Severity) -> Checks {
        self.checks_by_severity[severity_index(severity)]
    }

    /// Holds versions of frameworks against what the rows say.
    pub fn hold_against<'f>(&mut self, editions: impl IntoIterator<Item = (&'f Framework, &'f Edition)>) {
        let standing = |(framework, edition)| FrameworkStanding::of(framework, edition, |id| self.told(id));
        self.frameworks = editions.into_iter().map(standing).collect();
    }

    /// What the rows say of a control; `None` when there are none.
    fn told(&self, control: &str) -> Option<Told> {
        let ControlDigest { failing, checks, .. } = self.controls.get(control)?;
        let open = checks.undecided + checks.decided_elsewhere - checks.held_elsewhere;
        Some(Told { failing: *failing, open, manual: checks.manual + checks.attested })
    }

    /// Rows that failed by severity and that nobody accepts, in the order of [`Severity::ALL`].
    pub fn open_by_severity(&self) -> [u64; 4] {
        std::array::from_fn(|index| self.failing_by_severity[index] - self.governed.accepted_by_severity[index])
    }

    /// Rows that failed and that nobody accepts.
    pub fn open(&self) -> u64 {
        self.open_by_severity().iter().sum()
    }

    /// The same at or above a severity.
    pub fn failures_at(&self, severity: Severity) -> u64 {
        let counts = Severity::ALL.iter().zip(self.open_by_severity());
        counts.filter(|(each, _)| **each >= severity).map(|(_, count)| count).sum()
    }

    /// Whether at least this share of the automated checks was read completely, in percent; all of them without one.
    pub fn is_covered(&self, percent: Option<f64>) -> bool {
        match (percent, self.total.checks.coverage()) {
            (None, _) => self.total.checks.undecided == 0,
            (Some(percent), Some(share)) => share * 100.0 >= percent,
            (Some(_), None) => false,
        }
    }
}

/// Position of a status in [`Status::ALL`].
fn status_index(status: Status) -> usize {
    Status::ALL.iter().position(|each| *each == status).expect("Status::ALL has every status")
}

/// Position of a severity in [`Severity::ALL`].
pub fn severity_index(severity: Severity) -> usize {
    Severity::ALL.iter().position(|each| *each == severity).expect("Severity::ALL has every severity")
}

/// Sums up rows.
#[derive(Default)]
pub struct DigestBuilder {
    digest: Digest,
    causes: CausesBuilder,
    job: Option<Job>,
}

/// The job whose rows are arriving.
struct Job {
    account: Arc<str>,
    ou: Arc<str>,
    region: Arc<str>,
    checks: FxHashMap<Arc<str>, (Severity, Seen)>,
}

impl DigestBuilder {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Nothing yet, of rows that are a part of the accounts or Regions of a scan.
    #[must_use]
    pub fn of_a_part() -> Self {
        let mut builder = Self::new();
        builder.causes.only_a_part();
        builder
    }

    /// Adds one row.
    pub fn add(&mut self, row: &ReportRow) {
        self.causes.add(row);
        if self.job.as_ref().is_none_or(|job| job.account != row.account || job.region != row.region) {
            self.close_job();
        }
        let job = self.job.get_or_insert_with(|| Job {
            account: row.account.clone(),
            ou: row.ou.clone(),
            region: row.region.clone(),
            checks: FxHashMap::default(),
        });
        job.checks.entry(row.control.clone()).or_insert((row.severity, Seen::default())).1.add(row);

        let digest = &mut self.digest;
        if row.attested.is_none() {
            digest.rows[status_index(row.status)] += 1;
        }
        let next_index = digest.account_indexes.len() as u32;
        let account = *digest.account_indexes.entry(row.account.clone()).or_insert(next_index);
        let control = digest.controls.entry(row.control.clone()).or_insert_with(|| ControlDigest::new(row));
        control.rank(row);
        digest.governed.add(row, account);
        match row.status {
            Status::Fail => {
                control.failing += 1;
                digest.failing_by_severity[severity_index(row.severity)] += 1;
                if row.is_accepted() {
                    control.accepted += 1;
                } else {
                    control.failing_accounts.insert(account);
                    control.new += u64::from(row.change == Some(Change::New));
                    control.reopened += u64::from(row.change == Some(Change::Reopened));
                    control.sample(row);
                }
            }
            Status::Pass if row.attested.is_some() => {}
            Status::Pass => control.passing += 1,
            Status::Unknown if row.is_decided_elsewhere() => digest.decided_elsewhere.add(row, account),
            Status::Unknown => digest.unknowns.entry(row.reason_code().to_owned()).or_default().add(row, account),
            Status::NotApplicable | Status::Manual => {}
        }
    }

    /// The sums.
    pub fn finish(mut self) -> Digest {
        self.close_job();
        self.digest.causes = self.causes.finish();
        self.digest
    }

    fn close_job(&mut self) {
        let Some(job) = self.job.take() else { return };
        let digest = &mut self.digest;
        let mut scope = ScopeDigest::default();
        for (control, (severity, seen)) in job.checks {
            scope.checks.count(seen);
            digest.checks_by_severity[severity_index(severity)].count(seen);
            scope.failed_by_severity[severity_index(severity)] += u64::from(seen.fail);
            if let Some(control) = digest.controls.get_mut(&control) {
                control.checks.count(seen);
            }
        }
        digest.total.merge(&scope);
        digest.accounts.entry(job.account).or_default().merge(&scope);
        digest.ous.entry(job.ou).or_default().merge(&scope);
        digest.regions.entry(job.region).or_default().merge(&scope);
    }
}

impl ScopeDigest {
    /// Whether anything was decided. Where nothing was, that nothing failed says nothing.
    pub fn is_decided(&self) -> bool {
        self.checks.automated > self.checks.undecided || self.checks.failed > 0
    }

    fn merge(&mut self, other: &Self) {
        self.checks.add(other.checks);
        for (sum, count) in self.failed_by_severity.iter_mut().zip(other.failed_by_severity) {
            *sum += count;
        }
    }
}

impl UnknownDigest {
    fn add(&mut self, row: &ReportRow, account: u32) {
        self.rows += 1;
        self.accounts.insert(account);
        let detail = row.reason.split_once(':').map_or("", |(_, detail)| detail.trim());
        if let Some(count) = self.details.get_mut(detail) {
            *count += 1;
        } else if self.details.len() < DETAILS {
            self.details.insert(detail.to_owned(), 1);
        } else {
            self.other_details += 1;
        }
    }
}
