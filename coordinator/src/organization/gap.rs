//! What could not be read of the organization as a whole: each gap makes a scan incomplete, and reports begin with it.
//! Must not decide what is scanned.

use std::fmt::{Display, Formatter};

use plumbline_baseline::{AccountId, Unread};

/// Something that is missing in what is known of the organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gap {
    /// `DescribeOrganization` was refused: which organization it is, and who manages it, is not known.
    Description(Unread),
    /// Roots or units could not be listed.
    Units(Unread),
    /// The accounts of units could not be listed.
    AccountsOfUnits(Unread),
    /// The flat list of accounts could not be read, so that the tree is held against nothing.
    FlatList(Unread),
    /// Neither the tree nor the flat list could be read to its end: there may be accounts that nobody named.
    Accounts,
    /// An account that must be in the organization is in none of its lists: they cannot be trusted.
    Missing(AccountId),
    /// The management account is not known, so that the controls about the organization itself are not planned.
    Management,
    /// Accounts were left out of a selection by unit, because their unit is not known.
    Unplaced(usize),
}

impl Gap {
    /// A word for machines.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Description(_) => "organization_not_described",
            Self::Units(_) => "units_not_listed",
            Self::AccountsOfUnits(_) => "accounts_of_units_not_listed",
            Self::FlatList(_) => "accounts_not_listed",
            Self::Accounts => "accounts_may_be_missing",
            Self::Missing(_) => "account_missing_in_lists",
            Self::Management => "management_account_unknown",
            Self::Unplaced(_) => "accounts_without_known_unit",
        }
    }

    /// Why, where AWS was asked and did not say.
    pub(super) fn unread(&self) -> Option<&Unread> {
        match self {
            Self::Description(why) | Self::Units(why) | Self::AccountsOfUnits(why) | Self::FlatList(why) => Some(why),
            Self::Accounts | Self::Missing(_) | Self::Management | Self::Unplaced(_) => None,
        }
    }

    /// Whether something is not planned because of it, or not where it belongs. That one list could not be held against
    /// another leaves nothing out, as far as anybody can tell.
    pub fn leaves_out(&self) -> bool {
        !matches!(self, Self::FlatList(_))
    }

    /// Whether there may be accounts that are not known.
    pub fn may_hide_accounts(&self) -> bool {
        matches!(self, Self::Accounts | Self::Missing(_))
    }
}

impl Display for Gap {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Description(why) => write!(f, "the organization could not be described: {why}"),
            Self::Units(why) => write!(f, "organizational units could not be listed: {why}"),
            Self::AccountsOfUnits(why) => {
                write!(f, "the accounts of organizational units could not be listed: {why}")
            }
            Self::FlatList(why) => {
                write!(f, "the tree could not be held against the list of all accounts: {why}")
            }
            Self::Accounts => f.write_str(
                "neither the tree nor the list of all accounts was read to its end: accounts may be missing",
            ),
            Self::Missing(id) => {
                write!(f, "AWS's lists of accounts do not have {id}, which must be in them: others may be missing, too")
            }
            Self::Management => f.write_str(
                "the management account is not known: the controls about the organization itself are not planned",
            ),
            Self::Unplaced(1) => f.write_str("1 account was left out, because its organizational unit is not known"),
            Self::Unplaced(count) => {
                write!(f, "{count} accounts were left out, because their organizational units are not known")
            }
        }
    }
}
