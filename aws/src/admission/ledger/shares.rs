//! Which part of an account's budgets is this process's: others may work in the account at the same time, and AWS counts
//! the calls of all.

use std::sync::Arc;

use rustc_hash::FxHashMap;

/// The shares that are not the whole: by account, and by Region or for what is wide.
#[derive(Debug, Default)]
pub(super) struct Shares(FxHashMap<Arc<str>, FxHashMap<Option<Arc<str>>, f64>>);

impl Shares {
    /// Whether anything of an account is not all ours.
    pub(super) fn has(&self, account: &str) -> bool {
        self.0.contains_key(account)
    }

    /// So much is ours from now on.
    pub(super) fn set(&mut self, account: &str, region: Option<&str>, part: f64) {
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
    pub(super) fn of(&self, account: &str, region: &Arc<str>, is_wide: bool) -> f64 {
        let Some(shares) = self.0.get(account) else { return 1.0 };
        let part = |of: &Option<Arc<str>>| shares.get(of).copied().unwrap_or(1.0);
        let of_region = part(&Some(Arc::clone(region)));
        if is_wide { of_region.min(part(&None)) } else { of_region }
    }
}
