//! The timetable over random histories: a clock that jumps, a coordinator that is killed between any two steps, scans of
//! any length, pauses. No fire is started twice, none is lost without a record, and no two run at once.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use plumbline_schedule::timetable::{COUNTED, Decision, Kind, Record, Rule, Standing};
use plumbline_schedule::{Schedule, Timetable, Zone};
use proptest::prelude::*;

/// What happens next.
#[derive(Clone, Debug)]
enum Event {
    /// Time goes by.
    Pass(i64),
    /// The clock is set, by so many seconds.
    Jump(i64),
    /// It is decided, and put on record.
    Decide,
    /// It is decided, and the coordinator is killed before anything is on record.
    KilledBefore,
    /// The scan of a schedule ends.
    Ends(usize),
    /// Somebody pauses a schedule, or takes that back.
    Pauses(usize),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        6 => (0_i64..7_200).prop_map(Event::Pass),
        1 => (0_i64..400_000).prop_map(Event::Pass),
        1 => (-200_000_i64..200_000).prop_map(Event::Jump),
        1 => (-90_i64..90).prop_map(Event::Jump),
        8 => Just(Event::Decide),
        2 => Just(Event::KilledBefore),
        4 => (0_usize..3).prop_map(Event::Ends),
        1 => (0_usize..3).prop_map(Event::Pauses),
    ]
}

fn rules() -> Vec<Rule> {
    let rule = |name: &str, cron: &str, zone: &str, minutes: u64| Rule {
        name: name.to_owned(),
        schedule: Schedule::new(cron.parse().expect(cron), Zone::named(zone).expect(zone)),
        window: Duration::from_secs(minutes * 60),
    };
    vec![
        rule("nightly", "30 2 * * *", "Europe/Zurich", 360),
        rule("often", "*/20 * * * *", "America/New_York", 5),
        rule("hourly", "0 * * * *", "Australia/Lord_Howe", 59),
    ]
}

/// What is durable, and what a test knows besides.
#[derive(Default)]
struct Store {
    standings: BTreeMap<String, Standing>,
    /// By schedule and fire time, which have to be new each time.
    decided: BTreeMap<(String, Timestamp), Decision>,
    started: usize,
}

impl Store {
    /// One transaction.
    fn commit(&mut self, decision: &Decision, now: Timestamp) {
        let standing = self.standings.entry(decision.schedule.clone()).or_default();
        let earlier = standing.record.replace(decision.record());
        let key = (decision.schedule.clone(), decision.fire_time);
        assert!(self.decided.insert(key, decision.clone()).is_none(), "decided twice: {decision:?}");
        if let (Some(earlier), Some(due)) = (earlier, decision.kind.due()) {
            assert!(earlier.until < due.first && due.first <= due.last && due.last <= now, "{earlier:?}: {decision:?}");
        }
        match &decision.kind {
            Kind::Start(_) => {
                assert!(standing.running.is_none() && !standing.is_paused, "two at once: {decision:?}");
                self.started += 1;
                standing.running = Some(format!("scan {}", self.started));
            }
            Kind::Skipped { still_running, .. } => assert_eq!(standing.running.as_ref(), Some(still_running)),
            Kind::Paused(_) => assert!(standing.is_paused, "{decision:?}"),
            Kind::Begins { .. } | Kind::Missed(_) => {}
        }
    }

    fn decide(&mut self, timetable: &Timetable, now: Timestamp) {
        let step = timetable.decide(now, &self.standings);
        for decision in &step.decisions {
            self.commit(decision, now);
        }
        let again = timetable.decide(now, &self.standings);
        assert_eq!(again.decisions, [], "decided twice at the same moment");
        assert_eq!(again.wake_at, step.wake_at);
        if let Some(wake) = step.wake_at {
            assert!(
                wake > now
                    && timetable.decide(wake - SignedDuration::from_nanos(1), &self.standings).decisions.is_empty()
            );
            assert!(!timetable.decide(wake, &self.standings).decisions.is_empty(), "nothing is due at {wake}");
        }
    }

    /// Every fire from the beginning of a schedule until what is on record is in exactly one decision.
    fn nothing_is_lost(&self, rule: &Rule) {
        let of_rule = || self.decided.iter().filter(|((name, _), _)| *name == rule.name).map(|(_, decision)| decision);
        let Some(begin) = of_rule().next() else { return };
        assert_eq!(begin.kind, Kind::Begins { replaces: None });
        let mut on_record = 0;
        let mut last = begin.fire_time;
        for due in of_rule().filter_map(|decision| decision.kind.due()) {
            assert_eq!(rule.schedule.next_after(last), Some(due.first), "a fire without a record");
            assert!(due.count < COUNTED);
            on_record += due.count as usize;
            last = due.last;
        }
        let fires: BTreeSet<_> =
            rule.schedule.fires_between(begin.fire_time, last, usize::MAX).times.into_iter().collect();
        assert_eq!(fires.len(), on_record, "{} has fires without a record, or with two", rule.name);
        assert_eq!(self.standings[&rule.name].record.as_ref().map(|record: &Record| record.until), Some(last));
    }
}

fn live(start: i64, events: Vec<Event>) -> Store {
    let rules = rules();
    let timetable = Timetable::new(rules.clone());
    let mut store = Store::default();
    let mut now = Timestamp::from_second(start).expect("it is in range");
    let set = |now: Timestamp, by: i64| now + SignedDuration::from_secs(by);
    for event in events {
        match event {
            Event::Pass(seconds) | Event::Jump(seconds) => now = set(now, seconds),
            Event::Decide => store.decide(&timetable, now),
            Event::KilledBefore => drop(timetable.decide(now, &store.standings)),
            Event::Ends(index) => {
                if let Some(standing) = store.standings.get_mut(&rules[index].name) {
                    standing.running = None;
                }
            }
            Event::Pauses(index) => {
                store.decide(&timetable, now);
                let standing = store.standings.entry(rules[index].name.clone()).or_default();
                standing.is_paused = !standing.is_paused;
            }
        }
    }
    // Somebody sets the clock right, far ahead of everything: then all of it has to be on record.
    now = set(now, 2_000_000);
    store.decide(&timetable, now);
    for rule in &rules {
        store.nothing_is_lost(rule);
        let until = store.standings[&rule.name].record.as_ref().expect("it has been decided").until;
        assert!(until > now || rule.schedule.next_after(until).is_none_or(|next| next > now));
    }
    store
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(384))]

    #[test]
    fn no_fire_twice_none_lost_and_never_two_at_once(
        start in 1_700_000_000_i64..1_900_000_000, events in proptest::collection::vec(event(), 1..120),
    ) {
        live(start, events);
    }
}

#[test]
fn a_quiet_year_starts_every_night_once() {
    let day = |_| [Event::Pass(3_600), Event::Decide, Event::Ends(0), Event::Ends(1), Event::Ends(2)];
    let store = live(1_767_225_600, (0..24 * 365).flat_map(day).collect());
    let starts = |name: &str| {
        store
            .decided
            .values()
            .filter(|decision| decision.schedule == name && matches!(decision.kind, Kind::Start(_)))
            .count()
    };
    // The last step is weeks later, and makes one of what was missed.
    assert_eq!(starts("nightly"), 365 + 1);
}
