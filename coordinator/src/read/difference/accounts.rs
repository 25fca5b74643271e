//! Accounts that joined and left between two scans, and what was closed with those that left.

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
        let night = self.old.scan.night;
        let left = self.departed.iter().filter(|departure| departure.holds(self.new.scan.night));
        for account in left.map(|departure| &departure.account) {
            let picks = |known: &str, region: &str| known == account && sought.place(account, region);
            for spot in self.store.places(picks, |_| true)? {
                let Some(controls) = self.old.coverage.controls(&spot.scope()) else { continue };
                let entries = match self.store.entries(&spot, night) {
                    Ok(entries) => entries,
                    Err(Error::Damaged { .. }) => {
                        damaged.push(spot);
                        continue;
                    }
                    Err(error) => return Err(error.into()),
                };
                for entry in &entries {
                    for ((control, _), seen) in rows(Some(entry), |id| controls.contains(id) && sought.control(id)) {
                        let because = Some(Because::AccountLeft);
                        let closed =
                            self.finding(control, at(&spot, &entry.id), Turn::Closed, because, (Some(seen), None));
                        if sought.finding(&closed) {
                            tell(Difference::Finding(Box::new(closed)))?;
                        }
                    }
                }
            }
        }
        Ok(())
    }
}
