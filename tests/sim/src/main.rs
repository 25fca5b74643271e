//! Serves a simulated organization until it is interrupted, for a look with any AWS client and for benchmarks:
//! `cargo run -p plumbline-sim -- generated --accounts 100 --latency 80,30 --quotas --fault hang,region=eu-west-1`.

use clap::Parser;
use plumbline_sim::program::{self, Arguments};

/// A simulated AWS organization.
#[derive(Parser)]
#[command(name = "plumbline-sim")]
struct Cli {
    #[command(flatten)]
    arguments: Arguments,
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    program::run(&Cli::parse().arguments).await
}
