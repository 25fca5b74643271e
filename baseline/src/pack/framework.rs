//! Frameworks: catalogues of requirements, and which controls answer them. The checked form of `frameworks/*.yaml`.
//!
//! A framework says of each requirement what it asks, who can decide it, and which controls do, wholly or in part; what
//! a control answers is derived from that. Must not know how requirements stand: reports do.

mod checked;
pub(super) mod keys;
mod order;
mod written;

use std::collections::BTreeMap;
use std::sync::Arc;

pub(super) use checked::{Controls, check, extend};
pub use order::natural;
pub(super) use written::{File, read};

/// Framework id → version (empty when it has none) → requirement ids: what a control answers.
pub type Answers = BTreeMap<String, BTreeMap<String, Vec<String>>>;

/// One framework.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Framework {
    /// `cis-aws-foundations`: the file's name.
    pub id: String,
    /// How reports call it.
    pub name: String,
    /// Where it is published.
    pub url: String,
    /// The day whose state the requirements are, where there are no versions to tell (`2026-08-31`).
    pub as_of: Option<String>,
    /// Its versions, the oldest first. One without a version when it has none.
    pub editions: Vec<Edition>,
    /// The form of its requirements' ids, as a regular expression.
    id_form: String,
}

/// A version of a framework.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edition {
    /// `7.0.0`; empty when the framework has no versions.
    pub version: String,
    /// Every requirement, in the order of the ids.
    pub requirements: Vec<Requirement>,
}

/// What a version of a framework asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// As the framework has it: `2.1.1`, `S3.5`.
    pub id: String,
    /// What it asks, in our own words.
    pub says: String,
    /// The framework's level or profile, where it has any.
    pub level: Option<u8>,
    /// Who can decide it.
    pub decided: Decider,
    /// Who decides it as the framework itself sees it.
    pub assessed: Decider,
    /// The controls that answer it.
    pub controls: Vec<Arc<str>>,
    /// How much of it they look at; `None` without controls.
    pub covers: Option<Covers>,
    /// Whether they ask for something that it does not: a failure of theirs may then be none of the requirement.
    pub stricter: bool,
    /// What a reader has to know, such as what is left open.
    pub note: String,
    /// Whether all that answers it are manual controls.
    is_attested: bool,
}

/// Who can decide a requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decider {
    /// What AWS's APIs tell decides it.
    Automated,
    /// Only a person can.
    Manual,
}

/// How much of a requirement its controls look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Covers {
    /// All that it asks.
    All,
    /// A part of it.
    Part,
}

/// Whether a requirement is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Answered {
    /// Controls look at all that it asks.
    Whole,
    /// Controls look at a part of it.
    Part,
    /// No machine can tell: it is for a person to look.
    Person,
    /// It could be decided, and no control does.
    No,
}

impl Framework {
    /// Its newest version.
    pub fn newest(&self) -> &Edition {
        self.editions.last().expect("a framework without a requirement is not loaded")
    }

    /// One of its versions.
    pub fn edition(&self, version: &str) -> Option<&Edition> {
        self.editions.iter().find(|edition| edition.version == version)
    }

    /// The names of its versions, the oldest first; none when it has none.
    pub fn versions(&self) -> impl Iterator<Item = &str> {
        self.editions.iter().map(|edition| &*edition.version).filter(|version| !version.is_empty())
    }
}

impl Edition {
    /// One of its requirements.
    pub fn requirement(&self, id: &str) -> Option<&Requirement> {
        self.requirements.iter().find(|requirement| requirement.id == id)
    }

    /// A requirement as what a control answers is listed: its id, and whether it is answered in part.
    pub fn cited(&self, id: &str) -> String {
        match self.requirement(id).and_then(|requirement| requirement.covers) {
            Some(Covers::Part) => format!("{id} (in part)"),
            _ => id.to_owned(),
        }
    }

    /// How many of its requirements are answered like this.
    pub fn count(&self, answered: Answered) -> usize {
        self.requirements.iter().filter(|requirement| requirement.answered() == answered).count()
    }
}

impl Requirement {
    /// Whether it is answered.
    pub fn answered(&self) -> Answered {
        match (self.covers, self.decided) {
            (Some(_), _) if self.is_attested => Answered::Person,
            (Some(Covers::All), _) => Answered::Whole,
            (Some(Covers::Part), _) => Answered::Part,
            (None, Decider::Manual) => Answered::Person,
            (None, Decider::Automated) => Answered::No,
        }
    }
}

impl Decider {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Automated => "automated",
            Self::Manual => "manual",
        }
    }
}

impl Covers {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Part => "part",
        }
    }
}

impl Answered {
    /// All of them, in the order of tables.
    pub const ALL: [Self; 4] = [Self::Whole, Self::Part, Self::Person, Self::No];

    /// For machines.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Part => "part",
            Self::Person => "person",
            Self::No => "no",
        }
    }
}

/// What each control answers.
pub(super) fn answers(frameworks: &BTreeMap<String, Framework>) -> BTreeMap<Arc<str>, Answers> {
    let mut answers: BTreeMap<Arc<str>, Answers> = BTreeMap::new();
    for framework in frameworks.values() {
        for edition in &framework.editions {
            for requirement in &edition.requirements {
                for control in &requirement.controls {
                    let versions = answers.entry(Arc::clone(control)).or_default();
                    let ids = versions.entry(framework.id.clone()).or_default().entry(edition.version.clone());
                    ids.or_default().push(requirement.id.clone());
                }
            }
        }
    }
    answers
}

#[cfg(test)]
mod tests;
