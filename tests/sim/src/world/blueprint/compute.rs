//! EC2 instances, volumes, snapshots, Lambda functions.

use serde_json::{Value, json};

use super::Site;

pub(super) fn resources(site: &Site<'_>, type_name: &str) -> Option<Vec<Value>> {
    Some(match type_name {
        "AWS::EC2::RegionSettings" => vec![json!({
            "EbsEncryptionByDefault": !site.flawed("ec2-ebs-encryption-by-default", site.region),
        })],
        "AWS::EC2::Instance" => names(site).iter().map(|name| instance(site, name)).collect(),
        "AWS::EC2::Volume" => names(site).iter().map(|name| volume(site, name)).collect(),
        "AWS::EC2::Snapshot" => names(site).iter().map(|name| snapshot(site, name)).collect(),
        "AWS::Lambda::Function" => site
            .names(&["checkout", "mailer", "thumbnails", "invoice-export"])
            .iter()
            .map(|name| function(site, name))
            .collect(),
        _ => return None,
    })
}

fn names(site: &Site<'_>) -> Vec<String> {
    site.names(&["web-1", "web-2", "worker-1", "ci-runner", "jump-host", "legacy-erp"])
}

fn instance(site: &Site<'_>, name: &str) -> Value {
    let is_flawed = site.flawed("ec2-instance-imdsv2", name);
    json!({
        "InstanceId": site.id("i", name), "ImageId": "ami-0123456789abcdef0", "InstanceType": "m7g.large",
        "State": { "Code": 16, "Name": "running" }, "LaunchTime": site.days_ago(30),
        "PrivateIpAddress": "10.0.0.12", "SubnetId": site.id("subnet", &site.id("vpc", "main")),
        "VpcId": site.id("vpc", "main"), "Architecture": "arm64", "RootDeviceType": "ebs",
        "RootDeviceName": "/dev/xvda", "EbsOptimized": true, "Monitoring": { "State": "enabled" },
        "MetadataOptions": {
            "State": "applied", "HttpTokens": if is_flawed { "optional" } else { "required" },
            "HttpPutResponseHopLimit": 1, "HttpEndpoint": "enabled", "HttpProtocolIpv6": "disabled",
            "InstanceMetadataTags": "disabled",
        },
        "SecurityGroups": [{ "GroupName": "app", "GroupId": site.id("sg", "app") }],
        "BlockDeviceMappings": [{
            "DeviceName": "/dev/xvda",
            "Ebs": { "VolumeId": site.id("vol", name), "Status": "attached", "DeleteOnTermination": true,
                     "AttachTime": site.days_ago(30) },
        }],
        "Tags": site.tags(name),
    })
}

fn volume(site: &Site<'_>, name: &str) -> Value {
    let is_encrypted = !site.flawed("ec2-volume-encrypted", name);
    json!({
        "VolumeId": site.id("vol", name), "Size": 100, "VolumeType": "gp3", "Iops": 3000, "Throughput": 125,
        "State": "in-use", "AvailabilityZone": format!("{}a", site.region), "Encrypted": is_encrypted,
        "KmsKeyId": if is_encrypted { json!(site.arn("kms", "key/ebs")) } else { Value::Null },
        "CreateTime": site.days_ago(30), "MultiAttachEnabled": false, "SnapshotId": "",
        "Attachments": [{
            "InstanceId": site.id("i", name), "VolumeId": site.id("vol", name), "Device": "/dev/xvda",
            "State": "attached", "AttachTime": site.days_ago(30), "DeleteOnTermination": true,
        }],
        "Tags": site.tags(name),
    })
}

fn snapshot(site: &Site<'_>, name: &str) -> Value {
    let is_public = site.flawed("ec2-snapshot-not-public", name);
    json!({
        "SnapshotId": site.id("snap", name), "VolumeId": site.id("vol", name), "VolumeSize": 100,
        "State": "completed", "Progress": "100%", "OwnerId": site.account, "Encrypted": !is_public,
        "StartTime": site.days_ago(7), "StorageTier": "standard", "Description": format!("nightly backup of {name}"),
        "CreateVolumePermissions": if is_public { json!([{ "Group": "all" }]) } else { json!([]) },
        "Tags": site.tags(name),
    })
}

fn function(site: &Site<'_>, name: &str) -> Value {
    let is_public = site.flawed("lambda-function-not-public", name);
    let runtime = if site.flawed("lambda-runtime-supported", name) { "python3.8" } else { "python3.13" };
    let arn = site.arn("lambda", &format!("function:{name}"));
    let everyone = json!({
        "Sid": "FunctionURLAllowPublicAccess", "Effect": "Allow", "Principal": "*", "Resource": arn,
        "Action": "lambda:InvokeFunction",
    });
    let gateway = json!({
        "Sid": "Gateway", "Effect": "Allow", "Principal": { "Service": "apigateway.amazonaws.com" }, "Resource": arn,
        "Action": "lambda:InvokeFunction",
        "Condition": { "ArnLike": { "AWS:SourceArn": site.arn("execute-api", "a1b2c3/*/GET/checkout") } },
    });
    let policy = json!({
        "Version": "2012-10-17", "Id": "default", "Statement": [if is_public { everyone } else { gateway }],
    });
    json!({
        "FunctionName": name, "FunctionArn": arn, "Runtime": runtime, "Handler": "app.handler", "CodeSize": 10_240,
        "Role": format!("arn:aws:iam::{}:role/{name}", site.account), "Timeout": 30, "MemorySize": 512,
        "LastModified": "2026-01-05T10:00:00.000+0000", "CodeSha256": "c2ltdWxhdGVk", "Version": "$LATEST",
        "Environment": { "Variables": { "STAGE": site.environment(), "DB_PASSWORD": "correct-horse-battery-staple" } },
        "TracingConfig": { "Mode": "Active" }, "RevisionId": "d0a1c2b3", "PackageType": "Zip",
        "Architectures": ["arm64"], "State": "Active", "LastUpdateStatus": "Successful",
        "Policy": if is_public || name.len().is_multiple_of(2) { policy } else { Value::Null },
        // The first function is deployed by moving an alias.
        "Aliases": if name == "checkout" { json!([alias(site, &arn)]) } else { json!([]) },
        "Tags": site.tag_map(name),
    })
}

/// An alias, with a policy of its own.
fn alias(site: &Site<'_>, function: &str) -> Value {
    let arn = format!("{function}:live");
    let caller =
        if site.flawed("lambda-function-not-public", "live") { json!("*") } else { json!({ "AWS": site.account }) };
    let statement = json!({
        "Sid": "Invoke", "Effect": "Allow", "Principal": caller, "Resource": arn, "Action": "lambda:InvokeFunction",
    });
    json!({
        "Name": "live", "AliasArn": arn, "FunctionVersion": "7", "Description": "", "RevisionId": "a1b2c3d4",
        "Policy": { "Version": "2012-10-17", "Id": "default", "Statement": [statement] },
    })
}
