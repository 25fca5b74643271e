//! The store under faults, a short form of each: `cargo run -p plumbline-tests --bin store_faults` has the long ones.

use plumbline_tests::store_faults::{crashes, fills, flips, full, hostile, upgrades};

const SEED: u64 = 7;

#[test]
fn a_crash_at_a_write_or_a_sync_loses_nothing_that_was_acknowledged() {
    let outcome = crashes::run(SEED, 60, 10, |_| ()).expect("the history goes through");
    assert!(outcome.is_right(), "{outcome}");
    assert!(outcome.faults >= 40 && outcome.hits >= 20, "{outcome}");
    assert!(outcome.noted("gone on with to the end") >= 4, "{outcome}");
}

#[test]
fn a_damaged_file_is_an_error_or_the_right_data() {
    let outcome = flips::run(SEED, 60, |_| ()).expect("the file can be written");
    assert!(outcome.is_right(), "{outcome}");
    assert!(outcome.faults == 60 && outcome.hits >= 30, "{outcome}");
    assert!(outcome.noted("read as damaged") > 0 && outcome.noted("read as they were stored") > 0, "{outcome}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_a_lying_agent_sends_is_accepted() {
    let outcome = hostile::run(SEED, 240, |_| ()).await.expect("the truth can be sent");
    assert!(outcome.is_right(), "{outcome}");
    assert_eq!((outcome.noted("to the store"), outcome.noted("over gRPC")), (120, 120), "{outcome}");
}

#[test]
fn a_disk_that_fails_is_an_error_and_loses_nothing() {
    let outcome = full::run(SEED, 60, 10, |_| ()).expect("the history goes through");
    assert!(outcome.is_right(), "{outcome}");
    assert!(outcome.hits >= 20 && outcome.noted("refused, with the reason") >= 15, "{outcome}");
}

#[test]
fn a_file_system_that_is_full_is_an_error_and_loses_nothing() {
    let outcome = fills::run(SEED, 3, |_| ()).expect("the history goes through with room");
    assert!(outcome.is_right(), "{outcome}");
    // Only root may mount one; whoever is not is told so.
    assert!(outcome.noted(fills::SKIPPED) == 1 || (outcome.faults, outcome.hits) == (3, 3), "{outcome}");
}

#[test]
fn an_upgrade_that_crashes_goes_on_and_loses_nothing() {
    let outcome = upgrades::run(SEED, 40, |_| ()).expect("the store is upgraded without a crash");
    assert!(outcome.is_right(), "{outcome}");
    assert!(outcome.faults >= 30 && outcome.noted("gone on with") >= 10, "{outcome}");
}
