//! Fires held against an oracle that knows nothing of gaps and folds: it walks minute by minute, looks at the clock of
//! the zone, and keeps the latest time that it has shown. What that passes for the first time, fires.

use jiff::civil::DateTime;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp, ToSpan};
use plumbline_schedule::cron::Cron;
use plumbline_schedule::{Schedule, Zone};
use proptest::prelude::*;

/// Zones whose clocks do unusual things, and some whose do not.
const ZONES: [&str; 20] = [
    "Europe/Zurich",
    "Europe/London",
    "Europe/Dublin",
    "America/New_York",
    "America/St_Johns",
    "America/Santiago",
    "America/Sao_Paulo",
    "America/Havana",
    "America/Caracas",
    "Africa/Casablanca",
    "Africa/Cairo",
    "Asia/Kolkata",
    "Asia/Gaza",
    "Asia/Pyongyang",
    "Australia/Lord_Howe",
    "Antarctica/Troll",
    "Pacific/Apia",
    "Pacific/Kwajalein",
    "Pacific/Chatham",
    "UTC",
];

/// Farther back than any clock was ever put.
const FOLD: SignedDuration = SignedDuration::from_hours(26);

/// The numbers of a field, understood once more and in another way.
fn numbers(field: &str, least: i8, most: i8) -> Vec<i8> {
    let one = |text: &str| text.parse::<i8>().expect("the generator writes numbers");
    let mut found = Vec::new();
    for item in field.split(',') {
        let (range, step) = item.split_once('/').map_or((item, 1), |(range, step)| (range, one(step)));
        let (from, to) = match range.split_once('-') {
            Some((from, to)) => (one(from), one(to)),
            None if range == "*" => (least, most),
            None => (one(range), one(range)),
        };
        found.extend((from..=to).filter(|number| (number - from) % step == 0));
    }
    found
}

/// Whether an expression of numbers names a local minute.
fn names(cron: &str, time: DateTime) -> bool {
    let fields: Vec<&str> = cron.split(' ').collect();
    let has = |field: usize, least, most, number: i8| numbers(fields[field], least, most).contains(&number);
    let is_month_day = has(2, 1, 31, time.day());
    let week_day = time.weekday().to_sunday_zero_offset();
    let is_week_day = has(4, 0, 6, week_day) || (week_day == 0 && fields[4] != "*" && has(4, 0, 7, 7));
    let is_day = if fields[2].starts_with('*') || fields[4].starts_with('*') {
        is_month_day && is_week_day
    } else {
        is_month_day || is_week_day
    };
    is_day && has(0, 0, 59, time.minute()) && has(1, 0, 23, time.hour()) && has(3, 1, 12, time.month())
}

/// The fires after one moment until another.
fn walk(cron: &Cron, zone: &TimeZone, after: Timestamp, until: Timestamp) -> Vec<Timestamp> {
    let mut fires = Vec::new();
    // In all of these zones a minute begins when one of UTC does.
    let whole =
        |moment: Timestamp| Timestamp::from_second(moment.as_second().div_euclid(60) * 60).expect("it is in range");
    let mut at = whole(after - FOLD);
    let mut shown = zone.to_datetime(at);
    while at < until {
        at += SignedDuration::from_mins(1);
        let shows = zone.to_datetime(at);
        let mut is_fire = false;
        while shown < shows {
            shown += 1.minute();
            is_fire |= cron.names(shown);
        }
        if is_fire && at > after && at <= until {
            fires.push(at);
        }
    }
    fires
}

fn schedule(cron: &str, zone: &str) -> Schedule {
    Schedule::new(cron.parse().expect(cron), Zone::named(zone).expect(zone))
}

/// Holds the fires of a span against the walk, and every way to ask for them against each other.
fn hold(cron: &str, zone: &str, after: Timestamp, until: Timestamp) {
    let schedule = schedule(cron, zone);
    let rules = TimeZoneDatabase::bundled().get(zone).expect(zone);
    let expected = walk(schedule.cron(), &rules, after, until);
    let found = schedule.fires_between(after, until, usize::MAX);
    assert_eq!(found.times, expected, "`{cron}` in {zone} after {after} until {until}");
    assert!(!found.has_more);
    assert_eq!(schedule.last_between(after, until), expected.last().copied());
    let half = expected.len() / 2;
    let some = schedule.fires_between(after, until, half);
    assert_eq!((some.times.as_slice(), some.has_more), (&expected[..half], half < expected.len()));
    if let Some(first) = expected.first() {
        assert_eq!(schedule.next_after(*first - SignedDuration::from_nanos(1)), Some(*first));
        assert_eq!(schedule.next_after(*first), expected.get(1).copied().or_else(|| schedule.next_after(until)));
    }
}

/// A field that a person might write.
fn field(least: i8, most: i8) -> impl Strategy<Value = String> {
    let one = (least..=most).prop_map(|number| number.to_string());
    let range = (least..most).prop_flat_map(move |from| (Just(from), from + 1..=most));
    let range = range.prop_flat_map(|(from, to)| (Just(from), Just(to), 1..=(to - from)));
    let range = range
        .prop_map(|(from, to, step)| if step == 1 { format!("{from}-{to}") } else { format!("{from}-{to}/{step}") });
    let star = (1..=(most - least) / 2).prop_map(|step| if step == 1 { "*".to_owned() } else { format!("*/{step}") });
    let item = prop_oneof![3 => one, 1 => range, 1 => star];
    prop_oneof![2 => Just("*".to_owned()), 3 => proptest::collection::vec(item, 1..4).prop_map(|items| items.join(","))]
}

fn cron() -> impl Strategy<Value = String> {
    (field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 7))
        .prop_map(|(minute, hour, day, month, week_day)| format!("{minute} {hour} {day} {month} {week_day}"))
}

/// Expressions that fire at the hours at which clocks are changed.
fn nightly() -> impl Strategy<Value = String> {
    let hour = prop_oneof![
        (0..5_i8).prop_map(|hour| hour.to_string()),
        Just("*".to_owned()),
        Just("0-4".to_owned()),
        Just("22-23".to_owned())
    ];
    (field(0, 59), hour, prop_oneof![4 => Just("*".to_owned()), 1 => field(1, 31)])
        .prop_map(|(minute, hour, day)| format!("{minute} {hour} {day} * *"))
}

/// A moment from 1973 to 2060, before which every offset has whole minutes in all of these zones.
fn moment() -> impl Strategy<Value = Timestamp> {
    (94_694_400_i64..2_840_140_800).prop_map(|second| Timestamp::from_second(second).expect("it is in range"))
}

/// A change of the clock near a moment, if the zone has one.
fn change(zone: &str, near: Timestamp) -> Timestamp {
    let zone = TimeZoneDatabase::bundled().get(zone).expect("it is known");
    let change = zone.following(near).next().map(|change| change.timestamp());
    let change = change.or_else(|| zone.preceding(near).next().map(|change| change.timestamp()));
    change.filter(|at| at.as_second() > 94_694_400).unwrap_or(near)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn around_changes_of_the_clock_fires_are_those_of_the_walk(
        cron in nightly(), zone in proptest::sample::select(&ZONES[..]), near in moment(), hours in 1_i64..40, seconds in 0_i64..60,
    ) {
        let change = change(zone, near);
        let after = change - SignedDuration::from_hours(hours) + SignedDuration::from_secs(seconds);
        hold(&cron, zone, after, change + SignedDuration::from_hours(50));
    }

    #[test]
    fn whatever_somebody_writes_fires_when_the_walk_says(
        cron in cron(), zone in proptest::sample::select(&ZONES[..]), near in moment(), is_change in any::<bool>(),
    ) {
        // What never fires is refused, and has its own test.
        prop_assume!(cron.parse::<Cron>().is_ok());
        let after = if is_change { change(zone, near) - SignedDuration::from_hours(20) } else { near };
        hold(&cron, zone, after, after + SignedDuration::from_hours(60));
    }

    #[test]
    fn the_expression_is_understood_as_it_is_written(cron in cron(), near in moment()) {
        let read = cron.parse::<Cron>();
        let local = TimeZone::UTC.to_datetime(near);
        for minutes in 0..120 {
            let local = local + (minutes * 37).minutes();
            match &read {
                Ok(read) => prop_assert_eq!(read.names(local), names(&cron, local), "`{}` at {}", cron, local),
                Err(error) => prop_assert!(error.cause.starts_with("it never fires"), "`{}`: {}", cron, error),
            }
        }
    }

    #[test]
    fn no_text_ends_the_program(text in "[0-9a-z*/,@?#LW \\-]{0,24}|\\PC{0,12}") {
        if let Err(error) = text.parse::<Cron>() {
            prop_assert!(error.column >= 1 && error.column <= text.chars().count() + 1, "{:?}: {}", text, error);
        }
    }
}

#[test]
fn the_days_that_zones_skipped_or_had_twice() {
    let hold = |zone: &str, change: &str, cron: &str| {
        let change: Timestamp = change.parse().expect(change);
        hold(cron, zone, change - SignedDuration::from_hours(40), change + SignedDuration::from_hours(60));
    };
    for cron in ["0 0 * * *", "30 12 * * *", "* * * * *", "0 0 30 12 *", "0 0 21 8 *", "17 */5 * * 5"] {
        hold("Pacific/Apia", "2011-12-30T10:00:00Z", cron);
        hold("Pacific/Fakaofo", "2011-12-30T10:00:00Z", cron);
        hold("Pacific/Kwajalein", "1993-08-21T12:00:00Z", cron);
        hold("Pacific/Kiritimati", "1994-12-31T10:40:00Z", cron);
    }
}
