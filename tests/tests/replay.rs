//! Replay of whole scans of the simulator: the same pack says the same of the same night, and whatever is asked beyond
//! what that night collected is not collected, and never decided.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumbline_coordinator::replay::{Compared, Counts, Question, Replay};
use plumbline_coordinator::store::{self, Store};
use plumbline_sim::World;
use plumbline_tests::scan::Scan;
use plumbline_tests::simulated;
use tempfile::TempDir;

const NIGHT: &str = "01JNIGHT";

/// A night of a world in a store, made with a part of the pack's controls.
struct Night {
    _data: TempDir,
    store: Store,
}

async fn night(world: World) -> Night {
    let server = simulated::serve(world).await;
    let scan = Scan::of(&server);
    let plan = scan.plan().await.expect("the simulator has an organization");
    let data = tempfile::tempdir().expect("the system has room for a directory");
    let store = Store::create(data.path()).expect("a new store");
    scan.run_into(&store, NIGHT, &plan).await.expect("the simulator can be scanned");
    Night { _data: data, store }
}

fn replay(night: &Night, question: &Question, all: bool) -> (Vec<Compared>, Counts) {
    let scan = NIGHT.parse().expect("an id");
    let replay = Replay::open(&night.store, &scan, question).expect("the disk works").expect("there is such a scan");
    let mut rows = Vec::new();
    let counts = replay.for_each(all, |row| {
        rows.push(row.clone());
        Ok::<_, store::Error>(())
    });
    (rows, counts.expect("the disk works"))
}

fn question(scan: &Scan) -> Question {
    Question { pack: Arc::clone(&scan.pack), controls: scan.controls(), is_of_all: true }
}

async fn check(world: World, carried: u64) {
    let night = night(world).await;
    let server = simulated::serve(World::compliant()).await;
    let (rows, counts) = replay(&night, &question(&Scan::of(&server)), false);
    let mut shown: BTreeMap<String, usize> = BTreeMap::new();
    for row in &rows {
        let said = |verdict: &Option<plumbline_baseline::Verdict>| {
            verdict.as_ref().map_or("-".to_owned(), |verdict| format!("{} {}", verdict.status, verdict.reason))
        };
        *shown
            .entry(format!("{} {}: {} → {}", row.control, row.resource_type, said(&row.then), said(&row.now)))
            .or_default() += 1;
    }
    eprintln!("{counts:?}");
    assert!(rows.is_empty(), "{} differ: {shown:#?}", rows.len());
    assert!(counts.verdicts > 500 && counts.same == counts.verdicts, "{counts:?}");
    assert_eq!((counts.carried, counts.damaged), (carried, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_pack_says_the_same_of_a_good_world() {
    check(World::compliant(), 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_pack_says_the_same_of_a_broken_world() {
    check(World::broken(), 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_pack_says_the_same_of_an_organization_with_accounts_that_are_shut() {
    check(World::demo(), 0).await;
}
