//! The one admission of every attempt to call AWS, whoever makes it.
//!
//! The order stands here and nowhere else: whether the place answers at all (`health`) comes first; the budget of
//! (account, Region, service), the job's share and the process's slot are granted together (`ledger`), and the gate of the job's lease is looked at last, at the moment of sending. A
//! call that finds it closed gives everything back, waits, and queues again. Whoever sleeps holds nothing: what an
//! attempt holds it gives back when it ends, before any pause between attempts.

mod bucket;
mod health;
mod ledger;

use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use crate::budgets::Budgets;
use crate::scope::Gate;
use health::Silence;
use ledger::{Ended, LaneKey, Ledger, Limits};

/// Admits attempts. Cheap to clone; clones are one.
#[derive(Clone, Debug)]
pub(crate) struct Admission {
    ledger: Arc<Mutex<Ledger>>,
    budgets: Budgets,
    /// Told when a place is given up.
    given_up: Arc<Notify>,
}

/// A service in a Region, or an account in it, that does not answer: nothing is sent there but a rare probe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Silent {
    /// For how long.
    pub(crate) lasts: Duration,
    /// Requests that ended without an answer.
    pub(crate) unanswered: u32,
    /// Why the last one did.
    pub(crate) why: String,
}

/// One job's share of the calls in flight.
#[derive(Debug)]
pub(crate) struct Share {
    admission: Admission,
    job: usize,
}

/// One budget, as the calls of a session spend it.
#[derive(Debug)]
pub(crate) struct Lane {
    admission: Admission,
    lane: usize,
}

impl Admission {
    /// Nothing is in flight yet.
    pub(crate) fn new(slots: usize, budgets: Budgets) -> Self {
        Self { ledger: Arc::new(Mutex::new(Ledger::new(Limits::new(slots)))), budgets, given_up: Arc::default() }
    }

    /// A job's share: so many calls in flight at the same time.
    pub(crate) fn share(&self, calls: usize) -> Share {
        Share { job: self.with(|ledger, _| ledger.open_job(calls)), admission: self.clone() }
    }

    /// The operation by which a call's budget is told from the others of its service; empty for most.
    pub(crate) fn line(&self, service: &str, operation: &str) -> &'static str {
        self.budgets.of(service, operation).operation
    }

    /// The budget of an operation in an account and Region.
    pub(crate) fn lane(&self, account: &str, region: &str, service: &str, operation: &str) -> Lane {
        let line = self.budgets.of(service, operation);
        let key = LaneKey {
            account: account.into(),
            region: region.into(),
            service: service.into(),
            operation: line.operation,
        };
        Lane { lane: self.with(|ledger, now| ledger.open_lane(key, line, now)), admission: self.clone() }
    }

    /// So much of an account's budgets in a Region is ours, in parts per thousand; without a Region, of those that are spent
    /// for the account as a whole.
    pub(crate) fn set_share(&self, account: &str, region: Option<&str>, permille: u32) {
        self.with(|ledger, now| ledger.set_share(account, region, permille, now));
    }

    /// Everything is ours again.
    pub(crate) fn forget_shares(&self) {
        self.with(Ledger::forget_shares);
    }

    /// Returns when a request may be sent: at once after this returns.
    ///
    /// # Errors
    /// When the place does not answer.
    pub(crate) async fn enter(
        &self,
        lane: &Arc<Lane>,
        share: &Arc<Share>,
        gate: &dyn Gate,
    ) -> Result<Admitted, Silent> {
        loop {
            if !gate.is_open() {
                gate.opened().await;
            }
            let admitted = self.turn(lane, share).await?;
            if gate.is_open() {
                return Ok(admitted);
            }
            admitted.end(Ended::Unused);
        }
    }

    async fn turn(&self, lane: &Arc<Lane>, share: &Arc<Share>) -> Result<Admitted, Silent> {
        let ticket = self.with(|ledger, now| ledger.ask(lane.lane, share.job, now));
        let mut waiting = Waiting { admission: self, ticket: Some(ticket) };
        let turn = poll_fn(|context| {
            self.with(|ledger, now| ledger.poll(ticket, context).map_err(|silence| Silent::new(silence, now)))
        });
        let turn = turn.await;
        waiting.ticket = None;
        turn.map(|is_probe| Admitted {
            lane: Arc::clone(lane),
            share: Arc::clone(share),
            is_probe,
            ended: Ended::Dropped,
        })
    }

    /// Pauses, but not for a place that is given up meanwhile.
    ///
    /// # Errors
    /// When the place does not answer.
    pub(crate) async fn pause(&self, lane: &Lane, pause: Duration) -> Result<(), Silent> {
        let end = Instant::now() + pause;
        loop {
            let told = self.given_up.notified();
            let refused =
                self.with(|ledger, now| ledger.refusal(lane.lane, now).map(|silence| Silent::new(silence, now)));
            if let Some(silent) = refused {
                return Err(silent);
            }
            if timeout_at(end, told).await.is_err() {
                return Ok(());
            }
        }
    }

    /// Changes the ledger, and does what follows outside its lock.
    fn with<T>(&self, change: impl FnOnce(&mut Ledger, Instant) -> T) -> T {
        let (result, woken, due) = {
            let mut ledger = lock(&self.ledger);
            let now = Instant::now();
            let result = change(&mut ledger, now);
            (result, ledger.take_woken(), ledger.take_due(now))
        };
        woken.into_iter().for_each(std::task::Waker::wake);
        if let Some(due) = due {
            self.wake_at(due);
        }
        result
    }

    /// Looks again when the next token is due. Where no runtime is left, nobody waits.
    fn wake_at(&self, due: Instant) {
        let Ok(runtime) = Handle::try_current() else { return };
        let (ledger, budgets, given_up) = (Arc::downgrade(&self.ledger), self.budgets, Arc::clone(&self.given_up));
        runtime.spawn(async move {
            tokio::time::sleep_until(due).await;
            if let Some(ledger) = ledger.upgrade() {
                Self { ledger, budgets, given_up }.with(Ledger::tick);
            }
        });
    }
}

impl Silent {
    fn new(silence: Silence, now: Instant) -> Self {
        let Silence { since, unanswered, why } = silence;
        Self { lasts: now.saturating_duration_since(since), unanswered, why }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.admission.with(|ledger, _| ledger.close_job(self.job));
    }
}

impl Lane {
    /// It is spent for the account as a whole.
    pub(crate) fn widen(&self) {
        self.admission.with(|ledger, now| ledger.widen(self.lane, now));
    }

    /// AWS throttled a request.
    pub(crate) fn throttled(&self) {
        self.admission.with(|ledger, now| ledger.bucket(self.lane).throttled(now));
    }

    /// A request succeeded.
    pub(crate) fn succeeded(&self) {
        self.admission.with(|ledger, _| ledger.bucket(self.lane).succeeded());
    }

    /// Pays for a retry of something broken; false when too much of that was paid for in vain.
    pub(crate) fn pays_retry(&self) -> bool {
        self.admission.with(|ledger, _| ledger.bucket(self.lane).pays_retry())
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.admission.with(|ledger, _| ledger.close_lane(self.lane));
    }
}

/// A call that waits for its turn, or that has it and has not noticed yet.
struct Waiting<'a> {
    admission: &'a Admission,
    ticket: Option<usize>,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket {
            self.admission.with(|ledger, now| ledger.abandon(ticket, now));
        }
    }
}

/// Permission to send one request. Dropping it gives back the share and the slot.
#[derive(Debug)]
pub(crate) struct Admitted {
    lane: Arc<Lane>,
    share: Arc<Share>,
    /// Whether it is sent to see whether the place answers.
    pub(crate) is_probe: bool,
    ended: Ended,
}

impl Admitted {
    /// An answer came, or a part of one.
    pub(crate) fn answered(self) {
        self.end(Ended::Answered);
    }

    /// None came, for this reason.
    pub(crate) fn unanswered(self, why: &str) {
        self.end(Ended::Unanswered(why.to_owned()));
    }

    /// It ended before anything was sent: a signature that could not be made.
    pub(crate) fn unused(self) {
        self.end(Ended::Unused);
    }

    fn end(mut self, ended: Ended) {
        self.ended = ended;
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        let (lane, job, is_probe) = (self.lane.lane, self.share.job, self.is_probe);
        let admission = &self.lane.admission;
        if admission.with(|ledger, now| ledger.release(lane, job, is_probe, &self.ended, now)) {
            admission.given_up.notify_waiters();
        }
    }
}

/// The ledger is changed in steps that cannot panic halfway.
fn lock(ledger: &Mutex<Ledger>) -> MutexGuard<'_, Ledger> {
    ledger.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
