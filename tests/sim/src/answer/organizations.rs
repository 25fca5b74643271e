//! Organizations: the tree, the accounts, the policies. All but the description, and what is in force for the account
//! that asks, answer the management account only.

mod effective;

use std::sync::LazyLock;

use plumbline_baseline::Doc;
use plumbline_baseline::api::Pagination;

use super::{Answer, ApiError, Asked};
use crate::world::organization::{Account, AccountState, Organization, Policy, Unit};

/// 2024-01-15T09:00:00Z, when everybody joined.
const JOINED: f64 = 1_705_309_200.0;

/// How the listings that no descriptor names are paged.
pub(super) fn pagination(operation: &str) -> Option<&'static Pagination> {
    static ACCOUNTS: LazyLock<Pagination> = LazyLock::new(|| paged_by("Accounts"));
    static UNITS: LazyLock<Pagination> = LazyLock::new(|| paged_by("OrganizationalUnits"));
    static ADMINISTRATORS: LazyLock<Pagination> = LazyLock::new(|| paged_by("DelegatedAdministrators"));
    static SERVICES: LazyLock<Pagination> = LazyLock::new(|| paged_by("DelegatedServices"));
    static TAGS: LazyLock<Pagination> = LazyLock::new(|| paged_by("Tags"));
    static ROOTS: LazyLock<Pagination> = LazyLock::new(|| paged_by("Roots"));
    match operation {
        "ListAccounts" | "ListAccountsForParent" => Some(&ACCOUNTS),
        "ListOrganizationalUnitsForParent" => Some(&UNITS),
        "ListTagsForResource" => Some(&TAGS),
        "ListRoots" => Some(&ROOTS),
        "ListDelegatedAdministrators" => Some(&ADMINISTRATORS),
        "ListDelegatedServicesForAccount" => Some(&SERVICES),
        _ => None,
    }
}

fn paged_by(key: &str) -> Pagination {
    Pagination {
        input_tokens: vec!["NextToken".to_owned()],
        output_tokens: vec!["NextToken".to_owned()],
        more_results: None,
        result_keys: vec![key.to_owned()],
        limit_key: Some("MaxResults".to_owned()),
        page_size: Some(20),
        not_with: Vec::new(),
    }
}

pub(super) fn answer(asked: &Asked<'_>) -> Answer {
    let organization = asked.world.organization();
    let call = asked.call;
    if call.operation == "DescribeOrganization" {
        return Some(Ok(Doc::map([("Organization", describe(organization))])));
    }
    if call.operation == "DescribeEffectivePolicy" {
        return Some(effective::describe(organization, &call.account, call.text("TargetId"), call.text("PolicyType")));
    }
    if call.account != organization.management {
        return Some(Err(denied()));
    }
    let accounts = |of: &dyn Fn(&Account) -> bool| {
        let docs = organization.accounts.iter().filter(|account| of(account));
        Doc::List(docs.map(|account| describe_account(organization, account)).collect())
    };
    let parent = call.text("ParentId");
    Some(match call.operation.as_str() {
        "ListRoots" => Ok(Doc::map([("Roots", Doc::List(vec![root(organization)]))])),
        "ListAccounts" => Ok(Doc::map([("Accounts", accounts(&|_| true))])),
        "ListAccountsForParent" => parent_exists(organization, parent)
            .map(|()| Doc::map([("Accounts", accounts(&|account| account.parent == parent))])),
        "ListOrganizationalUnitsForParent" => parent_exists(organization, parent).map(|()| {
            let units = organization.units.iter().filter(|unit| unit.parent == parent);
            let units = units.map(|unit| describe_unit(organization, unit)).collect();
            Doc::map([("OrganizationalUnits", Doc::List(units))])
        }),
        "DescribeAccount" => describe_one(organization, call.text("AccountId")),
        "ListTagsForResource" => Ok(Doc::map([("Tags", tags(organization, call.text("ResourceId")))])),
        "ListParents" => list_parents(organization, call.text("ChildId")),
        "ListPolicies" => Ok(Doc::map([("Policies", policies(organization, call.text("Filter"), None))])),
        "ListPoliciesForTarget" => {
            let list = policies(organization, call.text("Filter"), Some(call.text("TargetId")));
            Ok(Doc::map([("Policies", list)]))
        }
        "DescribePolicy" => describe_policy(organization, call.text("PolicyId")),
        "ListTargetsForPolicy" => targets(organization, call.text("PolicyId")),
        "ListDelegatedAdministrators" => {
            let administrators = administrators(organization, call.text("ServicePrincipal"));
            Ok(Doc::map([("DelegatedAdministrators", administrators)]))
        }
        "ListDelegatedServicesForAccount" => services_of(organization, call.text("AccountId")),
        _ => return None,
    })
}

fn denied() -> ApiError {
    ApiError::new(400, "AccessDeniedException", "You don't have permissions to access this resource.")
}

fn describe(organization: &Organization) -> Doc {
    let (id, management) = (&organization.id, &organization.management);
    let email = organization.account(management).map(|account| account.email.clone()).unwrap_or_default();
    let features = if organization.has_all_features { "ALL" } else { "CONSOLIDATED_BILLING" };
    let base = format!("arn:aws:organizations::{management}");
    Doc::map([
        ("Id", Doc::from(id.as_str())),
        ("Arn", Doc::from(format!("{base}:organization/{id}"))),
        ("FeatureSet", Doc::from(features)),
        ("MasterAccountArn", Doc::from(format!("{base}:account/{id}/{management}"))),
        ("MasterAccountId", Doc::from(management.as_str())),
        ("MasterAccountEmail", Doc::from(email)),
    ])
}

fn root(organization: &Organization) -> Doc {
    let (id, root, management) = (&organization.id, &organization.root, &organization.management);
    let kinds = [
        "SERVICE_CONTROL_POLICY",
        "RESOURCE_CONTROL_POLICY",
        "TAG_POLICY",
        "AISERVICES_OPT_OUT_POLICY",
        "DECLARATIVE_POLICY_EC2",
    ];
    let enabled = kinds.into_iter().filter(|kind| organization.is_enabled_kind(kind));
    let enabled = enabled.map(|kind| Doc::map([("Type", Doc::from(kind)), ("Status", Doc::from("ENABLED"))]));
    Doc::map([
        ("Id", Doc::from(root.as_str())),
        ("Arn", Doc::from(format!("arn:aws:organizations::{management}:root/{id}/{root}"))),
        ("Name", Doc::from("Root")),
        ("PolicyTypes", Doc::List(enabled.collect())),
    ])
}

fn describe_account(organization: &Organization, account: &Account) -> Doc {
    let (status, state) = match account.state {
        AccountState::Active => ("ACTIVE", "ACTIVE"),
        AccountState::Suspended => ("SUSPENDED", "SUSPENDED"),
        AccountState::PendingClosure => ("PENDING_CLOSURE", "PENDING_CLOSURE"),
    };
    let joined = if account.id == organization.management { "INVITED" } else { "CREATED" };
    let (management, organization) = (&organization.management, &organization.id);
    Doc::map([
        ("Id", Doc::from(account.id.as_str())),
        ("Arn", Doc::from(format!("arn:aws:organizations::{management}:account/{organization}/{}", account.id))),
        ("Email", Doc::from(account.email.as_str())),
        ("Name", Doc::from(account.name.as_str())),
        ("Status", Doc::from(status)),
        ("State", Doc::from(state)),
        ("JoinedMethod", Doc::from(joined)),
        ("JoinedTimestamp", Doc::Double(JOINED)),
    ])
}

fn describe_one(organization: &Organization, id: &str) -> Result<Doc, ApiError> {
    let account = organization.account(id).ok_or_else(|| {
        ApiError::new(400, "AccountNotFoundException", "You specified an account that doesn't exist.")
    })?;
    Ok(Doc::map([("Account", describe_account(organization, account))]))
}

/// Of one service, or of any. A suspended account stays one.
fn administrators(organization: &Organization, service: &str) -> Doc {
    let is_one = |account: &&Account| {
        // The management account cannot be registered; a service may have it for its administrator all the same.
        if account.id == organization.management {
            return false;
        }
        let mut of_account = organization.delegated.iter().filter(|(_, id)| *id == account.id);
        of_account.any(|(principal, _)| service.is_empty() || principal == service)
    };
    let each = organization.accounts.iter().filter(is_one).map(|account| {
        let mut described = describe_account(organization, account);
        if let Doc::Map(members) = &mut described {
            members.insert("DelegationEnabledDate", Doc::Double(JOINED));
        }
        described
    });
    Doc::List(each.collect())
}

fn services_of(organization: &Organization, account: &str) -> Result<Doc, ApiError> {
    let services: Vec<Doc> = organization
        .delegated
        .iter()
        .filter(|(_, id)| id == account)
        .map(|(principal, _)| {
            let enabled = ("DelegationEnabledDate", Doc::Double(JOINED));
            Doc::map([("ServicePrincipal", Doc::from(principal.as_str())), enabled])
        })
        .collect();
    if services.is_empty() {
        let message = "The provided account is not a registered delegated administrator for your organization.";
        return Err(ApiError::new(400, "AccountNotRegisteredException", message));
    }
    Ok(Doc::map([("DelegatedServices", Doc::List(services))]))
}

fn describe_unit(organization: &Organization, unit: &Unit) -> Doc {
    let (management, id) = (&organization.management, &organization.id);
    Doc::map([
        ("Id", Doc::from(unit.id.as_str())),
        ("Arn", Doc::from(format!("arn:aws:organizations::{management}:ou/{id}/{}", unit.id))),
        ("Name", Doc::from(unit.name.as_str())),
    ])
}

fn parent_exists(organization: &Organization, parent: &str) -> Result<(), ApiError> {
    if parent == organization.root || organization.units.iter().any(|unit| unit.id == parent) {
        return Ok(());
    }
    let message = "You specified parent that doesn't exist.";
    Err(ApiError::new(400, "ParentNotFoundException", message))
}

fn list_parents(organization: &Organization, child: &str) -> Result<Doc, ApiError> {
    let unit = organization.units.iter().find(|unit| unit.id == child).map(|unit| &unit.parent);
    let parent = unit.or_else(|| organization.account(child).map(|account| &account.parent));
    let parent = parent
        .ok_or_else(|| ApiError::new(400, "ChildNotFoundException", "You specified a child that doesn't exist."))?;
    let kind = if *parent == organization.root { "ROOT" } else { "ORGANIZATIONAL_UNIT" };
    let parent = Doc::map([("Id", Doc::from(parent.as_str())), ("Type", Doc::from(kind))]);
    Ok(Doc::map([("Parents", Doc::List(vec![parent]))]))
}

fn tags(organization: &Organization, id: &str) -> Doc {
    let tags = organization.account(id).into_iter().flat_map(|account| &account.tags);
    Doc::List(
        tags.map(|(key, value)| Doc::map([("Key", Doc::from(key.as_str())), ("Value", Doc::from(value.as_str()))]))
            .collect(),
    )
}

fn policies(organization: &Organization, kind: &str, target: Option<&str>) -> Doc {
    let is_wanted = |policy: &&Policy| {
        policy.kind == kind && target.is_none_or(|target| policy.targets.iter().any(|id| id == target))
    };
    let docs = organization.policies.iter().filter(is_wanted).map(|policy| summary(organization, policy));
    Doc::List(docs.collect())
}

fn summary(organization: &Organization, policy: &Policy) -> Doc {
    let owner = if policy.is_aws_managed { "aws" } else { organization.management.as_str() };
    let kind_path = policy.kind.to_lowercase();
    let path = if policy.is_aws_managed { String::new() } else { format!("{}/", organization.id) };
    Doc::map([
        ("Id", Doc::from(policy.id.as_str())),
        ("Arn", Doc::from(format!("arn:aws:organizations::{owner}:policy/{path}{kind_path}/{}", policy.id))),
        ("Name", Doc::from(policy.name.as_str())),
        ("Description", Doc::from("")),
        ("Type", Doc::from(policy.kind.as_str())),
        ("AwsManaged", Doc::Bool(policy.is_aws_managed)),
    ])
}

fn find_policy<'a>(organization: &'a Organization, id: &str) -> Result<&'a Policy, ApiError> {
    let found = organization.policies.iter().find(|policy| policy.id == id);
    found.ok_or_else(|| ApiError::new(400, "PolicyNotFoundException", "You specified a policy that doesn't exist."))
}

fn describe_policy(organization: &Organization, id: &str) -> Result<Doc, ApiError> {
    let policy = find_policy(organization, id)?;
    let content = Doc::from(policy.content.as_str());
    let described = Doc::map([("PolicySummary", summary(organization, policy)), ("Content", content)]);
    Ok(Doc::map([("Policy", described)]))
}

fn targets(organization: &Organization, policy: &str) -> Result<Doc, ApiError> {
    let policy = find_policy(organization, policy)?;
    // AWS attaches its own policy to everything that joins.
    let everything = || {
        let units = organization.units.iter().map(|unit| &unit.id);
        std::iter::once(&organization.root).chain(units).chain(organization.accounts.iter().map(|account| &account.id))
    };
    let targets: Vec<&String> =
        if policy.is_aws_managed { everything().collect() } else { policy.targets.iter().collect() };
    let docs = targets.into_iter().map(|target| {
        let (kind, name) = if *target == organization.root {
            ("ROOT", "Root")
        } else if let Some(account) = organization.account(target) {
            ("ACCOUNT", account.name.as_str())
        } else {
            let unit = organization.units.iter().find(|unit| unit.id == *target);
            ("ORGANIZATIONAL_UNIT", unit.map_or("", |unit| unit.name.as_str()))
        };
        let arn = format!("arn:aws:organizations::{}:target/{target}", organization.management);
        Doc::map([
            ("TargetId", Doc::from(target.as_str())),
            ("Arn", Doc::from(arn)),
            ("Name", Doc::from(name)),
            ("Type", Doc::from(kind)),
        ])
    });
    Ok(Doc::map([("Targets", Doc::List(docs.collect()))]))
}
