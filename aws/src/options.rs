//! The client's settings and their defaults. Must not read anything but its arguments.

use std::fmt;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use plumbline_baseline::api::Catalog;

use crate::budgets::Budgets;
use crate::endpoint::{EndpointOverrides, Variant};
use crate::environment::Environment;
use crate::http::BodyRoom;
use crate::jitter::Jitter;
use crate::observer::{Observer, Silent};

/// The settings of a [`Client`](crate::Client).
#[derive(Clone)]
pub struct Options {
    /// The API descriptors.
    pub catalog: Arc<Catalog>,
    /// Endpoints that replace AWS's own.
    pub endpoints: EndpointOverrides,
    /// Which of AWS's endpoints are called.
    pub variant: Variant,
    /// The HTTP client: its connections, proxies and trust.
    pub http_client: SharedHttpClient,
    /// Time to connect, TLS included.
    pub connect_timeout: Duration,
    /// Time for one attempt, from connecting to the last byte of the body.
    pub attempt_timeout: Duration,
    /// Time for one call: all its attempts and the pauses between them. Waiting in line, or for a session, is not counted.
    pub call_timeout: Duration,
    /// Attempts a call, the first included.
    pub max_attempts: u32,
    /// The longest wait between two attempts.
    pub max_backoff: Duration,
    /// The largest response body, in bytes.
    pub body_cap: usize,
    /// The memory for bodies that are being read, over all calls.
    pub body_room: BodyRoom,
    /// The pages of one listing, at most.
    pub page_cap: usize,
    /// Calls in flight at the same time, over all jobs. A call that waits, for whatever reason, is not in flight. One
    /// service in one Region holds at most a quarter of them, one Region at most three quarters.
    pub calls_in_flight: usize,
    /// How fast each service may be called in one account and Region.
    pub budgets: Budgets,
    /// Which part of each pause between attempts is made.
    pub jitter: Jitter,
    /// Learns of every call.
    pub observer: Arc<dyn Observer>,
}

impl Default for Options {
    /// The defaults in an environment that says nothing. They share one HTTP client.
    fn default() -> Self {
        static PLAIN: LazyLock<Environment> = LazyLock::new(Environment::default);
        Self::new(PLAIN.clone())
    }
}

impl Options {
    /// The defaults in an environment.
    pub fn new(environment: Environment) -> Self {
        Self {
            catalog: Arc::clone(Catalog::embedded()),
            endpoints: environment.endpoints,
            variant: environment.variant,
            http_client: environment.http_client,
            connect_timeout: Duration::from_secs(5),
            attempt_timeout: Duration::from_secs(60),
            call_timeout: Duration::from_secs(120),
            max_attempts: 5,
            max_backoff: Duration::from_secs(20),
            body_cap: 64 << 20,
            body_room: BodyRoom::new(128 << 20),
            page_cap: 10_000,
            calls_in_flight: 256,
            budgets: Budgets::Published,
            jitter: Jitter::random(),
            observer: Arc::new(Silent),
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("endpoints", &self.endpoints)
            .field("attempt_timeout", &self.attempt_timeout)
            .field("max_attempts", &self.max_attempts)
            .field("body_cap", &self.body_cap)
            .field("budgets", &self.budgets)
            .finish_non_exhaustive()
    }
}
