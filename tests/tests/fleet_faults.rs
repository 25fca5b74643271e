//! A fleet under faults, a short form of each: `cargo run -p plumbline-tests --bin fleet_faults` has the long ones.

use std::time::Duration;

use plumbline_tests::fleet_faults::{
    Extent, agents, clocks, cuts, forged, herd, restarts, spooled, strangers, zombies,
};
use tokio::sync::Mutex;

/// One at a time: each starts a dozen processes.
static ONE: Mutex<()> = Mutex::const_new(());

fn extent(count: u64) -> Extent {
    // Test targets only exist beside the programs, of which one is a coordinator with short leases.
    assert!(std::path::Path::new(env!("CARGO_BIN_EXE_fleet_faults")).exists());
    Extent { seed: 7, count, limit: Duration::from_secs(25) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_coordinator_that_is_killed_goes_on_where_it_was() {
    let _one = ONE.lock().await;
    let setting = restarts::Setting { accounts: 6, ..restarts::Setting::BUILT };
    let outcome = restarts::run(extent(8), setting, |_| ()).await.expect("processes start");
    assert!(outcome.is_right(), "{outcome}");
    assert!(outcome.faults >= 3 && outcome.hits * 10 >= outcome.faults * 5, "{outcome}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_agent_sends_after_its_lease_ended_is_refused() {
    let _one = ONE.lock().await;
    let outcome = zombies::run(extent(8), 40, None, |_| ()).await.expect("processes start");
    assert!(outcome.is_right() && outcome.faults >= 4, "{outcome}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_fails_loses_nothing() {
    let _one = ONE.lock().await;
    let outcome = cuts::run(extent(10), 30, None, |_| ()).await.expect("processes start");
    assert!(outcome.is_right() && outcome.faults >= 5, "{outcome}");
}

#[tokio::test(flavor = "multi_thread")]
async fn agents_that_are_killed_at_the_worst_moment_lose_nothing() {
    let _one = ONE.lock().await;
    let outcome = agents::run(extent(8), 12, |_| ()).await.expect("processes start");
    assert!(outcome.is_right() && outcome.faults >= 3, "{outcome}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_agent_found_is_delivered_from_its_disk_without_a_call() {
    let _one = ONE.lock().await;
    let outcome = spooled::run(extent(4), 3, |_| ()).await.expect("processes start");
    assert!(outcome.is_right() && outcome.faults >= 2, "{outcome}");
    assert!(outcome.noted(spooled::DELIVERED) >= outcome.faults * 4, "{outcome}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_is_forged_is_accepted() {
    let _one = ONE.lock().await;
    let outcome = forged::run(extent(1_000), |_| ()).await.expect("the truth can be sent");
    assert!(outcome.is_right() && outcome.faults >= 500, "{outcome}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_stranger_is_let_in() {
    let _one = ONE.lock().await;
    let outcome = strangers::run(extent(300), |_| ()).await.expect("who belongs there is served");
    assert!(outcome.is_right() && outcome.faults >= 100, "{outcome}");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_agents_come_back_after_a_restart() {
    let _one = ONE.lock().await;
    let outcome = herd::run(extent(60), 12).await.expect("processes start");
    assert!(outcome.is_right() && outcome.faults == 60, "{outcome}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wall_clock_that_jumps_ends_no_lease_and_starts_nothing_twice() {
    let _one = ONE.lock().await;
    let outcome = clocks::run(extent(40), 3, |_| ()).await.expect("processes start");
    assert!(outcome.is_right(), "{outcome}");
    // Who has no libfaketime is told so.
    assert!(outcome.noted(clocks::SKIPPED) == 1 || (outcome.faults >= 20 && outcome.hits >= 5), "{outcome}");
}
