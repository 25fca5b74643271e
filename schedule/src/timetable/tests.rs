//! The decisions, one by one. What holds over all histories is in `tests/histories.rs`.

use super::*;
use crate::zone::Zone;

const WINDOW: Duration = Duration::from_secs(6 * 3600);

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn rule(cron: &str) -> Rule {
    let schedule = Schedule::new(cron.parse().unwrap(), Zone::named("UTC").unwrap());
    Rule { name: "nightly".to_owned(), schedule, window: WINDOW }
}

fn standing(until: &str) -> Standing {
    let record = Record { rule: "0 2 * * * UTC".to_owned(), until: at(until) };
    Standing { record: Some(record), ..Standing::default() }
}

fn step(now: &str, standing: Standing) -> Step {
    let timetable = Timetable::new(vec![rule("0 2 * * *")]);
    timetable.decide(at(now), &BTreeMap::from([("nightly".to_owned(), standing)]))
}

/// The one kind that was decided, and for which fire.
fn decided(now: &str, standing: Standing) -> (Timestamp, Kind) {
    let [decision] = step(now, standing).decisions.try_into().unwrap();
    assert_eq!((decision.schedule.as_str(), decision.rule.as_str()), ("nightly", "0 2 * * * UTC"));
    (decision.fire_time, decision.kind)
}

fn span(count: u32, first: &str, last: &str) -> Span {
    Span { count, first: at(first), last: at(last) }
}

#[test]
fn a_fire_is_started_when_it_is_due_and_not_before() {
    let step = step("2026-06-02T01:59:59.999Z", standing("2026-06-01T02:00:00Z"));
    assert_eq!(step.decisions, []);
    assert_eq!(step.wake_at, Some(at("2026-06-02T02:00:00Z")));
    let due = span(1, "2026-06-02T02:00:00Z", "2026-06-02T02:00:00Z");
    let decided = decided("2026-06-02T02:00:00Z", standing("2026-06-01T02:00:00Z"));
    assert_eq!(decided, (due.last, Kind::Start(due)));
}

#[test]
fn what_was_missed_is_one_run_within_the_window_and_on_record_beyond_it() {
    let due = span(4, "2026-06-02T02:00:00Z", "2026-06-05T02:00:00Z");
    let within = decided("2026-06-05T08:00:00Z", standing("2026-06-01T02:00:00Z"));
    assert_eq!(within, (due.last, Kind::Start(due)));
    let beyond = decided("2026-06-05T08:00:00.001Z", standing("2026-06-01T02:00:00Z"));
    assert_eq!(beyond, (due.last, Kind::Missed(due)));
}

#[test]
fn two_fires_never_overlap() {
    let running = Standing { running: Some("01J".to_owned()), ..standing("2026-06-01T02:00:00Z") };
    let due = span(1, "2026-06-02T02:00:00Z", "2026-06-02T02:00:00Z");
    let kind = Kind::Skipped { still_running: "01J".to_owned(), due };
    assert_eq!(decided("2026-06-02T02:00:01Z", running), (due.last, kind));
}

#[test]
fn a_pause_is_on_record_even_while_something_runs() {
    let paused = Standing { running: Some("01J".to_owned()), is_paused: true, ..standing("2026-06-01T02:00:00Z") };
    let due = span(2, "2026-06-02T02:00:00Z", "2026-06-03T02:00:00Z");
    assert_eq!(decided("2026-06-03T02:00:01Z", paused), (due.last, Kind::Paused(due)));
}

#[test]
fn a_schedule_that_is_new_or_changed_owes_nothing() {
    let now = "2026-06-02T02:00:01Z";
    assert_eq!(decided(now, Standing::default()), (at(now), Kind::Begins { replaces: None }));
    let mut changed = standing("2026-06-01T02:00:00Z");
    changed.record.as_mut().unwrap().rule = "0 1 * * * UTC".to_owned();
    let kind = Kind::Begins { replaces: Some("0 1 * * * UTC".to_owned()) };
    assert_eq!(decided(now, changed), (at(now), kind));
    // Even when the clock was put back meanwhile.
    let mut changed = standing("2026-06-03T02:00:00Z");
    changed.record.as_mut().unwrap().rule = "0 1 * * * UTC".to_owned();
    assert_eq!(decided(now, changed).0, at("2026-06-03T02:00:00Z"));
}

#[test]
fn a_clock_that_is_put_back_starts_nothing_again_and_is_told() {
    let step = step("2026-06-01T02:00:00Z", standing("2026-06-02T02:00:00Z"));
    assert_eq!(step.decisions, []);
    assert_eq!(step.wake_at, Some(at("2026-06-03T02:00:00Z")));
    let ahead = Ahead { schedule: "nightly".to_owned(), until: at("2026-06-02T02:00:00Z") };
    assert_eq!(step.ahead, [ahead]);
}

#[test]
fn a_year_of_minutes_is_counted_so_far_and_no_further() {
    let schedule = rule("* * * * *").schedule;
    let standing = Standing {
        record: Some(Record { rule: schedule.to_string(), until: at("2025-06-01T00:00:00Z") }),
        ..Standing::default()
    };
    let timetable = Timetable::new(vec![rule("* * * * *")]);
    let step = timetable.decide(at("2026-06-01T00:00:30Z"), &BTreeMap::from([("nightly".to_owned(), standing)]));
    let due = span(COUNTED, "2025-06-01T00:01:00Z", "2026-06-01T00:00:00Z");
    assert_eq!(step.decisions[0].kind, Kind::Start(due));
}

#[test]
fn one_sleeps_until_the_next_fire_and_a_minute_at_most() {
    let sleep = |now: &str| step(now, standing("2026-06-01T02:00:00Z")).sleep(at(now));
    assert_eq!(sleep("2026-06-02T01:59:30Z"), Duration::from_secs(30));
    assert_eq!(sleep("2026-06-01T10:00:00Z"), LONGEST_SLEEP);
    assert_eq!(Step::default().sleep(at("2026-06-01T10:00:00Z")), LONGEST_SLEEP);
    let late = step("2026-06-02T01:59:30Z", standing("2026-06-01T02:00:00Z"));
    assert_eq!(late.sleep(at("2026-06-02T03:00:00Z")), Duration::ZERO);
}
