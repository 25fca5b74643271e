//! How often agents say that they are there, and how long a lease lasts without it: rarer and longer the more of them there
//! are. Pure.

use std::time::Duration;

/// Heartbeats that arrive in a second, about, at most: so many cost little beside the work that they are about.
const A_SECOND: f64 = 500.0;
/// The interval grows in such steps: every agent that comes or goes would change it otherwise.
const STEP: Duration = Duration::from_secs(5);
/// An agent that died is noticed at most so many times later than in a small fleet.
const LONGEST: u32 = 4;

/// What an agent is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pace {
    /// Between two heartbeats.
    pub(crate) heartbeat: Duration,
    /// A lease that is not extended ends after this.
    pub(crate) lease_ttl: Duration,
}

impl Pace {
    /// The pace of so many agents. Whoever has set an interval below one step wants to know soon, and has few.
    pub(super) fn of(agents: usize, usual: Self) -> Self {
        let needed = Duration::from_secs_f64(agents as f64 / A_SECOND);
        if needed <= usual.heartbeat || usual.heartbeat < STEP {
            return usual;
        }
        let steps = (needed.as_secs_f64() / STEP.as_secs_f64()).ceil();
        let heartbeat = STEP.mul_f64(steps).min(usual.heartbeat * LONGEST);
        let stretched = heartbeat.as_secs_f64() / usual.heartbeat.as_secs_f64();
        Self { heartbeat, lease_ttl: usual.lease_ttl.mul_f64(stretched) }
    }

    /// In which a lease ends late enough for both: an agent hears of another pace with an answer, and may have waited by
    /// the one before.
    pub(super) fn longer_lease(self, other: Self) -> Duration {
        self.lease_ttl.max(other.lease_ttl)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(agents: usize, heartbeat: u64, lease_ttl: u64) {
        let usual = Pace { heartbeat: Duration::from_secs(15), lease_ttl: Duration::from_secs(60) };
        let pace = Pace::of(agents, usual);
        assert_eq!((pace.heartbeat.as_secs(), pace.lease_ttl.as_secs()), (heartbeat, lease_ttl), "{agents} agents");
        assert!(heartbeat == 60 || agents as f64 / pace.heartbeat.as_secs_f64() <= A_SECOND);
    }

    #[test]
    fn heartbeats_are_as_rare_as_the_fleet_is_large() {
        check(0, 15, 60);
        check(7_500, 15, 60);
        check(7_501, 20, 80);
        check(10_000, 20, 80);
        check(10_001, 25, 100);
        check(30_000, 60, 240);
        check(1_000_000, 60, 240);
    }

    #[test]
    fn a_short_interval_that_somebody_set_stays() {
        let usual = Pace { heartbeat: Duration::from_millis(250), lease_ttl: Duration::from_secs(1) };
        assert_eq!(Pace::of(10_000, usual), usual);
    }
}
