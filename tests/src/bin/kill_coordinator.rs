//! Kills processes that keep the store as a coordinator does, with writes in flight, a thousand times by default, and
//! prints what came of it: `cargo run -p plumbline-tests --bin kill_coordinator -- [KILLS] [SEED]`.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use plumbline_tests::store_faults::kills::{drive, run};

fn main() -> anyhow::Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [drives, data, seed, night] = arguments.as_slice()
        && drives == "drive"
    {
        let runtime = tokio::runtime::Runtime::new()?;
        runtime.block_on(drive(Path::new(data), seed.parse()?, night.parse()?))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut numbers = arguments.iter().map(|argument| argument.parse::<u64>());
    let kills = numbers.next().transpose().context("how many kills")?.unwrap_or(1_000);
    let seed = numbers.next().transpose().context("the seed")?.unwrap_or(20_261_126);
    println!("seed {seed}");
    let outcome = run(&std::env::current_exe()?, seed, kills, |outcome| {
        println!("… {} kills, {} with something in flight", outcome.faults, outcome.hits);
    })?;
    println!("{outcome}");
    Ok(if outcome.is_right() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
