//! Walks a place from its newest state back to the oldest that is kept, and holds each state against its name.

use std::ops::Range;

use plumbline_tree as tree;

use super::{BEFORE, ENTRIES, Error, Place, Tables, undo};
use crate::store::nights::Nights;
use crate::store::record::Head;
use crate::store::remember::merge::{Remembered, delivered};
use crate::store::sealed::Sealed;

/// Where a walk ended too early.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) struct Broken {
    /// What is wrong.
    pub(in crate::store) what: String,
    /// Only states since this night can be trusted; `None` when none can.
    pub(in crate::store) since: Option<u32>,
}

impl Broken {
    fn at(night: Option<u32>, what: impl Into<String>) -> Self {
        Self { what: what.into(), since: night }
    }
}

impl<T: Sealed> Tables<T> {
    /// Calls a function with every state of a place that a kept night can ask for, and with the nights that it holds
    /// for. Memory holds one state, and one record of the past.
    ///
    /// # Errors
    /// When the disk fails. What is damaged is no error: the walk ends there.
    pub(in crate::store) fn walk(
        &self,
        place: Place,
        type_name: &str,
        nights: &Nights,
        mut visit: impl FnMut(Range<u32>, &Remembered),
    ) -> Result<Option<Broken>, Error> {
        let (mut state, changes) = match self.present(place)? {
            Ok(present) => present,
            Err(broken) => return Ok(Some(broken)),
        };
        let (mut since, first) = (None, nights.first().unwrap_or(u32::MAX));
        for night in changes.into_iter().rev() {
            if let Some(what) = misnamed(type_name, &state) {
                return Ok(Some(Broken::at(since, what)));
            }
            visit(night..since.unwrap_or(u32::MAX), &state);
            if night <= first {
                return Ok(None);
            }
            since = Some(night);
            let before = match self.before(place, night) {
                Ok(Some(before)) if before.is_damaged => {
                    return Ok(Some(Broken::at(since, "what was before was given up when it was damaged")));
                }
                Ok(Some(before)) => before,
                Ok(None) => return Ok(Some(Broken::at(since, "what was before is not there"))),
                Err(Error::Damaged { what }) => return Ok(Some(Broken::at(since, format!("the {what} is damaged")))),
                Err(error) => return Err(error),
            };
            state = undo(state, before);
        }
        let is_nothing = state.head.is_none() && state.entries.is_empty();
        Ok((!is_nothing).then(|| Broken::at(since, format!("the {BEFORE} leads to no beginning"))))
    }

    /// The newest state and the nights that changed it, or what is wrong with it.
    fn present(&self, place: Place) -> Result<Result<(Remembered, Vec<u32>), Broken>, Error> {
        let head: Head = match self.head(place) {
            Ok(Some(head)) => head,
            Ok(None) => return Ok(Err(Broken::at(None, "its state is not there"))),
            Err(Error::Damaged { what }) => return Ok(Err(Broken::at(None, format!("the {what} is damaged")))),
            Err(error) => return Err(error),
        };
        let (chunks, damaged) = self.chunks(place)?;
        if damaged > 0 {
            return Ok(Err(Broken::at(None, format!("{damaged} of {} are damaged: {ENTRIES}", chunks.len()))));
        }
        let is_in_place =
            chunks.iter().all(|(key, chunk)| chunk.first().is_some_and(|entry| *key == place.chunk(&entry.id)));
        let entries: Vec<_> = chunks.into_values().flatten().collect();
        if !is_in_place || !entries.is_sorted_by(|one, other| one.id < other.id) {
            return Ok(Err(Broken::at(None, "its resources are not in their order")));
        }
        let changes = head.nights.clone();
        if changes.is_empty() || !changes.is_sorted_by(|one, other| one < other) {
            return Ok(Err(Broken::at(None, "its list of nights is out of order")));
        }
        Ok(Ok((Remembered { head: Some(head), entries }, changes)))
    }
}

/// What is wrong when a state is not what its name says.
pub(super) fn misnamed(type_name: &str, state: &Remembered) -> Option<String> {
    let Some(head) = &state.head else { return Some("its state is not there".to_owned()) };
    let is_named = tree::node(type_name, &delivered(state)).as_slice() == head.name;
    (!is_named).then(|| "what is stored is not what its name says".to_owned())
}
