//! Copies a store table by table, in the order of the keys: neighbours come to lie beside each other, and pages are full.
//!
//! Until a copy is done it says that it is of a schema that nobody reads: what was copied half is never taken for a store.

use redb::{Database, ReadTransaction, ReadableTable, TableHandle, WriteTransaction};

use crate::store::audit::AUDIT;
use crate::store::departures::DEPARTURES;
use crate::store::fires::{FIRES, SCHEDULES};
use crate::store::governance::GOVERNANCE;
use crate::store::members::MEMBERS;
use crate::store::nights::PRUNED;
use crate::store::remember::names::NAMES;
use crate::store::remember::place::{HEADS, PAST, PRESENT, SCOPES, VOLATILE};
use crate::store::remember::premises::PREMISES;
use crate::store::tables::{self, Stored};
use crate::store::{Bytes, CHUNKS, DONE, Error, JOBS, META, PLANS, SCANS, sealed};

/// Every table, that of the schema last.
pub(super) const TABLES: [Bytes; 20] = [
    SCANS, PLANS, JOBS, DONE, CHUNKS, DEPARTURES, SCHEDULES, FIRES, PREMISES, GOVERNANCE, NAMES, SCOPES, HEADS,
    PRESENT, PAST, VOLATILE, PRUNED, MEMBERS, AUDIT, META,
];
/// Those of them that stores of schema 3 did not have from the start.
const LATER: [Bytes; 5] = [SCHEDULES, FIRES, MEMBERS, AUDIT, GOVERNANCE];

/// Bytes in one transaction, about.
const BATCH_BYTES: usize = 8 << 20;
/// The schema of what is not done.
const UNFINISHED: u64 = u64::MAX;

/// What was copied: its number of values, and a hash over all tables, keys and values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Content {
    /// How many values.
    pub(super) entries: u64,
    hash: blake3::Hash,
}

/// Copies all tables into an empty database.
///
/// # Errors
/// When a disk fails, a value does not match its checksum, or there is a table that this version does not know.
pub(super) fn copy(from: &ReadTransaction, into: &Database) -> Result<Content, Error> {
    let is_known = |name: &str| TABLES.iter().any(|table| table.name() == name);
    for table in from.list_tables()? {
        if !is_known(table.name()) {
            return Err(Error::Disk(format!("there is a table `{}` that this version does not know", table.name())));
        }
    }
    let begin = begin(into)?;
    begin.open_table(META)?.insert(b"schema".as_slice(), UNFINISHED.to_be_bytes().as_slice())?;
    begin.commit()?;
    let mut content = Hasher::new();
    for table in TABLES {
        copy_table(from, into, table, &mut content)?;
    }
    Ok(content.finish())
}

/// The same of what is there already.
///
/// # Errors
/// When the disk fails.
pub(super) fn content(of: &ReadTransaction) -> Result<Content, Error> {
    let mut content = Hasher::new();
    for definition in TABLES {
        let Some(table) = opened(of, definition)? else { continue };
        for entry in table.iter()? {
            let (key, value) = entry?;
            content.add(definition.name(), key.value(), value.value());
        }
    }
    Ok(content.finish())
}

/// A table; none where a store was made before there was such a one.
pub(super) fn opened(from: &ReadTransaction, table: Bytes) -> Result<Option<Stored>, Error> {
    match LATER.iter().any(|later| later.name() == table.name()) {
        true => tables::opened(from, table),
        false => Ok(Some(from.open_table(table)?)),
    }
}

fn begin_empty(into: &Database, table: Bytes) -> Result<(), Error> {
    let transaction = begin(into)?;
    transaction.open_table(table)?;
    Ok(transaction.commit()?)
}

fn begin(database: &Database) -> Result<WriteTransaction, Error> {
    let mut transaction = database.begin_write()?;
    transaction.set_two_phase_commit(true);
    Ok(transaction)
}

fn copy_table(from: &ReadTransaction, into: &Database, table: Bytes, content: &mut Hasher) -> Result<(), Error> {
    let Some(source) = opened(from, table)? else { return begin_empty(into, table) };
    let mut entries = source.iter()?.peekable();
    loop {
        let transaction = begin(into)?;
        let mut bytes = 0;
        {
            let mut target = transaction.open_table(table)?;
            while bytes < BATCH_BYTES
                && let Some(entry) = entries.next()
            {
                let (key, value) = entry?;
                check(table.name(), key.value(), value.value())?;
                content.add(table.name(), key.value(), value.value());
                target.insert(key.value(), value.value())?;
                bytes += key.value().len() + value.value().len();
            }
        }
        transaction.commit()?;
        if entries.peek().is_none() {
            return Ok(());
        }
    }
}

/// What is damaged is not handed on: an older copy is better than one of it.
fn check(table: &str, key: &[u8], value: &[u8]) -> Result<(), Error> {
    if table == META.name() && matches!(key, b"schema" | b"upgrading") {
        return Ok(());
    }
    sealed::open(table, key, value, "value that is to be copied").map(drop)
}

struct Hasher {
    entries: u64,
    hash: blake3::Hasher,
}

impl Hasher {
    fn new() -> Self {
        Self { entries: 0, hash: blake3::Hasher::new() }
    }

    fn add(&mut self, table: &str, key: &[u8], value: &[u8]) {
        self.entries += 1;
        for part in [table.as_bytes(), key, value] {
            self.hash.update(&(part.len() as u64).to_be_bytes()).update(part);
        }
    }

    fn finish(self) -> Content {
        Content { entries: self.entries, hash: self.hash.finalize() }
    }
}
