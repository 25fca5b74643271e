//! Everything that a job collected, without secrets; and where it had some.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use plumbline_baseline::resource::{Listing, Snapshot};
use plumbline_baseline::{Doc, Unread};

use super::Redactor;

/// Where secrets stand: by type, the first-level members that have some.
pub(crate) type Hidden = BTreeMap<Arc<str>, BTreeSet<String>>;

impl Redactor {
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
}
