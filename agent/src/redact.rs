//! Secrets never leave the account: values that may be secrets are replaced by a keyed hash, so that a change shows and
//! the value does not.
//!
//! A redacted value is a map (`{"$redacted": "…"}`) on purpose: an expression that looks into it gets "unknown" and not an
//! answer about the hash. Controls are asked before, so that no verdict depends on it; documents and evidence are redacted
//! before they leave. Pure.

mod key;
mod pass;
mod text;

use std::collections::BTreeSet;
use std::sync::Arc;

use plumbline_baseline::doc::REDACTED;
use plumbline_baseline::resource::{Listing, Snapshot};
use plumbline_baseline::{Doc, Unread, Witness};
use plumbline_judge::Hidden;

pub use key::RedactionKey;

use pass::Pass;
use text::is_secret;

/// Replaces secrets by hashes under one key.
#[derive(Clone, Debug)]
pub struct Redactor {
    key: RedactionKey,
}

impl Redactor {
    /// A redactor with the deployment's key: equal values have equal hashes under one key, and nowhere else.
    pub fn new(key: RedactionKey) -> Self {
        Self { key }
    }

    /// Redacts the values at `paths`, and everything that is known to be a secret. What is redacted stays as it is.
    pub fn redact(&self, doc: &mut Doc, paths: &[String]) {
        Pass::writing(&self.key).over(doc, paths);
    }

    /// The members of a document in which [`Redactor::redact`] would change something.
    fn hidden_members(&self, doc: &mut Doc, paths: &[String]) -> BTreeSet<String> {
        Pass::looking(&self.key).members(doc, paths)
    }

    /// Where something would be redacted. Nothing is changed.
    pub(crate) fn hidden<'a>(&self, snapshot: &mut Snapshot, paths: impl Fn(&str) -> &'a [String]) -> Hidden {
        let mut hidden = Hidden::new();
        for (name, listing) in &mut snapshot.listings {
            let paths = paths(name);
            let found = listing.items.iter_mut().flat_map(|resource| self.hidden_members(&mut resource.doc, paths));
            let found: BTreeSet<String> = found.collect();
            if !found.is_empty() {
                hidden.insert(Arc::clone(name), found);
            }
        }
        hidden
    }

    /// Redacts all that was collected.
    pub(crate) fn snapshot<'a>(&self, snapshot: &mut Snapshot, paths: impl Fn(&str) -> &'a [String]) {
        for (name, listing) in &mut snapshot.listings {
            self.listing(listing, paths(name));
        }
    }

    /// Redacts what was collected of a type.
    pub(crate) fn listing(&self, listing: &mut Listing, paths: &[String]) {
        listing.items.iter_mut().for_each(|resource| self.redact(&mut resource.doc, paths));
        let gone = listing.gone.iter_mut().map(|gone| &mut gone.unread);
        gone.chain(listing.unread.as_mut()).for_each(|unread| self.unread(unread));
    }

    fn unread(&self, unread: &mut Arc<Unread>) {
        let mut doc = Doc::Unread(Arc::clone(unread));
        self.redact(&mut doc, &[]);
        if let Doc::Unread(redacted) = doc {
            *unread = redacted;
        }
    }

    /// Running text without secrets: all of it is replaced where there is one.
    pub(crate) fn text(&self, text: String) -> String {
        if is_secret(&text) { self.mark(&text) } else { text }
    }

    /// The witness without secrets: what it was made of has none, and what a function put together may be one.
    pub(crate) fn witness(&self, witness: &Witness) -> Witness {
        let redacted = Witness::new(self.sentence(witness.sentence()));
        witness.parts().iter().fold(redacted, |redacted, (name, part)| {
            let mut part = Doc::map([(name.as_str(), part.clone())]);
            self.redact(&mut part, &[]);
            redacted.with(name.as_str(), part.get(name.as_str()).clone())
        })
    }

    /// The sentence, its names one by one.
    fn sentence(&self, sentence: &str) -> String {
        let shown = |(index, part): (usize, &str)| match index % 2 == 1 && is_secret(part) {
            true => self.mark(part),
            false => part.to_owned(),
        };
        let parts: Vec<String> = sentence.split('`').enumerate().map(shown).collect();
        self.text(parts.join("`"))
    }

    /// A hashed value in running text.
    fn mark(&self, text: &str) -> String {
        format!("{REDACTED} {}", self.key.hash(&Doc::from(text)))
    }
}

#[cfg(test)]
mod tests;
