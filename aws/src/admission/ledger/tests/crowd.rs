//! A crowd of calls and the clock that it lives on, for the property test of the ledger.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::super::*;
use crate::budgets::Budget;

/// One call of the crowd.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    /// Account, Region and service.
    pub(super) place: (u8, u8, u8),
    pub(super) job: usize,
    /// When it asks, in milliseconds.
    pub(super) asks: u64,
    /// How long AWS takes, in milliseconds.
    pub(super) takes: u64,
    pub(super) fate: Fate,
}

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Fate {
    Answered,
    Throttled,
    /// It finds the gate closed when it could be sent, and asks again a moment later.
    GateClosed,
    /// It is dropped after so many milliseconds of waiting.
    DroppedAfter(u64),
}

pub(super) struct Crowd {
    ledger: Ledger,
    start: Instant,
    now: u64,
    jobs: Vec<usize>,
    lanes: BTreeMap<(u8, u8, u8), usize>,
    budget: Budget,
    limits: Limits,
    share: usize,
    calls: Vec<Wanted>,
    /// When calls ask.
    asks: BTreeSet<(u64, usize)>,
    /// Tickets that wait, by call.
    waiting: BTreeMap<usize, usize>,
    /// When calls in flight end, by call.
    in_flight: BTreeMap<usize, u64>,
    /// When requests were sent, by budget.
    sent: BTreeMap<(u8, u8, u8), Vec<u64>>,
    tick: Option<u64>,
}

impl Crowd {
    pub(super) fn new(slots: usize, share: usize, budget: Budget) -> Self {
        let limits = Limits::new(slots);
        let mut ledger = Ledger::new(limits);
        let jobs = (0..4).map(|_| ledger.open_job(share)).collect();
        Self {
            ledger,
            start: Instant::now(),
            now: 0,
            jobs,
            lanes: BTreeMap::new(),
            budget,
            limits,
            share,
            calls: Vec::new(),
            asks: BTreeSet::new(),
            waiting: BTreeMap::new(),
            in_flight: BTreeMap::new(),
            sent: BTreeMap::new(),
            tick: None,
        }
    }

    /// Runs the crowd to its end, from one moment at which something happens to the next.
    pub(super) fn run(mut self, calls: Vec<Wanted>) -> Result<(), TestCaseError> {
        self.asks = calls.iter().enumerate().map(|(index, call)| (call.asks, index)).collect();
        self.calls = calls;
        while !self.asks.is_empty() || !self.waiting.is_empty() || !self.in_flight.is_empty() {
            if self.tick.is_some_and(|tick| tick <= self.now) {
                self.tick = None;
                let now = self.moment();
                self.ledger.tick(now);
            }
            self.end_calls();
            self.ask_calls();
            self.drop_calls();
            self.send_calls();
            self.limits_hold()?;
            let Some(next) = self.next_moment() else { break };
            self.now = next.max(self.now + 1);
        }
        prop_assert!(self.waiting.is_empty(), "{} calls starve", self.waiting.len());
        self.budgets_held()?;
        prop_assert_eq!(self.ledger.in_flight, 0);
        prop_assert!(self.ledger.queues.is_empty() && self.ledger.tickets.is_empty());
        Ok(())
    }

    fn next_moment(&self) -> Option<u64> {
        let dropped = self.waiting.keys().filter_map(|index| match self.calls[*index] {
            Wanted { fate: Fate::DroppedAfter(wait), asks, .. } => Some(asks + wait),
            _ => None,
        });
        let asks = self.asks.first().map(|(asks, _)| *asks);
        self.in_flight.values().copied().chain(dropped).chain(asks).chain(self.tick).min()
    }

    fn moment(&self) -> Instant {
        self.start + Duration::from_millis(self.now)
    }

    fn lane(&mut self, place: (u8, u8, u8)) -> usize {
        let now = self.moment();
        let name = |kind: &str, number: u8| Arc::<str>::from(format!("{kind}{number}"));
        let (account, region, service) = (name("a", place.0), name("r", place.1), name("s", place.2));
        let key = LaneKey { account, region, service, operation: "" };
        let line = Line { operation: "", budget: self.budget };
        let ledger = &mut self.ledger;
        *self.lanes.entry(place).or_insert_with(|| ledger.open_lane(key, line, now))
    }

    fn end_calls(&mut self) {
        let ended: Vec<usize> =
            self.in_flight.extract_if(.., |_, end| *end <= self.now).map(|(index, _)| index).collect();
        for index in ended {
            let call = self.calls[index].clone();
            let (lane, now) = (self.lane(call.place), self.moment());
            if call.fate == Fate::Throttled {
                self.ledger.bucket(lane).throttled(now);
            }
            self.ledger.release(lane, self.jobs[call.job], false, &Ended::Answered, now);
        }
    }

    fn ask_calls(&mut self) {
        while let Some((_, index)) = self.asks.first().copied().filter(|(asks, _)| *asks <= self.now) {
            self.asks.pop_first();
            let call = self.calls[index].clone();
            let (lane, now) = (self.lane(call.place), self.moment());
            self.waiting.insert(index, self.ledger.ask(lane, self.jobs[call.job], now));
        }
    }

    fn drop_calls(&mut self) {
        let now = self.moment();
        let (calls, elapsed) = (&self.calls, self.now);
        let is_over = |call: &Wanted| matches!(call.fate, Fate::DroppedAfter(wait) if call.asks + wait <= elapsed);
        for (_, ticket) in self.waiting.extract_if(.., |index, _| is_over(&calls[*index])) {
            self.ledger.abandon(ticket, now);
        }
    }

    fn send_calls(&mut self) {
        let mut context = Context::from_waker(Waker::noop());
        // One that gives back what it was granted may let go one that was looked at before.
        while let Some(index) = self
            .waiting
            .iter()
            .find_map(|(index, ticket)| self.ledger.poll(*ticket, &mut context).is_ready().then_some(*index))
        {
            self.waiting.remove(&index);
            self.send(index);
        }
        let now = self.moment();
        if let Some(due) = self.ledger.take_due(now) {
            // Timers are not finer than a millisecond.
            let due = u64::try_from(due.duration_since(self.start).as_nanos().div_ceil(1_000_000)).unwrap();
            self.tick = Some(self.tick.map_or(due, |tick| tick.min(due)));
        }
    }

    fn send(&mut self, index: usize) {
        let call = self.calls[index].clone();
        let (lane, now) = (self.lane(call.place), self.moment());
        if call.fate == Fate::GateClosed {
            self.ledger.release(lane, self.jobs[call.job], false, &Ended::Unused, now);
            self.calls[index].fate = Fate::Answered;
            self.asks.insert((self.now + 50, index));
            return;
        }
        self.sent.entry(call.place).or_default().push(self.now);
        self.in_flight.insert(index, self.now + call.takes);
    }

    fn count(&self, belongs: impl Fn(&Wanted) -> bool) -> usize {
        self.in_flight.keys().filter(|index| belongs(&self.calls[**index])).count()
    }

    /// No limit is passed, and nobody waits who could go.
    fn limits_hold(&mut self) -> Result<(), TestCaseError> {
        let waiting: Vec<usize> = self.waiting.keys().copied().collect();
        for index in 0..self.calls.len() {
            let (place, job) = (self.calls[index].place, self.calls[index].job);
            let held = [
                (self.in_flight.len(), self.limits.slots),
                (self.count(|other| other.place.1 == place.1), self.limits.of_region),
                (self.count(|other| (other.place.1, other.place.2) == (place.1, place.2)), self.limits.of_service),
                (self.count(|other| other.job == job), self.share),
                (self.count(|other| other.place == place), self.budget.concurrency),
            ];
            prop_assert!(held.iter().all(|(count, limit)| count <= limit), "{held:?} at {} ms", self.now);
            if waiting.contains(&index) {
                let (lane, now) = (self.lane(place), self.moment());
                let is_held = held.iter().any(|(count, limit)| count == limit);
                prop_assert!(is_held || self.ledger.bucket(lane).due(now) > now, "{index} could go at {} ms", self.now);
            }
        }
        Ok(())
    }

    /// In no span of time more was sent than the budget allows.
    fn budgets_held(&self) -> Result<(), TestCaseError> {
        for sent in self.sent.values() {
            for (first, from) in sent.iter().enumerate() {
                for (last, to) in sent.iter().enumerate().skip(first) {
                    let count = (last - first + 1) as f64;
                    let seconds = (to - from) as f64 / 1000.0;
                    let allowed = self.budget.burst + self.budget.requests_per_second * seconds;
                    prop_assert!(count <= allowed + 0.01, "{count} requests in {seconds} s");
                }
            }
        }
        Ok(())
    }
}
