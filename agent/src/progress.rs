//! What a job has done so far: counters that the AWS client and the collector raise, and the link tells.

use std::sync::atomic::{AtomicU64, Ordering};

use plumbline_aws::{CallReport, ErrorClass, Observer, Outcome};

/// Counters of one job.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    calls: AtomicU64,
    throttles: AtomicU64,
    failures: AtomicU64,
    resources: AtomicU64,
    rows: AtomicU64,
}

/// The counters at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Requests that AWS answered, retries included.
    pub calls: u64,
    /// Requests that AWS throttled.
    pub throttles: u64,
    /// Calls that failed after every retry.
    pub failures: u64,
    /// Resources that were read.
    pub resources: u64,
    /// Rows that were delivered.
    pub rows: u64,
}

impl Progress {
    /// A resource was read.
    pub(crate) fn resource(&self) {
        self.resources.fetch_add(1, Ordering::Relaxed);
    }

    /// Rows were made.
    pub(crate) fn rows(&self, count: u64) {
        self.rows.fetch_add(count, Ordering::Relaxed);
    }

    /// The counters now.
    pub(crate) fn counters(&self) -> Counters {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counters {
            calls: read(&self.calls),
            throttles: read(&self.throttles),
            failures: read(&self.failures),
            resources: read(&self.resources),
            rows: read(&self.rows),
        }
    }
}

impl Observer for Progress {
    fn call_finished(&self, report: &CallReport<'_>) {
        self.calls.fetch_add(u64::from(report.attempts), Ordering::Relaxed);
        self.throttles.fetch_add(u64::from(report.throttled), Ordering::Relaxed);
        if matches!(report.outcome, Outcome::Failed(class) if is_failure(class)) {
            self.failures.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Whether something was not read. "There is none" is an answer.
fn is_failure(class: ErrorClass) -> bool {
    !matches!(
        class,
        ErrorClass::Absent | ErrorClass::Vanished | ErrorClass::AbsentOrVanished | ErrorClass::NotSubscribed
    )
}
