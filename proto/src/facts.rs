//! What expressions know of an account and of its organization, from the wire to documents. What nobody could read is
//! unread there, and never empty; it must not decide who is inside.

use std::sync::Arc;

use plumbline_baseline::expr::{DELEGATED_ADMINISTRATORS, RESOURCE_CONTROL_POLICIES};
use plumbline_baseline::{Doc, Key, Unread, UnreadReason};

use crate::agent_v1::{Account, Organization};

/// `account` as expressions see it.
pub fn account(account: &Account, partition: &str) -> Doc {
    let text = |text: &str| if text.is_empty() { Doc::Null } else { Doc::from(text) };
    let members = [
        ("id", Doc::from(account.id.as_str())),
        ("name", text(&account.name)),
        ("partition", text(partition)),
        ("ou_path", text(&account.ou_path)),
        ("tags", tags(account)),
        ("is_management", Doc::from(account.is_management)),
        ("organization_id", text(&account.organization_id)),
        ("management_account_id", text(&account.management_account_id)),
    ];
    Doc::map(members.map(|(name, value)| (name, account.unread.get(name).map_or(value, |why| unread(why)))))
}

/// What was not read, from the document that says why.
pub fn unread(why: &str) -> Doc {
    let known = Doc::from_json(why).ok().filter(|doc| doc.unread().is_some());
    known.unwrap_or_else(|| {
        Doc::Unread(Arc::new(Unread::new(
            UnreadReason::ScannerError,
            "",
            "why something is not known of the account cannot be read",
        )))
    })
}

/// The account's tags. Tags that nobody could read are not "no tags": a control that asks for one would pass over the
/// account.
fn tags(account: &Account) -> Doc {
    if !account.tags_unread.is_empty() {
        return unread(&account.tags_unread);
    }
    let mut tags: Vec<_> = account.tags.iter().collect();
    tags.sort();
    Doc::Map(tags.into_iter().map(|(name, value)| (Key::new(name), Doc::from(value.as_str()))).collect())
}

/// `organization` as expressions see it.
pub fn organization(told: &Organization) -> Doc {
    Doc::map([
        ("accounts", accounts(told)),
        (DELEGATED_ADMINISTRATORS, delegated(told)),
        (RESOURCE_CONTROL_POLICIES, control_policies(told)),
    ])
}

/// Accounts and where they are; where there may be others, a list that says so.
fn accounts(told: &Organization) -> Doc {
    let each = || told.units.iter().flat_map(|unit| unit.accounts.iter().map(|account| (account, &unit.path)));
    if told.unread.is_empty() {
        return Doc::Map(each().map(|(account, path)| (Key::new(account), Doc::from(path.as_str()))).collect());
    }
    let rest = unread(&told.unread);
    Doc::List(each().map(|(account, _)| Doc::from(account.as_str())).chain([rest]).collect())
}

/// Services by principal, and who administers each.
fn delegated(told: &Organization) -> Doc {
    if !told.delegated_unread.is_empty() {
        return unread(&told.delegated_unread);
    }
    let each = told.delegated.iter().map(|each| {
        let accounts = each.accounts.iter().map(|account| Doc::from(account.as_str()));
        (Key::new(&each.service), Doc::List(accounts.collect()))
    });
    Doc::Map(each.collect())
}

/// Resource control policies, as Organizations describes them.
fn control_policies(told: &Organization) -> Doc {
    if !told.control_policies_unread.is_empty() {
        return unread(&told.control_policies_unread);
    }
    let or_unread = |known: Doc, why: &str| if why.is_empty() { known } else { unread(why) };
    let target = |id: &String| Doc::map([("TargetId", Doc::from(id.as_str()))]);
    let each = told.control_policies.iter().map(|policy| {
        let targets = Doc::List(policy.targets.iter().map(target).collect());
        Doc::map([
            ("Name", Doc::from(policy.name.as_str())),
            ("Content", or_unread(Doc::from(policy.content.as_str()), &policy.content_unread)),
            ("Targets", or_unread(targets, &policy.targets_unread)),
        ])
    });
    Doc::List(each.collect())
}

#[cfg(test)]
mod tests {
    use plumbline_baseline::expr::organization_type;

    use super::*;
    use crate::agent_v1::{ControlPolicy, DelegatedService, OrganizationUnit};

    #[test]
    fn tags_that_were_not_read_are_not_no_tags() {
        let of = |unread: &str| {
            let account = Account { tags_unread: unread.into(), ..Account::default() };
            super::account(&account, "aws").get("tags").unread().map(|unread| unread.reason.code())
        };
        assert_eq!(of(""), None);
        assert_eq!(of(r#"{"$unread":{"reason":"throttled"}}"#), Some("throttled"));
        assert_eq!(of("nonsense"), Some("scanner_error"));
        assert_eq!(of("{}"), Some("scanner_error"));
    }

    #[test]
    fn the_account_has_the_members_that_expressions_may_name() {
        let facts = super::account(&Account::default(), "aws");
        let mut members: Vec<&str> = facts.as_map().unwrap().iter().map(|(name, _)| name.as_str()).collect();
        members.sort_unstable();
        assert!(plumbline_baseline::expr::account_type().members.keys().eq(members.iter()), "{members:?}");
    }

    #[test]
    fn what_is_not_known_of_the_account_is_not_empty() {
        let why = r#"{"$unread":{"reason":"access_denied"}}"#.to_owned();
        let unread = ["ou_path", "is_management"].map(|member| (member.to_owned(), why.clone())).into();
        let facts = super::account(&Account { unread, ou_path: String::new(), ..Account::default() }, "aws");
        let reason = |member: &str| facts.get(member).unread().map(|unread| unread.reason.code());
        assert_eq!((reason("ou_path"), reason("is_management")), (Some("access_denied"), Some("access_denied")));
        assert_eq!((reason("name"), facts.get("name").is_null()), (None, true));
    }

    fn told(unread: &str) -> Organization {
        let accounts = vec!["111111111111".to_owned(), "222222222222".to_owned()];
        let unit = OrganizationUnit { path: "o-1/r-1/".to_owned(), accounts };
        Organization {
            scan_id: "scan".to_owned(),
            units: vec![unit],
            unread: unread.to_owned(),
            ..Organization::default()
        }
    }

    #[test]
    fn the_organization_has_the_members_that_expressions_may_name() {
        let known = super::organization(&told(""));
        let mut members: Vec<&str> = known.as_map().unwrap().iter().map(|(name, _)| name.as_str()).collect();
        members.sort_unstable();
        assert!(organization_type().members.keys().eq(members.iter()), "{members:?}");
    }

    #[test]
    fn who_administers_a_service_is_known_or_not_read() {
        let service = "guardduty.amazonaws.com".to_owned();
        let delegated = vec![DelegatedService { service, accounts: vec!["222222222222".to_owned()] }];
        let known = super::organization(&Organization { delegated, ..told("") });
        let accounts = known.get(DELEGATED_ADMINISTRATORS).get("guardduty.amazonaws.com").as_list().expect("a list");
        assert_eq!((accounts.len(), accounts[0].as_str()), (1, Some("222222222222")));
        assert!(known.get(DELEGATED_ADMINISTRATORS).get("config.amazonaws.com").is_null());
        let why = r#"{"$unread":{"reason":"access_denied"}}"#.to_owned();
        let unread = super::organization(&Organization { delegated_unread: why, ..told("") });
        let unread = unread.get(DELEGATED_ADMINISTRATORS).unread().map(|unread| unread.reason.code());
        assert_eq!(unread, Some("access_denied"));
    }

    #[test]
    fn what_the_organization_denies_is_known_or_not_read() {
        let why = r#"{"$unread":{"reason":"access_denied"}}"#.to_owned();
        let known = ControlPolicy {
            name: "perimeter".to_owned(),
            content: "{}".to_owned(),
            targets: vec!["r-1".to_owned()],
            ..ControlPolicy::default()
        };
        let lost = ControlPolicy { content_unread: why.clone(), targets_unread: why.clone(), ..known.clone() };
        let told = |policies, unread: &str| {
            let unread = unread.to_owned();
            let told = Organization { control_policies: policies, control_policies_unread: unread, ..told("") };
            super::organization(&told).get(RESOURCE_CONTROL_POLICIES).clone()
        };
        let policies = told(vec![known, lost], "");
        let policies = policies.as_list().expect("a list");
        let read = r#"{"Name":"perimeter","Content":"{}","Targets":[{"TargetId":"r-1"}]}"#;
        assert_eq!(policies[0].to_json(), read);
        assert!(policies[1].get("Content").unread().is_some() && policies[1].get("Targets").unread().is_some());
        assert_eq!(told(Vec::new(), "").as_list().map(<[Doc]>::len), Some(0));
        assert!(told(Vec::new(), &why).unread().is_some());
    }

    #[test]
    fn members_are_known_with_their_place() {
        let accounts = super::organization(&told("")).get("accounts").clone();
        assert_eq!(accounts.get("222222222222").as_str(), Some("o-1/r-1/"));
        assert!(accounts.get("333333333333").is_null());
    }

    #[test]
    fn who_is_not_in_a_list_that_ended_early_is_not_known() {
        let known = super::organization(&told(r#"{"$unread":{"reason":"access_denied"}}"#));
        let items = known.get("accounts").as_list().expect("a list");
        assert_eq!((items.len(), items[0].as_str()), (3, Some("111111111111")));
        assert_eq!(items[2].unread().map(|unread| unread.reason.code()), Some("access_denied"));
    }
}
