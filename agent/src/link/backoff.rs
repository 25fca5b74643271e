//! How long to wait between attempts to reach the coordinator: full jitter, doubling to a minute, never giving up.
//!
//! The only user of the `backoff` crate, which is unmaintained; it is kept behind these few functions.

use std::time::Duration;

use backoff::ExponentialBackoff;
use backoff::backoff::Backoff as _;

/// The first attempts of a fresh agent: a coordinator in the same process may be a moment behind.
const FIRST: Duration = Duration::from_millis(50);
/// The first wait after a session, or an upload, was lost.
const RECONNECT: Duration = Duration::from_secs(1);
/// The longest wait.
const LONGEST: Duration = Duration::from_secs(60);

/// Waits between attempts.
#[derive(Debug)]
pub(crate) struct Backoff {
    waits: ExponentialBackoff,
}

impl Backoff {
    /// For the first connection of an agent.
    pub(crate) fn first_connect() -> Self {
        Self::from(FIRST)
    }

    /// After a connection was lost.
    pub(crate) fn reconnect() -> Self {
        Self::from(RECONNECT)
    }

    /// The next wait: anything between nothing and a ceiling that doubles.
    pub(crate) fn next_wait(&mut self) -> Duration {
        self.waits.next_backoff().unwrap_or(LONGEST).min(LONGEST)
    }

    /// Waits.
    pub(crate) async fn wait(&mut self) {
        tokio::time::sleep(self.next_wait()).await;
    }

    /// The crate draws from `interval ± factor × interval`: half the ceiling with a factor of one is full jitter.
    fn from(ceiling: Duration) -> Self {
        let mut waits = ExponentialBackoff {
            initial_interval: ceiling / 2,
            current_interval: ceiling / 2,
            max_interval: LONGEST / 2,
            multiplier: 2.0,
            randomization_factor: 1.0,
            max_elapsed_time: None,
            ..ExponentialBackoff::default()
        };
        waits.reset();
        Self { waits }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_minute_and_never_end() {
        for (mut backoff, first) in [(Backoff::first_connect(), FIRST), (Backoff::reconnect(), RECONNECT)] {
            let mut ceiling = first;
            for _ in 0..200 {
                let wait = backoff.next_wait();
                assert!(wait <= ceiling + Duration::from_millis(1), "{wait:?} is over {ceiling:?}");
                ceiling = (ceiling * 2).min(LONGEST);
            }
        }
    }

    #[test]
    fn waits_are_spread_over_the_whole_range() {
        let waits: Vec<Duration> = (0..200).map(|_| Backoff::reconnect().next_wait()).collect();
        assert!(waits.iter().any(|wait| *wait < RECONNECT / 4) && waits.iter().any(|wait| *wait > RECONNECT * 3 / 4));
    }
}
