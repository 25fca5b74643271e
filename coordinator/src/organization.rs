//! The organization as scans see it: accounts, their units, tags and status, and which Regions each has enabled.
//!
//! Plain data, filled by [`discover`]. Works just the same for one account without an organization.

mod discover;
mod regions;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use plumbline_baseline::Unread;

pub use discover::{Error, discover};

/// What the credentials lead to.
#[derive(Clone, Debug, Default)]
pub struct Organization {
    /// Organization id; `None` when the account belongs to none.
    pub id: Option<Arc<str>>,
    /// The management account; `None` without an organization.
    pub management_account: Option<Arc<str>>,
    /// The account of the credentials.
    pub caller_account: Arc<str>,
    /// The partition (`aws`, `aws-cn`, `aws-us-gov`).
    pub partition: String,
    /// Every account, also suspended ones.
    pub accounts: Vec<Account>,
    /// Every organizational unit, roots included.
    pub units: Vec<Unit>,
    /// What could not be learned, for people.
    pub notes: Vec<String>,
}

/// An organizational unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// `ou-…` or `r-…`.
    pub id: String,
    /// `Root/Workloads/Prod`.
    pub path: Arc<str>,
}

/// One account.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// Account id, twelve digits.
    pub id: Arc<str>,
    /// Name; empty when it is not known.
    pub name: Arc<str>,
    /// Status as Organizations has it, in lower case (`active`, `suspended`, `pending_closure`).
    pub status: String,
    /// Path of its organizational unit; empty without an organization.
    pub ou_path: Arc<str>,
    /// Tags of the account.
    pub tags: BTreeMap<String, String>,
    /// Why the tags are not known; `None` when they are.
    pub tags_unread: Option<Unread>,
    /// Enabled Regions.
    pub regions: Vec<String>,
    /// Regions that are positively known to be disabled.
    pub disabled_regions: Vec<String>,
}

impl Account {
    /// Whether the account can be scanned at all.
    pub fn is_active(&self) -> bool {
        self.status == "active"
    }
}
