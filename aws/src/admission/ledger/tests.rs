//! Any crowd of calls, on a clock of its own: nobody starves, no limit is passed, nothing is left lying.

mod crowd;

use proptest::prelude::*;

use super::*;
use crate::budgets::Budget;
use crowd::{Crowd, Fate, Wanted};

fn wanted() -> impl Strategy<Value = Wanted> {
    let fate = prop_oneof![
        6 => Just(Fate::Answered),
        1 => Just(Fate::Throttled),
        1 => Just(Fate::GateClosed),
        1 => (0_u64..500).prop_map(Fate::DroppedAfter),
    ];
    let place = (0_u8..3, 0_u8..3, 0_u8..3);
    (place, 0_usize..4, 0_u64..2_000, 1_u64..400, fate).prop_map(|(place, job, asks, takes, fate)| Wanted {
        place,
        job,
        asks,
        takes,
        fate,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_crowd_starves_or_passes_a_limit(
        calls in prop::collection::vec(wanted(), 1..120),
        slots in 1_usize..12,
        share in 1_usize..6,
        rate in 1_u32..40,
        burst in 1_u32..10,
        concurrency in 1_usize..5,
    ) {
        let budget = Budget { requests_per_second: rate.into(), burst: burst.into(), concurrency };
        Crowd::new(slots, share, budget).run(calls)?;
    }
}

/// A ledger whose budgets are no hindrance.
struct Plenty {
    ledger: Ledger,
    now: Instant,
    job: usize,
}

impl Plenty {
    fn new(slots: usize) -> Self {
        let mut ledger = Ledger::new(Limits::new(slots));
        let job = ledger.open_job(usize::MAX);
        Self { ledger, now: Instant::now(), job }
    }

    fn lane(&mut self, account: &str, region: &str, service: &str) -> usize {
        let key = LaneKey { account: account.into(), region: region.into(), service: service.into(), operation: "" };
        let budget = Budget { requests_per_second: 1e6, burst: 1e6, concurrency: 1000 };
        self.ledger.open_lane(key, Line { operation: "", budget }, self.now)
    }

    fn ask(&mut self, lane: usize) -> usize {
        self.ledger.ask(lane, self.job, self.now)
    }

    fn is_granted(&mut self, ticket: usize) -> bool {
        matches!(self.ledger.poll(ticket, &mut Context::from_waker(Waker::noop())), Poll::Ready(Ok(_)))
    }

    fn end(&mut self, lane: usize) {
        self.ledger.release(lane, self.job, false, &Ended::Answered, self.now);
    }
}

/// How many of the calls that wait for a budget of 20 a second and a burst of 40 two processes send within ten seconds.
fn sent_by_two(shares: [u32; 2], region: Option<&str>, is_wide: bool) -> usize {
    let start = Instant::now();
    let mut sent = 0;
    for permille in shares {
        let mut plenty = Plenty::new(10_000);
        let key = LaneKey { account: "a".into(), region: "us-east-1".into(), service: "iam".into(), operation: "" };
        let budget = Budget { requests_per_second: 20.0, burst: 40.0, concurrency: 1000 };
        plenty.ledger.set_share("a", region, permille, start);
        let lane = plenty.ledger.open_lane(key, Line { operation: "", budget }, start);
        if is_wide {
            plenty.ledger.widen(lane, start);
        }
        plenty.now = start;
        let tickets: Vec<usize> = (0..1_000).map(|_| plenty.ask(lane)).collect();
        for step in 0..=1_000 {
            plenty.ledger.tick(start + Duration::from_millis(10 * step));
        }
        sent += tickets.into_iter().filter(|ticket| plenty.is_granted(*ticket)).count();
    }
    sent
}

#[test]
fn two_that_share_a_budget_send_no_more_than_one() {
    let alone = 40 + 200;
    assert_eq!(sent_by_two([1000, 1000], Some("us-east-1"), false), 2 * alone, "as it was");
    assert_eq!(sent_by_two([500, 500], Some("us-east-1"), false), alone);
    assert_eq!(sent_by_two([500, 500], None, true), alone, "for the account as a whole");
    assert_eq!(sent_by_two([500, 500], None, false), 2 * alone, "jobs of a Region are not of the account as a whole");
    assert_eq!(sent_by_two([500, 500], Some("eu-west-1"), true), 2 * alone, "another Region's");
}

#[test]
fn a_share_that_changes_is_in_effect_at_once_and_forgotten_when_all_is_ours() {
    let mut plenty = Plenty::new(8);
    let lane = plenty.lane("a", "r1", "s3");
    plenty.ledger.set_share("a", Some("r1"), 250, plenty.now);
    assert_eq!(plenty.ledger.bucket(lane).concurrency(), 250);
    plenty.ledger.set_share("b", Some("r1"), 100, plenty.now);
    assert_eq!(plenty.ledger.bucket(lane).concurrency(), 250, "another account's");
    plenty.ledger.set_share("a", Some("r1"), 1000, plenty.now);
    assert_eq!(plenty.ledger.bucket(lane).concurrency(), 1000);
    plenty.ledger.set_share("a", None, 500, plenty.now);
    plenty.ledger.widen(lane, plenty.now);
    assert_eq!(plenty.ledger.bucket(lane).concurrency(), 500);
    plenty.ledger.forget_shares(plenty.now);
    assert_eq!(plenty.ledger.bucket(lane).concurrency(), 1000);
}

#[test]
fn a_freed_slot_goes_to_whom_has_the_fewest() {
    let mut plenty = Plenty::new(8);
    for region in ["r4", "r5", "r6", "r7"] {
        let lane = plenty.lane("z", region, "s3");
        let ticket = plenty.ask(lane);
        assert!(plenty.is_granted(ticket));
    }
    let busy = ["r1", "r2", "r3"].map(|region| plenty.lane("a", region, "s3"));
    let kms = plenty.lane("a", "r1", "kms");
    let held = [busy[0], busy[1], busy[2], kms].map(|lane| plenty.ask(lane));
    assert!(held.into_iter().all(|ticket| plenty.is_granted(ticket)));
    // Older ones of a service and an account that have more in flight go after a younger one of another.
    let again = plenty.ask(busy[1]);
    let same_service = plenty.lane("b", "r1", "kms");
    let other_account = plenty.ask(same_service);
    let fresh = plenty.lane("c", "r2", "lambda");
    let first = plenty.ask(fresh);
    plenty.end(busy[0]);
    assert!(plenty.is_granted(first) && !plenty.is_granted(again) && !plenty.is_granted(other_account));
    plenty.end(busy[2]);
    assert!(plenty.is_granted(other_account) && !plenty.is_granted(again), "the account with fewer goes first");
    plenty.end(kms);
    assert!(plenty.is_granted(again));
}

#[test]
fn what_is_asked_first_and_what_has_a_long_queue_does_not_wait_its_turn() {
    let mut plenty = Plenty::new(8);
    let opened = plenty.lane("a", "r1", "kms");
    let first = plenty.ask(opened);
    assert!(plenty.is_granted(first));
    plenty.end(opened);
    let held: Vec<usize> = (0..8).map(|number| plenty.lane("z", &format!("r{number}"), "s3")).collect();
    let tickets: Vec<usize> = held.iter().map(|lane| plenty.ask(*lane)).collect();
    assert!(tickets.into_iter().all(|ticket| plenty.is_granted(ticket)));
    // Nothing of kms is in flight; but what a budget of s3 is going to be asked for is not known before its listing.
    let other = plenty.ask(opened);
    let fresh = plenty.lane("b", "r1", "s3");
    let listing = plenty.ask(fresh);
    plenty.end(held[7]);
    assert!(plenty.is_granted(listing) && !plenty.is_granted(other));
    // Three seconds of work for a slow budget: one at a time goes before the others.
    let budget = Budget { requests_per_second: 10.0, burst: 2.0, concurrency: 8 };
    let key = LaneKey { account: "z".into(), region: "r2".into(), service: "s3".into(), operation: "o" };
    let slow = plenty.ledger.open_lane(key, Line { operation: "o", budget }, plenty.now);
    plenty.ledger.lanes[slow].is_opened = true;
    let queue: Vec<usize> = (0..30).map(|_| plenty.ask(slow)).collect();
    plenty.end(held[6]);
    assert!(plenty.is_granted(queue[0]) && !plenty.is_granted(other));
    plenty.end(held[5]);
    assert!(plenty.is_granted(other) && !plenty.is_granted(queue[1]), "the budget is not full any more");
}

#[test]
fn no_service_and_no_region_holds_every_slot() {
    let mut plenty = Plenty::new(16);
    let lanes = ["s1", "s2", "s3", "s4", "s5"].map(|service| plenty.lane("a", "dead", service));
    let tickets: Vec<usize> = lanes.iter().flat_map(|lane| [*lane; 8]).map(|lane| plenty.ask(lane)).collect();
    let granted = tickets.iter().filter(|ticket| plenty.is_granted(**ticket)).count();
    assert_eq!(granted, 12, "three quarters of the slots, and of these four for each service");
    let elsewhere = plenty.lane("a", "alive", "s1");
    let healthy = plenty.ask(elsewhere);
    assert!(plenty.is_granted(healthy));
}

#[test]
fn what_a_budget_has_spent_is_remembered_until_it_is_full_again() {
    let start = Instant::now();
    let mut ledger = Ledger::new(Limits::new(10));
    let budget = Budget { requests_per_second: 1.0, burst: 1.0, concurrency: 8 };
    let lane = |ledger: &mut Ledger, account: usize, now| {
        let key =
            LaneKey { account: format!("{account}").into(), region: "r".into(), service: "s".into(), operation: "" };
        ledger.open_lane(key, Line { operation: "", budget }, now)
    };
    let spent = lane(&mut ledger, 0, start);
    assert!(ledger.bucket(spent).take(start));
    ledger.close_lane(spent);
    for account in 1..100 {
        let other = lane(&mut ledger, account, start);
        ledger.close_lane(other);
    }
    let again = lane(&mut ledger, 0, start);
    assert!(!ledger.bucket(again).take(start), "a second job does not get a second burst");
    assert!(ledger.lanes.len() < 50, "{} budgets are kept", ledger.lanes.len());
}
