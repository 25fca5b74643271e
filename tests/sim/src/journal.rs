//! What was asked of the server: counters by operation, and the calls themselves when a test wants them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// One call as it was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedCall {
    /// Service by botocore's name.
    pub service: String,
    /// Operation.
    pub operation: String,
    /// Account of the credentials.
    pub account: String,
    /// Region of the signature.
    pub region: String,
    /// HTTP status of the answer.
    pub status: u16,
    /// Error code of the answer; empty for success.
    pub code: String,
}

/// Counters and log of a running server. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    entries: Arc<Mutex<Entries>>,
    keeps_calls: bool,
}

#[derive(Debug, Default)]
struct Entries {
    counts: BTreeMap<String, BTreeMap<String, u64>>,
    calls: Vec<LoggedCall>,
}

impl Journal {
    /// An empty journal; `keeps_calls` says whether it keeps every call or only counts.
    pub fn new(keeps_calls: bool) -> Self {
        Self { keeps_calls, ..Self::default() }
    }

    /// Counts a call; what it was is only made up when it is kept.
    pub(crate) fn record(&self, service: &str, operation: &str, call: impl FnOnce() -> LoggedCall) {
        let mut entries = self.lock();
        match entries.counts.get_mut(service).and_then(|counts| counts.get_mut(operation)) {
            Some(count) => *count += 1,
            None => {
                entries.counts.entry(service.to_owned()).or_default().insert(operation.to_owned(), 1);
            }
        }
        if self.keeps_calls {
            entries.calls.push(call());
        }
    }

    /// Calls by service and operation.
    pub fn counts(&self) -> BTreeMap<String, BTreeMap<String, u64>> {
        self.lock().counts.clone()
    }

    /// How often an operation was called.
    pub fn count(&self, service: &str, operation: &str) -> u64 {
        self.lock().counts.get(service).and_then(|counts| counts.get(operation)).copied().unwrap_or(0)
    }

    /// All calls together.
    pub fn total(&self) -> u64 {
        self.lock().counts.values().flat_map(BTreeMap::values).sum()
    }

    /// The calls in the order of their answers; empty unless the server keeps them.
    pub fn calls(&self) -> Vec<LoggedCall> {
        self.lock().calls.clone()
    }

    /// Forgets everything.
    pub fn clear(&self) {
        *self.lock() = Entries::default();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Entries> {
        self.entries.lock().expect("no code panics while it holds the journal")
    }
}
