//! What an agent is called: the data directory's own id, kept in it, and something of this process.
//!
//! Two agents of one data directory, or of two containers that were made from one image, are not the same agent.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use plumbline_baseline::AgentId;
use plumbline_coordinator::store::Store;
use tempfile::Builder;
use ulid::Ulid;

use crate::failure::{Failure, OrFail, Result};

/// Random characters of the process: the end of a ULID, where no time is in it.
const OF_PROCESS: usize = 8;

/// How the ids of agents in a coordinator's process end, and those of a single scan begin.
const OF_SERVICE: &str = "-coordinator";
const OF_SCAN: &str = "scan-";

/// The id for this process.
///
/// # Errors
/// When the kept part cannot be read or written, or is not one.
pub(crate) fn of(data_dir: &Path) -> Result<String> {
    let kept = kept(data_dir)?;
    let process = Ulid::generate().to_string();
    Ok(format!("{kept}-{}", &process[process.len() - OF_PROCESS..]))
}

/// The same, or that of the process whose results are on disk: whoever delivers them has to be it. Nobody else is, because
/// the disk is one process's at a time.
///
/// # Errors
/// When the kept part cannot be read or written, or is not one.
pub(crate) fn of_left(data_dir: &Path, left: Option<String>) -> Result<String> {
    let begins = format!("{}-", kept(data_dir)?);
    match left.filter(|left| left.starts_with(&begins)) {
        Some(left) => Ok(left),
        None => of(data_dir),
    }
}

/// The id of the agent in a coordinator's process. There is one of a data directory at most, and the next one is known to
/// be the same: what it held when its process was killed is given out again at once.
///
/// # Errors
/// When the kept part cannot be read or written, or is not one.
pub(crate) fn of_service(data_dir: &Path) -> Result<String> {
    Ok(format!("{}{OF_SERVICE}", kept(data_dir)?))
}

/// The id of the agent of a scan in one process.
pub(crate) fn of_scan() -> String {
    format!("{OF_SCAN}{}", std::process::id())
}

/// Whether an agent was in the process of a coordinator: it ended with it, and nobody waits for it to come back.
pub(crate) fn was_of_coordinator(agent: &AgentId) -> bool {
    agent.as_str().starts_with(OF_SCAN) || agent.as_str().ends_with(OF_SERVICE)
}

fn kept(data_dir: &Path) -> Result<Ulid> {
    let path = data_dir.join("agent.id");
    let next_step = "check that the data directory can be read and written (--data-dir)";
    let kept = read_or_make(data_dir, &path).or_fail(format!("keep {}", path.display()), next_step)?;
    kept.trim().parse().map_err(|_| {
        Failure::new(format!("use {}", path.display()), "it holds no ULID", "remove it: a new one is made")
    })
}

fn read_or_make(data_dir: &Path, path: &Path) -> io::Result<String> {
    match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        read => return read,
    }
    Store::create_directory(data_dir)?;
    let owner_only = fs::Permissions::from_mode(0o600);
    let mut file =
        Builder::new().prefix(".plumbline-").suffix(".part").permissions(owner_only).tempfile_in(data_dir)?;
    file.write_all(Ulid::generate().to_string().as_bytes())?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Err(refused) if refused.error.kind() != io::ErrorKind::AlreadyExists => return Err(refused.error),
        _ => {}
    }
    // Of two agents that start at once, one wins, and both use what it wrote.
    fs::read_to_string(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agents_of_one_directory_are_told_apart_and_recognized() {
        let data = tempfile::tempdir().unwrap();
        let (one, other) = (of(data.path()).unwrap(), of(data.path()).unwrap());
        assert_ne!(one, other);
        let kept = |id: &str| id.split('-').next().unwrap().to_owned();
        assert_eq!(kept(&one), kept(&other));
        assert!(one.parse::<plumbline_baseline::AgentId>().is_ok(), "{one}");
        let is_of_coordinator = |id: &str| was_of_coordinator(&id.parse().unwrap());
        assert!(is_of_coordinator(&of_scan()) && is_of_coordinator(&of_service(data.path()).unwrap()));
        assert!(!is_of_coordinator(&one));
        assert_eq!(of_left(data.path(), Some(one.clone())).unwrap(), one, "it delivers what that one found");
        assert_ne!(of_left(data.path(), None).unwrap(), one);
        let elsewhere = tempfile::tempdir().unwrap();
        assert_ne!(of_left(elsewhere.path(), Some(one.clone())).unwrap(), one, "a folder that was copied is nobody's");
        assert_ne!(kept(&of(elsewhere.path()).unwrap()), kept(&one));
    }

    #[test]
    fn a_broken_file_is_said_and_not_replaced() {
        let data = tempfile::tempdir().unwrap();
        fs::write(data.path().join("agent.id"), "agent-1").unwrap();
        assert!(of(data.path()).unwrap_err().to_string().contains("agent.id"));
    }
}
