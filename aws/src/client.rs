//! The client that callers hold: one call, or the pages of a listing, for a target. It puts the pieces together and
//! counts; it must not know how a protocol works.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use aws_credential_types::provider::SharedCredentialsProvider;
use plumbline_baseline::Doc;
use plumbline_baseline::api::{Operation, Service};
use rustc_hash::FxHashMap;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::budget::Limiter;
use crate::endpoint;
use crate::error::{CallError, ErrorClass};
use crate::observer::{CallReport, Outcome};
use crate::options::Options;
use crate::pages::Pages;
use crate::protocol;
use crate::transport::{Call, Lane};

/// Calls AWS. Cheap to clone; clones share connections and request budgets.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    id: u64,
    options: Options,
    in_flight: Semaphore,
    /// The budgets in use, by account, Region and service: targets of one account share them.
    limiters: Mutex<HashMap<(String, String, String), Weak<Limiter>>>,
}

/// Whom to call, and as whom. Cheap to clone; clones share prepared operations, so keep one for a whole job.
#[derive(Clone)]
pub struct Target {
    inner: Arc<TargetInner>,
}

struct TargetInner {
    account: String,
    region: String,
    credentials: SharedCredentialsProvider,
    /// By client and service.
    lanes: Mutex<FxHashMap<(u64, String), Arc<Lane>>>,
}

impl Target {
    /// A target: the account that the credentials belong to, and the Region to call.
    pub fn new(account: impl Into<String>, region: impl Into<String>, credentials: SharedCredentialsProvider) -> Self {
        let lanes = Mutex::default();
        Self { inner: Arc::new(TargetInner { account: account.into(), region: region.into(), credentials, lanes }) }
    }

    /// The same account and credentials in another Region.
    pub fn in_region(&self, region: impl Into<String>) -> Self {
        Self::new(self.account(), region, self.credentials().clone())
    }

    /// The account id.
    pub fn account(&self) -> &str {
        &self.inner.account
    }

    /// The Region to call.
    pub fn region(&self) -> &str {
        &self.inner.region
    }

    /// The credentials that sign.
    pub fn credentials(&self) -> &SharedCredentialsProvider {
        &self.inner.credentials
    }
}

impl Client {
    /// A client with these options.
    pub fn new(options: Options) -> Self {
        static NEXT_ID: AtomicU64 = AtomicU64::new(0);
        let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
        let in_flight = Semaphore::new(options.calls_in_flight.max(1));
        Self { inner: Arc::new(Inner { id, options, in_flight, limiters: Mutex::default() }) }
    }

    /// The options it was made with.
    pub fn options(&self) -> &Options {
        &self.inner.options
    }

    /// Makes one call. The answer is the operation's output with AWS's own member names; absent members are missing.
    ///
    /// # Errors
    /// When the call fails after every retry; the class says what that means for a scan.
    pub async fn call(&self, target: &Target, service: &str, operation: &str, input: &Doc) -> Result<Doc, CallError> {
        let started = Instant::now();
        let bug = |message: String| CallError::local(ErrorClass::Bug, format!("{service}:{operation}"), message);
        let (descriptor, described) = self.described(service, operation).map_err(bug)?;
        let lane = self.lane(target, descriptor).map_err(bug)?;
        let request = protocol::request(descriptor, operation, described, input, lane.addressing);
        let request = request.map_err(|error| bug(error.to_string()))?;
        let call = Arc::new(Call::new(Arc::clone(descriptor), operation, Arc::clone(&lane.limiter)));
        // The budget first: the calls of a throttled account must not keep everybody else's from starting.
        let permit = lane.limiter.acquire().await;
        let slot = self.inner.in_flight.acquire().await.expect("the semaphore is never closed");
        let result = lane.invoke(request, &call).await;
        drop((permit, slot));
        let outcome = result.as_ref().map_or_else(|error| Outcome::Failed(error.class), |_| Outcome::Done);
        self.inner.options.observer.call_finished(&CallReport {
            account: target.account(),
            region: target.region(),
            service,
            operation,
            outcome,
            bytes: call.bytes.load(Ordering::Relaxed),
            attempts: call.attempts.load(Ordering::Relaxed),
            throttled: call.throttled.load(Ordering::Relaxed),
            elapsed: started.elapsed(),
        });
        result
    }

    /// The pages of a listing.
    pub fn pages(&self, target: &Target, service: &str, operation: &str, input: Doc) -> Pages {
        Pages::new(self.clone(), target.clone(), service, operation, input)
    }

    fn described(&self, service: &str, operation: &str) -> Result<(&Arc<Service>, &Operation), String> {
        let catalog = &self.inner.options.catalog;
        let descriptor =
            catalog.service(service).ok_or_else(|| format!("no descriptor for the service `{service}`"))?;
        let described = descriptor.operations.get(operation);
        Ok((descriptor, described.ok_or_else(|| format!("no descriptor for `{service}:{operation}`"))?))
    }

    fn lane(&self, target: &Target, service: &Service) -> Result<Arc<Lane>, String> {
        let mut lanes = target.inner.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (self.inner.id, service.name.clone());
        if let Some(lane) = lanes.get(&key) {
            return Ok(Arc::clone(lane));
        }
        let options = &self.inner.options;
        let endpoint = endpoint::resolve(service, target.region(), &options.endpoints, options.variant)
            .map_err(|error| error.to_string())?;
        let limiter = self.limiter(target, &service.name);
        let lane = Arc::new(Lane::new(options, service, &endpoint, target, limiter));
        lanes.insert(key, Arc::clone(&lane));
        Ok(lane)
    }

    fn limiter(&self, target: &Target, service: &str) -> Arc<Limiter> {
        let key = (target.account().to_owned(), target.region().to_owned(), service.to_owned());
        let mut limiters = self.inner.limiters.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(limiter) = limiters.get(&key).and_then(Weak::upgrade) {
            return limiter;
        }
        // Growing is when the dead ones go: an organization has many accounts, and few at a time.
        if limiters.len() == limiters.capacity() {
            limiters.retain(|_, limiter| limiter.strong_count() > 0);
        }
        let limiter = Arc::new(Limiter::new(self.inner.options.budget.for_service(service)));
        limiters.insert(key, Arc::downgrade(&limiter));
        limiter
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("options", &self.inner.options).finish()
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target")
            .field("account", &self.account())
            .field("region", &self.region())
            .finish_non_exhaustive()
    }
}
