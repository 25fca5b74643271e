//! What the jobs of a scan have in common: who belongs to the organization. From the wire to a document that all of them
//! share; it must not decide who is inside.

use std::sync::Arc;

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
        Self { scan: told.scan_id.clone(), organization: Arc::new(Doc::map([("accounts", accounts(told))])) }
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

#[cfg(test)]
mod tests {
    use super::*;
    use plumbline_proto::agent_v1::OrganizationUnit;

    fn told(unread: &str) -> Organization {
        let accounts = vec!["111111111111".to_owned(), "222222222222".to_owned()];
        let unit = OrganizationUnit { path: "o-1/r-1/".to_owned(), accounts };
        Organization { scan_id: "scan".to_owned(), units: vec![unit], unread: unread.to_owned() }
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
