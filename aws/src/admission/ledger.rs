//! Who may send now: the state behind [`Admission`](super::Admission), and the one place that knows the order.
//!
//! A waiting call is granted everything at the same moment (a token of its budget, a part of its job's share, one of
//! the process's slots) or nothing at all, so that no call ever holds what another one waits for. Of several calls that
//! could go, the one goes whose (Region, service), and then whose account, has the fewest in flight; the oldest of
//! those. Pure: `now` is an argument, and whoever is woken is handed out.

mod place;

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use rustc_hash::FxHashMap;
use slab::Slab;
use tokio::time::Instant;

use super::bucket::Bucket;
use crate::budgets::Line;
use place::{Place, Places};

/// Whoever was told to look at a moment is not later than this.
const LATE: Duration = Duration::from_secs(1);

/// What the calls of the process may hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Calls in flight in all.
    pub(super) slots: usize,
    /// Of these, for one service in one Region: one that hangs must not hold everything.
    pub(super) of_service: usize,
    /// Of these, for one Region.
    pub(super) of_region: usize,
}

impl Limits {
    pub(super) fn new(slots: usize) -> Self {
        let slots = slots.max(1);
        Self { slots, of_service: slots.div_ceil(4), of_region: (slots * 3).div_ceil(4) }
    }
}

/// Whose budget a call spends.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct LaneKey {
    pub(super) account: Arc<str>,
    pub(super) region: Arc<str>,
    pub(super) service: Arc<str>,
    /// The operation, where it has a budget of its own.
    pub(super) operation: &'static str,
}

/// One budget in one account and Region.
#[derive(Debug)]
struct Lane {
    key: LaneKey,
    bucket: Bucket,
    in_flight: usize,
    /// Sessions that know it.
    holders: usize,
    account: usize,
    region: usize,
    service: usize,
    queues: Vec<usize>,
}

/// One job's share.
#[derive(Debug)]
struct Job {
    share: usize,
    in_flight: usize,
    queues: Vec<usize>,
}

/// Calls of one job that wait for one budget, in the order in which they came.
#[derive(Debug)]
struct Queue {
    lane: usize,
    job: usize,
    waiting: VecDeque<(u64, usize)>,
}

/// One call that asked.
#[derive(Debug)]
struct Ticket {
    lane: usize,
    job: usize,
    number: u64,
    is_granted: bool,
    waker: Option<Waker>,
}

/// Which queues something may have changed for.
#[derive(Clone, Copy, Debug)]
enum Which {
    All,
    Of { lane: usize, job: usize },
    One(usize),
}

/// Whether the first call of a queue can go.
enum First {
    /// It can; the lowest rank goes first.
    Ready((usize, usize, u64)),
    /// It waits for a token, until then.
    Due(Instant),
    /// It waits for what other calls hold.
    Blocked,
}

#[derive(Debug)]
pub(super) struct Ledger {
    limits: Limits,
    in_flight: usize,
    places: Places,
    lanes: Slab<Lane>,
    known: FxHashMap<LaneKey, usize>,
    jobs: Slab<Job>,
    queues: Slab<Queue>,
    tickets: Slab<Ticket>,
    next_number: u64,
    /// When the first token is due that a call waits for.
    due: Option<Instant>,
    /// When somebody is going to look.
    armed: Option<Instant>,
    woken: Vec<Waker>,
}

impl Ledger {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            in_flight: 0,
            places: Places::default(),
            lanes: Slab::new(),
            known: FxHashMap::default(),
            jobs: Slab::new(),
            queues: Slab::new(),
            tickets: Slab::new(),
            next_number: 0,
            due: None,
            armed: None,
            woken: Vec::new(),
        }
    }

    /// Somebody is going to spend a budget. What was spent of it is remembered until it is full again.
    pub(super) fn open_lane(&mut self, key: LaneKey, line: Line, now: Instant) -> usize {
        if let Some(&lane) = self.known.get(&key) {
            self.lanes[lane].holders += 1;
            return lane;
        }
        // Growing is when the forgotten ones go: an organization has many accounts, and few at a time.
        if self.lanes.len() == self.lanes.capacity() {
            self.forget_unused(now);
        }
        let account = self.places.enter(Place::Account(Arc::clone(&key.account)));
        let region = self.places.enter(Place::Region(Arc::clone(&key.region)));
        let service = self.places.enter(Place::Service(Arc::clone(&key.region), Arc::clone(&key.service)));
        let bucket = Bucket::new(line.budget, now);
        let lane =
            Lane { key: key.clone(), bucket, in_flight: 0, holders: 1, account, region, service, queues: vec![] };
        let lane = self.lanes.insert(lane);
        self.known.insert(key, lane);
        lane
    }

    /// Somebody is done with a budget.
    pub(super) fn close_lane(&mut self, lane: usize) {
        self.lanes[lane].holders -= 1;
    }

    fn forget_unused(&mut self, now: Instant) {
        let is_unused = |lane: &mut Lane| lane.holders == 0 && lane.bucket.is_full(now);
        let unused: Vec<usize> =
            self.lanes.iter_mut().filter_map(|(index, lane)| is_unused(lane).then_some(index)).collect();
        for index in unused {
            let lane = self.lanes.remove(index);
            self.known.remove(&lane.key);
            [lane.account, lane.region, lane.service].into_iter().for_each(|place| self.places.leave(place));
        }
    }

    /// A job begins.
    pub(super) fn open_job(&mut self, share: usize) -> usize {
        self.jobs.insert(Job { share: share.max(1), in_flight: 0, queues: Vec::new() })
    }

    /// A job ended; none of its calls waits or is in flight.
    pub(super) fn close_job(&mut self, job: usize) {
        self.jobs.remove(job);
    }

    /// A call wants to be sent.
    pub(super) fn ask(&mut self, lane: usize, job: usize, now: Instant) -> usize {
        let number = self.next_number;
        self.next_number += 1;
        let ticket = self.tickets.insert(Ticket { lane, job, number, is_granted: false, waker: None });
        let queue = self.queue(lane, job);
        self.queues[queue].waiting.push_back((number, ticket));
        self.settle(Which::One(queue), now);
        ticket
    }

    /// Whether a call may be sent now; the ticket is gone when it may.
    pub(super) fn poll(&mut self, ticket: usize, context: &mut Context<'_>) -> Poll<()> {
        if self.tickets[ticket].is_granted {
            self.tickets.remove(ticket);
            return Poll::Ready(());
        }
        self.tickets[ticket].waker = Some(context.waker().clone());
        Poll::Pending
    }

    /// A call that asked does not want any more.
    pub(super) fn abandon(&mut self, ticket: usize, now: Instant) {
        let gone = self.tickets.remove(ticket);
        if gone.is_granted {
            self.release(gone.lane, gone.job, Use::Unused, now);
            return;
        }
        let queue = self.queue(gone.lane, gone.job);
        let waiting = &mut self.queues[queue].waiting;
        if let Ok(index) = waiting.binary_search_by_key(&gone.number, |(number, _)| *number) {
            waiting.remove(index);
        }
        // Who stood behind it may be able to go: it was the same budget and job, so only if the line is empty now.
        self.close_if_empty(queue);
    }

    /// A call that was granted ended, or was not sent after all.
    pub(super) fn release(&mut self, lane: usize, job: usize, used: Use, now: Instant) {
        let Lane { account, region, service, .. } = self.lanes[lane];
        let was_full = self.in_flight >= self.limits.slots
            || self.places.in_flight(service) >= self.limits.of_service
            || self.places.in_flight(region) >= self.limits.of_region;
        self.in_flight -= 1;
        [account, region, service].into_iter().for_each(|place| self.places.ended(place));
        self.lanes[lane].in_flight -= 1;
        self.jobs[job].in_flight -= 1;
        if used == Use::Unused {
            self.lanes[lane].bucket.give_back();
        }
        self.settle(if was_full { Which::All } else { Which::Of { lane, job } }, now);
    }

    /// The budget of a lane, to tell it what AWS answered.
    pub(super) fn bucket(&mut self, lane: usize) -> &mut Bucket {
        &mut self.lanes[lane].bucket
    }

    /// A moment came that [`take_due`](Self::take_due) named.
    pub(super) fn tick(&mut self, now: Instant) {
        self.armed = self.armed.filter(|armed| *armed > now);
        self.settle(Which::All, now);
    }

    /// When to [`tick`](Self::tick), if that was not said already.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<Instant> {
        let due = self.due.take()?;
        // One that is long past was said to somebody who has gone.
        let is_known = self.armed.is_some_and(|armed| armed <= due && now <= armed + LATE);
        if is_known {
            return None;
        }
        self.armed = Some(due);
        Some(due)
    }

    /// Who is to be woken.
    pub(super) fn take_woken(&mut self) -> Vec<Waker> {
        std::mem::take(&mut self.woken)
    }

    fn queue(&mut self, lane: usize, job: usize) -> usize {
        let found = self.jobs[job].queues.iter().copied().find(|queue| self.queues[*queue].lane == lane);
        found.unwrap_or_else(|| {
            let queue = self.queues.insert(Queue { lane, job, waiting: VecDeque::new() });
            self.jobs[job].queues.push(queue);
            self.lanes[lane].queues.push(queue);
            queue
        })
    }

    fn close_if_empty(&mut self, queue: usize) {
        if self.queues[queue].waiting.is_empty() {
            let Queue { lane, job, .. } = self.queues.remove(queue);
            self.jobs[job].queues.retain(|other| *other != queue);
            self.lanes[lane].queues.retain(|other| *other != queue);
        }
    }

    /// Lets go what can go.
    fn settle(&mut self, which: Which, now: Instant) {
        while self.in_flight < self.limits.slots {
            let mut ready = self.ready(which, now);
            let left = self.limits.slots - self.in_flight;
            if ready.is_empty() {
                return;
            }
            // Each grant changes the ranks: where not all can go, only the first one is surely right.
            if ready.len() > left {
                let first = ready.iter().min_by_key(|(rank, _)| *rank).copied();
                ready = first.into_iter().collect();
            }
            for (_, queue) in ready {
                if matches!(self.first(queue, now), First::Ready(_)) {
                    self.grant(queue, now);
                }
            }
        }
    }

    fn ready(&mut self, which: Which, now: Instant) -> Vec<((usize, usize, u64), usize)> {
        let queues: Vec<usize> = match which {
            Which::All => self.queues.iter().map(|(queue, _)| queue).collect(),
            Which::One(queue) => vec![queue],
            Which::Of { lane, job } => [&self.lanes[lane].queues[..], &self.jobs[job].queues[..]].concat(),
        };
        let mut ready = Vec::new();
        for queue in queues {
            match self.first(queue, now) {
                First::Ready(rank) => ready.push((rank, queue)),
                First::Due(due) => self.due = Some(self.due.map_or(due, |known| known.min(due))),
                First::Blocked => {}
            }
        }
        ready
    }

    fn first(&mut self, queue: usize, now: Instant) -> First {
        let Some(Queue { lane, job, waiting }) = self.queues.get(queue) else { return First::Blocked };
        let Some((number, _)) = waiting.front().copied() else { return First::Blocked };
        let (lane, job) = (&mut self.lanes[*lane], &self.jobs[*job]);
        let of_service = self.places.in_flight(lane.service);
        let is_blocked = job.in_flight >= job.share
            || lane.in_flight >= lane.bucket.concurrency()
            || of_service >= self.limits.of_service
            || self.places.in_flight(lane.region) >= self.limits.of_region;
        if is_blocked {
            return First::Blocked;
        }
        let due = lane.bucket.due(now);
        if due > now {
            First::Due(due)
        } else {
            First::Ready((of_service, self.places.in_flight(lane.account), number))
        }
    }

    fn grant(&mut self, queue: usize, now: Instant) {
        let Queue { lane, job, waiting } = &mut self.queues[queue];
        let (lane, job) = (*lane, *job);
        let Some((_, ticket)) = waiting.pop_front() else { return };
        let Lane { account, region, service, .. } = self.lanes[lane];
        let has_paid = self.lanes[lane].bucket.take(now);
        debug_assert!(has_paid, "only a call whose token is due is ready");
        self.in_flight += 1;
        [account, region, service].into_iter().for_each(|place| self.places.began(place));
        self.lanes[lane].in_flight += 1;
        self.jobs[job].in_flight += 1;
        let granted = &mut self.tickets[ticket];
        granted.is_granted = true;
        self.woken.extend(granted.waker.take());
        self.close_if_empty(queue);
    }
}

/// What became of something that was granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// A request was sent.
    Sent,
    /// Nothing was sent: its token goes back.
    Unused,
}

#[cfg(test)]
mod tests;
