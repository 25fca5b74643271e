//! What a scan kept of the resources that fail: their documents, one type of one job at a time. Types in which nothing
//! fails have none, and where documents were not kept there are none.
//!
//! Must not decide anything. A document that cannot be read is none: whoever needs it knows less, and nothing gets better.

use plumbline_baseline::Doc;
use plumbline_tree as tree;

use crate::store::record::Scan;
use crate::store::{Error, Part, StoredDocuments, StoredRow};

/// The documents of the resources of one type that fail in one job.
#[derive(Debug, Default)]
pub(super) struct Failing {
    stored: StoredDocuments,
    /// The last one that was asked for: rows about one resource come together.
    last: Option<(String, Option<Doc>)>,
}

impl Failing {
    /// The rows of a part, and the documents of what fails in it.
    ///
    /// # Errors
    /// When the disk fails, or the rows are damaged.
    pub(super) fn of(part: &Part, scan: &Scan) -> Result<(Vec<StoredRow>, Self), Error> {
        if !scan.keeps_documents() {
            return Ok((part.rows()?, Self::default()));
        }
        let (rows, stored) = part.rows_and_failing()?;
        Ok((rows, Self { stored, last: None }))
    }

    /// What a failing resource looked like, as far as that was kept: without secrets, and without what changes by itself.
    pub(super) fn document(&mut self, resource: &str) -> Option<&Doc> {
        if self.last.as_ref().is_none_or(|(last, _)| last != resource) {
            let stored = self.stored.remove(resource);
            self.last = Some((resource.to_owned(), stored.and_then(|stored| tree::parse(&stored))));
        }
        self.last.as_ref().and_then(|(_, document)| document.as_ref())
    }
}

#[cfg(test)]
mod tests;
