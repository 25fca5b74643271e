//! The store: one redb file, one writer thread, and values that carry their own checksums.
//!
//! What a write future returns `Ok` for is on disk. Must not know gRPC, and must not decide: refusals (a stale fence)
//! are outcomes that the caller asked to have checked inside the write transaction.

mod choice;
mod chunks;
mod jobs;
mod key;
pub mod record;
mod scans;
mod sealed;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use redb::{Database, ReadTransaction, ReadableDatabase, TableDefinition, WriteTransaction};

pub use choice::{FindError, Latest, Shortcoming, shortcoming};
pub use jobs::{Attempt, Commit, CommitOutcome, Grant, Granted, Holder, PutOutcome, StoredJob};
pub use scans::{ScanEnd, StoredScan};
use writer::Writer;

/// The schema that this build reads and writes.
pub const SCHEMA: u64 = 2;
/// Files up to this size are read and verified whole before they are used.
const CHECKED_BYTES: u64 = 256 << 20;
/// Pages of the file that are kept in memory at most. Reports read a scan once, from its beginning to its end, so that
/// more would not help; the library's own bound is a gigabyte.
const CACHE_BYTES: usize = 16 << 20;

/// Bytes to bytes: redb's encodings of other types change between its major versions.
type Bytes = TableDefinition<'static, &'static [u8], &'static [u8]>;
/// The schema (eight bytes, in every version the same way) and counters, by name.
const META: Bytes = TableDefinition::new("meta");
/// Scans by id.
const SCANS: Bytes = TableDefinition::new("scans");
/// Jobs by `scan/job`.
const JOBS: Bytes = TableDefinition::new("jobs");
/// Chunks of rows by `job/attempt/seq`.
const CHUNKS: Bytes = TableDefinition::new("chunks");

/// Why the store cannot do what was asked. Cloneable: one failed commit fails every write that was in it.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum Error {
    /// Another process has it open.
    #[error("{} is in use by another plumbline", path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// It was written by a newer version.
    #[error("{} has schema {found}; this version knows up to {SCHEMA}", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: u64,
    },
    /// It was written by a version whose format is not read any more.
    #[error("{} was written by an older version, whose format this one does not read", path.display())]
    Older {
        /// The file.
        path: PathBuf,
    },
    /// There is none yet.
    #[error("{} does not exist", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be opened, read or written.
    #[error("{0}")]
    Disk(String),
    /// A value does not match its checksum, or cannot be decoded.
    #[error("the stored {what} is damaged")]
    Damaged {
        /// What kind of value.
        what: &'static str,
    },
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
}

macro_rules! disk_errors {
    ($($error:ty),*) => { $(
        impl From<$error> for Error {
            fn from(error: $error) -> Self {
                Error::Disk(error.to_string())
            }
        }
    )* };
}
disk_errors!(redb::TransactionError, redb::TableError, redb::CommitError, std::io::Error);

impl From<redb::StorageError> for Error {
    fn from(error: redb::StorageError) -> Self {
        match error {
            redb::StorageError::Corrupted(_) => Error::Damaged { what: "file" },
            other => Error::Disk(other.to_string()),
        }
    }
}

/// The store. Cheap to clone; the last clone closes it.
#[derive(Clone)]
pub struct Store {
    database: Arc<Database>,
    writer: Arc<Writer>,
}

impl Store {
    /// The file of a data directory.
    pub fn path_in(data_dir: &Path) -> PathBuf {
        data_dir.join("plumbline.redb")
    }

    /// Opens the store of a data directory, and creates both when they are missing.
    ///
    /// # Errors
    /// When the directory cannot be written, the store is in use, or it comes from a newer version.
    pub fn create(data_dir: &Path) -> Result<Self, Error> {
        Self::create_directory(data_dir)?;
        let path = Self::path_in(data_dir);
        if !path.exists() {
            // How an organization is protected is nobody else's business on this machine.
            let mut options = std::fs::OpenOptions::new();
            options.write(true).create(true).truncate(false);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            options.open(&path)?;
        }
        let store = Self::open_file(&path)?;
        store.write_now(scans::mark_interrupted)?;
        Ok(store)
    }

    /// Creates a data directory, open to its owner only; one that is there already stays as it is.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn create_directory(data_dir: &Path) -> std::io::Result<()> {
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.recursive(true).create(data_dir)
    }

    /// Opens the store of a data directory.
    ///
    /// # Errors
    /// When there is none, it is in use, or it comes from a newer version.
    pub fn open(data_dir: &Path) -> Result<Self, Error> {
        let path = Self::path_in(data_dir);
        if !path.exists() {
            return Err(Error::Missing { path });
        }
        Self::open_file(&path)
    }

    fn open_file(path: &Path) -> Result<Self, Error> {
        let is_small = std::fs::metadata(path).map_or(true, |file| file.len() <= CHECKED_BYTES);
        let mut builder = Database::builder();
        builder.set_check_integrity_on_open(is_small).set_cache_size(CACHE_BYTES);
        let database = builder.create(path).map_err(|error| match error {
            redb::DatabaseError::DatabaseAlreadyOpen => Error::InUse { path: path.to_owned() },
            redb::DatabaseError::Storage(redb::StorageError::Corrupted(_)) => Error::Damaged { what: "file" },
            other => Error::Disk(format!("{}: {other}", path.display())),
        })?;
        prepare(&database, path)?;
        Ok(Self::of(database))
    }

    /// A store in what somebody else keeps: in memory, or on a disk that is slow or fails.
    ///
    /// # Errors
    /// When that cannot be opened or prepared.
    pub fn on(backend: impl redb::StorageBackend) -> Result<Self, Error> {
        let mut builder = Database::builder();
        builder.set_cache_size(CACHE_BYTES);
        let database = builder.create_with_backend(backend).map_err(|error| Error::Disk(error.to_string()))?;
        prepare(&database, Path::new(""))?;
        Ok(Self::of(database))
    }

    /// A store that is gone when it is dropped.
    #[cfg(test)]
    pub(crate) fn in_memory() -> Self {
        Self::on(redb::backends::InMemoryBackend::new()).expect("memory does not fail")
    }

    fn of(database: Database) -> Self {
        let database = Arc::new(database);
        Self { writer: Arc::new(Writer::start(Arc::clone(&database))), database }
    }

    /// Runs a function inside the next write transaction; ready when that is on disk. See [`Writer::write`].
    async fn write<T: Send + 'static>(
        &self,
        bytes: usize,
        apply: impl FnOnce(&WriteTransaction) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.writer.write(bytes, apply).await
    }

    /// Runs a function in a write transaction of its own, before anybody else writes.
    fn write_now(&self, apply: impl FnOnce(&WriteTransaction) -> Result<(), Error>) -> Result<(), Error> {
        let mut transaction = self.database.begin_write()?;
        transaction.set_two_phase_commit(true);
        apply(&transaction)?;
        Ok(transaction.commit()?)
    }

    fn reading(&self) -> Result<ReadTransaction, Error> {
        self.database.begin_read().map_err(Into::into)
    }
}

/// Creates the tables of a new file, and refuses one of another version. Writes nothing to a file that is prepared.
fn prepare(database: &Database, path: &Path) -> Result<(), Error> {
    let older = || Error::Older { path: path.to_owned() };
    match database.begin_read()?.open_table(META) {
        Ok(meta) => {
            let found = meta.get(b"schema".as_slice())?.map(|value| value.value().to_vec());
            let found = found.unwrap_or_default().try_into().map(u64::from_be_bytes);
            return match found.map_err(|_| Error::Damaged { what: "schema" })? {
                found if found > SCHEMA => Err(Error::Newer { path: path.to_owned(), found }),
                SCHEMA => Ok(()),
                _ => Err(older()),
            };
        }
        Err(redb::TableError::TableDoesNotExist(_)) => {}
        Err(redb::TableError::TableTypeMismatch { .. }) => return Err(older()),
        Err(error) => return Err(error.into()),
    }
    let mut transaction = database.begin_write()?;
    transaction.set_two_phase_commit(true);
    transaction.open_table(META)?.insert(b"schema".as_slice(), SCHEMA.to_be_bytes().as_slice())?;
    transaction.open_table(SCANS)?;
    transaction.open_table(JOBS)?;
    transaction.open_table(CHUNKS)?;
    transaction.commit()?;
    // The file is there after a power failure only when its directory says so.
    if let Some(directory) = path.parent().filter(|directory| !directory.as_os_str().is_empty()) {
        std::fs::File::open(directory)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
