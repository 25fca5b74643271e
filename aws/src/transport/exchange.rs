//! What a call asks, for all its attempts, and how much came back.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use plumbline_baseline::api::Service;

/// What a call asks, for all its attempts.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(super) service: Arc<Service>,
    pub(super) operation: String,
    bytes: AtomicUsize,
}

impl Exchange {
    /// A call of this operation.
    pub(crate) fn new(service: Arc<Service>, operation: &str) -> Self {
        Self { service, operation: operation.to_owned(), bytes: AtomicUsize::new(0) }
    }

    /// Size of the last response body.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    pub(super) fn came(&self, bytes: usize) {
        self.bytes.store(bytes, Ordering::Relaxed);
    }

    /// The operation's name with its service (`s3:GetBucketPolicy`).
    pub(super) fn name(&self) -> String {
        format!("{}:{}", self.service.name, self.operation)
    }
}
