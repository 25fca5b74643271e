//! Which nights are kept: all that were planned, but those that were pruned. Of a pruned one stay its scan's id and its
//! date, so that what began on it keeps its date, and whoever asks for it is told.

use std::collections::BTreeSet;

use super::record::Pruned;
use super::sealed::{self, Sealed};
use super::{Bytes, Error, key};

/// Pruned nights by number.
pub(super) const PRUNED: Bytes = Bytes::new("pruned");

/// What damaged values are called.
const WHAT: &str = "record of a pruned night";

/// The nights that were planned, and those of them that are kept.
#[derive(Debug)]
pub(super) struct Nights {
    last: u32,
    pruned: BTreeSet<u32>,
}

impl Nights {
    /// As the tables have them.
    ///
    /// # Errors
    /// When the disk fails, or the counter or a record is damaged.
    pub(super) fn read(meta: &impl Sealed, pruned: &impl Sealed) -> Result<Self, Error> {
        let pruned = all(pruned)?.into_iter().map(|(night, _)| night).collect();
        Ok(Self { last: key::last_night(meta)?, pruned })
    }

    /// The number that was given last; 0 before the first.
    pub(super) fn last(&self) -> u32 {
        self.last
    }

    /// Whether a night is kept.
    pub(super) fn has(&self, night: u32) -> bool {
        (1..=self.last).contains(&night) && !self.pruned.contains(&night)
    }

    /// The oldest night that is kept.
    pub(super) fn first(&self) -> Option<u32> {
        self.after(0)
    }

    /// The next night that is kept.
    pub(super) fn after(&self, night: u32) -> Option<u32> {
        (night.saturating_add(1)..=self.last).find(|night| !self.pruned.contains(night))
    }
}

/// All pruned nights.
///
/// # Errors
/// When the disk fails, or a record is damaged.
pub(super) fn all(table: &impl Sealed) -> Result<Vec<(u32, Pruned)>, Error> {
    let mut nights = Vec::new();
    for entry in table.iter()? {
        let (key, value) = entry?;
        let night = key.value().try_into().map_err(|_| Error::Damaged { what: WHAT })?;
        let pruned = sealed::open_record(table, key.value(), value.value(), WHAT)?;
        nights.push((u32::from_be_bytes(night), pruned));
    }
    Ok(nights)
}

/// The record of a pruned night; `None` when it was not.
///
/// # Errors
/// When the disk fails, or the record is damaged.
pub(super) fn pruned(table: &impl Sealed, night: u32) -> Result<Option<Pruned>, Error> {
    let key = night.to_be_bytes();
    let Some(value) = table.get(key.as_slice())? else { return Ok(None) };
    sealed::open_record(table, &key, value.value(), WHAT).map(Some)
}

/// Refuses a night that was pruned: what is left of it may be told by another one.
///
/// # Errors
/// When it was, or nobody can tell.
pub(super) fn refuse(table: &impl Sealed, night: u32) -> Result<(), Error> {
    pruned(table, night)?.map_or(Ok(()), |pruned| Err(Error::from(pruned)))
}

/// Stores the record of a pruned night.
///
/// # Errors
/// When the disk fails.
pub(super) fn put(table: &mut sealed::Writable<'_>, night: u32, pruned: &Pruned) -> Result<(), Error> {
    let key = night.to_be_bytes();
    let sealed = sealed::seal(redb::TableHandle::name(table), &key, &prost::Message::encode_to_vec(pruned));
    table.insert(key.as_slice(), sealed.as_slice())?;
    Ok(())
}

impl From<Pruned> for Error {
    fn from(Pruned { scan, started, .. }: Pruned) -> Self {
        Self::Pruned { scan, started }
    }
}
