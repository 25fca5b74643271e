//! What holds of every scan: no pass makes anything worse, nothing that is not known makes anything better, one more account
//! is no help, and each process is in one state.

use std::collections::BTreeMap;

use plumbline_baseline::Status;
use proptest::prelude::*;

use super::super::*;
use super::{account, row};
use crate::standing::Attestation;

/// Accounts of the world, the first of which answers for the organization.
const ACCOUNTS: [(&str, &str); 3] = [("1", "Root"), ("2", "Root/A"), ("3", "Root/A/B")];

type Rows = BTreeMap<(usize, usize), Status>;

/// What stands in a world: rows by account and control, and which steps nobody has confirmed.
#[derive(Clone, Debug)]
struct World {
    rows: Rows,
    unsaid: Vec<usize>,
    accounts: usize,
}

fn controls() -> Vec<&'static str> {
    Pack::embedded().controls().map(|control| &**control.id()).collect()
}

fn is_once(control: &str) -> bool {
    Standing::new("", "", []).with_pack(Pack::embedded()).is_once(control)
}

/// A world in which all is well, but for some rows and some words.
fn worlds() -> impl Strategy<Value = World> {
    let count = controls().len();
    let status = prop_oneof![
        Just(Some(Status::Fail)),
        Just(Some(Status::Unknown)),
        Just(Some(Status::Manual)),
        Just(Some(Status::NotApplicable)),
        Just(None)
    ];
    let changes = prop::collection::vec((0..ACCOUNTS.len(), 0..count, status), 0..6);
    let unsaid = prop::collection::vec(0..600_usize, 0..2);
    (changes, unsaid, 1..=ACCOUNTS.len()).prop_map(move |(changes, unsaid, accounts)| {
        let mut rows = Rows::new();
        for (at, control) in controls().iter().enumerate() {
            let places = if is_once(control) { 1 } else { ACCOUNTS.len() };
            rows.extend((0..places).map(|account| ((account, at), Status::Pass)));
        }
        for (account, control, status) in changes {
            let Some(there) = rows.get_mut(&(account, control)) else { continue };
            match status {
                Some(status) => *there = status,
                None => {
                    rows.remove(&(account, control));
                }
            }
        }
        World { rows, unsaid, accounts }
    })
}

fn standing(world: &World) -> Standing {
    let (pack, controls) = (Pack::embedded(), controls());
    let accounts = ACCOUNTS[..world.accounts].iter().map(|(id, unit)| ((*id).to_owned(), account(unit)));
    let steps =
        Handbook::embedded().processes().flat_map(|process| process.steps.iter().map(move |step| (process, step)));
    let said = steps.enumerate().filter(|(at, _)| !world.unsaid.contains(at)).map(|(_, (process, step))| Attestation {
        process: process.id.clone(),
        step: step.id.clone(),
        accounts: None,
        by: "Ann".into(),
        until: "2026-12-31".into(),
    });
    let mut standing =
        Standing::new("01X", "", accounts).with_pack(pack).with_attestations("2026-11-27", said.collect::<Vec<_>>());
    for ((account, control), status) in &world.rows {
        if *account < world.accounts {
            standing.add(row(ACCOUNTS[*account].0, controls[*control], *status));
        }
    }
    standing
}

/// The levels of the organization, of a unit and of the accounts, and those once all is confirmed.
fn levels(world: &World) -> Vec<(u8, u8)> {
    let standing = standing(world);
    let roadmap = Roadmap::new(Handbook::embedded(), Pack::embedded(), &standing);
    let accounts = ACCOUNTS[..world.accounts].iter().map(|(id, _)| roadmap.account(id));
    let all = [roadmap.organization(), roadmap.unit("Root")].into_iter().chain(accounts);
    all.map(|scope| (scope.level, scope.level_once_confirmed)).collect()
}

fn none_is_above(one: &[(u8, u8)], other: &[(u8, u8)]) -> bool {
    one.iter().zip(other).all(|(one, other)| one.0 <= other.0 && one.1 <= other.1)
}

/// A row of the world, by any number.
fn picked(world: &World, any: usize) -> (usize, usize) {
    *world.rows.keys().nth(any % world.rows.len()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_pass_more_never_lowers_a_level(world in worlds(), any in any::<usize>()) {
        let mut better = world.clone();
        better.rows.insert(picked(&world, any), Status::Pass);
        prop_assert!(none_is_above(&levels(&world), &levels(&better)));
        // And all of them together.
        better.rows.values_mut().for_each(|status| *status = Status::Pass);
        prop_assert!(none_is_above(&levels(&world), &levels(&better)));
    }

    #[test]
    fn what_is_not_known_never_raises_a_level(world in worlds(), any in any::<usize>()) {
        let place = picked(&world, any);
        let mut less = world.clone();
        less.rows.insert(place, Status::Unknown);
        prop_assert!(none_is_above(&levels(&less), &levels(&world)));
        less.rows.remove(&place);
        prop_assert!(none_is_above(&levels(&less), &levels(&world)));
        less.unsaid.push(any % 400);
        prop_assert!(none_is_above(&levels(&less), &levels(&world)));
    }

    #[test]
    fn an_account_more_never_raises_the_organizations_level(mut world in worlds()) {
        world.accounts = ACCOUNTS.len() - 1;
        let before = levels(&world)[0];
        world.accounts = ACCOUNTS.len();
        prop_assert!(none_is_above(&levels(&world)[..1], &[before]));
    }

    #[test]
    fn the_organization_is_as_far_as_its_least_account_at_most(world in worlds()) {
        let all = levels(&world);
        prop_assert!(all[2..].iter().all(|account| all[0].0 <= account.0 && all[1].0 <= account.0));
        prop_assert_eq!(all[1].0, all[2..].iter().map(|account| account.0).min().unwrap());
    }

    #[test]
    fn each_process_is_in_one_state_and_no_step_is_before_what_it_needs(world in worlds()) {
        let standing = standing(&world);
        let roadmap = Roadmap::new(Handbook::embedded(), Pack::embedded(), &standing);
        let whole = roadmap.organization();
        prop_assert_eq!(whole.processes.len(), Handbook::embedded().processes().len());
        for scope in [whole, roadmap.unit("Root/A"), roadmap.account("1")] {
            let sum: u64 = Progress::ALL.into_iter().map(|progress| scope.count(progress)).sum();
            prop_assert_eq!(sum, scope.processes.len() as u64);
            for placed in &scope.processes {
                let of_state = match placed.progress {
                    Progress::Done => placed.places.done_or_attested() == placed.places.total(),
                    Progress::UnderWay => placed.places.open > 0 && placed.places.done_or_attested() > 0,
                    Progress::Open => placed.places.open > 0 && placed.waits_for.is_empty(),
                    Progress::Blocked => placed.places.open > 0 && !placed.waits_for.is_empty(),
                    Progress::Unknown => placed.places.open == 0 && placed.places.unknown > 0,
                    Progress::Unconfirmed => placed.places.open + placed.places.unknown == 0,
                };
                prop_assert!(of_state, "{:?}", placed);
                prop_assert!(placed.progress == Progress::Done || placed.done_in < placed.of);
            }
            prop_assert!(scope.next.len() <= 5);
            let is_left = scope.places_done < scope.places;
            prop_assert_eq!(is_left, !scope.next.is_empty());
            for (at, next) in scope.next.iter().enumerate() {
                let later = scope.next[at + 1..].iter().filter(|other| other.action == next.action);
                for other in later.filter(|_| next.action == Action::Take) {
                    prop_assert!(!next.after.contains(&other.process.id.as_str()), "{} before {}", next.step.id, other.step.id);
                }
            }
        }
    }
}

#[test]
fn worlds_are_of_all_levels() {
    let mut all = World { rows: Rows::new(), unsaid: Vec::new(), accounts: 3 };
    assert_eq!(levels(&all)[0].0, 0);
    for (at, control) in controls().iter().enumerate() {
        let places = if is_once(control) { 1 } else { ACCOUNTS.len() };
        all.rows.extend((0..places).map(|account| ((account, at), Status::Pass)));
    }
    assert_eq!(levels(&all), [(3, 3); 5], "all of it can be reached");
    all.unsaid = (0..600).collect();
    assert_eq!(levels(&all)[0], (0, 3), "what nobody confirmed is not done");
}
