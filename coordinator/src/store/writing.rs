//! Whether somebody writes to the store of a data directory: whoever does holds a lock on a file beside it for as long.
//! The system lets go of it when the process ends, however that comes about.
//!
//! redb has locks of its own, which keep two writers apart; but they do not say to a reader whether there is one, and a
//! scan that nobody is going to finish must not read as running.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

/// Held by who writes. Where the disk knows no locks there is none, and every scan without an end reads as stopped.
pub(super) struct Writing(#[expect(dead_code, reason = "open, it holds the lock")] Option<File>);

fn path_in(data_dir: &Path) -> PathBuf {
    data_dir.join("plumbline.lock")
}

impl Writing {
    /// Begins to write; the store is open to be written already.
    pub(super) fn begin(data_dir: &Path) -> Self {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        // Who looks at it holds it for a moment only.
        Self(options.open(path_in(data_dir)).and_then(|file| file.lock().map(|()| file)).ok())
    }

    /// Whether somebody does.
    pub(super) fn is_going_on(data_dir: &Path) -> bool {
        let Ok(file) = File::open(path_in(data_dir)) else { return false };
        matches!(file.try_lock_shared(), Err(std::fs::TryLockError::WouldBlock))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_on_as_long_as_it_is_held() {
        let directory = tempfile::tempdir().unwrap();
        assert!(!Writing::is_going_on(directory.path()));
        let writing = Writing::begin(directory.path());
        assert!(Writing::is_going_on(directory.path()) && Writing::is_going_on(directory.path()));
        drop(writing);
        assert!(!Writing::is_going_on(directory.path()));
    }
}
