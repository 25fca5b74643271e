//! Who gets what of agents that differ: by their bounds, by where they are at home, and by who else works there.

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
    assert_eq!(
        board.agents.nearest(0, &place("111111111111", "us-east-1").unwrap()).map(|(agent, _)| agent),
        Some(id("account"))
    );
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
