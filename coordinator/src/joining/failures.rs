//! Whoever fails to join too often waits: five failures of one place in a minute, and it is not heard for a minute, then
//! for two, four, up to a quarter of an hour. Pure: time is passed in. What succeeds is never counted.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use super::network::Network;

/// Failures of one place, in one [`WINDOW`], that are heard, unless somebody says otherwise.
pub(crate) const HEARD: u32 = 5;
const WINDOW: Duration = Duration::from_secs(60);
/// How long nobody listens, at first and at most.
const FIRST: Duration = Duration::from_secs(60);
const LONGEST: Duration = Duration::from_secs(15 * 60);
/// Places that are remembered.
const PLACES: usize = 4096;

/// Who failed.
#[derive(Debug)]
pub(crate) struct Failures {
    heard: u32,
    of: HashMap<Network, Failed>,
}

#[derive(Clone, Copy, Debug)]
struct Failed {
    /// How often in the present window.
    times: u32,
    since: Instant,
    /// How often it was not heard already.
    waits: u32,
    until: Instant,
}

impl Failures {
    /// So many are heard.
    pub(crate) fn new(heard: u32) -> Self {
        Self { heard, of: HashMap::new() }
    }

    /// Whether somebody is heard.
    ///
    /// # Errors
    /// How long not.
    pub(crate) fn is_heard(&self, from: IpAddr, now: Instant) -> Result<(), Duration> {
        let left = self.of.get(&from.into()).map(|failed| failed.until.saturating_duration_since(now));
        left.filter(|left| !left.is_zero()).map_or(Ok(()), Err)
    }

    /// Somebody failed.
    pub(crate) fn failed(&mut self, from: IpAddr, now: Instant) {
        let from = Network::from(from);
        if self.of.len() >= PLACES && !self.of.contains_key(&from) {
            self.forget(now);
        }
        let failed = self.of.entry(from).or_insert(Failed { times: 0, since: now, waits: 0, until: now });
        if now.saturating_duration_since(failed.until.max(failed.since)) >= LONGEST {
            failed.waits = 0;
        }
        if now.saturating_duration_since(failed.since) >= WINDOW {
            (failed.times, failed.since) = (0, now);
        }
        failed.times += 1;
        if failed.times >= self.heard {
            failed.until = now + (FIRST * (1 << failed.waits.min(8))).min(LONGEST);
            (failed.times, failed.since) = (0, failed.until);
            failed.waits += 1;
        }
    }

    /// Makes room: what is over goes, or else what would be over first.
    fn forget(&mut self, now: Instant) {
        self.of.retain(|_, failed| now < failed.until.max(failed.since) + LONGEST);
        if self.of.len() >= PLACES
            && let Some(first) =
                self.of.iter().min_by_key(|(_, failed)| failed.until.max(failed.since)).map(|(at, _)| *at)
        {
            self.of.remove(&first);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn now() -> Instant {
        tokio::time::Instant::now().into_std()
    }

    #[test]
    fn five_failures_in_a_minute_are_heard_and_then_it_takes_longer_and_longer() {
        let (mut failures, mut at) = (Failures::new(HEARD), now());
        for wait in [60, 120, 240, 480, 900, 900] {
            for _ in 0..HEARD {
                assert_eq!(failures.is_heard(HERE, at), Ok(()));
                failures.failed(HERE, at);
            }
            assert_eq!(failures.is_heard(HERE, at), Err(Duration::from_secs(wait)));
            at += Duration::from_secs(wait);
        }
        assert_eq!(failures.is_heard(HERE, at), Ok(()));
        at += LONGEST;
        for _ in 0..HEARD {
            failures.failed(HERE, at);
        }
        assert_eq!(failures.is_heard(HERE, at), Err(FIRST), "who was quiet begins anew");
    }

    #[test]
    fn who_fails_now_and_then_is_always_heard_and_nobody_pays_for_others() {
        let (mut failures, mut at) = (Failures::new(HEARD), now());
        let other = IpAddr::from([10, 0, 0, 1]);
        for _ in 0..100 {
            failures.failed(HERE, at);
            assert_eq!(failures.is_heard(HERE, at), Ok(()));
            at += Duration::from_secs(16);
        }
        for _ in 0..100 {
            failures.failed(other, at);
        }
        assert!(failures.is_heard(other, at).is_err());
        assert_eq!(failures.is_heard(HERE, at), Ok(()));
    }

    #[test]
    fn a_crowd_takes_no_more_memory_than_there_is_for_it() {
        let (mut failures, at) = (Failures::new(HEARD), now());
        for _ in 0..HEARD {
            failures.failed(HERE, at);
        }
        for place in 0..20_000u32 {
            failures.failed(IpAddr::from((0x0a00_0000 + place).to_be_bytes()), at);
        }
        assert!(failures.of.len() <= PLACES);
        assert!(failures.is_heard(HERE, at).is_err(), "and who waits is not forgotten for it");
    }
}
