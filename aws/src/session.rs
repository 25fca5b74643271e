//! The calls of one job: a target, the job's scope, and what is prepared once for all its calls. It counts and tells
//! the observers; it must not know how a protocol works, nor who may send when.

mod acceptance;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use plumbline_baseline::Doc;
use plumbline_baseline::api::{Operation, Service};
use rustc_hash::FxHashMap;
use tokio::time::{Instant, timeout_at};
use tracing::Instrument as _;
use tracing::field::Empty;

use crate::admission::{Admission, Lane, Share};
use crate::attempts::{Patience, Tally, Way, attempt};
use crate::endpoint;
use crate::error::{CallError, ErrorClass};
use crate::failure::{self, Failure};
use crate::observer::{CallReport, Outcome};
use crate::options::Options;
use crate::protocol;
use crate::scope::Scope;
use crate::target::Target;
use crate::transport::{Exchange, Wire};
use acceptance::Acceptance;

/// What all sessions of a client have in common.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) options: Options,
    pub(crate) connector: SharedHttpConnector,
    pub(crate) admission: Admission,
    pub(crate) patience: Patience,
}

/// Calls AWS as part of a job. Cheap to clone; clones share what is prepared, so keep one for a whole job.
#[derive(Clone)]
pub struct Session {
    target: Target,
    job: Arc<Job>,
}

/// Region, service, and the operation where it has a budget of its own.
type LaneName = (String, String, &'static str);

struct Job {
    client: Arc<Shared>,
    /// Its own Region.
    region: String,
    scope: Scope,
    share: Arc<Share>,
    /// By Region and service.
    wires: Mutex<FxHashMap<(String, String), Arc<Wire>>>,
    lanes: Mutex<FxHashMap<LaneName, Arc<Lane>>>,
    acceptance: Mutex<Acceptance>,
}

impl Session {
    pub(crate) fn new(client: Arc<Shared>, target: Target, scope: Scope) -> Self {
        let share = Arc::new(client.admission.share(scope.share));
        let (wires, lanes, acceptance) = (Mutex::default(), Mutex::default(), Mutex::default());
        let region = target.region().to_owned();
        Self { target, job: Arc::new(Job { client, region, scope, share, wires, lanes, acceptance }) }
    }

    /// The same job in another Region of the account. What it calls there is shared with whoever works in the account.
    pub fn in_region(&self, region: &str) -> Self {
        Self { target: self.target.in_region(region), job: Arc::clone(&self.job) }
    }

    /// Whom it calls.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// The client's options.
    pub fn options(&self) -> &Options {
        &self.job.client.options
    }

    /// Makes one call. The answer is the operation's output with AWS's own member names; absent members are missing.
    ///
    /// # Errors
    /// When the call fails after every retry; the class says what that means for a scan.
    pub async fn call(&self, service: &str, operation: &str, input: &Doc) -> Result<Doc, CallError> {
        let started = Instant::now();
        let name = format!("{service}:{operation}");
        let bug = |message: String| CallError::local(ErrorClass::Bug, name.clone(), message);
        let (descriptor, described) = self.described(service, operation).map_err(bug)?;
        let wire = self
            .wire(descriptor)
            .map_err(|error| CallError::local(ErrorClass::of_no_endpoint(&error), name.clone(), error.to_string()))?;
        let request = protocol::request(descriptor, operation, described, input, wire.addressing);
        let request = request.map_err(|error| bug(error.to_string()))?;
        let exchange = Arc::new(Exchange::new(Arc::clone(descriptor), operation));
        let mut tally = Tally::default();
        let send = || wire.send(request.clone(), &exchange);
        let result = self.traced(service, operation, self.attempt(service, operation, &name, &mut tally, send)).await;
        self.report(service, operation, &result, tally, exchange.bytes(), started);
        result
    }

    /// Makes a call of a typed SDK crate, under the same admission, retries, time-outs and error table as [`call`]. The
    /// crate's own retries must be off.
    ///
    /// [`call`]: Self::call
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub async fn typed<T, E, F>(&self, service: &str, operation: &str, send: impl Fn() -> F) -> Result<T, CallError>
    where
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let started = Instant::now();
        let name = format!("{service}:{operation}");
        let mut tally = Tally::default();
        let known = self.options().catalog.service(service).map(Arc::as_ref);
        let failed = |error| failure::of_typed(known, operation, name.clone(), error);
        let send = || async { send().await.map_err(failed) };
        let result = self.traced(service, operation, self.attempt(service, operation, &name, &mut tally, send)).await;
        self.report(service, operation, &result, tally, 0, started);
        result
    }

    /// A call with all its attempts, as a part of the job's trace.
    async fn traced<T>(
        &self,
        service: &str,
        operation: &str,
        call: impl Future<Output = Result<T, CallError>>,
    ) -> Result<T, CallError> {
        let span = tracing::info_span!(
            parent: &self.job.scope.span,
            "call",
            service,
            operation,
            region = self.target.region(),
            "otel.kind" = "client",
            error = Empty,
        );
        let result = call.instrument(span.clone()).await;
        if let Err(error) = &result {
            match error.code.is_empty() {
                true => span.record("error", tracing::field::debug(&error.class)),
                false => span.record("error", &error.code),
            };
        }
        result
    }

    async fn attempt<T, F>(
        &self,
        service: &str,
        operation: &str,
        name: &str,
        tally: &mut Tally,
        send: impl Fn() -> F,
    ) -> Result<T, CallError>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        let Job { client, scope, share, acceptance, .. } = &*self.job;
        let region = self.target.region();
        if let Some(error) = lock(acceptance).refusal(region, name) {
            return Err(error);
        }
        let lane = self.lane(service, operation);
        let credentials = self.target.credentials();
        let place = format!("{service} in {region}");
        let way =
            Way { credentials, admission: &client.admission, lane: &lane, share, gate: &*scope.gate, place: &place };
        let call = attempt(&way, &client.patience, name, tally, send);
        let result = match scope.until {
            Some(until) if until <= Instant::now() => return Err(too_late(name)),
            Some(until) => timeout_at(until, call).await.map_err(|_| too_late(name))?,
            None => call.await,
        };
        lock(acceptance).learn(region, service, &result);
        result
    }

    fn described(&self, service: &str, operation: &str) -> Result<(&Arc<Service>, &Operation), String> {
        let catalog = &self.options().catalog;
        let descriptor =
            catalog.service(service).ok_or_else(|| format!("no descriptor for the service `{service}`"))?;
        let described = descriptor.operations.get(operation);
        Ok((descriptor, described.ok_or_else(|| format!("no descriptor for `{service}:{operation}`"))?))
    }

    fn wire(&self, service: &Service) -> Result<Arc<Wire>, endpoint::Error> {
        let mut wires = lock(&self.job.wires);
        let key = (self.target.region().to_owned(), service.name.clone());
        if let Some(wire) = wires.get(&key) {
            return Ok(Arc::clone(wire));
        }
        let options = self.options();
        let endpoint = endpoint::resolve(service, self.target.region(), &options.endpoints, options.variant)?;
        let wire = Arc::new(Wire::new(self.job.client.connector.clone(), service, &endpoint, &self.target));
        wires.insert(key, Arc::clone(&wire));
        Ok(wire)
    }

    fn lane(&self, service: &str, operation: &str) -> Arc<Lane> {
        let admission = &self.job.client.admission;
        let mut lanes = lock(&self.job.lanes);
        let key = (self.target.region().to_owned(), service.to_owned(), admission.line(service, operation));
        let (account, region) = (self.target.account(), self.target.region());
        let lane = lanes.entry(key).or_insert_with(|| {
            let lane = admission.lane(account, region, service, operation);
            if self.target.is_account_wide() || region != &*self.job.region {
                lane.widen();
            }
            Arc::new(lane)
        });
        Arc::clone(lane)
    }

    fn report<T>(
        &self,
        service: &str,
        operation: &str,
        result: &Result<T, CallError>,
        tally: Tally,
        bytes: usize,
        started: Instant,
    ) {
        let report = CallReport {
            account: self.target.account(),
            region: self.target.region(),
            service,
            operation,
            outcome: result.as_ref().map_or_else(|error| Outcome::Failed(error.class), |_| Outcome::Done),
            bytes,
            attempts: tally.answered,
            throttled: tally.throttled,
            elapsed: started.elapsed(),
        };
        self.options().observer.call_finished(&report);
        self.job.scope.observer.call_finished(&report);
    }
}

/// The error of a call that the end of its job's time cut off.
fn too_late(operation: &str) -> CallError {
    CallError::local(ErrorClass::Deadline, operation.to_owned(), "the job's time was over")
}

/// The guarded data holds no invariant that a panic could break.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("target", &self.target).field("scope", &self.job.scope).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
