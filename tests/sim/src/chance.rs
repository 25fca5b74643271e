//! Chance that is the same on every machine: a number for a seed and what it is asked about.

use std::time::Duration;

/// How long answers take: evenly between `mean - spread` and `mean + spread`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Latency {
    /// The middle.
    pub mean: Duration,
    /// How far from it.
    pub spread: Duration,
}

impl From<Duration> for Latency {
    /// Always the same.
    fn from(mean: Duration) -> Self {
        Self { mean, spread: Duration::ZERO }
    }
}

impl Latency {
    /// The latency of one call.
    pub(crate) fn of(&self, chance: Chance) -> Duration {
        let shortest = self.mean.saturating_sub(self.spread);
        shortest + (self.mean + self.spread).saturating_sub(shortest).mul_f64(chance.share(1))
    }
}

/// The chance of one call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chance(u64);

impl Chance {
    /// For a seed and the names and numbers that tell the call from others.
    pub(crate) fn new(seed: u64, names: [&str; 3], number: u32) -> Self {
        let hash = stable_hash(&names);
        Self(mixed(mixed(hash ^ seed) ^ u64::from(number)))
    }

    /// A number from 0 to below 1; another one for each purpose.
    pub(crate) fn share(self, purpose: u64) -> f64 {
        (mixed(self.0 ^ purpose.wrapping_mul(0x9e37_79b9_7f4a_7c15)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// FNV-1a: the same on every machine and in every release.
pub(crate) fn stable_hash(parts: &[&str]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for part in parts {
        for byte in part.bytes().chain([0]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    // FNV's low bits are weak for short texts; one round of mixing is enough.
    hash ^= hash >> 32;
    hash = hash.wrapping_mul(0xd6e8_feb8_6659_fd93);
    hash ^ (hash >> 32)
}

/// SplitMix64's finalizer.
fn mixed(mut value: u64) -> u64 {
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latencies_spread_around_the_mean_and_repeat() {
        let latency = Latency { mean: Duration::from_millis(80), spread: Duration::from_millis(30) };
        let of = |seed: u64, number: u32| latency.of(Chance::new(seed, ["1", "eu-west-1", "s3"], number)).as_millis();
        let all: Vec<u128> = (0..1000).map(|number| of(1, number)).collect();
        assert!(all.iter().all(|latency| (50..=110).contains(latency)));
        assert!((78..=82).contains(&(all.iter().sum::<u128>() / 1000)), "{}", all.iter().sum::<u128>() / 1000);
        assert!(all.iter().any(|latency| *latency < 55) && all.iter().any(|latency| *latency > 105));
        assert_eq!(of(1, 7), of(1, 7));
        assert_ne!(of(1, 7), of(2, 7));
    }
}
