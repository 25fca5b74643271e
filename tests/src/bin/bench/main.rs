//! The benchmarks: what a call, an evaluation and a scan cost; and organizations with latency, quotas and faults.
//!
//! `cargo run --release -p plumbline-tests --bin bench` prints everything; nothing here is a test and nothing is timed
//! against a limit. The simulator runs in a process of its own, so that the figures are the scanner's.

mod calls;
mod chain;
mod discovery;
mod evaluations;
mod fleet;
mod hardest;
mod memory;
mod neighbours;
mod nights;
mod organization;
mod pack;
mod policies;
mod process;
mod run;
mod scan;
mod table;

use anyhow::bail;
use clap::Parser;
use nights::Sizes;
use plumbline_sim::program::{self, Arguments};
use plumbline_sim::world::Size;

const USAGE: &str = "run without arguments, or with one of: all, calls, evaluations, policies, scan [ACCOUNTS], \
                     organization ACCOUNTS REGIONS [good|failing|dead|both…], \
                     fleet ACCOUNTS REGIONS AGENTS [CAPACITY], neighbours, dead-region [ACCOUNTS], memory, \
                     discovery [ACCOUNTS], pack, nights [--resources N,…] [--controls N,…]";

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match arguments.as_slice() {
        ["serve", arguments @ ..] => {
            let program = Serve::parse_from(std::iter::once(&"serve").chain(arguments));
            Ok(runtime.block_on(program::run(&program.arguments))?)
        }
        [] | ["all"] => {
            runtime.block_on(calls::run())?;
            runtime.block_on(evaluations::run())?;
            policies::run()?;
            scan::run(&[10, 100, 1000])
        }
        ["calls"] => runtime.block_on(calls::run()),
        ["evaluations"] => runtime.block_on(evaluations::run()),
        ["policies"] => policies::run(),
        ["scan"] => scan::run(&[10, 100, 1000]),
        ["scan", accounts] => scan::run(&[accounts.parse()?]),
        ["organization", accounts, regions, days @ ..] => {
            let size = Size { accounts: accounts.parse()?, regions: regions.parse()?, resources: 1 };
            organization::run(size, days)
        }
        ["fleet", accounts, regions, agents, capacity @ ..] => {
            let size = Size { accounts: accounts.parse()?, regions: regions.parse()?, resources: 1 };
            fleet::run(size, agents.parse()?, capacity.first().copied())
        }
        ["neighbours"] => neighbours::throttled(),
        ["dead-region"] => neighbours::dead_region(400),
        ["dead-region", accounts] => neighbours::dead_region(accounts.parse()?),
        ["memory"] => memory::run(),
        ["pack"] => pack::run(),
        ["load", controls, reading] => pack::load(controls.parse()?, reading),
        ["nights", arguments @ ..] => nights::run(&Sizes::parse_from(std::iter::once(&"nights").chain(arguments))),
        ["night", resources, controls] => nights::one(resources.parse()?, controls.parse()?),
        ["discovery"] => discovery::run(1000),
        ["discovery", accounts] => discovery::run(accounts.parse()?),
        _ => bail!("{USAGE}"),
    }
}

/// The simulator, as a process of the benchmark's own.
#[derive(Parser)]
struct Serve {
    #[command(flatten)]
    arguments: Arguments,
}
