//! The organizations that come with the simulator: the demo's, the single account, the generated one.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::blueprint::document;
use super::organization::{AccountState, Organization, Policy, RoleState};
use super::{Flaws, Size, Stock};

/// Accounts of the demo: id, name, unit, flaws in a thousand, owner.
const ACCOUNTS: [(&str, &str, &str, u64, &str); 11] = [
    ("210000000002", "log-archive", "Security", 15, "security"),
    ("210000000003", "security-tooling", "Security", 15, "security"),
    ("210000000004", "network-hub", "Infrastructure", 40, "platform"),
    ("210000000005", "shared-services", "Infrastructure", 60, "platform"),
    ("210000000006", "webshop-prod", "Prod", 50, "shop"),
    ("210000000007", "payments-prod", "Prod", 25, "payments"),
    ("210000000008", "webshop-dev", "Dev", 170, "shop"),
    ("210000000009", "payments-dev", "Dev", 130, "payments"),
    ("210000000010", "sandbox-research", "Sandbox", 380, "research"),
    ("210000000011", "acquired-retailer", "Workloads", 450, "unknown"),
    ("210000000012", "legacy-crm", "Suspended", 500, "sales"),
];
/// Units of the demo and the unit above each.
const UNITS: [(&str, &str); 7] = [
    ("Security", ""),
    ("Infrastructure", ""),
    ("Workloads", ""),
    ("Prod", "Workloads"),
    ("Dev", "Workloads"),
    ("Sandbox", ""),
    ("Suspended", ""),
];
const MANAGEMENT: &str = "210000000001";
const REGIONS: [&str; 17] = [
    "us-east-1",
    "eu-west-1",
    "eu-central-1",
    "us-east-2",
    "us-west-2",
    "us-west-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ca-central-1",
    "eu-west-2",
    "eu-west-3",
    "eu-north-1",
    "sa-east-1",
];

/// Kinds of accounts in a generated organization: a multiple of the stages, of which each kind has one.
const KINDS: usize = 12;

/// Accounts of the demo, the management account included.
pub(super) const DEMO_ACCOUNTS: usize = ACCOUNTS.len() + 1;
/// The demo's seed.
pub(super) const DEMO_SEED: u64 = 7;

/// The demo's organization and how its accounts are kept.
pub(super) fn organization(accounts: usize, seed: u64) -> (Organization, Flaws) {
    let mut organization = Organization::new(MANAGEMENT, &REGIONS[..3]);
    for (unit, parent) in UNITS {
        organization.add_unit(unit, parent);
    }
    let mut per_thousand = BTreeMap::from([(MANAGEMENT.to_owned(), 30)]);
    for (id, name, unit, flaws, owner) in ACCOUNTS.into_iter().take(accounts.saturating_sub(1)) {
        let account = organization.add_account(id, name, unit);
        account.tags.insert("Owner".to_owned(), format!("{owner}@example.com"));
        account.tags.insert("CostCenter".to_owned(), format!("CC-{}", &id[9..]));
        match name {
            "legacy-crm" => account.state = AccountState::Suspended,
            "acquired-retailer" => account.role = RoleState::Refused,
            "payments-prod" => account.opted_in.push("me-south-1".to_owned()),
            "sandbox-research" => {
                let formula = "=HYPERLINK(\"http://evil.example\",\"<b>click</b>\")";
                account.tags.insert("Purpose".to_owned(), formula.to_owned());
            }
            _ => {}
        }
        per_thousand.insert(id.to_owned(), flaws);
    }
    for number in DEMO_ACCOUNTS + 1..=accounts {
        let (stage, unit, flaws) = [("prod", "Prod", 40), ("dev", "Dev", 120), ("sandbox", "Sandbox", 300)][number % 3];
        let id = format!("21{number:010}");
        organization.add_account(&id, &format!("team-{number:03}-{stage}"), unit);
        per_thousand.insert(id, flaws);
    }
    add_policies(&mut organization);
    if accounts > 2 {
        delegate(&mut organization, ACCOUNTS[1].0);
    }
    (organization, Flaws::Sometimes { seed, per_thousand, otherwise: 100 })
}

/// A guardrail on the root, a tag policy, and what every account is to have of AI services and of EC2.
fn add_policies(organization: &mut Organization) {
    let root = organization.root.clone();
    let mut add = |id: &str, name: &str, kind: &str, content: Value| {
        organization.policies.push(Policy {
            id: id.to_owned(),
            name: name.to_owned(),
            kind: kind.to_owned(),
            is_aws_managed: false,
            content: content.to_string(),
            targets: vec![root.clone()],
        });
    };
    let stay = json!({ "Effect": "Deny", "Action": "organizations:LeaveOrganization", "Resource": "*" });
    let records = json!({
        "Sid": "KeepRecords", "Effect": "Deny", "Resource": "*",
        "Action": ["cloudtrail:DeleteTrail", "cloudtrail:StopLogging", "cloudtrail:UpdateTrail", "config:Delete*", "config:Stop*"],
        "Condition": { "ArnNotLike": { "aws:PrincipalArn": "arn:aws:iam::*:role/landing-zone" } },
    });
    let guardrail = json!({ "Version": "2012-10-17", "Statement": [stay, records] });
    let owner = json!({ "tags": { "Owner": { "tag_key": { "@@assign": "Owner" } } } });
    add("p-guardrail01", "DenyLeavingOrganization", "SERVICE_CONTROL_POLICY", guardrail);
    add("p-tagpolicy1", "RequiredTags", "TAG_POLICY", owner);
    let is = |value: &str| json!({ "@@assign": value });
    let opt_out = json!({ "services": { "default": { "opt_out_policy": is("optOut") } } });
    let ec2 = json!({ "ec2_attributes": {
        "snapshot_block_public_access": { "state": is("block_all_sharing") },
        "image_block_public_access": { "state": is("block_new_sharing") },
        "instance_metadata_defaults": { "http_tokens": is("required") },
    } });
    add("p-aioptout01", "AiOptOut", "AISERVICES_OPT_OUT_POLICY", opt_out);
    add("p-ec2decl001", "Ec2Declared", "DECLARATIVE_POLICY_EC2", ec2);
}

/// One account administers the services that look at all of them.
fn delegate(organization: &mut Organization, account: &str) {
    for service in ["access-analyzer.amazonaws.com", "guardduty.amazonaws.com", "securityhub.amazonaws.com"] {
        organization.delegate(service, account);
    }
}

/// Tags and names that attack whoever prints them: markup, a spreadsheet formula, terminal escapes.
pub(super) fn hostile_names() -> Stock {
    let mut stock = Stock::default();
    let tag = |key: &str, value: &str| json!({ "Key": key, "Value": value });
    let volume = json!({
        "VolumeId": "vol-0bad0bad0bad0bad0", "Size": 8, "VolumeType": "gp2", "State": "available", "Encrypted": false,
        "CreateTime": "2026-01-01T00:00:00Z", "AvailabilityZone": "us-east-1a",
        "Tags": [tag("Name", "<script>alert('volume')</script>"), tag("Owner", "=cmd|' /C calc'!A0")],
    });
    let group = json!({
        "GroupId": "sg-0bad0bad0bad0bad0", "GroupName": "\u{1b}[31mred\u{1b}[0m \u{202e}desrever", "VpcId": "vpc-0bad",
        "OwnerId": "210000000010", "Description": "<img src=x onerror=alert(1)>",
        "IpPermissions": [{ "IpProtocol": "-1", "IpRanges": [{ "CidrIp": "0.0.0.0/0", "Description": "+1+1" }] }],
        "IpPermissionsEgress": [], "Tags": [tag("Name", "-2+3"), tag("Owner", "a,\"b\"\r\nc")],
    });
    stock.put("210000000010", "us-east-1", "AWS::EC2::Volume", document(volume));
    stock.put("210000000010", "us-east-1", "AWS::EC2::SecurityGroup", document(group));
    stock
}

/// One account in use and one that was closed, with all policies in place or none.
pub(super) fn single(is_compliant: bool) -> Organization {
    let mut organization = Organization::new(MANAGEMENT, &REGIONS[..1]);
    let (id, name, ..) = ACCOUNTS[10];
    organization.add_account(id, name, "").state = AccountState::Suspended;
    organization.has_all_features = is_compliant;
    if is_compliant {
        add_policies(&mut organization);
        organization.delegate("guardduty.amazonaws.com", MANAGEMENT);
    }
    organization
}

/// Units of twenty accounts, in units of five units. Accounts are copies of the first [`KINDS`] but for their ids, which
/// stand in their names.
pub(super) fn generated(size: Size) -> Organization {
    let mut organization = Organization::new("200000000000", &REGIONS[..size.regions.clamp(1, REGIONS.len())]);
    add_policies(&mut organization);
    for number in 1..size.accounts.max(1) {
        let (division, team) = (format!("division-{}", number / 100), format!("team-{}", number / 20));
        if number == 1 || number % 100 == 0 {
            organization.add_unit(&division, "");
        }
        if number % 20 == 0 || number == 1 {
            organization.add_unit(&team, &division);
        }
        let stage = ["prod", "staging", "dev"][number % 3];
        let id = |number: usize| format!("2{number:011}");
        let account = organization.add_account(&id(number), &format!("workload-{}-{stage}", id(number)), &team);
        account.kind = Some(id((number - 1) % KINDS + 1));
        if number == 1 {
            delegate(&mut organization, &id(1));
        }
    }
    organization
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_demo_of_any_size_has_that_many_different_accounts() {
        for accounts in [2, DEMO_ACCOUNTS, DEMO_ACCOUNTS + 1, 40] {
            let (organization, _) = organization(accounts, DEMO_SEED);
            let ids: BTreeSet<&str> = organization.accounts.iter().map(|account| &*account.id).collect();
            assert_eq!(ids.len(), accounts);
        }
    }
}
