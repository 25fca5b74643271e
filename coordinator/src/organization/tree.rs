//! The walk over the organization's tree, from the roots down: units, and the accounts directly below each. Never asks
//! for the parents of an account one by one: Organizations allows few calls a second.

use std::collections::HashSet;
use std::sync::Arc;

use plumbline_aws::{CallError, ErrorClass};
use plumbline_baseline::Unread;

use super::Unit;
use super::listing::{Directory, Listed, ListedAccount, ListedUnit};

/// The tree, as far as it could be read.
#[derive(Debug, Default)]
pub(super) struct Tree {
    /// Roots and units; a unit comes after the one above it.
    pub(super) units: Vec<Unit>,
    /// Accounts and the unit that listed them (an index into `units`), in the order in which they were read.
    pub(super) listed: Vec<(ListedAccount, usize)>,
    /// Why there may be units that are not here.
    pub(super) units_unread: Option<Unread>,
    /// Why there may be accounts of these units that are not here.
    pub(super) accounts_unread: Option<Unread>,
    /// What happened on the way, for people.
    pub(super) notes: Vec<String>,
}

/// Walks the tree. `found` hears of each unit whose lists were read.
///
/// # Errors
/// When the credentials end on the way.
pub(super) async fn walk(directory: &impl Directory, mut found: impl FnMut(&Tree)) -> Result<Tree, CallError> {
    let mut tree = Tree::default();
    let mut seen = HashSet::new();
    let roots = directory.roots().await;
    tree.add_units(roots, None, &mut seen)?;
    let (mut asks_units, mut asks_accounts) = (Asking::default(), Asking::default());
    let mut next = 0;
    while let Some(parent) = tree.units.get(next).cloned() {
        // The two have budgets of their own. Accounts are read unit after unit, so that of two places one is the later.
        let (members, children) = tokio::join!(
            asks_accounts.ask(directory.accounts_of(&parent.id)),
            asks_units.ask(directory.units_of(&parent.id))
        );
        if let Some(members) = members {
            tree.add_accounts(members, next, &parent)?;
        }
        if let Some(children) = children {
            tree.add_units(children, Some(&parent), &mut seen)?;
        }
        next += 1;
        found(&tree);
    }
    Ok(tree)
}

impl Tree {
    fn add_units(
        &mut self,
        listed: Listed<ListedUnit>,
        parent: Option<&Unit>,
        seen: &mut HashSet<Arc<str>>,
    ) -> Result<(), CallError> {
        for unit in listed.items {
            if !seen.insert(Arc::clone(&unit.id)) {
                // Units do not move: what comes twice is one, and an endless tree ends here.
                self.notes.push(format!("AWS listed the organizational unit {} twice", unit.id));
                continue;
            }
            let path = match parent {
                Some(parent) => format!("{}/{}", parent.path, unit.name).into(),
                None => unit.name.into(),
            };
            self.units.push(Unit { id: unit.id, parent: parent.map(|parent| Arc::clone(&parent.id)), path });
        }
        let gone = self.kept(listed.failed, parent)?;
        self.units_unread = self.units_unread.take().or(gone);
        Ok(())
    }

    fn add_accounts(&mut self, listed: Listed<ListedAccount>, unit: usize, parent: &Unit) -> Result<(), CallError> {
        self.listed.extend(listed.items.into_iter().map(|account| (account, unit)));
        let gone = self.kept(listed.failed, Some(parent))?;
        self.accounts_unread = self.accounts_unread.take().or(gone);
        Ok(())
    }

    /// Why a list is not whole; nothing when the unit was deleted meanwhile, which it can be only without accounts.
    fn kept(&mut self, failed: Option<CallError>, parent: Option<&Unit>) -> Result<Option<Unread>, CallError> {
        match (failed, parent) {
            (None, _) => Ok(None),
            (Some(error), _) if ends_the_walk(&error) => Err(error),
            (Some(error), Some(parent)) if error.code.starts_with("ParentNotFound") => {
                let note =
                    format!("the organizational unit {} was deleted while the organization was read", parent.path);
                if !self.notes.contains(&note) {
                    self.notes.push(note);
                }
                Ok(None)
            }
            (Some(error), _) => Ok(Some(error.unread())),
        }
    }
}

/// Whether the answer is about the credentials, so that asking for anything else is no use.
pub(super) fn ends_the_walk(error: &CallError) -> bool {
    matches!(error.class, ErrorClass::Expired | ErrorClass::NoCredentials | ErrorClass::NotAuthenticated)
}

/// Whether it is worth asking for the next unit what was asked for the last one: a caller without the right to an
/// operation would be refused once for every unit.
#[derive(Default)]
struct Asking {
    has_answer: bool,
    is_refused: bool,
}

impl Asking {
    async fn ask<T>(&mut self, list: impl Future<Output = Listed<T>>) -> Option<Listed<T>> {
        if self.is_refused && !self.has_answer {
            return None;
        }
        let listed = list.await;
        match &listed.failed {
            None => self.has_answer = true,
            Some(error) => self.is_refused |= matches!(error.class, ErrorClass::Denied { .. }),
        }
        Some(listed)
    }
}
