//! What a job has done so far: counters that the AWS client and the collector raise, and the session reports.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use plumbline_aws::{CallReport, ErrorClass, Observer, Outcome};

tokio::task_local! {
    /// The job that the current call belongs to. The client is shared by all jobs, and so is its observer.
    static JOB: Arc<Progress>;
}

/// Counters of one job.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    calls: AtomicU64,
    throttles: AtomicU64,
    failures: AtomicU64,
    resources: AtomicU64,
    rows: AtomicU64,
    operations: Mutex<BTreeMap<String, u64>>,
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

    /// Calls by operation (`s3:GetBucketPolicy`).
    pub(crate) fn operations(&self) -> BTreeMap<String, u64> {
        self.operations.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The client's options, with an observer that counts calls for the job that makes them, and passes them on.
pub(crate) fn observed(options: &plumbline_aws::Options) -> plumbline_aws::Options {
    plumbline_aws::Options { observer: Arc::new(ByJob { next: Arc::clone(&options.observer) }), ..options.clone() }
}

/// Runs a call as part of a job.
pub(crate) async fn counted<T>(job: &Arc<Progress>, call: impl Future<Output = T>) -> T {
    JOB.scope(Arc::clone(job), call).await
}

struct ByJob {
    next: Arc<dyn Observer>,
}

impl Observer for ByJob {
    fn call_finished(&self, report: &CallReport<'_>) {
        // Outside a job there is nobody to count for.
        let _ = JOB.try_with(|job| job.count(report));
        self.next.call_finished(report);
    }
}

impl Progress {
    fn count(&self, report: &CallReport<'_>) {
        self.calls.fetch_add(u64::from(report.attempts), Ordering::Relaxed);
        self.throttles.fetch_add(u64::from(report.throttled), Ordering::Relaxed);
        if matches!(report.outcome, Outcome::Failed(class) if is_failure(class)) {
            self.failures.fetch_add(1, Ordering::Relaxed);
        }
        let operation = format!("{}:{}", report.service, report.operation);
        let mut operations = self.operations.lock().unwrap_or_else(PoisonError::into_inner);
        *operations.entry(operation).or_default() += u64::from(report.attempts);
    }
}

/// Whether something was not read. "There is none" is an answer.
fn is_failure(class: ErrorClass) -> bool {
    !matches!(class, ErrorClass::Absent | ErrorClass::Vanished | ErrorClass::NotSubscribed)
}
