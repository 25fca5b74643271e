//! A store that the last release of schema 2 wrote, two scans of a simulated organization, keeps all that was in it.
//!
//! `data/schema-2.redb.zst` is that file, `data/schema-2.rows.zst` what that release reported of it: scan, account, Region,
//! control, status, resource and reason of each row, sorted.

use std::path::Path;

use super::*;
use crate::read::ScanView;
use crate::store::{CHUNKS, Store};

const STORE: &[u8] = include_bytes!("../tests/data/schema-2.redb.zst");
const ROWS: &[u8] = include_bytes!("../tests/data/schema-2.rows.zst");

fn unpacked(packed: &[u8]) -> Vec<u8> {
    zstd::stream::decode_all(packed).expect("it is one frame")
}

fn earlier() -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a directory");
    std::fs::write(Store::path_in(directory.path()), unpacked(STORE)).expect("the disk works");
    directory
}

/// All rows of all scans, one a line.
fn rows(store: &Store) -> Vec<String> {
    let mut rows = Vec::new();
    for scan in store.scans().expect("the disk works") {
        let view = ScanView::open(store, &scan.id).expect("the disk works").expect("it is listed");
        view.for_each(|row| {
            let status = row.status.as_str();
            let (resource, reason) = (&row.resource, &row.reason);
            rows.push(format!(
                "{} {} {} {} {status} {resource} {reason}",
                row.scan, row.account, row.region, row.control
            ));
            Ok::<_, Error>(())
        })
        .expect("all of it is whole");
    }
    rows.sort();
    rows
}

fn expected() -> Vec<String> {
    String::from_utf8(unpacked(ROWS)).expect("text").lines().map(str::to_owned).collect()
}

fn open(directory: &Path) -> Database {
    Database::open(Store::path_in(directory)).expect("it is a store")
}

#[test]
fn everything_that_was_in_it_is_there() {
    let directory = earlier();
    assert_eq!(rows(&Store::create(directory.path()).expect("it is upgraded")), expected());
    assert!(is_done(&open(directory.path())));
    let counts =
        |store: Store| store.scans().expect("it works").into_iter().filter_map(|scan| scan.head.ok()?.counts).count();
    assert_eq!(counts(Store::open(directory.path()).expect("it is one of this release")), 2);
}

#[test]
fn whoever_only_reads_upgrades_it_too() {
    let directory = earlier();
    assert_eq!(rows(&Store::open(directory.path()).expect("it is upgraded")), expected());
    assert!(is_done(&open(directory.path())));
}

#[test]
fn an_upgrade_that_was_ended_anywhere_goes_on() {
    let steps = {
        let directory = earlier();
        let database = open(directory.path());
        in_transaction(&database, begin).expect("it begins");
        scans(&database).expect("it lists them").iter().map(|scan| waiting(&database, scan).1.len()).sum::<usize>()
    };
    assert!(steps > 10, "{steps} jobs");
    for done in [0, 1, steps / 2, steps] {
        let directory = earlier();
        {
            let database = open(directory.path());
            in_transaction(&database, begin).expect("it begins");
            let mut left = done;
            for scan in scans(&database).expect("it lists them") {
                let (facts, jobs) = waiting(&database, &scan);
                for job in jobs.into_iter().take(left) {
                    left -= 1;
                    in_transaction(&database, |transaction| remember_job(transaction, &facts, job)).expect("it works");
                }
            }
            assert!(!is_done(&database));
        }
        assert_eq!(rows(&Store::create(directory.path()).expect("it goes on")), expected(), "after {done}");
        assert!(is_done(&open(directory.path())));
    }
}

#[test]
fn what_is_damaged_in_it_is_lost_and_says_so() {
    let directory = earlier();
    {
        let database = open(directory.path());
        in_transaction(&database, |transaction| {
            let mut chunks = transaction.open_table(CHUNKS)?;
            let key = chunks.first()?.map(|(key, _)| key.value().to_vec()).expect("there are chunks");
            chunks.insert(key.as_slice(), b"nothing that was sealed".as_slice())?;
            Ok(())
        })
        .expect("it is written");
    }
    let rows = rows(&Store::create(directory.path()).expect("it is upgraded"));
    let damaged = rows.iter().filter(|row| row.contains("UNKNOWN  scanner_error")).count();
    assert!(damaged > 3 && rows.len() > 500, "{damaged} of {}", rows.len());
    let others = |rows: Vec<String>| rows.into_iter().filter(|row| row.contains(" PASS ")).collect::<Vec<_>>();
    let (kept, before) = (others(rows), others(expected()));
    assert!(kept.len() < before.len() && kept.iter().all(|row| before.contains(row)), "nothing passes that did not");
}

/// Whether nothing of the earlier release is left.
fn is_done(database: &Database) -> bool {
    let transaction = database.begin_read().expect("it is open");
    let meta = transaction.open_table(META).expect("it is there");
    let chunks = transaction.open_table(CHUNKS).expect("it is there");
    meta.get(UPGRADING).expect("whole").is_none() && chunks.iter().expect("whole").next().is_none()
}

/// The facts of a scan, and its jobs that are not in the memory yet.
fn waiting(database: &Database, scan: &ScanId) -> (Facts, Vec<Job>) {
    let (facts, jobs) = left(database, scan).expect("the disk works").expect("its record is whole");
    (facts, jobs)
}
