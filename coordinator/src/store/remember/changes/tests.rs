//! What nights changed, from their records alone: against the states of those nights, and without what did not change.

use std::collections::BTreeMap;

use plumbline_proto::agent_v1::Status;
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::store::Bytes;
use crate::store::rehearsal::{Night, QUEUE, Resource, denied, of, queues, resource};
use crate::store::remember::{PAST, PRESENT};

const ACCOUNT: &str = "111111111111";

fn arn(number: u16) -> String {
    format!("arn:aws:sqs:eu-west-1:{ACCOUNT}:queue-{number:04}")
}

fn queue(number: u16, version: u8) -> Resource {
    let status = if version.is_multiple_of(2) { Status::Pass } else { Status::Fail };
    resource(&arn(number), &format!(r#"{{"Version":{version}}}"#), &[("c", status)])
}

fn entries(store: &Store, spot: &Spot, night: u32) -> BTreeMap<String, Entry> {
    store.entries(spot, night).unwrap().into_iter().map(|entry| (entry.id.clone(), entry)).collect()
}

/// Both ends of what differs are the states of these nights, and nothing else differs.
fn check(store: &Store, earlier: u32, later: u32) {
    let changed = store.changes(earlier, later).unwrap();
    for spot in store.places(|_, _| true, |_| true).unwrap() {
        let (mut state, expected) = (entries(store, &spot, earlier), entries(store, &spot, later));
        if changed.contains(&spot) {
            for (id, (old, new)) in store.difference(&spot, earlier, later).unwrap().entries {
                assert_eq!(state.get(&id), old.as_ref(), "{id} after {earlier} of {spot:?}");
                match new {
                    Some(new) => state.insert(id, new),
                    None => state.remove(&id),
                };
            }
        }
        assert_eq!(state, expected, "from {earlier} to {later} of {spot:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn the_difference_leads_from_one_night_to_any_later_one(
        nights in vec((0..3u8, vec((0..60u16, 0..4u8), 0..40), any::<bool>()), 2..6)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let store = Store::in_memory();
        for (number, (region, found, is_complete)) in nights.iter().enumerate() {
            let found: BTreeMap<u16, u8> = found.iter().copied().collect();
            let found: Vec<Resource> = found.into_iter().map(|(id, version)| queue(id, version)).collect();
            let found = if *is_complete { queues(found) } else { denied(found) };
            let night = Night::full(&format!("N{number}"), &["c"]).job(ACCOUNT, &format!("region-{region}"), found);
            runtime.block_on(night.store(&store));
        }
        let last = nights.len() as u32;
        for earlier in 1..=last {
            for later in earlier..=last {
                check(&store, earlier, later);
            }
        }
        for spot in store.places(|_, _| true, |_| true).unwrap() {
            for id in entries(&store, &spot, last).keys().chain(entries(&store, &spot, 1).keys()) {
                let (now, steps) = store.steps_of(&spot, id).unwrap();
                prop_assert_eq!(now, entries(&store, &spot, last).remove(id));
                for Step { night, old, new, .. } in steps {
                    prop_assert_eq!(old, entries(&store, &spot, night - 1).remove(id));
                    prop_assert_eq!(new, entries(&store, &spot, night).remove(id));
                }
            }
        }
    }
}

/// What was not changed is damaged in every place that has a value of it, and nothing reads it.
#[tokio::test]
async fn what_did_not_change_is_not_read() {
    let directory = tempfile::tempdir().unwrap();
    let before: Vec<Resource> = (0..400).map(|number| queue(number, 0)).collect();
    let after = |changed: u16| {
        let version = |number| u8::from(number == changed);
        (0..400).map(|number| queue(number, version(number))).collect::<Vec<_>>()
    };
    let night = |id: &str, found: Vec<Resource>| {
        let still = vec![of(QUEUE, (0..400).map(|number| queue(number, 0)).collect())];
        Night::full(id, &["c"]).job(ACCOUNT, "eu-west-1", queues(found)).job(ACCOUNT, "us-east-1", still)
    };
    {
        let store = Store::create(directory.path()).unwrap();
        night("N1", before).store(&store).await;
        night("N2", after(7)).store(&store).await;
        night("N3", after(7)).store(&store).await;
    }
    let damaged = damage_all_but(directory.path(), &arn(7));
    assert!(damaged > 10, "{damaged} chunks hold other queues");
    let store = Store::open(directory.path()).unwrap();
    let changed = store.changes(1, 3).unwrap();
    assert_eq!(changed.iter().map(|spot| spot.region.as_str()).collect::<Vec<_>>(), ["eu-west-1"]);
    let difference = store.difference(&changed[0], 1, 3).unwrap();
    assert_eq!(difference.entries.keys().collect::<Vec<_>>(), [&arn(7)]);
    assert_eq!(store.steps_of(&changed[0], &arn(7)).unwrap().1.len(), 2);
    assert_eq!(store.entries(&changed[0], 3), Err(Error::Damaged { what: "chunk of resources" }), "it is damaged");
    let other = store.places(|_, region| region == "us-east-1", |_| true).unwrap().remove(0);
    assert!(store.entries(&other, 3).is_err(), "it is damaged");
}

/// Damages every chunk of the present that does not have a resource; how many.
fn damage_all_but(directory: &std::path::Path, id: &str) -> usize {
    use crate::store::record::Entries;
    use crate::store::remember::PRESENT;
    use redb::ReadableTable;
    let database = redb::Database::open(Store::path_in(directory)).unwrap();
    let transaction = database.begin_write().unwrap();
    let mut damaged = 0;
    {
        let mut table = transaction.open_table(PRESENT).unwrap();
        let all: Vec<(Vec<u8>, Vec<u8>)> = table
            .iter()
            .unwrap()
            .map(|entry| entry.map(|(key, value)| (key.value().to_vec(), value.value().to_vec())).unwrap())
            .collect();
        let first = all[0].0[..4].to_vec();
        for (key, mut value) in all {
            let packed = crate::store::sealed::open("present", &key, &value, "chunk").unwrap();
            let chunk: Entries = crate::store::packed::unpack(packed, "chunk").unwrap();
            if key[..4] == first && chunk.entries.iter().any(|entry| entry.id == id) {
                continue;
            }
            let last = value.len() - 1;
            value[last] ^= 1;
            table.insert(key.as_slice(), value.as_slice()).unwrap();
            damaged += 1;
        }
    }
    transaction.commit().unwrap();
    damaged
}

#[tokio::test]
async fn what_a_night_changed_and_is_not_there_any_more_is_missed() {
    let store = Store::in_memory();
    two_nights(&store).await;
    assert_eq!(store.changes(1, 2).unwrap().len(), 1);
    hide_last(&store, PAST).await;
    assert_eq!(store.changes(1, 2), Err(Error::Damaged { what: "list of what a night changed" }));
}

#[tokio::test]
async fn what_is_hidden_of_the_present_is_not_taken_for_gone() {
    let store = Store::in_memory();
    two_nights(&store).await;
    let spot = store.changes(1, 2).unwrap().remove(0);
    hide_last(&store, PRESENT).await;
    let damaged = Error::Damaged { what: "chunk of resources" };
    assert_eq!(store.difference(&spot, 1, 2), Err(damaged.clone()));
    assert_eq!(store.steps_of(&spot, &arn(1)).map(drop), Err(damaged));
}

/// A queue that the second night finds to be another one.
async fn two_nights(store: &Store) {
    for (name, version) in [("N1", 0), ("N2", 1)] {
        Night::full(name, &["c"]).job(ACCOUNT, "region-0", queues(vec![queue(1, version)])).store(store).await;
    }
}

/// The last value of a table is not there any more, as behind a damaged page.
async fn hide_last(store: &Store, table: Bytes) {
    let hidden = store.write(0, move |transaction| {
        let mut table = transaction.open_table(table)?;
        let last = table.pop_last()?.map(|(key, _)| key.value().to_vec());
        Ok(last.is_some())
    });
    assert_eq!(hidden.await, Ok(true));
}
