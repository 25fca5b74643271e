//! What a program counts, and what is not as it has to be.

use std::fmt::{Display, Formatter};

/// Problems that are told in words.
const TOLD: usize = 20;

/// What a program counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Faults that were made.
    pub faults: u64,
    /// Of these, how many hit something in flight.
    pub hits: u64,
    /// Scans that ended, each compared as a whole.
    pub scans: u64,
    /// What else is worth to be known, in its order.
    pub notes: Vec<(&'static str, u64)>,
    /// What is not as it has to be.
    pub wrong: Wrong,
}

/// What is not as it has to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wrong {
    /// Rows of the undisturbed scan that are not there, or say that nothing was done.
    pub lost: u64,
    /// Rows that are there more often.
    pub duplicated: u64,
    /// Rows, or writes that were accepted, which nobody should have made.
    pub phantom: u64,
    /// Rows that pass, and do not in the undisturbed scan.
    pub false_pass: u64,
    /// What failed that has to work: to go on, to end, to verify; and promises that were broken on the way.
    pub failed: u64,
    /// The first of them in words.
    pub told: Vec<String>,
}

impl Outcome {
    /// So many more of these.
    pub(super) fn add(&mut self, name: &'static str, count: u64) {
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

impl Wrong {
    /// Whether there is nothing.
    pub fn is_nothing(&self) -> bool {
        [self.lost, self.duplicated, self.phantom, self.false_pass, self.failed] == [0; 5]
    }

    /// Something failed that has to work.
    pub(super) fn fail(&mut self, what: impl Into<String>) {
        self.failed += 1;
        self.tell(what.into());
    }

    /// Says it in words.
    pub(super) fn tell(&mut self, what: String) {
        if self.told.len() < TOLD {
            self.told.push(what);
        }
    }
}

impl Display for Outcome {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let Self { faults, hits, scans, notes, wrong } = self;
        writeln!(f, "{faults} faults, {hits} hit something in flight; {scans} scans")?;
        for (name, count) in notes {
            writeln!(f, "  {name}: {count}")?;
        }
        let Wrong { lost, duplicated, phantom, false_pass, failed, told } = wrong;
        write!(
            f,
            "{lost} lost, {duplicated} duplicated, {phantom} phantom, {false_pass} false PASS; {failed} failed otherwise"
        )?;
        told.iter().try_for_each(|line| write!(f, "\n  {line}"))
    }
}
