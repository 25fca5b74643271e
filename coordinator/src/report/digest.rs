//! What a report for people says, summed up while rows stream by: counts, rankings and a few samples.
//!
//! Memory grows with controls, accounts and Regions, never with findings. Rows of one job (account and Region) must
//! arrive together; their order inside the job does not matter.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use plumbline_baseline::pack::control::Finding;
use plumbline_baseline::pack::framework::{Edition, Framework};
use plumbline_baseline::{Evidence, Severity, Status};
use rustc_hash::FxHashMap;

use super::evidence::telling;
use super::row::{AccountSummary, Change, ReportRow, ScanSummary};
use super::standing::{FrameworkStanding, Told};

/// How many failing resources are kept as samples for each control.
pub const SAMPLES: usize = 8;
/// How many members are kept of each sample.
const EVIDENCE: usize = 3;
/// How many different details are kept for each reason of an UNKNOWN.
pub const DETAILS: usize = 6;

/// Checks, counted. A check is one (account, Region, control); it may have many rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checks {
    /// Checks that a machine decides: all but the manual ones.
    pub automated: u64,
    /// Everything was read and everything holds.
    pub passed: u64,
    /// At least one FAIL; other rows of the check may be unknown.
    pub failed: u64,
    /// At least one UNKNOWN that nothing decides: the check is not covered, whatever else it says.
    pub undecided: u64,
    /// At least one UNKNOWN, and rows of other accounts decide each of them: the check is covered, and counts there.
    pub decided_elsewhere: u64,
    /// Those of them in which nothing fails where they are decided.
    pub held_elsewhere: u64,
    /// Shown not to apply.
    pub not_applicable: u64,
    /// Left to a person.
    pub manual: u64,
}

impl Checks {
    /// Share of the automated checks that were read completely. `None` when there are none.
    pub fn coverage(&self) -> Option<f64> {
        share(self.automated - self.undecided, self.automated)
    }

    /// Share of the decided checks that hold. `None` when nothing was decided.
    pub fn compliance(&self) -> Option<f64> {
        share(self.passed, self.passed + self.failed)
    }

    fn add(&mut self, other: Self) {
        self.automated += other.automated;
        self.passed += other.passed;
        self.failed += other.failed;
        self.undecided += other.undecided;
        self.decided_elsewhere += other.decided_elsewhere;
        self.held_elsewhere += other.held_elsewhere;
        self.not_applicable += other.not_applicable;
        self.manual += other.manual;
    }

    fn count(&mut self, seen: Seen) {
        if seen.manual && !seen.any_automated() {
            self.manual += 1;
            return;
        }
        self.automated += 1;
        self.failed += u64::from(seen.fail);
        self.undecided += u64::from(seen.unknown);
        self.decided_elsewhere += u64::from(seen.elsewhere && !seen.unknown);
        self.held_elsewhere += u64::from(seen.elsewhere && !seen.unknown && !seen.fails_elsewhere);
        let is_open = seen.fail || seen.unknown || seen.elsewhere;
        self.passed += u64::from(seen.pass && !is_open);
        self.not_applicable += u64::from(!seen.pass && !is_open);
    }
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

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
}

/// One control over the whole scan.
#[derive(Clone, Debug)]
pub struct ControlDigest {
    /// Title as the rows have it.
    pub title: Arc<str>,
    /// What its failures say.
    pub finding: Arc<Finding>,
    /// Its severity. Accounts may have it with different ones: the worst of what fails, or of all where nothing does.
    pub severity: Severity,
    /// Its checks.
    pub checks: Checks,
    /// Rows with FAIL: failing resources and scopes.
    pub failing: u64,
    /// Those of them that never failed before.
    pub new: u64,
    /// Those of them that failed before, and did not any more.
    pub reopened: u64,
    /// Rows with PASS.
    pub passing: u64,
    /// Accounts with at least one FAIL (indexes; only their number matters).
    failing_accounts: BTreeSet<u32>,
    /// Failing resources, the first ones; those that did not fail before come before the others.
    pub samples: Vec<Sample>,
}

impl ControlDigest {
    /// What its failures say together; the title where the scan was stored without that.
    pub fn says(&self) -> String {
        if self.finding.one.is_empty() { self.title.to_string() } else { self.finding.of(self.failing) }
    }

    /// Whether something fails that did not before.
    pub fn has_news(&self) -> bool {
        self.new + self.reopened > 0
    }

    /// Number of accounts with at least one FAIL.
    pub fn failing_accounts(&self) -> u64 {
        self.failing_accounts.len() as u64
    }

    /// How soon it is to be fixed: what fails, by severity, then by the number of accounts. However many accounts lack a
    /// tag, one root user without a second factor comes before them.
    pub fn urgency(&self) -> impl Ord + use<> {
        (self.failing > 0, self.severity, self.failing_accounts(), self.failing)
    }
}

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
    /// Rows by status, in the order of [`Status::ALL`].
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
    /// Failed rows by severity, in the order of [`Severity::ALL`].
    pub failing_by_severity: [u64; 4],
    /// Checks by the severity that their control has in the account, in the same order.
    checks_by_severity: [Checks; 4],
    /// How the requirements of frameworks stand, of those that the report is about.
    pub frameworks: Vec<FrameworkStanding>,
    account_indexes: FxHashMap<Arc<str>, u32>,
}

impl Digest {
    /// Rows with this status.
    pub fn rows_with(&self, status: Status) -> u64 {
        self.rows[status_index(status)]
    }

    /// Controls with failures, what to fix first first.
    pub fn fix_first(&self) -> Vec<(&Arc<str>, &ControlDigest)> {
        let mut failing: Vec<_> = self.controls.iter().filter(|(_, control)| control.failing > 0).collect();
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
        Some(Told { failing: *failing, open, manual: checks.manual })
    }

    /// Rows that failed at or above the severity.
    pub fn failures_at(&self, severity: Severity) -> u64 {
        let counts = Severity::ALL.iter().zip(self.failing_by_severity);
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

/// Which statuses the rows of one check had.
#[derive(Clone, Copy, Default)]
struct Seen {
    pass: bool,
    fail: bool,
    unknown: bool,
    elsewhere: bool,
    fails_elsewhere: bool,
    not_applicable: bool,
    manual: bool,
}

impl Seen {
    fn any_automated(self) -> bool {
        self.pass || self.fail || self.unknown || self.elsewhere || self.not_applicable
    }

    fn add(&mut self, row: &ReportRow) {
        match row.status {
            Status::Unknown if row.is_decided_elsewhere() => {
                self.elsewhere = true;
                self.fails_elsewhere |= !row.holds_elsewhere;
            }
            Status::Pass => self.pass = true,
            Status::Fail => self.fail = true,
            Status::Unknown => self.unknown = true,
            Status::NotApplicable => self.not_applicable = true,
            Status::Manual => self.manual = true,
        }
    }
}

/// Sums up rows.
#[derive(Default)]
pub struct DigestBuilder {
    digest: Digest,
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

    /// Adds one row.
    pub fn add(&mut self, row: &ReportRow) {
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
        digest.rows[status_index(row.status)] += 1;
        let next_index = digest.account_indexes.len() as u32;
        let account = *digest.account_indexes.entry(row.account.clone()).or_insert(next_index);
        let control = digest.controls.entry(row.control.clone()).or_insert_with(|| ControlDigest::new(row));
        control.rank(row);
        match row.status {
            Status::Fail => {
                control.failing += 1;
                control.failing_accounts.insert(account);
                digest.failing_by_severity[severity_index(row.severity)] += 1;
                control.new += u64::from(row.change == Some(Change::New));
                control.reopened += u64::from(row.change == Some(Change::Reopened));
                control.sample(row);
            }
            Status::Pass => control.passing += 1,
            Status::Unknown if row.is_decided_elsewhere() => digest.decided_elsewhere.add(row, account),
            Status::Unknown => digest.unknowns.entry(row.reason_code().to_owned()).or_default().add(row, account),
            Status::NotApplicable | Status::Manual => {}
        }
    }

    /// The sums.
    pub fn finish(mut self) -> Digest {
        self.close_job();
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

impl ControlDigest {
    fn new(row: &ReportRow) -> Self {
        Self {
            title: row.title.clone(),
            finding: row.finding.clone(),
            severity: row.severity,
            checks: Checks::default(),
            failing: 0,
            new: 0,
            reopened: 0,
            passing: 0,
            failing_accounts: BTreeSet::new(),
            samples: Vec::new(),
        }
    }

    /// The severity after one more row.
    fn rank(&mut self, row: &ReportRow) {
        let is_first_failure = row.status == Status::Fail && self.failing == 0;
        let counts = row.status == Status::Fail || self.failing == 0;
        if is_first_failure || (counts && row.severity > self.severity) {
            self.severity = row.severity;
        }
    }

    /// Keeps a failing row as an example, if there is room: what did not fail before stands in front, and takes the place
    /// of what did.
    fn sample(&mut self, row: &ReportRow) {
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
    fn new(row: &ReportRow) -> Self {
        Self {
            account: row.account.clone(),
            account_name: row.account_name.clone(),
            region: row.region.clone(),
            resource: row.resource.clone(),
            witness: row.witnesses.last().map(|witness| witness.sentence().to_owned()),
            evidence: telling(&row.evidence, &row.resource, EVIDENCE).into_iter().cloned().collect(),
            since: row.since.clone(),
            change: row.change,
        }
    }

    /// Whether it did not fail before.
    pub fn is_news(&self) -> bool {
        self.change.is_some_and(Change::is_news)
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
