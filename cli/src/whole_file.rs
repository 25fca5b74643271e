//! Files that are whole or not there: written beside their place and moved into it at the end, so that whoever reads
//! the report of every night never reads half of one.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

/// A file that is being written. Dropped before [`WholeFile::keep`], it leaves nothing, and what was in its place stays.
pub(crate) struct WholeFile {
    path: PathBuf,
    writer: BufWriter<Target>,
}

enum Target {
    Beside(NamedTempFile),
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
        let target = if is_special { Target::Straight(File::create(path)?) } else { Target::Beside(beside(path)?) };
        Ok(Self { path: path.to_owned(), writer: BufWriter::with_capacity(64 * 1024, target) })
    }

    /// Ends, and moves the file into its place.
    ///
    /// # Errors
    /// When the disk is full, or the place cannot be written.
    pub(crate) fn keep(self) -> io::Result<()> {
        match self.writer.into_inner().map_err(io::IntoInnerError::into_error)? {
            Target::Beside(file) => {
                file.persist(&self.path)?;
            }
            Target::Straight(mut file) => file.flush()?,
        }
        Ok(())
    }
}

/// A file in the same directory, with the permissions of any other new file.
fn beside(path: &Path) -> io::Result<NamedTempFile> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = Builder::new();
    builder.prefix(".plumbline-").suffix(".part");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(directory)
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
            Self::Beside(file) => file.write(bytes),
            Self::Straight(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Beside(file) => file.flush(),
            Self::Straight(file) => file.flush(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
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
