//! Processes that keep the store and are killed, a short version: `cargo run -p plumbline-tests --bin kill_coordinator`
//! kills a thousand.

use std::path::Path;

use plumbline_tests::store_faults::kills::run;

#[test]
fn a_coordinator_that_is_killed_loses_nothing_that_it_acknowledged() {
    let program = Path::new(env!("CARGO_BIN_EXE_kill_coordinator"));
    let outcome = run(program, 7, 12, |_| ()).expect("it can be started, and does not end by itself");
    assert!(outcome.is_right(), "{outcome}");
    assert!(outcome.faults == 12 && outcome.hits >= 8, "{outcome}");
}
