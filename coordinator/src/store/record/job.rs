//! Jobs on disk: who did what, when, and what came of it.

use std::collections::HashMap;

use plumbline_proto::agent_v1::Elsewhere;

use super::Counts;

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
    /// Chunks of the committed attempt that are not in the memory yet: those of earlier versions.
    #[prost(uint64, tag = "10")]
    pub chunks: u64,
    /// Rows of the committed attempt.
    #[prost(uint64, tag = "11")]
    pub rows: u64,
    /// Order of the commit among all.
    #[prost(uint64, tag = "12")]
    pub commit_seq: u64,
    /// API calls of the committed attempt by operation, as earlier versions wrote them.
    #[prost(map = "string, uint64", tag = "13")]
    pub calls_by_operation: HashMap<String, u64>,
    /// Throttled answers.
    #[prost(uint64, tag = "14")]
    pub throttles: u64,
    /// Calls that failed after every retry.
    #[prost(uint64, tag = "15")]
    pub failures: u64,
    /// How long the attempt took, in milliseconds.
    #[prost(uint64, tag = "16")]
    pub duration_ms: u64,
    /// When the attempt was granted that the record tells of, ISO-8601 UTC.
    #[prost(string, tag = "17")]
    pub started: String,
    /// When its rows became visible, ISO-8601 UTC.
    #[prost(string, tag = "18")]
    pub committed: String,
    /// The agent that holds it, or that did it.
    #[prost(string, tag = "19")]
    pub agent: String,
    /// Version of that agent.
    #[prost(string, tag = "20")]
    pub build: String,
    /// Attempts that failed and were charged.
    #[prost(uint32, tag = "21")]
    pub failed_attempts: u32,
    /// Rows of the committed attempt, by status.
    #[prost(message, optional, tag = "22")]
    pub counts: Option<Counts>,
    /// API calls of the committed attempt.
    #[prost(uint64, tag = "23")]
    pub calls_total: u64,
    /// Where the answers are that rows of the committed attempt leave to other accounts; each once.
    #[prost(message, repeated, tag = "24")]
    pub elsewhere: Vec<Elsewhere>,
    /// The name of what is known of the account and Region since the commit, if it is another one than before.
    #[prost(bytes = "vec", tag = "25")]
    pub root: Vec<u8>,
    /// Of how many resources there was something that changes by itself: where that is not kept any more, it is missing.
    #[prost(uint64, tag = "30")]
    pub changing: u64,
    /// How many types of the account and Region the commit changed: of each the past has a record of the night.
    #[prost(uint32, tag = "31")]
    pub changed: u32,
    /// The longest time, in seconds, that an attempt was given and used up without an end.
    #[prost(uint32, tag = "60")]
    pub ran_over_s: u32,
    /// Why it went to the agent that holds it, or that did it.
    #[prost(enumeration = "Why", tag = "61")]
    pub why: i32,
}

impl Job {
    /// API calls of the committed attempt. An agent's figures are not to be trusted with an addition.
    pub fn calls(&self) -> u64 {
        self.calls_by_operation.values().copied().fold(self.calls_total, u64::saturating_add)
    }
}

/// Why a job went to an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, prost::Enumeration)]
#[repr(i32)]
pub enum Why {
    /// It is not known, or nobody decided: the coordinator did it itself.
    Unspecified = 0,
    /// Of those that may do everything it had the most room.
    MostRoom = 1,
    /// Its own credentials are of the account.
    OwnAccount = 2,
    /// It runs in the Region.
    HomeRegion = 3,
    /// Others failed at it.
    FailedElsewhere = 4,
    /// It may not do everything, and chooses first.
    WithinBounds = 5,
    /// It ran it already when it came back.
    CameBack = 6,
    /// An earlier process of it found out all that there is: it was on its disk when it came back.
    OnItsDisk = 7,
}

impl Why {
    /// For people: after "because of".
    pub fn text(self) -> &'static str {
        match self {
            Self::Unspecified => "",
            Self::MostRoom => "most room",
            Self::OwnAccount => "its own account",
            Self::HomeRegion => "its Region",
            Self::FailedElsewhere => "others failed",
            Self::WithinBounds => "its bounds",
            Self::CameBack => "came back with it",
            Self::OnItsDisk => "had it on its disk",
        }
    }
}

/// Jobs of one scan that have ended, in the order of their ids.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Jobs {
    /// The jobs.
    #[prost(message, repeated, tag = "1")]
    pub jobs: Vec<Job>,
}

/// Of a job that has ended, what it took: the record of a job without the rest, which is skipped.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct TookJob {
    #[prost(uint32, tag = "3")]
    pub(crate) account: u32,
    #[prost(string, tag = "4")]
    pub(crate) region: String,
    #[prost(enumeration = "JobState", tag = "6")]
    pub(crate) state: i32,
    #[prost(uint64, tag = "16")]
    pub(crate) duration_ms: u64,
    #[prost(uint64, tag = "23")]
    pub(crate) calls_total: u64,
    #[prost(uint32, tag = "60")]
    pub(crate) ran_over_s: u32,
}

/// The same of [`Jobs`].
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct TookJobs {
    #[prost(message, repeated, tag = "1")]
    pub(crate) jobs: Vec<TookJob>,
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
