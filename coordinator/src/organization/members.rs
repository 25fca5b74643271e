//! Who belongs to the organization, for questions about who is outside of it. Pure.
//!
//! Members are the accounts that Organizations lists now, whatever their state: a suspended account can be opened again by
//! its owner, one that was closed for good is not listed any more, and one that left is a stranger. Whom only the user named
//! is no member.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use plumbline_baseline::{AccountId, Unread, UnreadReason};

use super::{Account, Gap, Organization, Place, State};

/// The members of an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Members {
    /// Accounts by where they are, as `aws:PrincipalOrgPaths` has it: `o-…/r-…/ou-…/`; empty where that is not known.
    pub accounts: BTreeMap<String, Vec<AccountId>>,
    /// Why there may be more; `None` when these are all.
    pub unread: Option<Unread>,
}

impl Organization {
    /// Its members; `None` without an organization.
    pub fn members(&self) -> Option<Members> {
        if self.id.is_none() && self.description_unread().is_none() {
            return None;
        }
        let paths = self.paths();
        let mut accounts: BTreeMap<String, Vec<AccountId>> = BTreeMap::new();
        for account in self.accounts.iter().filter(|account| self.lists(account)) {
            let path = match &account.place {
                Place::Unit { id, .. } => paths.get(id).cloned().unwrap_or_default(),
                Place::Unknown(_) | Place::Outside => String::new(),
            };
            accounts.entry(path).or_default().push(account.id.clone());
        }
        let why = || {
            self.gaps.iter().find_map(Gap::unread).cloned().unwrap_or_else(|| {
                Unread::new(UnreadReason::PartialListing, "organizations:ListAccounts", "accounts may be missing")
            })
        };
        Some(Members { accounts, unread: (!self.has_every_account()).then(why) })
    }

    /// Whether AWS says that the account is a member. One that the user named has neither a place nor a state.
    fn lists(&self, account: &Account) -> bool {
        match &account.place {
            Place::Unit { .. } => true,
            Place::Unknown(_) => {
                account.state != State::Unknown || self.management_account.as_ref() == Some(&account.id)
            }
            Place::Outside => false,
        }
    }

    /// Units by id, with their paths of ids.
    fn paths(&self) -> HashMap<Arc<str>, String> {
        let mut paths: HashMap<Arc<str>, String> = HashMap::new();
        let Some(organization) = &self.id else { return paths };
        for unit in &self.units {
            let above = match &unit.parent {
                Some(parent) => paths.get(parent).cloned(),
                None => Some(format!("{organization}/")),
            };
            if let Some(above) = above {
                paths.insert(Arc::clone(&unit.id), format!("{above}{}/", unit.id));
            }
        }
        paths
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Delegated, Unit};
    use super::*;

    fn organization() -> Organization {
        let unit =
            |id: &str, parent: Option<&str>| Unit { id: id.into(), parent: parent.map(Arc::from), path: id.into() };
        let account = |id: &str, place: Place, state: State| Account {
            state,
            ..Account::new(id.parse().expect("twelve digits"), place)
        };
        let within = |id: &str| Place::Unit { id: id.into(), path: id.into() };
        let lost = Place::Unknown(Unread::new(UnreadReason::AccessDenied, "organizations:ListAccountsForParent", ""));
        Organization {
            id: Some("o-1".into()),
            management_account: Some("111111111111".parse().expect("twelve digits")),
            caller_account: "111111111111".parse().expect("twelve digits"),
            caller_arn: "arn:aws:iam::111111111111:user/u".to_owned(),
            partition: "aws".to_owned(),
            accounts: vec![
                account("111111111111", within("r-1"), State::Active),
                account("222222222222", within("ou-2"), State::Inactive("suspended".to_owned())),
                account("333333333333", lost.clone(), State::Active),
                account("444444444444", lost, State::Unknown),
            ],
            units: vec![unit("r-1", None), unit("ou-1", Some("r-1")), unit("ou-2", Some("ou-1"))],
            delegated: Ok(Delegated::new()),
            control_policies: Ok(Vec::new()),
            gaps: Vec::new(),
            notes: Vec::new(),
        }
    }

    fn told(members: &Members) -> Vec<String> {
        members.accounts.iter().map(|(path, ids)| format!("{path} {}", ids[0])).collect()
    }

    #[test]
    fn whom_organizations_lists_is_a_member_and_whom_the_user_names_is_none() {
        let members = organization().members().expect("there is an organization");
        assert_eq!(told(&members), [" 333333333333", "o-1/r-1/ 111111111111", "o-1/r-1/ou-1/ou-2/ 222222222222"]);
        assert_eq!(members.unread, None);
    }

    #[test]
    fn a_list_that_was_not_read_to_its_end_says_so() {
        let denied = Unread::new(UnreadReason::AccessDenied, "organizations:ListAccounts", "");
        let partial = Organization { gaps: vec![Gap::FlatList(denied.clone()), Gap::Accounts], ..organization() };
        assert_eq!(partial.members().expect("there is one").unread, Some(denied));
    }

    #[test]
    fn without_an_organization_there_are_no_members() {
        let mut alone = Organization { id: None, units: Vec::new(), ..organization() };
        alone.accounts.truncate(1);
        alone.accounts[0].place = Place::Outside;
        assert_eq!(alone.members(), None);
    }
}
