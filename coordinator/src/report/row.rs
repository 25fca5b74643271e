//! One row of a report, and what a report says of the scan as a whole: the read model that renderers take.
//!
//! Plain data. Must not know the store, and must not render anything. Field names are those of the NDJSON output,
//! which is the stable machine interface.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumbline_baseline::{Evidence, Severity, Status};

/// Framework id → version (empty when unversioned) → requirement ids.
pub type Frameworks = BTreeMap<String, BTreeMap<String, Vec<String>>>;

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
    /// The members that the decision rests on.
    pub evidence: Vec<Evidence>,
    /// Where frameworks ask for this control.
    pub frameworks: Arc<Frameworks>,
}

impl ReportRow {
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
    /// Organization id; `None` when accounts were scanned without one.
    pub organization: Option<String>,
    /// Version of the scanner.
    pub version: String,
    /// Digest of the pack that the scan ran with.
    pub pack_digest: String,
    /// Every account that was expected, also those that were left out, in report order.
    pub accounts: Vec<AccountSummary>,
    /// What limits the scan as a whole: a selection, or what could not be learned of the organization.
    pub notes: Vec<String>,
    /// API calls made.
    pub calls: u64,
    /// Answers that were throttled.
    pub throttles: u64,
    /// Calls that failed after every retry.
    pub failures: u64,
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
    /// Why nothing could be read although it was planned (`role_unassumable: …`).
    pub problem: Option<String>,
}

impl AccountSummary {
    /// Whether every planned job of the account has been stored and the account could be entered.
    pub fn is_scanned(&self) -> bool {
        self.skipped.is_none() && self.problem.is_none() && self.jobs_planned > 0 && self.jobs_done == self.jobs_planned
    }
}
