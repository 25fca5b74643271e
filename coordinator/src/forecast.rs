//! What jobs are expected to take, from what they took on the latest nights: who begins first, and who needs more time.
//! Pure, and the same for the same nights.
//!
//! A scan ends with its last job, so the longest begin first, and what is left for the end is short. Jobs are put in
//! classes by powers of two and stay in planned order within one: the plan spreads them over accounts and Regions, and a
//! few seconds more or less are not worth giving that up.

use std::collections::HashMap;
use std::time::Duration;

use crate::store::{Night, Took};

/// What is expected, by account and Region.
#[derive(Debug, Default)]
pub(crate) struct Forecast {
    known: HashMap<String, HashMap<String, Known>>,
    /// Medians of what is known, in milliseconds.
    of_region: HashMap<String, u64>,
    of_account: HashMap<String, u64>,
    of_all: Option<u64>,
}

/// What is known of one account and Region, in milliseconds.
#[derive(Clone, Copy, Debug)]
struct Known {
    expected: u64,
    /// What it needed at least.
    needed: u64,
}

impl Forecast {
    /// From the latest nights, the newest first: of each account and Region the newest one counts.
    pub(crate) fn of(nights: &[Night]) -> Self {
        let mut known: HashMap<String, HashMap<String, Known>> = HashMap::new();
        for night in nights {
            let a_call = milliseconds_a_call(night);
            for took in night {
                let regions = match known.get_mut(&took.account) {
                    Some(regions) => regions,
                    None => known.entry(took.account.clone()).or_default(),
                };
                if !regions.contains_key(&took.region) {
                    regions.insert(took.region.clone(), Known::of(took, a_call));
                }
            }
        }
        let mut by_region: HashMap<String, Vec<u64>> = HashMap::new();
        for (region, known) in known.values().flatten() {
            match by_region.get_mut(region) {
                Some(all) => all.push(known.expected),
                None => drop(by_region.insert(region.clone(), vec![known.expected])),
            }
        }
        let all_of =
            |regions: &HashMap<String, Known>| regions.values().map(|known| known.expected).collect::<Vec<_>>();
        let of_account = known.iter().filter_map(|(account, all)| Some((account.clone(), median(all_of(all))?)));
        let of_account = of_account.collect();
        let of_all = median(known.values().flat_map(all_of).collect());
        let of_region = by_region.into_iter().filter_map(|(region, all)| Some((region, median(all)?))).collect();
        Self { known, of_region, of_account, of_all }
    }

    /// What a job is expected to take. One that is not known takes what is usual in its Region; where nothing is known of
    /// that, what is usual in its account, or in all. `None` where nothing is known at all.
    pub(crate) fn job(&self, account: &str, region: &str) -> Option<Duration> {
        let known = self.known.get(account).and_then(|regions| regions.get(region));
        let usual = || self.of_region.get(region).or_else(|| self.of_account.get(account)).or(self.of_all.as_ref());
        known.map(|known| &known.expected).or_else(usual).copied().map(Duration::from_millis)
    }

    /// What a job needed at least; nothing where that is not known.
    pub(crate) fn needed(&self, account: &str, region: &str) -> Duration {
        let known = self.known.get(account).and_then(|regions| regions.get(region));
        Duration::from_millis(known.map_or(0, |known| known.needed))
    }
}

/// By what jobs are put in order: a higher one begins first. What takes less than a second is all alike.
pub(crate) fn class(expected: Option<Duration>) -> u32 {
    expected.map_or(0, |expected| u64::BITS - expected.as_secs().leading_zeros())
}

impl Known {
    /// How long a job took depends on what else its agent did; how much it asked does not. Each counts half for what is
    /// expected. What it needed is what it had.
    fn of(took: &Took, a_call: Option<f64>) -> Self {
        let expected = match a_call.filter(|_| took.calls > 0) {
            Some(a_call) => ((took.duration_ms as f64 + took.calls as f64 * a_call) / 2.0) as u64,
            None => took.duration_ms,
        };
        Self { expected: expected.max(took.ran_over_ms), needed: took.duration_ms.max(took.ran_over_ms) }
    }
}

/// What a call of this night took, with all that was around it.
fn milliseconds_a_call(night: &Night) -> Option<f64> {
    let sum = |of: fn(&Took) -> u64| night.iter().map(|took| of(took) as f64).sum::<f64>();
    let calls = sum(|took| took.calls);
    (calls > 0.0).then(|| sum(|took| took.duration_ms) / calls)
}

fn median(mut all: Vec<u64>) -> Option<u64> {
    let middle = all.len() / 2;
    (!all.is_empty()).then(|| *all.select_nth_unstable(middle).1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn took(account: &str, region: &str, seconds: u64, calls: u64) -> Took {
        Took { account: account.into(), region: region.into(), duration_ms: seconds * 1000, calls, ran_over_ms: 0 }
    }

    fn seconds(forecast: &Forecast, account: &str, region: &str) -> Option<u64> {
        forecast.job(account, region).map(|expected| expected.as_secs())
    }

    #[test]
    fn the_newest_night_counts_and_what_is_unknown_takes_what_is_usual() {
        let newest = vec![took("a", "eu", 100, 0), took("b", "eu", 20, 0), took("c", "eu", 30, 0)];
        let older = vec![took("a", "eu", 7, 0), took("a", "us", 400, 0)];
        let forecast = Forecast::of(&[newest, older]);
        assert_eq!(seconds(&forecast, "a", "eu"), Some(100));
        assert_eq!(seconds(&forecast, "a", "us"), Some(400), "from an older night");
        assert_eq!(seconds(&forecast, "new", "eu"), Some(30), "the median of its Region");
        assert_eq!(seconds(&forecast, "b", "ap"), Some(20), "the median of its account");
        assert_eq!(seconds(&forecast, "new", "ap"), Some(100), "the median of all");
        assert_eq!(seconds(&Forecast::default(), "a", "eu"), None);
    }

    #[test]
    fn a_job_that_waited_for_others_is_known_by_its_calls() {
        let night = vec![took("a", "eu", 100, 10), took("b", "eu", 100, 190)];
        let forecast = Forecast::of(&[night]);
        assert_eq!((seconds(&forecast, "a", "eu"), seconds(&forecast, "b", "eu")), (Some(55), Some(145)));
    }

    #[test]
    fn what_used_up_its_time_needs_more_whether_it_was_stored_or_not() {
        let given_up = Took { ran_over_ms: 10_800_000, ..took("a", "eu", 0, 0) };
        let forecast = Forecast::of(&[vec![given_up, took("b", "eu", 2_400, 1), took("c", "eu", 10, 1)]]);
        let needed = |account: &str| forecast.needed(account, "eu").as_secs();
        assert_eq!(["a", "b", "c", "new"].map(needed), [10_800, 2_400, 10, 0], "few calls are no reason to have less");
        assert_eq!(seconds(&forecast, "a", "eu"), Some(10_800));
    }

    #[test]
    fn what_an_agent_says_is_added_without_an_overflow() {
        let night = vec![took("a", "eu", u64::MAX / 1000, u64::MAX), took("b", "eu", u64::MAX / 1000, 1)];
        assert!(class(Forecast::of(&[night]).job("a", "eu")) > 40);
    }

    #[test]
    fn classes_are_powers_of_two() {
        let of = |milliseconds| class(Some(Duration::from_millis(milliseconds)));
        assert_eq!([0, 999, 1_000, 1_999, 2_000, 4_000, 7_999, 8_000].map(of), [0, 0, 1, 1, 2, 3, 3, 4]);
        assert_eq!(class(None), 0);
    }
}
