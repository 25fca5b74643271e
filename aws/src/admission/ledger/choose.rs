//! Which of the calls that wait may go, and in which order.

use std::mem;

use tokio::time::Instant;

use super::super::health::Leave;
use super::parts::{Asked, Lane, Ledger, Queue, Which};
use super::place::Places;

/// Of the calls that wait for a freed slot, so many that can go are compared at most; then others have their turn.
const COMPARED: usize = 32;

/// Whether the first call of a queue can go.
enum First {
    /// It can; the lowest rank goes first.
    Ready(Rank),
    /// It waits for a token, until then.
    Due(Instant),
    /// It waits for what other calls hold.
    Blocked,
}

/// How much depends on a call's going now.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Urgency {
    /// The first call to a budget: a listing, which says how much there is to ask for.
    Opens,
    /// Its budget is full and has a long queue: what is not sent now is lost, and its account ends with that queue. This
    /// takes few slots: the budget's rate, for as long as answers take.
    LosesTime,
    /// All others.
    CanWait,
}

/// The order among calls that can go. A member decides only where all before it are equal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    urgency: Urgency,
    /// In flight of its service in its Region.
    of_service: usize,
    /// In flight of its account.
    of_account: usize,
    /// When it asked.
    number: u64,
}

impl Ledger {
    /// Lets go what can go.
    pub(super) fn settle(&mut self, which: Which, now: Instant) {
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

    fn ready(&mut self, which: Which, now: Instant) -> Vec<(Rank, usize)> {
        let queues: Vec<usize> = match which {
            Which::All => self.queues.iter().map(|(queue, _)| queue).collect(),
            Which::One(queue) => vec![queue],
            Which::Of { lane, job } => [&self.lanes[lane].queues[..], &self.jobs[job].queues[..]].concat(),
        };
        queues.into_iter().filter_map(|queue| Some((self.rank(queue, now)?, queue))).collect()
    }

    /// Where the first call of a queue stands, if it can go. When it has to be looked at again is noted.
    fn rank(&mut self, queue: usize, now: Instant) -> Option<Rank> {
        match self.first(queue, now) {
            First::Ready(rank) => return Some(rank),
            First::Due(due) => self.due = Some(self.due.map_or(due, |known| known.min(due))),
            First::Blocked => {}
        }
        None
    }

    /// Gives on what a call held that ended while something was used up. Its slot goes to the one that comes first; what
    /// else it held (room in its job and its budget, in its service and its Region) may let others go besides.
    pub(super) fn give_on(&mut self, lane: usize, job: usize, now: Instant) {
        self.grant_next(now);
        self.settle(Which::Of { lane, job }, now);
        self.grant_next(now);
    }

    fn grant_next(&mut self, now: Instant) {
        if self.in_flight < self.limits.slots
            && let Some(queue) = self.next(now)
        {
            self.grant(queue, now);
        }
    }

    fn next(&mut self, now: Instant) -> Option<usize> {
        let opening = mem::take(&mut self.waiting.opening);
        let next = self.lowest(&opening, now).map(|(_, queue)| queue);
        self.waiting.opening = opening;
        next.or_else(|| self.next_of_long(now)).or_else(|| self.next_of_services(now))
    }

    fn next_of_long(&mut self, now: Instant) -> Option<usize> {
        let mut lowest = None;
        for lane in mem::take(&mut self.waiting.long) {
            let waiting = self.waiting_for(lane);
            self.lanes[lane].has_long_queue = self.lanes[lane].bucket.is_long(waiting);
            if self.lanes[lane].has_long_queue {
                self.waiting.long.push(lane);
                let queues = self.lanes[lane].queues.clone();
                let first = self.lowest(&queues, now).filter(|(rank, _)| rank.urgency < Urgency::CanWait);
                lowest = lowest.into_iter().chain(first).min();
            }
        }
        lowest.map(|(_, queue)| queue)
    }

    /// The fewest in flight first. Not all are compared: there may be thousands, for each call that ends.
    fn next_of_services(&mut self, now: Instant) -> Option<usize> {
        let places = &self.places;
        let turns = self.waiting.in_turn(|service| places.in_flight(service));
        let (mut lowest, mut compared) = (None, 0);
        for (in_flight, service) in turns {
            if compared >= COMPARED || lowest.is_some_and(|(rank, _): (Rank, _)| rank.of_service < in_flight) {
                break;
            }
            let queues = self.waiting.queues(service).to_vec();
            let first = self.lowest(&queues, now);
            compared += if first.is_some() { queues.len() } else { 0 };
            lowest = lowest.into_iter().chain(first).min();
        }
        lowest.map(|(_, queue)| queue)
    }

    fn lowest(&mut self, queues: &[usize], now: Instant) -> Option<(Rank, usize)> {
        queues.iter().filter_map(|queue| Some((self.rank(*queue, now)?, *queue))).min()
    }

    /// How many calls wait for a budget.
    fn waiting_for(&self, lane: usize) -> usize {
        self.lanes[lane].queues.iter().map(|queue| self.queues[*queue].waiting.len()).sum()
    }

    /// Notes when a budget's queue becomes a long one.
    pub(super) fn note_length(&mut self, lane: usize) {
        if !self.lanes[lane].has_long_queue && self.lanes[lane].bucket.is_long(self.waiting_for(lane)) {
            self.lanes[lane].has_long_queue = true;
            self.waiting.long.push(lane);
        }
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
        if is_blocked || leave(&mut self.places, lane, now).is_none() {
            return First::Blocked;
        }
        let due = lane.bucket.due(now);
        if due > now {
            First::Due(due)
        } else {
            let urgency = urgency(lane, now);
            First::Ready(Rank { urgency, of_service, of_account: self.places.in_flight(lane.account), number })
        }
    }

    fn grant(&mut self, queue: usize, now: Instant) {
        let Queue { lane, job, waiting } = &mut self.queues[queue];
        let (lane, job) = (*lane, *job);
        let Some(leave) = leave(&mut self.places, &self.lanes[lane], now) else { return };
        let Some((_, ticket)) = waiting.pop_front() else { return };
        let Lane { account, region, service, there, .. } = self.lanes[lane];
        let has_paid = self.lanes[lane].bucket.take(now);
        debug_assert!(has_paid, "only a call whose token is due is ready");
        self.in_flight += 1;
        [account, region, service].into_iter().for_each(|place| self.places.began(place));
        [service, there].into_iter().for_each(|place| self.places.health(place).sent(leave == Leave::Probe, now));
        self.lanes[lane].in_flight += 1;
        if !mem::replace(&mut self.lanes[lane].is_opened, true) {
            let queues = &self.lanes[lane].queues;
            self.waiting.opening.retain(|other| !queues.contains(other));
        }
        self.jobs[job].in_flight += 1;
        let granted = &mut self.tickets[ticket];
        granted.state = Asked::Granted(leave);
        self.woken.extend(granted.waker.take());
        self.close_if_empty(queue);
        // Of several that asked when it was time for a probe, one is it.
        if leave == Leave::Probe {
            self.refuse_waiting(now);
        }
    }
}

fn urgency(lane: &mut Lane, now: Instant) -> Urgency {
    if !lane.is_opened {
        Urgency::Opens
    } else if lane.has_long_queue && lane.in_flight < lane.bucket.pace() && lane.bucket.is_brimful(now) {
        Urgency::LosesTime
    } else {
        Urgency::CanWait
    }
}

/// How a call may be sent, when both its service and its account in the Region are heard.
fn leave(places: &mut Places, lane: &Lane, now: Instant) -> Option<Leave> {
    match [lane.service, lane.there].map(|place| places.health(place).leave(now)) {
        [Leave::Free, Leave::Free] => Some(Leave::Free),
        [Leave::Free | Leave::Probe, Leave::Free | Leave::Probe] => Some(Leave::Probe),
        _ => None,
    }
}
