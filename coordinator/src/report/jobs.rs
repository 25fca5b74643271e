//! What became of the jobs of a scan, and who did them: values only, filled from the store and shown by `scans show`.

use std::collections::BTreeMap;

use serde::Serialize;

/// The jobs of a scan.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Jobs {
    /// How many there are.
    pub planned: u64,
    /// How many of them are `stored`, `given_up`, `running`, `waiting` or in a state that is not known (`unknown`).
    pub states: BTreeMap<&'static str, u64>,
    /// Attempts that failed and were charged.
    pub failed_attempts: u64,
    /// Those that took longest, the longest first.
    pub slowest: Vec<SlowJob>,
    /// Those that left nothing, and why: the first of them.
    pub given_up: Vec<GivenUpJob>,
    /// Who did them.
    pub agents: Vec<Agent>,
    /// What they added to the store.
    pub stored_bytes: StoredBytes,
}

/// A job and what it took.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SlowJob {
    /// The account's id.
    pub account: String,
    /// The Region, or `aws-global`.
    pub region: String,
    /// How long the attempt took that was stored.
    pub seconds: f64,
    /// The API calls that it made.
    pub calls: u64,
    /// Who did it.
    pub agent: String,
    /// Why it went there; empty when that is not known.
    pub why: &'static str,
}

/// A job that left nothing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GivenUpJob {
    /// The account's id.
    pub account: String,
    /// The Region, or `aws-global`.
    pub region: String,
    /// How often it was begun.
    pub attempts: u32,
    /// Who had it last; empty when nobody had.
    pub agent: String,
    /// Why it went there; empty when that is not known.
    pub why: &'static str,
    /// Why.
    pub reason: String,
}

/// Somebody who did jobs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Agent {
    /// What it is called.
    pub agent: String,
    /// Its version.
    pub version: String,
    /// The jobs that it did.
    pub jobs: u64,
    /// The API calls that they made.
    pub calls: u64,
}

/// What a scan added to the store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct StoredBytes {
    /// Records of the scan, its plan and its jobs.
    pub records: u64,
    /// What was before, where it changed something.
    pub before: u64,
    /// Members that change by themselves.
    pub volatile: u64,
}
