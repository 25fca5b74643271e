//! What a job had read, from the memory: documents whole again, with what was not collected marked in them.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use plumbline_baseline::doc::REDACTED;
use plumbline_baseline::resource::{Gone, Listing, Resource, Snapshot};
use plumbline_baseline::volatile::join;
use plumbline_baseline::{Doc, Unread, UnreadReason};
use plumbline_judge::Hidden;
use plumbline_proto::agent_v1::Status;

use super::hidden;
use super::kinds::Wanted;
use crate::store::record::{Entry, Job};
use crate::store::{Changing, Error, Rewind, TypeThen};

/// One job's part of the memory, as of its night.
pub(super) struct Source<'a> {
    rewind: &'a Rewind,
    controls: &'a HashSet<&'a str>,
    changing: Changing,
    /// Whether what changed by itself is not kept any more.
    is_lost: bool,
}

/// What a job had read.
#[derive(Default)]
pub(super) struct Again {
    /// The documents.
    pub(super) snapshot: Snapshot,
    /// What is redacted in them.
    pub(super) hidden: Hidden,
    /// How much of the store could not be read.
    pub(super) damaged: u64,
}

impl<'a> Source<'a> {
    /// The memory of a job on its night, with the ids of the job's controls.
    ///
    /// # Errors
    /// When the disk fails.
    pub(super) fn of(rewind: &'a Rewind, job: &Job, night: u32, controls: &'a HashSet<&'a str>) -> Result<Self, Error> {
        let changing = match rewind.changing(night) {
            Ok(changing) => changing,
            Err(Error::Damaged { .. }) => None,
            Err(error) => return Err(error),
        };
        Ok(Self {
            rewind,
            controls,
            is_lost: changing.is_none() && job.changing > 0,
            changing: changing.unwrap_or_default(),
        })
    }
}

impl Again {
    /// Adds a type; what a job of the account as a whole collected comes from there.
    pub(super) fn add(&mut self, wanted: &Wanted, source: Option<&Source<'_>>) {
        let name = &wanted.declared.name;
        let not_read = |reason, detail: &str| Listing::not_read(Arc::new(Unread::new(reason, "", detail)));
        let listing = match (&wanted.lacking.whole, source) {
            (Some(why), _) => Listing::not_read(Arc::clone(why)),
            (None, None) => not_read(UnreadReason::NotCollected, "the job that reads it was not stored"),
            (None, Some(source)) => match source.rewind.of_type(name) {
                Ok(Some(then)) if !then.is_left_out => self.listing(wanted, source, &then).unwrap_or_else(|| {
                    self.damaged += 1;
                    not_read(UnreadReason::ScannerError, "what is stored of it is damaged")
                }),
                Ok(_) => not_read(UnreadReason::NotCollected, "nothing of it was stored that night"),
                Err(_) => {
                    self.damaged += 1;
                    not_read(UnreadReason::ScannerError, "what is stored of it is damaged")
                }
            },
        };
        self.snapshot.listings.insert(Arc::clone(name), listing);
    }

    /// A type's listing; `None` when something of it cannot be read.
    fn listing(&mut self, wanted: &Wanted, source: &Source<'_>, then: &TypeThen<'_>) -> Option<Listing> {
        let name = &wanted.declared.name;
        let mut listing = Listing { unread: unread(then.unread)?, ..Listing::default() };
        let changing = source.changing.get(name);
        let mut hidden = BTreeSet::new();
        let mut last: Option<&str> = None;
        for (place, entry) in (0..).zip(then.entries()).filter(|(_, entry)| !entry.id.is_empty()) {
            if let Some(unread) = vanished(entry, source.controls) {
                listing.gone.push(Gone { arn: entry.id.clone(), unread });
                continue;
            }
            if entry.document.is_empty() {
                listing.unread.get_or_insert_with(|| {
                    let detail = "not every resource of that night has a document";
                    Arc::new(Unread::new(UnreadReason::NotCollected, "", detail))
                });
                continue;
            }
            let volatile = changing.and_then(|changing| changing.get(&place));
            let (doc, found) = document(entry, volatile, wanted, source.is_lost)?;
            hidden.extend(found);
            let arn = last.and_then(|last| one_of_several(&entry.id, last)).unwrap_or(&entry.id);
            listing.items.push(Resource { type_name: Arc::clone(name), arn: arn.to_owned(), doc });
            last = Some(arn);
        }
        if !hidden.is_empty() {
            self.hidden.insert(Arc::clone(name), hidden);
        }
        Some(listing)
    }
}

/// Why a listing was not complete, in its two levels: `None` when that cannot be read.
fn unread(stored: &str) -> Option<Option<Arc<Unread>>> {
    if stored.is_empty() {
        return Some(None);
    }
    Doc::from_json(stored).ok()?.unread().cloned().map(Some)
}

/// The document of an entry, and the members in which something is redacted; `None` when it cannot be read.
fn document(
    entry: &Entry,
    volatile: Option<&Vec<u8>>,
    wanted: &Wanted,
    is_lost: bool,
) -> Option<(Doc, BTreeSet<String>)> {
    let text = std::str::from_utf8(&entry.document).ok()?;
    let mut doc = Doc::from_json(text).ok()?;
    let mut has_secrets = text.contains(REDACTED);
    if let Some(volatile) = volatile {
        let text = std::str::from_utf8(volatile).ok()?;
        has_secrets |= text.contains(REDACTED);
        doc = join(doc, Doc::from_json(text).ok()?);
    }
    let hidden = if has_secrets { hidden::members(&mut doc) } else { BTreeSet::new() };
    if !wanted.doubles.are_none() {
        wanted.doubles.restore(&mut doc);
    }
    if is_lost {
        wanted.lost.mark(&mut doc);
    }
    wanted.lacking.mark(&mut doc);
    Some((doc, hidden))
}

/// What AWS said when a resource was gone: every control on it says so.
fn vanished(entry: &Entry, controls: &HashSet<&str>) -> Option<Arc<Unread>> {
    let code = UnreadReason::Vanished.code();
    let mut rows = entry.rows.iter().filter(|row| controls.contains(row.control.as_str()));
    rows.find_map(|row| {
        let rest = row.reason.strip_prefix(code).filter(|_| row.status == Status::NotApplicable as i32)?;
        let detail = rest.strip_prefix(": ").unwrap_or(rest);
        Some(Arc::new(Unread::new(UnreadReason::Vanished, "", detail)))
    })
}

/// The name of a resource that the memory had to tell from another one of the same name (`name#2`).
fn one_of_several<'a>(id: &str, other: &'a str) -> Option<&'a str> {
    let number = id.strip_prefix(other)?.strip_prefix('#')?;
    number.parse::<u32>().is_ok_and(|number| number > 1).then_some(other)
}
