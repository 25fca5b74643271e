//! The calls of one job: one request for equal calls, and the pages of a listing joined. The only place of the agent
//! that calls AWS for a resource; when a call may be sent is the client's business.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use plumbline_aws::{CallError, Pages, Session};
use plumbline_baseline::{Doc, Unread, UnreadReason};
use rustc_hash::FxBuildHasher;
use tokio::sync::OnceCell;

use super::joined::Joined;
use super::weight::weight;
use crate::memory::Part;

/// Bytes of answers that one job keeps for repeated calls; past it, equal calls are only merged while in flight.
const KEPT_BYTES: usize = 16 << 20;

/// About what an error takes, besides its text.
const ERROR: usize = 256;

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
    session: Session,
    /// About how many bytes the pages of one answer may take together.
    answer_bytes: usize,
    memory: Arc<Part>,
    answers: Mutex<Answers>,
}

#[derive(Default)]
struct Answers {
    slots: HashMap<CallKey, Slot, FxBuildHasher>,
    bytes: usize,
}

impl Calls {
    /// Calls in the session's account, in its Region unless said otherwise.
    pub(crate) fn new(session: Session, answer_bytes: usize, memory: Arc<Part>) -> Self {
        Self { session, answer_bytes, memory, answers: Mutex::default() }
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
        self.session.in_region(region).call(service, operation, input).await
    }

    /// The pages of a call, as they come; remembers nothing.
    pub(crate) fn pages(&self, region: &str, service: &str, operation: &str, input: Doc) -> Pages {
        Pages::new(self.session.in_region(region), service, operation, input)
    }

    /// Makes a call, all pages, and joins them; remembers nothing.
    pub(crate) async fn fetch_anew(&self, region: &str, service: &str, operation: &str, input: Doc) -> Answer {
        let descriptor = self.session.options().catalog.operation(service, operation);
        let Some(pagination) = descriptor.and_then(|operation| operation.pagination.as_ref()) else {
            return self.call(region, service, operation, &input).await.map(Arc::new).map_err(Arc::new);
        };
        let mut pages = Pages::new(self.session.in_region(region), service, operation, input);
        let mut bytes = 0;
        let answer = self.join(&mut pages, Joined::new(&pagination.result_keys), &mut bytes, service, operation).await;
        // What is kept of it is counted by whoever keeps it.
        self.memory.give_back(bytes);
        answer
    }

    async fn join(
        &self,
        pages: &mut Pages,
        mut joined: Joined,
        bytes: &mut usize,
        service: &str,
        operation: &str,
    ) -> Answer {
        while let Some(page) = pages.next().await {
            match page {
                Ok(page) => {
                    let more = weight(&page);
                    *bytes += more;
                    self.memory.take(more);
                    joined.push(page);
                    if *bytes > self.answer_bytes {
                        return Ok(Arc::new(joined.broken_off(&self.too_large(service, operation))));
                    }
                    if let Err(unread) = self.memory.room().await {
                        return Ok(Arc::new(joined.broken_off(&unread)));
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
        Unread::new(UnreadReason::TooLarge, format!("{service}:{operation}"), detail)
    }

    fn keep_or_forget(&self, key: &CallKey, answer: &Answer) {
        let bytes = key.0.len() + answer.as_ref().map_or_else(|error| ERROR + error.message.len(), |doc| weight(doc));
        let mut answers = lock(&self.answers);
        if answers.bytes + bytes > KEPT_BYTES {
            answers.slots.remove(key);
        } else {
            answers.bytes += bytes;
            self.memory.take(bytes);
        }
    }
}

/// The guarded data holds no invariant that a panic could break.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
