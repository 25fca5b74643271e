//! Where the memory lies: the present whole at its place (account and Region, type), in chunks of neighbouring
//! resources; the past by night, as what was before.
//!
//! Chunks end where the hash of an id says so: one resource more or less changes one chunk, and the others stay.

mod forget;
mod past;
mod walk;

use std::collections::BTreeMap;

use redb::{TableHandle, WriteTransaction};

use super::merge::{Remembered, undo};
use crate::store::nights::{self, PRUNED};
use crate::store::packed::{pack, unpack};
use crate::store::record::{Before, Entries, Entry, Head, Volatile};
use crate::store::sealed::{self, Sealed};
use crate::store::{Bytes, Error};

pub use past::Difference;

/// What is known of a type beside its entries, by place.
pub(in crate::store) const HEADS: Bytes = Bytes::new("heads");
/// What is known of accounts and Regions beside their types, by number.
pub(in crate::store) const SCOPES: Bytes = Bytes::new("scopes");
/// Entries by place and first id.
pub(in crate::store) const PRESENT: Bytes = Bytes::new("present");
/// What changed by itself, by night, account and Region.
pub(in crate::store) const VOLATILE: Bytes = Bytes::new("volatile");
/// What was before a night, by night and place.
pub(in crate::store) const PAST: Bytes = Bytes::new("past");

/// Encoded bytes of a chunk, at which it ends whatever the ids say.
const CHUNK_BYTES: usize = 16 << 10;
/// One id in so many ends a chunk.
const CHUNK_ENTRIES: u8 = 32;

const HEAD: &str = "state of a type";
const ENTRIES: &str = "chunk of resources";
const BEFORE: &str = "record of a night";
pub(super) const CHANGING: &str = "record of what changes by itself";

/// One type in one account and Region, by their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::store) struct Place {
    /// Account and Region.
    pub(in crate::store) scope: u32,
    /// The type.
    pub(in crate::store) of: u32,
}

/// The tables of the memory.
pub(in crate::store) struct Tables<T> {
    heads: T,
    present: T,
    past: T,
    volatile: T,
    pruned: T,
}

/// A table of what is committed, as of when it was opened.
pub(super) type Committed = redb::ReadOnlyTable<&'static [u8], &'static [u8]>;

/// Chunks by key.
type Chunks = BTreeMap<Vec<u8>, Vec<Entry>>;

impl Place {
    /// The types of an account and Region that the memory has.
    ///
    /// # Errors
    /// When the disk fails.
    pub(in crate::store) fn all_of(scope: u32, tables: &Tables<impl Sealed>) -> Result<Vec<Self>, Error> {
        let (from, to) = (scope.to_be_bytes(), end(&scope.to_be_bytes()));
        // Another table's keys, where a damaged page leads to them, are longer or shorter.
        let number = |key: &[u8]| key.strip_prefix(&from)?.try_into().ok().map(u32::from_be_bytes);
        let mut places = Vec::new();
        for entry in tables.heads.range(from.as_slice()..to.as_slice())? {
            let of = number(entry?.0.value()).ok_or(Error::Damaged { what: HEAD })?;
            places.push(Self { scope, of });
        }
        Ok(places)
    }

    fn key(self) -> Vec<u8> {
        [self.scope.to_be_bytes(), self.of.to_be_bytes()].concat()
    }

    fn on(self, night: u32) -> Vec<u8> {
        [night.to_be_bytes().as_slice(), &self.key()].concat()
    }

    fn chunk(self, first: &str) -> Vec<u8> {
        [self.key().as_slice(), first.as_bytes()].concat()
    }
}

/// The key of what an account and Region had on a night.
fn of_night(scope: u32, night: u32) -> Vec<u8> {
    [night.to_be_bytes(), scope.to_be_bytes()].concat()
}

/// The first key behind all that begin like this; none of them is all ones.
fn end(beginning: &[u8]) -> Vec<u8> {
    let mut end = beginning.to_vec();
    while let Some(last) = end.pop() {
        if last < u8::MAX {
            end.push(last + 1);
            break;
        }
    }
    end
}

impl<T: Sealed> Tables<T> {
    /// The tables of a transaction.
    pub(in crate::store) fn open(mut table: impl FnMut(Bytes) -> Result<T, redb::TableError>) -> Result<Self, Error> {
        Ok(Self {
            heads: table(HEADS)?,
            present: table(PRESENT)?,
            past: table(PAST)?,
            volatile: table(VOLATILE)?,
            pruned: table(PRUNED)?,
        })
    }

    /// What is known of a type beside its entries.
    pub(in crate::store) fn head(&self, place: Place) -> Result<Option<Head>, Error> {
        let key = place.key();
        let Some(value) = self.heads.get(key.as_slice())? else { return Ok(None) };
        sealed::open_record(&self.heads, &key, value.value(), HEAD).map(Some)
    }

    /// The state of now; `None` where the type is not known.
    ///
    /// # Errors
    /// When the disk fails, or something of it is damaged.
    pub(super) fn now(&self, place: Place) -> Result<Option<Remembered>, Error> {
        self.head(place)?.map(|head| self.all_of(place, head)).transpose()
    }

    /// The state of now, given its head.
    fn all_of(&self, place: Place, head: Head) -> Result<Remembered, Error> {
        let (chunks, damaged) = self.chunks(place)?;
        if damaged > 0 {
            return Err(Error::Damaged { what: ENTRIES });
        }
        let entries: Vec<Entry> = chunks.into_values().flatten().collect();
        // A damaged page may hide chunks: how many rows there are stands in the head.
        let rows: u64 =
            entries.iter().filter(|entry| entry.missing_since == 0).map(|entry| entry.rows.len() as u64).sum();
        if head.summary.as_ref().is_some_and(|summary| summary.rows != rows) {
            return Err(Error::Damaged { what: ENTRIES });
        }
        Ok(Remembered { head: Some(head), entries })
    }

    /// The state as it was after a night; `None` where the type was not known then.
    ///
    /// # Errors
    /// When the disk fails, something that this needs is damaged, or the night was pruned.
    pub(in crate::store) fn as_of(&self, place: Place, night: u32) -> Result<Option<Remembered>, Error> {
        nights::refuse(&self.pruned, night)?;
        self.after(place, night)
    }

    /// The same of any night, also of one that is not kept.
    fn after(&self, place: Place, night: u32) -> Result<Option<Remembered>, Error> {
        let Some(head) = self.head(place)? else { return Ok(None) };
        if head.nights.first().is_none_or(|first| *first > night) {
            return Ok(None);
        }
        let later: Vec<u32> = head.nights.iter().copied().filter(|each| *each > night).collect();
        let mut state = self.all_of(place, head)?;
        for night in later.into_iter().rev() {
            let before = self.before(place, night)?.ok_or(Error::Damaged { what: BEFORE })?;
            if before.is_damaged {
                return Err(Error::Damaged { what: BEFORE });
            }
            state = undo(state, before);
        }
        Ok(Some(state))
    }

    /// What was before a night changed it.
    pub(in crate::store) fn before(&self, place: Place, night: u32) -> Result<Option<Before>, Error> {
        let key = place.on(night);
        let Some(value) = self.past.get(key.as_slice())? else { return Ok(None) };
        unpack(sealed::open(self.past.name(), &key, value.value(), BEFORE)?, BEFORE).map(Some)
    }

    /// What changed by itself on a night; nothing where that is not kept.
    pub(in crate::store) fn volatile(&self, scope: u32, night: u32) -> Result<Option<Volatile>, Error> {
        let key = of_night(scope, night);
        let Some(value) = self.volatile.get(key.as_slice())? else { return Ok(None) };
        unpack(sealed::open(self.volatile.name(), &key, value.value(), CHANGING)?, CHANGING).map(Some)
    }

    /// The entries of now by chunk, and how many chunks are damaged.
    fn chunks(&self, place: Place) -> Result<(Chunks, usize), Error> {
        let (from, to) = (place.key(), end(&place.key()));
        let (mut chunks, mut damaged) = (Chunks::new(), 0);
        for chunk in self.present.range(from.as_slice()..to.as_slice())? {
            let (key, value) = chunk?;
            // A damaged page may lead to what lies elsewhere, and is whole there.
            if !key.value().starts_with(&from) {
                return Err(Error::Damaged { what: ENTRIES });
            }
            let packed = sealed::open(self.present.name(), key.value(), value.value(), ENTRIES);
            match packed.and_then(|packed| unpack::<Entries>(packed, ENTRIES)) {
                Ok(chunk) => chunks.insert(key.value().to_vec(), chunk.entries),
                Err(Error::Damaged { .. }) => {
                    damaged += 1;
                    chunks.insert(key.value().to_vec(), Vec::new())
                }
                Err(error) => return Err(error),
            };
        }
        Ok((chunks, damaged))
    }
}

impl<'t> Tables<sealed::Writable<'t>> {
    /// The tables of a transaction that writes.
    pub(in crate::store) fn to_write(transaction: &'t WriteTransaction) -> Result<Self, Error> {
        Self::open(|table| transaction.open_table(table))
    }

    /// Changes what is known of a type. `change` gets what there is, and says what is to be and what was before; `None`
    /// when nothing changed. What is damaged of the present cannot be kept: it goes, and the past says so.
    ///
    /// # Errors
    /// When the disk fails.
    pub(in crate::store) fn change(
        &mut self,
        place: Place,
        night: u32,
        change: impl FnOnce(&Remembered) -> Option<(Remembered, Before)>,
    ) -> Result<Option<Head>, Error> {
        let (chunks, mut damaged) = self.chunks(place)?;
        let entries = chunks.values().flatten().cloned().collect();
        let head = self.head(place).or_else(|error| {
            damaged += 1;
            if_damaged(error)
        })?;
        let known = Remembered { head, entries };
        let Some((next, mut before)) = change(&known) else { return Ok(known.head) };
        before.is_damaged |= damaged > 0;
        let key = place.on(night);
        let sealed = sealed::seal(self.past.name(), &key, &pack(&before));
        self.past.insert(key.as_slice(), sealed.as_slice())?;
        self.put_entries(place, &chunks, next.entries)?;
        if let Some(head) = &next.head {
            let key = place.key();
            let sealed = sealed::seal(self.heads.name(), &key, &prost::Message::encode_to_vec(head));
            self.heads.insert(key.as_slice(), sealed.as_slice())?;
        }
        Ok(next.head)
    }

    /// Stores what changed by itself on a night.
    pub(in crate::store) fn put_volatile(&mut self, scope: u32, night: u32, volatile: &Volatile) -> Result<(), Error> {
        if !volatile.types.is_empty() {
            let key = of_night(scope, night);
            let sealed = sealed::seal(self.volatile.name(), &key, &pack(volatile));
            self.volatile.insert(key.as_slice(), sealed.as_slice())?;
        }
        Ok(())
    }

    fn put_entries(&mut self, place: Place, old: &Chunks, entries: Vec<Entry>) -> Result<(), Error> {
        let new = cut(place, entries);
        for key in old.keys().filter(|key| !new.contains_key(*key)) {
            self.present.remove(key.as_slice())?;
        }
        for (key, entries) in new {
            if old.get(&key).is_some_and(|known| *known == entries) {
                continue;
            }
            let sealed = sealed::seal(self.present.name(), &key, &pack(&Entries { entries }));
            self.present.insert(key.as_slice(), sealed.as_slice())?;
        }
        Ok(())
    }
}

/// What is damaged is not there; any other error stays one.
pub(in crate::store) fn if_damaged<T>(error: Error) -> Result<Option<T>, Error> {
    match error {
        Error::Damaged { what } => {
            tracing::error!(what, "damaged in the store, and given up");
            Ok(None)
        }
        error => Err(error),
    }
}

/// Entries in chunks.
fn cut(place: Place, entries: Vec<Entry>) -> Chunks {
    let (mut chunks, mut chunk, mut bytes) = (Chunks::new(), Vec::new(), 0);
    let mut first = None;
    for entry in entries {
        bytes += prost::Message::encoded_len(&entry);
        let ends = bytes > CHUNK_BYTES || blake3::hash(entry.id.as_bytes()).as_bytes()[0].is_multiple_of(CHUNK_ENTRIES);
        let key = first.get_or_insert_with(|| place.chunk(&entry.id)).clone();
        chunk.push(entry);
        if ends {
            chunks.insert(key, std::mem::take(&mut chunk));
            (first, bytes) = (None, 0);
        }
    }
    chunks.extend(first.map(|key| (key, chunk)));
    chunks
}
