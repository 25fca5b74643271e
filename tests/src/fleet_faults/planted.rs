//! Bugs on demand, of sessions, leases and restarts: each of them has to be found by one of the programs, in a short form.

use std::time::Duration;

use plumbline_coordinator::planted::{Bug, OF_FLEET, plant};

use super::{Extent, Outcome, forged, restarts, spooled, zombies};

/// What a bug came to.
#[derive(Debug)]
pub struct Planted {
    /// The bug; without one, nothing may be noticed.
    pub bug: Option<Bug>,
    /// The program that looked for it.
    pub program: &'static str,
    /// How it was noticed; none when it was not.
    pub noticed: Option<String>,
    /// How many faults there were, and how many hit something.
    pub counted: String,
}

impl Planted {
    /// Whether a bug was noticed, or nothing where there is none.
    pub fn is_right(&self) -> bool {
        self.bug.is_some() == self.noticed.is_some()
    }
}

/// Runs each program without a bug, then plants every bug in turn, and looks for it; or only bugs whose names begin so.
pub async fn run(seed: u64, only: Option<&str>, report: impl Fn(&Planted)) -> Vec<Planted> {
    let mut all = Vec::new();
    // One bug of each program names it.
    let programs = [Bug::NoGrace, Bug::NeverExpires, Bug::SpooledUnderOldFence, Bug::AgentUnchecked];
    let without = programs.into_iter().map(|bug| (bug, None));
    let with = OF_FLEET.into_iter().enumerate().map(|(number, bug)| (bug, Some(number)));
    let is_wanted = |(bug, number): &(Bug, Option<usize>)| {
        only.is_none_or(|start| number.is_some() && format!("{bug:?}").starts_with(start))
    };
    for (bug, number) in without.chain(with).filter(is_wanted) {
        let (program, outcome) = look(bug, number, seed).await;
        let counted = match &outcome {
            Ok(outcome) => format!("{} faults, {} hit something", outcome.faults, outcome.hits),
            Err(_) => "stopped".to_owned(),
        };
        let noticed = match outcome {
            Ok(outcome) if outcome.is_right() => None,
            Ok(outcome) => Some(outcome.wrong.told.first().cloned().unwrap_or_default()),
            // What a program needs does not go through with it.
            Err(error) => Some(format!("{error:#}")),
        };
        let planted = Planted { bug: number.map(|_| bug), program, noticed, counted };
        report(&planted);
        all.push(planted);
    }
    all
}

/// The program that has to find it, with the bug of this number, or with none.
async fn look(bug: Bug, number: Option<usize>, seed: u64) -> (&'static str, anyhow::Result<Outcome>) {
    let extent = |count| Extent { seed, count, limit: Duration::from_secs(60) };
    match bug {
        Bug::LeasesForgotten
        | Bug::HeldIsAbandoned
        | Bug::NoGrace
        | Bug::CountedTwice
        | Bug::LeasedCountsAsEnded
        | Bug::ChunkDropped => {
            // There is room for more jobs than there are: what is not kept for who holds it goes to somebody else at once.
            let setting = restarts::Setting { bug: number, is_served: true, accounts: 12, capacity: 12, beside: 0 };
            ("coordinator", restarts::run(extent(25), setting, |_| ()).await)
        }
        Bug::FenceKept | Bug::NeverExpires | Bug::StaleSaysCommitted => {
            ("zombies", zombies::run(extent(16), 60, number, |_| ()).await)
        }
        Bug::SpooledUnderOldFence => {
            plant(number.map(|_| bug));
            let outcome = spooled::run(extent(2), 3, |_| ()).await;
            plant(None);
            ("spooled", outcome)
        }
        _ => {
            plant(number.map(|_| bug));
            let outcome = forged::run(extent(600), |_| ()).await;
            plant(None);
            ("forged", outcome)
        }
    }
}
