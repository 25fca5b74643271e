//! Files that are whole or not there: written beside their place and moved into it at the end, so that whoever reads
//! the report of every night never reads half of one.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use tempfile::{Builder, NamedTempFile};

use crate::clock;

const PREFIX: &str = ".plumbline-";
const SUFFIX: &str = ".part";
/// Nobody writes one file for so long: its writer was killed.
const STALE: Duration = Duration::from_secs(24 * 60 * 60);

/// What this process is writing: a signal that ends it at once must not leave it behind.
static UNFINISHED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// A file that is being written. Dropped before [`WholeFile::keep`], it leaves nothing, and what was in its place stays.
pub(crate) struct WholeFile {
    path: PathBuf,
    writer: BufWriter<Target>,
}

/// A file that is being written where none may be yet. Dropped before [`NewFile::keep`], it leaves nothing.
pub(crate) struct NewFile {
    path: PathBuf,
    writer: BufWriter<Part>,
}

impl NewFile {
    /// Begins to write.
    ///
    /// # Errors
    /// When the directory cannot be written.
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        let part = Part::create(directory_of(path))?;
        Ok(Self { path: path.to_owned(), writer: BufWriter::with_capacity(64 * 1024, part) })
    }

    /// Ends, and gives the file its name, which nothing else has.
    ///
    /// # Errors
    /// When something has that name (`AlreadyExists`), the disk is full, or the place cannot be written.
    pub(crate) fn keep(self) -> io::Result<()> {
        self.writer.into_inner().map_err(io::IntoInnerError::into_error)?.put_at(&self.path)
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

impl Write for Part {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

enum Target {
    Beside(Part),
    /// A device or a pipe, which nothing can be moved onto.
    Straight(File),
}

impl WholeFile {
    /// Begins to write.
    ///
    /// # Errors
    /// When the directory cannot be written.
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        let is_special = std::fs::metadata(path).is_ok_and(|found| !found.is_file());
        let target = if is_special {
            Target::Straight(File::options().write(true).open(path)?)
        } else {
            Target::Beside(Part::create(directory_of(path))?)
        };
        Ok(Self { path: path.to_owned(), writer: BufWriter::with_capacity(64 * 1024, target) })
    }

    /// Ends, and moves the file into its place. It is on disk before it has its name.
    ///
    /// # Errors
    /// When the disk is full, or the place cannot be written.
    pub(crate) fn keep(self) -> io::Result<()> {
        match self.writer.into_inner().map_err(io::IntoInnerError::into_error)? {
            Target::Beside(part) => part.move_to(&self.path),
            Target::Straight(mut file) => file.flush(),
        }
    }
}

/// Removes what is not finished, when the process is about to end.
pub(crate) fn discard_unfinished() {
    for path in unfinished().iter() {
        // It may have been moved to its place in this moment.
        let _ = std::fs::remove_file(path);
    }
}

fn unfinished() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A file beside its place.
struct Part {
    file: NamedTempFile,
    listed: Listed,
}

/// An entry of [`UNFINISHED`].
struct Listed(PathBuf);

impl Listed {
    fn new(path: &Path) -> Self {
        unfinished().insert(path.to_owned());
        Self(path.to_owned())
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        unfinished().remove(&self.0);
    }
}

impl Part {
    /// A file in the directory, with the permissions of any other new file.
    fn create(directory: &Path) -> io::Result<Self> {
        std::fs::metadata(directory)?;
        remove_stale(directory, clock::instant());
        let mut builder = Builder::new();
        builder.prefix(PREFIX).suffix(SUFFIX);
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        // Its own text names a file that nobody asked for.
        let file = builder.tempfile_in(directory).map_err(|error| io::Error::from(error.kind()))?;
        Ok(Self { listed: Listed::new(file.path()), file })
    }

    fn move_to(self, path: &Path) -> io::Result<()> {
        self.file.as_file().sync_all()?;
        self.file.persist(path)?;
        drop(self.listed);
        // The name is on disk only when its directory says so.
        File::open(directory_of(path))?.sync_all()
    }
}

impl Part {
    /// Gives it a name that nothing else has.
    fn put_at(self, path: &Path) -> io::Result<()> {
        self.file.as_file().sync_all()?;
        self.file.persist_noclobber(path)?;
        drop(self.listed);
        File::open(directory_of(path))?.sync_all()
    }
}

/// Removes what killed processes left in the directory. That it cannot be removed is no reason not to write.
fn remove_stale(directory: &Path, now: SystemTime) {
    let Ok(entries) = std::fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let is_part = name.to_str().is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(SUFFIX));
        // The clock may have been put forward since this process began it.
        let is_ours = unfinished().iter().any(|path| path.file_name() == Some(&name));
        let age = entry.metadata().and_then(|file| file.modified()).ok().and_then(|at| now.duration_since(at).ok());
        if is_part && !is_ours && age.is_some_and(|age| age > STALE) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Beside(part) => part.file.write(bytes),
            Self::Straight(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Beside(part) => part.file.flush(),
            Self::Straight(file) => file.flush(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(directory: &Path) -> Vec<String> {
        std::fs::read_dir(directory).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn what_is_given_up_leaves_the_file_of_before_and_nothing_else() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("report.html");
        std::fs::write(&path, "yesterday").unwrap();
        let mut file = WholeFile::create(&path).unwrap();
        file.write_all(&[b'x'; 200_000]).unwrap();
        drop(file);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "yesterday");
        let mut file = WholeFile::create(&path).unwrap();
        file.write_all(b"today").unwrap();
        file.keep().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "today");
        assert_eq!(names(directory.path()), ["report.html"]);
    }

    #[test]
    fn what_a_killed_process_left_is_removed_a_day_later() {
        let directory = tempfile::tempdir().unwrap();
        for name in [".plumbline-abc.part", ".other.part", "report.html"] {
            std::fs::write(directory.path().join(name), "").unwrap();
        }
        remove_stale(directory.path(), clock::instant() + STALE / 2);
        assert_eq!(names(directory.path()).len(), 3);
        remove_stale(directory.path(), clock::instant() + STALE * 2);
        assert!(!names(directory.path()).contains(&".plumbline-abc.part".to_owned()));
        assert_eq!(names(directory.path()).len(), 2);
    }

    #[test]
    fn what_this_process_writes_stays_when_the_clock_is_put_forward() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("report.html");
        let mut file = WholeFile::create(&path).unwrap();
        remove_stale(directory.path(), clock::instant() + STALE * 3_650);
        file.write_all(b"today").unwrap();
        file.keep().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "today");
    }

    #[test]
    fn an_error_names_no_file_that_nobody_asked_for() {
        let failed = WholeFile::create(Path::new("/no/such/directory/report.html")).err().unwrap();
        assert_eq!((failed.kind(), failed.to_string().contains(SUFFIX)), (io::ErrorKind::NotFound, false), "{failed}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_device_is_an_error_and_stays_a_device() {
        let mut file = WholeFile::create(Path::new("/dev/full")).unwrap();
        let written = file.write_all(&[b'x'; 200_000]).and_then(|()| file.keep());
        assert_eq!(written.unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert!(!std::fs::metadata("/dev/full").unwrap().is_file());
    }
}
