//! How much room a disk has, and what a file takes of it.

use std::io;
use std::path::Path;

/// A disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Bytes that this user may still write.
    pub free: u64,
    /// Bytes that it has.
    pub total: u64,
}

/// The disk behind a directory.
///
/// # Errors
/// When it cannot be asked.
pub fn room(directory: &Path) -> io::Result<Room> {
    let disk = rustix::fs::statvfs(directory)?;
    Ok(Room { free: disk.f_bavail.saturating_mul(disk.f_frsize), total: disk.f_blocks.saturating_mul(disk.f_frsize) })
}

/// What a file takes: its length, and the blocks behind it, which are fewer where it has holes.
///
/// # Errors
/// When there is none.
pub fn taken(path: &Path) -> io::Result<(u64, u64)> {
    let found = std::fs::metadata(path)?;
    #[cfg(unix)]
    let blocks = std::os::unix::fs::MetadataExt::blocks(&found).saturating_mul(512);
    #[cfg(not(unix))]
    let blocks = found.len();
    Ok((found.len(), blocks))
}
