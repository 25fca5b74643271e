//! Assigning, extending, failing: with a clock that the test holds.

mod bounds;
mod makespan;
mod time;

use super::*;

const TTL: Duration = Duration::from_secs(60);

fn board(jobs: &[(&str, u32)]) -> Board {
    let mut board =
        Board::new(Timers { pace: Pace { heartbeat: TTL / 4, lease_ttl: TTL }, deadline: TTL * 45, max_attempts: 3 });
    jobs.iter().for_each(|(job, account)| board.add(id(job), *account, 1, 0));
    board
}

fn id<T: std::str::FromStr>(text: &str) -> T
where
    T::Err: std::fmt::Debug,
{
    text.parse().unwrap()
}

/// Assigns, and stores the grants under fence 7.
fn given(board: &mut Board, now: Instant) -> Vec<String> {
    let assignments = board.assign(now);
    for each in &assignments {
        assert!(board.granted(&each.job, 7, now));
    }
    names(assignments)
}

fn names(assignments: Vec<Assignment>) -> Vec<String> {
    assignments.into_iter().map(|each| format!("{}:{}", each.agent, each.job)).collect()
}

#[test]
fn jobs_go_to_agents_with_room() {
    let now = tokio::time::Instant::now().into_std();
    let mut board = board(&[("1", 0), ("2", 1), ("3", 2)]);
    assert!(board.assign(now).is_empty());
    board.connect(&id("a"), 1, 1, &[]);
    board.connect(&id("b"), 2, 1, &[]);
    assert_eq!(board.assign(now).len(), 2);
    assert!(board.assign(now).is_empty(), "nobody has room");
    board.commit(&id("1"));
    assert_eq!(board.assign(now).len(), 1);
}

#[test]
fn one_account_does_not_take_all_agents() {
    let now = tokio::time::Instant::now().into_std();
    let mut board = board(&[("1", 0), ("2", 0), ("3", 0), ("4", 0), ("5", 0), ("6", 1)]);
    board.connect(&id("a"), 1, 5, &[]);
    assert_eq!(names(board.assign(now)), ["a:1", "a:2", "a:3", "a:4", "a:6"]);
    board.commit(&id("2"));
    assert_eq!(names(board.assign(now)), ["a:5"]);
}

#[test]
fn a_job_that_keeps_failing_is_given_up_and_one_that_is_handed_back_is_not() {
    let now = tokio::time::Instant::now().into_std();
    let mut board = board(&[("1", 0)]);
    board.connect(&id("a"), 1, 1, &[]);
    for _ in 0..10 {
        assert_eq!(given(&mut board, now).len(), 1);
        board.hand_back(&id("1"));
    }
    for attempt in 1..=3 {
        assert_eq!(given(&mut board, now).len(), 1);
        let expected = if attempt == 3 { Failed::ToGiveUp } else { Failed::TriedAgain };
        assert_eq!(board.fail(&id("1")), expected);
    }
    assert!(board.assign(now).is_empty());
}

#[test]
fn a_session_that_ended_gets_no_jobs_and_a_new_one_keeps_what_it_held() {
    let now = tokio::time::Instant::now().into_std();
    let mut board = board(&[("1", 0), ("2", 1)]);
    board.connect(&id("a"), 1, 1, &[]);
    board.assign(now);
    assert!(board.granted(&id("1"), 5, now));
    board.accepted(&id("a"), &id("1"), 5);
    board.disconnect(&id("a"), 1);
    board.commit(&id("2"));
    board.connect(&id("a"), 2, 1, &[id("1")]);
    board.disconnect(&id("a"), 1);
    assert!(board.holds(&id("a"), &id("1"), 5));
    assert!(board.assign(now).is_empty(), "its one place is taken");
}

#[test]
fn an_agent_that_said_farewell_keeps_nothing() {
    let now = tokio::time::Instant::now().into_std();
    let mut board = board(&[("1", 0)]);
    board.connect(&id("a"), 1, 1, &[]);
    assert_eq!(given(&mut board, now), ["a:1"]);
    board.accepted(&id("a"), &id("1"), 7);
    board.drain(&id("a"));
    board.disconnect(&id("a"), 1);
    board.connect(&id("b"), 2, 1, &[]);
    assert_eq!(given(&mut board, now), ["b:1"]);
}

#[test]
fn nobody_else_gets_a_job_whose_grant_is_on_its_way() {
    let now = tokio::time::Instant::now().into_std();
    let mut board = board(&[("1", 0)]);
    board.connect(&id("a"), 1, 1, &[]);
    assert_eq!(names(board.assign(now)), ["a:1"]);
    board.disconnect(&id("a"), 1);
    board.connect(&id("b"), 2, 1, &[]);
    assert!(board.assign(now).is_empty(), "the store might keep the grant that nobody was told of");
    assert!(board.overdue(now + TTL * 100).is_empty(), "a slow disk is nobody's fault");
    assert!(!board.granted(&id("1"), 5, now));
    assert_eq!(names(board.assign(now)), ["b:1"]);
    assert!(board.granted(&id("1"), 6, now + TTL));
    assert!(board.holds(&id("b"), &id("1"), 6));
    assert!(board.overdue(now + TTL).is_empty(), "the lease begins with the grant");
}

#[test]
fn a_grant_that_cannot_be_stored_is_not_tried_for_ever() {
    let now = tokio::time::Instant::now().into_std();
    let mut board = board(&[("1", 0)]);
    board.connect(&id("a"), 1, 1, &[]);
    for attempt in 1..=3 {
        assert_eq!(board.assign(now).len(), 1);
        let expected = if attempt == 3 { Failed::ToGiveUp } else { Failed::TriedAgain };
        assert_eq!(board.not_granted(&id("1")), expected);
    }
}

#[test]
fn an_agent_that_refused_for_want_of_room_is_left_in_peace_for_a_while() {
    let now = tokio::time::Instant::now().into_std();
    let mut board = board(&[("1", 0)]);
    board.connect(&id("a"), 1, 1, &[]);
    assert_eq!(given(&mut board, now), ["a:1"]);
    let later = now + Duration::from_millis(20);
    board.rest(&id("a"), later);
    board.hand_back(&id("1"));
    assert!(board.assign(now).is_empty(), "the same offer would be refused again at once");
    assert_eq!(names(board.assign(later)), ["a:1"]);
}

#[test]
fn a_job_that_somebody_else_was_given_is_not_resumed() {
    let mut board = board(&[("1", 0)]);
    board.connect(&id("a"), 1, 1, &[]);
    board.connect(&id("b"), 2, 1, &[]);
    assert!(board.resume(&id("a"), &id("1")));
    assert!(!board.resume(&id("b"), &id("1")), "the first holder would keep a place taken for nothing");
    board.commit(&id("1"));
    assert!(!board.resume(&id("b"), &id("1")));
    assert!(board.has_others(&id("b"), &id("1")) && board.has_others(&id("x"), &id("1")));
    board.drain(&id("a"));
    assert!(!board.has_others(&id("b"), &id("1")));
}

#[test]
fn agents_that_left_are_forgotten_when_they_hold_nothing() {
    let now = tokio::time::Instant::now().into_std();
    let mut board = board(&[("1", 0)]);
    board.connect(&id("a"), 1, 1, &[]);
    board.connect(&id("b"), 2, 0, &[]);
    assert_eq!(names(board.assign(now)), ["a:1"]);
    assert!(board.granted(&id("1"), 5, now));
    board.accepted(&id("a"), &id("1"), 5);
    board.disconnect(&id("a"), 1);
    board.disconnect(&id("b"), 2);
    assert_eq!(board.agents.iter().count(), 1, "a lease outlives its session");
    board.commit(&id("1"));
    assert_eq!(board.agents.iter().count(), 0);
}

#[test]
fn an_offer_that_nobody_answered_ends_with_its_session() {
    let now = tokio::time::Instant::now().into_std();
    let mut board = board(&[("1", 0), ("2", 1)]);
    board.connect(&id("a"), 1, 2, &[]);
    board.assign(now);
    assert!(board.granted(&id("1"), 5, now) && board.granted(&id("2"), 6, now));
    board.accepted(&id("a"), &id("2"), 6);
    board.disconnect(&id("a"), 1);
    board.connect(&id("b"), 2, 2, &[]);
    assert_eq!(names(board.assign(now)), ["b:1"]);
    board.connect(&id("a"), 3, 2, &[id("2")]);
    assert!(board.holds(&id("a"), &id("2"), 6));
}

#[test]
fn an_agent_in_trouble_is_left_alone_for_longer_and_longer() {
    let mut now = tokio::time::Instant::now().into_std();
    let start = now;
    let mut board = board(&[("1", 0)]);
    board.connect(&id("a"), 1, 1, &[]);
    let mut pauses = Vec::new();
    for _ in 0..8 {
        assert_eq!(given(&mut board, now), ["a:1"]);
        let pause = board.troubled(&id("a"), "no credentials", now);
        board.hand_back(&id("1"));
        assert!(board.assign(now + pause - Duration::from_millis(1)).is_empty());
        now += pause;
        pauses.push(pause.as_secs());
    }
    assert_eq!(pauses, [5, 10, 20, 40, 80, 160, 300, 300]);
    assert_eq!(board.failed_attempts(&id("1")), 0, "the job is not charged for it");
    assert_eq!(board.stuck(now, now - start), Some("no credentials".to_owned()));
    assert_eq!(board.stuck(now, now - start + TTL), None, "not for so long");
    board.connect(&id("b"), 2, 1, &[]);
    assert_eq!(board.stuck(now, now - start), None, "there is another one");
    assert_eq!(names(board.assign(now)).len(), 1);
}

#[test]
fn an_agent_that_did_a_job_is_out_of_trouble() {
    let now = tokio::time::Instant::now().into_std();
    let mut board = board(&[("1", 0), ("2", 1)]);
    board.connect(&id("a"), 1, 2, &[]);
    assert_eq!(given(&mut board, now).len(), 2);
    board.troubled(&id("a"), "no network", now);
    board.hand_back(&id("2"));
    assert!(board.open_agents().all(|(_, trouble)| trouble.is_some()));
    assert_eq!(board.stuck(now, Duration::ZERO), None, "it has a job yet");
    board.commit(&id("1"));
    assert!(board.open_agents().all(|(_, trouble)| trouble.is_none()));
}

#[test]
fn a_large_board_is_worked_through_in_planned_order() {
    let now = tokio::time::Instant::now().into_std();
    let jobs: Vec<String> = (0..90_000).map(|number| format!("{number:06}")).collect();
    let mut board = board(&jobs.iter().enumerate().map(|(n, job)| (job.as_str(), n as u32 / 18)).collect::<Vec<_>>());
    board.connect(&id("a"), 1, 64, &[]);
    let mut done = 0;
    let mut running: std::collections::VecDeque<JobId> = board.assign(now).into_iter().map(|each| each.job).collect();
    assert_eq!(running[4], *"000018", "four of the first account, then the next one");
    while let Some(job) = running.pop_front() {
        board.commit(&job);
        done += 1;
        running.extend(board.assign(now).into_iter().map(|each| each.job));
    }
    assert_eq!(done, jobs.len());
}

#[test]
fn a_scan_that_begins_later_takes_turns_with_the_one_that_runs() {
    let now = tokio::time::Instant::now().into_std();
    let mut board = board(&[]);
    (0..10).for_each(|job| board.add(id(&format!("a{job}")), job, 1, 0));
    board.connect(&id("x"), 1, 2, &[]);
    assert_eq!(names(board.assign(now)), ["x:a0", "x:a1"]);
    (0..3).for_each(|job| board.add(id(&format!("b{job}")), 20 + job, 2, 0));
    board.connect(&id("x"), 1, 8, &[id("a0"), id("a1")]);
    assert_eq!(names(board.assign(now)), ["x:a2", "x:b0", "x:a3", "x:b1", "x:a4", "x:b2"]);
    board.forget(&id("a2"));
    assert_eq!(names(board.assign(now)), ["x:a5"]);
}

#[test]
fn an_account_has_its_share_once_however_many_scans_want_it() {
    let now = tokio::time::Instant::now().into_std();
    let mut board = board(&[]);
    (0..4).for_each(|job| board.add(id(&format!("a{job}")), 7, 1, 0));
    (0..4).for_each(|job| board.add(id(&format!("b{job}")), 7, 2, 0));
    board.add(id("other"), 8, 1, 0);
    board.connect(&id("x"), 1, 5, &[]);
    assert_eq!(names(board.assign(now)), ["x:a0", "x:b0", "x:a1", "x:b1", "x:other"]);
}

#[test]
fn what_an_agent_held_before_a_restart_is_its_own_for_the_grace() {
    let now = tokio::time::Instant::now().into_std();
    let mut board = board(&[("1", 0), ("2", 1)]);
    board.restore(&id("a"), &id("1"), 7, now + 2 * TTL);
    board.connect(&id("b"), 1, 2, &[]);
    assert_eq!(names(board.assign(now)), ["b:2"]);
    assert!(board.overdue(now + TTL).is_empty());
    board.connect(&id("a"), 2, 1, &[id("1")]);
    assert!(board.holds(&id("a"), &id("1"), 7));
    assert_eq!(board.extend(&id("a"), &[(id("1"), 7)], now + TTL), ["1"]);
    assert!(board.overdue(now + 2 * TTL - TTL / 2).iter().all(|job| *job != "1"));
    board.disconnect(&id("a"), 2);
    assert!(board.overdue(now + 2 * TTL).contains(&id("1")), "who does not come back loses it");
    assert_eq!(board.fail(&id("1")), Failed::TriedAgain);
    assert_eq!(names(board.assign(now + 2 * TTL)), ["b:1"]);
}

#[test]
fn what_an_agent_does_not_come_back_with_after_a_restart_is_nobodys_and_nobodys_fault() {
    let now = tokio::time::Instant::now().into_std();
    let mut board = board(&[("1", 0), ("2", 1)]);
    for (job, fence) in [("1", 7), ("2", 8)] {
        board.restore(&id("a"), &id(job), fence, now + 2 * TTL);
    }
    board.connect(&id("a"), 1, 1, &[id("2")]);
    board.accepted(&id("a"), &id("2"), 8);
    board.connect(&id("b"), 2, 1, &[]);
    assert_eq!(names(board.assign(now)), ["b:1"], "the offer of it was never sent");
    assert_eq!(board.failed_attempts(&id("1")), 0);
    board.disconnect(&id("a"), 1);
    assert!(board.holds(&id("a"), &id("2"), 8), "what it came back with stays its own");
}

#[test]
fn a_job_is_poison_when_it_failed_on_two_agents_where_there_are_two() {
    let now = tokio::time::Instant::now().into_std();
    let mut board = board(&[("1", 0)]);
    board.connect(&id("a"), 1, 9, &[]);
    assert_eq!(given(&mut board, now), ["a:1"]);
    assert_eq!(board.fail(&id("1")), Failed::TriedAgain);
    board.connect(&id("b"), 2, 1, &[]);
    assert_eq!(given(&mut board, now), ["b:1"], "whoever failed at it is asked last");
    assert_eq!(board.fail(&id("1")), Failed::TriedAgain);
    assert_eq!(given(&mut board, now).len(), 1);
    assert_eq!(board.fail(&id("1")), Failed::ToGiveUp);
    // On one agent alone it goes on, as long as there is another that did not try.
    let mut board = super::tests::board(&[("2", 0)]);
    board.connect(&id("a"), 1, 1, &[]);
    for _ in 0..2 {
        assert_eq!(given(&mut board, now), ["a:2"]);
        assert_eq!(board.fail(&id("2")), Failed::TriedAgain);
    }
    assert_eq!(given(&mut board, now), ["a:2"]);
    board.connect(&id("b"), 2, 1, &[]);
    assert_eq!(board.fail(&id("2")), Failed::TriedAgain, "b has not tried");
    assert_eq!(given(&mut board, now), ["b:2"]);
    assert_eq!(board.fail(&id("2")), Failed::ToGiveUp);
}
