//! Bugs on demand: each of them has to be found by one of the programs.

use plumbline_coordinator::planted::{Bug, OF_STORE, plant};

use super::{Outcome, crashes, flips, hostile};

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
///
/// # Errors
/// When a program cannot run at all.
pub fn run(seed: u64, report: impl Fn(&Planted)) -> anyhow::Result<Vec<Planted>> {
    let mut all = Vec::new();
    for bug in OF_STORE {
        plant(Some(bug));
        let (program, outcome) = look(bug, seed);
        plant(None);
        let noticed = match outcome {
            Ok(outcome) if outcome.is_right() => None,
            Ok(outcome) => Some(outcome.wrong.to_string().lines().take(2).collect::<Vec<_>>().join(";")),
            // What a program needs does not go through with it.
            Err(error) => Some(format!("{error:#}")),
        };
        let planted = Planted { bug, program, noticed };
        report(&planted);
        all.push(planted);
    }
    Ok(all)
}

/// The program that has to find it.
fn look(bug: Bug, seed: u64) -> (&'static str, anyhow::Result<Outcome>) {
    match bug {
        Bug::AcknowledgedEarly | Bug::UnknownDecides | Bug::PartProvesGone | Bug::PrunesOneMore => {
            ("crashes", crashes::run(seed, 100, 50, |_| ()))
        }
        Bug::SealUnchecked => ("flips", flips::run(seed, 150, |_| ())),
        Bug::HashesUnchecked
        | Bug::FenceUnchecked
        | Bug::NameUnchecked
        | Bug::ChunkReplaced
        | Bug::ForeignAccepted
        | Bug::AnyFormAccepted => {
            let runtime = tokio::runtime::Runtime::new().map_err(anyhow::Error::from);
            ("hostile", runtime.and_then(|runtime| runtime.block_on(hostile::run(seed, 400, |_| ()))))
        }
        other => ("none", Err(anyhow::anyhow!("{other:?} is none of the store"))),
    }
}
