//! KMS keys, databases, tables, queues, secrets.

use serde_json::{Value, json};

use super::Site;
use super::audit::{ALARM_KEY, has_trail_here};
use super::routing::PUBLIC;

pub(super) fn resources(site: &Site<'_>, type_name: &str) -> Option<Vec<Value>> {
    let each = |names: &[&str], make: fn(&Site<'_>, &str) -> Value| -> Vec<Value> {
        site.names(names).iter().map(|name| make(site, name)).collect()
    };
    Some(match type_name {
        "AWS::KMS::Key" => keys(site),
        "AWS::RDS::DBInstance" => each(&["orders", "customers", "reporting"], database),
        "AWS::RDS::DBParameterGroup" => {
            vec![parameter_group(site, GROUPS[0], "1"), parameter_group(site, GROUPS[1], "0")]
        }
        "AWS::RDS::DBCluster" => Vec::new(),
        "AWS::DynamoDB::Table" => each(&["carts", "sessions", "inventory"], table),
        "AWS::SQS::Queue" => each(&["orders", "mail", "orders-dead-letter"], queue),
        "AWS::SecretsManager::Secret" => each(&["prod/orders/db", "github-token", "stripe-key"], secret),
        "AWS::Kinesis::Stream" => each(&["clicks", "orders"], stream),
        "AWS::EFS::FileSystem" => each(&["home", "media"], file_system),
        _ => return None,
    })
}

/// A stream as its CloudFormation schema describes it.
fn stream(site: &Site<'_>, name: &str) -> Value {
    let encryption = json!({ "EncryptionType": "KMS", "KeyId": site.arn("kms", "key/streams") });
    json!({
        "Name": name, "Arn": site.arn("kinesis", &format!("stream/{name}")), "RetentionPeriodHours": 48,
        "StreamModeDetails": { "StreamMode": "ON_DEMAND" }, "Tags": site.tags(name),
        "StreamEncryption": if site.flawed("kinesis-stream-encrypted", name) { Value::Null } else { encryption },
    })
}

/// A file system as AWS Config records it.
fn file_system(site: &Site<'_>, name: &str) -> Value {
    let id = site.id("fs", name);
    json!({
        "FileSystemId": id, "Arn": site.arn("elasticfilesystem", &format!("file-system/{id}")),
        "Encrypted": !site.flawed("efs-file-system-encrypted", name), "PerformanceMode": "generalPurpose",
    })
}

/// The account's own keys, one that AWS manages and one that cannot be rotated.
fn keys(site: &Site<'_>) -> Vec<Value> {
    let mut keys: Vec<Value> = site
        .names(&["data", "backup", "logs"])
        .iter()
        .map(|name| key(site, name, "CUSTOMER", "SYMMETRIC_DEFAULT"))
        .collect();
    keys.push(key(site, "aws-managed-ebs", "AWS", "SYMMETRIC_DEFAULT"));
    keys.push(key(site, "signing", "CUSTOMER", "RSA_2048"));
    keys.extend(has_trail_here(site).then(|| alarm_key(site)));
    keys
}

fn key(site: &Site<'_>, name: &str, manager: &str, spec: &str) -> Value {
    let hash = crate::chance::stable_hash(&[site.kind, site.region, name]);
    let id = format!("{:08x}-0000-4000-8000-{:012x}", (hash >> 32) as u32, hash & 0xffff_ffff_ffff);
    let arn = site.arn("kms", &format!("key/{id}"));
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "Enable IAM User Permissions", "Effect": "Allow", "Action": "kms:*", "Resource": "*",
            "Principal": { "AWS": format!("arn:aws:iam::{}:root", site.account) },
        }],
    });
    let outside = manager != "AWS" && site.flawed("kms-key-grants-known", name);
    let grantee = format!("arn:aws:iam::{}:role/backup", if outside { "999999999999" } else { site.account });
    let grant = |id: &str, grantee: &str, operations: &[&str]| {
        json!({
            "KeyId": arn, "GrantId": format!("{id}{hash:016x}"), "GranteePrincipal": grantee, "Operations": operations,
            "IssuingAccount": format!("arn:aws:iam::{}:root", site.account), "CreationDate": site.days_ago(90),
        })
    };
    let service = format!("dynamodb.{}.amazonaws.com", site.region);
    let grants = [grant("a", &service, &["Encrypt", "Decrypt", "DescribeKey"]), grant("b", &grantee, &["Decrypt"])];
    json!({
        "KeyId": id, "KeyArn": arn, "Grants": grants,
        "Metadata": {
            "AWSAccountId": site.account, "KeyId": id, "Arn": arn, "CreationDate": site.days_ago(400), "Enabled": true,
            "Description": name, "KeyUsage": if spec == "RSA_2048" { "SIGN_VERIFY" } else { "ENCRYPT_DECRYPT" },
            "KeyState": "Enabled", "Origin": "AWS_KMS", "KeyManager": manager, "CustomerMasterKeySpec": spec,
            "KeySpec": spec, "MultiRegion": false,
        },
        "Rotation": manager == "AWS" || !site.flawed("kms-key-rotation", name),
        "Policy": policy.to_string(), "Tags": site.tags(name),
    })
}

/// The key of the topic that alarms notify: CloudWatch has to be let in.
fn alarm_key(site: &Site<'_>) -> Value {
    let mut key = key(site, "alarms", "CUSTOMER", "SYMMETRIC_DEFAULT");
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Enable IAM User Permissions", "Effect": "Allow", "Action": "kms:*", "Resource": "*",
                "Principal": { "AWS": format!("arn:aws:iam::{}:root", site.account) },
            },
            {
                "Sid": "Alarms", "Effect": "Allow", "Principal": { "Service": "cloudwatch.amazonaws.com" },
                "Action": ["kms:Decrypt", "kms:GenerateDataKey*"], "Resource": "*",
                "Condition": { "StringEquals": { "aws:SourceAccount": site.account } },
            },
        ],
    });
    key["Policy"] = json!(policy.to_string());
    key["Alias"] = json!(ALARM_KEY);
    key
}

/// The group whose instances ask for TLS, and one that leaves it open.
const GROUPS: [&str; 2] = ["tls-postgres17", "legacy-postgres17"];

fn parameter_group(site: &Site<'_>, name: &str, forces_tls: &str) -> Value {
    json!({
        "DBParameterGroupName": name, "DBParameterGroupFamily": "postgres17", "Description": name,
        "DBParameterGroupArn": site.arn("rds", &format!("pg:{name}")),
        "Parameters": [
            { "ParameterName": "log_statement", "ParameterValue": "ddl", "Source": "user", "ApplyType": "dynamic" },
            { "ParameterName": "rds.force_ssl", "ParameterValue": forces_tls, "Source": "user", "ApplyType": "dynamic" },
        ],
    })
}

fn database(site: &Site<'_>, name: &str) -> Value {
    let group = GROUPS[usize::from(site.flawed("rds-instance-tls-required", name))];
    let subnet = if site.flawed("rds-instance-private-subnets", name) { PUBLIC } else { "private" };
    let is_encrypted = !site.flawed("rds-instance-encrypted", name);
    json!({
        "DBInstanceIdentifier": name, "DBInstanceArn": site.arn("rds", &format!("db:{name}")),
        "DBInstanceClass": "db.m7g.large", "Engine": "postgres", "EngineVersion": "17.2",
        "DBInstanceStatus": "available", "MasterUsername": "app", "AllocatedStorage": 200,
        "InstanceCreateTime": site.days_ago(300), "BackupRetentionPeriod": 14, "MultiAZ": true,
        "AutoMinorVersionUpgrade": true, "StorageEncrypted": is_encrypted,
        "KmsKeyId": if is_encrypted { json!(site.arn("kms", "key/rds")) } else { Value::Null },
        "PubliclyAccessible": site.flawed("rds-instance-not-public", name), "DeletionProtection": true,
        "IAMDatabaseAuthenticationEnabled": true, "DbiResourceId": format!("db-{}", name.to_uppercase()),
        "Endpoint": { "Address": format!("{name}.abc.{}.rds.amazonaws.com", site.region), "Port": 5432 },
        "VpcSecurityGroups": [{ "VpcSecurityGroupId": site.id("sg", "database"), "Status": "active" }],
        "DBParameterGroups": [{ "DBParameterGroupName": group, "ParameterApplyStatus": "in-sync" }],
        "DBSubnetGroup": {
            "DBSubnetGroupName": subnet, "VpcId": site.id("vpc", "main"), "SubnetGroupStatus": "Complete",
            "Subnets": [{ "SubnetIdentifier": site.id("subnet", subnet), "SubnetStatus": "Active" }],
        },
        "TagList": site.tags(name),
    })
}

fn table(site: &Site<'_>, name: &str) -> Value {
    let has_recovery = !site.flawed("dynamodb-table-pitr", name);
    json!({
        "TableName": name, "TableArn": site.arn("dynamodb", &format!("table/{name}")), "TableStatus": "ACTIVE",
        "TableId": "f9c1a3d2-0000-4000-8000-000000000000", "CreationDateTime": site.days_ago(200),
        "ItemCount": 12_345, "TableSizeBytes": 987_654,
        "AttributeDefinitions": [{ "AttributeName": "id", "AttributeType": "S" }],
        "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }],
        "BillingModeSummary": { "BillingMode": "PAY_PER_REQUEST" }, "DeletionProtectionEnabled": true,
        "ContinuousBackups": {
            "ContinuousBackupsStatus": "ENABLED",
            "PointInTimeRecoveryDescription": {
                "PointInTimeRecoveryStatus": if has_recovery { "ENABLED" } else { "DISABLED" },
            },
        },
        "Tags": site.tags(name),
    })
}

fn queue(site: &Site<'_>, name: &str) -> Value {
    let arn = site.arn("sqs", name);
    let mut attributes = json!({
        "QueueArn": arn, "VisibilityTimeout": "30", "MaximumMessageSize": "262144",
        "MessageRetentionPeriod": "345600", "CreatedTimestamp": "1700000000", "DelaySeconds": "0",
        "SqsManagedSseEnabled": (!site.flawed("sqs-queue-encrypted", name)).to_string(),
    });
    if name.len().is_multiple_of(2) && !site.flawed("sqs-queue-encrypted", name) {
        attributes["SqsManagedSseEnabled"] = json!("false");
        attributes["KmsMasterKeyId"] = json!("alias/aws/sqs");
    }
    json!({
        "QueueUrl": format!("https://sqs.{}.amazonaws.com/{}/{name}", site.region, site.account),
        "Attributes": attributes, "Tags": site.tag_map(name),
    })
}

fn secret(site: &Site<'_>, name: &str) -> Value {
    let is_rotated = !site.flawed("secretsmanager-rotation", name);
    json!({
        "ARN": site.arn("secretsmanager", &format!("secret:{name}-AbCdEf")), "Name": name,
        "Description": format!("credentials of {name}"), "CreatedDate": site.days_ago(300),
        "LastChangedDate": site.days_ago(20), "LastAccessedDate": site.days_ago(1),
        "RotationEnabled": is_rotated,
        "RotationRules": if is_rotated { json!({ "AutomaticallyAfterDays": 30 }) } else { Value::Null },
        "RotationLambdaARN": if is_rotated { json!(site.arn("lambda", "function:rotate")) } else { Value::Null },
        "LastRotatedDate": if is_rotated { json!(site.days_ago(10)) } else { Value::Null },
        "SecretVersionsToStages": { "a1b2c3d4": ["AWSCURRENT"] }, "Tags": site.tags(name),
    })
}
