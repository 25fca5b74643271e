//! The client's settings and their defaults. Must not read anything but its arguments.

use std::fmt;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use plumbline_baseline::api::Catalog;

use crate::endpoint::{EndpointOverrides, Variant};
use crate::environment::Environment;
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
    /// Attempts a call, the first included.
    pub max_attempts: u32,
    /// The longest wait between two attempts.
    pub max_backoff: Duration,
    /// The largest response body, in bytes.
    pub body_cap: usize,
    /// The pages of one listing, at most.
    pub page_cap: usize,
    /// Calls in flight at the same time, over all targets. A call that waits for its budget is not in flight.
    pub calls_in_flight: usize,
    /// The request budget of one service in one account and Region; services with other limits get a multiple.
    pub budget: Budget,
    /// Learns of every call.
    pub observer: Arc<dyn Observer>,
}

/// How fast one service in one account and Region may be called, so that the account's own workloads keep the
/// larger share of AWS's limits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Budget {
    /// Requests a second; halved on a throttling answer, and slowly recovered.
    pub requests_per_second: f64,
    /// Requests that may be made at once after a pause.
    pub burst: f64,
    /// Calls in flight at the same time.
    pub concurrency: usize,
}

impl Budget {
    /// The budget of one service. AWS's quotas differ by orders of magnitude, and a scanner asks S3 and KMS a question
    /// or ten about each thing they hold. The factors are a choice, not AWS's figures: halving on a throttling answer
    /// corrects what is too much.
    pub(crate) fn for_service(self, service: &str) -> Self {
        let factor = match service {
            "s3" | "kms" | "sqs" | "dynamodb" => 5.0,
            // Known for low quotas: Lambda's control plane allows some 15 requests a second in all.
            "lambda" | "logs" | "cloudtrail" | "config" => 0.5,
            _ => 1.0,
        };
        Self {
            requests_per_second: self.requests_per_second * factor,
            burst: (self.burst * factor).max(1.0),
            concurrency: self.concurrency,
        }
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self { requests_per_second: 20.0, burst: 40.0, concurrency: 8 }
    }
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
            max_attempts: 5,
            max_backoff: Duration::from_secs(20),
            body_cap: 64 << 20,
            page_cap: 10_000,
            calls_in_flight: 256,
            budget: Budget::default(),
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
            .field("budget", &self.budget)
            .finish_non_exhaustive()
    }
}
