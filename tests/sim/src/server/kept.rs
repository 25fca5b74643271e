//! Answers that were written once and are repeated for equal requests, so that the simulator costs little beside what
//! is measured. Accounts of the same kind differ in nothing but their ids: one answer serves them all, with the id put
//! in. What changes while the server runs is never kept.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use hyper::StatusCode;
use hyper::body::Bytes;
use hyper::http::HeaderMap;
use hyper::http::request::Parts;

use plumbline_baseline::Doc;
use plumbline_baseline::api::Pagination;

use crate::answer::ApiError;
use crate::quotas::Quota;
use crate::request::{self, Call};
use crate::world::World;

/// Stands for the account's id in the key of a request. It has the length of one.
const ANY_ACCOUNT: &[u8; 12] = b"<the-account";

/// Operations whose answers depend on what was asked before, or on the time.
const CHANGING: [&str; 2] = ["GenerateCredentialReport", "GetCredentialReport"];

/// The answers of a server.
#[derive(Debug, Default)]
pub(super) struct Answers {
    by_request: Mutex<HashMap<Vec<u8>, Arc<Kept>>>,
}

/// Listings of which not every page was asked for yet: a long one costs the same for each page otherwise.
#[derive(Debug, Default)]
pub(super) struct Outputs {
    by_listing: Mutex<HashMap<String, Arc<Doc>>>,
}

/// How many listings are kept.
const KEPT_LISTINGS: usize = 64;

impl Outputs {
    /// The whole output of a listing, made anew when it is not known.
    pub(super) fn of(
        &self,
        call: &Call,
        pagination: &Pagination,
        anew: impl FnOnce() -> Result<Arc<Doc>, ApiError>,
    ) -> Result<Arc<Doc>, ApiError> {
        let mut input = call.input.clone();
        if let Doc::Map(members) = &mut input {
            pagination.input_tokens.iter().chain(&pagination.limit_key).for_each(|name| {
                members.remove(name);
            });
        }
        let input = input.to_json();
        let key = [&call.account, &call.region, &call.service, &call.operation, &input].map(String::as_str).join("|");
        let lock = || self.by_listing.lock().expect("no code panics while it holds the listings");
        if let Some(known) = lock().get(&key) {
            return Ok(Arc::clone(known));
        }
        let output = anew()?;
        let mut known = lock();
        if known.len() >= KEPT_LISTINGS {
            known.clear();
        }
        known.insert(key, Arc::clone(&output));
        Ok(output)
    }
}

/// An answer, and the call that it is for.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) service: String,
    pub(super) operation: String,
    pub(super) quota: (&'static Quota, u16),
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    body: Bytes,
    /// Where the account's id stands in the body.
    ids: Vec<usize>,
}

/// A request that may be answered from what was kept.
pub(super) struct Asked {
    pub(super) account: String,
    pub(super) region: String,
    key: Vec<u8>,
}

impl Answers {
    /// What a request asks, if its answer may be kept.
    pub(super) fn asked(world: &World, parts: &Parts, body: &Bytes) -> Option<Asked> {
        let scope = request::scope(parts)?;
        let (account, _) = request::identity(scope.access_key)?;
        let kind = world.organization().account(&account).map(|known| known.kind.as_deref().unwrap_or(&known.id))?;
        if ["sts", "organizations"].contains(&scope.signing_name) {
            return None;
        }
        let mut key = Vec::with_capacity(body.len() + 256);
        let target = parts.headers.get("x-amz-target").map(|target| target.as_bytes()).unwrap_or_default();
        let method = parts.method.as_str().as_bytes();
        let uri = parts.uri.path_and_query().map(|uri| uri.as_str().as_bytes()).unwrap_or_default();
        let pieces = [scope.region.as_bytes(), scope.signing_name.as_bytes(), method, target, uri, body];
        for piece in pieces {
            key.extend_from_slice(piece);
            key.push(0);
        }
        for place in places(&key, account.as_bytes()) {
            key[place..place + ANY_ACCOUNT.len()].copy_from_slice(ANY_ACCOUNT);
        }
        key.extend_from_slice(kind.as_bytes());
        Some(Asked { region: scope.region.to_owned(), account, key })
    }

    /// The answer that was kept.
    pub(super) fn find(&self, asked: &Asked) -> Option<Arc<Kept>> {
        self.lock().get(&asked.key).cloned()
    }

    /// Keeps the answer to a call that succeeded.
    pub(super) fn keep(&self, asked: Asked, call: &Call, quota: (&'static Quota, u16), answer: (HeaderMap, Bytes)) {
        if CHANGING.contains(&call.operation.as_str()) {
            return;
        }
        let (headers, body) = answer;
        let ids = places(&body, asked.account.as_bytes());
        let (service, operation) = (call.service.clone(), call.operation.clone());
        let kept = Kept { service, operation, quota, status: StatusCode::OK, headers, body, ids };
        self.lock().insert(asked.key, Arc::new(kept));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Vec<u8>, Arc<Kept>>> {
        self.by_request.lock().expect("no code panics while it holds the answers")
    }
}

impl Kept {
    /// The body for an account of the same kind.
    pub(super) fn body(&self, account: &str) -> Bytes {
        if self.ids.is_empty() {
            return self.body.clone();
        }
        let mut body = self.body.to_vec();
        for place in &self.ids {
            body[*place..*place + account.len()].copy_from_slice(account.as_bytes());
        }
        body.into()
    }
}

/// Where `wanted` stands in a text.
fn places(text: &[u8], wanted: &[u8]) -> Vec<usize> {
    memchr::memmem::find_iter(text, wanted).collect()
}
