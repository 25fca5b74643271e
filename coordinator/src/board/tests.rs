//! Assigning, extending, failing: with a clock that the test holds.

mod makespan;

use super::*;

const TTL: Duration = Duration::from_secs(60);

fn board(jobs: &[(&str, u32)]) -> Board {
    let mut board = Board::new(Timers { lease_ttl: TTL, deadline: TTL * 45, max_attempts: 3 });
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

mod bounds {
    use std::sync::Arc;

    use crate::store::record::Why;

    use super::*;
    use plumbline_identity::Bounds;

    fn start() -> Instant {
        tokio::time::Instant::now().into_std()
    }

    fn place(account: &str, region: &str) -> Option<Place> {
        let units = vec!["r-abcd".to_owned(), "ou-abcd-11111111".to_owned()];
        Some(Place {
            site: Arc::new(Site { account: account.parse().unwrap(), units, home_region: Some(id("us-east-1")) }),
            region: region.parse().unwrap(),
        })
    }

    /// Two accounts in two Regions.
    fn board() -> Board {
        let mut board = super::board(&[]);
        let accounts = ["111111111111", "222222222222"];
        for (number, account) in (0..).zip(accounts) {
            for region in ["eu-west-1", "us-east-1"] {
                board.add_at(place(account, region), id(&format!("{account}-{region}")), number, 1, 0);
            }
        }
        board
    }

    fn connect(board: &mut Board, agent: &str, bounds: &str, capacity: usize) {
        board.bind(&id(agent), &bounds.parse::<Bounds>().unwrap());
        board.connect(&id(agent), 1, capacity, &[]);
    }

    fn given(board: &mut Board) -> Vec<(String, String)> {
        let assigned = board.assign(start());
        assigned.iter().map(|each| (each.agent.to_string(), each.job.to_string())).collect()
    }

    #[test]
    fn an_agent_gets_only_what_is_within_its_bounds() {
        for (bounds, count) in [
            ("accounts=111111111111", 2),
            ("regions=us-east-1", 2),
            ("accounts=222222222222 regions=eu-west-1", 1),
            ("units=r-abcd", 4),
            ("units=ou-abcd-22222222", 0),
            ("accounts=333333333333", 0),
            ("any", 4),
        ] {
            let mut board = board();
            connect(&mut board, "a", bounds, 10);
            let given = given(&mut board);
            assert_eq!(given.len(), count, "{bounds}: {given:?}");
            assert!(given.iter().all(|(_, job)| !bounds.starts_with("accounts=1") || job.starts_with("1111")));
        }
    }

    #[test]
    fn a_narrow_agent_with_much_room_keeps_nothing_from_others() {
        let mut board = board();
        connect(&mut board, "narrow", "accounts=222222222222", 100);
        connect(&mut board, "wide", "any", 2);
        let given = given(&mut board);
        assert_eq!(given.len(), 4);
        for (agent, job) in given {
            assert_eq!(agent == "narrow", job.starts_with("2222"), "{agent} got {job}");
        }
    }

    #[test]
    fn bounds_that_come_late_find_what_waits_and_a_job_that_comes_back() {
        let mut board = board();
        connect(&mut board, "a", "accounts=111111111111 regions=us-east-1", 5);
        let job = given(&mut board).remove(0).1;
        board.granted(&id(&job), 1, start());
        board.hand_back(&id(&job));
        assert_eq!(given(&mut board), [("a".to_owned(), job)]);
        assert_eq!(given(&mut board), []);
    }

    fn why(board: &mut Board) -> Vec<(String, String, Why)> {
        let given = board.assign(start()).into_iter();
        given.map(|each| (each.agent.to_string(), each.job.to_string(), each.why)).collect()
    }

    #[test]
    fn a_job_goes_to_who_is_at_home_there_and_says_why() {
        let mut board = board();
        board.locate(&id("account"), vec![Home::Account(id("111111111111"))]);
        board.locate(&id("region"), vec![Home::Region(id("us-east-1"))]);
        connect(&mut board, "account", "any", 1);
        connect(&mut board, "region", "any", 2);
        connect(&mut board, "wide", "any", 9);
        let expected = [
            ("account", "111111111111-eu-west-1", Why::OwnAccount),
            ("region", "111111111111-us-east-1", Why::HomeRegion),
            ("wide", "222222222222-eu-west-1", Why::MostRoom),
            ("region", "222222222222-us-east-1", Why::HomeRegion),
        ];
        assert_eq!(why(&mut board), expected.map(|(agent, job, why)| (agent.to_owned(), job.to_owned(), why)));
        // Who failed at it is asked last, whatever is near.
        let job = id("111111111111-eu-west-1");
        board.granted(&job, 1, start());
        board.fail(&job);
        assert_eq!(why(&mut board), [("wide".to_owned(), job.to_string(), Why::FailedElsewhere)]);
        // Who moved is at home elsewhere.
        board.granted(&job, 2, start());
        board.hand_back(&job);
        board.drain(&id("wide"));
        board.commit(&id("222222222222-us-east-1"));
        board.locate(&id("region"), Vec::new());
        assert_eq!(board.agents.nearest(0, &place("111111111111", "us-east-1").unwrap()).map(|(agent, _)| agent), Some(id("account")));
        assert_eq!(board.agents.nearest(0, &place("222222222222", "us-east-1").unwrap()), None);
    }

    /// What an agent is told: by the place's Region, or `*`.
    fn told(shares: Vec<(Spot, u32)>) -> Vec<String> {
        let name = |spot: &Spot| spot.region.as_ref().map_or("*".to_owned(), ToString::to_string);
        shares.iter().map(|(spot, permille)| format!("{} {} {permille}", spot.account, name(spot))).collect()
    }

    #[test]
    fn those_who_work_in_one_account_share_its_budgets_as_long_as_they_do() {
        let mut board = super::board(&[]);
        for (job, region) in [("a", "eu-west-1"), ("b", "us-east-1"), ("c", "aws-global"), ("d", "us-east-1")] {
            board.add_at(place("111111111111", region), id(job), 1, 1, 0);
        }
        for agent in ["1", "2", "3", "4"] {
            connect(&mut board, agent, "any", 1);
        }
        assert_eq!(board.take_reshared().len(), 4, "they may have been told of something");
        let holder = |board: &mut Board| -> Vec<AgentId> {
            let given = board.assign(start());
            given.iter().for_each(|each| assert!(board.granted(&each.job, 1, start())));
            given.into_iter().map(|each| each.agent).collect()
        };
        let holders = holder(&mut board);
        let [a, b, c, d] = &holders[..] else { panic!("{holders:?}") };
        let account = "111111111111";
        assert_eq!(told(board.shares_for(a, &id("a"))), [format!("{account} * 250")], "alone in its Region");
        let both = [format!("{account} * 250"), format!("{account} us-east-1 333")];
        for (agent, job) in [(b, "b"), (c, "c"), (d, "d")] {
            assert_eq!(told(board.shares_for(agent, &id(job))), both, "what is global is called there, too");
        }
        assert_eq!(board.take_reshared().len(), 3, "all that were there when the last one came");
        board.commit(&id("b"));
        assert_eq!(board.take_reshared(), [a, c, d].map(Clone::clone).into());
        board.commit(&id("c"));
        board.commit(&id("a"));
        let whole = [format!("{account} * 1000"), format!("{account} us-east-1 1000")];
        assert_eq!(told(board.shares_of(d)), whole, "who was told of a part is told that it is over");
        board.accepted(d, &id("d"), 1);
        board.disconnect(d, 1);
        board.connect(d, 2, 1, &[id("d")]);
        assert!(told(board.shares_of(d)).is_empty(), "a new session knows of none");
    }

    #[test]
    fn one_agent_alone_is_told_nothing() {
        let mut board = board();
        connect(&mut board, "a", "any", 10);
        assert_eq!(given(&mut board).len(), 4);
        assert!(board.shares_of(&id("a")).is_empty());
    }

    #[test]
    fn who_may_not_do_everything_says_so() {
        let mut board = board();
        connect(&mut board, "narrow", "accounts=222222222222", 1);
        assert_eq!(why(&mut board), [("narrow".to_owned(), "222222222222-eu-west-1".to_owned(), Why::WithinBounds)]);
    }

    #[test]
    fn an_agent_that_is_evicted_holds_nothing_and_another_goes_on() {
        let mut board = board();
        connect(&mut board, "a", "accounts=111111111111", 5);
        for (_, job) in given(&mut board) {
            board.granted(&id(&job), 1, start());
            board.accepted(&id("a"), &id(&job), 1);
        }
        board.evict(&id("a"));
        assert_eq!(given(&mut board), []);
        connect(&mut board, "b", "any", 5);
        assert_eq!(given(&mut board).len(), 4);
    }

    #[test]
    fn a_job_that_nobody_else_may_do_is_given_up_after_its_attempts() {
        let mut board = board();
        connect(&mut board, "a", "accounts=111111111111 regions=us-east-1", 1);
        connect(&mut board, "b", "accounts=222222222222", 0);
        let job: JobId = id("111111111111-us-east-1");
        let mut ends = Vec::new();
        for fence in 1..=3 {
            assert_eq!(given(&mut board), [("a".to_owned(), job.to_string())]);
            board.granted(&job, fence, start());
            ends.push(board.fail(&job));
        }
        assert_eq!(ends, [Failed::TriedAgain, Failed::TriedAgain, Failed::ToGiveUp]);
        assert!(given(&mut board).is_empty());
    }

    #[test]
    fn agents_that_may_do_nothing_of_what_waits_count_as_none() {
        let mut board = board();
        assert!(!board.has_only_others(), "nobody is there at all");
        connect(&mut board, "a", "accounts=333333333333", 5);
        assert!(board.has_only_others());
        connect(&mut board, "b", "any", 5);
        assert!(!board.has_only_others());
    }
}
