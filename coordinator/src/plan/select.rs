//! Whether accounts, units and Regions are selected, and whether what was named exists at all. Pure.

use plumbline_aws::partition;

use super::{GLOBAL, Selection};
use crate::organization::{Account, Organization};

/// What was named and does not exist.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No account of the organization has this id.
    #[error("account {id} is not in the organization")]
    UnknownAccount {
        /// What was named.
        id: String,
        /// The ids there are.
        known: Vec<String>,
    },
    /// No unit has this id or path.
    #[error("organizational unit {name} does not exist")]
    UnknownUnit {
        /// What was named.
        name: String,
        /// The paths there are.
        known: Vec<String>,
    },
    /// No account knows this Region.
    #[error("Region {name} does not exist in the partition {partition}")]
    UnknownRegion {
        /// What was named.
        name: String,
        /// The partition.
        partition: String,
        /// The Regions there are.
        known: Vec<String>,
    },
}

/// Refuses names of things that do not exist: a typing mistake must not look like a clean account.
pub(super) fn check(organization: &Organization, selection: &Selection) -> Result<(), Error> {
    for id in selection.accounts.iter().chain(selection.account_roles.keys()) {
        if !organization.accounts.iter().any(|account| *account.id == **id) {
            let known = organization.accounts.iter().map(|account| account.id.to_string()).collect();
            return Err(Error::UnknownAccount { id: id.clone(), known });
        }
    }
    for name in &selection.ous {
        if !organization.units.iter().any(|unit| unit.id == *name || *unit.path == *name.trim_end_matches('/')) {
            let known = organization.units.iter().map(|unit| unit.path.to_string()).collect();
            return Err(Error::UnknownUnit { name: name.clone(), known });
        }
    }
    for name in &selection.regions {
        let is_seen = organization
            .accounts
            .iter()
            .any(|account| account.regions.contains(name) || account.disabled_regions.contains(name));
        let known = partition::regions(&organization.partition);
        if name != GLOBAL && !is_seen && !known.contains(&name.as_str()) {
            let known = known.iter().map(|&name| name.to_owned()).chain([GLOBAL.to_owned()]).collect();
            return Err(Error::UnknownRegion { name: name.clone(), partition: organization.partition.clone(), known });
        }
    }
    Ok(())
}

/// Whether the account is selected, by id and by unit.
pub(super) fn wants_account(organization: &Organization, selection: &Selection, account: &Account) -> bool {
    let by_id = selection.accounts.is_empty() || selection.accounts.iter().any(|id| **id == *account.id);
    let is_below = |name: &String| {
        organization.units.iter().filter(|unit| unit.id == *name || *unit.path == *name.trim_end_matches('/')).any(
            |unit| {
                account.ou_path.strip_prefix(&*unit.path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            },
        )
    };
    by_id && (selection.ous.is_empty() || selection.ous.iter().any(is_below))
}

/// Whether the Region is selected.
pub(super) fn wants_region(selection: &Selection, region: &str) -> bool {
    selection.regions.is_empty() || selection.regions.iter().any(|each| each == region)
}
