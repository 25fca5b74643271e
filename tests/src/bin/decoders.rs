//! All decoders on inputs made from real ones, by a seed: prints what it counted, and ends with 1 when one panics, takes
//! over a second, or needs over 256 MiB.

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use plumbline_tests::decoders::trial::{Extent, run};

/// All decoders, on many inputs.
#[derive(Parser)]
struct Arguments {
    /// Only this one.
    decoder: Option<String>,
    /// The same seed, the same inputs.
    #[arg(long, default_value_t = 20_261_127)]
    seed: u64,
    /// Inputs of each.
    #[arg(long, default_value_t = u64::MAX)]
    count: u64,
    /// A decoder is left after so many seconds.
    #[arg(long, default_value_t = 60)]
    limit: u64,
}

fn main() -> ExitCode {
    let Arguments { decoder, seed, count, limit } = Arguments::parse();
    println!("seed {seed}");
    let extent = Extent { seed, count, limit: Duration::from_secs(limit), only: decoder.as_deref() };
    let all = run(extent, |tried| println!("{tried}"));
    let is_right = !all.is_empty() && all.iter().all(|tried| tried.wrong.is_empty());
    if is_right { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
