//! What is damaged is found, wherever it is, and what is whole is not.

use redb::{Database, ReadableTable};

use super::super::copy::TABLES;
use super::super::history::{self, id, small, told};
use super::*;
use crate::store::packed::{pack, unpack};
use crate::store::remember::place::{HEADS, PAST, PRESENT, SCOPES, VOLATILE};
use crate::store::{Bytes, DONE, JOBS, PLANS, SCANS, record, sealed};

async fn stored(nights: u8) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::create(directory.path()).unwrap();
    history::store(&store, &small(nights), 1).await.unwrap();
    directory
}

fn verified(directory: &tempfile::TempDir) -> Verification {
    Store::open(directory.path()).unwrap().verify().unwrap()
}

/// Changes one value of a table beneath the store: the one at this place in the order of the keys.
fn change(
    directory: &tempfile::TempDir,
    table: Bytes,
    index: usize,
    change: impl FnOnce(&[u8], Vec<u8>) -> Option<Vec<u8>>,
) {
    let database = Database::open(Store::path_in(directory.path())).unwrap();
    let transaction = database.begin_write().unwrap();
    {
        let mut table = transaction.open_table(table).unwrap();
        let (key, value) = {
            let (key, value) = table.iter().unwrap().nth(index).unwrap().unwrap();
            (key.value().to_vec(), value.value().to_vec())
        };
        match change(&key, value) {
            Some(value) => drop(table.insert(key.as_slice(), value.as_slice()).unwrap()),
            None => drop(table.remove(key.as_slice()).unwrap()),
        }
    }
    transaction.commit().unwrap();
}

fn entries(found: &Verification, table: Bytes) -> usize {
    let name = redb::TableHandle::name(&table);
    found.tables.iter().find(|each| each.name == name).map_or(0, |each| usize::try_from(each.entries).unwrap())
}

#[tokio::test]
async fn a_whole_store_is_clean_and_all_of_it_was_looked_at() {
    let directory = stored(9).await;
    let found = verified(&directory);
    assert!(found.is_clean(), "{:?}", found.damage);
    assert!(found.jobs > 9 && found.places == 4 && found.states > 12, "{found:?}");
    assert_eq!(found.tables.len(), TABLES.len());
}

#[tokio::test]
async fn every_flipped_bit_is_found() {
    let directory = stored(5).await;
    let counts = verified(&directory);
    let path = Store::path_in(directory.path());
    let intact = std::fs::read(&path).unwrap();
    for table in [META, SCANS, PLANS, JOBS, DONE, NAMES, SCOPES, HEADS, PRESENT, PAST, VOLATILE] {
        for index in 0..entries(&counts, table) {
            std::fs::write(&path, &intact).unwrap();
            let mut is_sealed = true;
            change(&directory, table, index, |key, mut value| {
                is_sealed = key != b"schema";
                let last = value.len() - 1;
                value[last] ^= u8::from(is_sealed);
                Some(value)
            });
            let result = Store::open(directory.path()).unwrap().verify();
            let is_found = result.as_ref().map_or(true, |found| !found.is_clean());
            assert_eq!(is_found, is_sealed, "{table} {index}: {result:?}");
        }
    }
}

#[tokio::test]
async fn everything_that_is_missing_is_found() {
    let directory = stored(5).await;
    let counts = verified(&directory);
    let path = Store::path_in(directory.path());
    let intact = std::fs::read(&path).unwrap();
    for table in [SCANS, JOBS, DONE, HEADS, PRESENT, PAST, NAMES] {
        for index in 0..entries(&counts, table) {
            std::fs::write(&path, &intact).unwrap();
            let mut is_needed = true;
            change(&directory, table, index, |key, _| {
                // Nobody asks for what was before the first night.
                is_needed = table.to_string() != PAST.to_string() || key[..4] != [0, 0, 0, 1];
                None
            });
            let result = Store::open(directory.path()).unwrap().verify();
            let is_found = result.as_ref().map_or(true, |found| !found.is_clean());
            assert!(is_found || !is_needed, "{table} {index}: {result:?}");
        }
    }
}

/// Another record of the same kind, with a checksum of its own: only names and counts can tell.
#[tokio::test]
async fn a_forged_record_is_found_by_its_name() {
    for table in [PRESENT, PAST] {
        let directory = stored(6).await;
        let index = entries(&verified(&directory), table) - 1;
        change(&directory, table, index, |key, value| {
            let name = redb::TableHandle::name(&table);
            let packed = sealed::open(name, key, &value, "value").unwrap();
            let forged = if name == "present" {
                let mut record: record::Entries = unpack(packed, "record").unwrap();
                record.entries[0].document = b"{}".to_vec();
                pack(&record)
            } else {
                let mut record: record::Before = unpack(packed, "record").unwrap();
                record.entries.pop();
                pack(&record)
            };
            Some(sealed::seal(name, key, &forged))
        });
        let found = verified(&directory);
        assert!(found.damage.iter().any(|damage| damage.kind == Kind::State), "{table} {found:?}");
    }
}

#[tokio::test]
async fn damage_of_the_past_says_from_which_night_on_it_reads() {
    let directory = stored(6).await;
    let before: Vec<_> = {
        let store = Store::open(directory.path()).unwrap();
        (1..=6).map(|number| told(&store, &id(number)).unwrap()).collect()
    };
    let mut at = (0, None);
    let index = entries(&verified(&directory), PAST) / 2;
    change(&directory, PAST, index, |key, mut value| {
        at = crate::store::remember::place::Place::in_past(key).map(|(night, place)| (night, Some(place))).unwrap();
        value[20] ^= 1;
        Some(value)
    });
    let found = verified(&directory);
    let expected = Lost::Before { night: at.0, scan: format!("SCAN{:03}", at.0) };
    assert_eq!(found.damage.len(), 1, "{found:?}");
    assert_eq!(found.damage[0].lost, expected);
    let store = Store::open(directory.path()).unwrap();
    for (number, before) in (1..).zip(&before) {
        let reads = told(&store, &id(number)).as_ref() == Ok(before);
        assert_eq!(reads, u32::try_from(number).unwrap() >= at.0, "night {number}, damaged {at:?}");
    }
}
