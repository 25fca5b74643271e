//! Takes a night out of the past. What it changed is told by the next night that is kept; where no kept night is older,
//! nobody asks for what was before it.

use std::collections::BTreeMap;

use prost::Message;
use redb::{ReadableTable, TableHandle};

use super::{BEFORE, Error, Place, Tables, end, of_night};
use crate::store::nights::Nights;
use crate::store::packed::{LARGEST, pack};
use crate::store::record::{Before, EntryBefore, Head};
use crate::store::sealed::{self, Sealed};

impl<T: Sealed> Tables<T> {
    /// The places that a night changed, in their order: those behind `after`, so many at most.
    ///
    /// # Errors
    /// When the disk fails, or a key is none.
    pub(in crate::store) fn changed_on(
        &self,
        night: u32,
        after: Option<Place>,
        most: usize,
    ) -> Result<Vec<Place>, Error> {
        let (from, to) = (night.to_be_bytes().to_vec(), end(&night.to_be_bytes()));
        let from = after.map_or(from, |place| [place.on(night).as_slice(), &[0]].concat());
        let mut places = Vec::new();
        for entry in self.past.range(from.as_slice()..to.as_slice())?.take(most) {
            places.push(Place::in_past(entry?.0.value()).ok_or(Error::Damaged { what: BEFORE })?.1);
        }
        Ok(places)
    }
}

impl Place {
    /// The night and the place in a key of the past.
    pub(in crate::store) fn in_past(key: &[u8]) -> Option<(u32, Self)> {
        let (night, place) = key.split_first_chunk()?;
        Some((u32::from_be_bytes(*night), Self::in_key(place)?))
    }

    /// The place in a key that is nothing else.
    pub(in crate::store) fn in_key(key: &[u8]) -> Option<Self> {
        let (scope, of) = key.split_first_chunk()?;
        Some(Self { scope: u32::from_be_bytes(*scope), of: u32::from_be_bytes(of.try_into().ok()?) })
    }
}

impl Tables<sealed::Writable<'_>> {
    /// Takes a night that is not kept out of the past of a place. The states of all nights that are kept stay as they
    /// are; what says so is one change of this transaction, and doing it again does nothing.
    ///
    /// # Errors
    /// When the disk fails, or what has to be joined is damaged: then nothing was written, and stays as it is.
    pub(in crate::store) fn leave(&mut self, place: Place, night: u32, nights: &Nights) -> Result<(), Error> {
        let (Some(first), Some(target)) = (nights.first(), nights.after(night)) else { return Ok(()) };
        if night < first {
            return self.forget(place, night, first);
        }
        let Some(mut head) = self.head(place)? else { return self.remove_before(place, night) };
        let Some(index) = head.nights.iter().position(|each| *each == night) else {
            return self.remove_before(place, night);
        };
        let older = self.before(place, night)?.ok_or(Error::Damaged { what: BEFORE })?;
        match head.nights.get(index + 1).copied().filter(|next| *next <= target) {
            Some(next) => {
                let newer = self.before(place, next)?.ok_or(Error::Damaged { what: BEFORE })?;
                let joined = joined(newer, older);
                if joined.encoded_len() > LARGEST {
                    return Ok(());
                }
                self.put_before(place, next, &joined)?;
                head.nights.remove(index);
            }
            // The place did not change on the night that tells of it from now on.
            None => {
                self.put_before(place, target, &older)?;
                head.nights[index] = target;
            }
        }
        self.put_head(place, &head)?;
        self.remove_before(place, night)
    }

    /// Removes what was before a night that is older than every night that is kept. Of these nights, one stays in the
    /// list: the place was known.
    fn forget(&mut self, place: Place, night: u32, first: u32) -> Result<(), Error> {
        let head = match self.head(place) {
            Ok(head) => head,
            // It reads as damaged whatever the past has.
            Err(Error::Damaged { .. }) => None,
            Err(error) => return Err(error),
        };
        self.remove_before(place, night)?;
        let Some(mut head) = head else { return Ok(()) };
        let known_since = head.nights.iter().copied().filter(|each| *each <= first).max();
        let is_needed = |each: u32| each > first || Some(each) == known_since;
        if head.nights.iter().all(|each| is_needed(*each)) {
            return Ok(());
        }
        head.nights.retain(|each| is_needed(*each));
        self.put_head(place, &head)
    }

    /// Removes what changed by itself on a night, so many accounts and Regions at most; whether that is all.
    ///
    /// # Errors
    /// When the disk fails.
    pub(in crate::store) fn forget_volatile(&mut self, night: u32, most: usize) -> Result<bool, Error> {
        let (from, to) = (of_night(0, night), end(&night.to_be_bytes()));
        let mut keys = Vec::new();
        for entry in self.volatile.range(from.as_slice()..to.as_slice())?.take(most) {
            keys.push(entry?.0.value().to_vec());
        }
        for key in &keys {
            self.volatile.remove(key.as_slice())?;
        }
        Ok(keys.len() < most)
    }

    fn put_before(&mut self, place: Place, night: u32, before: &Before) -> Result<(), Error> {
        let key = place.on(night);
        let sealed = sealed::seal(self.past.name(), &key, &pack(before));
        self.past.insert(key.as_slice(), sealed.as_slice())?;
        Ok(())
    }

    fn remove_before(&mut self, place: Place, night: u32) -> Result<(), Error> {
        self.past.remove(place.on(night).as_slice())?;
        Ok(())
    }

    fn put_head(&mut self, place: Place, head: &Head) -> Result<(), Error> {
        let key = place.key();
        let sealed = sealed::seal(self.heads.name(), &key, &head.encode_to_vec());
        self.heads.insert(key.as_slice(), sealed.as_slice())?;
        Ok(())
    }
}

/// What undoes both, the newer one first: what was before the older one wins.
fn joined(newer: Before, older: Before) -> Before {
    let is_damaged = newer.is_damaged || older.is_damaged;
    // Before the older one there was nothing: that needs no names, whatever the newer one changed.
    if older.head.is_none() && !older.is_damaged {
        return Before { is_damaged, ..Before::default() };
    }
    let each = |before: EntryBefore| (before.id, before.entry);
    let mut entries: BTreeMap<_, _> = newer.entries.into_iter().map(each).collect();
    entries.extend(older.entries.into_iter().map(each));
    Before {
        head: older.head,
        entries: entries.into_iter().map(|(id, entry)| EntryBefore { id, entry }).collect(),
        is_damaged,
    }
}
