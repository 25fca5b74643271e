//! Which roles are let in, and for what. Account and name are compared exactly, and nothing else is.

use plumbline_aws::proof::RoleSession;
use plumbline_baseline::AccountId;
use plumbline_identity::Bounds;

/// A role at AWS under which agents run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwsRole {
    /// Its account.
    pub account: AccountId,
    /// Its name, without a path: AWS leaves the path out of what it says of a session.
    pub role: String,
    /// What such an agent may work for.
    pub bounds: Bounds,
}

/// What the role of a session is let in for; nothing when it is not listed.
pub(super) fn bounds_of(roles: &[AwsRole], session: &RoleSession) -> Option<Bounds> {
    let listed = roles.iter().find(|listed| listed.account == session.account && listed.role == session.role);
    listed.map(|listed| listed.bounds.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn account_and_name_are_compared_exactly() {
        let of = |account: &str, role: &str, bounds: &str| AwsRole {
            account: account.parse().unwrap(),
            role: role.to_owned(),
            bounds: bounds.parse().unwrap(),
        };
        let roles = [
            of("111122223333", "PlumblineAgent", "regions=eu-west-1"),
            of("444455556666", "PlumblineAgent", "accounts=444455556666"),
            of("111122223333", "Other*", "any"),
        ];
        let found = |account: &str, role: &str, session: &str| {
            let (role, session) = (role.to_owned(), session.to_owned());
            let session = RoleSession { partition: "aws", account: account.parse().unwrap(), role, session };
            bounds_of(&roles, &session).map(|bounds| bounds.to_string())
        };
        assert_eq!(found("111122223333", "PlumblineAgent", "a").as_deref(), Some("regions=eu-west-1"));
        assert_eq!(found("444455556666", "PlumblineAgent", "a").as_deref(), Some("accounts=444455556666"));
        for (account, role, session) in [
            ("777788889999", "PlumblineAgent", "a"),
            ("111122223333", "plumblineagent", "a"),
            ("111122223333", "PlumblineAgent2", "a"),
            ("111122223333", "Plumbline", "a"),
            ("111122223333", "Others", "a"),
            ("111122223333", "Somebody", "PlumblineAgent"),
        ] {
            assert_eq!(found(account, role, session), None, "{account} {role} {session}");
        }
    }
}
