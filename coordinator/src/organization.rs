//! The organization as scans see it: accounts, their units, tags and states, and which Regions each has enabled.
//!
//! Plain data, filled in two steps by a [`Discovery`]: first who is there, then what is asked of the accounts that a scan
//! is about. Works just the same for one account without an organization. What could not be read is a [`Gap`], and never
//! an empty list.
//!
//! In reading order:
//! - [`Discovery`]: the two steps
//! - [`Gap`]: what could not be read of the organization as a whole
//! - [`Memory`]: what an earlier start learned, with its age
//! - `pace`: how long a step may go without an answer, and how far it has come
//! - `listing`, `tree`, `reconcile`: who is there
//! - [`Members`]: who is no stranger
//! - `delegated`: who administers services for it
//! - `control_policies`: what it denies on resources of its members
//! - `regions`, `details`: what is asked of each account

mod control_policies;
mod default_regions;
mod delegated;
mod details;
mod discover;
mod gap;
mod listing;
mod members;
mod memory;
mod pace;
mod reconcile;
mod regions;
#[cfg(test)]
mod tests;
mod tree;

use std::collections::BTreeMap;
use std::sync::Arc;

use plumbline_baseline::{AccountId, Region, Unread};
use time::OffsetDateTime;

pub use control_policies::{ControlPolicies, ControlPolicy};
pub use default_regions::is_always_enabled;
pub use delegated::Delegated;
pub use details::Needs;
pub use discover::{Discovery, Error, Named};
pub use gap::Gap;
pub use members::Members;
pub use memory::{Key, Memory, Shrink};
pub use pace::{Figures, PATIENCE};

/// What the credentials lead to.
#[derive(Clone, Debug)]
pub struct Organization {
    /// Organization id; `None` when the account belongs to none, or when that could not be read.
    pub id: Option<Arc<str>>,
    /// The management account; `None` without an organization, or when it could not be read.
    pub management_account: Option<AccountId>,
    /// The account of the credentials.
    pub caller_account: AccountId,
    /// The ARN of the credentials.
    pub caller_arn: String,
    /// The partition (`aws`, `aws-cn`, `aws-us-gov`).
    pub partition: String,
    /// Every account, also suspended ones, each once.
    pub accounts: Vec<Account>,
    /// Every organizational unit, roots included; a unit comes after the one above it.
    pub units: Vec<Unit>,
    /// Who administers services for it; an error where that is not known.
    pub delegated: Result<Delegated, Unread>,
    /// Its resource control policies, where an enabled control is decided by them.
    pub control_policies: ControlPolicies,
    /// What could not be read of it, so that accounts may be missing or nobody knows where they belong.
    pub gaps: Vec<Gap>,
    /// What else the reader of a report should know, for people.
    pub notes: Vec<String>,
}

impl Organization {
    /// Why it is not known which organization it is; `None` when it is, or when there is none.
    pub fn description_unread(&self) -> Option<&Unread> {
        self.gaps.iter().find_map(|gap| match gap {
            Gap::Description(why) => Some(why),
            _ => None,
        })
    }

    /// Why there may be units that are not known; `None` when there are none.
    pub fn units_unread(&self) -> Option<&Unread> {
        self.gaps.iter().find_map(|gap| match gap {
            Gap::Units(why) => Some(why),
            Gap::Description(why) if self.units.is_empty() => Some(why),
            _ => None,
        })
    }

    /// Whether the accounts are known to be all there are.
    pub fn has_every_account(&self) -> bool {
        !self.gaps.iter().any(Gap::may_hide_accounts)
    }
}

/// An organizational unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// `ou-…` or `r-…`.
    pub id: Arc<str>,
    /// The unit above it; `None` for a root.
    pub parent: Option<Arc<str>>,
    /// `Root/Workloads/Prod`. Two units can have the same: names may hold slashes.
    pub path: Arc<str>,
}

/// One account.
#[derive(Clone, Debug)]
pub struct Account {
    /// Account id.
    pub id: AccountId,
    /// Name; empty when it is not known.
    pub name: Arc<str>,
    /// What Organizations says of it.
    pub state: State,
    /// Where it is in the organization.
    pub place: Place,
    /// Tags of the account.
    pub tags: BTreeMap<String, String>,
    /// Why the tags are not known; `None` when they are.
    pub tags_unread: Option<Unread>,
    /// Its Regions.
    pub regions: Regions,
}

/// An account's state, in the words of Organizations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// In use.
    Active,
    /// Any other one, in lower case (`suspended`, `pending_closure`, `pending_activation`, `closed`).
    Inactive(String),
    /// Nobody said: the account was named by the user, or Organizations left it out.
    Unknown,
}

/// Where an account is in the organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In no organization.
    Outside,
    /// In this unit.
    Unit {
        /// The unit's id.
        id: Arc<str>,
        /// The unit's path.
        path: Arc<str>,
    },
    /// In a unit that could not be read.
    Unknown(Unread),
}

/// An account's Regions, and how they are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Regions {
    /// Enabled Regions.
    pub enabled: Arc<[Region]>,
    /// Regions that are positively known to be disabled.
    pub disabled: Arc<[Region]>,
    /// How that is known.
    pub source: RegionSource,
}

/// How an account's Regions are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RegionSource {
    /// Nobody needed to know, so nobody asked.
    #[default]
    NotAsked,
    /// AWS said so, at this time.
    Learned(OffsetDateTime),
    /// They could not be learned: those of the caller's account.
    AssumedFromCaller,
    /// They could not be learned: those that AWS enables by default.
    AssumedDefault,
}

impl Account {
    /// An account of which nothing but its id is known.
    pub fn new(id: AccountId, place: Place) -> Self {
        Self {
            id,
            name: "".into(),
            state: State::Unknown,
            place,
            tags: BTreeMap::new(),
            tags_unread: None,
            regions: Regions::default(),
        }
    }

    /// Whether the account can be scanned at all. One whose state is not known is tried.
    pub fn is_active(&self) -> bool {
        !matches!(self.state, State::Inactive(_))
    }

    /// Path of its unit; empty without an organization, or when it is not known.
    pub fn ou_path(&self) -> &str {
        match &self.place {
            Place::Unit { path, .. } => path,
            Place::Outside | Place::Unknown(_) => "",
        }
    }
}

/// Accounts in a note, the first few by id: a report is no place for a list of thousands.
pub(crate) fn named<T: std::fmt::Display>(ids: &[T], most: usize) -> String {
    let shown: Vec<String> = ids.iter().take(most).map(ToString::to_string).collect();
    match ids.len() - shown.len() {
        0 => shown.join(", "),
        1 => format!("{} and 1 more account", shown.join(", ")),
        more => format!("{} and {more} more accounts", shown.join(", ")),
    }
}
