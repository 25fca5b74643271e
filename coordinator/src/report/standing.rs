//! How the requirements of a framework stand, by what a scan says of the controls that answer them. Pure; knows nothing
//! of rows: the digest sums them up.
//!
//! A requirement holds when each of its controls was read completely and holds. What was not read, what a control only
//! answers in part, and what no control answers never reads as holding.

use std::sync::Arc;

use plumbline_baseline::pack::framework::{Answered, Covers, Edition, Framework, Requirement};

/// How a requirement stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// A control that answers it fails.
    Fails,
    /// Its controls were not read completely, are not in the report, or fail by what it may not ask for.
    NotDecided,
    /// What its controls look at holds, which is not all of it.
    PartHolds,
    /// All of it holds.
    Holds,
    /// It is for a person to look.
    Person,
    /// No control answers it.
    NotAnswered,
}

/// What a scan says of one control, all accounts and Regions together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Rows with FAIL.
    pub failing: u64,
    /// Checks with an UNKNOWN that nothing decides, or that fails in the account that decides it.
    pub open: u64,
    /// Checks that are left to a person.
    pub manual: u64,
}

/// One requirement in a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequirementStanding {
    /// What is required.
    pub requirement: Requirement,
    /// How it stands.
    pub standing: Standing,
    /// Findings of its controls.
    pub failing: u64,
    /// Checks of its controls that nothing decides, or that fail in another account, which decides them.
    pub open: u64,
    /// Those of its controls that the report has no row of.
    pub unseen: Vec<Arc<str>>,
}

/// A version of a framework in a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameworkStanding {
    /// The framework's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The version; empty when it has none.
    pub version: String,
    /// Every requirement, in the order of the ids.
    pub requirements: Vec<RequirementStanding>,
}

impl Standing {
    /// All of them, as people want to read them.
    pub const ALL: [Self; 6] =
        [Self::Fails, Self::NotDecided, Self::PartHolds, Self::Holds, Self::Person, Self::NotAnswered];

    /// For machines.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fails => "fails",
            Self::NotDecided => "not_decided",
            Self::PartHolds => "part_holds",
            Self::Holds => "holds",
            Self::Person => "person",
            Self::NotAnswered => "not_answered",
        }
    }

    /// Of one requirement, for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Fails => "fails",
            Self::NotDecided => "not decided",
            Self::PartHolds => "part holds",
            Self::Holds => "holds",
            Self::Person => "left to a person",
            Self::NotAnswered => "not answered",
        }
    }

    /// Of several, for people.
    pub fn counted(self, count: u64) -> String {
        let words = match (self, count) {
            (Self::Fails, 1) => "fails",
            (Self::Fails, _) => "fail",
            (Self::PartHolds, 1) => "holds in part",
            (Self::PartHolds, _) => "hold in part",
            (Self::Holds, 1) => "holds",
            (Self::Holds, _) => "hold",
            (other, _) => other.words(),
        };
        format!("{} {words}", super::text::grouped(count))
    }

    /// Of a requirement, by what is told of its controls; `None` where the report has no row of one.
    fn of(requirement: &Requirement, controls: &[Option<Told>]) -> Self {
        match requirement.answered() {
            Answered::No => return Self::NotAnswered,
            Answered::Person => return Self::Person,
            Answered::Whole | Answered::Part => {}
        }
        let any = |is: fn(&Told) -> bool| controls.iter().flatten().any(is);
        if any(|told| told.failing > 0) && !requirement.stricter {
            Self::Fails
        } else if any(|told| told.failing > 0 || told.open > 0) || controls.contains(&None) || controls.is_empty() {
            Self::NotDecided
        } else if any(|told| told.manual > 0) {
            Self::Person
        } else if requirement.covers == Some(Covers::All) {
            Self::Holds
        } else {
            Self::PartHolds
        }
    }
}

impl FrameworkStanding {
    /// How a version of a framework stands; `told` knows what the report has of a control.
    pub fn of(framework: &Framework, edition: &Edition, told: impl Fn(&str) -> Option<Told>) -> Self {
        let standing = |requirement: &Requirement| {
            let controls: Vec<Option<Told>> = requirement.controls.iter().map(|id| told(id)).collect();
            let unseen = requirement.controls.iter().zip(&controls).filter(|(_, told)| told.is_none());
            RequirementStanding {
                standing: Standing::of(requirement, &controls),
                failing: controls.iter().flatten().map(|told| told.failing).sum(),
                open: controls.iter().flatten().map(|told| told.open).sum(),
                unseen: unseen.map(|(id, _)| Arc::clone(id)).collect(),
                requirement: requirement.clone(),
            }
        };
        Self {
            id: framework.id.clone(),
            name: framework.name.clone(),
            version: edition.version.clone(),
            requirements: edition.requirements.iter().map(standing).collect(),
        }
    }

    /// How many requirements stand like this.
    pub fn count(&self, standing: Standing) -> u64 {
        self.requirements.iter().filter(|each| each.standing == standing).count() as u64
    }

    /// `12 hold, 3 fail, …`: every standing that there is, in the order of [`Standing::ALL`].
    pub fn counts(&self) -> String {
        let counts = Standing::ALL.into_iter().map(|standing| (standing, self.count(standing)));
        let counted = counts.filter(|(_, count)| *count > 0).map(|(standing, count)| standing.counted(count));
        counted.collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests;
