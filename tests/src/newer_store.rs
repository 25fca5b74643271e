//! A store as a newer version would have written it.

use std::path::Path;

use redb::{Database, TableDefinition};

/// Writes one.
pub fn write(path: &Path) {
    let database = Database::create(path).expect("the test's folder can be written");
    let transaction = database.begin_write().expect("a new store has no other writer");
    let schema = 4_000_000_000_u64.to_be_bytes();
    let table: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("meta");
    transaction
        .open_table(table)
        .and_then(|mut meta| meta.insert(b"schema".as_slice(), schema.as_slice()).map(|_| ()).map_err(Into::into))
        .expect("the table is new");
    transaction.commit().expect("the disk has room");
}
