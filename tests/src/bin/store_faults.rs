//! The store under faults: prints what it counted, and ends with 1 when anything is lost, doubled, invented or wrong.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use plumbline_tests::store_faults::{Outcome, crashes, fills, flips, full, hostile, upgrades};

/// The store under faults.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    fault: Fault,
    /// The same seed, the same faults.
    #[arg(long, global = true, default_value_t = 20_261_126)]
    seed: u64,
    /// About how many faults; 0 for one at every index, where there are indexes.
    #[arg(long, global = true)]
    count: Option<u64>,
    /// After one in so many crashes and failures the history goes on to its end.
    #[arg(long, global = true, default_value_t = 20)]
    every: u64,
}

#[derive(Clone, Copy, Subcommand)]
enum Fault {
    /// The machine goes down at every write and every sync of three nights.
    Crashes,
    /// Damaged files: flipped bits, pages that are gone, swapped or doubled, files that end early.
    Flips,
    /// Agents that lie, to the store and over gRPC.
    Hostile,
    /// A disk that breaks, is full, or writes a half, at every write and every sync of three nights.
    Full,
    /// A small file system that is really full, at twenty points of three nights.
    Fills,
    /// The machine goes down at every write and every sync of an upgrade of a store of schema 2.
    Upgrades,
    /// Bugs on demand, each of which has to be found.
    #[cfg(feature = "planted")]
    Planted,
}

fn main() -> anyhow::Result<ExitCode> {
    let Arguments { fault, seed, count, every } = Arguments::parse();
    let every = every.max(1);
    println!("seed {seed}");
    let outcome = match fault {
        Fault::Crashes => crashes::run(seed, count.unwrap_or(0), every, show),
        Fault::Flips => flips::run(seed, count.unwrap_or(2_000), show),
        Fault::Hostile => {
            let runtime = tokio::runtime::Runtime::new()?;
            runtime.block_on(hostile::run(seed, count.unwrap_or(10_000), show))
        }
        Fault::Full => full::run(seed, count.unwrap_or(0), every, show),
        Fault::Fills => fills::run(seed, count.unwrap_or(20), show),
        Fault::Upgrades => upgrades::run(seed, count.unwrap_or(0), show),
        #[cfg(feature = "planted")]
        Fault::Planted => return planted(seed),
    }?;
    println!("{outcome}");
    Ok(if outcome.is_right() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

#[cfg(feature = "planted")]
fn planted(seed: u64) -> anyhow::Result<ExitCode> {
    use plumbline_tests::store_faults::planted::{Planted, run};

    let all = run(seed, |Planted { bug, program, noticed }| {
        println!("{bug:?}, {program}: {}", noticed.as_deref().unwrap_or("NOT NOTICED"));
    })?;
    let noticed = all.iter().filter(|planted| planted.noticed.is_some()).count();
    println!("{noticed} of {} were noticed", all.len());
    Ok(if noticed == all.len() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn show(outcome: &Outcome) {
    println!("… {} faults, {} hit something", outcome.faults, outcome.hits);
}
