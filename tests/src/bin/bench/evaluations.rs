//! What an evaluation costs: controls of the pack, one thread, on resources as the agent collects them.

use std::alloc::System;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use plumbline_agent::snapshot::{self, Item, Request};
use plumbline_aws::{Caller, Client};
use plumbline_baseline::case::example_account;
use plumbline_baseline::evaluate::{Context, Row, evaluate};
use plumbline_baseline::pack::collector::Scope;
use plumbline_baseline::pack::{CompiledControl, Pack};
use plumbline_baseline::resource::Snapshot;
use plumbline_baseline::{Doc, Status};
use plumbline_sim::world::Size;
use plumbline_sim::{Server, World};
use plumbline_tests::simulated;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use time::format_description::well_known::Rfc3339;

use crate::process::Simulator;
use crate::table;
use tokio::time::Instant;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const ACCOUNT: &str = "200000000000";
const REGION: &str = "us-east-1";
/// Resources of each type, where the table does not say.
const RESOURCES: usize = 50;
/// How long one control is evaluated again and again; the best of as many rounds counts, for the machine may be busy.
const ROUND: Duration = Duration::from_millis(100);
const ROUNDS: usize = 5;

/// Kinds of controls, and an example or two of each.
const KINDS: [(&str, &str); 17] = [
    ("a member", "s3-bucket-versioned"),
    ("a member", "ec2-volume-encrypted"),
    ("of a Region", "ec2-ebs-encryption-by-default"),
    ("an age", "iam-root-not-used"),
    ("ports and CIDRs", "ec2-security-group-no-open-ssh"),
    ("tags", "tags-required"),
    ("a policy", "s3-bucket-policy-not-public"),
    ("a policy", "s3-bucket-tls-only"),
    ("a policy", "iam-role-trust-not-public"),
    ("a policy", "iam-policy-no-full-admin"),
    ("a policy", "s3-bucket-services-scoped"),
    ("a policy", "sns-topic-not-public"),
    ("a policy", "lambda-function-not-public"),
    ("one of a listing", "guardduty-on"),
    ("one of a listing", "iam-support-role"),
    ("join", "vpc-flow-logs"),
    ("join", "iam-user-credentials-used"),
];

/// Joins whose first link decides where it is missing: on an account in which they hold, all of the chain is looked at.
const CHAINS: [(&str, &str); 3] = [
    ("join of five", "logs-alarm-root-usage"),
    ("join of five", "logs-alarm-unauthorized-calls"),
    ("join of three", "cloudtrail-multi-region"),
];

/// Joins whose cost might grow with the account, and how many resources there are then.
const JOINS: [&str; 3] = ["iam-user-credentials-used", "iam-access-key-rotated", "vpc-flow-logs"];
const SIZES: [usize; 4] = [10, 100, 1000, 2000];

/// Prints the tables.
pub(crate) async fn run() -> anyhow::Result<()> {
    let head =
        ["kind", "control", "resources", "per evaluation", "a second", "allocations", "bytes", "pass/fail/other"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    let generated = Bench::start(RESOURCES)?;
    let compliant = Bench::compliant().await?;
    let examples = KINDS.map(|example| (&generated, example)).into_iter();
    for (bench, (kind, id)) in examples.chain(CHAINS.map(|example| (&compliant, example))) {
        let mut row = vec![kind.to_owned()];
        row.extend(bench.row(id).await?);
        rows.push(row);
    }
    table::print("Evaluations, one thread, verdict and evidence included", &rows);
    let mut rows = vec![head[1..].iter().map(|&cell| cell.to_owned()).collect()];
    for size in SIZES {
        let bench = Bench::start(size)?;
        for id in JOINS {
            rows.push(bench.row(id).await?);
        }
    }
    table::print("Joins, as the account grows", &rows);
    Ok(())
}

/// A simulated account.
struct Bench {
    _simulator: Running,
    options: plumbline_agent::Options,
    id: String,
    account: Doc,
    now: String,
}

/// What answers, until it is dropped.
enum Running {
    Apart { _process: Simulator },
    Here { _server: Box<Server> },
}

impl Bench {
    /// With so many resources of each type.
    fn start(resources: usize) -> anyhow::Result<Self> {
        let simulator = Simulator::start(Size { accounts: 1, regions: 1, resources }, &[])?;
        let endpoint = simulator.endpoint.clone();
        Self::of(Running::Apart { _process: simulator }, &endpoint, ACCOUNT)
    }

    /// In which every control passes.
    async fn compliant() -> anyhow::Result<Self> {
        let server = simulated::serve(World::compliant()).await;
        let (endpoint, id) = (server.endpoint().to_owned(), server.world().management_account().to_owned());
        Self::of(Running::Here { _server: Box::new(server) }, &endpoint, &id)
    }

    fn of(simulator: Running, endpoint: &str, id: &str) -> anyhow::Result<Self> {
        let client = Client::new(simulated::client_options(endpoint));
        let caller = Caller::with_credentials(&client, simulated::credentials(id), REGION);
        let options = plumbline_agent::Options::new(caller, client);
        let mut account = example_account();
        if let Doc::Map(members) = &mut account {
            members.insert("id", Doc::from(id));
        }
        let now = plumbline_tests::clock::now().format(&Rfc3339)?;
        Ok(Self { _simulator: simulator, options, id: id.to_owned(), account, now })
    }

    /// What a control's evaluation costs here.
    async fn row(&self, id: &str) -> anyhow::Result<Vec<String>> {
        let pack = Pack::embedded();
        let control = pack.control(id).ok_or_else(|| anyhow::anyhow!("the pack has no control {id}"))?;
        let snapshot = self.snapshot(control).await?;
        let types = control.types.iter().filter(|name| snapshot.listings.contains_key(*name)).cloned().collect();
        let control = CompiledControl { types, ..control.clone() };
        let context = Context {
            account: &self.account,
            organization: &Doc::Null,
            region: REGION,
            settings: &control.settings,
            now: &self.now,
        };
        let evaluate = || evaluate(&control, &snapshot, &context);

        let allocations = Region::new(ALLOCATOR);
        let verdicts = evaluate();
        let allocations = allocations.change();
        let count = verdicts.len();
        let time = best(evaluate).as_secs_f64() / count as f64;
        Ok(vec![
            id.to_owned(),
            count.to_string(),
            format!("{:.2} µs", time * 1e6),
            format!("{:.0}", 1.0 / time),
            format!("{:.1}", allocations.allocations as f64 / count as f64),
            format!("{:.0}", allocations.bytes_allocated as f64 / count as f64),
            outcomes(&verdicts),
        ])
    }

    /// What the agent collects for a control, in the Region and in the global part of the account.
    async fn snapshot(&self, control: &CompiledControl) -> anyhow::Result<Snapshot> {
        let mut snapshot = Snapshot::default();
        let read =
            control.programs().flat_map(|program| program.reads().listings.keys().map(|name| Arc::from(&**name)));
        let names: BTreeSet<Arc<str>> = control.types.iter().cloned().chain(read).collect();
        for name in names {
            let region = match Pack::embedded().resource_type(&name).map(|known| known.declared.scope) {
                Some(Scope::Regional) => REGION,
                Some(Scope::Global) => "aws-global",
                Some(Scope::Organization | Scope::Findings) | None => continue,
            };
            let request = Request {
                account: self.id.clone(),
                region: region.to_owned(),
                partition: "aws".to_owned(),
                types: vec![name.to_string()],
                ..Request::default()
            };
            let mut items = snapshot::take(self.options.clone(), request).await?;
            let listing = snapshot.listings.entry(name).or_default();
            while let Some(item) = items.recv().await {
                match item {
                    Item::Resource(resource) => listing.items.push(resource),
                    Item::Incomplete { unread, .. } => listing.unread = Some(unread),
                }
            }
        }
        Ok(snapshot)
    }
}

/// The time of one call, in the best of several rounds.
fn best(evaluate: impl Fn() -> Vec<Row>) -> Duration {
    let round = || {
        let (started, mut calls) = (Instant::now(), 0);
        while started.elapsed() < ROUND {
            std::hint::black_box(evaluate());
            calls += 1;
        }
        started.elapsed() / calls
    };
    (0..ROUNDS).map(|_| round()).min().unwrap_or_default()
}

/// How many passed, failed, and neither.
fn outcomes(rows: &[Row]) -> String {
    let count = |status| rows.iter().filter(|row| row.verdict.status == status).count();
    let (passed, failed) = (count(Status::Pass), count(Status::Fail));
    format!("{passed}/{failed}/{}", rows.len() - passed - failed)
}
