//! What is in force for an account: the policies of one kind from the root down to it, merged. Of the operators that AWS
//! has, `@@assign` sets a value over what is above it; policies with others are not known here.

use plumbline_baseline::Doc;
use serde_json::{Map, Value};

use super::super::ApiError;
use super::{JOINED, denied};
use crate::world::organization::Organization;

const ASSIGN: &str = "@@assign";

/// Answers `DescribeEffectivePolicy`: for the account that asks, and to the management account for every account.
pub(super) fn describe(organization: &Organization, asks: &str, target: &str, kind: &str) -> Result<Doc, ApiError> {
    let target = if target.is_empty() { asks } else { target };
    if target != asks && asks != organization.management {
        return Err(denied());
    }
    if organization.account(target).is_none() {
        return Err(ApiError::new(400, "TargetNotFoundException", "You specified a target that doesn't exist."));
    }
    if !organization.is_enabled_kind(kind) {
        let message = "The effective policy of this type does not exist.";
        return Err(ApiError::new(400, "EffectivePolicyNotFoundException", message));
    }
    let policy = Doc::map([
        ("PolicyContent", Doc::from(content(organization, target, kind).to_string())),
        ("LastUpdatedTimestamp", Doc::Double(JOINED)),
        ("TargetId", Doc::from(target)),
        ("PolicyType", Doc::from(kind)),
    ]);
    Ok(Doc::map([("EffectivePolicy", policy)]))
}

/// What all policies come to: `{}` where nothing is attached, as AWS says it.
fn content(organization: &Organization, account: &str, kind: &str) -> Value {
    let units = organization.unit_path(account).into_iter().rev().map(|unit| unit.id.as_str());
    let levels = std::iter::once(organization.root.as_str()).chain(units).chain([account]);
    let mut effective = Map::new();
    for level in levels {
        let attached = |targets: &[String]| targets.iter().any(|target| target == level);
        for policy in organization.policies.iter().filter(|policy| policy.kind == kind && attached(&policy.targets)) {
            let content: Value = serde_json::from_str(&policy.content).expect("policies of a world are JSON");
            merge(&mut effective, &content);
        }
    }
    Value::Object(effective)
}

fn merge(effective: &mut Map<String, Value>, policy: &Value) {
    for (name, value) in policy.as_object().into_iter().flatten() {
        if let Some(assigned) = value.get(ASSIGN) {
            effective.insert(name.clone(), assigned.clone());
        } else if !name.starts_with("@@") {
            let below = effective.entry(name.clone()).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(below) = below {
                merge(below, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::world::organization::Policy;

    const KIND: &str = "AISERVICES_OPT_OUT_POLICY";

    fn organization(policies: &[(&str, Value)]) -> Organization {
        let mut organization = Organization::new("100000000000", &["us-east-1"]);
        organization.add_unit("Sandbox", "");
        organization.add_account("100000000001", "sandbox", "Sandbox");
        for (target, content) in policies {
            organization.policies.push(Policy {
                id: "p-1".to_owned(),
                name: "ai".to_owned(),
                kind: KIND.to_owned(),
                is_aws_managed: false,
                content: content.to_string(),
                targets: vec![(*target).to_owned()],
            });
        }
        organization
    }

    fn says(value: &str) -> Value {
        json!({ "opt_out_policy": { "@@assign": value } })
    }

    fn check(organization: &Organization, account: &str, expected: Value) {
        let answer = describe(organization, account, "", KIND).expect("an account may ask for its own");
        let content = answer.get("EffectivePolicy").get("PolicyContent");
        let content: Value = serde_json::from_str(content.as_str().expect("text")).expect("JSON");
        assert_eq!(content, expected, "{account}");
    }

    #[test]
    fn what_is_nearer_to_the_account_wins() {
        let root =
            json!({ "services": { "@@operators_allowed_for_child_policies": ["@@all"], "default": says("optOut") } });
        let unit = json!({ "services": { "lex": says("optIn") } });
        let organization = organization(&[("r-plmb", root), ("ou-plmb-00000001", unit)]);
        let default = json!({ "opt_out_policy": "optOut" });
        check(&organization, "100000000000", json!({ "services": { "default": default } }));
        let both = json!({ "services": { "default": default, "lex": { "opt_out_policy": "optIn" } } });
        check(&organization, "100000000001", both);
    }

    #[test]
    fn nothing_attached_is_an_empty_policy_and_a_kind_that_is_not_enabled_an_error() {
        let own = json!({ "services": { "default": says("optOut") } });
        check(&organization(&[("100000000001", own)]), "100000000000", json!({}));
        let error = describe(&organization(&[]), "100000000001", "", KIND).expect_err("the kind is not enabled");
        assert_eq!(error.code, "EffectivePolicyNotFoundException");
    }

    #[test]
    fn only_the_management_account_asks_for_others() {
        let organization = organization(&[("r-plmb", json!({}))]);
        assert!(describe(&organization, "100000000000", "100000000001", KIND).is_ok());
        let error = describe(&organization, "100000000001", "100000000000", KIND).expect_err("a member asks");
        assert_eq!(error.code, "AccessDeniedException");
    }
}
