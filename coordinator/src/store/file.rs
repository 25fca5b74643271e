//! The file under the store: opened to be written or only to be read, and never the cause of a panic.
//!
//! One process writes, and any number of others read beside it: each sees what was committed when it began, and the
//! writer keeps the pages of that until it is done. Who may read is who may open the file.
//!
//! redb trusts the pages that it reads: where one is damaged, it may panic. Every access goes through [`guarded`], which
//! makes an error of that.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Once};

use redb::{Builder, ConcurrencyMode, Database, ReadOnlyDatabase, ReadTransaction, ReadableDatabase, StorageBackend};

use super::Error;

/// Files up to this size are read and verified whole before they are written to.
const CHECKED_BYTES: u64 = 256 << 20;
/// Pages of the file that are kept in memory at most. Reports read a scan once, from its beginning to its end, so that
/// more would not help; the library's own bound is a gigabyte.
pub(super) const CACHE_BYTES: usize = 16 << 20;

/// An open file.
pub(super) enum File {
    /// To be read and written; others may read it, and nobody else writes.
    Writable(Arc<Database>),
    /// To be read, while others read it and one may write.
    ReadOnly(ReadOnlyDatabase),
}

impl File {
    /// A consistent view of what is committed.
    pub(super) fn read(&self) -> Result<ReadTransaction, Error> {
        Ok(match self {
            Self::Writable(database) => database.begin_read(),
            Self::ReadOnly(database) => database.begin_read(),
        }?)
    }
}

/// Opens a file to write to it; creates an empty one.
///
/// # Errors
/// When it is in use, damaged, or cannot be opened.
pub(super) fn open_to_write(path: &Path) -> Result<Database, Error> {
    let is_small = std::fs::metadata(path).map_or(true, |file| file.len() <= CHECKED_BYTES);
    open_writable(path, is_small)
}

/// Opens a file to write to it, after every page was read and verified, however large it is.
///
/// # Errors
/// When it is in use, damaged, or cannot be opened.
pub(super) fn open_checked(path: &Path) -> Result<Database, Error> {
    open_writable(path, true)
}

fn open_writable(path: &Path, is_checked: bool) -> Result<Database, Error> {
    let mut builder = shared();
    builder.set_check_integrity_on_open(is_checked);
    guarded(|| builder.create(path).map_err(|error| open_error(path, error)))
}

/// Opens a file to read it: also from a disk that cannot be written, and beside others that read or write.
///
/// # Errors
/// When it is damaged, or cannot be opened; `None` when it has to be repaired first.
pub(super) fn open_to_read(path: &Path) -> Result<Option<ReadOnlyDatabase>, Error> {
    guarded(|| match shared().open_read_only(path) {
        Ok(database) => Ok(Some(database)),
        // Its process was killed, or the machine went down.
        Err(redb::DatabaseError::RepairAborted) => Ok(None),
        Err(error) => Err(open_error(path, error)),
    })
}

/// Opens a file that somebody else keeps, to read it.
///
/// # Errors
/// When its bytes do not come, or nobody writes to it, and it was not closed.
pub(super) fn open_elsewhere(bytes: impl StorageBackend) -> Result<ReadOnlyDatabase, Error> {
    shared().open_read_only_with_backend(bytes).map_err(|error| open_error("the coordinator's store".as_ref(), error))
}

/// How every process opens the file: in one mode, or they refuse each other.
fn shared() -> Builder {
    let mut builder = Database::builder();
    builder.set_concurrency_mode(ConcurrencyMode::SingleWriter).set_cache_size(CACHE_BYTES);
    builder
}

fn open_error(path: &Path, error: redb::DatabaseError) -> Error {
    match error {
        redb::DatabaseError::DatabaseAlreadyOpen => Error::InUse { path: path.to_owned() },
        redb::DatabaseError::Storage(redb::StorageError::Corrupted(_)) => Error::Damaged { what: "file" },
        other => Error::Disk(format!("{}: {other}", path.display())),
    }
}

thread_local! {
    /// Whether this thread is in [`guarded`]: what panics there is reported as an error, not with a backtrace.
    static IS_GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Runs something that reads the file; damage that makes redb panic is an error.
///
/// # Errors
/// The function's own, or that the file is damaged.
pub(super) fn guarded<T>(read: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let others = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !IS_GUARDED.get() {
                others(panic);
            }
        }));
    });
    let was_guarded = IS_GUARDED.replace(true);
    let result = catch_unwind(AssertUnwindSafe(read));
    IS_GUARDED.set(was_guarded);
    result.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or_default();
        tracing::error!(text, "the store's file is damaged");
        Err(Error::Damaged { what: "file" })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error() {
        let result: Result<(), Error> = guarded(|| panic!("page 7 is not a page"));
        assert_eq!(result, Err(Error::Damaged { what: "file" }));
        assert_eq!(guarded(|| guarded(|| Ok(1))), Ok(1));
        assert!(!IS_GUARDED.get());
    }
}
