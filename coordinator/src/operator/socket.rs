//! The socket in the data directory: open to its owner, and for who connects the system says who that is. The owner and
//! root get in, whatever rights the directory or the file were given.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tokio::net::{UnixListener, UnixStream};

/// Longer paths have no room in a socket's address (unix(7)).
const LONGEST_PATH: usize = 107;

/// Why there is no socket.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The system has no room for the path.
    #[error("its path is longer than the {LONGEST_PATH} bytes that a socket's may have")]
    TooLong,
    /// It cannot be made.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// Where the socket of a data directory is.
#[must_use]
pub fn path_in(data_dir: &Path) -> PathBuf {
    data_dir.join("coordinator.sock")
}

/// A socket that operators connect to. It is removed when this goes.
pub struct Socket {
    listener: UnixListener,
    path: PathBuf,
    owner: u32,
}

impl Drop for Socket {
    fn drop(&mut self) {
        // Whoever starts next removes it, too.
        let _ = std::fs::remove_file(&self.path);
    }
}

impl Socket {
    /// Makes the socket of a data directory. Whoever calls holds its store open to write: what is there already is what
    /// a killed process left.
    ///
    /// # Errors
    /// When the path is too long, or the directory cannot be written.
    pub fn bind(data_dir: &Path) -> Result<Self, Error> {
        let path = path_in(data_dir);
        if path.as_os_str().len() > LONGEST_PATH {
            return Err(Error::TooLong);
        }
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        let listener = UnixListener::bind(&path)?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
        let owner = std::fs::metadata(&path)?.uid();
        Ok(Self { listener, path, owner })
    }

    /// The next one who connects and may.
    ///
    /// # Errors
    /// When the system refuses connections: it has no descriptors left.
    pub(super) async fn accept(&self) -> std::io::Result<UnixStream> {
        loop {
            let (stream, _) = self.listener.accept().await?;
            if stream.peer_cred().is_ok_and(|peer| may_connect(peer.uid(), self.owner)) {
                return Ok(stream);
            }
        }
    }
}

/// Whether a user may: the owner and root.
fn may_connect(peer: u32, owner: u32) -> bool {
    let may = peer == owner || peer == 0;
    if !may {
        tracing::warn!(peer, "a connection of another user to the operators' socket was refused");
    }
    may
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_is_its_owners_alone_and_replaces_what_a_killed_process_left() {
        let data = tempfile::tempdir().unwrap();
        std::fs::write(path_in(data.path()), "").unwrap();
        let socket = Socket::bind(data.path()).unwrap();
        let found = std::fs::metadata(path_in(data.path())).unwrap();
        assert_eq!(found.permissions().mode() & 0o777, 0o600);
        let (own, accepted) = tokio::join!(UnixStream::connect(path_in(data.path())), socket.accept());
        assert!(own.is_ok() && accepted.is_ok());
        drop(socket);
        assert!(!path_in(data.path()).exists());
    }

    #[test]
    fn other_users_are_refused() {
        assert!(may_connect(1000, 1000) && may_connect(0, 1000));
        assert!(!may_connect(1001, 1000) && !may_connect(1000, 0));
    }

    #[tokio::test]
    async fn a_path_without_room_is_said() {
        let data = tempfile::tempdir().unwrap();
        let deep = data.path().join("d".repeat(120));
        std::fs::create_dir(&deep).unwrap();
        assert!(matches!(Socket::bind(&deep), Err(Error::TooLong)));
    }
}
