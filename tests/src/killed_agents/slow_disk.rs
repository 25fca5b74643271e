//! A disk that takes its time to make writes durable.

use std::fs::OpenOptions;
use std::ops::Bound;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use redb::backends::FileBackend;
use redb::{BackendError, StorageBackend};

/// A file whose syncs take between nothing and a limit, one after the other differently.
#[derive(Debug)]
pub struct SlowDisk {
    file: FileBackend,
    slowest: Duration,
    syncs: AtomicU64,
}

impl SlowDisk {
    /// A new file.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn create(path: &Path, slowest: Duration) -> anyhow::Result<Self> {
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(path)?;
        Ok(Self { file: FileBackend::new(file)?, slowest, syncs: AtomicU64::new(0) })
    }
}

impl StorageBackend for SlowDisk {
    fn len(&self) -> Result<u64, std::io::Error> {
        self.file.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<(), std::io::Error> {
        self.file.read(offset, out)
    }

    fn set_len(&self, len: u64) -> Result<(), std::io::Error> {
        self.file.set_len(len)
    }

    fn sync_data(&self) -> Result<(), std::io::Error> {
        // Multiples of the golden ratio are spread evenly, and look like no pattern.
        let share = (self.syncs.fetch_add(1, Ordering::Relaxed) as f64 * 0.618_033_988_75).fract();
        std::thread::sleep(self.slowest.mul_f64(share));
        self.file.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<(), std::io::Error> {
        self.file.write(offset, data)
    }

    fn close(&self) -> Result<(), std::io::Error> {
        self.file.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.file.try_lock_range(start, end)
    }
}
