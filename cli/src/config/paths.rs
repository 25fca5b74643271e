//! Paths as people write them: `~` is the home directory, and a relative path in a file is relative to that file.

use std::path::{Component, Path, PathBuf};

use crate::failure::{Failure, Result};

/// The given directory, or the one that the XDG base directory specification names.
///
/// # Errors
/// When nothing is given and there is no home directory.
pub(crate) fn data_dir_or_default(given: Option<PathBuf>) -> Result<PathBuf> {
    if let Some(directory) = given {
        return Ok(at_home(directory));
    }
    default_data_dir().ok_or_else(|| {
        Failure::usage("find the data directory", "neither XDG_DATA_HOME nor HOME is set", "name one with --data-dir")
    })
}

/// The directory that the XDG base directory specification names; `None` without a home directory.
pub(crate) fn default_data_dir() -> Option<PathBuf> {
    let base = absolute("XDG_DATA_HOME").or_else(|| home().map(|home| home.join(".local/share")))?;
    Some(base.join("plumbline"))
}

fn home() -> Option<PathBuf> {
    absolute("HOME")
}

fn absolute(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute())
}

/// The path with `~` at its beginning as the home directory. Shells do so, but not after `=`, and not in variables.
pub(crate) fn at_home(path: PathBuf) -> PathBuf {
    expanded(path, home().as_deref())
}

fn expanded(path: PathBuf, home: Option<&Path>) -> PathBuf {
    let mut parts = path.components();
    match (parts.next(), home) {
        (Some(Component::Normal(first)), Some(home)) if first == "~" => home.join(parts.as_path()),
        _ => path,
    }
}

/// A path that stands in a file.
pub(super) fn beside(file: &Path, path: PathBuf) -> PathBuf {
    let path = at_home(path);
    file.parent().map_or_else(|| path.clone(), |directory| directory.join(&path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tilde_is_the_home_directory() {
        let check = |path: &str, expected: &str| {
            assert_eq!(expanded(path.into(), Some(Path::new("/home/me"))), Path::new(expected), "{path}");
        };
        check("~", "/home/me");
        check("~/data", "/home/me/data");
        check("/data/~", "/data/~");
        check("data", "data");
        check("~other/data", "~other/data");
        assert_eq!(expanded("~/data".into(), None), Path::new("~/data"));
    }

    #[test]
    fn a_path_in_a_file_is_relative_to_the_file() {
        assert_eq!(beside(Path::new("/etc/plumbline.yaml"), "pack".into()), Path::new("/etc/pack"));
        assert_eq!(beside(Path::new("plumbline.yaml"), "pack".into()), Path::new("pack"));
        assert_eq!(beside(Path::new("/etc/plumbline.yaml"), "/var/pack".into()), Path::new("/var/pack"));
    }
}
