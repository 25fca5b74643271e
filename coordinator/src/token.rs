//! The secret that agents of other processes show: whoever can read it is the user who started the coordinator.
//!
//! One file in the data directory, for its owner only. Certificates take its place when agents may be elsewhere.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::{fs, io};

use ulid::Ulid;

/// The file's name in the data directory.
const FILE: &str = "agent.token";
/// Characters of a token: a BLAKE3 hash in hex.
const LENGTH: usize = 64;

/// A token. Its text is in no log and no message: it has no `Display`, and `Debug` hides it.
#[derive(Clone)]
pub struct Token(String);

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

impl Token {
    /// Where the token of a data directory is.
    pub fn path_in(data_dir: &Path) -> PathBuf {
        data_dir.join(FILE)
    }

    /// The token of a data directory, made when there is none.
    ///
    /// # Errors
    /// When it cannot be read or written, or others than its owner can read it.
    pub fn keep_in(data_dir: &Path) -> io::Result<Self> {
        let path = Self::path_in(data_dir);
        match Self::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            read => return read,
        }
        // Each ULID brings 80 random bits.
        let seed: String = (0..4).map(|_| Ulid::generate().to_string()).collect();
        let text = blake3::hash(seed.as_bytes()).to_hex();
        // Put there whole: an agent may be reading.
        let part = data_dir.join(format!(".{FILE}.{}", Ulid::generate()));
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let written = options.open(&part).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        });
        written.and_then(|()| fs::rename(&part, &path)).inspect_err(|_| {
            // The error that is reported is the first one; what is left behind is a file that nobody reads.
            let _ = fs::remove_file(&part);
        })?;
        Self::read(&path)
    }

    /// Reads a token file.
    ///
    /// # Errors
    /// When it cannot be read, is no token, or others than its owner can read it.
    pub fn read(path: &Path) -> io::Result<Self> {
        let text = fs::read_to_string(path)?;
        #[cfg(unix)]
        {
            let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(path)?.permissions());
            if mode & 0o077 != 0 {
                return Err(io::Error::new(io::ErrorKind::PermissionDenied, "others than its owner can read it"));
            }
        }
        let text = text.trim();
        if text.len() != LENGTH || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "it holds no token"));
        }
        Ok(Self(text.to_owned()))
    }

    /// The token, to be shown to a coordinator and to nobody else.
    pub fn secret(&self) -> &str {
        &self.0
    }

    /// Whether what somebody shows is this token. Takes the same time whatever they show.
    pub fn is_shown_by(&self, shown: &str) -> bool {
        blake3::hash(shown.as_bytes()) == blake3::hash(self.0.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_made_once_and_is_for_its_owner_only() {
        let directory = tempfile::tempdir().unwrap();
        let token = Token::keep_in(directory.path()).unwrap();
        let again = Token::keep_in(directory.path()).unwrap();
        assert_eq!(token.secret(), again.secret());
        assert!(token.is_shown_by(again.secret()));
        assert!(!token.is_shown_by("") && !token.is_shown_by(&token.secret()[1..]));
        assert!(!format!("{token:?}").contains(token.secret()));
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "nothing is left behind");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let path = Token::path_in(directory.path());
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
            fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
            assert_eq!(Token::read(&path).unwrap_err().kind(), io::ErrorKind::PermissionDenied);
        }
    }

    #[test]
    fn a_file_that_holds_no_token_is_refused_and_kept() {
        let directory = tempfile::tempdir().unwrap();
        let token = Token::keep_in(directory.path()).unwrap();
        fs::write(Token::path_in(directory.path()), &token.secret()[1..]).unwrap();
        assert_eq!(Token::keep_in(directory.path()).unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
