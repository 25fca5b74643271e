//! Who may send now: the state behind [`Admission`](super::Admission), and the one place that knows the order.
//!
//! A waiting call is granted everything at the same moment (a token of its budget, a part of its job's share, one of
//! the process's slots) or nothing at all, so that no call ever holds what another one waits for. Of several calls that
//! could go, those go first on which most depends (`choose`); then the one whose (Region, service), and then whose account,
//! has the fewest in flight; the oldest of those. Pure: `now` is an argument, and whoever is woken is handed out.

mod choose;
mod divide;
mod learn;
mod parts;
mod place;
mod shares;
mod waiting;

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use rustc_hash::FxHashMap;
use slab::Slab;
use tokio::time::Instant;

use super::bucket::Bucket;
use super::health::{Leave, Silence};
use crate::budgets::Line;
use parts::{Asked, IsProbe, Job, Lane, Learned, Queue, Ticket, Which};
pub(super) use parts::{Ended, LaneKey, Ledger, Limits};
use place::{Place, Places};
use shares::Shares;
use waiting::Waiting;

/// Whoever was told to look at a moment is not later than this.
const LATE: Duration = Duration::from_secs(1);

impl Ledger {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            in_flight: 0,
            places: Places::default(),
            shares: Shares::default(),
            lanes: Slab::new(),
            known: FxHashMap::default(),
            jobs: Slab::new(),
            queues: Slab::new(),
            waiting: Waiting::default(),
            tickets: Slab::new(),
            next_number: 0,
            due: None,
            armed: None,
            heard: None,
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
        let there = self.places.enter(Place::There(Arc::clone(&key.account), Arc::clone(&key.region)));
        let lane = self.lanes.insert(Lane {
            key: key.clone(),
            bucket: Bucket::new(line.budget, now),
            is_wide: false,
            is_opened: false,
            has_long_queue: false,
            in_flight: 0,
            holders: 1,
            account,
            region,
            service,
            there,
            queues: Vec::new(),
        });
        self.known.insert(key, lane);
        self.set_part(lane, now);
        lane
    }

    /// Somebody is done with a budget.
    pub(super) fn close_lane(&mut self, lane: usize) {
        self.lanes[lane].holders -= 1;
    }

    fn forget_unused(&mut self, now: Instant) {
        let places = &mut self.places;
        // A place that does not answer is remembered, too.
        let mut is_unused = |lane: &mut Lane| {
            let is_known = [lane.service, lane.there].into_iter().any(|place| !places.health(place).is_unknown());
            lane.holders == 0 && lane.queues.is_empty() && lane.bucket.is_full(now) && !is_known
        };
        let unused: Vec<usize> =
            self.lanes.iter_mut().filter_map(|(index, lane)| is_unused(lane).then_some(index)).collect();
        for index in unused {
            let lane = self.lanes.remove(index);
            self.known.remove(&lane.key);
            [lane.account, lane.region, lane.service, lane.there]
                .into_iter()
                .for_each(|place| self.places.leave(place));
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
        let ticket = self.tickets.insert(Ticket { lane, job, number, state: Asked::Waits, waker: None });
        if let Some(silence) = self.refusal(lane, now) {
            self.tickets[ticket].state = Asked::Refused(silence);
            return ticket;
        }
        let queue = self.queue(lane, job);
        self.queues[queue].waiting.push_back((number, ticket));
        self.note_length(lane);
        self.settle(Which::One(queue), now);
        ticket
    }

    /// Why nothing is sent to where this budget is spent, if that is so.
    pub(super) fn refusal(&mut self, lane: usize, now: Instant) -> Option<Silence> {
        let Lane { service, there, .. } = self.lanes[lane];
        let refused =
            [service, there].into_iter().find(|place| self.places.health(*place).leave(now) == Leave::Refused)?;
        self.places.health(refused).silence()
    }

    /// Whether a call may be sent now, or never; the ticket is gone then.
    pub(super) fn poll(&mut self, ticket: usize, context: &mut Context<'_>) -> Poll<Result<IsProbe, Silence>> {
        if matches!(self.tickets[ticket].state, Asked::Waits) {
            self.tickets[ticket].waker = Some(context.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(match self.tickets.remove(ticket).state {
            Asked::Granted(leave) => Ok(leave == Leave::Probe),
            Asked::Refused(silence) => Err(silence),
            Asked::Waits => unreachable!("it was looked at just now"),
        })
    }

    /// A call that asked does not want any more.
    pub(super) fn abandon(&mut self, ticket: usize, now: Instant) {
        let gone = self.tickets.remove(ticket);
        match gone.state {
            Asked::Granted(leave) => {
                self.release(gone.lane, gone.job, leave == Leave::Probe, &Ended::Unused, now);
            }
            Asked::Refused(_) => {}
            Asked::Waits => {
                let queue = self.queue(gone.lane, gone.job);
                let waiting = &mut self.queues[queue].waiting;
                if let Ok(index) = waiting.binary_search_by_key(&gone.number, |(number, _)| *number) {
                    waiting.remove(index);
                }
                self.close_if_empty(queue);
            }
        }
    }

    /// A call that was granted ended, or was not sent after all. True when its place is given up by that: calls that
    /// pause before they ask again want to know.
    pub(super) fn release(&mut self, lane: usize, job: usize, is_probe: IsProbe, ended: &Ended, now: Instant) -> bool {
        let Lane { account, region, service, .. } = self.lanes[lane];
        let was_full = self.in_flight >= self.limits.slots
            || self.places.in_flight(service) >= self.limits.of_service
            || self.places.in_flight(region) >= self.limits.of_region;
        self.in_flight -= 1;
        [account, region, service].into_iter().for_each(|place| self.places.ended(place));
        self.lanes[lane].in_flight -= 1;
        self.jobs[job].in_flight -= 1;
        if *ended == Ended::Unused {
            self.lanes[lane].bucket.give_back();
        }
        let learned = self.learn(lane, is_probe, ended, now);
        let is_held_back = is_probe || learned != Learned::Nothing;
        match (is_held_back, was_full) {
            (true, _) => self.settle(Which::All, now),
            (false, true) => self.give_on(lane, job, now),
            (false, false) => self.settle(Which::Of { lane, job }, now),
        }
        learned == Learned::Silent
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
            self.waiting.enter(self.lanes[lane].service, queue);
            if !self.lanes[lane].is_opened {
                self.waiting.opening.push(queue);
            }
            queue
        })
    }

    pub(super) fn close_if_empty(&mut self, queue: usize) {
        if self.queues[queue].waiting.is_empty() {
            let Queue { lane, job, .. } = self.queues.remove(queue);
            self.jobs[job].queues.retain(|other| *other != queue);
            self.lanes[lane].queues.retain(|other| *other != queue);
            self.waiting.leave(self.lanes[lane].service, queue);
            if self.lanes[lane].queues.is_empty() && std::mem::take(&mut self.lanes[lane].has_long_queue) {
                self.waiting.long.retain(|other| *other != lane);
            }
        }
    }
}

#[cfg(test)]
mod tests;
