//! A fleet under faults, with real processes: prints what it counted, and ends with 1 when anything is lost, doubled,
//! invented, passes falsely, or fails otherwise.

use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use plumbline_tests::fleet_faults::{
    Extent, Outcome, agents, clocks, cuts, forged, herd, restarts, served, spooled, strangers, zombies,
};

/// A fleet under faults.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    fault: Fault,
    /// The same seed, the same faults, as far as the machine allows.
    #[arg(long, global = true, default_value_t = 20_261_126)]
    seed: u64,
    /// How many faults.
    #[arg(long, global = true)]
    count: Option<u64>,
    /// No new scan begins after so many seconds.
    #[arg(long, global = true, default_value_t = 3_600)]
    limit: u64,
    /// Accounts of the organization.
    #[arg(long, global = true)]
    accounts: Option<usize>,
}

#[derive(Subcommand)]
enum Fault {
    /// The coordinator is killed under load, and started again.
    Coordinator {
        /// Resources of another organization that its store has already, about: 2,000,000 make a gigabyte.
        #[arg(long, default_value_t = 0)]
        beside: usize,
    },
    /// Agents are stopped past their leases, and go on.
    Zombies,
    /// The network between agents and coordinator is cut, held, slow and lossy.
    Cuts,
    /// Agents are killed while they collect, with a chunk stored, while their commit is written, before they hear of it.
    Agents,
    /// Agents are killed with what they found on their disk, and start again.
    Spooled,
    /// Uploads with another account, Region, ARN, fence, job, agent or session.
    Forged,
    /// Certificates, tokens and bytes that are worth nothing.
    Strangers,
    /// A thousand agents come back at once after the coordinator was killed.
    Herd,
    /// The coordinator's wall clock jumps, forwards and backwards, with schedules and leases in flight. Needs libfaketime.
    Clocks,
    /// Bugs on demand, each of which has to be found.
    #[cfg(feature = "planted")]
    Planted {
        /// Only bugs whose names begin so (`FenceKept`), and what runs without a bug is left out.
        only: Option<String>,
    },
    /// A coordinator for the others, as a process of its own.
    #[command(hide = true)]
    Serve(served::Arguments),
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let Arguments { fault, seed, count, limit, accounts } = Arguments::parse();
    let extent = |default| Extent { seed, count: count.unwrap_or(default), limit: Duration::from_secs(limit) };
    let outcome = match fault {
        Fault::Serve(arguments) => return served::run(arguments).await.map(|()| ExitCode::SUCCESS),
        Fault::Coordinator { beside } => {
            let built = restarts::Setting::BUILT;
            let setting = restarts::Setting { accounts: accounts.unwrap_or(built.accounts), beside, ..built };
            restarts::run(extent(1_000), setting, show).await
        }
        Fault::Zombies => zombies::run(extent(200), accounts.unwrap_or(250), None, show).await,
        Fault::Cuts => cuts::run(extent(200), accounts.unwrap_or(150), None, show).await,
        Fault::Agents => agents::run(extent(500), accounts.unwrap_or(60), show).await,
        Fault::Spooled => spooled::run(extent(50), accounts.unwrap_or(12), show).await,
        Fault::Forged => forged::run(extent(100_000), show).await,
        Fault::Strangers => strangers::run(extent(5_000), show).await,
        Fault::Herd => herd::run(extent(1_000), accounts.unwrap_or(200)).await,
        Fault::Clocks => clocks::run(extent(500), accounts.unwrap_or(4), show).await,
        #[cfg(feature = "planted")]
        Fault::Planted { only } => return Ok(planted(seed, only.as_deref()).await),
    }?;
    println!("seed {seed}\n{outcome}");
    Ok(if outcome.is_right() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn show(outcome: &Outcome) {
    println!("… {} faults, {} hit something, {} scans", outcome.faults, outcome.hits, outcome.scans);
}

#[cfg(feature = "planted")]
async fn planted(seed: u64, only: Option<&str>) -> ExitCode {
    use plumbline_tests::fleet_faults::planted::{Planted, run};

    let all = run(seed, only, |planted| {
        let Planted { bug, program, noticed, counted } = planted;
        let bug = bug.map_or_else(|| "no bug".to_owned(), |bug| format!("{bug:?}"));
        let wrong = if planted.is_right() { "" } else { "WRONG: " };
        println!("{wrong}{bug}, {program}, {counted}: {}", noticed.as_deref().unwrap_or("nothing was noticed"));
    })
    .await;
    let right = all.iter().filter(|planted| planted.is_right()).count();
    println!("{right} of {} came to what they have to", all.len());
    if right == all.len() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
