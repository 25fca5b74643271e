//! Every operation that controls read, failing once in every way, on an account where everything holds and on one where
//! nothing does. "Not checked is never shown as pass" is the one promise that every other report breaks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use plumbline_baseline::Status;
use plumbline_baseline::api::Catalog;
use plumbline_baseline::pack::Pack;
use plumbline_baseline::plan::{CallPlan, Operation};
use plumbline_coordinator::report::ReportRow;
use plumbline_sim::{Fault, Layer, Rule, Server, World};
use plumbline_tests::denial::{Failure, Reach, is_on_findings, wrong, wrong_on_findings};
use plumbline_tests::scan::Scan;
use plumbline_tests::simulated;
use tokio::task::JoinSet;

const FAULTS: [(Fault, Failure); 7] = [
    (Fault::Deny(Layer::Identity), Failure::Whole),
    (Fault::Throttle, Failure::Whole),
    (Fault::ServerError, Failure::Whole),
    (Fault::Truncate, Failure::Truncated),
    (Fault::Strange("<ProxyNotice><Reason>blocked</Reason></ProxyNotice>"), Failure::Whole),
    (Fault::Strange(r#"{"error":"blocked"}"#), Failure::Whole),
    (Fault::Strange("{}"), Failure::Whole),
];
/// Scans at a time: each waits for its own disk now and then.
const AT_A_TIME: usize = 4;

fn operations(pack: &Pack) -> Vec<Operation> {
    let controls: Vec<_> = pack.controls().map(|control| control.id().to_string()).collect();
    CallPlan::new(pack, controls.iter().map(String::as_str)).operations().into_iter().collect()
}

fn by_control(rows: &[ReportRow]) -> BTreeMap<&str, Vec<&ReportRow>> {
    let mut found: BTreeMap<&str, Vec<&ReportRow>> = BTreeMap::new();
    for row in rows {
        found.entry(&row.control).or_default().push(row);
    }
    found
}

/// One row of the matrix, all controls: how many read the operation, what they said, and what is wrong.
#[derive(Default)]
struct Tally {
    cells: usize,
    verdicts: BTreeMap<Status, usize>,
    /// Cells that are decided all the same: the answer does not depend on the operation.
    decided: BTreeSet<String>,
    wrong: Vec<String>,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.cells += other.cells;
        for (status, count) in other.verdicts {
            *self.verdicts.entry(status).or_default() += count;
        }
        self.decided.extend(other.decided);
        self.wrong.extend(other.wrong);
    }
}

fn compare(pack: &Pack, operation: &Operation, failure: Failure, before: &[ReportRow], after: &[ReportRow]) -> Tally {
    let (before, after) = (by_control(before), by_control(after));
    let mut tally = Tally::default();
    for control in pack.controls() {
        let reach = Reach::of(pack, control, operation);
        let id: &str = control.id();
        let before = before.get(id).map_or(&[][..], Vec::as_slice);
        let after = after.get(id).map_or(&[][..], Vec::as_slice);
        if is_on_findings(control) {
            tally.wrong.extend(wrong_on_findings(before, after));
            continue;
        }
        if reach.is_some() {
            tally.cells += 1;
            if failure == Failure::Whole && !after.iter().any(|row| row.status == Status::Unknown) {
                tally.decided.insert(format!("{id} without {}:{}", operation.0, operation.1));
            }
            for row in after {
                *tally.verdicts.entry(row.status).or_default() += 1;
            }
        }
        tally.wrong.extend(wrong(before, after, reach.as_ref(), failure));
    }
    tally
}

/// A server of one world, its plan and its undisturbed rows.
struct Lane {
    server: Server,
    scan: Scan,
    plan: plumbline_coordinator::plan::Plan,
    before: Vec<ReportRow>,
}

impl Lane {
    async fn start(world: World, pack: &Arc<Pack>) -> anyhow::Result<Self> {
        let server = simulated::serve(world).await;
        let scan = Scan { pack: Arc::clone(pack), ..Scan::of(&server) };
        let plan = scan.plan().await?;
        let before = scan.run(&plan).await?;
        Ok(Self { server, scan, plan, before })
    }

    async fn disturbed(&self, operation: &Operation, fault: Fault, failure: Failure) -> anyhow::Result<Tally> {
        self.server.faults().clear();
        self.server.faults().add(Rule::new(&operation.0, &operation.1, fault));
        let after = self.scan.run(&self.plan).await?;
        let mut tally = compare(&self.scan.pack, operation, failure, &self.before, &after);
        for line in &mut tally.wrong {
            *line = format!("{}:{} {fault:?}: {line}", operation.0, operation.1);
        }
        Ok(tally)
    }
}

async fn matrix(world: fn() -> World) -> anyhow::Result<Tally> {
    let pack = Pack::embedded();
    let operations = Arc::new(operations(pack));
    let next = Arc::new(AtomicUsize::new(0));
    let mut lanes = JoinSet::new();
    for _ in 0..AT_A_TIME {
        let (operations, next) = (Arc::clone(&operations), Arc::clone(&next));
        lanes.spawn(async move {
            let lane = Lane::start(world(), pack).await?;
            let mut tally = Tally::default();
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(operation) = operations.get(at / FAULTS.len()) else { break anyhow::Ok(tally) };
                let (fault, failure) = FAULTS[at % FAULTS.len()];
                tally.add(lane.disturbed(operation, fault, failure).await?);
            }
        });
    }
    let mut tally = Tally::default();
    while let Some(lane) = lanes.join_next().await {
        tally.add(lane??);
    }
    Ok(tally)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_control_passes_on_what_was_not_read() -> anyhow::Result<()> {
    let pack = Pack::embedded();
    let reading: BTreeSet<_> =
        pack.controls().filter(|control| control.control.pass_when.is_some()).map(|c| c.id()).collect();
    let (controls, operations) = (reading.len(), operations(pack).len());
    for (name, world) in [("everything holds", World::compliant as fn() -> World), ("nothing holds", World::broken)] {
        let tally = matrix(world).await?;
        println!(
            "denial matrix, {name}: {controls} controls, {operations} operations, {} faults: {} cells, {:?}, {} wrong; decided all the same: {:?}",
            FAULTS.len(),
            tally.cells,
            tally.verdicts,
            tally.wrong.len(),
            tally.decided
        );
        assert!(tally.cells >= operations * FAULTS.len(), "every operation is read by some control");
        assert!(tally.verdicts.get(&Status::Unknown).is_some_and(|unknown| *unknown > tally.cells / 2));
        assert!(tally.wrong.is_empty(), "{}", tally.wrong.join("\n"));
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_matrix_finds_a_collector_that_takes_a_failure_for_absent() -> anyhow::Result<()> {
    let mut sources = Pack::embedded_sources();
    let s3 = sources.iter_mut().find(|source| source.path.ends_with("collectors/s3.yaml")).expect("there is one");
    s3.text = s3.text.replace("[NoSuchBucketPolicy]", "[NoSuchBucketPolicy, AccessDenied, InternalError]");
    let (pack, _) = Pack::load(sources, Catalog::embedded());
    let pack = Arc::new(pack);
    let operation = ("s3".to_owned(), "GetBucketPolicy".to_owned());
    for world in [World::compliant(), World::broken()] {
        let lane = Lane::start(world, &pack).await?;
        let tally = lane.disturbed(&operation, Fault::ServerError, Failure::Whole).await?;
        assert!(!tally.wrong.is_empty(), "a policy that was not read was taken for none, and nobody noticed");
        // A denial is never absence, whatever a collector's author writes.
        let tally = lane.disturbed(&operation, Fault::Deny(Layer::Identity), Failure::Whole).await?;
        assert!(tally.wrong.is_empty(), "{}", tally.wrong.join("\n"));
    }
    Ok(())
}
