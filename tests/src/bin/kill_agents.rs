//! Kills agents at random with a slow store, 500 times by default, and prints what came of it:
//! `cargo run -p plumbline-tests --bin kill_agents -- [KILLS] [SEED]`.

use std::time::Duration;

use plumbline_tests::killed_agents::{Outcome, run};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut numbers = std::env::args().skip(1).map(|argument| argument.parse::<u64>());
    let kills = numbers.next().transpose()?.unwrap_or(500);
    let seed = numbers.next().transpose()?.unwrap_or(20_261_126);
    println!("seed {seed}; every write to the disk takes up to 60 ms more than it would");
    let outcome = run(kills, seed, Duration::from_millis(60), show).await?;
    println!("all scans ended; nothing lost, nothing twice");
    show(&outcome);
    Ok(())
}

fn show(outcome: &Outcome) {
    let Outcome { scans, kills, kills_at_work, jobs, attempts } = outcome;
    println!(
        "{scans} scans, {kills} agents killed ({kills_at_work} while jobs ran), {jobs} jobs in {attempts} attempts"
    );
}
