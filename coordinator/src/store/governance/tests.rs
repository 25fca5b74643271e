//! What scans carry: stored once, read from the newest of the same organization, verified, copied, and gone with the last
//! scan that names it.

use super::*;
use crate::store::StoredScan;
use crate::store::record::{GovernanceFile, ScanHead};
use crate::store::rehearsal::{Night, queues};

const SCANS_IN_ORDER: [&str; 4] = [
    "01ARZ3NDEKTSV4RRFFQ69G5FAA",
    "01ARZ3NDEKTSV4RRFFQ69G5FAB",
    "01ARZ3NDEKTSV4RRFFQ69G5FAC",
    "01ARZ3NDEKTSV4RRFFQ69G5FAD",
];

fn files(text: &str) -> Governance {
    Governance { files: vec![GovernanceFile { path: "exceptions.yaml".into(), text: text.into() }] }
}

/// A night that carries this.
fn night(index: usize, text: &str) -> Night {
    let night = Night::full(SCANS_IN_ORDER[index], &["a"]).job("111111111111", "eu-west-1", queues(Vec::new()));
    if text.is_empty() { night } else { night.governed(files(text)) }
}

fn scan(store: &Store, index: usize) -> Scan {
    store.scan(&SCANS_IN_ORDER[index].parse().unwrap()).unwrap().unwrap()
}

fn count(store: &Store) -> u64 {
    store.read(|transaction| Ok(redb::ReadableTableMetadata::len(&transaction.open_table(GOVERNANCE)?)?)).unwrap()
}

#[tokio::test]
async fn scans_that_carry_the_same_store_it_once_and_the_newest_counts_for_all() {
    let store = Store::in_memory();
    night(0, "one").store(&store).await;
    night(1, "one").store(&store).await;
    assert_eq!((count(&store), scan(&store, 0).governance == scan(&store, 1).governance), (1, true));
    assert_eq!(store.newest_governance(&scan(&store, 0)).unwrap(), Some(files("one")));
    night(2, "two").store(&store).await;
    assert_eq!((count(&store), store.newest_governance(&scan(&store, 0)).unwrap()), (2, Some(files("two"))));
    night(3, "").store(&store).await;
    assert_eq!(store.newest_governance(&scan(&store, 0)).unwrap(), None, "whoever scans without it has none");
}

#[tokio::test]
async fn another_organization_and_a_demonstration_say_nothing_of_this_one() {
    let store = Store::in_memory();
    night(0, "one").store(&store).await;
    night(1, "two").of("o-other").store(&store).await;
    night(2, "three").kind(ScanKind::Demonstration).store(&store).await;
    assert_eq!(store.newest_governance(&scan(&store, 0)).unwrap(), Some(files("one")));
    assert_eq!(store.newest_governance(&scan(&store, 1)).unwrap(), Some(files("two")));
    assert_eq!(store.newest_governance(&scan(&store, 2)).unwrap(), Some(files("three")));
}

#[tokio::test]
async fn what_no_kept_scan_names_goes_with_the_last_that_did() {
    let store = Store::in_memory();
    for (index, text) in ["one", "one", "two", "three"].into_iter().enumerate() {
        night(index, text).store(&store).await;
    }
    let leaving = |index: usize| {
        let head = ScanHead { night: index as u32 + 1, ..ScanHead::default() };
        StoredScan { id: SCANS_IN_ORDER[index].parse().unwrap(), head: Ok(head) }
    };
    let prune = async |indexes: &[usize]| {
        let plan = crate::store::PrunePlan::of(indexes.iter().map(|index| leaving(*index)).collect());
        store.prune(&plan, "now").await.unwrap();
        count(&store)
    };
    assert_eq!(prune(&[0]).await, 3, "the second scan names it, too");
    assert_eq!(prune(&[1, 2]).await, 1);
    assert_eq!(store.governance(&scan(&store, 3).governance).unwrap(), Some(files("three")));
}

#[tokio::test]
async fn damage_is_found_and_told() {
    let store = Store::in_memory();
    night(0, "one").store(&store).await;
    assert!(store.verify().unwrap().is_clean());
    let name = scan(&store, 0).governance;
    // Under another name, sealed as it should be.
    let renamed = store.write(0, move |transaction| {
        let other = put(transaction, &files("other"))?;
        let mut table = transaction.open_table(GOVERNANCE)?;
        let sealed = sealed::seal(GOVERNANCE.name(), &name, &pack(&files("other")));
        table.insert(name.as_slice(), sealed.as_slice())?;
        table.remove(other.as_slice())?;
        Ok(())
    });
    renamed.await.unwrap();
    assert!(!store.verify().unwrap().is_clean());
    let name = scan(&store, 0).governance;
    store
        .write(0, move |transaction| Ok(transaction.open_table(GOVERNANCE)?.remove(name.as_slice())?.is_some()))
        .await
        .unwrap();
    let found = store.verify().unwrap();
    assert!(found.damage.iter().any(|damage| damage.what.contains("carried")), "{:?}", found.damage);
    assert!(matches!(store.newest_governance(&scan(&store, 0)), Err(Error::Damaged { .. })));
}

#[test]
fn what_is_too_large_is_refused_with_its_size() {
    assert_eq!(files(&"a".repeat(9 << 20)).check(), Ok(()), "it is small when it is packed");
    let mut state = 1_u64;
    let mut noise = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b'!' + (state >> 58) as u8)
    };
    let noise: String = (0..16 << 20).map(|_| noise()).collect();
    let refused = files(&noise).check().unwrap_err().to_string();
    assert!(refused.contains("a scan carries 8 MiB packed at most"), "{refused}");
    assert!(files(&"a".repeat(65 << 20)).check().is_err(), "what is small when it is packed may be too much to unpack");
}
