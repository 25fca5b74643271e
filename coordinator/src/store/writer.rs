//! The one writer: takes what has queued up, applies it in one transaction, commits once, then answers everybody.
//!
//! A two-phase commit costs milliseconds however much is in it, so grouping is what makes many small writes fast.

use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;

use plumbline_telemetry::Registry;
use plumbline_telemetry::catalogue::STORE_COMMIT;
use redb::{Database, WriteTransaction};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use super::Error;
use super::ahead::Bounds;
use super::file::guarded;
use crate::clock::Clock;
use crate::planted::{self, Bug};

/// Writes that wait at most; senders wait when it is full.
const QUEUE: usize = 256;
/// Writes in one transaction at most.
const GROUP: usize = 256;
/// Bytes in one transaction, about: with more than this a commit is no cheaper a byte.
const GROUP_BYTES: usize = 4 << 20;
/// Bytes that wait at most; senders wait when there are more. A bound on the number alone is no bound on memory.
const QUEUE_BYTES: usize = 16 << 20;

/// Tells one caller how the commit ended.
type Reply = Box<dyn FnOnce(Result<(), Error>) + Send>;

/// A write, given the transaction, or why there is none.
type Apply = Box<dyn FnOnce(Result<&WriteTransaction, Error>) -> Applied + Send>;

/// What one write came to: whether the whole group must fail with it, and who tells the caller after the commit.
struct Applied {
    fatal: Option<Error>,
    reply: Reply,
}

/// One write that waits.
struct Work {
    apply: Apply,
    bytes: usize,
    _room: OwnedSemaphorePermit,
}

/// The writer thread.
pub(super) struct Writer {
    queue: Option<mpsc::Sender<Work>>,
    room: Arc<Semaphore>,
    ahead: Bounds,
    registry: Arc<OnceLock<Arc<Registry>>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread.
    pub(super) fn start(database: Arc<Database>) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let registry = Arc::default();
        let counted = Arc::clone(&registry);
        let thread = std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || run(&database, receiver, &counted))
            .expect("a process that runs can start one more thread");
        let room = Arc::new(Semaphore::new(QUEUE_BYTES));
        Self { queue: Some(sender), room, ahead: Bounds::new(), registry, thread: Some(thread) }
    }

    /// What bounds reading ahead of the thread.
    pub(super) fn ahead(&self) -> &Bounds {
        &self.ahead
    }

    /// Lets it count from now on how long commits take.
    pub(super) fn count_in(&self, registry: Arc<Registry>) {
        // The first one stays.
        let _ = self.registry.set(registry);
    }

    /// Runs a function inside the next transaction; ready when that is on disk. `bytes` is about what it carries.
    ///
    /// The function must look before it writes: after [`Error::Damaged`] the rest of the group is committed, and with
    /// it what this function has written.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        bytes: usize,
        apply: impl FnOnce(&WriteTransaction) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (sender, receiver) = oneshot::channel();
        let apply = Box::new(move |transaction: Result<&WriteTransaction, Error>| {
            let applied = transaction.and_then(apply);
            let fatal = applied.as_ref().err().filter(|error| !matches!(error, Error::Damaged { .. })).cloned();
            let reply = Box::new(move |committed: Result<(), Error>| {
                // Whoever asked may have gone away; the write is done all the same.
                let _ = sender.send(committed.and(applied));
            });
            Applied { fatal, reply }
        });
        let wanted = u32::try_from(bytes.min(QUEUE_BYTES)).expect("a few million");
        let room = Arc::clone(&self.room).acquire_many_owned(wanted).await.map_err(|_| Error::Closed)?;
        let queue = self.queue.as_ref().ok_or(Error::Closed)?;
        queue.send(Work { apply, bytes, _room: room }).await.map_err(|_| Error::Closed)?;
        receiver.await.map_err(|_| Error::Closed)?
    }
}

impl Drop for Writer {
    /// Waits until what has queued up is on disk.
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(database: &Database, mut queue: mpsc::Receiver<Work>, registry: &OnceLock<Arc<Registry>>) {
    let clock = Clock::system();
    while let Some(first) = queue.blocking_recv() {
        let mut bytes = first.bytes;
        let mut group = vec![first];
        while bytes < GROUP_BYTES
            && group.len() < GROUP
            && let Ok(next) = queue.try_recv()
        {
            bytes += next.bytes;
            group.push(next);
        }
        let mut replies = Vec::with_capacity(group.len());
        let began = clock.now();
        let result = guarded(|| commit(database, group, &mut replies));
        if let Some(registry) = registry.get() {
            registry.observe(&STORE_COMMIT, [], clock.now().saturating_duration_since(began));
        }
        for reply in replies {
            reply(result.clone());
        }
        if let Err(cause) = result {
            // A disk that failed once cannot be trusted with a second try on the same handle. Whoever comes later is
            // told why.
            while let Some(work) = queue.blocking_recv() {
                ((work.apply)(Err(cause.clone())).reply)(Err(cause.clone()));
            }
            return;
        }
    }
}

fn commit(database: &Database, group: Vec<Work>, replies: &mut Vec<Reply>) -> Result<(), Error> {
    let mut transaction = database.begin_write().inspect_err(|error| tracing::error!(%error, "store cannot write"))?;
    transaction.set_two_phase_commit(true);
    let mut fatal = None;
    for work in group {
        let applied = (work.apply)(Ok(&transaction));
        if planted::is(Bug::AcknowledgedEarly) {
            (applied.reply)(Ok(()));
            std::thread::sleep(std::time::Duration::from_millis(5));
        } else {
            replies.push(applied.reply);
        }
        fatal = fatal.or(applied.fatal);
    }
    // Half a write must not become visible: a failing disk takes the whole group along.
    match fatal {
        Some(error) => {
            let _ = transaction.abort();
            Err(error)
        }
        None => Ok(transaction.commit()?),
    }
}
