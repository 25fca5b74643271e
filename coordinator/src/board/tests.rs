//! Assigning, extending, failing: with a clock that the test holds.

use super::*;

const TTL: Duration = Duration::from_secs(60);

fn board(jobs: &[(&str, u32)]) -> Board {
    let mut board = Board::new(Timers { lease_ttl: TTL, deadline: TTL * 45, max_attempts: 3 });
    jobs.iter().for_each(|(job, account)| board.add((*job).to_owned(), *account));
    board
}

fn names(assignments: Vec<Assignment>) -> Vec<String> {
    assignments.into_iter().map(|each| format!("{}:{}", each.agent, each.job)).collect()
}

#[test]
fn jobs_go_to_agents_with_room() {
    let now = Instant::now();
    let mut board = board(&[("1", 0), ("2", 1), ("3", 2)]);
    assert!(board.assign(now).is_empty());
    board.connect("a", 1, 1);
    board.connect("b", 2, 1);
    assert_eq!(board.assign(now).len(), 2);
    assert!(board.assign(now).is_empty(), "nobody has room");
    board.end("1");
    assert_eq!(board.assign(now).len(), 1);
}

#[test]
fn one_account_does_not_take_all_agents() {
    let now = Instant::now();
    let mut board = board(&[("1", 0), ("2", 0), ("3", 0), ("4", 0), ("5", 0), ("6", 1)]);
    board.connect("a", 1, 5);
    assert_eq!(names(board.assign(now)), ["a:1", "a:2", "a:3", "a:4", "a:6"]);
    board.end("2");
    assert_eq!(names(board.assign(now)), ["a:5"]);
}

#[test]
fn a_lease_that_is_not_extended_ends() {
    let now = Instant::now();
    let mut board = board(&[("1", 0)]);
    board.connect("a", 1, 1);
    board.assign(now);
    assert!(board.granted("a", "1", 7));
    assert!(board.extend("a", &[("1".into(), 6)], now).is_empty(), "an old fence extends nothing");
    assert_eq!(board.extend("a", &[("1".into(), 7)], now + TTL / 2), ["1"]);
    assert!(board.overdue(now + TTL).is_empty());
    assert_eq!(board.overdue(now + TTL * 2), ["1"]);
    assert!(!board.fail("1"));
    board.connect("b", 2, 1);
    board.drain("a");
    assert_eq!(names(board.assign(now + TTL * 2)), ["b:1"]);
    assert!(!board.holds("a", "1", 7));
}

#[test]
fn a_job_that_keeps_failing_is_given_up_and_one_that_is_handed_back_is_not() {
    let now = Instant::now();
    let mut board = board(&[("1", 0)]);
    board.connect("a", 1, 1);
    for _ in 0..10 {
        assert_eq!(board.assign(now).len(), 1);
        board.hand_back("1");
    }
    for attempt in 1..=3 {
        assert_eq!(board.assign(now).len(), 1);
        assert_eq!(board.fail("1"), attempt == 3);
    }
    assert!(board.assign(now).is_empty());
}

#[test]
fn a_session_that_ended_gets_no_jobs_and_a_new_one_keeps_what_it_held() {
    let now = Instant::now();
    let mut board = board(&[("1", 0), ("2", 1)]);
    board.connect("a", 1, 1);
    board.assign(now);
    assert!(board.granted("a", "1", 5));
    board.disconnect("a", 1);
    board.end("2");
    board.connect("a", 2, 1);
    board.disconnect("a", 1);
    assert!(board.holds("a", "1", 5));
    assert!(board.assign(now).is_empty(), "its one place is taken");
}

#[test]
fn an_agent_that_said_farewell_keeps_nothing() {
    let now = Instant::now();
    let mut board = board(&[("1", 0)]);
    board.connect("a", 1, 1);
    assert_eq!(names(board.assign(now)), ["a:1"]);
    board.drain("a");
    board.disconnect("a", 1);
    board.connect("b", 2, 1);
    assert_eq!(names(board.assign(now)), ["b:1"]);
}

#[test]
fn a_grant_that_came_too_late_is_worth_nothing() {
    let now = Instant::now();
    let mut board = board(&[("1", 0)]);
    board.connect("a", 1, 1);
    assert_eq!(names(board.assign(now)), ["a:1"]);
    board.drain("a");
    board.disconnect("a", 1);
    board.connect("b", 2, 1);
    assert_eq!(names(board.assign(now)), ["b:1"]);
    assert!(!board.granted("a", "1", 5));
    assert!(board.granted("b", "1", 6));
    assert!(!board.granted("b", "1", 5), "the later grant counts");
    assert!(board.holds("b", "1", 6));
}

#[test]
fn an_agent_that_refused_for_want_of_room_is_left_in_peace_for_a_while() {
    let now = Instant::now();
    let mut board = board(&[("1", 0)]);
    board.connect("a", 1, 1);
    assert_eq!(names(board.assign(now)), ["a:1"]);
    board.busy("a");
    board.hand_back("1");
    assert!(board.assign(now).is_empty(), "the same offer would be refused again at once");
    board.rested("a");
    assert_eq!(names(board.assign(now)), ["a:1"]);
}

#[test]
fn a_job_that_somebody_else_was_given_is_not_resumed() {
    let now = Instant::now();
    let mut board = board(&[("1", 0)]);
    board.connect("a", 1, 1);
    board.connect("b", 2, 1);
    assert!(board.resume("a", "1", now));
    assert!(!board.resume("b", "1", now), "the first holder would keep a place taken for nothing");
    board.end("1");
    assert!(!board.resume("b", "1", now));
    assert!(board.has_others("b") && board.has_others("x"));
    board.drain("a");
    assert!(!board.has_others("b"));
}

#[test]
fn agents_that_left_are_forgotten_when_they_hold_nothing() {
    let now = Instant::now();
    let mut board = board(&[("1", 0)]);
    board.connect("a", 1, 1);
    board.connect("b", 2, 0);
    assert_eq!(names(board.assign(now)), ["a:1"]);
    board.disconnect("a", 1);
    board.disconnect("b", 2);
    assert_eq!(board.agents.len(), 1, "a lease outlives its session");
    board.end("1");
    assert!(board.agents.is_empty());
}
