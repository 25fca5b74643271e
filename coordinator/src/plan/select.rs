//! What the user selected, resolved: names become ids, once, and whoever names something that there is not is told. Pure.
//!
//! Units are compared by id: two of them can have the same path. An account whose unit is not known is in no selection by
//! unit, and the plan says how many those are.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use plumbline_aws::partition;
use plumbline_baseline::{AccountId, Region, Unread};

use super::{GLOBAL, Selection};
use crate::organization::{Account, Organization, Place};

/// What was named and cannot be meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No account of the organization has this id.
    #[error("account {id} is not in the organization")]
    UnknownAccount {
        /// What was named.
        id: String,
        /// The option that named it.
        option: &'static str,
        /// The ids there are.
        known: Vec<String>,
    },
    /// No unit has this id or path.
    #[error("organizational unit {name} does not exist")]
    UnknownUnit {
        /// What was named.
        name: String,
        /// The option that named it.
        option: &'static str,
        /// The paths there are.
        known: Vec<String>,
    },
    /// The organizational units could not be read, and with them not whether this one exists.
    #[error("organizational unit {name} is not known: {why}")]
    UnitsUnread {
        /// What was named.
        name: String,
        /// Why.
        why: Unread,
    },
    /// Several units have this path.
    #[error("the path {name} leads to several organizational units")]
    AmbiguousUnit {
        /// What was named.
        name: String,
        /// The option that named it.
        option: &'static str,
        /// Their ids.
        known: Vec<String>,
    },
    /// No account knows this Region.
    #[error("Region {name} does not exist in the partition {partition}")]
    UnknownRegion {
        /// What was named.
        name: String,
        /// The partition.
        partition: String,
        /// The option that named it.
        option: &'static str,
        /// The Regions there are.
        known: Vec<String>,
    },
    /// Member accounts are entered through a role, and its name is empty.
    #[error("the name of the role in member accounts is empty")]
    NoRole,
    /// A role of one account was named for another one.
    #[error("the role {role} is not one of account {account}")]
    RoleOfAnotherAccount {
        /// The role.
        role: String,
        /// The account that it was meant for.
        account: String,
    },
}

/// A resolved selection.
#[derive(Debug)]
pub(super) struct Chosen {
    accounts: Option<HashSet<AccountId>>,
    not_accounts: HashSet<AccountId>,
    units: Option<HashSet<Arc<str>>>,
    not_units: HashSet<Arc<str>>,
    regions: Option<BTreeSet<Region>>,
    not_regions: BTreeSet<Region>,
    wants_global: bool,
}

/// Whether an account is selected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    /// It is.
    Selected,
    /// It is not.
    Other,
    /// That depends on its unit, which is not known.
    Unplaced,
}

/// Resolves a selection. A typing mistake must not look like a clean account.
pub(super) fn resolve(organization: &Organization, selection: &Selection) -> Result<Chosen, Error> {
    let accounts = Accounts(organization);
    let units = Units::of(organization);
    let regions = Regions::of(organization);
    let not_regions = regions.named(&selection.exclude_regions, "--exclude-regions")?;
    let chosen = Chosen {
        accounts: some(accounts.named(&selection.accounts, "--accounts")?),
        not_accounts: accounts.named(&selection.exclude_accounts, "--exclude-accounts")?,
        units: some(units.below(&selection.ous, "--ou")?),
        not_units: units.below(&selection.exclude_ous, "--exclude-ou")?,
        regions: Some(regions.named(&selection.regions, "--regions")?).filter(|regions| !regions.is_empty()),
        wants_global: !selection.no_global && !not_regions.iter().any(Region::is_global),
        not_regions,
    };
    Ok(chosen)
}

fn some<T>(set: HashSet<T>) -> Option<HashSet<T>> {
    (!set.is_empty()).then_some(set)
}

impl Chosen {
    /// Whether single accounts were named.
    pub(super) fn names_accounts(&self) -> bool {
        self.accounts.is_some()
    }

    /// Whether no account is left out, by id or by unit.
    pub(super) fn wants_all_accounts(&self) -> bool {
        self.accounts.is_none() && self.not_accounts.is_empty() && self.units.is_none() && self.not_units.is_empty()
    }

    /// Whether the account is selected, by id and by unit.
    pub(super) fn wants_account(&self, account: &Account) -> Choice {
        let is_named = self.accounts.as_ref().is_none_or(|accounts| accounts.contains(&account.id));
        if !is_named || self.not_accounts.contains(&account.id) {
            return Choice::Other;
        }
        if self.units.is_none() && self.not_units.is_empty() {
            return Choice::Selected;
        }
        match &account.place {
            Place::Unknown(_) => Choice::Unplaced,
            Place::Unit { id, .. } => {
                let is_below = self.units.as_ref().is_none_or(|units| units.contains(id));
                if is_below && !self.not_units.contains(id) { Choice::Selected } else { Choice::Other }
            }
            Place::Outside if self.units.is_some() => Choice::Other,
            Place::Outside => Choice::Selected,
        }
    }

    /// Whether what belongs to an account as a whole is selected: whoever names Regions limits what lives in Regions.
    pub(super) fn wants_global(&self) -> bool {
        self.wants_global
    }

    /// Whether the Region is selected.
    pub(super) fn wants_region(&self, region: &str) -> bool {
        self.regions.as_ref().is_none_or(|regions| regions.contains(region)) && !self.not_regions.contains(region)
    }

    /// Whether Regions were named, and `aws-global` is not one of them.
    pub(super) fn names_regions_only(&self) -> bool {
        self.regions.as_ref().is_some_and(|regions| !regions.iter().any(Region::is_global))
    }

    /// The Regions that were asked for by name and are not left out; `None` for all.
    pub(super) fn named_regions(&self) -> Option<impl Iterator<Item = &Region>> {
        let regions = self.regions.as_ref()?;
        Some(regions.iter().filter(|region| !region.is_global() && !self.not_regions.contains(*region)))
    }
}

struct Accounts<'a>(&'a Organization);

impl Accounts<'_> {
    fn named(&self, names: &[String], option: &'static str) -> Result<HashSet<AccountId>, Error> {
        if names.is_empty() {
            return Ok(HashSet::new());
        }
        let known: HashSet<&str> = self.0.accounts.iter().map(|account| account.id.as_str()).collect();
        let unknown = |id: &String| Error::UnknownAccount {
            id: id.clone(),
            option,
            known: self.0.accounts.iter().map(|account| account.id.to_string()).collect(),
        };
        let one = |id: &String| {
            let parsed = id.parse().map_err(|_| unknown(id))?;
            // Where accounts may be missing in the list, that one is not there proves nothing.
            if known.contains(id.as_str()) || !self.0.has_every_account() { Ok(parsed) } else { Err(unknown(id)) }
        };
        names.iter().map(one).collect()
    }
}

/// The tree, to find what is below a unit.
struct Units<'a> {
    organization: &'a Organization,
    children: HashMap<&'a str, Vec<&'a Arc<str>>>,
}

impl<'a> Units<'a> {
    fn of(organization: &'a Organization) -> Self {
        let mut children: HashMap<&str, Vec<&Arc<str>>> = HashMap::new();
        for unit in &organization.units {
            if let Some(parent) = &unit.parent {
                children.entry(parent).or_default().push(&unit.id);
            }
        }
        Self { organization, children }
    }

    /// The ids of the named units and of all below them.
    fn below(&self, names: &[String], option: &'static str) -> Result<HashSet<Arc<str>>, Error> {
        let mut below = HashSet::new();
        for name in names {
            let mut next = vec![self.one(name, option)?];
            while let Some(id) = next.pop() {
                if below.insert(Arc::clone(id)) {
                    next.extend(self.children.get(&**id).into_iter().flatten());
                }
            }
        }
        Ok(below)
    }

    fn one(&self, name: &str, option: &'static str) -> Result<&Arc<str>, Error> {
        let units = &self.organization.units;
        if let Some(unit) = units.iter().find(|unit| *unit.id == *name) {
            return Ok(&unit.id);
        }
        let path = name.trim_end_matches('/');
        let found: Vec<&Arc<str>> = units.iter().filter(|unit| *unit.path == *path).map(|unit| &unit.id).collect();
        let name = name.to_owned();
        match found.as_slice() {
            [one] => Ok(one),
            [] => {
                if let Some(why) = self.organization.units_unread() {
                    return Err(Error::UnitsUnread { name, why: why.clone() });
                }
                let known = units.iter().map(|unit| unit.path.to_string()).collect();
                Err(Error::UnknownUnit { name, option, known })
            }
            several => {
                let known = several.iter().map(ToString::to_string).collect();
                Err(Error::AmbiguousUnit { name, option, known })
            }
        }
    }
}

/// The Regions that somebody knows.
struct Regions<'a> {
    partition: &'a str,
    known: BTreeSet<&'a str>,
}

impl<'a> Regions<'a> {
    fn of(organization: &'a Organization) -> Self {
        let mut known: BTreeSet<&str> = partition::regions(&organization.partition).iter().copied().collect();
        for account in &organization.accounts {
            let regions = &account.regions;
            known.extend(regions.enabled.iter().chain(&*regions.disabled).map(Region::as_str));
        }
        known.insert(GLOBAL);
        Self { partition: &organization.partition, known }
    }

    fn named(&self, names: &[String], option: &'static str) -> Result<BTreeSet<Region>, Error> {
        let one = |name: &String| {
            let lower = name.trim().to_ascii_lowercase();
            match lower.parse() {
                Ok(region) if self.known.contains(lower.as_str()) => Ok(region),
                _ => Err(Error::UnknownRegion {
                    name: name.clone(),
                    partition: self.partition.to_owned(),
                    option,
                    known: self.known.iter().map(|&name| name.to_owned()).collect(),
                }),
            }
        };
        names.iter().map(one).collect()
    }
}
