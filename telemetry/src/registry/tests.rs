//! What is counted, under which labels, and what no label is made of.

use super::*;
use crate::catalogue::{
    AWS_CALLS, AWS_THROTTLES, JOBS, LAST_SCAN, SCAN_ROWS, SCHEDULE_AHEAD, SCHEDULE_FIRES, STORE_COMMIT,
};

fn numbers(registry: &Registry, definition: &Definition) -> BTreeMap<String, Number> {
    let series = registry.reading(definition).series.into_iter();
    series.map(|(values, number)| (values.join(","), number)).collect()
}

#[test]
fn what_is_counted_is_there() {
    let registry = Registry::new();
    registry.add(&SCAN_ROWS, ["pass"], 3);
    registry.add(&SCAN_ROWS, ["pass"], 4);
    registry.add(&SCAN_ROWS, ["fail"], u64::MAX);
    registry.add(&SCAN_ROWS, ["fail"], 1);
    let rows = numbers(&registry, SCAN_ROWS.definition());
    assert_eq!(rows["pass"], Number::Count(7));
    assert_eq!((&rows["fail"], &rows["unknown"], rows.len()), (&Number::Count(u64::MAX), &Number::Count(0), 5));
    registry.set_count(&JOBS, ["waiting"], 12);
    assert_eq!(numbers(&registry, JOBS.definition())["waiting"], Number::Level(12.0));
    assert!(numbers(&registry, LAST_SCAN.definition()).is_empty(), "no scan has ended in 1970");
}

#[test]
fn a_duration_is_in_the_first_bucket_that_holds_it() {
    let registry = Registry::new();
    for took in [0, 1, 2, 60_000] {
        registry.observe(&STORE_COMMIT, [], Duration::from_millis(took));
    }
    let Number::Durations { counts, sum } = &numbers(&registry, STORE_COMMIT.definition())[""] else {
        panic!("a histogram has durations")
    };
    assert_eq!(counts, &[2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    assert!((sum - 60.003).abs() < 1e-9, "{sum}");
}

#[test]
fn labels_are_bounded_whatever_comes() {
    let registry = Registry::new();
    for number in 0..10_000 {
        registry.add(&AWS_THROTTLES, [&format!("service-{number}")], 1);
    }
    registry.add(&AWS_CALLS, ["s3", "arn:aws:iam::111111111111:role/x"], 1);
    registry.add(&AWS_CALLS, ["111111111111", "ok"], 1);
    let throttles = numbers(&registry, AWS_THROTTLES.definition());
    assert_eq!(throttles.len(), AWS_THROTTLES.definition().most_series());
    assert_eq!(throttles[OTHER], Number::Count(10_000 - 96));
    assert_eq!(numbers(&registry, AWS_CALLS.definition()).into_keys().collect::<Vec<_>>(), ["other,ok", "s3,other"]);
    assert_eq!(numbers(&registry, LABELS_REFUSED.definition())[""], Number::Count(10_000 - 96 + 2));
}

#[test]
fn what_is_announced_begins_at_zero() {
    let registry = Registry::new();
    assert!(numbers(&registry, SCHEDULE_FIRES.definition()).is_empty());
    registry.announce("schedule", "nightly");
    registry.add(&SCHEDULE_FIRES, ["nightly", "missed"], 1);
    registry.announce("schedule", "nightly");
    let fires = numbers(&registry, SCHEDULE_FIRES.definition());
    assert_eq!(
        (fires.len(), &fires["nightly,missed"], &fires["nightly,started"]),
        (6, &Number::Count(1), &Number::Count(0))
    );
    assert_eq!(numbers(&registry, SCHEDULE_AHEAD.definition())["nightly"], Number::Level(0.0));
    assert!(numbers(&registry, AWS_CALLS.definition()).is_empty(), "that has no schedules");
    registry.announce("schedule", "111111111111");
    assert!(numbers(&registry, SCHEDULE_AHEAD.definition()).contains_key(OTHER));
}

#[test]
fn threads_lose_nothing() {
    let registry = Registry::new();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..1_000).for_each(|_| registry.add(&AWS_CALLS, ["s3", "ok"], 1)));
        }
    });
    assert_eq!(numbers(&registry, AWS_CALLS.definition())["s3,ok"], Number::Count(8_000));
}
