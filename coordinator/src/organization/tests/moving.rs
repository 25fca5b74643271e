//! Random organizations that change while they are read: accounts move between units, pages get lost, accounts are
//! listed twice. No account is lost, doubled or placed by guess without a word.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use plumbline_aws::{CallError, ErrorClass};
use proptest::prelude::*;

use super::super::listing::{Directory, Listed, ListedAccount, ListedUnit};
use super::super::reconcile::{Reconciled, reconcile};
use super::super::tree::{Tree, walk};
use super::*;

/// An organization in time: each list that is read is one step.
#[derive(Clone, Debug)]
struct World {
    /// The unit above each unit; the first is the root.
    parents: Vec<usize>,
    /// The unit of each account.
    places: Vec<usize>,
    /// At which step which account moves to which unit.
    moves: Vec<(usize, usize, usize)>,
    /// The step whose list breaks off in the middle.
    lost: Option<usize>,
    /// Accounts that every list has twice.
    doubled: BTreeSet<usize>,
}

struct Reading {
    world: World,
    step: RefCell<usize>,
    places: RefCell<Vec<usize>>,
    /// Where each account was last read.
    read: RefCell<BTreeMap<usize, usize>>,
}

fn id(account: usize) -> AccountId {
    format!("{account:012}").parse().unwrap()
}

fn unit(unit: usize) -> ListedUnit {
    ListedUnit { id: format!("ou-{unit}").into(), name: format!("u{unit}") }
}

impl Reading {
    fn of(world: World) -> Self {
        let places = RefCell::new(world.places.clone());
        Self { world, step: RefCell::default(), places, read: RefCell::default() }
    }

    /// Time goes on: whether the list of this step is whole.
    fn go_on(&self) -> bool {
        let mut step = self.step.borrow_mut();
        *step += 1;
        for (_, account, to) in self.world.moves.iter().filter(|(at, ..)| at == &*step) {
            self.places.borrow_mut()[*account] = *to;
        }
        self.world.lost != Some(*step)
    }

    fn listed<T>(mut items: Vec<T>, is_whole: bool) -> Listed<T> {
        if !is_whole {
            items.truncate(items.len() / 2);
        }
        let failed = (!is_whole).then(|| CallError {
            class: ErrorClass::Bug,
            code: String::new(),
            message: "AWS repeated a page token".to_owned(),
            operation: "organizations:List".to_owned(),
            http_status: None,
        });
        Listed { items, failed }
    }

    fn account(&self, account: usize) -> impl Iterator<Item = ListedAccount> {
        let times = if self.world.doubled.contains(&account) { 2 } else { 1 };
        std::iter::repeat_n(ListedAccount { id: id(account), name: "".into(), state: State::Active }, times)
    }
}

impl Directory for Reading {
    async fn roots(&self) -> Listed<ListedUnit> {
        Self::listed(vec![unit(0)], self.go_on())
    }

    async fn units_of(&self, parent: &str) -> Listed<ListedUnit> {
        let is_whole = self.go_on();
        let below =
            (1..self.world.parents.len()).filter(|child| format!("ou-{}", self.world.parents[*child]) == parent);
        Self::listed(below.map(unit).collect(), is_whole)
    }

    async fn accounts_of(&self, parent: &str) -> Listed<ListedAccount> {
        let is_whole = self.go_on();
        let places = self.places.borrow();
        let here = (0..places.len()).filter(|account| format!("ou-{}", places[*account]) == parent);
        let listed = Self::listed(here.flat_map(|account| self.account(account)).collect(), is_whole);
        for account in &listed.items {
            let number: usize = account.id.as_str().parse().unwrap();
            self.read.borrow_mut().insert(number, places[number]);
        }
        listed
    }

    async fn accounts(&self) -> Listed<ListedAccount> {
        let is_whole = self.go_on();
        Self::listed((0..self.world.places.len()).flat_map(|account| self.account(account)).collect(), is_whole)
    }
}

fn worlds() -> impl Strategy<Value = World> {
    (1..8_usize, 1..20_usize).prop_flat_map(|(units, accounts)| {
        let parents = (0..units).map(|unit| 0..unit.max(1)).collect::<Vec<_>>();
        let steps = 2 * units + 4;
        (
            parents,
            prop::collection::vec(0..units, accounts),
            prop::collection::vec((0..steps, 0..accounts, 0..units), 0..6),
            prop::option::of(1..steps),
            prop::collection::btree_set(0..accounts, 0..3),
        )
            .prop_map(|(parents, places, moves, lost, doubled)| World {
                parents,
                places,
                moves,
                lost,
                doubled,
            })
    })
}

fn read(world: &World) -> (Reading, Tree, Reconciled) {
    let reading = Reading::of(world.clone());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (tree, flat) = runtime.block_on(async {
        let tree = walk(&reading, |_| ()).await.unwrap();
        (tree, reading.accounts().await)
    });
    let known = reconcile(&tree, flat, &id(0), Some(&id(0)));
    (reading, tree, known)
}

/// The unit that an account is placed in.
fn unit_of(account: &Account) -> Option<String> {
    match &account.place {
        Place::Unit { id, .. } => Some(id.to_string()),
        Place::Outside | Place::Unknown(_) => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn nobody_is_lost_doubled_or_guessed_without_a_word(world in worlds()) {
        let (reading, tree, known) = read(&world);
        let ids: BTreeSet<&AccountId> = known.accounts.iter().map(|account| &account.id).collect();
        prop_assert_eq!(ids.len(), known.accounts.len(), "an account twice");
        let everybody: BTreeSet<AccountId> = (0..world.places.len()).map(id).collect();
        let is_complete = ids.iter().copied().eq(&everybody);
        let may_hide = known.gaps.iter().any(|gap| matches!(gap, Gap::Accounts | Gap::FlatList(_)));
        prop_assert!(is_complete || may_hide, "accounts are missing, and nobody says so");
        prop_assert!(ids.iter().all(|id| everybody.contains(*id)), "an account that there is not");

        let has_words = !known.gaps.is_empty() || !known.notes.is_empty();
        for account in &known.accounts {
            let number: usize = account.id.as_str().parse().unwrap();
            match unit_of(account) {
                Some(unit) => {
                    let last = reading.read.borrow()[&number];
                    prop_assert_eq!(&unit, &format!("ou-{last}"), "not where it was read last");
                    let first = tree.listed.iter().find(|(listed, _)| listed.id == account.id).map(|(_, at)| *at);
                    let was_moved = first.is_some_and(|at| *tree.units[at].id != *unit);
                    prop_assert!(!was_moved || known.notes.iter().any(|note| note.contains("moved")));
                }
                None => prop_assert!(has_words, "an account without a place, and nobody says why"),
            }
        }
    }

    #[test]
    fn an_organization_that_stands_still_is_read_without_a_word(world in worlds()) {
        let world = World { moves: Vec::new(), lost: None, doubled: BTreeSet::new(), ..world };
        let (_, _, known) = read(&world);
        prop_assert_eq!(known.accounts.len(), world.places.len());
        for account in &known.accounts {
            let number: usize = account.id.as_str().parse().unwrap();
            prop_assert_eq!(unit_of(account), Some(format!("ou-{}", world.places[number])));
        }
        prop_assert!(known.gaps.is_empty() && known.notes.is_empty());
    }
}
