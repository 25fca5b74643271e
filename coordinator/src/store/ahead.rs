//! What a job delivered is read, unpacked and put in its order before the thread that writes gets to it, on another
//! thread: the one that writes is the one that everybody waits for.
//!
//! Chunks that are stored do not change while their attempt goes on, and what was read says what the commit has to say
//! of it; whoever holds the job is looked at again where it is written.

use std::sync::Arc;

use plumbline_proto::chunk;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::chunks::{Chunks, Found, Room, found, unpacked};
use super::record::Job;
use super::{CHUNKS, Error, JOBS, Store, sealed};

/// Bytes of chunks, before they were compressed, that are read ahead at most: in memory they are a few times as large.
const BYTES: usize = 16 << 20;
/// Threads that read ahead at a time: the one that writes takes several times as long for what they read.
const THREADS: usize = 4;

/// What an attempt delivered.
pub(super) struct Ahead {
    /// The attempt.
    pub(super) attempt: u32,
    /// What its chunks hold.
    pub(super) found: Found,
    _room: OwnedSemaphorePermit,
}

/// What bounds reading ahead.
pub(super) struct Bounds {
    bytes: Arc<Semaphore>,
    threads: Semaphore,
}

impl Bounds {
    pub(super) fn new() -> Self {
        Self { bytes: Arc::new(Semaphore::new(BYTES)), threads: Semaphore::new(THREADS) }
    }
}

impl Store {
    /// Reads what was delivered of the job under a key, if the job is as whoever asks says; nothing where it is not, where
    /// that is too much, or where it cannot be read: whoever writes reads it then, and says what is wrong.
    pub(super) async fn ahead(
        &self,
        key: String,
        chunks: u64,
        is_asked: impl Fn(&Job) -> bool + Send + 'static,
    ) -> Option<Ahead> {
        let bytes = self.delivered_bytes(&key, chunks, &is_asked).ok()??;
        let Bounds { bytes: room, threads } = self.writer.as_ref()?.ahead();
        let room = Arc::clone(room).acquire_many_owned(u32::try_from(bytes).ok()?).await.ok()?;
        let _thread = threads.acquire().await.ok()?;
        let store = self.clone();
        let read = move || {
            store.read(|transaction| {
                let job = sealed::get_record::<Job>(&transaction.open_table(JOBS)?, &key, "job")?;
                let Some(job) = job.filter(is_asked) else { return Ok(None) };
                let (table, most) = (transaction.open_table(CHUNKS)?, Room::of(&job).bytes);
                Ok(match found(&table, &job, chunks, most, |bytes| chunk::read(bytes).ok())? {
                    Chunks::Found(found) => Some(Ahead { attempt: job.attempt, found, _room: room }),
                    Chunks::Missing | Chunks::TooMuch => None,
                })
            })
        };
        tokio::task::spawn_blocking(read).await.ok()?.ok()?
    }

    /// How many bytes an attempt's chunks become; `None` when that is too much, or it has no chunks.
    fn delivered_bytes(&self, key: &str, chunks: u64, is_asked: &impl Fn(&Job) -> bool) -> Result<Option<u64>, Error> {
        self.read(|transaction| {
            let job = sealed::get_record::<Job>(&transaction.open_table(JOBS)?, key, "job")?;
            let Some(job) = job.filter(|job| chunks > 0 && is_asked(job)) else { return Ok(None) };
            unpacked(&transaction.open_table(CHUNKS)?, &job, chunks, BYTES as u64)
        })
    }
}
