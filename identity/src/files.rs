//! Files that hold keys: readable by their owner only, and whole or not there. A process that is killed while it writes
//! leaves the file of before.

use std::fs::{self, File, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use pem::Pem;
use tempfile::Builder;

pub(crate) const PREFIX: &str = ".plumbline-";
pub(crate) const SUFFIX: &str = ".part";
/// A key and a chain, with the longest bounds, are a third of this.
const LONGEST: u64 = 64 * 1024;
const PRIVATE: u32 = 0o600;

pub(crate) const KEY: &str = "PRIVATE KEY";
pub(crate) const CERTIFICATE: &str = "CERTIFICATE";

/// A file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Others can read or write it.
    #[error("{} is open to others (mode {mode:03o}): run `chmod 600` on it, and replace it if others may have read it", path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// It does not hold what it should.
    #[error("{} is damaged ({why})", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// In which way.
        why: &'static str,
    },
    /// The system does not let us.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

impl Error {
    pub(crate) fn damaged(path: &Path, why: &'static str) -> Self {
        Self::Damaged { path: path.to_owned(), why }
    }

    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { path: path.to_owned(), source }
    }

    pub(crate) fn is_missing(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}

/// Reads a file that only its owner can read.
pub(crate) fn read(path: &Path) -> Result<Vec<Pem>, Error> {
    let file = File::open(path).map_err(Error::io(path))?;
    let metadata = file.metadata().map_err(Error::io(path))?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(Error::Exposed { path: path.to_owned(), mode });
    }
    let mut text = String::new();
    let read = file.take(LONGEST + 1).read_to_string(&mut text);
    match read {
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(Error::damaged(path, "it is not text")),
        Err(error) => Err(Error::io(path)(error)),
        Ok(_) if text.len() as u64 > LONGEST => Err(Error::damaged(path, "it is too long")),
        Ok(_) => pem::parse_many(text).map_err(|_| Error::damaged(path, "it is not PEM")),
    }
}

/// Writes a file for its owner only: beside its place, to the disk, and then into its place.
pub(crate) fn write(path: &Path, blocks: &[Pem]) -> Result<(), Error> {
    Part::new(path, blocks)?.keep()
}

/// Removes a file that has done its service. That it is gone already is what was wanted.
pub(crate) fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::io(path)(error)),
        _ => Ok(()),
    }
}

/// What is written, and not in its place yet.
struct Part<'a> {
    file: tempfile::NamedTempFile,
    path: &'a Path,
}

impl<'a> Part<'a> {
    fn new(path: &'a Path, blocks: &[Pem]) -> Result<Self, Error> {
        let mut builder = Builder::new();
        builder.prefix(PREFIX).suffix(SUFFIX).permissions(Permissions::from_mode(PRIVATE));
        let mut file = builder.tempfile_in(directory_of(path)).map_err(Error::io(path))?;
        let text = pem::encode_many_config(blocks, pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF));
        file.write_all(text.as_bytes()).and_then(|()| file.as_file().sync_all()).map_err(Error::io(path))?;
        Ok(Self { file, path })
    }

    fn keep(self) -> Result<(), Error> {
        self.file.persist(self.path).map_err(|error| Error::io(self.path)(error.error))?;
        sync_directory(directory_of(self.path))
    }
}

/// A name is on disk only when its directory says so.
pub(crate) fn sync_directory(directory: &Path) -> Result<(), Error> {
    File::open(directory).and_then(|directory| directory.sync_all()).map_err(Error::io(directory))
}

pub(crate) fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(text: &str) -> Vec<Pem> {
        vec![Pem::new("CERTIFICATE", text)]
    }

    #[test]
    fn only_its_owner_can_read_a_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.pem");
        write(&path, &block("one")).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, PRIVATE);
        assert_eq!(read(&path).unwrap(), block("one"));
        for mode in [0o640, 0o604, 0o620, 0o601, 0o644] {
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            let error = read(&path).unwrap_err();
            assert!(matches!(error, Error::Exposed { mode: found, .. } if found == mode), "{error}");
            assert!(error.to_string().contains("chmod 600"), "{error}");
        }
        // What was open to others is not after the next write.
        write(&path, &block("two")).unwrap();
        assert_eq!(read(&path).unwrap(), block("two"));
    }

    #[test]
    fn a_process_that_is_killed_while_it_writes_leaves_the_file_of_before() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.pem");
        write(&path, &block("one")).unwrap();
        // Killed before the move: nothing tidies up.
        std::mem::forget(Part::new(&path, &block("two")).unwrap());
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2, "there is a part");
        assert_eq!(read(&path).unwrap(), block("one"));
        // Killed after it.
        let part = Part::new(&path, &block("three")).unwrap();
        part.file.persist(&path).unwrap();
        assert_eq!(read(&path).unwrap(), block("three"));
    }

    #[test]
    fn what_cannot_be_written_leaves_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("taken");
        fs::create_dir(&path).unwrap();
        assert!(matches!(write(&path, &block("one")), Err(Error::Io { .. })));
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_not_pem_is_damaged() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.pem");
        for bytes in
            [&b"\xff\xfe"[..], &[b'x'; 100_000], b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"]
        {
            fs::write(&path, bytes).unwrap();
            fs::set_permissions(&path, Permissions::from_mode(PRIVATE)).unwrap();
            assert!(matches!(read(&path), Err(Error::Damaged { .. })), "{} bytes", bytes.len());
        }
    }
}
