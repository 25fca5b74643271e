//! What is on disk, as Protobuf: fields are added, never renumbered, and an unknown state is never a good one.

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
    /// External id of the role.
    #[prost(string, tag = "7")]
    pub external_id: String,
    /// Why the tags are not known, as a document; empty when they are.
    #[prost(string, tag = "8")]
    pub tags_unread: String,
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
}

/// One job.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Job {
    /// The job's id.
    #[prost(string, tag = "1")]
    pub id: String,
    /// The scan's id.
    #[prost(string, tag = "2")]
    pub scan: String,
    /// Index of the account in the scan.
    #[prost(uint32, tag = "3")]
    pub account: u32,
    /// The Region, or `aws-global`.
    #[prost(string, tag = "4")]
    pub region: String,
    /// Indexes of its controls in the scan.
    #[prost(uint32, repeated, tag = "5")]
    pub controls: Vec<u32>,
    /// How far it is.
    #[prost(enumeration = "JobState", tag = "6")]
    pub state: i32,
    /// The attempt that was granted last, from 1.
    #[prost(uint32, tag = "7")]
    pub attempt: u32,
    /// The fence of that grant.
    #[prost(uint64, tag = "8")]
    pub fence: u64,
    /// Why it was given up; empty otherwise.
    #[prost(string, tag = "9")]
    pub problem: String,
    /// Chunks of the committed attempt.
    #[prost(uint64, tag = "10")]
    pub chunks: u64,
    /// Rows of the committed attempt.
    #[prost(uint64, tag = "11")]
    pub rows: u64,
    /// Order of the commit among all.
    #[prost(uint64, tag = "12")]
    pub commit_seq: u64,
    /// API calls of the committed attempt, by operation.
    #[prost(map = "string, uint64", tag = "13")]
    pub calls: HashMap<String, u64>,
    /// Throttled answers.
    #[prost(uint64, tag = "14")]
    pub throttles: u64,
    /// Calls that failed after every retry.
    #[prost(uint64, tag = "15")]
    pub failures: u64,
    /// How long the attempt took, in milliseconds.
    #[prost(uint64, tag = "16")]
    pub duration_ms: u64,
}

impl Job {
    /// API calls of the committed attempt. An agent's figures are not to be trusted with an addition.
    pub fn calls(&self) -> u64 {
        self.calls.values().copied().fold(0, u64::saturating_add)
    }
}

/// How far a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, prost::Enumeration)]
#[repr(i32)]
pub enum JobState {
    /// Written by a newer version: not done, as far as this one can tell.
    Unspecified = 0,
    /// Waits for an agent.
    Ready = 1,
    /// An agent has it.
    Leased = 2,
    /// Its rows are visible.
    Committed = 3,
    /// Given up; `problem` says why.
    Abandoned = 4,
}
