//! What the client tells its owner about calls: for progress displays, metrics and tests. An observer must not block:
//! it is called on the task that made the call.

use std::time::Duration;

use crate::error::ErrorClass;

/// How a call, or one of its attempts, ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// AWS answered with a document.
    Done,
    /// It failed after every retry.
    Failed(ErrorClass),
}

/// One finished call.
#[derive(Clone, Debug)]
pub struct CallReport<'a> {
    /// The account that was called.
    pub account: &'a str,
    /// The Region that was called.
    pub region: &'a str,
    /// The service (`s3`).
    pub service: &'a str,
    /// The operation (`GetBucketPolicy`).
    pub operation: &'a str,
    /// How it ended.
    pub outcome: Outcome,
    /// Size of the response body.
    pub bytes: usize,
    /// Attempts that reached AWS and were answered; 0 when none was.
    pub attempts: u32,
    /// Attempts that were answered with a throttling error.
    pub throttled: u32,
    /// From the first waiting for the budget to the end.
    pub elapsed: Duration,
}

/// Learns of every finished call.
pub trait Observer: Send + Sync {
    /// A call ended, after all its attempts.
    fn call_finished(&self, report: &CallReport<'_>);
}

/// An observer that ignores everything.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {
    fn call_finished(&self, _report: &CallReport<'_>) {}
}
