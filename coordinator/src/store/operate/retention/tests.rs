//! What an owner expects to find after a year.

use super::*;
use crate::store::record::{ScanHead, ScanKind};

fn scan(night: u32, started: &str, kind: ScanKind, state: ScanState) -> StoredScan {
    let (kind, state) = (kind as i32, state as i32);
    let head = ScanHead { id: id(night), night, started: started.into(), kind, state, ..ScanHead::default() };
    StoredScan { id: id(night).parse().unwrap(), head: Ok(head) }
}

fn id(night: u32) -> String {
    format!("S{night:04}")
}

fn full(night: u32, started: &str) -> StoredScan {
    scan(night, started, ScanKind::Full, ScanState::Complete)
}

/// A full scan each night of 2026, at two o'clock.
fn year() -> Vec<StoredScan> {
    let first = Date::from_ordinal_date(2026, 1).unwrap();
    let day = |night: u32| first + time::Duration::days(i64::from(night) - 1);
    (1..=365).map(|night| full(night, &format!("{}T02:00:00Z", day(night)))).collect()
}

fn kept(scans: &[StoredScan], retention: Retention) -> Vec<u32> {
    let gone: BTreeSet<String> = leaving(scans, &retention).into_iter().map(|scan| String::from(&scan.id)).collect();
    let nights = scans.iter().filter(|scan| !gone.contains(scan.id.as_str()));
    nights.map(|scan| scan.head.as_ref().map_or(0, |head| head.night)).collect()
}

#[test]
fn a_year_leaves_its_last_nights_weeks_and_months() {
    let kept = kept(&year(), Retention { nights: 3, weeks: 2, months: 2, ..Retention::default() });
    // The 31st of December 2026 is a Thursday: its week is this one, the last Sunday was the 27th (361).
    assert_eq!(kept, [334, 361, 363, 364, 365]);
}

#[test]
fn nothing_asked_for_keeps_the_newest() {
    assert_eq!(kept(&year(), Retention::default()), [365]);
}

#[test]
fn a_pause_prunes_nothing() {
    let scans = [full(1, "2020-01-01T02:00:00Z"), full(2, "2020-01-02T02:00:00Z"), full(3, "2026-01-01T02:00:00Z")];
    assert_eq!(kept(&scans, Retention { nights: 3, ..Retention::default() }), [1, 2, 3]);
    assert_eq!(kept(&scans, Retention { nights: 2, ..Retention::default() }), [2, 3]);
}

#[test]
fn what_is_limited_or_stopped_counts_for_no_night_and_goes_with_its_neighbours() {
    use ScanKind::{Full, Limited};
    use ScanState::{Complete, Interrupted, Running};
    let scans = [
        scan(1, "2026-01-01T02:00:00Z", Full, Interrupted),
        full(2, "2026-01-02T02:00:00Z"),
        scan(3, "2026-01-02T12:00:00Z", Limited, Complete),
        scan(4, "2026-01-03T02:00:00Z", Full, Interrupted),
        full(5, "2026-01-04T02:00:00Z"),
        scan(6, "2026-01-05T02:00:00Z", Full, Running),
    ];
    assert_eq!(kept(&scans, Retention { nights: 2, ..Retention::default() }), [1, 2, 3, 4, 5, 6], "there are no more");
    assert_eq!(kept(&scans, Retention { nights: 1, ..Retention::default() }), [5, 6]);
    assert_eq!(kept(&scans, Retention { weeks: 2, ..Retention::default() }), [5, 6]);
    assert_eq!(kept(&scans[..4], Retention { weeks: 2, ..Retention::default() }), [2, 4]);
}

#[test]
fn the_latest_complete_one_stays_whatever_comes_after_it() {
    use ScanKind::{Full, Limited};
    let mut scans = vec![full(1, "2026-01-01T02:00:00Z")];
    scans.extend(
        (2..9).map(|night| scan(night, &format!("2026-01-{night:02}T02:00:00Z"), Limited, ScanState::Complete)),
    );
    scans.push(scan(9, "2026-02-01T02:00:00Z", Full, ScanState::Interrupted));
    assert_eq!(kept(&scans, Retention { nights: 2, ..Retention::default() }), [1, 7, 8, 9]);
}

#[test]
fn what_cannot_be_judged_stays() {
    let mut scans = vec![full(1, "yesterday"), full(2, "2026-01-01T02:00:00Z"), full(3, "2026-01-02T02:00:00Z")];
    scans.push(StoredScan { id: "X".parse().unwrap(), head: Err(crate::store::Error::Damaged { what: "scan" }) });
    assert_eq!(kept(&scans, Retention { nights: 1, ..Retention::default() }), [1, 3, 0]);
}

#[test]
fn what_changes_by_itself_has_a_retention_of_its_own() {
    let since = |volatile_nights| volatile_since(&year(), &Retention { volatile_nights, ..Retention::default() });
    assert_eq!((since(None), since(Some(30)), since(Some(1)), since(Some(0))), (0, 336, 365, u32::MAX));
}
