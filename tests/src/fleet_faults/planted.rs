//! Bugs on demand, of sessions, leases and restarts: each of them has to be found by one of the programs, in a short form.

use std::time::Duration;

use plumbline_coordinator::planted::{Bug, OF_FLEET, plant};

use super::{Extent, Outcome, forged, restarts, spooled, zombies};

/// What a bug came to.
#[derive(Debug)]
pub struct Planted {
    /// The bug.
    pub bug: Bug,
    /// The program that looked for it.
    pub program: &'static str,
    /// How it was noticed; none when it was not.
    pub noticed: Option<String>,
}

/// Plants every bug in turn, and looks for it.
pub async fn run(seed: u64, report: impl Fn(&Planted)) -> Vec<Planted> {
    let mut all = Vec::new();
    for (number, bug) in OF_FLEET.into_iter().enumerate() {
        let (program, outcome) = look(bug, number, seed).await;
        let noticed = match outcome {
            Ok(outcome) if outcome.is_right() => None,
            Ok(outcome) => Some(outcome.wrong.told.first().cloned().unwrap_or_default()),
            // What a program needs does not go through with it.
            Err(error) => Some(format!("{error:#}")),
        };
        let planted = Planted { bug, program, noticed };
        report(&planted);
        all.push(planted);
    }
    all
}

/// The program that has to find it.
async fn look(bug: Bug, number: usize, seed: u64) -> (&'static str, anyhow::Result<Outcome>) {
    let extent = |count| Extent { seed, count, limit: Duration::from_secs(60) };
    match bug {
        Bug::LeasesForgotten
        | Bug::HeldIsAbandoned
        | Bug::NoGrace
        | Bug::CountedTwice
        | Bug::LeasedCountsAsEnded
        | Bug::ChunkDropped => {
            let setting = restarts::Setting { bug: Some(number), is_served: true, accounts: 30 };
            ("coordinator", restarts::run(extent(25), setting, |_| ()).await)
        }
        Bug::FenceKept | Bug::NeverExpires | Bug::StaleSaysCommitted => {
            ("zombies", zombies::run(extent(16), 60, Some(number), |_| ()).await)
        }
        Bug::SpooledUnderOldFence => {
            plant(Some(bug));
            let outcome = spooled::run(extent(2), 3, |_| ()).await;
            plant(None);
            ("spooled", outcome)
        }
        _ => {
            plant(Some(bug));
            let outcome = forged::run(extent(600), |_| ()).await;
            plant(None);
            ("forged", outcome)
        }
    }
}
