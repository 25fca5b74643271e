//! For which accounts something holds: units and all below, accounts, tags of accounts. Three-valued: where the unit or the
//! tags of an account are not known, nobody knows.

use std::sync::Arc;

use plumbline_baseline::glob::glob;
use plumbline_baseline::pack::facts::Place;

use crate::account::{Account, Tags};

/// A name as it is written, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The text.
    pub text: Arc<str>,
    /// Where it stands.
    pub place: Place,
}

/// Whether something holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// What decides it could not be read.
    Unknown,
}

impl Holds {
    /// Yes or no.
    pub fn from_bool(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }

    /// Whether one of them does.
    pub fn any(all: impl IntoIterator<Item = Self>) -> Self {
        let mut found = Self::No;
        for each in all {
            match each {
                Self::Yes => return Self::Yes,
                Self::Unknown => found = Self::Unknown,
                Self::No => {}
            }
        }
        found
    }

    /// Whether all of them do.
    pub fn all(all: impl IntoIterator<Item = Self>) -> Self {
        let mut found = Self::Yes;
        for each in all {
            match each {
                Self::No => return Self::No,
                Self::Unknown => found = Self::Unknown,
                Self::Yes => {}
            }
        }
        found
    }
}

/// How a text says which unit it means.
fn is_unit_id(text: &str) -> bool {
    let is_id = |rest: &str| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let after = |prefix: &str| text.strip_prefix(prefix).is_some_and(is_id);
    after("ou-") || after("r-")
}

/// Whether an account is in a unit or below, and how deep that unit is: 1 for the root.
pub fn in_unit(unit: &str, account: &Account<'_>) -> (Holds, usize) {
    if is_unit_id(unit) {
        return match account.units {
            None if account.path == Some("") => (Holds::No, 0),
            None => (Holds::Unknown, 0),
            Some(units) => match units.iter().position(|each| each == unit) {
                Some(index) => (Holds::Yes, index + 1),
                None => (Holds::No, 0),
            },
        };
    }
    let depth = unit.split('/').count();
    match account.path {
        None => (Holds::Unknown, 0),
        Some(path) => {
            let rest = path.strip_prefix(unit);
            (Holds::from_bool(rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))), depth)
        }
    }
}

/// Whether tags have, for each of these keys, one of its values, in which `*` and `?` stand for other text.
pub fn has_tags(wanted: &[(Arc<str>, Vec<Arc<str>>)], tags: Option<&Tags>) -> Holds {
    let Some(tags) = tags else { return Holds::Unknown };
    let has = |(key, values): &(Arc<str>, Vec<Arc<str>>)| {
        tags.get(&**key).is_some_and(|tag| values.iter().any(|value| glob(tag, value)))
    };
    Holds::from_bool(wanted.iter().all(has))
}

/// For which accounts a baseline holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// For all accounts in these units and below: paths, or ids.
    Units(Vec<Named>),
    /// For all accounts that have these tags: for each key one of its values.
    Tags(Vec<(Arc<str>, Vec<Arc<str>>)>),
    /// For these accounts.
    Accounts(Vec<Named>),
}

/// How near to an account a baseline is: later ones go before earlier ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// By a unit so deep in the tree: 1 is the root, 0 where that is not known.
    Unit(usize),
    /// By a tag of the account.
    Tags,
    /// By the account itself.
    Account,
}

impl Reach {
    /// Whether it holds for an account, and how near to it that is.
    pub fn holds_for(&self, account: &Account<'_>) -> (Holds, Rank) {
        match self {
            Self::Accounts(names) => {
                (Holds::from_bool(names.iter().any(|name| &*name.text == account.id)), Rank::Account)
            }
            Self::Tags(wanted) => (has_tags(wanted, account.tags), Rank::Tags),
            Self::Units(names) => {
                let found = names.iter().map(|name| in_unit(&name.text, account));
                let (mut holds, mut depth) = (Holds::No, 0);
                for (each, deep) in found {
                    holds = Holds::any([holds, each]);
                    if each == Holds::Yes {
                        depth = depth.max(deep);
                    }
                }
                (holds, Rank::Unit(depth))
            }
        }
    }
}
