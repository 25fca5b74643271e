//! What the verdicts of a scan rest on besides documents: what its jobs collected, and who belonged to the organization.
//! The same on many nights, and stored once for all of them.

use std::collections::{BTreeMap, HashMap};

use plumbline_proto::agent_v1::Organization;

/// What was planned to be collected, and what all jobs were told.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Premises {
    /// What jobs collected, by kind of job.
    #[prost(message, repeated, tag = "1")]
    pub jobs: Vec<CollectedIn>,
    /// The organization as jobs were told of it, without the scan's id; absent without one.
    #[prost(message, optional, tag = "2")]
    pub organization: Option<Organization>,
    /// Whether the tags of accounts were asked for.
    #[prost(bool, tag = "3")]
    pub asked_account_tags: bool,
    /// Whether it was asked who administers services for the organization.
    #[prost(bool, tag = "4")]
    pub asked_delegated: bool,
    /// Whether the organization's resource control policies were asked for.
    #[prost(bool, tag = "5")]
    pub asked_control_policies: bool,
}

/// What a kind of job collected, and delivered as documents, in the accounts of some baselines.
#[derive(Clone, PartialEq, prost::Message)]
pub struct CollectedIn {
    /// The kind.
    #[prost(enumeration = "JobKind", tag = "1")]
    pub kind: i32,
    /// The types.
    #[prost(message, repeated, tag = "2")]
    pub types: Vec<CollectedType>,
    /// Indexes of the baselines in the scan; empty for the scan's own alone.
    #[prost(uint32, repeated, tag = "3")]
    pub baselines: Vec<u32>,
}

/// What was collected of a type: digests of how.
#[derive(Clone, PartialEq, prost::Message)]
pub struct CollectedType {
    /// The type.
    #[prost(string, tag = "1")]
    pub name: String,
    /// How it was listed.
    #[prost(fixed64, tag = "2")]
    pub listing: u64,
    /// How its members were gathered.
    #[prost(btree_map = "string, fixed64", tag = "3")]
    pub members: BTreeMap<String, u64>,
    /// What the API's description said of its first-level members.
    #[prost(btree_map = "string, fixed64", tag = "4")]
    pub shapes: BTreeMap<String, u64>,
    /// The members that were kept apart, since they change by themselves.
    #[prost(string, repeated, tag = "5")]
    pub volatile: Vec<String>,
}

/// Kinds of jobs, by what they collect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, prost::Enumeration)]
#[repr(i32)]
pub enum JobKind {
    /// Written by a newer version: what it collected is not known.
    Unspecified = 0,
    /// One Region of one account.
    Regional = 1,
    /// What belongs to no Region.
    Global = 2,
    /// The same in the management account, with what belongs to the organization.
    Management = 3,
}

impl Premises {
    /// What a kind of job collected in the accounts of a baseline, by type.
    pub fn collected(&self, kind: JobKind, baseline: u32) -> HashMap<&str, &CollectedType> {
        let is_of = |jobs: &&CollectedIn| jobs.kind() == kind && jobs.is_of(baseline);
        let jobs = self.jobs.iter().filter(is_of);
        jobs.flat_map(|jobs| &jobs.types).map(|each| (each.name.as_str(), each)).collect()
    }
}

impl CollectedIn {
    fn is_of(&self, baseline: u32) -> bool {
        match self.baselines.as_slice() {
            [] => baseline == 0,
            several => several.contains(&baseline),
        }
    }
}
