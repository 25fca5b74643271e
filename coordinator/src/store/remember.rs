//! The organization's memory: what each resource looked like and how each control stood, on any night that is kept.
//!
//! In reading order: `held` (what an agent need not deliver), `take` (what a job delivered comes in), `resolve` (together
//! with what it left out), `volatile` (what changes by itself), `merge` (what a night changes), `summary` (in numbers), `place` (where it lies), `names` (the
//! numbers in keys), `read` (a job's rows again), `inventory` (all types of an account and Region), `standing` (since when
//! they are so), `changes` (what nights changed), `premises` (what a scan rests on), `rewind` (one night after the other,
//! backwards).

mod changes;
mod held;
mod inventory;
pub(super) mod merge;
pub(super) mod names;
pub(super) mod place;
pub(super) mod premises;
mod read;
mod resolve;
mod rewind;
mod standing;
mod summary;
mod take;
mod volatile;

use redb::WriteTransaction;

use super::nights::PRUNED;
use super::{Bytes, Error};
pub use changes::{Spot, Step, Walked};
pub use held::Held;
pub use inventory::{ScopeNight, TypeNames};
use names::{Kind, NAMES};
pub use place::Difference;
#[cfg(test)]
pub(super) use place::{HEADS, PRESENT, SCOPES};
pub(super) use place::{PAST, VOLATILE};
pub use read::{Documents, Part, StoredDocument, StoredDocuments, StoredRow};
pub use resolve::Claim;
pub(crate) use rewind::{Changing, Rewind, TypeThen};
pub use standing::Standing;
#[cfg(test)]
pub(super) use take::head_of;
pub(super) use take::{Delivery, Taken, take};

/// The tables of the memory.
const TABLES: [Bytes; 8] =
    [NAMES, place::SCOPES, place::HEADS, place::PRESENT, place::PAST, place::VOLATILE, premises::PREMISES, PRUNED];

/// Creates the tables of the memory.
pub(super) fn create_tables(transaction: &WriteTransaction) -> Result<(), Error> {
    TABLES.iter().try_for_each(|table| transaction.open_table(*table).map(drop).map_err(Error::from))
}

/// Whether something of an account is remembered.
///
/// # Errors
/// When the disk fails.
pub(super) fn has_account(transaction: &WriteTransaction, account: &str) -> Result<bool, Error> {
    names::has_beginning(&transaction.open_table(NAMES)?, Kind::Scope, &format!("{account}/"))
}

#[cfg(test)]
mod tests;
