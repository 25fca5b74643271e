//! What the jobs of a scan have in common: who belongs to the organization, who administers services for it, and what it
//! denies on resources of its members. From the wire to a document that all of them share; it must not decide who is inside.

use std::sync::Arc;

use plumbline_baseline::expr::{DELEGATED_ADMINISTRATORS, RESOURCE_CONTROL_POLICIES};
use plumbline_baseline::{Doc, Key};
use plumbline_proto::agent_v1::Organization;

use super::facts::unread;

/// The organization of one scan.
#[derive(Debug, Default)]
pub(crate) struct Known {
    scan: String,
    organization: Arc<Doc>,
}

impl Known {
    /// As the coordinator says it.
    pub(crate) fn of(told: &Organization) -> Self {
        let members = [
            ("accounts", accounts(told)),
            (DELEGATED_ADMINISTRATORS, delegated(told)),
            (RESOURCE_CONTROL_POLICIES, control_policies(told)),
        ];
        Self { scan: told.scan_id.clone(), organization: Arc::new(Doc::map(members)) }
    }

    /// `organization` as expressions of a scan see it; null where nobody said anything.
    pub(crate) fn for_scan(&self, scan: &str) -> Arc<Doc> {
        if self.scan == scan { Arc::clone(&self.organization) } else { Arc::default() }
    }
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
    use super::*;
    use plumbline_baseline::expr::organization_type;
    use plumbline_proto::agent_v1::{ControlPolicy, DelegatedService, OrganizationUnit};

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
        let known = Known::of(&told("")).for_scan("scan");
        let mut members: Vec<&str> = known.as_map().unwrap().iter().map(|(name, _)| name.as_str()).collect();
        members.sort_unstable();
        assert!(organization_type().members.keys().eq(members.iter()), "{members:?}");
    }

    #[test]
    fn who_administers_a_service_is_known_or_not_read() {
        let service = "guardduty.amazonaws.com".to_owned();
        let delegated = vec![DelegatedService { service, accounts: vec!["222222222222".to_owned()] }];
        let known = Known::of(&Organization { delegated, ..told("") }).for_scan("scan");
        let accounts = known.get(DELEGATED_ADMINISTRATORS).get("guardduty.amazonaws.com").as_list().expect("a list");
        assert_eq!((accounts.len(), accounts[0].as_str()), (1, Some("222222222222")));
        assert!(known.get(DELEGATED_ADMINISTRATORS).get("config.amazonaws.com").is_null());
        let why = r#"{"$unread":{"reason":"access_denied"}}"#.to_owned();
        let unread = Known::of(&Organization { delegated_unread: why, ..told("") }).for_scan("scan");
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
            Known::of(&told).for_scan("scan").get(RESOURCE_CONTROL_POLICIES).clone()
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
        let known = Known::of(&told(""));
        let accounts = known.for_scan("scan").get("accounts").clone();
        assert_eq!(accounts.get("222222222222").as_str(), Some("o-1/r-1/"));
        assert!(accounts.get("333333333333").is_null());
        assert!(known.for_scan("another").is_null(), "an organization of another scan");
    }

    #[test]
    fn who_is_not_in_a_list_that_ended_early_is_not_known() {
        let known = Known::of(&told(r#"{"$unread":{"reason":"access_denied"}}"#)).for_scan("scan");
        let items = known.get("accounts").as_list().expect("a list");
        assert_eq!((items.len(), items[0].as_str()), (3, Some("111111111111")));
        assert_eq!(items[2].unread().map(|unread| unread.reason.code()), Some("access_denied"));
    }
}
