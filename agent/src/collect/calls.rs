//! The calls of one job: bounded concurrency, one request for equal calls, and a gate that holds them back while the
//! job's lease is in doubt. The only place of the agent that calls AWS for a resource.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use plumbline_aws::{CallError, Client, Pages, Target};
use plumbline_baseline::{Doc, Unread, UnreadReason};
use rustc_hash::FxBuildHasher;
use tokio::sync::{OnceCell, Semaphore, SemaphorePermit};

use super::joined::Joined;
use super::weight::weight;
use crate::gate::Gate;
use crate::progress::{Progress, counted};

/// Bytes of answers that one job keeps for repeated calls; past it, equal calls are only merged while in flight.
const KEPT_BYTES: usize = 16 << 20;

type Answer = Result<Arc<Doc>, Arc<CallError>>;
type Slot = Arc<OnceCell<Answer>>;

/// What tells calls apart: Region, operation and input.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct CallKey(String);

impl CallKey {
    /// The key of a call.
    pub(crate) fn new(region: &str, service: &str, operation: &str, input: &Doc) -> Self {
        Self(format!("{region} {service}:{operation} {}", input.to_json()))
    }
}

/// Makes the calls of one job.
pub(crate) struct Calls {
    client: Client,
    home: Target,
    elsewhere: Mutex<HashMap<String, Target, FxBuildHasher>>,
    gate: Gate,
    this_job: Semaphore,
    progress: Arc<Progress>,
    /// About how many bytes the pages of one answer may take together.
    answer_bytes: usize,
    answers: Mutex<Answers>,
}

#[derive(Default)]
struct Answers {
    slots: HashMap<CallKey, Slot, FxBuildHasher>,
    bytes: usize,
}

impl Calls {
    /// Calls for the target's account, in its Region unless said otherwise.
    pub(crate) fn new(
        client: Client,
        home: Target,
        gate: Gate,
        concurrency: usize,
        progress: Arc<Progress>,
        answer_bytes: usize,
    ) -> Self {
        Self {
            client,
            home,
            elsewhere: Mutex::default(),
            gate,
            this_job: Semaphore::new(concurrency),
            progress,
            answer_bytes,
            answers: Mutex::default(),
        }
    }

    /// The Region that calls go to when nothing else is said.
    pub(crate) fn region(&self) -> &str {
        self.home.region()
    }

    /// Makes a call, all pages, and joins them. Equal calls are made once.
    pub(crate) async fn fetch(&self, region: &str, service: &str, operation: &str, input: Doc) -> Answer {
        let key = CallKey::new(region, service, operation, &input);
        let slot = Arc::clone(lock(&self.answers).slots.entry(key.clone()).or_default());
        let answer = slot
            .get_or_init(|| async {
                let answer = self.fetch_anew(region, service, operation, input).await;
                self.keep_or_forget(&key, &answer);
                answer
            })
            .await;
        answer.clone()
    }

    /// Makes a call and remembers nothing: for calls that are repeated until their answer changes.
    pub(crate) async fn call(
        &self,
        region: &str,
        service: &str,
        operation: &str,
        input: &Doc,
    ) -> Result<Doc, CallError> {
        let target = self.target(region);
        let _permit = self.permit().await;
        counted(&self.progress, self.client.call(&target, service, operation, input)).await
    }

    /// The pages of a call, as they come; remembers nothing.
    pub(crate) fn pages(&self, service: &str, operation: &str, input: Doc) -> Pages {
        self.client.pages(&self.home, service, operation, input)
    }

    /// The next page, within the job's limits.
    pub(crate) async fn next_page(&self, pages: &mut Pages) -> Option<Result<Doc, CallError>> {
        let _permit = self.permit().await;
        counted(&self.progress, pages.next()).await
    }

    async fn fetch_anew(&self, region: &str, service: &str, operation: &str, input: Doc) -> Answer {
        let descriptor = self.client.options().catalog.operation(service, operation);
        let Some(pagination) = descriptor.and_then(|operation| operation.pagination.as_ref()) else {
            return self.call(region, service, operation, &input).await.map(Arc::new).map_err(Arc::new);
        };
        let mut joined = Joined::new(&pagination.result_keys);
        let mut pages = self.client.pages(&self.target(region), service, operation, input);
        let mut bytes = 0;
        while let Some(page) = self.next_page(&mut pages).await {
            match page {
                Ok(page) => {
                    bytes += weight(&page);
                    joined.push(page);
                    if bytes > self.answer_bytes {
                        return Ok(Arc::new(joined.broken_off(&self.too_large(service, operation))));
                    }
                }
                Err(error) if joined.is_empty() => return Err(Arc::new(error)),
                Err(error) => return Ok(Arc::new(joined.broken_off(&error.unread()))),
            }
        }
        Ok(Arc::new(joined.complete()))
    }

    fn too_large(&self, service: &str, operation: &str) -> Unread {
        let detail = format!("its pages take more than {} MiB", self.answer_bytes >> 20);
        Unread { reason: UnreadReason::TooLarge, operation: format!("{service}:{operation}"), detail }
    }

    fn keep_or_forget(&self, key: &CallKey, answer: &Answer) {
        let bytes = answer.as_ref().map_or(0, |doc| weight(doc));
        let mut answers = lock(&self.answers);
        if answers.bytes + bytes > KEPT_BYTES {
            answers.slots.remove(key);
        } else {
            answers.bytes += bytes;
        }
    }

    /// The job's own limit; the client has one for all jobs.
    async fn permit(&self) -> SemaphorePermit<'_> {
        self.gate.opened().await;
        self.this_job.acquire().await.expect("the job's semaphore is never closed")
    }

    fn target(&self, region: &str) -> Target {
        if region == self.home.region() {
            return self.home.clone();
        }
        let mut elsewhere = lock(&self.elsewhere);
        elsewhere.entry(region.to_owned()).or_insert_with(|| self.home.in_region(region)).clone()
    }
}

/// The guarded data holds no invariant that a panic could break.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
