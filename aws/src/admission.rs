//! The one admission of every attempt to call AWS, whoever makes it.
//!
//! The order stands here and nowhere else: the budget of (account, Region, service), the job's share and the process's
//! slot are granted together (`ledger`), and the gate of the job's lease is looked at last, at the moment of sending. A
//! call that finds it closed gives everything back, waits, and queues again. Whoever sleeps holds nothing: what an
//! attempt holds it gives back when it ends, before any pause between attempts.

mod bucket;
mod ledger;

use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::Handle;
use tokio::time::Instant;

use crate::budgets::Budgets;
use crate::scope::Gate;
use ledger::{LaneKey, Ledger, Limits, Use};

/// Admits attempts. Cheap to clone; clones are one.
#[derive(Clone, Debug)]
pub(crate) struct Admission {
    ledger: Arc<Mutex<Ledger>>,
    budgets: Budgets,
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
        Self { ledger: Arc::new(Mutex::new(Ledger::new(Limits::new(slots)))), budgets }
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

    /// Returns when a request may be sent: at once after this returns.
    pub(crate) async fn enter(&self, lane: &Arc<Lane>, share: &Arc<Share>, gate: &dyn Gate) -> Admitted {
        loop {
            if !gate.is_open() {
                gate.opened().await;
            }
            let admitted = self.turn(lane, share).await;
            if gate.is_open() {
                return admitted;
            }
            admitted.give_back();
        }
    }

    async fn turn(&self, lane: &Arc<Lane>, share: &Arc<Share>) -> Admitted {
        let ticket = self.with(|ledger, now| ledger.ask(lane.lane, share.job, now));
        let mut waiting = Waiting { admission: self, ticket: Some(ticket) };
        poll_fn(|context| self.with(|ledger, _| ledger.poll(ticket, context))).await;
        waiting.ticket = None;
        Admitted { lane: Arc::clone(lane), share: Arc::clone(share), used: Use::Sent }
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
        let (ledger, budgets) = (Arc::downgrade(&self.ledger), self.budgets);
        runtime.spawn(async move {
            tokio::time::sleep_until(due).await;
            if let Some(ledger) = ledger.upgrade() {
                Self { ledger, budgets }.with(Ledger::tick);
            }
        });
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.admission.with(|ledger, _| ledger.close_job(self.job));
    }
}

impl Lane {
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
    used: Use,
}

impl Admitted {
    /// Nothing was sent: the budget's token goes back, too.
    fn give_back(mut self) {
        self.used = Use::Unused;
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        let (lane, job, used) = (self.lane.lane, self.share.job, self.used);
        self.lane.admission.with(|ledger, now| ledger.release(lane, job, used, now));
    }
}

/// The ledger is changed in steps that cannot panic halfway.
fn lock(ledger: &Mutex<Ledger>) -> MutexGuard<'_, Ledger> {
    ledger.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
