//! What happens to rows, by the nights that a store remembers; and that what is told leads from one state to the other.

use proptest::prelude::*;

use super::*;

const FAIL: i32 = wire::Status::Fail as i32;
const PASS: i32 = wire::Status::Pass as i32;
const UNKNOWN: i32 = wire::Status::Unknown as i32;
const EXCLUDED: i32 = wire::Status::NotApplicable as i32;

fn row(status: i32, decided: i32, since: u32, fails: u32) -> StandingRow {
    let stale_since = if status == UNKNOWN { since.max(1) } else { 0 };
    StandingRow { status, decided, since, fails, stale_since, first_seen: 1, ..StandingRow::default() }
}

/// The state after night 5 against an earlier one.
fn check(old: Option<StandingRow>, new: Option<StandingRow>, expected: Option<Turn>) {
    let of = |row: &StandingRow| (row.status, row.decided, row.since);
    let told = turn(
        old.as_ref().map(|row| Seen { row, missing_since: 0 }),
        new.as_ref().map(|row| Seen { row, missing_since: 0 }),
        5,
    );
    assert_eq!(told, expected, "{:?} {:?}", old.as_ref().map(of), new.as_ref().map(of));
}

#[test]
fn every_transition_has_its_word() {
    let (fails, passes) = (row(FAIL, FAIL, 3, 1), row(PASS, PASS, 3, 0));
    let stale = |decided: i32| Some(row(UNKNOWN, decided, 3, 1));
    check(None, None, None);
    check(None, Some(passes.clone()), Some(Turn::New));
    check(Some(fails.clone()), None, Some(Turn::Closed));
    check(Some(passes.clone()), Some(row(FAIL, FAIL, 7, 1)), Some(Turn::New));
    check(Some(passes.clone()), Some(row(FAIL, FAIL, 7, 2)), Some(Turn::Reopened));
    check(Some(fails.clone()), Some(row(FAIL, FAIL, 7, 2)), Some(Turn::Reopened));
    check(Some(fails.clone()), Some(fails.clone()), None);
    check(Some(fails.clone()), Some(row(PASS, PASS, 7, 1)), Some(Turn::Fixed));
    check(Some(fails.clone()), Some(row(EXCLUDED, EXCLUDED, 7, 1)), Some(Turn::Fixed));
    check(Some(fails.clone()), stale(FAIL), Some(Turn::Lost));
    check(stale(FAIL), Some(fails.clone()), Some(Turn::Decided));
    check(stale(FAIL), Some(row(PASS, PASS, 7, 1)), Some(Turn::Fixed));
    check(stale(FAIL), Some(row(FAIL, FAIL, 7, 2)), Some(Turn::Reopened));
    check(stale(PASS), Some(row(FAIL, FAIL, 7, 1)), Some(Turn::New));
    check(stale(PASS), Some(passes.clone()), Some(Turn::Decided));
    check(stale(PASS), Some(row(EXCLUDED, EXCLUDED, 7, 0)), Some(Turn::Changed));
    check(stale(0), Some(passes.clone()), Some(Turn::Decided));
    check(stale(FAIL), stale(FAIL), None);
    check(stale(PASS), stale(FAIL), Some(Turn::Changed));
    check(Some(passes.clone()), Some(row(EXCLUDED, EXCLUDED, 7, 0)), Some(Turn::Changed));
    check(Some(passes.clone()), Some(row(PASS, PASS, 7, 1)), None);
}

#[test]
fn a_resource_that_is_not_found_is_unknown_to_its_controls() {
    let fails = row(FAIL, FAIL, 3, 1);
    let there = Seen { row: &fails, missing_since: 0 };
    let missing = Seen { row: &fails, missing_since: 7 };
    assert_eq!(turn(Some(there), Some(missing), 5), Some(Turn::Lost));
    assert_eq!(turn(Some(missing), Some(there), 5), Some(Turn::Decided));
    assert_eq!((missing.status(), missing.decided(), missing.stale_since()), (Status::Unknown, Some(Status::Fail), 7));
}

#[test]
fn a_status_of_a_newer_version_is_unknown() {
    let strange = row(77, FAIL, 3, 1);
    assert_eq!(Seen { row: &strange, missing_since: 0 }.status(), Status::Unknown);
}

fn rows_of() -> impl Strategy<Value = Option<StandingRow>> {
    let one = (0..6i32, 0..6i32, 1..9u32, 0..3u32).prop_map(|(status, decided, since, fails)| {
        let is_decided = ![0, UNKNOWN].contains(&status);
        row(status, if is_decided { status } else { decided }, since, fails)
    });
    proptest::option::of(one)
}

proptest! {
    /// Nothing is passed over: where no turn is told, what can be said of the row is the same.
    #[test]
    fn what_is_not_told_is_as_it_was(old in rows_of(), new in rows_of()) {
        let said = |row: &Option<StandingRow>| row.as_ref().map(|row| {
            let seen = Seen { row, missing_since: 0 };
            (seen.status(), seen.decided())
        });
        // A failure that stands since before the first night was a failure on it.
        prop_assume!(!new.as_ref().is_some_and(|new| {
            new.status == FAIL && new.since <= 5 && old.as_ref().is_none_or(|old| old.decided != FAIL)
        }));
        let before = old.as_ref().map(|row| Seen { row, missing_since: 0 });
        let after = new.as_ref().map(|row| Seen { row, missing_since: 0 });
        if turn(before, after, 5).is_none() {
            prop_assert_eq!(said(&old), said(&new));
        }
    }
}
