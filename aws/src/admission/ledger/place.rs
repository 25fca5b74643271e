//! How many calls are in flight by account, by Region and by (Region, service), and whether the places answer.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use slab::Slab;

use super::super::health::Health;

/// What calls are counted by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Place {
    Account(Arc<str>),
    Region(Arc<str>),
    /// Region and service.
    Service(Arc<str>, Arc<str>),
    /// Account and Region.
    There(Arc<str>, Arc<str>),
}

#[derive(Debug)]
struct Count {
    place: Place,
    /// Budgets that belong here.
    members: usize,
    in_flight: usize,
    health: Health,
}

/// All counts, by number.
#[derive(Debug, Default)]
pub(super) struct Places {
    counts: Slab<Count>,
    known: FxHashMap<Place, usize>,
}

impl Places {
    /// A budget belongs to this place.
    pub(super) fn enter(&mut self, place: Place) -> usize {
        let index = match self.known.get(&place) {
            Some(index) => *index,
            None => {
                let index = self.counts.insert(Count {
                    place: place.clone(),
                    members: 0,
                    in_flight: 0,
                    health: Health::default(),
                });
                self.known.insert(place, index);
                index
            }
        };
        self.counts[index].members += 1;
        index
    }

    /// A budget of this place was forgotten.
    pub(super) fn leave(&mut self, index: usize) {
        self.counts[index].members -= 1;
        if self.counts[index].members == 0 {
            let count = self.counts.remove(index);
            self.known.remove(&count.place);
        }
    }

    pub(super) fn health(&mut self, index: usize) -> &mut Health {
        &mut self.counts[index].health
    }

    pub(super) fn in_flight(&self, index: usize) -> usize {
        self.counts[index].in_flight
    }

    pub(super) fn began(&mut self, index: usize) {
        self.counts[index].in_flight += 1;
    }

    pub(super) fn ended(&mut self, index: usize) {
        self.counts[index].in_flight -= 1;
    }
}
