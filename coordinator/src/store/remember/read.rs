//! Reads the memory as it was on the night of a job.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use plumbline_baseline::volatile::join;
use plumbline_baseline::{Doc, Unread};
use plumbline_proto::agent_v1::{Row, Status};
use plumbline_tree as tree;

use super::merge::{Remembered, row};
use super::names::{self, Kind, NAMES};
use super::place::{Committed, Place, SCOPES, Tables, if_damaged};
use super::standing::Standing;
use super::take::whole_head_of;
use super::volatile::ByPlace;
use crate::store::file::guarded;
use crate::store::record::{Entry, Job, JobState, StandingRow};
use crate::store::sealed::Sealed;
use crate::store::{Error, Store};

/// What a job found of one type.
#[derive(Clone)]
pub struct Part {
    place: Place,
    /// The type; empty for what is about the whole account and Region.
    pub type_name: String,
    of: Arc<OfJob>,
}

/// What the parts of a job have in common: one state of the store, and what is asked of it.
struct OfJob {
    tables: Tables<Committed>,
    night: u32,
    controls: HashSet<String>,
}

impl fmt::Debug for Part {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Part").field(&self.place).field(&self.type_name).finish()
    }
}

#[cfg(test)]
impl Part {
    /// Where it lies.
    pub(in crate::store) fn place(&self) -> Place {
        self.place
    }
}

/// What a scan read of one type.
#[derive(Clone, Debug, PartialEq)]
pub struct Documents {
    /// Why there may be more; none when that is all that there was.
    pub unread: Option<Arc<Unread>>,
    /// In the order of the ids.
    pub documents: Vec<StoredDocument>,
}

/// Documents by ARN, as they are stored.
pub type StoredDocuments = HashMap<String, Vec<u8>>;

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
            let Some(scope) = names::find(&names, Kind::Scope, &facts.scope(job)?)? else {
                // What is committed gave its place a name.
                return match job.state() {
                    JobState::Committed => Err(Error::Damaged { what: "name of an account and Region" }),
                    _ => Ok(Vec::new()),
                };
            };
            let types: BTreeMap<u32, String> = names::all(&names, Kind::Type)?.into_iter().collect();
            let tables = Tables::open(|table| transaction.open_table(table))?;
            let scopes = transaction.open_table(SCOPES)?;
            // Whoever commits leaves a record of the place, which may be damaged and is there.
            let is_there = redb::ReadableTable::get(&scopes, scope.to_be_bytes().as_slice())?.is_some();
            if job.state() == JobState::Committed && !is_there {
                return Err(Error::Damaged { what: "state of an account and Region" });
            }
            let places = places(scope, &tables, &scopes, |of| types.get(&of).cloned())?;
            let of =
                Arc::new(OfJob { tables, night: facts.night, controls: facts.controls(job).into_iter().collect() });
            let part = |place: Place| {
                let type_name = types.get(&place.of).cloned().ok_or(Error::Damaged { what: "name of a type" })?;
                Ok(Part { place, type_name, of: Arc::clone(&of) })
            };
            places.into_iter().map(part).collect()
        })
    }

    /// What a job read of one type, with what changes by itself as far as that is kept; `None` where nothing was delivered.
    ///
    /// # Errors
    /// When the disk fails, or something that this needs is damaged.
    pub fn documents(&self, job: &Job, part: &Part) -> Result<Option<Documents>, Error> {
        let facts = self.facts_of(job)?;
        let Part { place, .. } = part;
        let (state, volatile) = self.read(|transaction| {
            let tables = Tables::open(|table| transaction.open_table(table))?;
            Ok((tables.as_of(*place, facts.night)?, tables.volatile(place.scope, facts.night)?))
        })?;
        let changing = volatile.unwrap_or_default().of(place.of)?;
        state.map_or(Ok(None), |state| listed(state, &changing))
    }
}

impl Part {
    /// The rows of the job that are about the type, by resource.
    ///
    /// # Errors
    /// When the disk fails, or something that this needs is damaged.
    pub fn rows(&self) -> Result<Vec<StoredRow>, Error> {
        Ok(rows(self.state()?, &self.type_name, &self.of.controls))
    }

    /// The same, and the documents of the resources that fail, by ARN and as they are stored: without what changes by
    /// itself. Whether the scan kept documents at all, its record says: an older night may have left some.
    ///
    /// # Errors
    /// When the disk fails, or something that this needs is damaged.
    pub fn rows_and_failing(&self) -> Result<(Vec<StoredRow>, StoredDocuments), Error> {
        let controls = &self.of.controls;
        let mut state = self.state()?;
        let fails = |row: &StandingRow| row.status == Status::Fail as i32 && controls.contains(&row.control);
        let is_failing = |entry: &&mut Entry| entry.missing_since == 0 && entry.rows.iter().any(fails);
        let has_one = |entry: &&mut Entry| !entry.id.is_empty() && !entry.document.is_empty();
        let documents = state.entries.iter_mut().filter(is_failing).filter(has_one);
        let documents = documents.map(|entry| (entry.id.clone(), std::mem::take(&mut entry.document))).collect();
        Ok((rows(state, &self.type_name, controls), documents))
    }

    fn state(&self) -> Result<Remembered, Error> {
        let OfJob { tables, night, .. } = &*self.of;
        Ok(guarded(|| tables.as_of(self.place, *night))?.unwrap_or_default())
    }
}

/// The types of an account and Region. A damaged page may hide some of them: all their names come to the root's.
///
/// # Errors
/// When the disk fails, or they do not.
pub(super) fn places(
    scope: u32,
    tables: &Tables<impl Sealed>,
    scopes: &impl Sealed,
    type_name: impl Fn(u32) -> Option<String>,
) -> Result<Vec<Place>, Error> {
    let places = Place::all_of(scope, tables)?;
    let known = match whole_head_of(scopes, &scope.to_be_bytes()) {
        Ok(Some(known)) => known,
        // Whoever stores a type leaves a record of the place.
        Ok(None) if places.is_empty() => return Ok(places),
        Ok(None) => return Err(Error::Damaged { what: "state of an account and Region" }),
        Err(error) => return if_damaged(error).map(|_: Option<()>| places),
    };
    let mut names = tree::Names::default();
    for &place in &places {
        let head = match tables.head(place) {
            Ok(Some(head)) => head,
            Ok(None) => return Err(Error::Damaged { what: "list of types" }),
            // What is damaged says so by itself, and its name is not known.
            Err(error) => return if_damaged(error).map(|_: Option<()>| places),
        };
        let name = Some(head).filter(|head| !head.is_left_out).and_then(|head| head.name.try_into().ok());
        names.0.extend(name.and_then(|name| Some((type_name(place.of)?, name))));
    }
    match known.root == names.root() {
        true => Ok(places),
        false => Err(Error::Damaged { what: "list of types" }),
    }
}

/// What was listed of a type, each document with what changes by itself; `None` where nobody looked at the type any more.
pub(super) fn listed(state: Remembered, changing: &ByPlace) -> Result<Option<Documents>, Error> {
    let damaged = || Error::Damaged { what: "document" };
    let Some(head) = state.head.filter(|head| !head.is_left_out) else { return Ok(None) };
    let mut documents = Vec::new();
    let found = state.entries.into_iter().filter(|entry| entry.missing_since == 0);
    for (place, entry) in (0..).zip(found).filter(|(_, entry)| !entry.document.is_empty()) {
        let mut document = tree::parse(&entry.document).ok_or_else(damaged)?;
        if let Some(volatile) = changing.get(&place) {
            document = join(document, tree::parse(volatile).ok_or_else(damaged)?);
        }
        documents.push(StoredDocument { id: entry.id, document });
    }
    let unread = Some(head.unread).filter(|unread| !unread.is_empty());
    let unread = unread.map(|unread| tree::parse(unread.as_bytes()).and_then(|doc| doc.unread().cloned()));
    let unread = unread.map(|unread| unread.ok_or_else(damaged)).transpose()?;
    Ok(Some(Documents { unread, documents }))
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

/// A document as a scan found it.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredDocument {
    /// The resource's ARN.
    pub id: String,
    /// What it was, without secrets.
    pub document: Doc,
}

/// The rows of what was found last.
fn rows(state: Remembered, type_name: &str, controls: &HashSet<String>) -> Vec<StoredRow> {
    let mut rows = Vec::new();
    for entry in state.entries.into_iter().filter(|entry| entry.missing_since == 0) {
        let of_job = entry.rows.into_iter().filter(|row| controls.contains(&row.control));
        rows.extend(of_job.map(|known| StoredRow {
            standing: Standing::of(&known),
            row: Row { resource: entry.id.clone(), resource_type: type_name.to_owned(), ..row(known) },
        }));
    }
    rows
}
