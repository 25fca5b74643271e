//! One row of a report, and what a report says of the scan as a whole: the read model that renderers take.
//!
//! Plain data. Must not know the store, and must not render anything. Field names are those of the NDJSON output,
//! which is the stable machine interface.

use std::sync::Arc;

use plumbline_baseline::pack::control::Finding;
use plumbline_baseline::{Evidence, Region, Severity, Status, Witness};
use plumbline_governance::{Accepted, Attested, Day, Owner};

use super::origin::Origin;
use super::past::Past;

/// Framework id → version (empty when unversioned) → requirement ids.
pub use plumbline_baseline::pack::framework::Answers as Frameworks;

/// What one control says of one resource, Region, account or organization.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportRow {
    /// The scan's id, a ULID.
    pub scan: Arc<str>,
    /// Account id, twelve digits.
    pub account: Arc<str>,
    /// Account name; empty when it is not known.
    pub account_name: Arc<str>,
    /// Path of the organizational unit (`Root/Workloads/Prod`); empty without an organization.
    pub ou: Arc<str>,
    /// The Region, or `aws-global`.
    pub region: Arc<str>,
    /// Control id.
    pub control: Arc<str>,
    /// Title of the control; empty when the pack at hand no longer has it.
    pub title: Arc<str>,
    /// What failures of the control say; empty when the scan was stored without.
    pub finding: Arc<Finding>,
    /// Severity of the control.
    pub severity: Severity,
    /// Maturity level of the control, 1 to 3.
    pub level: u8,
    /// The verdict.
    pub status: Status,
    /// `code` or `code: detail`; empty for PASS and FAIL.
    pub reason: Arc<str>,
    /// ARN; empty when the row is about the whole scope.
    pub resource: String,
    /// CloudFormation type name; empty when the row is about the whole scope.
    pub resource_type: Arc<str>,
    /// What decided, where that can be shown.
    pub witnesses: Vec<Witness>,
    /// The members that the decision rests on.
    pub evidence: Vec<Evidence>,
    /// Where frameworks ask for this control.
    pub frameworks: Arc<Frameworks>,
    /// Of an UNKNOWN that another account has the answer to, and the scan with it: the accounts in whose rows it is.
    pub decided_in: Vec<Arc<str>>,
    /// Of such an UNKNOWN: whether nothing fails in those rows.
    pub holds_elsewhere: bool,
    /// When the scan started that found it first, ISO-8601 UTC; empty when nothing is stored of it.
    pub first_seen: Arc<str>,
    /// When the scan started since which it has been decided so; of an UNKNOWN, since which it was what it was last.
    pub since: Arc<str>,
    /// What the scan changed; none when nothing is stored of it.
    pub change: Option<Change>,
    /// Of a FAIL: that an exception accepts it, or did.
    pub accepted: Option<Arc<Accepted>>,
    /// Of what only a person can decide: who vouches for it. Such a row reads PASS, and was not measured.
    pub attested: Option<Arc<Attested>>,
    /// Whose it is.
    pub owner: Option<Arc<Owner>>,
    /// What one change would close it with others; none where nothing is known of that.
    pub origin: Option<Arc<Origin>>,
}

/// What a scan changed of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// It was not there before, or fails for the first time.
    New,
    /// It failed, and does not any more.
    Fixed,
    /// It failed before, did not, and fails again.
    Reopened,
    /// It was decided, and is unknown since.
    Lost,
    /// It is decided otherwise.
    Changed,
    /// Nothing.
    Unchanged,
}

impl Change {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 6] = [Self::New, Self::Fixed, Self::Reopened, Self::Lost, Self::Changed, Self::Unchanged];

    /// Whether it makes a failure one that was not there before.
    pub fn is_news(self) -> bool {
        matches!(self, Self::New | Self::Reopened)
    }

    /// For machines.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Fixed => "fixed",
            Self::Reopened => "reopened",
            Self::Lost => "lost",
            Self::Changed => "changed",
            Self::Unchanged => "unchanged",
        }
    }
}

impl ReportRow {
    /// What a failure says; empty for anything else.
    pub fn says(&self) -> &str {
        if self.status == Status::Fail { &self.finding.one } else { "" }
    }

    /// Whether it fails, and an exception that holds accepts it.
    pub fn is_accepted(&self) -> bool {
        self.status == Status::Fail && self.accepted.as_ref().is_some_and(|accepted| !accepted.expired)
    }

    /// Whether it fails, and was accepted until a day that is over.
    pub fn was_accepted(&self) -> bool {
        self.status == Status::Fail && self.accepted.as_ref().is_some_and(|accepted| accepted.expired)
    }

    /// Whether it fails, and did not before.
    pub fn is_news(&self) -> bool {
        self.status == Status::Fail && self.change.is_some_and(Change::is_news)
    }

    /// Whether it says that it does not know, and rows of other accounts do.
    pub fn is_decided_elsewhere(&self) -> bool {
        self.status == Status::Unknown && !self.decided_in.is_empty()
    }

    /// The stable code of the reason (`access_denied` of `access_denied: s3:GetBucketPolicy: …`).
    pub fn reason_code(&self) -> &str {
        self.reason.split(':').next().unwrap_or_default().trim()
    }
}

/// How far a scan has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScanState {
    /// Jobs are still running.
    Running,
    /// Every job has been stored.
    Complete,
    /// It was stopped before every job was stored; the rest reads `UNKNOWN(not_run)`.
    Interrupted,
}

/// What a scan covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScanKind {
    /// Everything that the credentials lead to.
    Full,
    /// What a selection left.
    Limited,
    /// A simulated organization.
    Demonstration,
    /// What could be found of an organization whose lists of accounts could not be read.
    Partial,
    /// It was stored by a version that does not say.
    Unknown,
}

/// The option that leaves out what belongs to an account as a whole.
pub const NO_GLOBAL: &str = "no-global";

/// An option that limited a scan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Its name, without hyphens in front (`exclude-regions`).
    pub option: String,
    /// What it was given; nothing for one that takes no value.
    pub values: Vec<String>,
}

/// What a report says of the scan as a whole.
#[derive(Clone, Debug)]
pub struct ScanSummary {
    /// The scan's id, a ULID.
    pub scan: Arc<str>,
    /// When it started, ISO-8601 UTC.
    pub started: String,
    /// When it ended, ISO-8601 UTC; `None` while it runs or when it was interrupted.
    pub finished: Option<String>,
    /// How far it has come.
    pub state: ScanState,
    /// Why it could not be finished; `None` when it was, or when somebody stopped it.
    pub problem: Option<String>,
    /// What it covers.
    pub kind: ScanKind,
    /// What limited it.
    pub limits: Vec<Limit>,
    /// Organization id; `None` when accounts were scanned without one.
    pub organization: Option<String>,
    /// Version of the scanner.
    pub version: String,
    /// Digest of the pack that the scan ran with.
    pub pack_digest: String,
    /// Every account that was expected, also those that were left out, in report order.
    pub accounts: Vec<AccountSummary>,
    /// What could not be read of the organization: the scan is incomplete, whatever its rows say.
    pub gaps: Vec<String>,
    /// What limits the scan as a whole: a selection, or what is assumed of the organization.
    pub notes: Vec<String>,
    /// API calls made.
    pub calls: u64,
    /// Answers that were throttled.
    pub throttles: u64,
    /// Calls that failed after every retry.
    pub failures: u64,
    /// Conditions on the rows that are reported; empty when all of them are.
    pub filter: Vec<Limit>,
    /// What the rows are read under; none where nothing governs them.
    pub governed: Option<Governed>,
    /// What became of findings since the scan before, and how the figures went; none where nobody asked. Whoever renders
    /// asks, by the rows that are wanted.
    pub past: Option<Past>,
    /// Options with which a command finds this scan, with a blank in front; empty when it needs none. Whoever renders
    /// knows them, the store does not.
    pub options: String,
}

impl ScanSummary {
    /// The Regions that somebody left out, `aws-global` among them where what belongs to an account as a whole was not
    /// scanned. Where Regions were chosen by name, all others are left out as well, and are not listed.
    pub fn regions_left_out(&self) -> Vec<&str> {
        let given = |option: &str| self.limits.iter().find(|limit| limit.option == option).map(|limit| &limit.values);
        let is_global = |region: &String| region == Region::GLOBAL;
        let mut left_out: Vec<&str> = given("exclude-regions").into_iter().flatten().map(String::as_str).collect();
        let is_not_among = given("regions").is_some_and(|regions| !regions.iter().any(is_global));
        if (is_not_among || given(NO_GLOBAL).is_some()) && !left_out.contains(&Region::GLOBAL) {
            left_out.push(Region::GLOBAL);
        }
        left_out
    }

    /// A command on this scan, as a reader can copy it.
    pub fn command(&self, words: &str) -> String {
        format!("plumbline {words}{}", self.options)
    }

    /// A command on this scan that names the scan itself.
    pub fn command_on_store(&self, words: &str) -> String {
        let scan = format!(" --scan {}", self.scan);
        format!("plumbline {words}{}", self.options.strip_prefix(&scan).unwrap_or(&self.options))
    }
}

/// What rows are read under.
#[derive(Clone, Debug)]
pub struct Governed {
    /// The day as of which exceptions and attestations hold.
    pub today: Day,
    /// The attestations that have ended, and that nobody renewed.
    pub ended: Vec<Arc<Attested>>,
    /// How many of its entries are broken, and left out.
    pub broken: usize,
}

/// One expected account.
#[derive(Clone, Debug)]
pub struct AccountSummary {
    /// Account id, twelve digits.
    pub id: Arc<str>,
    /// Account name; empty when it is not known.
    pub name: Arc<str>,
    /// Path of the organizational unit; empty without an organization.
    pub ou: Arc<str>,
    /// Jobs planned: one for each Region, and one for `aws-global`.
    pub jobs_planned: u32,
    /// Jobs whose result is stored.
    pub jobs_done: u32,
    /// Why the account was left out on purpose (`suspended`); `None` when it was planned.
    pub skipped: Option<String>,
    /// What kept it from being read although it was planned.
    pub problem: Option<Problem>,
}

/// Why an account that was planned has not been read, or not completely. The texts are `code` or `code: detail`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Nothing of it could be read.
    Unreadable(String),
    /// Some of its jobs came to nothing; what the others read is there.
    Partial(String),
}

impl AccountSummary {
    /// Why it was left out or has not been read completely, where that is known.
    pub fn reason(&self) -> Option<&str> {
        match (&self.skipped, &self.problem) {
            (Some(reason), _) => Some(reason),
            (None, Some(Problem::Unreadable(reason) | Problem::Partial(reason))) => Some(reason),
            (None, None) => None,
        }
    }

    /// Whether every planned job of the account has been stored and the account could be entered.
    pub fn is_scanned(&self) -> bool {
        self.skipped.is_none() && self.problem.is_none() && self.jobs_planned > 0 && self.jobs_done == self.jobs_planned
    }
}
