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
use plumbline_sim::world::Size;
use plumbline_sim::{Options, Server, World};

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match arguments.as_slice() {
        ["serve", repeats, accounts, regions, resources] => {
            let size = Size { accounts: accounts.parse()?, regions: regions.parse()?, resources: resources.parse()? };
            runtime.block_on(serve(size, *repeats == "repeat"))
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

/// The simulator: prints its endpoint, then the number of calls for each line that it is given, until there is none.
async fn serve(size: Size, repeats_answers: bool) -> anyhow::Result<()> {
    let options = Options { repeats_answers, ..Options::default() };
    let server = Server::start(World::generated(1, size), options).await?;
    println!("{}", server.endpoint());
    let journal = server.journal().clone();
    let answering = tokio::task::spawn_blocking(move || {
        for _ in std::io::stdin().lines().map_while(Result::ok) {
            println!("{}", journal.total());
        }
    });
    Ok(answering.await?)
}
