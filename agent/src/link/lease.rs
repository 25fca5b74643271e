//! The leases that this agent holds, and until when it may act on them. Pure: `now` is an argument.
//!
//! A lease is confirmed by the coordinator's answer to a heartbeat, and counts from before that heartbeat was sent. At
//! 0.8 of its lifetime without a confirmation the job's gate closes: the coordinator may be about to give it away.

use std::collections::BTreeMap;
use std::time::Duration;

use plumbline_baseline::JobId;
use plumbline_proto::agent_v1::{JobRef, RunningJob};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::gate::{Gate, Keeper, gate};

/// The job's view of its lease.
#[derive(Clone, Debug)]
pub(crate) struct Lease {
    job: watch::Receiver<JobRef>,
    acked: watch::Sender<u64>,
    /// Open while the lease is surely held.
    pub(crate) gate: Gate,
    /// Cancelled when the job must stop.
    pub(crate) stop: CancellationToken,
}

impl Lease {
    /// Job, attempt and the fence of now.
    pub(crate) fn job(&self) -> JobRef {
        self.job.borrow().clone()
    }

    /// The coordinator has this many chunks on disk.
    pub(crate) fn acknowledged(&self, chunks: u64) {
        self.acked.send_replace(chunks);
    }

    /// Waits until the fence is another one than `fence`; false when that does not happen in time.
    pub(crate) async fn fence_changes(&self, fence: u64, patience: Duration) -> bool {
        let mut job = self.job.clone();
        let changed = job.wait_for(|job| job.fence != fence);
        matches!(tokio::time::timeout(patience, changed).await, Ok(Ok(_)))
    }
}

/// One lease from the link's side.
#[derive(Debug)]
struct Held {
    job: watch::Sender<JobRef>,
    acked: watch::Receiver<u64>,
    keeper: Keeper,
    stop: CancellationToken,
    confirmed: Instant,
}

/// All leases of the agent.
#[derive(Debug, Default)]
pub(crate) struct Leases {
    held: BTreeMap<JobId, Held>,
}

impl Leases {
    /// A lease that was offered and accepted.
    pub(crate) fn add(&mut self, id: JobId, job: JobRef, now: Instant) -> Lease {
        let (keeper, gate) = gate();
        let stop = CancellationToken::new();
        let (job, job_view) = watch::channel(job);
        let (acked, acked_view) = watch::channel(0);
        let lease = Lease { job: job_view, acked, gate, stop: stop.clone() };
        self.held.insert(id, Held { job, acked: acked_view, keeper, stop, confirmed: now });
        lease
    }

    /// Number of leases.
    pub(crate) fn len(&self) -> usize {
        self.held.len()
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// Whether this job is held.
    pub(crate) fn contains(&self, job_id: &str) -> bool {
        self.held.contains_key(job_id)
    }

    /// The job ended; returns how it was last known.
    pub(crate) fn remove(&mut self, job_id: &JobId) -> Option<JobRef> {
        self.held.remove(job_id).map(|held| held.job.borrow().clone())
    }

    /// One job, under its fence of now.
    pub(crate) fn job(&self, job_id: &JobId) -> Option<JobRef> {
        self.held.get(job_id).map(|held| held.job.borrow().clone())
    }

    /// All jobs, for a heartbeat.
    pub(crate) fn jobs(&self) -> Vec<JobRef> {
        self.held.values().map(|held| held.job.borrow().clone()).collect()
    }

    /// All jobs with what was acknowledged of them, for a hello.
    pub(crate) fn running(&self) -> Vec<RunningJob> {
        let running = |held: &Held| RunningJob {
            job: Some(held.job.borrow().clone()),
            acked_chunks: *held.acked.borrow(),
            spooled: None,
        };
        self.held.values().map(running).collect()
    }

    /// The coordinator confirmed these leases, in answer to a message that was sent at `asked`.
    pub(crate) fn confirm(&mut self, jobs: &[JobRef], asked: Instant) {
        for job in jobs {
            let Some(held) = self.held.get_mut(job.job_id.as_str()) else { continue };
            if *held.job.borrow() == *job {
                held.confirmed = held.confirmed.max(asked);
                held.keeper.open();
            }
        }
    }

    /// The coordinator grants a running job again, under the fence in `job`. False when it is another attempt, whose
    /// chunks are not ours.
    pub(crate) fn renew(&mut self, job: &JobRef, asked: Instant) -> bool {
        let Some(held) = self.held.get_mut(job.job_id.as_str()) else { return false };
        if held.job.borrow().attempt != job.attempt || held.job.borrow().fence > job.fence {
            return false;
        }
        held.job.send_if_modified(|current| std::mem::replace(current, job.clone()) != *job);
        held.confirmed = asked;
        held.keeper.open();
        true
    }

    /// Stops a job; it ends soon, and is removed then.
    pub(crate) fn stop(&self, job_id: &str) {
        if let Some(held) = self.held.get(job_id) {
            held.stop.cancel();
        }
    }

    /// Stops jobs that the coordinator has not confirmed for two lifetimes although it is there: it gave them away.
    pub(crate) fn stop_lapsed(&self, ttl: Duration, now: Instant) {
        self.held.values().filter(|held| held.confirmed + 2 * ttl <= now).for_each(|held| held.stop.cancel());
    }

    /// Stops all jobs.
    pub(crate) fn stop_all(&self) {
        self.held.values().for_each(|held| held.stop.cancel());
    }

    /// Closes the gates of leases that are in doubt; returns when to look again.
    pub(crate) fn expire(&self, ttl: Duration, now: Instant) -> Option<Instant> {
        let doubt = ttl.mul_f64(0.8);
        let mut next = None;
        for held in self.held.values() {
            let closes = held.confirmed + doubt;
            if closes <= now {
                held.keeper.close();
            } else {
                next = Some(next.map_or(closes, |earlier: Instant| earlier.min(closes)));
            }
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TTL: Duration = Duration::from_secs(60);

    fn job(attempt: u32, fence: u64) -> JobRef {
        JobRef { job_id: "J".into(), attempt, fence }
    }

    #[tokio::test]
    async fn a_lease_without_a_confirmation_closes_before_it_expires() {
        let start = Instant::now();
        let mut leases = Leases::default();
        let lease = leases.add("J".parse().unwrap(), job(1, 7), start);
        assert_eq!(leases.expire(TTL, start + Duration::from_secs(47)), Some(start + Duration::from_secs(48)));
        assert!(lease.gate.is_open());
        assert_eq!(leases.expire(TTL, start + Duration::from_secs(48)), None);
        assert!(!lease.gate.is_open());
    }

    #[tokio::test]
    async fn a_confirmation_counts_from_when_it_was_asked_for() {
        let start = Instant::now();
        let mut leases = Leases::default();
        let lease = leases.add("J".parse().unwrap(), job(1, 7), start);
        leases.confirm(&[job(1, 7)], start + Duration::from_secs(15));
        leases.confirm(&[job(1, 7)], start + Duration::from_secs(10));
        leases.expire(TTL, start + Duration::from_secs(62));
        assert!(lease.gate.is_open());
        leases.expire(TTL, start + Duration::from_secs(63));
        assert!(!lease.gate.is_open());
        leases.confirm(&[job(1, 8)], start + Duration::from_secs(64));
        assert!(!lease.gate.is_open(), "another fence's confirmation is not ours");
    }

    #[tokio::test]
    async fn a_renewed_lease_goes_on_under_its_new_fence() {
        let start = Instant::now();
        let mut leases = Leases::default();
        let lease = leases.add("J".parse().unwrap(), job(1, 7), start);
        leases.expire(TTL, start + TTL);
        assert!(leases.renew(&job(1, 9), start + TTL));
        assert!(lease.gate.is_open() && lease.job().fence == 9);
        assert!(lease.fence_changes(7, Duration::ZERO).await);
        assert!(!leases.renew(&job(2, 10), start + TTL), "another attempt");
    }
}
