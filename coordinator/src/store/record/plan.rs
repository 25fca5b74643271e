//! The plan of a scan on disk, in few bytes a job: what every job's record says, once more.

use std::collections::HashMap;

use super::Job;

/// What jobs a scan has.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Plan {
    /// The Regions.
    #[prost(string, repeated, tag = "1")]
    pub regions: Vec<String>,
    /// The lists of controls: a few, which many jobs share.
    #[prost(message, repeated, tag = "2")]
    pub controls: Vec<Controls>,
    /// The jobs.
    #[prost(message, repeated, tag = "3")]
    pub jobs: Vec<PlannedJob>,
}

/// Controls that run together.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct Controls {
    /// Indexes of controls in the scan.
    #[prost(uint32, repeated, tag = "1")]
    pub indexes: Vec<u32>,
}

/// One job.
#[derive(Clone, PartialEq, prost::Message)]
pub struct PlannedJob {
    /// Its id.
    #[prost(string, tag = "1")]
    pub id: String,
    /// Index of the account in the scan.
    #[prost(uint32, tag = "2")]
    pub account: u32,
    /// Index of the Region.
    #[prost(uint32, tag = "3")]
    pub region: u32,
    /// Index of the list of controls.
    #[prost(uint32, tag = "4")]
    pub controls: u32,
}

impl Plan {
    /// The plan of these jobs.
    pub(crate) fn of(jobs: &[Job]) -> Self {
        let (mut regions, mut lists) = (HashMap::new(), HashMap::new());
        let mut plan = Self::default();
        for job in jobs {
            let region = *regions.entry(job.region.as_str()).or_insert_with(|| {
                plan.regions.push(job.region.clone());
                index(plan.regions.len())
            });
            let controls = *lists.entry(job.controls.as_slice()).or_insert_with(|| {
                plan.controls.push(Controls { indexes: job.controls.clone() });
                index(plan.controls.len())
            });
            plan.jobs.push(PlannedJob { id: job.id.clone(), account: job.account, region, controls });
        }
        plan
    }
}

/// The index of the last of so many.
fn index(count: usize) -> u32 {
    u32::try_from(count - 1).expect("fewer Regions and controls than 2^32")
}
