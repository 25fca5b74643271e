//! The store's file as it is at one moment, for who reads it from elsewhere: a first page, and the promise that what it
//! leads to stays as it is for as long as this lives. That is what redb promises to every reader; this is one.

use std::fs::File;
use std::ops::Bound;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;

use redb::backends::FileBackend;
use redb::{ReadOnlyDatabase, ReadTransaction, ReadableDatabase, StorageBackend};

use super::file::{guarded, open_to_read};
use super::{Error, Store};

/// Bytes of the first page, which no other page shares.
const FIRST: usize = 4096;
/// The first page is read before and after a moment is taken, which waits for whoever writes that page: where it is the
/// same, it is the page of the moment, and else it is tried again.
const TRIES: usize = 100;

/// A moment.
pub(crate) struct Image {
    file: File,
    /// Asks who holds which locks.
    locks: FileBackend,
    first: Vec<u8>,
    #[expect(dead_code, reason = "alive, it keeps what it sees")]
    moment: (ReadTransaction, ReadOnlyDatabase),
}

impl Store {
    /// The file of a data directory, to which this process writes, as it is now.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(crate) fn image(data_dir: &Path) -> Result<Image, Error> {
        let path = Self::path_in(data_dir);
        let (file, locks) = (File::open(&path)?, File::open(&path)?);
        let locks = FileBackend::new(locks).map_err(|error| Error::Disk(error.to_string()))?;
        guarded(|| {
            let unrepaired = || Error::Disk(format!("{} was not closed, and nobody writes to it", path.display()));
            let database = open_to_read(&path)?.ok_or_else(unrepaired)?;
            for _ in 0..TRIES {
                let before = first(&file)?;
                let moment = database.begin_read()?;
                if first(&file)? == before {
                    return Ok(Image { file, locks, first: before, moment: (moment, database) });
                }
            }
            Err(Error::Disk(format!("{} is written to all the time", path.display())))
        })
    }
}

fn first(file: &File) -> Result<Vec<u8>, Error> {
    let mut first = vec![0; FIRST];
    file.read_exact_at(&mut first, 0)?;
    Ok(first)
}

impl Image {
    /// The first page.
    pub(crate) fn first(&self) -> &[u8] {
        &self.first
    }

    /// The bytes of the file, and those that it takes on its disk.
    pub(crate) fn taken(&self) -> Result<(u64, u64), Error> {
        let metadata = self.file.metadata()?;
        Ok((metadata.len(), metadata.blocks() * 512))
    }

    /// Bytes of it; fewer at its end.
    pub(crate) fn read(&self, offset: u64, length: usize) -> Result<Vec<u8>, Error> {
        let end = self.file.metadata()?.len();
        let length = length.min(usize::try_from(end.saturating_sub(offset)).unwrap_or(usize::MAX));
        let mut bytes = vec![0; length];
        let mut filled = 0;
        while filled < length {
            match self.file.read_at(&mut bytes[filled..], offset + filled as u64)? {
                0 => break,
                read => filled += read,
            }
        }
        bytes.truncate(filled);
        Ok(bytes)
    }

    /// Whether somebody else holds a lock on bytes of it.
    pub(crate) fn is_locked(&self, offset: u64, length: u64) -> Result<bool, Error> {
        let range = (Bound::Included(offset), Bound::Excluded(offset.saturating_add(length)));
        self.locks.query_lock_range(range.0, range.1).map_err(|error| Error::Disk(error.to_string()))
    }
}
