//! Plans of AWS Backup, and what they take: all volumes, databases and tables, but for those that a flaw leaves out.

use serde_json::{Value, json};

use super::{Site, compute, data};

/// A control, the type that it is about, and what names a resource of it.
const COVERED: [(&str, &str, &str); 3] = [
    ("dynamodb-table-in-backup-plan", "AWS::DynamoDB::Table", "TableName"),
    ("ec2-volume-in-backup-plan", "AWS::EC2::Volume", "VolumeId"),
    ("rds-instance-in-backup-plan", "AWS::RDS::DBInstance", "DBInstanceIdentifier"),
];

const PLAN: &str = "8f81f553-3a74-4a3f-b93d-b3360dc80c50";

pub(super) fn resources(site: &Site<'_>, type_name: &str) -> Option<Vec<Value>> {
    Some(match type_name {
        "Plumbline::Backup::RegionSettings" => vec![json!({
            "OptIn": { "DynamoDB": true, "EBS": true, "EC2": true, "EFS": true, "RDS": true, "S3": false },
        })],
        "AWS::Backup::BackupPlan" => vec![json!({
            "BackupPlanArn": site.arn("backup", &format!("backup-plan:{PLAN}")), "BackupPlanId": PLAN,
            "BackupPlanName": "daily", "CreationDate": site.days_ago(400), "LastExecutionDate": site.days_ago(1),
            "VersionId": "Y2RhYmMxMjMtMDAwMC00MDAwLTgwMDAtMDAwMDAwMDAwMDAw",
        })],
        "AWS::Backup::BackupSelection" => vec![
            selection(site, "everything", json!({ "Resources": kinds(), "NotResources": left_out(site) })),
            selection(
                site,
                "by-tag",
                json!({
                    "Resources": [], "NotResources": left_out(site),
                    "ListOfTags": [{ "ConditionType": "STRINGEQUALS", "ConditionKey": "backup", "ConditionValue": "hourly" }],
                }),
            ),
        ],
        "Plumbline::Backup::ProtectedResource" => site
            .names(&["carts", "sessions", "inventory"])
            .iter()
            .map(|name| {
                json!({
                    "ResourceArn": site.arn("dynamodb", &format!("table/{name}")), "ResourceType": "DynamoDB",
                    "ResourceName": name, "LastBackupTime": site.days_ago(1),
                })
            })
            .collect(),
        _ => return None,
    })
}

/// How ARNs of each type are written in a selection.
fn kinds() -> Value {
    json!(["arn:aws:dynamodb:*:*:table/*", "arn:aws:ec2:*:*:volume/*", "arn:aws:rds:*:*:db:*"])
}

fn selection(site: &Site<'_>, name: &str, mut what: Value) -> Value {
    let role = format!("arn:aws:iam::{}:role/service-role/AWSBackupDefaultServiceRole", site.account);
    what["SelectionName"] = json!(name);
    what["IamRoleArn"] = json!(role);
    json!({
        "SelectionId": format!("{name}-0000-4000-8000-000000000000"), "SelectionName": name, "BackupPlanId": PLAN,
        "CreationDate": site.days_ago(400), "IamRoleArn": role, "Selection": what,
    })
}

/// What the plan leaves out.
fn left_out(site: &Site<'_>) -> Vec<String> {
    let mut arns = Vec::new();
    for (control, type_name, member) in COVERED {
        let resources = data::resources(site, type_name).or_else(|| compute::resources(site, type_name));
        let names = resources.into_iter().flatten().filter_map(|each| each[member].as_str().map(str::to_owned));
        arns.extend(names.filter(|name| site.flawed(control, name)).map(|name| match type_name {
            "AWS::DynamoDB::Table" => site.arn("dynamodb", &format!("table/{name}")),
            "AWS::EC2::Volume" => site.arn("ec2", &format!("volume/{name}")),
            _ => site.arn("rds", &format!("db:{name}")),
        }));
    }
    arns
}
