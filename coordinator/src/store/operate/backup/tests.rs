//! Backups open by themselves, and nothing is replaced by less than it was.

use super::super::history::{self, chosen, id, small, told};
use super::super::prune::Plan;
use super::*;

async fn stored(directory: &Path, nights: u8) -> Store {
    let store = Store::create(directory).unwrap();
    history::store(&store, &small(nights), 1).await.unwrap();
    store
}

fn all_told(store: &Store) -> Vec<String> {
    let scans = store.scans().unwrap();
    scans.iter().rev().map(|scan| told(store, &scan.id).unwrap()).collect()
}

/// What is in a directory besides the lock of who writes.
fn files(directory: &Path) -> Vec<String> {
    let names = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name != "plumbline.lock").collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_backup_is_made_beside_a_scan_and_opens_by_itself() {
    let (data, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = stored(data.path(), 4).await;
    let before = all_told(&store);
    let file = Store::path_in(elsewhere.path());
    let written = store.backup(&file, InTheWay::Stays).unwrap();
    assert!(written.entries > 20 && written.bytes > 0);
    assert_eq!(store.backup(&file, InTheWay::Stays), Err(Error::Exists { path: file.clone() }));
    history::store(&store, &small(1), 5).await.unwrap();
    let copy = Store::open(elsewhere.path()).unwrap();
    assert_eq!(all_told(&copy), before);
    assert!(copy.verify().unwrap().is_clean());
    drop(copy);
    store.backup(&file, InTheWay::IsReplaced).unwrap();
    assert_eq!(all_told(&Store::open(elsewhere.path()).unwrap()).len(), 5);
    assert_eq!(files(elsewhere.path()), ["plumbline.redb"]);
    #[cfg(unix)]
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&file).unwrap().permissions()) & 0o777,
        0o600
    );
}

#[tokio::test]
async fn what_is_damaged_is_not_backed_up() {
    let (data, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    drop(stored(data.path(), 2).await);
    {
        let database = Database::open(Store::path_in(data.path())).unwrap();
        let transaction = database.begin_write().unwrap();
        {
            let mut table = transaction.open_table(crate::store::remember::place::PRESENT).unwrap();
            let key = redb::ReadableTable::first(&table).unwrap().unwrap().0.value().to_vec();
            table.insert(key.as_slice(), b"nothing".as_slice()).unwrap();
        }
        transaction.commit().unwrap();
    }
    let file = elsewhere.path().join("backup.redb");
    let store = Store::open(data.path()).unwrap();
    assert!(matches!(store.backup(&file, InTheWay::Stays), Err(Error::Damaged { .. })));
    assert_eq!(files(elsewhere.path()).len(), 0);
}

#[tokio::test]
async fn a_store_is_restored_and_what_was_there_stays_beside_it() {
    let (data, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let file = elsewhere.path().join("backup.redb");
    let before = {
        let store = stored(data.path(), 3).await;
        store.backup(&file, InTheWay::Stays).unwrap();
        let before = all_told(&store);
        history::store(&store, &small(1), 4).await.unwrap();
        assert!(matches!(Store::restore(data.path(), &file, InTheWay::IsReplaced), Err(Error::InUse { .. })));
        before
    };
    let lost = Store::restore(data.path(), &file, InTheWay::Stays);
    assert_eq!(lost, Err(Error::WouldLose { path: Store::path_in(data.path()), scans: vec![id(4)] }));
    assert_eq!(files(data.path()), ["plumbline.redb"]);
    for number in 1..=2 {
        let restored = Store::restore(data.path(), &file, InTheWay::IsReplaced).unwrap();
        let aside = data.path().join(format!("plumbline.replaced-{number}.redb"));
        assert_eq!(restored, Restored { scans: 3, replaced: Some(aside) });
        assert_eq!(all_told(&Store::open(data.path()).unwrap()), before);
    }
    let first = Store::open_file(&data.path().join("plumbline.replaced-1.redb")).unwrap();
    assert_eq!(first.scans().unwrap().len(), 4);
    // Nothing is lost: nobody has to be asked.
    let fresh = tempfile::tempdir().unwrap();
    assert_eq!(Store::restore(fresh.path(), &file, InTheWay::Stays).unwrap().replaced, None);
    assert_eq!(all_told(&Store::open(fresh.path()).unwrap()), before);
}

#[tokio::test]
async fn what_is_no_store_or_damaged_or_newer_replaces_nothing() {
    let (data, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let file = elsewhere.path().join("backup.redb");
    let before = {
        let store = stored(data.path(), 2).await;
        store.backup(&file, InTheWay::Stays).unwrap();
        all_told(&store)
    };
    let intact = std::fs::read(&file).unwrap();
    let mut damaged = intact.clone();
    let middle = damaged.windows(12).position(|bytes| bytes == b"111122223333").unwrap();
    damaged[middle] ^= 1;
    for bytes in [&b"no store at all"[..], b"", &damaged, &intact[..intact.len() / 2]] {
        std::fs::write(&file, bytes).unwrap();
        assert!(Store::restore(data.path(), &file, InTheWay::IsReplaced).is_err());
    }
    std::fs::write(&file, &intact).unwrap();
    {
        let database = Database::open(&file).unwrap();
        let transaction = database.begin_write().unwrap();
        let newer = 99u64.to_be_bytes();
        transaction.open_table(crate::store::META).unwrap().insert(b"schema".as_slice(), newer.as_slice()).unwrap();
        transaction.commit().unwrap();
    }
    let refused = Store::restore(data.path(), &file, InTheWay::IsReplaced);
    assert_eq!(refused, Err(Error::Newer { path: file, found: 99 }));
    assert_eq!(all_told(&Store::open(data.path()).unwrap()), before);
    assert_eq!(files(data.path()), ["plumbline.redb"]);
}

#[tokio::test]
async fn a_store_that_is_damaged_is_replaced() {
    let (data, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let file = elsewhere.path().join("backup.redb");
    stored(data.path(), 2).await.backup(&file, InTheWay::Stays).unwrap();
    std::fs::write(Store::path_in(data.path()), b"this was a store once").unwrap();
    let restored = Store::restore(data.path(), &file, InTheWay::Stays).unwrap();
    assert_eq!((restored.scans, restored.replaced.is_some()), (2, true));
}

#[tokio::test]
async fn a_compacted_store_has_all_and_takes_less() {
    let data = tempfile::tempdir().unwrap();
    {
        let store = stored(data.path(), 10).await;
        store.prune(&Plan::of(chosen(&store, |number| number < 9).unwrap()), "").await.unwrap();
        assert!(matches!(Store::compact(data.path()), Err(Error::InUse { .. })));
    }
    let before = all_told(&Store::open(data.path()).unwrap());
    let done = Store::compact(data.path()).unwrap();
    assert!(done.bytes < done.before, "{done:?}");
    let store = Store::open(data.path()).unwrap();
    assert_eq!(all_told(&store), before);
    assert!(store.verify().unwrap().is_clean());
    assert_eq!(files(data.path()), ["plumbline.redb"]);
}
