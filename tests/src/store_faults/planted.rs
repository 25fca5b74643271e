//! Bugs on demand: each of them has to be found by one of the programs, which find nothing without it.

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

/// A program that looks for bugs.
#[derive(Clone, Copy, Debug)]
enum Program {
    Crashes,
    Flips,
    Hostile,
}

/// Plants every bug in turn, and looks for it.
///
/// # Errors
/// When a program finds something where nothing is planted.
pub fn run(seed: u64, report: impl Fn(&Planted)) -> anyhow::Result<Vec<Planted>> {
    plant(None);
    for program in [Program::Crashes, Program::Flips, Program::Hostile] {
        let outcome = program.run(seed)?;
        anyhow::ensure!(outcome.is_right(), "{} without a bug: {outcome}", program.name());
    }
    let mut all = Vec::new();
    for bug in OF_STORE {
        let program = Program::that_finds(bug);
        plant(Some(bug));
        let outcome = program.run(seed);
        plant(None);
        let noticed = match outcome {
            Ok(outcome) if outcome.is_right() => None,
            Ok(outcome) => Some(outcome.wrong.to_string().lines().take(2).collect::<Vec<_>>().join(";")),
            // What a program needs does not go through with it.
            Err(error) => Some(format!("{error:#}")),
        };
        let planted = Planted { bug, program: program.name(), noticed };
        report(&planted);
        all.push(planted);
    }
    Ok(all)
}

impl Program {
    /// The one that has to find a bug.
    fn that_finds(bug: Bug) -> Self {
        match bug {
            Bug::AcknowledgedEarly | Bug::UnknownDecides | Bug::PartProvesGone | Bug::PrunesOneMore => Self::Crashes,
            Bug::SealUnchecked => Self::Flips,
            Bug::HashesUnchecked
            | Bug::FenceUnchecked
            | Bug::NameUnchecked
            | Bug::ChunkReplaced
            | Bug::ForeignAccepted
            | Bug::AnyFormAccepted => Self::Hostile,
            // The others are the fleet's, and of no list of these.
            _ => Self::Crashes,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Crashes => "crashes",
            Self::Flips => "flips",
            Self::Hostile => "hostile",
        }
    }

    fn run(self, seed: u64) -> anyhow::Result<Outcome> {
        match self {
            Self::Crashes => crashes::run(seed, 100, 50, |_| ()),
            Self::Flips => flips::run(seed, 150, |_| ()),
            Self::Hostile => tokio::runtime::Runtime::new()?.block_on(hostile::run(seed, 400, |_| ())),
        }
    }
}
