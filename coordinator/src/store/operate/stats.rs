//! What the store holds, and what takes how much.

use redb::{ReadTransaction, ReadableTable, ReadableTableMetadata, TableHandle};

use super::backup::live;
use super::copy::{TABLES, opened};
use crate::store::nights::{self, PRUNED};
use crate::store::packed::unpack;
use crate::store::record::Entries;
use crate::store::remember::place::PRESENT;
use crate::store::scans::StoredScan;
use crate::store::{Error, Store, sealed};

/// What the store holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stats {
    /// Every table.
    pub tables: Vec<TableSize>,
    /// The scans that are kept, the newest first.
    pub scans: Vec<StoredScan>,
    /// How many were pruned.
    pub pruned: u64,
    /// How many of those are not removed as a whole yet.
    pub unfinished: u64,
    /// Resources that are there now.
    pub resources: u64,
    /// Those with a document.
    pub documents: u64,
    /// Bytes of these documents.
    pub document_bytes: u64,
    /// How controls stand on them.
    pub rows: u64,
    /// Bytes of the pages that something is in: about the length of a compacted file.
    pub live_bytes: u64,
}

/// What a table takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableSize {
    /// Its name.
    pub name: String,
    /// Its values.
    pub entries: u64,
    /// Bytes of keys and values.
    pub stored: u64,
    /// Bytes of pages that lead to them.
    pub metadata: u64,
    /// Bytes of these pages that nothing is in.
    pub fragmented: u64,
}

impl Store {
    /// Counts what is there. It reads the whole file.
    ///
    /// # Errors
    /// When the disk fails, or a part of the present is damaged.
    pub fn stats(&self) -> Result<Stats, Error> {
        let scans = self.scans()?;
        self.read(|transaction| {
            let mut stats = Stats { scans, live_bytes: live(transaction)?, ..Stats::default() };
            for definition in TABLES {
                let Some(table) = opened(transaction, definition)? else { continue };
                let size = table.stats()?;
                stats.tables.push(TableSize {
                    name: definition.name().to_owned(),
                    entries: table.len()?,
                    stored: size.stored_bytes(),
                    metadata: size.metadata_bytes(),
                    fragmented: size.fragmented_bytes(),
                });
            }
            let pruned = nights::all(&transaction.open_table(PRUNED)?)?;
            stats.pruned = pruned.len() as u64;
            stats.unfinished = pruned.iter().filter(|(_, pruned)| pruned.is_leaving).count() as u64;
            count(transaction, &mut stats)?;
            Ok(stats)
        })
    }
}

/// Counts what is there now.
fn count(transaction: &ReadTransaction, stats: &mut Stats) -> Result<(), Error> {
    const WHAT: &str = "chunk of resources";
    let table = transaction.open_table(PRESENT)?;
    for chunk in table.iter()? {
        let (key, value) = chunk?;
        let chunk: Entries = unpack(sealed::open(PRESENT.name(), key.value(), value.value(), WHAT)?, WHAT)?;
        for entry in chunk.entries.iter().filter(|entry| entry.missing_since == 0) {
            stats.resources += u64::from(!entry.id.is_empty());
            stats.documents += u64::from(!entry.document.is_empty());
            stats.document_bytes += entry.document.len() as u64;
            stats.rows += entry.rows.len() as u64;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::history;
    use super::*;

    #[tokio::test]
    async fn what_is_there_is_counted() {
        let store = Store::in_memory();
        history::store(&store, &history::small(2), 1).await.unwrap();
        let stats = store.stats().unwrap();
        assert_eq!((stats.scans.len(), stats.pruned, stats.tables.len()), (2, 0, TABLES.len()));
        assert!(stats.resources > 0 && stats.rows == 2 * stats.resources, "{stats:?}");
        assert_eq!((stats.documents, stats.document_bytes), (stats.resources, stats.resources * 13));
        let entries: u64 = stats.tables.iter().map(|table| table.entries).sum();
        assert_eq!(entries, store.read(super::super::copy::content).unwrap().entries);
        let stored: u64 = stats.tables.iter().map(|table| table.stored).sum();
        assert!(stored > 0 && stats.live_bytes > stored);
    }
}
