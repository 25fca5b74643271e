//! What the caller of a scan may do besides reading accounts: see the organization, and enter member accounts. The roles
//! of coordinator and agents in the audit account, and the delegation of the management account, are generated from it
//! (`deploy/cloudformation/audit-roles.yaml`, `delegation.yaml`). That a scan uses exactly this is tested beside the scan.

use super::template::{actions_of, managed_policy, statement};

/// What the coordinator asks of AWS Organizations, in the management account or where that has delegated it.
pub const ORGANIZATION_READS: &[&str] = &[
    "organizations:DescribeOrganization",
    "organizations:DescribePolicy",
    "organizations:ListAccounts",
    "organizations:ListAccountsForParent",
    "organizations:ListDelegatedAdministrators",
    "organizations:ListDelegatedServicesForAccount",
    "organizations:ListOrganizationalUnitsForParent",
    "organizations:ListPolicies",
    "organizations:ListRoots",
    "organizations:ListTagsForResource",
    "organizations:ListTargetsForPolicy",
];

/// What the coordinator asks for the Regions of accounts.
pub const REGION_READS: &[&str] = &["account:ListRegions", "ec2:DescribeRegions"];

/// What an agent may do to the role of member accounts. STS checks the last two while it answers the first.
pub const MEMBER_ENTRY: &[&str] = &["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"];

/// The template of the roles of coordinator and agents.
#[must_use]
pub fn audit_roles() -> String {
    let mut text = include_str!("audit_roles_head.yaml").to_owned();
    managed_policy(&mut text, "SeeTheOrganization", "CoordinatorRole", "What the coordinator of Plumbline plans from");
    statement(&mut text, "SeeTheOrganization", "Allow", ORGANIZATION_READS.iter().copied());
    statement(&mut text, "SeeWhichRegionsAreEnabled", "Allow", REGION_READS.iter().copied());
    let description = "The one thing that an agent of Plumbline may do by itself";
    managed_policy(&mut text, "EnterMemberAccounts", "AgentRole", description);
    actions_of(&mut text, "EnterMemberAccounts", "Allow", MEMBER_ENTRY.iter().copied());
    text.push_str(include_str!("audit_roles_tail.yaml"));
    text
}

/// The template by which the management account lets the audit account see the organization.
#[must_use]
pub fn delegation() -> String {
    let mut text = include_str!("delegation_head.yaml").to_owned();
    ORGANIZATION_READS.iter().for_each(|action| {
        text.push_str("              - ");
        text.push_str(action);
        text.push('\n');
    });
    text.push_str("            Resource: \"*\"\n");
    text
}
