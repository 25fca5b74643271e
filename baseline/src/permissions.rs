//! The least-privilege policy of a call plan: every IAM action that its operations need, and none besides. Pure.

mod audit_roles;
mod member_role;
mod session;
mod template;

use std::collections::{BTreeMap, BTreeSet};

use crate::api::Catalog;
use crate::data_reads::is_reading;
use crate::doc::Doc;
use crate::pack::collector::ResourceType;
use crate::plan::{CallPlan, Operation};

pub use crate::data_reads::DATA_READS;
pub use audit_roles::{MEMBER_ENTRY, ORGANIZATION_READS, REGION_READS, audit_roles, delegation};
pub use member_role::{agent_account, member_role};
pub use session::{SESSION_POLICY_LIMIT, session_policies};

/// The IAM actions that operations need.
pub fn actions<'a>(operations: impl IntoIterator<Item = &'a Operation>, catalog: &Catalog) -> BTreeSet<String> {
    let descriptors = operations.into_iter().filter_map(|(service, name)| catalog.operation(service, name));
    descriptors.flat_map(|operation| operation.iam.iter().cloned()).collect()
}

/// The IAM actions that a plan takes: those of its operations, and those that AWS uses on the caller's behalf.
pub fn of_plan(plan: &CallPlan, catalog: &Catalog) -> BTreeSet<String> {
    let types = plan.types().map(|plan| &**plan.declared());
    of_types(types, &plan.operations(), catalog)
}

/// The IAM actions that these types take, read by these operations. Of what handlers
/// name, that alone which reads how something is set up: no session may change anything, or read data.
pub fn of_types<'a>(
    types: impl Iterator<Item = &'a ResourceType>,
    operations: &BTreeSet<Operation>,
    catalog: &Catalog,
) -> BTreeSet<String> {
    let mut needed = actions(operations, catalog);
    needed.extend(types.flat_map(ResourceType::handler_actions).filter(|action| is_reading(action)).cloned());
    needed
}

/// An identity policy that allows these actions: one statement a service, in the order of their names.
pub fn policy(actions: &BTreeSet<String>) -> Doc {
    let mut services: BTreeMap<&str, Vec<Doc>> = BTreeMap::new();
    for action in actions {
        let service = action.split(':').next().unwrap_or_default();
        services.entry(service).or_default().push(Doc::from(action.as_str()));
    }
    let statements = services.into_iter().map(|(service, actions)| {
        Doc::map([
            ("Sid", Doc::from(sid(service))),
            ("Effect", Doc::from("Allow")),
            ("Action", Doc::List(actions)),
            ("Resource", Doc::from("*")),
        ])
    });
    Doc::map([("Version", Doc::from("2012-10-17")), ("Statement", Doc::List(statements.collect()))])
}

/// A statement id, which takes letters and digits only.
fn sid(service: &str) -> String {
    let words = service.split(|character: char| !character.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let capital = |word: &str| word[..1].to_ascii_uppercase() + &word[1..];
    format!("Read{}", words.map(capital).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_has_one_statement_a_service() {
        let operations = [("s3", "ListBuckets"), ("s3", "GetBucketPolicy"), ("kms", "ListKeys")];
        let operations = operations.map(|(service, name)| (service.to_owned(), name.to_owned()));
        let text = policy(&actions(&operations, Catalog::embedded())).to_json();
        let expected = concat!(
            r#"{"Version":"2012-10-17","Statement":["#,
            r#"{"Sid":"ReadKms","Effect":"Allow","Action":["kms:ListKeys"],"Resource":"*"},"#,
            r#"{"Sid":"ReadS3","Effect":"Allow","Action":["s3:GetBucketPolicy","s3:ListAllMyBuckets"],"Resource":"*"}]}"#
        );
        assert_eq!(text, expected);
    }

    #[test]
    fn statement_ids_take_any_service() {
        assert_eq!(sid("access-analyzer"), "ReadAccessAnalyzer");
        assert_eq!(sid(""), "Read");
    }
}
