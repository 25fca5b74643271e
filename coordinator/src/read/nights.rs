//! Nights by name: which scan a number is, and when it began.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumbline_baseline::ScanId;

use crate::report::difference::Stand;
use crate::store::{Error, Store};

use super::turn::Seen;

/// The scans that are kept, by their numbers, and when those began that were pruned.
#[derive(Debug, Default)]
pub(super) struct Nights {
    kept: BTreeMap<u32, (ScanId, Arc<str>)>,
    pruned: BTreeMap<u32, Arc<str>>,
}

impl Nights {
    /// Of a store.
    ///
    /// # Errors
    /// When the disk fails. A scan whose record is damaged has no name.
    pub(super) fn of(store: &Store) -> Result<Self, Error> {
        let known = store.scans()?.into_iter().filter_map(|scan| Some((scan.id, scan.head.ok()?)));
        let pruned = store.pruned_nights()?.into_iter().map(|(night, started)| (night, started.into()));
        Ok(Self {
            kept: known.map(|(id, head)| (head.night, (id, head.started.as_str().into()))).collect(),
            pruned: pruned.collect(),
        })
    }

    /// When a night began; empty when nobody knows.
    pub(super) fn date(&self, night: u32) -> Arc<str> {
        let kept = self.kept.get(&night).map(|(_, started)| started);
        kept.or_else(|| self.pruned.get(&night)).map_or_else(|| "".into(), Arc::clone)
    }

    /// The scan of a night.
    pub(super) fn scan(&self, night: u32) -> Option<&ScanId> {
        self.kept.get(&night).map(|(id, _)| id)
    }

    /// The nights up to one, the latest first.
    pub(super) fn back_from(&self, night: u32) -> impl Iterator<Item = u32> {
        self.kept.range(..=night).rev().map(|(night, _)| *night)
    }

    /// How a control stands, in words and dates.
    pub(super) fn stand(&self, seen: &Seen<'_>) -> Stand {
        Stand {
            status: seen.status(),
            reason: seen.reason().to_owned(),
            decided: seen.decided(),
            since: self.date(seen.row.since),
            stale_since: self.date(seen.stale_since()),
        }
    }
}
