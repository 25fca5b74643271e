//! The store: one redb file, one writer thread, and values that carry their own checksums.
//!
//! What a write future returns `Ok` for is on disk. Must not know gRPC, and must not decide: refusals (a stale fence)
//! are outcomes that the caller asked to have checked inside the write transaction.

mod jobs;
mod key;
pub mod record;
mod scans;
mod sealed;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use redb::{Database, ReadTransaction, ReadableDatabase, ReadableTable, TableDefinition, WriteTransaction};

pub use jobs::{CommitOutcome, PutOutcome, StoredJob};
use writer::Writer;

/// The schema that this build reads and writes.
pub const SCHEMA: u64 = 1;

/// Settings and counters of the store, by name.
const META: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("meta");
/// Scans by id.
const SCANS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("scans");
/// Jobs by `scan/job`.
const JOBS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("jobs");
/// Chunks of rows by `job/attempt/seq`.
const CHUNKS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("chunks");

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
disk_errors!(redb::TransactionError, redb::TableError, redb::StorageError, redb::CommitError, std::io::Error);

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
        std::fs::create_dir_all(data_dir)?;
        Self::open_file(&Self::path_in(data_dir))
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
        let database = Database::builder().create(path).map_err(|error| match error {
            redb::DatabaseError::DatabaseAlreadyOpen => Error::InUse { path: path.to_owned() },
            other => Error::Disk(format!("{}: {other}", path.display())),
        })?;
        prepare(&database, path)?;
        let database = Arc::new(database);
        Ok(Self { writer: Arc::new(Writer::start(Arc::clone(&database))), database })
    }

    /// Runs a function inside the next write transaction; ready when that is on disk.
    async fn write<T: Send + 'static>(
        &self,
        apply: impl FnOnce(&WriteTransaction) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.writer.write(apply).await
    }

    fn reading(&self) -> Result<ReadTransaction, Error> {
        self.database.begin_read().map_err(Into::into)
    }
}

/// Creates the tables of a new file, and refuses one of a newer version.
fn prepare(database: &Database, path: &Path) -> Result<(), Error> {
    let mut transaction = database.begin_write()?;
    transaction.set_two_phase_commit(true);
    {
        let mut meta = transaction.open_table(META)?;
        let found = meta.get("schema")?.map(|value| key::number(value.value()));
        match found {
            Some(found) if found > SCHEMA => return Err(Error::Newer { path: path.to_owned(), found }),
            Some(_) => {}
            None => {
                meta.insert("schema", SCHEMA.to_be_bytes().as_slice())?;
            }
        }
        transaction.open_table(SCANS)?;
        transaction.open_table(JOBS)?;
        transaction.open_table(CHUNKS)?;
    }
    transaction.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests;
