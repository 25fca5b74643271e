//! How fast each service may be called: what AWS publishes where it does, and a choice where it does not.
//!
//! The account's own workloads and deployments keep at least half of a quota that they need, too. What nobody but an
//! administrator calls (the organization's tree, an account's Regions) is taken whole. What is too much all the same is
//! corrected by throttling answers, which halve a rate.

mod quota;
mod table;

use std::collections::BTreeMap;
use std::time::Duration;

pub use quota::{Page, Quota, Source};
use table::QUOTAS;

/// Calls in flight at the same time, of those that share a line.
const CONCURRENCY: usize = 8;

/// How fast one service, or one of its operations, may be called in one account and Region.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Budget {
    /// Requests a second; halved on a throttling answer, and slowly recovered.
    pub requests_per_second: f64,
    /// Requests that may be made at once after a pause.
    pub burst: f64,
    /// Calls in flight at the same time.
    pub concurrency: usize,
}

/// Which budget a call has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Budgets {
    /// By the table: AWS's published quotas, and choices where there are none.
    Published,
    /// One budget for each service, as emulators and tests want it.
    Uniform(Budget),
}

/// A call's budget, and with whom it is shared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Line {
    /// The operation, where AWS counts it by itself; empty where all operations of the service share one budget.
    pub(crate) operation: &'static str,
    pub(crate) budget: Budget,
}

impl Budgets {
    /// The table behind [`Budgets::Published`], sorted by service and operation.
    pub fn published() -> &'static [Quota] {
        QUOTAS
    }

    /// The line of the table that a call falls under: its operation's, its service's, or the one for all others.
    pub fn published_for(service: &str, operation: &str) -> &'static Quota {
        let line = |service: &str, operation: &str| {
            let found = QUOTAS.binary_search_by(|quota| (quota.service, quota.operation).cmp(&(service, operation)));
            found.ok().map(|index| &QUOTAS[index])
        };
        let found = line(service, operation).or_else(|| line(service, "")).or_else(|| line("", ""));
        found.expect("the table has a line for all others")
    }

    /// The time that calls of one account and Region take at least, given how often each operation is called.
    pub fn least_time<'a>(self, calls: impl IntoIterator<Item = (&'a str, &'a str, u64)>) -> Duration {
        let mut lines: BTreeMap<(&str, &str), (u64, Budget)> = BTreeMap::new();
        for (service, operation, count) in calls {
            let Line { operation, budget } = self.of(service, operation);
            lines.entry((service, operation)).or_insert((0, budget)).0 += count;
        }
        let wait = |(calls, budget): (u64, Budget)| (calls as f64 - budget.burst).max(0.0) / budget.requests_per_second;
        Duration::from_secs_f64(lines.into_values().map(wait).fold(0.0, f64::max))
    }

    /// The budget of an operation.
    pub(crate) fn of(self, service: &str, operation: &str) -> Line {
        match self {
            Self::Uniform(budget) => Line { operation: "", budget },
            Self::Published => {
                let Quota { operation, requests_per_second, burst, .. } = *Self::published_for(service, operation);
                Line { operation, budget: Budget { requests_per_second, burst, concurrency: CONCURRENCY } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(service: &str, operation: &str, line: &str, requests_per_second: f64) {
        let found = Budgets::Published.of(service, operation);
        assert_eq!((found.operation, found.budget.requests_per_second), (line, requests_per_second));
    }

    #[test]
    fn the_slowest_budget_decides_how_long_calls_take() {
        let time = |calls: &[(&'static str, &'static str, u64)]| Budgets::Published.least_time(calls.iter().copied());
        assert_eq!(time(&[]), Duration::ZERO);
        assert_eq!(time(&[("ec2", "DescribeVolumes", 40)]), Duration::ZERO, "the burst");
        assert_eq!(time(&[("ec2", "DescribeVolumes", 60), ("ec2", "DescribeVpcs", 40)]), Duration::from_secs(6));
        assert_eq!(
            time(&[("account", "ListRegions", 5_000), ("organizations", "ListTagsForResource", 5_000)]),
            Duration::from_secs(999)
        );
    }

    #[test]
    fn operations_with_a_quota_of_their_own_have_a_budget_of_their_own() {
        check("account", "ListRegions", "ListRegions", 5.0);
        check("account", "GetPrimaryEmail", "", 3.0);
        check("organizations", "ListAccounts", "ListAccounts", 8.0);
        check("organizations", "ListHandshakesForOrganization", "", 1.0);
        check("lambda", "GetPolicy", "GetPolicy", 7.0);
        check("lambda", "ListFunctions", "", 7.0);
        check("dynamodb", "DescribeTable", "", 100.0);
        check("dynamodb", "ListTagsOfResource", "ListTagsOfResource", 5.0);
        check("iam", "ListUsers", "", 20.0);
        check("secretsmanager", "DescribeSecret", "", 20.0);
        check("a service of tomorrow", "ListThings", "", 20.0);
        let uniform = Budget { requests_per_second: 1.0, burst: 1.0, concurrency: 1 };
        assert_eq!(Budgets::Uniform(uniform).of("lambda", "GetPolicy"), Line { operation: "", budget: uniform });
    }

    #[test]
    fn the_table_is_sorted_and_every_line_has_its_source() {
        let keys = |quota: &Quota| (quota.service, quota.operation);
        assert!(QUOTAS.is_sorted_by(|before, after| keys(before) < keys(after)), "sorted, and no line twice");
        for quota in QUOTAS {
            assert!(quota.requests_per_second > 0.0 && quota.burst >= 1.0, "{quota:?}");
            match quota.source {
                Source::Published { page, .. } => {
                    assert!(page.url.starts_with("https://docs.aws.amazon.com/"), "{quota:?}");
                    assert!(!page.title.is_empty(), "{quota:?}");
                }
                Source::Choice(why) => assert!(why.contains(' '), "{quota:?}"),
            }
        }
    }

    #[test]
    fn half_of_a_quota_is_left_unless_only_administrators_need_it() {
        for quota in QUOTAS {
            let Source::Published { allowed, .. } = quota.source else { continue };
            let share = if ["account", "organizations"].contains(&quota.service) { 1.0 } else { 0.5 };
            assert!(quota.requests_per_second <= share * allowed, "{quota:?}");
        }
    }
}
