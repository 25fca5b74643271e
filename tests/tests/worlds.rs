//! The simulator's two reference accounts: in one every control holds, in the other each one fails on something.
//! Together they show that every control can say both, on resources that went over the wire.

use std::collections::{BTreeMap, BTreeSet};

use plumbline_baseline::Status;
use plumbline_baseline::pack::Pack;
use plumbline_coordinator::report::ReportRow;
use plumbline_sim::World;
use plumbline_tests::scan::Scan;
use plumbline_tests::simulated;

async fn statuses(world: World) -> BTreeMap<String, BTreeMap<Status, Vec<ReportRow>>> {
    let server = simulated::serve(world).await;
    let scan = Scan::of(&server);
    let plan = scan.plan().await.expect("the simulator has an organization");
    let rows = scan.run(&plan).await.expect("the simulator can be scanned");
    let mut found: BTreeMap<String, BTreeMap<Status, Vec<ReportRow>>> = BTreeMap::new();
    for row in rows {
        found.entry(row.control.to_string()).or_default().entry(row.status).or_default().push(row);
    }
    found
}

fn automated() -> BTreeSet<String> {
    let decided = Pack::embedded().controls().filter(|control| control.control.pass_when.is_some());
    decided.map(|control| control.id().to_string()).collect()
}

/// The controls without a row of the wanted status, and the rows of statuses that must not be.
fn differences(
    found: &BTreeMap<String, BTreeMap<Status, Vec<ReportRow>>>,
    wanted: Status,
    allowed: &[Status],
) -> Vec<String> {
    let mut wrong = Vec::new();
    for id in automated() {
        let by_status = found.get(&id).cloned().unwrap_or_default();
        if !by_status.contains_key(&wanted) {
            wrong.push(format!("{id}: no {wanted}"));
        }
        for (status, rows) in by_status.iter().filter(|(status, _)| **status != wanted && !allowed.contains(status)) {
            let row = &rows[0];
            wrong.push(format!("{id}: {} × {status}: {} {} {:?}", rows.len(), row.resource, row.reason, row.evidence));
        }
    }
    wrong
}

#[tokio::test(flavor = "multi_thread")]
async fn every_control_passes_in_the_compliant_account() {
    let found = statuses(World::compliant()).await;
    let wrong = differences(&found, Status::Pass, &[]);
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}

/// An account that lets nobody in fails this one, and leaves every other unknown: it is in a world of its own.
const SHUT: &str = "org-accounts-scanned";

#[tokio::test(flavor = "multi_thread")]
async fn every_control_fails_in_the_broken_account() {
    let mut found = statuses(World::broken()).await;
    let shut = statuses(World::demo()).await.remove(SHUT).expect("the demo is an organization");
    assert_eq!(shut.get(&Status::Fail).map(Vec::len), Some(1), "{shut:?}");
    found.insert(SHUT.to_owned(), shut);
    let wrong = differences(&found, Status::Fail, &[Status::Pass]);
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}
