//! Files that take a store's place or go elsewhere: backups, restored ones, compacted ones. Each is written beside its
//! place under another name, read again, and moved there when it is on disk: nothing but the move counts.

use std::fs::File as Handle;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use plumbline_baseline::ScanId;
use redb::{Database, ReadTransaction, ReadableTableMetadata};
use tempfile::NamedTempFile;

use super::copy::{Content, TABLES, content, copy};
use super::room::{room, taken};
use crate::store::file::{File, guarded, open_checked, open_to_write};
use crate::store::{Error, Schema, Store, check_schema, prepare};

/// What a file is called while it is written.
const PREFIX: &str = ".plumbline-";
const SUFFIX: &str = ".part";
/// Room that is left on a disk besides what a copy takes.
const SPARE: u64 = 16 << 20;

/// What becomes of a file that is in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InTheWay {
    /// It stays, and nothing is written.
    Stays,
    /// It is replaced when all else is done.
    IsReplaced,
}

/// A file that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// How many values it holds.
    pub entries: u64,
    /// Its length.
    pub bytes: u64,
    /// The length of what it was made of.
    pub before: u64,
}

/// A store that was restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// Scans in it.
    pub scans: u64,
    /// Where the file is that was there before.
    pub replaced: Option<PathBuf>,
}

impl Store {
    /// Writes all that is committed now to a file that is a store by itself. Scans may go on meanwhile.
    ///
    /// # Errors
    /// When the file is there and stays, a disk fails, or the store is damaged.
    pub fn backup(&self, to: &Path, in_the_way: InTheWay) -> Result<Written, Error> {
        let is_there = to.try_exists().map_err(|error| at(to, &error))?;
        if in_the_way == InTheWay::Stays && is_there {
            return Err(Error::Exists { path: to.to_owned() });
        }
        let directory = directory_of(to);
        self.read(|view| {
            let (part, content) = write_copy(view, directory)?;
            let bytes = taken(part.path())?.0;
            match in_the_way {
                InTheWay::Stays => part.persist_noclobber(to).map_err(|error| at(to, &error.error))?,
                InTheWay::IsReplaced => part.persist(to).map_err(|error| at(to, &error.error))?,
            };
            sync_directory(directory)?;
            Ok(Written { entries: content.entries, bytes, before: 0 })
        })
    }

    /// Writes the store of a data directory anew, without the space that nothing takes, and puts that in its place.
    ///
    /// # Errors
    /// When it is in use or damaged, or the disk has no room for both.
    pub fn compact(data_dir: &Path) -> Result<Written, Error> {
        let path = Self::path_in(data_dir);
        if !path.try_exists().map_err(|error| at(&path, &error))? {
            return Err(Error::Missing { path });
        }
        // Open until the new one is in its place: nobody else writes to what is given up.
        let old = File::Writable(Arc::new(open_to_write(&path)?));
        guarded(|| {
            if let File::Writable(database) = &old {
                prepare(database, &path)?;
            }
            let view = old.read()?;
            let (needed, free) = (live(&view)?.saturating_add(SPARE), room(data_dir)?.free);
            if free < needed {
                return Err(Error::NoRoom { path: data_dir.to_owned(), needed, free });
            }
            let before = taken(&path)?.0;
            let (part, content) = write_copy(&view, data_dir)?;
            let bytes = taken(part.path())?.0;
            part.persist(&path).map_err(|error| at(&path, &error.error))?;
            sync_directory(data_dir)?;
            Ok(Written { entries: content.entries, bytes, before })
        })
    }

    /// Puts a backup in the place of a data directory's store, after it was verified. What was there stays beside it.
    ///
    /// # Errors
    /// When the backup is damaged, or of a newer version; when the store is in use, or has scans that the backup lacks
    /// and is not to be replaced.
    pub fn restore(data_dir: &Path, backup: &Path, in_the_way: InTheWay) -> Result<Restored, Error> {
        Self::create_directory(data_dir)?;
        let path = Self::path_in(data_dir);
        let part = part_in(data_dir)?;
        let mut source = Handle::open(backup).map_err(|error| at(backup, &error))?;
        io::copy(&mut source, &mut part.as_file()).map_err(|error| at(data_dir, &error))?;
        let restored = opened(part.path(), backup)?;
        if !restored.verify()?.is_clean() {
            return Err(Error::Damaged { what: "backup" });
        }
        let scans: Vec<ScanId> = restored.scans()?.into_iter().map(|scan| scan.id).collect();
        let old = match path.try_exists().map_err(|error| at(&path, &error))? {
            true => current(&path)?,
            false => None,
        };
        if let (Some(old), InTheWay::Stays) = (&old, in_the_way) {
            let lacks = |scan: &ScanId| !scans.contains(scan);
            let lost: Vec<ScanId> = old.scans()?.into_iter().map(|scan| scan.id).filter(lacks).collect();
            if !lost.is_empty() {
                return Err(Error::WouldLose { path, scans: lost });
            }
        }
        drop(restored);
        part.as_file().sync_all()?;
        let replaced = set_aside(&path)?;
        part.persist(&path).map_err(|error| at(&path, &error.error))?;
        sync_directory(data_dir)?;
        Ok(Restored { scans: scans.len() as u64, replaced })
    }

    /// Opens a file anywhere to read it, after every page of it was checked.
    ///
    /// # Errors
    /// When it is no store, in use, damaged, or of another version.
    pub fn open_file(path: &Path) -> Result<Self, Error> {
        if !path.try_exists().map_err(|error| at(path, &error))? {
            return Err(Error::Missing { path: path.to_owned() });
        }
        opened(path, path)
    }

    fn of_file(database: Database) -> Self {
        Self::to_read(File::Writable(Arc::new(database)))
    }
}

/// Opens a file as a store, and upgrades it. `named` is what messages call it.
fn opened(path: &Path, named: &Path) -> Result<Store, Error> {
    let database = open_checked(path).map_err(|error| match error {
        Error::InUse { .. } => Error::InUse { path: named.to_owned() },
        Error::Disk(why) => Error::Disk(why.replace(&*path.to_string_lossy(), &named.to_string_lossy())),
        other => other,
    })?;
    guarded(|| {
        if check_schema(&redb::ReadableDatabase::begin_read(&database)?, named)? == Schema::New {
            return Err(Error::Disk(format!("{}: it is not a store", named.display())));
        }
        prepare(&database, path)
    })?;
    Ok(Store::of_file(database))
}

/// The store that is in the way, held so that nobody else can open it; `None` when nothing of it can be read.
fn current(path: &Path) -> Result<Option<Store>, Error> {
    match open_to_write(path) {
        Ok(database) => {
            let store = Store::of_file(database);
            // What cannot be listed cannot be lost.
            Ok(store.scans().is_ok().then_some(store))
        }
        Err(error @ Error::InUse { .. }) => Err(error),
        Err(error) => {
            tracing::warn!(%error, "the store that is replaced cannot be read");
            Ok(None)
        }
    }
}

/// Gives a file a second name, under which it stays when the first is taken.
fn set_aside(path: &Path) -> Result<Option<PathBuf>, Error> {
    if !path.try_exists().map_err(|error| at(path, &error))? {
        return Ok(None);
    }
    for number in 1.. {
        let aside = path.with_extension(format!("replaced-{number}.redb"));
        match std::fs::hard_link(path, &aside) {
            Ok(()) => return Ok(Some(aside)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(at(&aside, &error)),
        }
    }
    Ok(None)
}

/// Writes a view to a new file in a directory, and reads it again.
fn write_copy(view: &ReadTransaction, directory: &Path) -> Result<(NamedTempFile, Content), Error> {
    let part = part_in(directory)?;
    let written = {
        let database = open_to_write(part.path())?;
        copy(view, &database)?
    };
    let read = {
        let database = open_checked(part.path())?;
        guarded(|| content(&redb::ReadableDatabase::begin_read(&database)?))?
    };
    if read != written {
        return Err(Error::Disk(format!("{}: what was read is not what was written", directory.display())));
    }
    part.as_file().sync_all()?;
    Ok((part, written))
}

/// A new file, open to its owner only; gone again unless it is moved.
fn part_in(directory: &Path) -> Result<NamedTempFile, Error> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX).tempfile_in(directory).map_err(|error| at(directory, &error))
}

/// Bytes of the pages that something is in.
pub(super) fn live(view: &ReadTransaction) -> Result<u64, Error> {
    let mut bytes = 0;
    for table in TABLES {
        let Some(table) = super::copy::opened(view, table)? else { continue };
        let stats = table.stats()?;
        bytes += stats.stored_bytes() + stats.metadata_bytes();
    }
    Ok(bytes)
}

fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A name is there after a power failure only when its directory says so.
fn sync_directory(directory: &Path) -> Result<(), Error> {
    Ok(Handle::open(directory)?.sync_all()?)
}

fn at(path: &Path, error: &io::Error) -> Error {
    Error::Disk(format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests;
