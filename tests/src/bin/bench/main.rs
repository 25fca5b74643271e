//! The benchmark: what a call costs, what an evaluation costs, what a scan of 10, 100 and 1,000 accounts costs.
//!
//! `cargo run --release -p plumbline-tests --bin bench` prints everything; nothing here is a test and nothing is timed
//! against a limit. The simulator runs in a process of its own, so that the figures are the scanner's.

mod calls;
mod evaluations;
mod process;
mod scan;
mod table;

use anyhow::bail;
use clap::Parser;
use plumbline_sim::program::{self, Arguments};

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
            scan::run(&[10, 100, 1000])
        }
        ["calls"] => runtime.block_on(calls::run()),
        ["evaluations"] => runtime.block_on(evaluations::run()),
        ["scan"] => scan::run(&[10, 100, 1000]),
        ["scan", accounts] => scan::run(&[accounts.parse()?]),
        _ => bail!("run without arguments, or with one of: all, calls, evaluations, scan, scan ACCOUNTS"),
    }
}

/// The simulator, as a process of the benchmark's own.
#[derive(Parser)]
struct Serve {
    #[command(flatten)]
    arguments: Arguments,
}
