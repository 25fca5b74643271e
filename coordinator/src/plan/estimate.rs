//! What a scan takes and costs at least: the calls that are made whatever there is in the accounts. An estimate, and
//! said to be one. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use plumbline_aws::Budgets;
use plumbline_baseline::pack::Pack;
use plumbline_baseline::pack::collector::Scope;
use plumbline_baseline::plan::{CallPlan, Operation};

use super::{ControlScope, Plan, PlannedBaseline, PlannedJob};

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
    /// The estimate for a plan: each account makes the calls that its own baseline needs.
    pub fn of(plan: &Plan, pack: &Pack, budgets: Budgets) -> Self {
        let mut operations = BTreeSet::new();
        let mut estimate = Self { calls: 0, operations: 0, time: Duration::ZERO, dollars: 0.0 };
        let (mut work, mut longest) = (0.0, 0.0);
        let needed = needed(plan, pack);
        for (baseline, calls) in needed.iter().enumerate() {
            let jobs = jobs_of(plan, baseline);
            if jobs.is_empty() {
                continue;
            }
            operations.extend(calls.operations());
            for (kind, jobs) in jobs {
                let of_job = calls_of(calls, kind);
                let by_budget = budgets
                    .least_time(of_job.iter().map(|((service, operation), count)| (&**service, &**operation, *count)));
                let seconds = by_budget.as_secs_f64().max(CHAIN * CALL);
                longest = f64::max(longest, seconds);
                work += seconds * jobs as f64;
                estimate.calls += of_job.values().sum::<u64>() * jobs;
                estimate.dollars +=
                    of_job.iter().map(|(operation, count)| price(operation) * *count as f64).sum::<f64>() * jobs as f64
                        / 1e6;
            }
        }
        let by_slots = estimate.calls as f64 * CALL / CALLS_AT_A_TIME;
        estimate.operations = operations.len();
        estimate.time = Duration::from_secs_f64((work / JOBS_AT_A_TIME).max(longest).max(by_slots));
        estimate
    }

    /// The calls that are made in each account whatever there is, in the order of the plan's accounts.
    pub fn calls_by_account(plan: &Plan, pack: &Pack) -> Vec<u64> {
        let count = |calls: &CallPlan| ControlScope::ALL.map(|kind| calls_of(calls, kind).values().sum::<u64>());
        let of_kinds: Vec<[u64; 4]> = needed(plan, pack).iter().map(count).collect();
        let mut by_account = vec![0; plan.accounts.len()];
        for job in &plan.jobs {
            by_account[job.account] += of_kinds[plan.accounts[job.account].baseline][job.scope as usize];
        }
        by_account
    }
}

/// What the controls of each baseline read.
fn needed(plan: &Plan, pack: &Pack) -> Vec<CallPlan> {
    let ids = |baseline: &PlannedBaseline| -> Vec<&str> {
        baseline.controls.iter().map(|&index| &*plan.controls[index as usize].id).collect()
    };
    let calls = |baseline| CallPlan::new(pack, ids(baseline)).in_partition(&plan.partition);
    plan.baselines.iter().map(calls).collect()
}

/// How many jobs of each kind the accounts of a baseline have. That of the findings calls nobody.
fn jobs_of(plan: &Plan, baseline: usize) -> BTreeMap<ControlScope, u64> {
    let mut jobs = BTreeMap::new();
    let is_of =
        |job: &&PlannedJob| job.scope != ControlScope::Findings && plan.accounts[job.account].baseline == baseline;
    plan.jobs.iter().filter(is_of).for_each(|job| *jobs.entry(job.scope).or_default() += 1);
    jobs
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
