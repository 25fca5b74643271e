//! The store under faults: a disk that crashes or fails at every write and every sync, damaged files, and agents that lie.
//!
//! In reading order: `estate` (what nights find), `facts` (all that a store says, and what it has to say), `model` (what
//! was acknowledged), `deliver` (what an agent sends), `history` (nights as single writes), then one module a fault:
//! [`crashes`], [`flips`], [`hostile`], [`full`], [`fills`], [`kills`], [`upgrades`]. Each has a seed, prints what it
//! counted, and is right when nothing is lost, doubled, invented or wrong.

pub(crate) mod chance;
pub mod crashes;
mod deliver;
mod estate;
mod facts;
pub mod fills;
pub mod flips;
pub mod full;
mod history;
pub mod hostile;
pub mod kills;
mod model;
#[cfg(feature = "planted")]
pub mod planted;
pub mod upgrades;

use std::fmt::{Display, Formatter};

pub use facts::Wrong;

/// What a program counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Faults that were made.
    pub faults: u64,
    /// Of these, how many hit something: a write in flight, a value that is read, a delivery that is looked at.
    pub hits: u64,
    /// What else is worth to be known, in its order.
    pub notes: Vec<(&'static str, u64)>,
    /// What is not as it has to be.
    pub wrong: Wrong,
}

impl Outcome {
    /// One more of these.
    fn note(&mut self, name: &'static str) {
        self.add(name, 1);
    }

    /// So many more of these.
    fn add(&mut self, name: &'static str, count: u64) {
        match self.notes.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known += count,
            None => self.notes.push((name, count)),
        }
    }

    /// How many of these were counted.
    pub fn noted(&self, name: &str) -> u64 {
        self.notes.iter().find(|(known, _)| *known == name).map_or(0, |(_, count)| *count)
    }

    /// Whether all is as it has to be.
    pub fn is_right(&self) -> bool {
        self.wrong.is_nothing()
    }
}

impl Display for Outcome {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{} faults, {} hit something", self.faults, self.hits)?;
        for (name, count) in &self.notes {
            writeln!(f, "  {name}: {count}")?;
        }
        write!(f, "{}", self.wrong)
    }
}
