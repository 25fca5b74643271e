//! What a file of the spool says of itself. On disk: tags are never used twice, and what is added has one of its own.

use plumbline_proto::agent_v1::{JobRef, Usage};

/// Whose result it is, and under what it may be delivered.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Header {
    /// The job, as it is called on the wire.
    #[prost(string, tag = "1")]
    pub(crate) job_id: String,
    /// The attempt that found it.
    #[prost(uint32, tag = "2")]
    pub(crate) attempt: u32,
    /// The fence that was held then; it is delivered under the one of then.
    #[prost(uint64, tag = "3")]
    pub(crate) fence: u64,
    /// The agent.
    #[prost(string, tag = "4")]
    pub(crate) agent: String,
    /// What identifies the coordinator's deployment.
    #[prost(string, tag = "5")]
    pub(crate) deployment: String,
    /// The pack that judged.
    #[prost(string, tag = "6")]
    pub(crate) pack_digest: String,
    /// The scan, the account and the Region, for people.
    #[prost(string, tag = "7")]
    pub(crate) scan_id: String,
    #[prost(string, tag = "8")]
    pub(crate) account: String,
    #[prost(string, tag = "9")]
    pub(crate) region: String,
    /// Seconds since 1970 when it was written.
    #[prost(uint64, tag = "10")]
    pub(crate) written: u64,
    /// How long the job may take; 0 when nobody said.
    #[prost(uint32, tag = "11")]
    pub(crate) deadline_s: u32,
    /// The beginning of the name of what the coordinator held then.
    #[prost(bytes = "vec", tag = "12")]
    pub(crate) held: Vec<u8>,
    /// What the attempt cost.
    #[prost(message, optional, tag = "13")]
    pub(crate) usage: Option<Usage>,
    /// The name of all that was found.
    #[prost(bytes = "vec", tag = "14")]
    pub(crate) root: Vec<u8>,
    /// No part of it is larger than a chunk of so many bytes.
    #[prost(uint32, tag = "15")]
    pub(crate) chunk_bytes: u32,
}

impl Header {
    /// The job, the attempt and the fence of then.
    pub(crate) fn job(&self) -> JobRef {
        JobRef { job_id: self.job_id.clone(), attempt: self.attempt, fence: self.fence }
    }

    /// What its file is called.
    pub(super) fn name(&self) -> String {
        self.job_id.clone()
    }
}
