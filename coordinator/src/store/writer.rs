//! The one writer: takes what has queued up, applies it in one transaction, commits once, then answers everybody.
//!
//! A two-phase commit costs milliseconds however much is in it, so grouping is what makes many small writes fast.

use std::sync::Arc;
use std::thread::JoinHandle;

use redb::{Database, WriteTransaction};
use tokio::sync::{mpsc, oneshot};

use super::Error;

/// Writes that wait at most; senders wait when it is full.
const QUEUE: usize = 256;
/// Writes in one transaction at most.
const GROUP: usize = 128;

/// Tells one caller how the commit ended.
type Reply = Box<dyn FnOnce(Result<(), Error>) + Send>;
/// Applies one write; the second half is called after the commit.
type Apply = Box<dyn FnOnce(&WriteTransaction) -> (Result<(), Error>, Reply) + Send>;

/// The writer thread.
pub(super) struct Writer {
    queue: Option<mpsc::Sender<Apply>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread.
    pub(super) fn start(database: Arc<Database>) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || run(&database, receiver))
            .expect("a process that runs can start one more thread");
        Self { queue: Some(sender), thread: Some(thread) }
    }

    /// Runs a function inside the next transaction; ready when that is on disk.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        apply: impl FnOnce(&WriteTransaction) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (sender, receiver) = oneshot::channel();
        let work: Apply = Box::new(move |transaction| {
            let (applied, value) = match apply(transaction) {
                Ok(value) => (Ok(()), Some(value)),
                Err(error) => (Err(error), None),
            };
            let reply = move |committed: Result<(), Error>| {
                let answer = committed.and_then(|()| value.ok_or(Error::Closed));
                // Whoever asked may have gone away; the write is done all the same.
                let _ = sender.send(answer);
            };
            (applied, Box::new(reply))
        });
        let queue = self.queue.as_ref().ok_or(Error::Closed)?;
        queue.send(work).await.map_err(|_| Error::Closed)?;
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

fn run(database: &Database, mut queue: mpsc::Receiver<Apply>) {
    let mut group = Vec::with_capacity(GROUP);
    while queue.blocking_recv_many(&mut group, GROUP) > 0 {
        let mut replies = Vec::with_capacity(group.len());
        let result = commit(database, group.drain(..), &mut replies);
        for reply in replies {
            reply(result.clone());
        }
    }
}

fn commit(database: &Database, group: impl Iterator<Item = Apply>, replies: &mut Vec<Reply>) -> Result<(), Error> {
    let mut transaction = database.begin_write()?;
    transaction.set_two_phase_commit(true);
    let mut failed = None;
    for apply in group {
        let (applied, reply) = apply(&transaction);
        replies.push(reply);
        failed = failed.or(applied.err());
    }
    // Half a write must not become visible: what failed takes the whole group along.
    match failed {
        Some(error) => {
            let _ = transaction.abort();
            Err(error)
        }
        None => Ok(transaction.commit()?),
    }
}
