//! The benchmark: what a call costs, what an evaluation costs, what a scan of 10, 100 and 1,000 accounts costs.
//!
//! `cargo run --release -p plumbline-tests --bin bench` prints everything; nothing here is a test and nothing is timed
//! against a limit. The simulator runs in a process of its own, so that the figures are the scanner's.

mod calls;
mod process;
mod table;

use anyhow::bail;
use plumbline_sim::world::Size;
use plumbline_sim::{Options, Server, World};

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match arguments.as_slice() {
        ["serve", accounts, regions, resources] => {
            let size = Size { accounts: accounts.parse()?, regions: regions.parse()?, resources: resources.parse()? };
            runtime.block_on(serve(size))
        }
        [] => {
            runtime.block_on(calls::run())?;
            Ok(())
        }
        ["calls"] => runtime.block_on(calls::run()),
        _ => bail!("run without arguments, or with one of: calls"),
    }
}

/// The simulator, until the process that started it ends it.
async fn serve(size: Size) -> anyhow::Result<()> {
    let options = Options { repeats_answers: true, ..Options::default() };
    let server = Server::start(World::generated(1, size), options).await?;
    println!("{}", server.endpoint());
    std::future::pending().await
}
