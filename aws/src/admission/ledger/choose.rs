//! Which of the calls that wait may go, and in which order.

use tokio::time::Instant;

use super::super::health::Leave;
use super::parts::{Asked, Lane, Ledger, Queue, Which};
use super::place::Places;

/// Whether the first call of a queue can go.
enum First {
    /// It can; the lowest rank goes first.
    Ready((usize, usize, u64)),
    /// It waits for a token, until then.
    Due(Instant),
    /// It waits for what other calls hold.
    Blocked,
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
        if is_blocked || leave(&mut self.places, lane, now).is_none() {
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
        let Some(leave) = leave(&mut self.places, &self.lanes[lane], now) else { return };
        let Some((_, ticket)) = waiting.pop_front() else { return };
        let Lane { account, region, service, there, .. } = self.lanes[lane];
        let has_paid = self.lanes[lane].bucket.take(now);
        debug_assert!(has_paid, "only a call whose token is due is ready");
        self.in_flight += 1;
        [account, region, service].into_iter().for_each(|place| self.places.began(place));
        [service, there].into_iter().for_each(|place| self.places.health(place).sent(leave == Leave::Probe, now));
        self.lanes[lane].in_flight += 1;
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

/// How a call may be sent, when both its service and its account in the Region are heard.
fn leave(places: &mut Places, lane: &Lane, now: Instant) -> Option<Leave> {
    match [lane.service, lane.there].map(|place| places.health(place).leave(now)) {
        [Leave::Free, Leave::Free] => Some(Leave::Free),
        [Leave::Free | Leave::Probe, Leave::Free | Leave::Probe] => Some(Leave::Probe),
        _ => None,
    }
}
