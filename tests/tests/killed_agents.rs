//! Agents that are killed, a short version: `cargo run -p plumbline-tests --bin kill_agents` kills five hundred.

use std::time::Duration;

use plumbline_tests::killed_agents::run;

#[tokio::test(flavor = "multi_thread")]
async fn agents_that_are_killed_lose_nothing_and_double_nothing() {
    let outcome = run(12, 7, Duration::from_millis(40), |_| ()).await.expect("every scan ends, whole");
    assert!(outcome.kills >= 12 && outcome.attempts >= outcome.jobs, "{outcome:?}");
}
