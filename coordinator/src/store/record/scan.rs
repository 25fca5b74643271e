//! Scans on disk: what was planned, what limited it, and how it ended.

use std::collections::HashMap;

/// One scan.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Scan {
    /// The scan's id.
    #[prost(string, tag = "1")]
    pub id: String,
    /// When it started, ISO-8601 UTC.
    #[prost(string, tag = "2")]
    pub started: String,
    /// When it ended; empty until then.
    #[prost(string, tag = "3")]
    pub finished: String,
    /// The partition.
    #[prost(string, tag = "4")]
    pub partition: String,
    /// Organization id; empty without one.
    #[prost(string, tag = "5")]
    pub organization: String,
    /// The management account; empty without an organization.
    #[prost(string, tag = "6")]
    pub management_account: String,
    /// Version of the scanner.
    #[prost(string, tag = "7")]
    pub version: String,
    /// Digest of the pack.
    #[prost(string, tag = "8")]
    pub pack_digest: String,
    /// Every expected account, in report order.
    #[prost(message, repeated, tag = "9")]
    pub accounts: Vec<Account>,
    /// The enabled controls.
    #[prost(message, repeated, tag = "10")]
    pub controls: Vec<Control>,
    /// What the reader of the report should know about what was planned.
    #[prost(string, repeated, tag = "11")]
    pub notes: Vec<String>,
    /// What it covers.
    #[prost(enumeration = "ScanKind", tag = "12")]
    pub kind: i32,
    /// What limited it; empty for a full scan.
    #[prost(message, repeated, tag = "13")]
    pub selection: Vec<Limit>,
    /// How it ended.
    #[prost(enumeration = "ScanState", tag = "14")]
    pub state: i32,
    /// Why it ended early, in words; empty otherwise.
    #[prost(string, tag = "15")]
    pub problem: String,
    /// Rows by status, summed up when it ended.
    #[prost(message, optional, tag = "16")]
    pub counts: Option<Counts>,
    /// Accounts with at least one job.
    #[prost(uint64, tag = "17")]
    pub accounts_planned: u64,
    /// Jobs.
    #[prost(uint64, tag = "18")]
    pub jobs_planned: u64,
    /// What could not be read of the organization: the scan is incomplete, whatever its rows say.
    #[prost(message, repeated, tag = "19")]
    pub gaps: Vec<Gap>,
    /// Its number among all scans of the store, from 1: what the memory calls a night.
    #[prost(uint32, tag = "20")]
    pub night: u32,
    /// The name of what its verdicts rest on besides documents; empty where that was not kept.
    #[prost(bytes = "vec", tag = "25")]
    pub premises: Vec<u8>,
    /// Documents stay in the accounts: agents delivered verdicts alone.
    #[prost(bool, tag = "26")]
    pub without_documents: bool,
    /// The name of the governance that it carried; empty for none.
    #[prost(bytes = "vec", tag = "30")]
    pub governance: Vec<u8>,
    /// What accounts have of the controls, the scan's own in front; empty where all have all of them, as in scans of
    /// versions that knew nothing else.
    #[prost(message, repeated, tag = "27")]
    pub baselines: Vec<Baseline>,
}

/// What an account has of a scan's controls.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Baseline {
    /// A short name, the same on two nights where it says the same on both; empty for the scan's own.
    #[prost(string, tag = "1")]
    pub name: String,
    /// Indexes of its controls in the scan, each control once.
    #[prost(uint32, repeated, tag = "2")]
    pub controls: Vec<u32>,
    /// The ids of the scan's own controls that it leaves out.
    #[prost(string, repeated, tag = "3")]
    pub left_out: Vec<String>,
}

/// The options that leave controls out.
const LIMITS_OF_CONTROLS: [&str; 2] = ["controls", "exclude-controls"];

impl Scan {
    /// Whether its jobs deliver documents: what a part of the controls reads of a resource is not the resource.
    pub fn keeps_documents(&self) -> bool {
        self.runs_all_controls() && !self.without_documents
    }

    /// Whether its jobs run all controls that are enabled, so that what they say is all that there is to say.
    pub fn runs_all_controls(&self) -> bool {
        let limits_controls = self.selection.iter().any(|limit| LIMITS_OF_CONTROLS.contains(&&*limit.option));
        !limits_controls && self.kind() != ScanKind::Unspecified
    }

    /// What an account has; `None` where that is what the scan has.
    pub fn baseline_of(&self, account: &Account) -> Option<&Baseline> {
        (account.baseline > 0).then(|| self.baselines.get(account.baseline as usize)).flatten()
    }

    /// The controls of a baseline, each of them once.
    pub fn controls_in(&self, baseline: u32) -> impl Iterator<Item = &Control> {
        let list = self.baselines.get(baseline as usize).map(|baseline| baseline.controls.as_slice());
        let all = if list.is_none() { self.controls.as_slice() } else { &[] };
        let listed = list.into_iter().flatten().filter_map(|&index| self.controls.get(index as usize));
        all.iter().chain(listed)
    }

    /// A control as an account has it; `None` where it does not.
    pub fn control_of(&self, account: &Account, id: &str) -> Option<&Control> {
        self.controls_in(account.baseline).find(|control| control.id == id)
    }
}

/// A scan without its accounts and controls: what a list of scans needs. The fields are those of [`Scan`].
#[derive(Clone, PartialEq, prost::Message)]
pub struct ScanHead {
    /// The scan's id.
    #[prost(string, tag = "1")]
    pub id: String,
    /// When it started, ISO-8601 UTC.
    #[prost(string, tag = "2")]
    pub started: String,
    /// When it ended; empty until then.
    #[prost(string, tag = "3")]
    pub finished: String,
    /// Organization id; empty without one.
    #[prost(string, tag = "5")]
    pub organization: String,
    /// Version of the scanner.
    #[prost(string, tag = "7")]
    pub version: String,
    /// What it covers.
    #[prost(enumeration = "ScanKind", tag = "12")]
    pub kind: i32,
    /// What limited it; empty for a full scan.
    #[prost(message, repeated, tag = "13")]
    pub selection: Vec<Limit>,
    /// How it ended.
    #[prost(enumeration = "ScanState", tag = "14")]
    pub state: i32,
    /// Why it ended early, in words; empty otherwise.
    #[prost(string, tag = "15")]
    pub problem: String,
    /// Rows by status, summed up when it ended.
    #[prost(message, optional, tag = "16")]
    pub counts: Option<Counts>,
    /// Accounts with at least one job.
    #[prost(uint64, tag = "17")]
    pub accounts_planned: u64,
    /// Jobs.
    #[prost(uint64, tag = "18")]
    pub jobs_planned: u64,
    /// What could not be read of the organization.
    #[prost(message, repeated, tag = "19")]
    pub gaps: Vec<Gap>,
    /// Its number among all scans of the store, from 1.
    #[prost(uint32, tag = "20")]
    pub night: u32,
}

/// Something that could not be read of the organization.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Gap {
    /// A word for machines: `units_not_listed`.
    #[prost(string, tag = "1")]
    pub code: String,
    /// What, why, and what that means, for people.
    #[prost(string, tag = "2")]
    pub text: String,
}

/// One part of a selection: the option that limited the scan, and what it was given.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Limit {
    /// The option's name as users write it, without hyphens in front: `accounts`, `exclude-regions`.
    #[prost(string, tag = "1")]
    pub option: String,
    /// Its values.
    #[prost(string, repeated, tag = "2")]
    pub values: Vec<String>,
}

/// Rows by status.
#[derive(Clone, Copy, PartialEq, Eq, prost::Message)]
pub struct Counts {
    /// `PASS`.
    #[prost(uint64, tag = "1")]
    pub pass: u64,
    /// `FAIL`.
    #[prost(uint64, tag = "2")]
    pub fail: u64,
    /// `UNKNOWN`, with the rows of jobs that did not run.
    #[prost(uint64, tag = "3")]
    pub unknown: u64,
    /// `NOT_APPLICABLE`.
    #[prost(uint64, tag = "4")]
    pub not_applicable: u64,
    /// `MANUAL`.
    #[prost(uint64, tag = "5")]
    pub manual: u64,
}

impl Counts {
    /// Both together.
    pub fn plus(self, other: Self) -> Self {
        Self {
            pass: self.pass.saturating_add(other.pass),
            fail: self.fail.saturating_add(other.fail),
            unknown: self.unknown.saturating_add(other.unknown),
            not_applicable: self.not_applicable.saturating_add(other.not_applicable),
            manual: self.manual.saturating_add(other.manual),
        }
    }
}

/// What a scan covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, prost::Enumeration)]
#[repr(i32)]
pub enum ScanKind {
    /// Written before kinds were kept, or by a newer version: not known to be full.
    Unspecified = 0,
    /// Everything that the credentials lead to.
    Full = 1,
    /// What a selection left.
    Limited = 2,
    /// A simulated organization.
    Demonstration = 3,
    /// What could be found of an organization whose lists of accounts could not be read.
    Partial = 4,
}

/// How a scan ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, prost::Enumeration)]
#[repr(i32)]
pub enum ScanState {
    /// Written before states were kept, or by a newer version: not known to be complete.
    Unspecified = 0,
    /// It runs; or its process was killed, when no process has the store open.
    Running = 1,
    /// Every job ended.
    Complete = 2,
    /// Somebody stopped it, or its process was killed.
    Interrupted = 3,
    /// It could not go on; `problem` says why.
    Failed = 4,
}

/// One expected account.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Account {
    /// Account id.
    #[prost(string, tag = "1")]
    pub id: String,
    /// Name.
    #[prost(string, tag = "2")]
    pub name: String,
    /// OU path.
    #[prost(string, tag = "3")]
    pub ou: String,
    /// Why it was left out; empty when it was planned.
    #[prost(string, tag = "4")]
    pub skipped: String,
    /// Tags.
    #[prost(map = "string, string", tag = "5")]
    pub tags: HashMap<String, String>,
    /// Role to assume; empty for the agent's own credentials.
    #[prost(string, tag = "6")]
    pub role_arn: String,
    // Tag 7 was the role's external id, in clear: it is not stored any more, and its number is not used again.
    /// Why the tags are not known, as a document; empty when they are.
    #[prost(string, tag = "8")]
    pub tags_unread: String,
    /// Other members that are not known (`name`, `ou_path`, `management_account_id`, …), and why, as documents.
    #[prost(map = "string, string", tag = "9")]
    pub unread: HashMap<String, String>,
    /// The enabled Regions, those that the scan wants first.
    #[prost(string, repeated, tag = "10")]
    pub enabled_regions: Vec<String>,
    /// Index of its baseline in the scan.
    #[prost(uint32, tag = "11")]
    pub baseline: u32,
    /// The ids of the units on the way from the root to it; empty where they are not known, and without an organization.
    #[prost(string, repeated, tag = "12")]
    pub units: Vec<String>,
}

/// One control as it was when the scan ran.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Control {
    /// Control id.
    #[prost(string, tag = "1")]
    pub id: String,
    /// Title.
    #[prost(string, tag = "2")]
    pub title: String,
    /// Severity by name.
    #[prost(string, tag = "3")]
    pub severity: String,
    /// Maturity level.
    #[prost(uint32, tag = "4")]
    pub level: u32,
    /// Framework → version → requirement ids, as JSON.
    #[prost(string, tag = "5")]
    pub frameworks: String,
    /// Parameters that differ from the defaults, as JSON; empty for none.
    #[prost(string, tag = "6")]
    pub settings: String,
    /// What its failures say; absent in scans of versions that did not have it.
    #[prost(message, optional, tag = "7")]
    pub finding: Option<Finding>,
}

/// What failures of a control say.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Finding {
    /// Of one thing.
    #[prost(string, tag = "1")]
    pub one: String,
    /// Of several, `{count}` of them.
    #[prost(string, tag = "2")]
    pub other: String,
}
