//! Verifies: every value against its checksum, every record, every state that a kept night can ask for against its name,
//! every job against what it counted, and that what is named is there.
//!
//! It reads one consistent view, and holds one type of one account and Region in memory, and a few bytes a job. In reading
//! order: `values` (each by itself), `expected` (what jobs counted), `places` (what they lead to).

mod expected;
mod places;
mod values;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{Display, Formatter};

use redb::ReadTransaction;

use super::super::nights::{Nights, PRUNED};
use super::super::remember::names::{self, Kind as NameKind, NAMES};
use crate::store::{Error, META, Store};

/// Findings that are told one by one; of more only the number.
const TOLD: usize = 1_000;

/// What was verified, and what is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verification {
    /// Every table.
    pub tables: Vec<CheckedTable>,
    /// Jobs whose rows were counted.
    pub jobs: u64,
    /// Types in accounts and Regions that were followed back to the oldest night that is kept.
    pub places: u64,
    /// States that were held against their names.
    pub states: u64,
    /// What is wrong; the first thousand.
    pub damage: Vec<Damage>,
    /// How much more is wrong.
    pub further: u64,
}

/// A table of which every value was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedTable {
    /// Its name.
    pub name: String,
    /// Its values.
    pub entries: u64,
    /// Bytes of their keys and of themselves.
    pub bytes: u64,
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// What kind of thing.
    pub kind: Kind,
    /// Where: a table and a key, a scan, or a type with its account and Region.
    pub place: String,
    /// What, in words.
    pub what: String,
    /// What cannot be read because of it.
    pub lost: Lost,
}

/// Kinds of damage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A value does not match its checksum, or is no record.
    Value,
    /// A state is not what its name says, or cannot be led back to.
    State,
    /// A job counted other rows.
    Rows,
    /// What is named is not there, or what is there is not named.
    Reference,
    /// Pages of the file cannot be read.
    File,
}

/// What cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lost {
    /// Nothing that a kept night needs.
    Nothing,
    /// This place, on nights before that of the scan.
    Before {
        /// The number of the night.
        night: u32,
        /// The scan's id; empty where that is not known.
        scan: String,
    },
    /// This place, on every night.
    Everything,
}

impl Kind {
    /// A word for machines.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::State => "state",
            Self::Rows => "rows",
            Self::Reference => "reference",
            Self::File => "file",
        }
    }
}

impl Display for Lost {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Nothing => f.write_str("no kept night needs it"),
            Self::Before { night, scan } if scan.is_empty() => {
                write!(f, "not readable on nights before number {night}")
            }
            Self::Before { scan, .. } => write!(f, "not readable on nights before scan {scan}"),
            Self::Everything => f.write_str("not readable on any night"),
        }
    }
}

impl Verification {
    /// Whether nothing is wrong.
    pub fn is_clean(&self) -> bool {
        self.damage.is_empty()
    }

    fn add(&mut self, kind: Kind, place: impl Into<String>, what: impl Into<String>, lost: Lost) {
        if self.damage.len() < TOLD {
            self.damage.push(Damage { kind, place: place.into(), what: what.into(), lost });
        } else {
            self.further += 1;
        }
    }

    /// What stops a part of the verification is a finding, unless the disk fails.
    fn note(&mut self, part: &str, result: Result<(), Error>) -> Result<(), Error> {
        match result {
            Err(Error::Damaged { what }) => {
                self.add(
                    Kind::File,
                    part,
                    format!("the {what} is damaged: what is behind it was not looked at"),
                    Lost::Everything,
                );
                Ok(())
            }
            other => other,
        }
    }
}

/// What numbers stand for.
struct Known {
    nights: Nights,
    scopes: BTreeMap<u32, String>,
    types: BTreeMap<u32, String>,
    controls: BTreeSet<u32>,
    /// Scans by night, as far as their records can be read.
    scans: BTreeMap<u32, String>,
}

impl Known {
    fn read(transaction: &ReadTransaction) -> Result<Self, Error> {
        let names = transaction.open_table(NAMES)?;
        Ok(Self {
            nights: Nights::read(&transaction.open_table(META)?, &transaction.open_table(PRUNED)?)?,
            scopes: names::all(&names, NameKind::Scope)?.into_iter().collect(),
            types: names::all(&names, NameKind::Type)?.into_iter().collect(),
            controls: names::all(&names, NameKind::Control)?.into_iter().map(|(number, _)| number).collect(),
            scans: BTreeMap::new(),
        })
    }

    /// What is lost of a place whose states can be trusted since a night only.
    fn lost(&self, since: Option<u32>) -> Lost {
        match since {
            Some(night) => Lost::Before { night, scan: self.scans.get(&night).cloned().unwrap_or_default() },
            None => Lost::Everything,
        }
    }

    fn scope(&self, number: u32) -> String {
        self.scopes.get(&number).cloned().unwrap_or_else(|| format!("account and Region number {number}"))
    }

    fn of(&self, number: u32) -> String {
        self.types.get(&number).cloned().unwrap_or_else(|| format!("type number {number}"))
    }
}

impl Store {
    /// Verifies all that is committed. What is wrong is no error.
    ///
    /// # Errors
    /// When the disk fails, or what numbers stand for cannot be read.
    pub fn verify(&self) -> Result<Verification, Error> {
        self.read(|transaction| {
            let mut found = Verification::default();
            let mut known = Known::read(transaction)?;
            let each = values::verify(transaction, &mut known, &mut found);
            found.note("values", each)?;
            let mut expected = expected::Expected::default();
            let read = expected.read(transaction, &known, &mut found);
            found.note("jobs", read)?;
            let states = places::verify(transaction, &known, &expected, &mut found);
            found.note("states", states)?;
            Ok(found)
        })
    }
}

#[cfg(test)]
mod tests;
