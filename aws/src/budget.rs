//! The request budget of one service in one account and Region: a token bucket that halves its rate on throttling and
//! recovers, and a cap on calls in flight. It decides when a call may start; it knows nothing of what is called.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use crate::options::Budget;

/// The rate never falls below this many requests a second.
const SLOWEST: f64 = 0.5;
/// The rate recovers by this part of its full value a second.
const RECOVERY: f64 = 0.05;
/// Throttling answers that come within this time of the last halving are answers to the same burst.
const SAME_BURST: Duration = Duration::from_secs(1);

/// Hands out permission to call.
#[derive(Debug)]
pub(crate) struct Limiter {
    settings: Budget,
    in_flight: Arc<Semaphore>,
    bucket: Mutex<Bucket>,
}

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    rate: f64,
    filled: Instant,
    halved: Option<Instant>,
}

impl Limiter {
    pub(crate) fn new(settings: Budget) -> Self {
        Self {
            settings,
            in_flight: Arc::new(Semaphore::new(settings.concurrency.max(1))),
            bucket: Mutex::new(Bucket {
                tokens: settings.burst,
                rate: settings.requests_per_second,
                filled: Instant::now(),
                halved: None,
            }),
        }
    }

    /// Waits until a call may start. The permit is held until the call ends.
    pub(crate) async fn acquire(&self) -> OwnedSemaphorePermit {
        let permit = Arc::clone(&self.in_flight).acquire_owned().await.expect("the semaphore is never closed");
        let wait = self.with_bucket(|bucket, _| {
            bucket.tokens -= 1.0;
            if bucket.tokens >= 0.0 { Duration::ZERO } else { Duration::from_secs_f64(-bucket.tokens / bucket.rate) }
        });
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        permit
    }

    /// Counts a retry, which cannot wait here but is paid for by the calls after it.
    pub(crate) fn charge(&self) {
        self.with_bucket(|bucket, _| bucket.tokens -= 1.0);
    }

    /// AWS throttled a request.
    pub(crate) fn throttled(&self) {
        self.with_bucket(|bucket, now| {
            if bucket.halved.is_none_or(|halved| now.duration_since(halved) >= SAME_BURST) {
                bucket.rate = (bucket.rate / 2.0).max(SLOWEST);
                bucket.tokens = bucket.tokens.min(0.0);
                bucket.halved = Some(now);
            }
        });
    }

    #[cfg(test)]
    fn rate(&self) -> f64 {
        self.with_bucket(|bucket, _| bucket.rate)
    }

    fn with_bucket<T>(&self, change: impl FnOnce(&mut Bucket, Instant) -> T) -> T {
        let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let elapsed = now.duration_since(bucket.filled).as_secs_f64();
        let full = self.settings.requests_per_second;
        bucket.tokens = (bucket.tokens + elapsed * bucket.rate).min(self.settings.burst);
        bucket.rate = (bucket.rate + elapsed * full * RECOVERY).min(full);
        bucket.filled = now;
        change(&mut bucket, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limiter(requests_per_second: f64, burst: f64) -> Limiter {
        Limiter::new(Budget { requests_per_second, burst, concurrency: 100 })
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_is_free_and_then_the_rate_holds() {
        let limiter = limiter(10.0, 5.0);
        let start = Instant::now();
        for _ in 0..5 {
            drop(limiter.acquire().await);
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
        for _ in 0..20 {
            drop(limiter.acquire().await);
        }
        let seconds = start.elapsed().as_secs_f64();
        assert!((1.9..2.1).contains(&seconds), "{seconds}");
    }

    #[tokio::test(start_paused = true)]
    async fn throttling_halves_once_a_burst_and_the_rate_recovers() {
        let limiter = limiter(10.0, 5.0);
        limiter.throttled();
        limiter.throttled();
        assert_eq!(limiter.rate(), 5.0);
        tokio::time::advance(Duration::from_secs(4)).await;
        assert_eq!(limiter.rate(), 7.0);
        tokio::time::advance(Duration::from_secs(60)).await;
        assert_eq!(limiter.rate(), 10.0);
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_calls_than_the_cap_are_in_flight() {
        let limiter = Limiter::new(Budget { requests_per_second: 100.0, burst: 100.0, concurrency: 2 });
        let held = (limiter.acquire().await, limiter.acquire().await);
        let third = tokio::time::timeout(Duration::from_secs(1), limiter.acquire()).await;
        assert!(third.is_err());
        drop(held);
        drop(limiter.acquire().await);
    }
}
