//! The law of pruning: whatever leaves, every night that is kept reads as before, and what left is refused.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::super::history::{self, Night, any_of, chosen, histories, id, told};
use super::*;

fn run<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test)
}

/// Nights of which the past has records.
fn nights_of_past(store: &Store) -> BTreeSet<u32> {
    store
        .read(|transaction| {
            let table = transaction.open_table(PAST)?;
            let mut nights = BTreeSet::new();
            for entry in redb::ReadableTable::iter(&table)? {
                nights.extend(Place::in_past(entry?.0.value()).map(|(night, _)| night));
            }
            Ok(nights)
        })
        .unwrap()
}

/// Lets scans leave in several rounds, and holds every other one against what it was.
async fn check(history: &[Night], rounds: &[Vec<bool>]) {
    let store = Store::in_memory();
    history::store(&store, history, 1).await.unwrap();
    let mut kept: BTreeSet<usize> = (1..=history.len()).collect();
    let before: Vec<String> = kept.iter().map(|number| told(&store, &id(*number)).unwrap()).collect();
    for round in rounds {
        let leaves = |number: usize| number < history.len() && round[number % round.len()];
        store.prune(&Plan::of(chosen(&store, leaves).unwrap()), "2026-12-31T00:00:00Z").await.unwrap();
        kept.retain(|number| !leaves(*number));
        for number in 1..=history.len() {
            let now = told(&store, &id(number));
            if kept.contains(&number) {
                assert_eq!(now.as_ref(), Ok(&before[number - 1]), "night {number} of {kept:?}");
            } else {
                assert!(now.is_err(), "night {number} of {kept:?}");
                let night = u32::try_from(number).unwrap();
                store
                    .read(|transaction| {
                        let tables = Tables::open(|table| transaction.open_table(table))?;
                        let answer = tables.as_of(Place { scope: 1, of: 1 }, night);
                        assert!(matches!(answer, Err(Error::Pruned { .. })), "{answer:?}");
                        Ok(())
                    })
                    .unwrap();
                assert!(store.find(id(number).as_str()).unwrap_err().to_string().contains("was pruned"));
            }
        }
        let nights: BTreeSet<u32> = kept.iter().map(|number| u32::try_from(*number).unwrap()).collect();
        assert!(nights_of_past(&store).is_subset(&nights), "{:?} of {nights:?}", nights_of_past(&store));
        let found = store.verify().unwrap();
        assert!(found.is_clean(), "{:?}", found.damage);
    }
    // The next night comes in as ever.
    history::store(&store, &history[..1], history.len() + 1).await.unwrap();
    let found = store.verify().unwrap();
    assert!(found.is_clean(), "{:?}", found.damage);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn what_leaves_changes_nothing_that_stays(history in histories(12), rounds in prop::collection::vec(any_of(12), 1..4)) {
        run(check(&history, &rounds));
    }
}

#[test]
fn one_after_the_other_from_the_oldest_and_from_the_newest() {
    let history = history::small(10);
    let one = |number: usize| (0..10).map(|each| each == number).collect::<Vec<bool>>();
    run(check(&history, &(1..10).map(one).collect::<Vec<_>>()));
    run(check(&history, &(1..10).rev().map(one).collect::<Vec<_>>()));
}

#[tokio::test]
async fn what_began_on_a_night_that_left_keeps_its_date() {
    let store = Store::in_memory();
    history::store(&store, &history::small(5), 1).await.unwrap();
    let rows = || {
        let view = crate::read::ScanView::open(&store, &id(5)).unwrap().unwrap();
        let mut rows = Vec::new();
        view.for_each(|row| {
            rows.push(format!("{} {} {} {:?}", row.resource, row.first_seen, row.since, row.change));
            Ok::<_, Error>(())
        })
        .unwrap();
        rows
    };
    let before = rows();
    assert!(before.iter().any(|row| row.contains("2026-01-01T02:00:00Z")), "{before:?}");
    store.prune(&Plan::of(chosen(&store, |number| number < 5).unwrap()), "").await.unwrap();
    assert_eq!(rows(), before);
}

#[tokio::test]
async fn a_scan_that_runs_and_the_newest_stay() {
    let store = Store::in_memory();
    history::store(&store, &history::small(3), 1).await.unwrap();
    store.prune(&Plan::of(chosen(&store, |_| true).unwrap()), "").await.unwrap();
    let left: Vec<String> = store.scans().unwrap().iter().map(|scan| scan.id.to_string()).collect();
    assert_eq!(left, ["SCAN003"]);
}

#[tokio::test]
async fn the_plan_says_what_goes_and_doing_it_gives_that_back() {
    let store = Store::in_memory();
    history::store(&store, &history::small(12), 1).await.unwrap();
    let bytes = store.memory_bytes().unwrap();
    let plan = store.plan_prune(&Retention { nights: 3, ..Retention::default() }).unwrap();
    assert_eq!((plan.leaving.len() + plan.kept, plan.unfinished), (12, 0));
    assert!(plan.bytes > 0 && !plan.leaving.is_empty(), "{plan:?}");
    let done = store.prune(&plan, "2026-12-31T00:00:00Z").await.unwrap();
    assert_eq!((done.nights, done.damaged), (plan.leaving.len() as u64, 0));
    assert!(store.memory_bytes().unwrap() < bytes);
    let again = store.plan_prune(&Retention { nights: 3, ..Retention::default() }).unwrap();
    assert_eq!((again.leaving.len(), again.bytes, again.unfinished), (0, 0, 0));
}

#[tokio::test]
async fn what_changes_by_itself_goes_earlier_where_that_is_asked_for() {
    let store = Store::in_memory();
    history::store(&store, &history::small(6), 1).await.unwrap();
    let retention = Retention { nights: 90, volatile_nights: Some(2), ..Retention::default() };
    let plan = store.plan_prune(&retention).unwrap();
    assert!(plan.leaving.is_empty() && plan.volatile_since > 1, "{plan:?}");
    let (first, last) = (told(&store, &id(1)).unwrap(), told(&store, &id(6)).unwrap());
    store.prune(&plan, "").await.unwrap();
    assert!(first.contains("Used") && !told(&store, &id(1)).unwrap().contains("Used"));
    assert_eq!(told(&store, &id(6)).unwrap(), last);
}
