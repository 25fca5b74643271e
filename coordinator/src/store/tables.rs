//! Tables as they are read. One may not be there: nobody wrote to the store yet, or it was made before there was such a one.

use redb::{ReadOnlyTable, ReadTransaction, TableError};

use super::{Bytes, Error};

/// A table as it is read.
pub(super) type Stored = ReadOnlyTable<&'static [u8], &'static [u8]>;

/// A table, if it is there. What it means that it is not, whoever asks knows.
///
/// # Errors
/// When the disk fails, or the table is of another kind.
pub(super) fn opened(transaction: &ReadTransaction, table: Bytes) -> Result<Option<Stored>, Error> {
    match transaction.open_table(table) {
        Ok(table) => Ok(Some(table)),
        Err(TableError::TableDoesNotExist(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
