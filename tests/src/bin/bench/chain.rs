//! The longest chain that the budgets allow: how long a scan has to take, whatever the scanner does, as long as it
//! keeps to its budgets. Arithmetic only.

use std::collections::BTreeMap;
use std::time::Duration;

use plumbline_aws::{Budgets, Quota};
use plumbline_sim::program::Counts;

/// Calls of a job that wait for one another at most: a role, a listing, what is gathered of its items, and what that
/// leads to.
const DEPTH: u32 = 4;

/// The parts of the chain.
#[derive(Debug)]
pub(crate) struct Chain {
    /// The slowest operation of discovery, at its budget, and its name.
    pub(crate) discovery: (Duration, String),
    /// The slowest service of one account and Region, at its budget, and its name.
    pub(crate) place: (Duration, String),
    /// All calls through the calls that may be in flight at once.
    pub(crate) slots: Duration,
}

impl Chain {
    /// For what a simulator counted, at its mean latency, with so many calls in flight at most.
    pub(crate) fn of(counts: &Counts, latency: Duration, slots: usize) -> Self {
        // Of the account service, only the Regions are asked for before there are jobs; of Organizations, what one account
        // asks: what is in force in each, each asks for itself.
        let regions = counts.operations.get("account").and_then(|operations| operations.get("ListRegions"));
        let regions = regions.map(|calls| (spent("account", "ListRegions", *calls), "account:ListRegions".to_owned()));
        let organization = counts.busiest.get("organizations");
        let organization =
            organization.map(|calls| (spent_at_least("organizations", *calls), "organizations".to_owned()));
        let before_jobs = regions.into_iter().chain(organization);
        let places = counts.busiest.iter().filter(|(service, _)| *service != "account" && *service != "organizations");
        let places = places.map(|(service, calls)| (spent_at_least(service, *calls), service.clone()));
        let longest = |parts: &mut dyn Iterator<Item = (Duration, String)>| parts.max().unwrap_or_default();
        let (place, service) = longest(&mut places.into_iter());
        Self {
            discovery: longest(&mut before_jobs.into_iter()),
            place: (place + latency * DEPTH, service),
            slots: latency.mul_f64(counts.requests as f64 / slots as f64),
        }
    }

    /// Discovery first; then the longer of what one place and what all of them together need.
    pub(crate) fn whole(&self) -> Duration {
        self.discovery.0 + self.place.0.max(self.slots)
    }

    /// The parts, for the table.
    pub(crate) fn parts(&self) -> BTreeMap<&'static str, String> {
        let part = |(time, name): &(Duration, String)| format!("{:.1} s ({name})", time.as_secs_f64());
        BTreeMap::from([
            ("discovery", part(&self.discovery)),
            ("busiest place", part(&self.place)),
            ("calls in flight", format!("{:.1} s", self.slots.as_secs_f64())),
        ])
    }
}

/// How long so many calls of an operation take at its budget.
fn spent(service: &str, operation: &str, calls: u64) -> Duration {
    waited([Budgets::published_for(service, operation)], calls)
}

/// How long so many calls of a service take at least: when they are spread over its budgets as well as they can be.
fn spent_at_least(service: &str, calls: u64) -> Duration {
    let named = Budgets::published().iter().filter(|quota| quota.service == service && !quota.operation.is_empty());
    waited(named.chain([Budgets::published_for(service, "")]), calls)
}

fn waited(budgets: impl IntoIterator<Item = &'static Quota>, calls: u64) -> Duration {
    let add = |(burst, rate), quota: &Quota| (burst + quota.burst, rate + quota.requests_per_second);
    let (burst, per_second) = budgets.into_iter().fold((0.0, 0.0), add);
    Duration::from_secs_f64((calls as f64 - burst).max(0.0) / per_second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chain_is_discovery_and_then_the_longer_of_two() {
        let counts = Counts {
            requests: 25_600,
            busiest: BTreeMap::from([("iam".to_owned(), 100), ("kms".to_owned(), 300), ("lambda".to_owned(), 42)]),
            operations: BTreeMap::from([("account".to_owned(), BTreeMap::from([("ListRegions".to_owned(), 505)]))]),
            ..Counts::default()
        };
        let chain = Chain::of(&counts, Duration::from_millis(100), 256);
        assert_eq!(chain.discovery, (Duration::from_secs(100), "account:ListRegions".to_owned()));
        // 100 calls at 20 a second after a burst of 40, and the depth. Lambda's two budgets take two seconds.
        assert_eq!(chain.place, (Duration::from_millis(3400), "iam".to_owned()));
        assert_eq!(chain.slots, Duration::from_secs(10));
        assert_eq!(chain.whole(), Duration::from_secs(110));
    }
}
