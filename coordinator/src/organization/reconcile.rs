//! The tree held against the flat list of accounts: one set of accounts, each once, each with its place or the reason
//! why that is not known. Pure.
//!
//! Both are read over seconds or minutes, while people create, move and close accounts. No account that either of them
//! has is left out, and what they disagree about is noted.

use std::collections::{HashMap, HashSet};

use plumbline_baseline::{AccountId, Unread, UnreadReason};

use super::listing::{Listed, ListedAccount};
use super::tree::Tree;
use super::{Account, Gap, Place, State, Unit};

/// How many accounts a note names.
const NAMED: usize = 5;

/// What is known of the accounts.
#[derive(Debug)]
pub(super) struct Reconciled {
    pub(super) accounts: Vec<Account>,
    pub(super) gaps: Vec<Gap>,
    pub(super) notes: Vec<String>,
}

/// Puts the two together. The flat list was read after the tree.
pub(super) fn reconcile(
    tree: &Tree,
    flat: Listed<ListedAccount>,
    caller: &AccountId,
    management: Option<&AccountId>,
) -> Reconciled {
    let mut known = Known::default();
    for (account, unit) in &tree.listed {
        known.add_placed(account, &tree.units[*unit]);
    }
    let in_tree = known.accounts.len();
    let flat_unread = flat.failed.as_ref().map(|error| error.unread());
    let is_whole = tree.units_unread.is_none() && tree.accounts_unread.is_none();
    let unplaced = unplaced(tree);
    let flat_ids: HashSet<AccountId> = flat.items.iter().map(|account| account.id.clone()).collect();
    for account in &flat.items {
        known.add_listed(account, &unplaced);
    }
    let mut notes = known.moved_note();
    if is_whole {
        notes.extend(note(
            &known.accounts[in_tree..],
            "in the list of all accounts and in no organizational unit that was read (moved or created meanwhile): their unit is not known",
        ));
    }
    if flat_unread.is_none() {
        let missing: Vec<Account> =
            known.accounts[..in_tree].iter().filter(|account| !flat_ids.contains(&account.id)).cloned().collect();
        notes.extend(note(&missing, "in an organizational unit and not in the list of all accounts (new, or leaving)"));
    }
    let mut gaps = Vec::new();
    gaps.extend(tree.units_unread.clone().map(Gap::Units));
    gaps.extend(tree.accounts_unread.clone().map(Gap::AccountsOfUnits));
    let has_all = is_whole || flat_unread.is_none();
    gaps.extend(flat_unread.map(Gap::FlatList));
    gaps.extend((!has_all).then_some(Gap::Accounts));
    // Where no list was read at all, that the management account exists is no reason to call it.
    let expected = [Some(caller), management.filter(|_| !known.accounts.is_empty())];
    for id in expected.into_iter().flatten() {
        if known.add_expected(id, id == caller, &unplaced) && has_all {
            gaps.push(Gap::Missing(id.clone()));
        }
    }
    Reconciled { accounts: known.accounts, gaps, notes }
}

/// Why accounts of the flat list have no place.
fn unplaced(tree: &Tree) -> Unread {
    let why = tree.accounts_unread.as_ref().or(tree.units_unread.as_ref());
    why.cloned().unwrap_or_else(|| {
        Unread::new(
            UnreadReason::PartialListing,
            "organizations:ListAccountsForParent",
            "no organizational unit that was read has the account",
        )
    })
}

/// Accounts by id, in the order in which they became known.
#[derive(Default)]
struct Known {
    accounts: Vec<Account>,
    by_id: HashMap<AccountId, usize>,
    moved: Vec<AccountId>,
}

impl Known {
    fn entry(&mut self, id: &AccountId, place: &Place) -> (&mut Account, bool) {
        let next = self.accounts.len();
        let index = *self.by_id.entry(id.clone()).or_insert(next);
        let is_new = index == next;
        if is_new {
            self.accounts.push(Account::new(id.clone(), place.clone()));
        }
        (&mut self.accounts[index], is_new)
    }

    /// An account that two units have was moved on the way. Where it was read later, there it is.
    fn add_placed(&mut self, listed: &ListedAccount, unit: &Unit) {
        let place = Place::Unit { id: unit.id.clone(), path: unit.path.clone() };
        let (account, is_new) = self.entry(&listed.id, &place);
        account.name = listed.name.clone();
        account.state = listed.state.clone();
        if !is_new && account.place != place {
            account.place = place;
            self.moved.push(listed.id.clone());
        }
    }

    fn add_listed(&mut self, listed: &ListedAccount, unplaced: &Unread) {
        let (account, _) = self.entry(&listed.id, &Place::Unknown(unplaced.clone()));
        account.name = listed.name.clone();
        account.state = listed.state.clone();
    }

    /// An account that must exist; whether it had to be added.
    fn add_expected(&mut self, id: &AccountId, is_caller: bool, unplaced: &Unread) -> bool {
        let (account, is_new) = self.entry(id, &Place::Unknown(unplaced.clone()));
        if is_new && is_caller {
            // It answers calls.
            account.state = State::Active;
        }
        is_new
    }

    fn moved_note(&self) -> Vec<String> {
        let ids: Vec<&AccountId> = self.moved.iter().collect();
        let text = "moved while the organization was read: the later organizational unit counts";
        some(&ids, text).into_iter().collect()
    }
}

fn note(accounts: &[Account], text: &str) -> Option<String> {
    let ids: Vec<&AccountId> = accounts.iter().map(|account| &account.id).collect();
    some(&ids, text)
}

fn some(ids: &[&AccountId], text: &str) -> Option<String> {
    (!ids.is_empty()).then(|| format!("{} {text}", super::named(ids, NAMED)))
}
