//! What a share of an account's budgets does to the budgets that are open, and to those that are opened later.

use tokio::time::Instant;

use super::parts::{Ledger, Which};

/// A share is said in parts of this.
const WHOLE: f64 = 1000.0;

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
        let shares = std::mem::take(&mut self.shares);
        let of_them = self.lanes.iter().filter(|(_, lane)| shares.has(&lane.key.account));
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
