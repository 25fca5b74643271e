//! Leases, deadlines and heartbeats, with a clock that the test holds.

use super::*;

#[test]
fn an_attempt_that_used_up_its_time_gives_the_next_one_more_up_to_a_bound() {
    let mut now = tokio::time::Instant::now().into_std();
    let mut board = board(&[("1", 0)]);
    board.timers.max_attempts = 9;
    board.connect(&id("a"), 1, 1, &[]);
    let mut had = Vec::new();
    for attempt in 0..5 {
        let deadline = board.assign(now).remove(0).deadline;
        assert!(board.granted(&id("1"), attempt, now));
        for _ in 0..deadline.as_secs() / 30 {
            now += Duration::from_secs(30);
            board.extend(&id("a"), &[(id("1"), attempt)], now);
        }
        assert_eq!(board.overdue(now), ["1"]);
        assert_eq!(board.ran_over(&id("1"), now), Some(deadline));
        assert_eq!(board.fail(&id("1")), Failed::TriedAgain);
        had.push(deadline.as_secs() / 60);
    }
    assert_eq!(had, [45, 90, 180, 180, 180]);
}

#[test]
fn an_attempt_that_failed_early_gives_the_next_one_no_more() {
    let now = tokio::time::Instant::now().into_std();
    let mut board = board(&[("1", 0)]);
    board.connect(&id("a"), 1, 1, &[]);
    given(&mut board, now);
    assert_eq!(board.ran_over(&id("1"), now + TTL * 39), None);
    assert_eq!(board.ran_over(&id("1"), now + TTL * 40), Some(TTL * 45), "the agent gives up by itself");
    assert_eq!(board.timers.deadline_for(TTL), TTL * 45);
    assert_eq!([40, 80, 500].map(|needed| board.timers.deadline_for(TTL * needed)), [TTL * 80, TTL * 160, TTL * 180]);
}

#[test]
fn a_fleet_that_grows_is_heard_of_less_often_and_loses_no_lease_when_it_shrinks() {
    let now = tokio::time::Instant::now().into_std();
    let mut board = board(&[("1", 0)]);
    let usual = board.timers.pace;
    let large = Pace { heartbeat: Duration::from_secs(20), lease_ttl: Duration::from_secs(80) };
    board.connect(&id("a"), 1, 1, &[]);
    assert_eq!(board.pace_of(&id("a")), usual);
    given(&mut board, now);
    (0..8_000).for_each(|number| drop(board.connect(&id(&format!("b{number}")), 1, 0, &[])));
    assert_eq!(board.pace_of(&id("b7999")), large, "who comes now is told so at once");
    board.extend(&id("a"), &[(id("1"), 7)], now);
    assert_eq!((board.repace(&id("a")), board.repace(&id("a"))), (Some(large), None), "said once");
    assert!(board.overdue(now + Duration::from_secs(79)).is_empty());
    (0..8_000).for_each(|number| board.disconnect(&id(&format!("b{number}")), 1));
    let later = now + Duration::from_secs(20);
    board.extend(&id("a"), &[(id("1"), 7)], later);
    assert_eq!(board.repace(&id("a")), Some(usual));
    assert!(board.overdue(later + Duration::from_secs(79)).is_empty(), "it may have waited by what it was told before");
    board.extend(&id("a"), &[(id("1"), 7)], later);
    assert_eq!(board.overdue(later + TTL), ["1"]);
}

#[test]
fn a_coordinator_that_did_not_run_ends_no_lease() {
    let now = tokio::time::Instant::now().into_std();
    let mut board = board(&[("1", 0)]);
    board.connect(&id("a"), 1, 1, &[]);
    given(&mut board, now);
    let frozen = TTL * 60;
    board.pardon(frozen, now + frozen);
    assert!(board.overdue(now + frozen + TTL / 2).is_empty(), "neither lease nor deadline");
    assert_eq!(board.overdue(now + frozen + TTL), ["1"]);
}

#[test]
fn a_lease_that_is_not_extended_ends() {
    let now = tokio::time::Instant::now().into_std();
    let mut board = board(&[("1", 0)]);
    board.connect(&id("a"), 1, 1, &[]);
    board.assign(now);
    assert!(board.granted(&id("1"), 7, now));
    assert!(board.extend(&id("a"), &[(id("1"), 6)], now).is_empty(), "an old fence extends nothing");
    assert_eq!(board.extend(&id("a"), &[(id("1"), 7)], now + TTL / 2), ["1"]);
    assert!(board.overdue(now + TTL).is_empty());
    assert_eq!(board.overdue(now + TTL * 2), ["1"]);
    assert_eq!(board.fail(&id("1")), Failed::TriedAgain);
    board.connect(&id("b"), 2, 1, &[]);
    board.drain(&id("a"));
    assert_eq!(names(board.assign(now + TTL * 2)), ["b:1"]);
    assert!(!board.holds(&id("a"), &id("1"), 7));
}
