//! What a scan takes and costs at least: the calls that are made whatever there is in the accounts. An estimate, and
//! said to be one. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use plumbline_aws::Budgets;
use plumbline_baseline::pack::Pack;
use plumbline_baseline::pack::collector::Scope;
use plumbline_baseline::plan::{CallPlan, Operation};

use super::{ControlScope, Plan};

/// Jobs that one agent does at a time, unless told otherwise.
const JOBS_AT_A_TIME: f64 = 96.0;

/// Calls that one agent has in flight at a time.
const CALLS_AT_A_TIME: f64 = 256.0;

/// Calls of a job that wait for each other at least: who one is, the session in the account, a listing.
const CHAIN: f64 = 3.0;

/// Seconds that a call takes, about.
const CALL: f64 = 0.1;

/// Dollars for a million requests, where AWS bills them. List prices in us-east-1, without free tiers:
/// <https://aws.amazon.com/s3/pricing/>, <https://aws.amazon.com/kms/pricing/>, <https://aws.amazon.com/sqs/pricing/>,
/// <https://aws.amazon.com/sns/pricing/>, <https://aws.amazon.com/secrets-manager/pricing/>,
/// <https://aws.amazon.com/cloudwatch/pricing/>.
const PRICES: [(&str, f64); 6] =
    [("cloudwatch", 10.0), ("kms", 3.0), ("s3", 0.4), ("secretsmanager", 5.0), ("sns", 0.5), ("sqs", 0.4)];

/// Dollars for a million lists of S3.
const S3_LIST: f64 = 5.0;

/// The least that a scan takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// Calls.
    pub calls: u64,
    /// Different operations.
    pub operations: usize,
    /// Time, with one agent.
    pub time: Duration,
    /// Dollars for requests that AWS bills.
    pub dollars: f64,
}

impl Estimate {
    /// The estimate for a plan.
    pub fn of(plan: &Plan, pack: &Pack, budgets: Budgets) -> Self {
        let calls = CallPlan::new(pack, plan.controls.iter().map(|control| &*control.id)).in_partition(&plan.partition);
        let mut estimate = Self { calls: 0, operations: calls.operations().len(), time: Duration::ZERO, dollars: 0.0 };
        let (mut work, mut longest) = (0.0, 0.0);
        // The job of the findings calls nobody.
        for kind in ControlScope::ALL.into_iter().filter(|kind| *kind != ControlScope::Findings) {
            let jobs = plan.jobs.iter().filter(|job| job.scope == kind).count();
            if jobs == 0 {
                continue;
            }
            let of_job = calls_of(&calls, kind);
            let by_budget = budgets
                .least_time(of_job.iter().map(|((service, operation), count)| (&**service, &**operation, *count)));
            let seconds = by_budget.as_secs_f64().max(CHAIN * CALL);
            longest = f64::max(longest, seconds);
            work += seconds * jobs as f64;
            estimate.calls += of_job.values().sum::<u64>() * jobs as u64;
            estimate.dollars += of_job.iter().map(|(operation, count)| price(operation) * *count as f64).sum::<f64>()
                * jobs as f64
                / 1e6;
        }
        let by_slots = estimate.calls as f64 * CALL / CALLS_AT_A_TIME;
        estimate.time = Duration::from_secs_f64((work / JOBS_AT_A_TIME).max(longest).max(by_slots));
        estimate
    }
}

fn calls_of(calls: &CallPlan, kind: ControlScope) -> BTreeMap<Operation, u64> {
    let scopes: &[Scope] = match kind {
        ControlScope::Regional => &[Scope::Regional],
        ControlScope::Global => &[Scope::Global],
        ControlScope::Management => &[Scope::Global, Scope::Organization],
        ControlScope::Findings => &[],
    };
    let mut all = BTreeMap::new();
    for (operation, count) in scopes.iter().flat_map(|scope| calls.fixed_calls(*scope)) {
        *all.entry(operation).or_default() += count;
    }
    all
}

fn price((service, operation): &Operation) -> f64 {
    if service == "s3" && operation.starts_with("List") {
        return S3_LIST;
    }
    PRICES.iter().find(|(billed, _)| billed == service).map_or(0.0, |(_, price)| *price)
}
