//! How fast each service may be called: AWS's published quotas where there are any, and a choice where there are none.
//!
//! The account's own workloads keep the larger share of what they need, too: of a quota that they live on, a scan takes
//! less than half. What nobody but an administrator calls (the organization's tree) is taken whole. What is too much
//! all the same is corrected by throttling answers, which halve a rate.

use std::collections::BTreeMap;
use std::time::Duration;

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
    /// By AWS's published quotas.
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
    /// The table behind [`Budgets::Published`], sorted.
    pub fn published() -> &'static [Quota] {
        QUOTAS
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
                let of_service = QUOTAS.iter().filter(|quota| quota.service == service);
                let found = of_service.clone().find(|quota| quota.operation == operation);
                let quota = found.or_else(|| of_service.clone().find(|quota| quota.operation.is_empty()));
                quota.map_or(Line { operation: "", budget: DEFAULT }, Quota::line)
            }
        }
    }
}

/// What is called where AWS publishes nothing.
const DEFAULT: Budget = Budget { requests_per_second: 20.0, burst: 40.0, concurrency: 8 };

/// One line of the table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quota {
    /// The service (`organizations`).
    pub service: &'static str,
    /// The operation; empty for all operations that have no line of their own.
    pub operation: &'static str,
    /// Requests a second.
    pub requests_per_second: f64,
    /// Requests that may be made at once after a pause.
    pub burst: f64,
    /// Where the figure comes from.
    pub source: &'static str,
}

impl Quota {
    fn line(&self) -> Line {
        let Self { requests_per_second, burst, .. } = *self;
        Line { operation: self.operation, budget: Budget { requests_per_second, burst, ..DEFAULT } }
    }
}

const ACCOUNT: &str = "https://docs.aws.amazon.com/accounts/latest/reference/quotas.html: taken whole";
const ORGANIZATIONS: &str =
    "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html: taken whole";
const CLOUDTRAIL: &str =
    "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html: half of 10 a second";
const LAMBDA: &str =
    "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: less than half of 15 a second";
const LOAD_BALANCING: &str = "https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/elb-api-throttling.html: half of 40 and 10 a second";
const SNS: &str = "https://docs.aws.amazon.com/sns/latest/api/API_ListTopics.html: less than half of 30 a second";
const KMS: &str = "https://docs.aws.amazon.com/kms/latest/developerguide/requests-per-second.html: a tenth of 1,000";
const DYNAMODB: &str =
    "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html: a small part of 2,500";
const STS: &str = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: a sixth of 600";
const CHOICE: &str = "a choice: AWS publishes nothing, and the service is known to take it";

const fn quota(
    service: &'static str,
    operation: &'static str,
    requests_per_second: f64,
    burst: f64,
    source: &'static str,
) -> Quota {
    Quota { service, operation, requests_per_second, burst, source }
}

static QUOTAS: &[Quota] = &[
    quota("account", "", 5.0, 5.0, ACCOUNT),
    quota("account", "GetAlternateContact", 10.0, 15.0, ACCOUNT),
    quota("account", "GetContactInformation", 10.0, 15.0, ACCOUNT),
    quota("cloudtrail", "", 5.0, 10.0, CLOUDTRAIL),
    quota("config", "", 10.0, 20.0, CHOICE),
    quota("dynamodb", "", 100.0, 200.0, DYNAMODB),
    quota("elb", "", 5.0, 20.0, LOAD_BALANCING),
    quota("elbv2", "", 5.0, 20.0, LOAD_BALANCING),
    quota("kms", "", 100.0, 200.0, KMS),
    quota("lambda", "", 7.0, 7.0, LAMBDA),
    quota("lambda", "GetPolicy", 7.0, 7.0, LAMBDA),
    quota("logs", "", 10.0, 20.0, CHOICE),
    // Where an operation has no line here, AWS's lowest rate for a listing that is not rare.
    quota("organizations", "", 2.0, 2.0, ORGANIZATIONS),
    quota("organizations", "DescribeAccount", 20.0, 30.0, ORGANIZATIONS),
    quota("organizations", "DescribePolicy", 2.0, 2.0, ORGANIZATIONS),
    quota("organizations", "ListAWSServiceAccessForOrganization", 1.0, 3.0, ORGANIZATIONS),
    quota("organizations", "ListAccounts", 8.0, 12.0, ORGANIZATIONS),
    quota("organizations", "ListAccountsForParent", 5.0, 8.0, ORGANIZATIONS),
    quota("organizations", "ListChildren", 6.0, 10.0, ORGANIZATIONS),
    quota("organizations", "ListDelegatedAdministrators", 5.0, 8.0, ORGANIZATIONS),
    quota("organizations", "ListOrganizationalUnitsForParent", 5.0, 8.0, ORGANIZATIONS),
    quota("organizations", "ListParents", 5.0, 8.0, ORGANIZATIONS),
    quota("organizations", "ListPolicies", 5.0, 8.0, ORGANIZATIONS),
    quota("organizations", "ListPoliciesForTarget", 5.0, 8.0, ORGANIZATIONS),
    quota("organizations", "ListRoots", 1.0, 2.0, ORGANIZATIONS),
    quota("organizations", "ListTagsForResource", 10.0, 15.0, ORGANIZATIONS),
    quota("organizations", "ListTargetsForPolicy", 5.0, 8.0, ORGANIZATIONS),
    quota("s3", "", 100.0, 200.0, CHOICE),
    quota("sns", "", 12.0, 24.0, SNS),
    quota("sqs", "", 100.0, 200.0, CHOICE),
    quota("sts", "", 100.0, 100.0, STS),
];

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
        assert_eq!(time(&[("ec2", "DescribeVolumes", 60), ("ec2", "DescribeVpcs", 40)]), Duration::from_secs(3));
        assert_eq!(
            time(&[("account", "ListRegions", 5_000), ("organizations", "ListTagsForResource", 5_000)]),
            Duration::from_secs(999)
        );
    }

    #[test]
    fn operations_with_a_quota_of_their_own_have_a_budget_of_their_own() {
        check("account", "ListRegions", "", 5.0);
        check("organizations", "ListAccounts", "ListAccounts", 8.0);
        check("organizations", "ListHandshakesForOrganization", "", 2.0);
        check("lambda", "GetPolicy", "GetPolicy", 7.0);
        check("lambda", "ListFunctions", "", 7.0);
        check("iam", "ListUsers", "", 20.0);
        let uniform = Budget { requests_per_second: 1.0, burst: 1.0, concurrency: 1 };
        assert_eq!(Budgets::Uniform(uniform).of("lambda", "GetPolicy"), Line { operation: "", budget: uniform });
    }

    #[test]
    fn the_table_is_sorted_and_every_line_has_its_source() {
        assert!(QUOTAS.is_sorted_by_key(|quota| (quota.service, quota.operation)));
        for quota in QUOTAS {
            assert!(quota.source.starts_with("https://docs.aws.amazon.com/") || quota.source.starts_with("a choice: "));
            assert!(quota.requests_per_second > 0.0 && quota.burst >= 1.0);
        }
    }
}
