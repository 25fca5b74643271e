//! Which part of an account's budgets is this process's: others may work in the account at the same time, and AWS counts
//! the calls of all.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use tokio::time::Instant;

use super::parts::{Ledger, Which};

/// A share is said in parts of this.
const WHOLE: f64 = 1000.0;

/// The shares that are not the whole: by account, and by Region or for what is wide.
#[derive(Debug, Default)]
pub(super) struct Shares(FxHashMap<Arc<str>, FxHashMap<Option<Arc<str>>, f64>>);

impl Shares {
    fn set(&mut self, account: &str, region: Option<&str>, part: f64) {
        let region = region.map(Arc::from);
        if part < 1.0 {
            self.0.entry(account.into()).or_default().insert(region, part);
        } else if let Some(shares) = self.0.get_mut(account) {
            shares.remove(&region);
            if shares.is_empty() {
                self.0.remove(account);
            }
        }
    }

    /// What is wide is no more than either share.
    fn of(&self, account: &str, region: &Arc<str>, is_wide: bool) -> f64 {
        let Some(shares) = self.0.get(account) else { return 1.0 };
        let part = |of: &Option<Arc<str>>| shares.get(of).copied().unwrap_or(1.0);
        let of_region = part(&Some(Arc::clone(region)));
        if is_wide { of_region.min(part(&None)) } else { of_region }
    }
}

impl Ledger {
    /// So much of an account's budgets in a Region is ours, in parts per thousand; without a Region, of those that are
    /// wide.
    pub(in crate::admission) fn set_share(&mut self, account: &str, region: Option<&str>, permille: u32, now: Instant) {
        self.shares.set(account, region, f64::from(permille.max(1)) / WHOLE);
        let of_account = self.lanes.iter().filter(|(_, lane)| &*lane.key.account == account);
        let lanes: Vec<usize> = of_account.map(|(lane, _)| lane).collect();
        lanes.into_iter().for_each(|lane| self.set_part(lane, now));
        self.settle(Which::All, now);
    }

    /// Everything is ours again.
    pub(in crate::admission) fn forget_shares(&mut self, now: Instant) {
        let accounts = std::mem::take(&mut self.shares).0;
        let of_them = self.lanes.iter().filter(|(_, lane)| accounts.contains_key(&lane.key.account));
        let lanes: Vec<usize> = of_them.map(|(lane, _)| lane).collect();
        lanes.into_iter().for_each(|lane| self.set_part(lane, now));
        self.settle(Which::All, now);
    }

    /// A budget is spent for the account as a whole.
    pub(in crate::admission) fn widen(&mut self, lane: usize, now: Instant) {
        self.lanes[lane].is_wide = true;
        self.set_part(lane, now);
    }

    pub(super) fn set_part(&mut self, lane: usize, now: Instant) {
        let lane = &mut self.lanes[lane];
        let part = self.shares.of(&lane.key.account, &lane.key.region, lane.is_wide);
        lane.bucket.set_part(part, now);
    }
}
