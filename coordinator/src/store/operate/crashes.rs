//! The machine goes down at every write and every sync of a prune and of a copy, and what was not synced is there, lost,
//! partly there or torn: every night that is kept reads as before, and all of it verifies.

use plumbline_faults::{Crash, Disk, Trace};
use redb::Database;

use super::copy::{content, copy};
use super::history::{self, chosen, id, small, told};
use super::prune::Plan;
use crate::store::{Error, Store};

const NIGHTS: usize = 6;
const LEAVING: [usize; 3] = [1, 3, 4];

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// What every night reads as, and the disk that has it.
fn stored() -> (Vec<String>, Vec<u8>) {
    let disk = Disk::default();
    let told = {
        let store = Store::on(disk.backend()).unwrap();
        runtime().block_on(history::store(&store, &small(u8::try_from(NIGHTS).unwrap()), 1)).unwrap();
        (1..=NIGHTS).map(|number| told(&store, &id(number)).unwrap()).collect()
    };
    (told, disk.content())
}

/// Prunes on a disk that is recorded.
fn pruned(start: Vec<u8>) -> Trace {
    let disk = Disk::holding(start);
    {
        let store = Store::on(disk.backend()).unwrap();
        let plan = Plan::of(chosen(&store, |number| LEAVING.contains(&number)).unwrap());
        let done = runtime().block_on(store.prune(&plan, "2026-12-31T00:00:00Z")).unwrap();
        assert_eq!(done.nights, LEAVING.len() as u64);
    }
    disk.trace()
}

/// Whether the nights that leave are refused already.
fn check(store: &Store, before: &[String], crash: &str) -> bool {
    let mut refused = 0;
    for (number, before) in (1..).zip(before) {
        let now = told(store, &id(number));
        if LEAVING.contains(&number) && now.is_err() {
            refused += 1;
        } else {
            assert_eq!(now.as_ref(), Ok(before), "night {number}, {crash}");
        }
    }
    assert!(refused == 0 || refused == LEAVING.len(), "{refused} nights are refused, {crash}");
    let found = store.verify().unwrap();
    assert!(found.is_clean(), "{crash}: {:?}", found.damage);
    refused > 0
}

#[test]
fn a_prune_that_is_cut_off_anywhere_leaves_every_kept_night_and_can_be_finished() {
    let (before, start) = stored();
    let trace = pruned(start);
    let (runtime, mut crashes, mut begun) = (runtime(), 0, 0);
    trace.for_each_crash(7, |Crash { at, left, content }| {
        let crash = format!("after {at} of {} operations, {left:?} left", trace.operations.len());
        let store = Store::on(Disk::holding(content).backend()).unwrap_or_else(|error| panic!("{crash}: {error}"));
        let is_begun = check(&store, &before, &crash);
        crashes += 1;
        begun += usize::from(is_begun);
        if is_begun && crashes % 5 == 0 {
            let _ = runtime.block_on(store.prune(&Plan::of(Vec::new()), "")).unwrap();
            assert!(check(&store, &before, &crash));
            assert_eq!(store.plan_prune(&super::Retention::default()).unwrap().unfinished, 0, "{crash}");
        }
    });
    assert!(crashes > 200 && begun > 100, "{crashes} crashes, {begun} of them in the middle");
}

#[test]
fn a_disk_that_fails_at_any_operation_of_a_prune_is_an_error_and_loses_nothing() {
    let (before, start) = stored();
    let operations = pruned(start.clone()).operations.len();
    for at in (0..operations).step_by(3) {
        let disk = Disk::holding(start.clone());
        if let Ok(store) = Store::on(disk.backend()) {
            let plan = Plan::of(chosen(&store, |number| LEAVING.contains(&number)).unwrap());
            disk.fail_after(at);
            let _ = runtime().block_on(store.prune(&plan, ""));
        }
        let store = Store::on(Disk::holding(disk.content()).backend()).unwrap();
        check(&store, &before, &format!("failed at {at}"));
    }
}

#[test]
fn a_copy_that_is_cut_off_is_never_taken_for_a_store() {
    let (before, start) = stored();
    let source = Store::on(Disk::holding(start).backend()).unwrap();
    let disk = Disk::default();
    let whole = {
        let database = Database::builder().create_with_backend(disk.backend()).unwrap();
        source.read(|view| copy(view, &database)).unwrap()
    };
    let trace = disk.trace();
    let (mut half, mut done) = (0, 0);
    trace.for_each_crash(7, |Crash { at, left, content: bytes }| {
        match Store::on(Disk::holding(bytes).backend()) {
            // Nothing of it is there yet, or it is no database yet: a new file, or none that can be opened.
            Ok(store) if store.scans().unwrap().is_empty() => assert_eq!(store.count_chunks(), Ok(0)),
            Ok(store) => {
                assert_eq!(store.read(content), Ok(whole), "after {at}, {left:?} left");
                assert!(!check(&store, &before, "copied"));
                done += 1;
            }
            Err(Error::Newer { .. }) => half += 1,
            Err(_) => {}
        }
    });
    assert!(half > 20 && done > 0, "{half} half, {done} done");
}
