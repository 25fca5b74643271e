//! That a fire and its scan are one commit, and that what is on record is never decided again.

use std::collections::BTreeMap;

use plumbline_baseline::ScanId;
use plumbline_schedule::timetable::{Kind, Rule, Timetable};
use plumbline_schedule::{Schedule, Timestamp, Zone};

use super::*;
use crate::store::record::Job;
use crate::store::{ScanEnd, With};

fn timetable() -> Timetable {
    let schedule = Schedule::new("0 2 * * *".parse().unwrap(), Zone::named("UTC").unwrap());
    let window = std::time::Duration::from_secs(3600);
    Timetable::new(vec![Rule { name: "nightly".into(), schedule, window }])
}

fn act() -> Act {
    Act {
        time: "2026-01-14T12:00:00Z".into(),
        actor: "somebody".into(),
        action: "schedule.paused",
        subject: "nightly".into(),
        detail: String::new(),
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn decide(store: &Store, now: &str) -> Vec<Decision> {
    timetable().decide(at(now), &store.standings().unwrap()).decisions
}

fn scan(id: &str) -> Scan {
    Scan { id: id.into(), state: ScanState::Running as i32, ..Scan::default() }
}

async fn start(store: &Store, decision: &Decision, id: &str) -> Result<u32, Error> {
    let fire = Fire { scan: id.into(), ..Fire::of(decision, decision.fire_time) };
    let jobs = vec![Job { id: "J".into(), scan: id.into(), ..Job::default() }];
    store.create_scan_of(scan(id), jobs, With { fire: Some(fire), ..With::default() }).await
}

#[tokio::test]
async fn a_fire_starts_one_scan_and_no_other_beside_it() {
    let store = Store::in_memory();
    let [begins] = &decide(&store, "2026-01-14T12:00:00Z")[..] else { panic!("one decision") };
    assert!(matches!(begins.kind, Kind::Begins { .. }));
    store.record_fire(Fire::of(begins, begins.fire_time)).await.unwrap();
    assert_eq!(decide(&store, "2026-01-15T01:59:00Z"), []);
    let [first] = &decide(&store, "2026-01-15T02:00:01Z")[..] else { panic!("one decision") };
    assert_eq!(start(&store, first, "S1").await, Ok(1));
    // Killed and started again, or with its clock set back: on record is on record.
    assert_eq!(decide(&store, "2026-01-15T02:00:02Z"), []);
    assert_eq!(decide(&store, "2026-01-15T01:00:00Z"), []);
    let again = start(&store, first, "S2").await;
    assert_eq!(again, Err(Error::Fired { schedule: "nightly".into(), time: "2026-01-15T02:00:00Z".into() }));
    assert!(store.scan(&"S2".parse::<ScanId>().unwrap()).unwrap().is_none(), "nothing of it is stored");
    let [second] = &decide(&store, "2026-01-16T02:00:00Z")[..] else { panic!("one decision") };
    assert!(matches!(&second.kind, Kind::Skipped { still_running, .. } if still_running == "S1"));
    store.finish_scan(&"S1".parse().unwrap(), "2026-01-15T03:00:00Z", ScanEnd::Complete).await.unwrap();
    let [second] = &decide(&store, "2026-01-16T02:00:00Z")[..] else { panic!("one decision") };
    assert!(matches!(second.kind, Kind::Start(_)));
    let fires = store.fires(Some("nightly")).unwrap();
    let outcomes: Vec<&str> = fires.iter().map(|fire| fire.outcome().name()).collect();
    assert_eq!(outcomes, ["started", "begins"]);
    assert!(store.verify().unwrap().is_clean());
}

#[tokio::test]
async fn what_somebody_asks_for_decides_nothing_of_the_schedule() {
    let store = Store::in_memory();
    let [begins] = &decide(&store, "2026-01-14T12:00:00Z")[..] else { panic!("one decision") };
    store.record_fire(Fire::of(begins, begins.fire_time)).await.unwrap();
    let asked = Fire::asked_for("nightly", "other", "uid 0", at("2026-01-15T02:00:00Z"));
    store.record_fire(asked.refused("no credentials")).await.unwrap();
    let [due] = &decide(&store, "2026-01-15T02:00:00Z")[..] else { panic!("one decision") };
    assert!(matches!(due.kind, Kind::Start(_)), "{due:?}");
    store.pause_schedule("nightly", true, act()).await.unwrap();
    store.pause_schedule("weekly", true, act()).await.unwrap();
    let [due] = &decide(&store, "2026-01-15T02:00:00Z")[..] else { panic!("one decision") };
    assert!(matches!(due.kind, Kind::Paused(_)), "{due:?}");
    let standings: BTreeMap<_, _> = store.standings().unwrap();
    assert_eq!(standings.len(), 1, "pausing what is not there makes nothing");
    let acts: Vec<String> = store.audit().unwrap().into_iter().map(|entry| entry.action).collect();
    assert_eq!(acts, ["schedule.paused"], "in the commit that does it, and where nothing is done, nothing");
}

#[tokio::test]
async fn two_may_ask_in_the_same_second() {
    let store = Store::in_memory();
    let asked =
        |reason: &str| Fire::asked_for("nightly", "@daily", "uid 0", at("2026-01-15T02:00:00Z")).refused(reason);
    for reason in ["one", "two", "three"] {
        store.record_fire(asked(reason)).await.unwrap();
    }
    let reasons: Vec<String> = store.fires(None).unwrap().into_iter().map(|fire| fire.reason).collect();
    assert_eq!(reasons, ["three", "two", "one"]);
    assert!(store.verify().unwrap().is_clean());
}

#[tokio::test]
async fn the_oldest_fires_are_forgotten() {
    let store = Store::in_memory();
    let begin: Timestamp = at("2026-01-15T02:00:00Z");
    for minute in 0..1003 {
        let time = begin + std::time::Duration::from_secs(60 * minute);
        for schedule in ["a", "nightly"] {
            if schedule == "nightly" || minute < 3 {
                let fire = Fire::asked_for(schedule, "@daily", "", time);
                store.record_fire(fire).await.unwrap();
            }
        }
    }
    let fires = store.fires(Some("nightly")).unwrap();
    assert_eq!((fires.len(), fires[999].time.as_str()), (1000, "2026-01-15T02:03:00Z"));
    assert_eq!(store.fires(Some("a")).unwrap().len(), 3);
    assert!(store.verify().unwrap().is_clean());
}
