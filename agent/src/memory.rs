//! How much memory the documents of all jobs may take, and who may take more when it is used up.
//!
//! A job takes as it reads, up to what one job may have. When the jobs together have what they share, a job that wants
//! more waits for others to end. One of those that wait goes on in any case, out of what is kept for that: so the jobs
//! never all wait for each other, and a job is too large only when it alone is.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use plumbline_baseline::{Unread, UnreadReason};
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

/// The memory of the process.
#[derive(Debug)]
pub(crate) struct Memory {
    /// What all jobs share; besides it, one job may have all that a job may have.
    shared: usize,
    /// What one job may have.
    of_job: usize,
    state: Mutex<State>,
    freed: Notify,
}

#[derive(Debug, Default)]
struct State {
    next: u64,
    taken: usize,
    by_job: BTreeMap<u64, usize>,
    /// The job that goes on although what is shared is used up.
    first: Option<u64>,
}

/// One job's part. What it took is free when it is dropped.
#[derive(Debug)]
pub(crate) struct Part {
    memory: Arc<Memory>,
    job: u64,
    until: Option<Instant>,
}

impl Memory {
    /// So many bytes in all, and for one job.
    pub(crate) fn new(in_all: usize, of_job: usize) -> Arc<Self> {
        let of_job = of_job.min(in_all);
        Arc::new(Self { shared: in_all - of_job, of_job, state: Mutex::default(), freed: Notify::new() })
    }

    /// A job's part; it waits for others until its time is over.
    pub(crate) fn part(self: &Arc<Self>, until: Option<Instant>) -> Arc<Part> {
        let mut state = self.state();
        let job = state.next;
        state.next += 1;
        state.by_job.insert(job, 0);
        Arc::new(Part { memory: Arc::clone(self), job, until })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Part {
    /// Takes so much; what is there is there, so this neither waits nor fails.
    pub(crate) fn take(&self, bytes: usize) {
        let mut state = self.memory.state();
        state.taken += bytes;
        *state.by_job.entry(self.job).or_default() += bytes;
    }

    /// Gives back what was taken.
    pub(crate) fn give_back(&self, bytes: usize) {
        let mut state = self.memory.state();
        let mine = state.by_job.entry(self.job).or_default();
        let bytes = bytes.min(*mine);
        *mine -= bytes;
        state.taken -= bytes;
        drop(state);
        self.memory.freed.notify_waiters();
    }

    /// Returns when the job may read more.
    ///
    /// # Errors
    /// When it has all that a job may have, or its time is over.
    pub(crate) async fn room(&self) -> Result<(), Arc<Unread>> {
        loop {
            let freed = self.memory.freed.notified();
            if self.has_room()? {
                return Ok(());
            }
            match self.until {
                Some(until) => timeout_at(until, freed).await.map_err(|_| too_late())?,
                None => freed.await,
            }
        }
    }

    fn has_room(&self) -> Result<bool, Arc<Unread>> {
        let mut state = self.memory.state();
        if state.by_job.get(&self.job).is_some_and(|mine| *mine >= self.memory.of_job) {
            return Err(self.too_large());
        }
        Ok(state.taken < self.memory.shared || *state.first.get_or_insert(self.job) == self.job)
    }

    fn too_large(&self) -> Arc<Unread> {
        let detail = format!("the job's documents take more than {} MiB", self.memory.of_job >> 20);
        Arc::new(Unread::new(UnreadReason::TooLarge, "", detail))
    }
}

fn too_late() -> Arc<Unread> {
    let detail = "the job's time was over while it waited for memory that other jobs held".to_owned();
    Arc::new(Unread::new(UnreadReason::Deadline, "", detail))
}

impl Drop for Part {
    fn drop(&mut self) {
        let mut state = self.memory.state();
        let mine = state.by_job.remove(&self.job).unwrap_or_default();
        state.taken -= mine;
        if state.first == Some(self.job) {
            state.first = None;
        }
        drop(state);
        self.memory.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    async fn waits(part: &Part) -> bool {
        tokio::time::timeout(Duration::from_millis(1), part.room()).await.is_err()
    }

    #[tokio::test(start_paused = true)]
    async fn jobs_wait_for_each_other_and_one_always_goes_on() {
        let memory = Memory::new(100, 40);
        let parts: Vec<_> = (0..3).map(|_| memory.part(None)).collect();
        for part in &parts {
            part.room().await.unwrap();
            part.take(20);
        }
        parts[1].room().await.unwrap();
        assert!(waits(&parts[0]).await && waits(&parts[2]).await, "one goes on out of what is kept for it");
        parts[1].take(20);
        assert_eq!(parts[1].room().await.unwrap_err().reason, UnreadReason::TooLarge);
        let mut parts = parts.into_iter();
        let (zero, one, two) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
        let waiting = tokio::spawn(async move {
            zero.room().await.unwrap();
            zero
        });
        tokio::task::yield_now().await;
        drop(one);
        drop(waiting.await.unwrap());
        two.room().await.unwrap();
        drop(two);
        assert_eq!(memory.state().taken, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_job_whose_time_is_over_waits_no_longer() {
        let memory = Memory::new(100, 40);
        let first = memory.part(None);
        first.take(70);
        first.room().await.unwrap_err();
        let other = memory.part(None);
        other.room().await.unwrap();
        let late = memory.part(Some(Instant::now() + Duration::from_secs(5)));
        assert_eq!(late.room().await.unwrap_err().reason, UnreadReason::Deadline);
    }
}
