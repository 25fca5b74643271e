//! One attempt on its way through the AWS runtime: what is sent, and what is needed to read what comes back.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use plumbline_baseline::api::Service;

use crate::error::{Answer, ErrorClass};
use crate::protocol::Request;

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

/// A request, and the call that it belongs to.
#[derive(Debug)]
pub(super) struct Outgoing {
    pub(super) request: Request,
    pub(super) exchange: Arc<Exchange>,
}

/// An error answer, classified.
#[derive(Debug, thiserror::Error)]
#[error("{class}: {}: {}", answer.code, answer.message)]
pub(super) struct Refused {
    pub(super) answer: Answer,
    pub(super) class: ErrorClass,
}
