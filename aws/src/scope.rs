//! What a job hands to the client with its calls: its share of the calls in flight, the gate that holds them back, and
//! who learns of them. The client makes a session of it; it must not know what a job is.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use tokio::time::Instant;
use tracing::Span;

use crate::observer::{Observer, Silent};

/// Whether calls may be sent now. It is looked at last, at the moment of sending: a call that finds it closed gives
/// back what it was given, waits, and queues again.
pub trait Gate: Send + Sync {
    /// Whether calls may be sent now.
    fn is_open(&self) -> bool;

    /// Returns when it is open.
    fn opened(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// A gate that is never closed.
#[derive(Clone, Copy, Debug, Default)]
pub struct AlwaysOpen;

impl Gate for AlwaysOpen {
    fn is_open(&self) -> bool {
        true
    }

    fn opened(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(std::future::ready(()))
    }
}

/// The circumstances of one job's calls.
#[derive(Clone)]
pub struct Scope {
    /// Calls of the job in flight at the same time.
    pub share: usize,
    /// Holds calls back.
    pub gate: Arc<dyn Gate>,
    /// When the job's calls end: those in flight then, and those that would come after, fail.
    pub until: Option<Instant>,
    /// Learns of every finished call of the job, besides the client's own observer.
    pub observer: Arc<dyn Observer>,
    /// What the calls are part of, for whoever traces the job.
    pub span: Span,
}

impl Default for Scope {
    /// Work outside a job: no limit of its own, nothing that holds it back, nobody who counts.
    fn default() -> Self {
        Self {
            share: usize::MAX,
            gate: Arc::new(AlwaysOpen),
            until: None,
            observer: Arc::new(Silent),
            span: Span::none(),
        }
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").field("share", &self.share).finish_non_exhaustive()
    }
}
