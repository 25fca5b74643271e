//! The deployment's key for hashes of redacted values: made once, kept beside the store, readable by its owner.
//!
//! It is never replaced: with another key every hash would change, and every secret would look as if it had.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use plumbline_coordinator::store::Store;
use tempfile::Builder;
use ulid::Ulid;

use crate::failure::{Failure, OrFail, Result};

/// The key's size in bytes.
const LENGTH: usize = 32;

/// The key of a data directory; made when there is none yet.
///
/// # Errors
/// When it cannot be read or written, or is not a key.
pub(crate) fn of(data_dir: &Path) -> Result<[u8; LENGTH]> {
    let path = data_dir.join("redaction.key");
    let next_step = "check that the data directory can be read and written (--data-dir)";
    let found = read_or_make(data_dir, &path).or_fail(format!("keep {}", path.display()), next_step)?;
    <[u8; LENGTH]>::try_from(found).map_err(|found| {
        Failure::new(
            format!("use {}", path.display()),
            format!("it has {} bytes, and a key has {LENGTH}", found.len()),
            "restore it from a backup; without one, remove it: a new key is made, and all hashes of secrets change once",
        )
    })
}

fn read_or_make(data_dir: &Path, path: &Path) -> io::Result<Vec<u8>> {
    match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(data_dir, path)?,
        read => return read,
    }
    // Of two processes that make the first key at once, one wins, and both use what it wrote.
    fs::read(path)
}

/// Puts a new key into its place, whole, unless somebody else was faster.
fn make(data_dir: &Path, path: &Path) -> io::Result<()> {
    Store::create_directory(data_dir)?;
    let owner_only = fs::Permissions::from_mode(0o600);
    let mut file =
        Builder::new().prefix(".plumbline-").suffix(".part").permissions(owner_only).tempfile_in(data_dir)?;
    // Each ULID brings 80 random bits.
    let seed: String = (0..8).map(|_| Ulid::generate().to_string()).collect();
    file.write_all(blake3::hash(seed.as_bytes()).as_bytes())?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Err(refused) if refused.error.kind() != io::ErrorKind::AlreadyExists => return Err(refused.error),
        _ => {}
    }
    fs::File::open(data_dir)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stays_the_same_and_is_its_owners() {
        let data = tempfile::tempdir().unwrap();
        let directory = data.path().join("new");
        let key = of(&directory).unwrap();
        assert_eq!(of(&directory).unwrap(), key);
        assert_ne!(of(&data.path().join("other")).unwrap(), key);
        let mode = fs::metadata(directory.join("redaction.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 1);
    }

    #[test]
    fn first_runs_at_once_agree() {
        let data = tempfile::tempdir().unwrap();
        let keys: Vec<_> = std::thread::scope(|scope| {
            let runs: Vec<_> = (0..16).map(|_| scope.spawn(|| of(data.path()).unwrap())).collect();
            runs.into_iter().map(|run| run.join().unwrap()).collect()
        });
        assert!(keys.iter().all(|key| *key == keys[0]));
    }

    #[test]
    fn what_is_no_key_is_not_replaced() {
        let data = tempfile::tempdir().unwrap();
        for content in ["", "short", &"x".repeat(33)] {
            let path = data.path().join("redaction.key");
            fs::write(&path, content).unwrap();
            let failure = of(data.path()).unwrap_err();
            assert!(failure.to_string().contains(&format!("it has {} bytes", content.len())), "{failure}");
            assert!(failure.next_step().contains("restore it from a backup"));
            assert_eq!(fs::read_to_string(&path).unwrap(), content);
        }
    }
}
