//! The request budget of one service (or of one operation with a quota of its own) in one account and Region: a token
//! bucket that halves its rate on throttling and recovers, and what retries of broken calls may still cost. Pure:
//! `now` is an argument.

use std::time::Duration;

use tokio::time::Instant;

use crate::budgets::Budget;

/// The rate never falls below this many requests a second.
const SLOWEST: f64 = 0.5;
/// The rate recovers by this part of its full value a second.
const RECOVERY: f64 = 0.05;
/// What is due at all is not due sooner.
const SOONEST: Duration = Duration::from_micros(1);
/// Throttling answers that come within this time of the last halving are answers to the same burst.
const SAME_BURST: Duration = Duration::from_secs(1);
/// A delay that matters to somebody who waits for a scan.
const NOTICED: Duration = Duration::from_secs(1);
/// What answers take that are not late.
const ORDINARY: Duration = Duration::from_millis(250);
/// What retries may cost before something succeeds, and what one costs; the AWS SDKs' own figures.
const RETRIES: f64 = 500.0;
const RETRY: f64 = 5.0;
const SUCCESS: f64 = 1.0;

/// Tokens, one a request.
#[derive(Debug)]
pub(super) struct Bucket {
    /// The whole budget, and which part of it is ours.
    whole: Budget,
    part: f64,
    /// That part.
    settings: Budget,
    tokens: f64,
    rate: f64,
    filled: Instant,
    halved: Option<Instant>,
    retries: f64,
}

impl Bucket {
    pub(super) fn new(settings: Budget, now: Instant) -> Self {
        let whole = settings;
        let settings = part_of(whole, 1.0);
        let (rate, tokens) = (settings.requests_per_second, settings.burst);
        Self { whole, part: 1.0, settings, tokens, rate, filled: now, halved: None, retries: RETRIES }
    }

    /// Others spend the same budget: from now on this part of it is ours. What was saved is divided, too; a part that
    /// grows brings nothing that was saved along.
    pub(super) fn set_part(&mut self, part: f64, now: Instant) {
        self.refill(now);
        let change = part / self.part;
        self.part = part;
        self.settings = part_of(self.whole, part);
        self.rate = (self.rate * change).min(self.settings.requests_per_second);
        self.tokens = (self.tokens * change.min(1.0)).min(self.settings.burst);
    }

    /// Calls in flight at the same time.
    pub(super) fn concurrency(&self) -> usize {
        self.settings.concurrency.max(1)
    }

    /// When the next request may be sent; not later than `now` when it may be sent now.
    pub(super) fn due(&mut self, now: Instant) -> Instant {
        self.refill(now);
        if self.has_token() {
            return now;
        }
        let missing = 1.0 - self.tokens;
        let growth = self.growth() / 2.0;
        // The rate grows while the call waits; not past the full one, so that this is too soon rather than too late.
        let seconds = if self.rate < self.settings.requests_per_second {
            ((self.rate.powi(2) + 4.0 * growth * missing).sqrt() - self.rate) / (2.0 * growth)
        } else {
            missing / self.rate
        };
        now + Duration::from_secs_f64(seconds).max(SOONEST)
    }

    /// Whether what waits beyond a full bucket needs longer than [`NOTICED`].
    pub(super) fn is_long(&self, waiting: usize) -> bool {
        waiting as f64 - self.settings.burst > self.rate * NOTICED.as_secs_f64()
    }

    /// Whether nothing is added any more: what is not taken now is lost.
    pub(super) fn is_brimful(&mut self, now: Instant) -> bool {
        self.refill(now);
        self.tokens >= self.settings.burst
    }

    /// Calls that are in flight when the rate is kept and answers take [`ORDINARY`].
    pub(super) fn pace(&self) -> usize {
        ((self.rate * ORDINARY.as_secs_f64()) as usize).max(1)
    }

    /// Takes a token, if there is one.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        self.refill(now);
        let has = self.has_token();
        if has {
            self.tokens -= 1.0;
        }
        has
    }

    /// What was taken was not used.
    pub(super) fn give_back(&mut self) {
        self.tokens = (self.tokens + 1.0).min(self.settings.burst);
    }

    /// AWS throttled a request.
    pub(super) fn throttled(&mut self, now: Instant) {
        self.refill(now);
        if self.halved.is_none_or(|halved| now.duration_since(halved) >= SAME_BURST) {
            self.rate = (self.rate / 2.0).max(SLOWEST.min(self.settings.requests_per_second));
            self.tokens = self.tokens.min(0.0);
            self.halved = Some(now);
        }
    }

    /// Pays for a retry of something broken; false when too much of that was paid for in vain.
    pub(super) fn pays_retry(&mut self) -> bool {
        let has = self.retries >= RETRY;
        if has {
            self.retries -= RETRY;
        }
        has
    }

    /// A request succeeded.
    pub(super) fn succeeded(&mut self) {
        self.retries = (self.retries + SUCCESS).min(RETRIES);
    }

    /// Whether it is as good as a new one, so that it can be forgotten.
    pub(super) fn is_full(&mut self, now: Instant) -> bool {
        self.refill(now);
        self.tokens >= self.settings.burst && self.rate >= self.settings.requests_per_second && self.retries >= RETRIES
    }

    /// Refilling is not exact; a token that is due must not be missed by a rounding.
    fn has_token(&self) -> bool {
        self.tokens >= 1.0 - 1e-6
    }

    fn refill(&mut self, now: Instant) {
        let elapsed = now.saturating_duration_since(self.filled).as_secs_f64();
        let full = self.settings.requests_per_second;
        let growing = elapsed.min((full - self.rate) / self.growth());
        let grown = self.rate + growing * self.growth();
        let refilled = growing * (self.rate + grown) / 2.0 + (elapsed - growing) * full;
        self.tokens = (self.tokens + refilled).min(self.settings.burst);
        self.rate = grown.min(full);
        self.filled = self.filled.max(now);
    }

    /// By how much the rate grows in a second.
    fn growth(&self) -> f64 {
        self.settings.requests_per_second * RECOVERY
    }
}

/// A part of a budget: some of it can always be spent.
fn part_of(whole: Budget, part: f64) -> Budget {
    Budget {
        requests_per_second: whole.requests_per_second * part,
        burst: (whole.burst * part).max(1.0),
        concurrency: ((whole.concurrency as f64 * part) as usize).max(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bucket(requests_per_second: f64, burst: f64, now: Instant) -> Bucket {
        Bucket::new(Budget { requests_per_second, burst, concurrency: 100 }, now)
    }

    #[test]
    fn a_burst_is_free_and_then_the_rate_holds() {
        let start = Instant::now();
        let mut bucket = bucket(10.0, 5.0, start);
        let mut now = start;
        for _ in 0..25 {
            now = bucket.due(now);
            assert!(bucket.take(now));
        }
        let seconds = now.duration_since(start).as_secs_f64();
        assert!((1.9..2.1).contains(&seconds), "{seconds}");
        assert!(!bucket.take(now));
        bucket.give_back();
        assert!(bucket.take(now));
    }

    #[test]
    fn a_part_of_a_budget_is_spent_as_slowly_as_it_is_small() {
        let start = Instant::now();
        let mut bucket = bucket(10.0, 8.0, start);
        bucket.set_part(0.25, start);
        assert_eq!((bucket.tokens, bucket.rate, bucket.concurrency()), (2.0, 2.5, 25));
        bucket.throttled(start);
        bucket.set_part(0.5, start);
        assert_eq!((bucket.tokens, bucket.rate), (0.0, 2.5), "half of its rate, as before");
        bucket.set_part(1.0, start + Duration::from_secs(60));
        assert_eq!((bucket.tokens, bucket.rate), (4.0, 10.0), "nothing that was saved comes along");
        bucket.set_part(0.001, start + Duration::from_secs(60));
        assert!(bucket.settings.burst == 1.0 && bucket.concurrency() == 1, "something can always be sent");
    }

    #[test]
    fn a_full_budget_loses_what_is_not_taken() {
        let start = Instant::now();
        let mut bucket = bucket(10.0, 5.0, start);
        assert!(bucket.is_brimful(start) && bucket.is_long(16) && !bucket.is_long(15));
        assert_eq!(bucket.pace(), 2);
        assert!(bucket.take(start) && !bucket.is_brimful(start));
        assert!(bucket.is_brimful(start + Duration::from_millis(100)));
    }

    #[test]
    fn throttling_halves_once_a_burst_and_the_rate_recovers() {
        let start = Instant::now();
        let mut bucket = bucket(10.0, 5.0, start);
        bucket.throttled(start);
        bucket.throttled(start);
        assert_eq!(bucket.rate, 5.0);
        bucket.refill(start + Duration::from_secs(4));
        assert_eq!(bucket.rate, 7.0);
        bucket.refill(start + Duration::from_secs(64));
        assert_eq!(bucket.rate, 10.0);
        assert!(bucket.is_full(start + Duration::from_secs(64)));
    }

    #[test]
    fn a_budget_below_the_slowest_rate_is_not_raised_by_throttling() {
        let start = Instant::now();
        let mut bucket = bucket(0.1, 1.0, start);
        bucket.throttled(start);
        assert_eq!(bucket.rate, 0.1);
    }

    #[test]
    fn retries_of_what_stays_broken_end_and_successes_pay_them_back() {
        let mut bucket = bucket(10.0, 5.0, Instant::now());
        for _ in 0..100 {
            assert!(bucket.pays_retry());
        }
        assert!(!bucket.pays_retry());
        for _ in 0..5 {
            bucket.succeeded();
        }
        assert!(bucket.pays_retry() && !bucket.pays_retry());
    }
}
