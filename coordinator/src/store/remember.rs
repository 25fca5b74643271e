//! The organization's memory: what each resource looked like and how each control stood, on any night that is kept.
//!
//! In reading order: `take` (what a job delivered comes in), `merge` (what a night changes), `place` (where it lies),
//! `packed` (in which bytes), `names` (the numbers in keys), `read` (a job's rows again), `standing` (since when they are so), `premises`
//! (what a scan rests on), `rewind` (one night after the other, backwards).

mod merge;
mod names;
mod packed;
mod place;
mod premises;
mod read;
mod rewind;
mod standing;
mod take;

use redb::WriteTransaction;

use super::{Bytes, Error};
use names::NAMES;
#[cfg(test)]
pub(super) use place::{HEADS, PRESENT, SCOPES};
pub use read::{Documents, Part, StoredDocument, StoredRow};
pub(crate) use rewind::{Changing, Rewind, TypeThen};
pub use standing::Standing;
pub(super) use take::{Delivery, Taken, take};

/// The tables of the memory.
const TABLES: [Bytes; 7] =
    [NAMES, place::SCOPES, place::HEADS, place::PRESENT, place::PAST, place::VOLATILE, premises::PREMISES];

/// Creates the tables of the memory.
pub(super) fn create_tables(transaction: &WriteTransaction) -> Result<(), Error> {
    TABLES.iter().try_for_each(|table| transaction.open_table(*table).map(drop).map_err(Error::from))
}

#[cfg(test)]
mod tests;
