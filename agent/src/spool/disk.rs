//! The folder of the spool: made for its owner alone, one process's at a time, with files that are there whole or not at all.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::{Error, Result};

/// What files of results end with.
const ENDING: &str = "result";
/// What those end with that are being written.
const PART: &str = "part";
/// The file that whoever has the folder holds.
const LOCK: &str = "lock";

/// Writes bytes into a file; a test has a disk that is full.
pub(super) type Put = fn(&mut File, &[u8]) -> io::Result<()>;

/// The folder.
#[derive(Debug)]
pub(super) struct Disk {
    folder: PathBuf,
    put: Put,
}

impl Disk {
    pub(super) fn of(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), put: |file, bytes| file.write_all(bytes) }
    }

    /// The same that writes in another way.
    #[cfg(test)]
    pub(super) fn writing(folder: &Path, put: Put) -> Self {
        Self { folder: folder.to_owned(), put }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Makes the folder, and takes it for this process.
    pub(super) fn open(&self) -> io::Result<File> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
        fs::set_permissions(&self.folder, Permissions::from_mode(0o700))?;
        let path = self.folder.join(LOCK);
        let lock = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)?;
        match lock.try_lock() {
            Ok(()) => Ok(lock),
            Err(fs::TryLockError::WouldBlock) => {
                Err(io::Error::new(io::ErrorKind::WouldBlock, "another process has it"))
            }
            Err(fs::TryLockError::Error(error)) => Err(error),
        }
    }

    /// The files that are whole. What was being written when its process ended is deleted.
    pub(super) fn files(&self) -> io::Result<Vec<PathBuf>> {
        let mut whole = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            match path.extension().and_then(|ending| ending.to_str()) {
                Some(ENDING) => whole.push(path),
                Some(PART) => self.remove(&path),
                _ => {}
            }
        }
        Ok(whole)
    }

    /// Where a job's result is.
    pub(super) fn path(&self, job: &str) -> PathBuf {
        self.folder.join(format!("{job}.{ENDING}"))
    }

    /// Writes a file that is there when all of it is on disk, and still wanted then.
    pub(super) fn write(
        &self,
        job: &str,
        fill: impl FnOnce(&mut dyn Write) -> Result<()>,
        is_wanted: impl Fn() -> bool,
    ) -> Result<()> {
        let part = self.folder.join(format!("{job}.{PART}"));
        let written = self.fill(&part, fill).and_then(|()| match is_wanted() {
            true => Ok(fs::rename(&part, self.path(job))?),
            false => Err(Error::Unwanted),
        });
        // Without it, the name may be gone after a loss of power, and nothing else: it is as if it had not been kept.
        let written = written.and_then(|()| Ok(File::open(&self.folder)?.sync_all()?));
        if written.is_err() {
            self.remove(&part);
        }
        written
    }

    fn fill(&self, part: &Path, fill: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<()> {
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(part)?;
        let mut out = BufWriter::with_capacity(1 << 16, Putting { file, put: self.put });
        fill(&mut out)?;
        out.flush()?;
        Ok(out.get_ref().file.sync_all()?)
    }

    /// Deletes a file, and says why.
    pub(super) fn drop_file(&self, path: &Path, why: &str) {
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        tracing::warn!(file = &*file, why, "a result that was kept on disk is deleted: it is collected again");
        self.remove(path);
    }

    /// Deletes a file, if it is there.
    pub(super) fn remove(&self, path: &Path) {
        if let Err(error) = fs::remove_file(path)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(file = %path.display(), %error, "a file cannot be deleted: delete it");
        }
    }
}

struct Putting {
    file: File,
    put: Put,
}

impl Write for Putting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (self.put)(&mut self.file, bytes).map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
