//! Accounts that joined and left between two scans, what was closed with those that left, and what was closed where an
//! account's baseline left nothing to look at.

use std::collections::BTreeSet;

use super::{Comparison, Side, Sought, at};
use crate::read::turn::rows;
use crate::report::difference::{AccountDifference, AccountTurn, Because, Difference, Turn};
use crate::store::record::ScanKind;
use crate::store::{Error, Spot};

impl Comparison {
    /// Accounts that joined, left and came back.
    pub(super) fn accounts(&self) -> Vec<AccountDifference> {
        let night = self.new.scan.night;
        let mut accounts: Vec<AccountDifference> = Vec::new();
        for departure in &self.departed {
            let has_left = departure.holds(night);
            accounts.push(AccountDifference {
                account: departure.account.clone(),
                name: self.name_of(&departure.account),
                turn: if has_left { AccountTurn::Left } else { AccountTurn::Returned },
                on: if has_left { departure.left_on.clone() } else { departure.back_on.clone() },
            });
        }
        // With a gap it may have been there, and nobody was told.
        let is_of_all = |side: &Side| {
            side.scan.kind() == ScanKind::Full && !side.scan.organization.is_empty() && side.scan.gaps.is_empty()
        };
        if is_of_all(&self.old) && is_of_all(&self.new) && self.old.scan.organization == self.new.scan.organization {
            let joined = self.new.scan.accounts.iter().filter(|account| !self.old.has_account(&account.id));
            let is_told = |id: &str| self.departed.iter().any(|departure| departure.account == id);
            accounts.extend(joined.filter(|account| !is_told(&account.id)).map(|account| AccountDifference {
                account: account.id.clone(),
                name: account.name.clone(),
                turn: AccountTurn::Joined,
                on: self.new.scan.started.clone(),
            }));
        }
        accounts.sort_by(|a, b| a.account.cmp(&b.account));
        accounts
    }

    fn name_of(&self, account: &str) -> String {
        let mut known = [&self.new, &self.old].into_iter().flat_map(|side| &side.scan.accounts);
        known.find(|each| each.id == account).map(|each| each.name.clone()).unwrap_or_default()
    }

    /// What was open in accounts that left is closed with them.
    pub(super) fn departed_findings<E: From<Error>>(
        &self,
        sought: &Sought,
        damaged: &mut Vec<Spot>,
        mut tell: impl FnMut(Difference) -> Result<(), E>,
    ) -> Result<(), E> {
        let left = self.departed.iter().filter(|departure| departure.holds(self.new.scan.night));
        for account in left.map(|departure| &departure.account) {
            let picks = |known: &str, region: &str| known == account && sought.place(account, region);
            for spot in self.store.places(picks, |_| true)? {
                self.closed(sought, spot, Because::AccountLeft, damaged, &mut tell)?;
            }
        }
        Ok(())
    }

    /// What was open where an account has nothing to look at any more, since its baseline leaves out all that there was.
    pub(super) fn findings_of_left_places<E: From<Error>>(
        &self,
        sought: &Sought,
        damaged: &mut Vec<Spot>,
        mut tell: impl FnMut(Difference) -> Result<(), E>,
    ) -> Result<(), E> {
        let left: BTreeSet<&str> = self.old.coverage.scopes().filter(|scope| self.is_left_place(scope)).collect();
        if left.is_empty() {
            return Ok(());
        }
        let picks = |account: &str, region: &str| {
            sought.place(account, region) && left.contains(format!("{account}/{region}").as_str())
        };
        for spot in self.store.places(picks, |_| true)? {
            self.closed(sought, spot, Because::NotInBaseline, damaged, &mut tell)?;
        }
        Ok(())
    }

    /// Whether a place that the earlier scan looked at is none of the later one's, for want of a control in the account's
    /// baseline.
    pub(super) fn is_left_place(&self, scope: &str) -> bool {
        let account = scope.split_once('/').map_or(scope, |(account, _)| account);
        let is_planned = self.new.coverage.controls(scope).is_some() || self.new.coverage.misses(scope);
        let controls = self.old.coverage.controls(scope);
        let left = |controls: &BTreeSet<String>| {
            !controls.is_empty() && controls.iter().all(|id| self.left_baseline(account, id))
        };
        !is_planned && controls.is_some_and(left)
    }

    /// All that was said of a type in a place is closed.
    fn closed<E: From<Error>>(
        &self,
        sought: &Sought,
        spot: Spot,
        because: Because,
        damaged: &mut Vec<Spot>,
        tell: &mut impl FnMut(Difference) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some(controls) = self.old.coverage.controls(&spot.scope()) else { return Ok(()) };
        let entries = match self.store.entries(&spot, self.old.scan.night) {
            Ok(entries) => entries,
            Err(Error::Damaged { .. }) => {
                damaged.push(spot);
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        for entry in &entries {
            for ((control, _), seen) in rows(Some(entry), |id| controls.contains(id) && sought.control(id)) {
                let seen = (Some(seen), None);
                let closed = self.finding(control, at(&spot, &entry.id), Turn::Closed, Some(because), seen);
                if sought.finding(&closed) {
                    tell(Difference::Finding(Box::new(closed)))?;
                }
            }
        }
        Ok(())
    }
}
