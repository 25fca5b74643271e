//! The store: one redb file, one writer thread, and values that carry their own checksums.
//!
//! What a write future returns `Ok` for is on disk. Must not know gRPC, and must not decide: refusals (a stale fence)
//! are outcomes that the caller asked to have checked inside the write transaction.

mod ahead;
mod archive;
mod audit;
mod choice;
mod chunks;
mod comparable;
mod coverage;
mod departures;
mod elsewhere;
mod facts;
mod file;
mod fires;
mod governance;
mod image;
mod jobs;
mod key;
mod members;
mod night_bytes;
mod nights;
mod operate;
mod packed;
mod pair;
pub mod record;
#[cfg(test)]
pub(crate) mod rehearsal;
mod remember;
mod scans;
mod sealed;
mod tables;
mod took;
mod upgrade;
mod writer;
mod writing;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use redb::{Database, ReadTransaction, TableDefinition, TableHandle, WriteTransaction};

pub use audit::Act;
pub use choice::{FindError, Latest, Shortcoming, shortcoming};
pub use coverage::Coverage;
pub use departures::Departure;
pub use elsewhere::Remote;
use file::{CACHE_BYTES, File, guarded, open_to_read, open_to_write};
pub use fires::StoredSchedule;
pub(crate) use image::Image;
pub(crate) use jobs::is_held;
pub use jobs::{Attempt, Commit, CommitOutcome, Grant, Granted, Holder, PutOutcome, StoredJob};
pub use members::{
    AgentNotFound, Joined, Joining, JoiningByRole, KnownOperator, Member, Named, NotAdded, NotJoined, NotRenewed,
    Revoked,
};
pub use night_bytes::NightBytes;
pub use operate::{
    CheckedTable, Damage, DamageKind, InTheWay, Lost, PrunePlan, PruneProgress, Restored, Retention, Room, Stats,
    TableSize, Verification, Written, room, taken,
};
pub use pair::{Pair, PairError};
pub(crate) use remember::{Changing, Rewind, TypeThen};
pub use remember::{
    Claim, Difference, Documents, Held, Part, ScopeNight, Spot, Standing, Step, StoredDocument, StoredDocuments,
    StoredRow, TypeNames, Walked,
};
pub(crate) use scans::LOST;
pub use scans::{GivenUp, ScanEnd, StoredScan, With};
pub(crate) use took::{Night, Took};
use writer::Writer;
use writing::Writing;

/// The schema that this build reads and writes.
pub const SCHEMA: u64 = 3;

/// Bytes to bytes: redb's encodings of other types change between its major versions.
type Bytes = TableDefinition<'static, &'static [u8], &'static [u8]>;
/// The schema (eight bytes, in every version the same way) and counters, by name.
const META: Bytes = TableDefinition::new("meta");
/// Scans by id.
const SCANS: Bytes = TableDefinition::new("scans");
/// What jobs a scan was planned with, by its id.
const PLANS: Bytes = TableDefinition::new("plans");
/// Jobs by `scan/job`, while their scan runs.
const JOBS: Bytes = TableDefinition::new("jobs");
/// Jobs of scans that have ended, many together, by `scan/job` of the first.
const DONE: Bytes = TableDefinition::new("done");
/// Chunks of rows by `job/attempt/seq`.
const CHUNKS: Bytes = TableDefinition::new("chunks");

/// Why the store cannot do what was asked. Cloneable: one failed commit fails every write that was in it.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum Error {
    /// Another process writes to it.
    #[error("another plumbline writes to {}", path.display())]
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
    /// It was not closed, and cannot be repaired where it is.
    #[error("{} was not closed when its process ended, and cannot be repaired: {why}", path.display())]
    Unrepaired {
        /// The file.
        path: PathBuf,
        /// What stands in the way.
        why: String,
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
    /// A file is in the way.
    #[error("{} is there already", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The disk has no room for a second file.
    #[error("{} MiB are needed beside the store, and {} are free at {}", needed >> 20, free >> 20, path.display())]
    NoRoom {
        /// The directory.
        path: PathBuf,
        /// Bytes that are needed.
        needed: u64,
        /// Bytes that are free.
        free: u64,
    },
    /// What would replace the store lacks scans that it has.
    #[error("{} has scans that the backup has not, {} in all, the newest of them {}", path.display(), scans.len(), scans[0])]
    WouldLose {
        /// The file.
        path: PathBuf,
        /// The scans, the newest first, at least one.
        scans: Vec<plumbline_baseline::ScanId>,
    },
    /// The night is not kept any more.
    #[error("the scan {scan} of {started} was pruned: what it found is not kept any more")]
    Pruned {
        /// The scan.
        scan: String,
        /// When it started.
        started: String,
    },
    /// A scan came to its end, or is not the newest.
    #[error("the scan {scan} cannot be continued: only the newest can, as long as it has not come to its end")]
    NotToResume {
        /// The scan.
        scan: String,
    },
    /// A fire is on record.
    #[error("the fire of {schedule} at {time} is on record already")]
    Fired {
        /// The schedule.
        schedule: String,
        /// The fire.
        time: String,
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
    file: Arc<File>,
    /// `None` when it was opened to be read only.
    writer: Option<Arc<Writer>>,
    /// Whether somebody writes to it: this process, or the one beside which it is read.
    is_written: bool,
    /// Tells others that this process does.
    #[expect(dead_code, reason = "held for as long as the store is open")]
    writing: Option<Arc<Writing>>,
    kept: Arc<facts::Kept>,
    /// Bytes of the file and on its disk, where that is elsewhere.
    taken: Option<(u64, u64)>,
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
        let store = Self::create_to_go_on(data_dir)?;
        if let File::Writable(database) = &*store.file {
            guarded(|| mark_interrupted(database))?;
        }
        Ok(store)
    }

    /// The same for who goes on with the scans that a killed process left: they stay as they are.
    ///
    /// # Errors
    /// When the directory cannot be written, the store is in use, or it comes from a newer version.
    pub fn create_to_go_on(data_dir: &Path) -> Result<Self, Error> {
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
        let database = open_to_write(&path)?;
        guarded(|| prepare(&database, &path))?;
        Ok(Self { writing: Some(Arc::new(Writing::begin(data_dir))), ..Self::of(database) })
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

    /// Opens the store of a data directory to read it: also on a disk that cannot be written, while others read, and beside
    /// the one that writes.
    ///
    /// # Errors
    /// When there is none, or it comes from another version.
    pub fn open(data_dir: &Path) -> Result<Self, Error> {
        let path = Self::path_in(data_dir);
        match path.try_exists() {
            Ok(true) => {}
            Ok(false) => return Err(Error::Missing { path }),
            Err(error) => return Err(Error::Disk(format!("{}: {error}", path.display()))),
        }
        if let Some(database) = open_to_read(&path)? {
            let file = File::ReadOnly(database);
            let schema = guarded(|| check_schema(&file.read()?, &path))?;
            if schema == Schema::Earlier {
                drop(file);
                return Self::open_repaired(&path);
            }
            // Whoever creates a store creates its tables: where there are none, the page that lists them is damaged.
            if schema == Schema::New {
                return Err(Error::Damaged { what: "list of tables" });
            }
            return Ok(Self { is_written: Writing::is_going_on(data_dir), ..Self::to_read(file) });
        }
        // It was not closed: whoever opens it to write repairs it.
        Self::open_repaired(&path)
    }

    /// Opens a file that has to be written to before it can be read.
    fn open_repaired(path: &Path) -> Result<Self, Error> {
        let database = open_to_write(path).map_err(|error| match error {
            Error::Disk(why) => Error::Unrepaired { path: path.to_owned(), why },
            other => other,
        })?;
        guarded(|| prepare(&database, path))?;
        Ok(Self::to_read(File::Writable(Arc::new(database))))
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
        let writer = Writer::start(Arc::clone(&database));
        let writer = Some(Arc::new(writer));
        Self { writer, is_written: true, ..Self::to_read(File::Writable(database)) }
    }

    /// A store that is only read.
    fn to_read(file: File) -> Self {
        Self { file: Arc::new(file), writer: None, is_written: false, writing: None, kept: Arc::default(), taken: None }
    }

    /// Runs a function inside the next write transaction; ready when that is on disk. See [`Writer::write`].
    async fn write<T: Send + 'static>(
        &self,
        bytes: usize,
        apply: impl FnOnce(&WriteTransaction) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        match &self.writer {
            Some(writer) => writer.write(bytes, apply).await,
            None => Err(Error::Disk("it was opened to be read only".to_owned())),
        }
    }

    /// Lets it count from now on how long commits take.
    pub fn count_in(&self, registry: Arc<plumbline_telemetry::Registry>) {
        if let Some(writer) = &self.writer {
            writer.count_in(registry);
        }
    }

    /// Runs a function on what is committed.
    fn read<T>(&self, read: impl FnOnce(&ReadTransaction) -> Result<T, Error>) -> Result<T, Error> {
        guarded(|| read(&self.file.read()?))
    }
}

/// Marks a scan as interrupted that a killed process left behind.
fn mark_interrupted(database: &Database) -> Result<(), Error> {
    let mut transaction = database.begin_write()?;
    transaction.set_two_phase_commit(true);
    // Stores that were made before there were agents elsewhere have none.
    members::create_tables(&transaction)?;
    scans::mark_interrupted(&transaction)?;
    Ok(transaction.commit()?)
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Schema {
    /// New, and nothing is in it.
    New,
    /// Of an earlier release, or on the way from there.
    Earlier,
    /// Of this one.
    Current,
}

/// Refuses a file of a version that cannot be read.
fn check_schema(transaction: &ReadTransaction, path: &Path) -> Result<Schema, Error> {
    let older = || Error::Older { path: path.to_owned() };
    let meta = match transaction.open_table(META) {
        Ok(meta) => meta,
        Err(redb::TableError::TableDoesNotExist(_)) => return Ok(Schema::New),
        Err(redb::TableError::TableTypeMismatch { .. }) => return Err(older()),
        Err(error) => return Err(error.into()),
    };
    let found = meta.get(b"schema".as_slice())?.map(|value| value.value().to_vec());
    let found = found.unwrap_or_default().try_into().map(u64::from_be_bytes);
    match found.map_err(|_| Error::Damaged { what: "schema" })? {
        found if found > SCHEMA => Err(Error::Newer { path: path.to_owned(), found }),
        SCHEMA if meta.get(upgrade::UPGRADING)?.is_none() => Ok(Schema::Current),
        SCHEMA | upgrade::FROM => Ok(Schema::Earlier),
        _ => Err(older()),
    }
}

/// Creates the tables that builds before this one did not have.
fn add_tables(database: &Database) -> Result<(), Error> {
    let transaction = redb::ReadableDatabase::begin_read(database)?;
    let has = |wanted: Bytes| Ok::<_, Error>(transaction.list_tables()?.any(|table| table.name() == wanted.name()));
    let has_all = has(fires::FIRES)? && has(governance::GOVERNANCE)?;
    drop(transaction);
    if has_all {
        return Ok(());
    }
    let mut transaction = database.begin_write()?;
    transaction.set_two_phase_commit(true);
    fires::create_tables(&transaction)?;
    governance::create_table(&transaction)?;
    Ok(transaction.commit()?)
}

/// Creates the tables of a new file, upgrades one of an earlier release, and refuses one of another version. Writes
/// nothing to a file that is prepared.
fn prepare(database: &Database, path: &Path) -> Result<(), Error> {
    match check_schema(&redb::ReadableDatabase::begin_read(database)?, path)? {
        Schema::Current => return add_tables(database),
        Schema::Earlier => {
            upgrade::upgrade(database)?;
            return add_tables(database);
        }
        Schema::New => {}
    }
    let mut transaction = database.begin_write()?;
    transaction.set_two_phase_commit(true);
    transaction.open_table(META)?.insert(b"schema".as_slice(), SCHEMA.to_be_bytes().as_slice())?;
    transaction.open_table(SCANS)?;
    transaction.open_table(PLANS)?;
    transaction.open_table(JOBS)?;
    transaction.open_table(DONE)?;
    transaction.open_table(CHUNKS)?;
    remember::create_tables(&transaction)?;
    departures::create_table(&transaction)?;
    members::create_tables(&transaction)?;
    fires::create_tables(&transaction)?;
    governance::create_table(&transaction)?;
    transaction.commit()?;
    // The file is there after a power failure only when its directory says so.
    if let Some(directory) = path.parent().filter(|directory| !directory.as_os_str().is_empty()) {
        std::fs::File::open(directory)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
