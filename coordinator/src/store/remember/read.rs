//! Reads the memory as it was on the night of a job.

use std::collections::{BTreeMap, BTreeSet};

use plumbline_proto::agent_v1::Row;

use super::merge::{Remembered, row};
use super::names::{self, Kind, NAMES};
use super::place::{Place, Tables};
use super::standing::Standing;
use crate::store::record::Job;
use crate::store::{Error, Store};

/// What a job found of one type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    place: Place,
    /// The type; empty for what is about the whole account and Region.
    pub type_name: String,
}

/// A row as a scan found it, and since when it stands so.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredRow {
    /// The row.
    pub row: Row,
    /// Since when.
    pub standing: Standing,
}

impl Store {
    /// The types that the memory has of a job's account and Region.
    ///
    /// # Errors
    /// When the disk fails, or the scan's record or a name is damaged.
    pub fn parts(&self, job: &Job) -> Result<Vec<Part>, Error> {
        let facts = self.facts_of(job)?;
        self.read(|transaction| {
            let names = transaction.open_table(NAMES)?;
            let Some(scope) = names::find(&names, Kind::Scope, &facts.scope(job)?)? else { return Ok(Vec::new()) };
            let types: BTreeMap<u32, String> = names::all(&names, Kind::Type)?.into_iter().collect();
            let tables = Tables::open(|table| transaction.open_table(table))?;
            let part = |place: Place| {
                let type_name = types.get(&place.of).cloned().ok_or(Error::Damaged { what: "name of a type" })?;
                Ok(Part { place, type_name })
            };
            Place::all_of(scope, &tables)?.into_iter().map(part).collect()
        })
    }

    /// The rows of a job that are about one type, by resource.
    ///
    /// # Errors
    /// When the disk fails, or something that this needs is damaged.
    pub fn rows(&self, job: &Job, part: &Part) -> Result<Vec<StoredRow>, Error> {
        let facts = self.facts_of(job)?;
        let controls: BTreeSet<String> = facts.controls(job);
        let state = self
            .read(|transaction| Tables::open(|table| transaction.open_table(table))?.as_of(part.place, facts.night))?;
        Ok(rows(state.unwrap_or_default(), &part.type_name, &controls))
    }
}

#[cfg(test)]
impl Store {
    /// Stored bytes of what is remembered: keys and values, present and past.
    pub(in crate::store) fn memory_bytes(&self) -> Result<u64, Error> {
        use redb::ReadableTableMetadata;
        self.read(|transaction| {
            let tables = super::TABLES.iter().map(|table| Ok(transaction.open_table(*table)?.stats()?.stored_bytes()));
            tables.sum()
        })
    }
}

/// The rows of what was found last.
fn rows(state: Remembered, type_name: &str, controls: &BTreeSet<String>) -> Vec<StoredRow> {
    let mut rows = Vec::new();
    for entry in state.entries.into_iter().filter(|entry| entry.missing_since == 0) {
        let of_job = entry.rows.iter().filter(|row| controls.contains(&row.control));
        rows.extend(of_job.map(|known| StoredRow {
            row: Row { resource: entry.id.clone(), resource_type: type_name.to_owned(), ..row(known) },
            standing: Standing::of(known),
        }));
    }
    rows
}
