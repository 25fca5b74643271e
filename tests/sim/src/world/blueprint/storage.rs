//! S3 buckets and access points.

use serde_json::{Value, json};

use super::Site;

pub(super) fn resources(site: &Site<'_>, type_name: &str) -> Option<Vec<Value>> {
    Some(match type_name {
        "AWS::S3::Bucket" => buckets(site),
        "AWS::S3::AccessPoint" => access_points(site),
        "AWS::S3::MultiRegionAccessPoint" => multi_region_access_points(site),
        _ => return None,
    })
}

/// The bucket that receives the trail, in the Region where the trail lives.
pub(super) fn log_bucket_name(site: &Site<'_>) -> String {
    format!("example-{}-cloudtrail-logs", site.account)
}

fn access_log_bucket_name(site: &Site<'_>) -> String {
    format!("example-{}-access-logs-{}", site.account, site.region)
}

fn buckets(site: &Site<'_>) -> Vec<Value> {
    let ordinary = site.names(&["assets", "uploads", "reports", "backups", "exports", "static-site", "data-lake"]);
    let ordinary = ordinary.iter().map(|name| format!("example-{}-{name}-{}", site.account_name, site.region));
    let has_trail = site.is_home() && super::audit::keeps_trail(site);
    let names =
        has_trail.then(|| log_bucket_name(site)).into_iter().chain([access_log_bucket_name(site)]).chain(ordinary);
    names.map(|name| bucket(site, &name)).collect()
}

fn bucket(site: &Site<'_>, name: &str) -> Value {
    let flawed = |control: &str| site.flawed(control, name);
    let is_trail_bucket = name == log_bucket_name(site);
    let is_versioned = !flawed("s3-bucket-versioned");
    let block = !flawed("s3-bucket-public-access-blocked");
    let tags = site.tags(name);
    let is_locked = is_versioned && !flawed("s3-log-bucket-object-lock");
    let is_replicated = is_versioned && !flawed("s3-log-bucket-replicated");
    json!({
        "Name": name, "CreationDate": site.days_ago(600), "BucketRegion": site.region,
        "BucketArn": format!("arn:aws:s3:::{name}"),
        "Policy": policy(site, name, is_trail_bucket),
        "Encryption": if flawed("s3-bucket-encrypted") { Value::Null } else { json!({
            "Rules": [{ "ApplyServerSideEncryptionByDefault": { "SSEAlgorithm": "aws:kms",
                "KMSMasterKeyID": site.arn("kms", "alias/data") }, "BucketKeyEnabled": true }],
        }) },
        "Versioning": if is_versioned { json!({ "Status": "Enabled", "MFADelete": "Disabled" }) } else { json!({}) },
        "Logging": if flawed("s3-bucket-access-logged") { json!({}) } else { json!({
            "LoggingEnabled": { "TargetBucket": access_log_bucket_name(site), "TargetPrefix": format!("{name}/") },
        }) },
        "PublicAccessBlock": if flawed("s3-bucket-public-access-blocked") && flawed("tags-required") { Value::Null } else { json!({
            "BlockPublicAcls": block, "IgnorePublicAcls": block, "BlockPublicPolicy": block, "RestrictPublicBuckets": block,
        }) },
        "TagSet": if tags == json!([]) { Value::Null } else { tags },
        "ObjectLock": if is_locked { json!({
            "ObjectLockEnabled": "Enabled",
            "Rule": { "DefaultRetention": { "Mode": "COMPLIANCE", "Days": 365 } },
        }) } else { Value::Null },
        "Replication": if is_replicated { json!({
            "Role": format!("arn:aws:iam::{}:role/replication", site.account),
            "Rules": [{ "ID": "all", "Priority": 1, "Filter": { "Prefix": "" }, "Status": "Enabled",
                "SourceSelectionCriteria": { "SseKmsEncryptedObjects": { "Status": "Enabled" } },
                "Destination": { "Bucket": format!("arn:aws:s3:::{name}-replica"), "Account": site.management,
                    "EncryptionConfiguration": { "ReplicaKmsKeyID": site.arn("kms", "alias/replica") } },
                "DeleteMarkerReplication": { "Status": "Disabled" } }],
        }) } else { Value::Null },
        "OwnershipControls": { "Rules": [{ "ObjectOwnership": "BucketOwnerEnforced" }] },
        "Acl": acl(site, is_trail_bucket && flawed("cloudtrail-bucket-not-public")),
    })
}

/// One to the bucket of access logs, which its policy does not leave to it.
fn access_points(site: &Site<'_>) -> Vec<Value> {
    site.names(&["reports"]).iter().take(1).map(|name| access_point(site, name)).collect()
}

/// One before the bucket of access logs in the home Region.
fn multi_region_access_points(site: &Site<'_>) -> Vec<Value> {
    let alias = format!("m{:012x}.mrap", crate::chance::stable_hash(&[site.kind, "mrap"]) & 0xffff_ffff_ffff);
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "Read", "Effect": "Allow", "Principal": { "AWS": format!("arn:aws:iam::{}:root", site.account) },
            "Action": "s3:GetObject",
            "Resource": format!("arn:aws:s3::{}:accesspoint/{alias}/object/*", site.account),
        }],
    });
    let bucket = format!("example-{}-access-logs-{}", site.account, site.home);
    let point = |name: &String| {
        json!({
            "Name": name, "Alias": alias, "CreatedAt": site.days_ago(200), "Status": "READY", "Policy": policy.to_string(),
            "PublicAccessBlock": {
                "BlockPublicAcls": true, "IgnorePublicAcls": true, "BlockPublicPolicy": true, "RestrictPublicBuckets": true,
            },
            "Regions": [{ "Bucket": bucket, "Region": site.home, "BucketAccountId": site.account }],
        })
    };
    site.names(&["everywhere"]).iter().take(1).map(point).collect()
}

fn access_point(site: &Site<'_>, name: &str) -> Value {
    let arn = site.arn("s3", &format!("accesspoint/{name}"));
    let block = !site.flawed("s3-access-point-block-public-access", name);
    let outsider = "arn:aws:iam::999999999999:root".to_owned();
    let reader = match site.flawed("s3-access-point-policy-not-public", name) {
        true => outsider,
        false => format!("arn:aws:iam::{}:root", site.account),
    };
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "Read", "Effect": "Allow", "Principal": { "AWS": reader }, "Action": "s3:GetObject",
            "Resource": format!("{arn}/object/*"),
        }],
    });
    json!({
        "Name": name, "NetworkOrigin": "Internet", "Bucket": access_log_bucket_name(site), "AccessPointArn": arn,
        "BucketAccountId": site.account, "CreationDate": site.days_ago(200),
        "PublicAccessBlockConfiguration": {
            "BlockPublicAcls": block, "IgnorePublicAcls": block, "BlockPublicPolicy": block, "RestrictPublicBuckets": block,
        },
        "Policy": policy.to_string(),
    })
}

fn policy(site: &Site<'_>, name: &str, is_trail_bucket: bool) -> Value {
    let arns = json!([format!("arn:aws:s3:::{name}"), format!("arn:aws:s3:::{name}/*")]);
    let mut statements = Vec::new();
    if !site.flawed("s3-bucket-tls-only", name) {
        statements.push(json!({
            "Sid": "RefusePlainHttp", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": arns,
            "Condition": { "Bool": { "aws:SecureTransport": "false" } },
        }));
    }
    let is_public = site.flawed("s3-bucket-policy-not-public", name)
        || is_trail_bucket && site.flawed("cloudtrail-bucket-not-public", name);
    if is_public {
        statements.push(json!({
            "Sid": "PublicRead", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
            "Resource": format!("arn:aws:s3:::{name}/*"),
        }));
    }
    if is_trail_bucket {
        statements.push(json!({
            "Sid": "TrailWrites", "Effect": "Allow", "Principal": { "Service": "cloudtrail.amazonaws.com" },
            "Action": "s3:PutObject", "Resource": format!("arn:aws:s3:::{name}/AWSLogs/*"),
            "Condition": { "StringEquals": { "aws:SourceArn": site.arn("cloudtrail", "trail/main") } },
        }));
    }
    if statements.is_empty() {
        return Value::Null;
    }
    json!({ "Version": "2012-10-17", "Statement": statements })
}

fn acl(site: &Site<'_>, is_public: bool) -> Value {
    let owner = json!({ "ID": format!("{:064x}", crate::chance::stable_hash(&[site.kind])) });
    let own = json!({ "Grantee": { "Type": "CanonicalUser", "ID": owner["ID"] }, "Permission": "FULL_CONTROL" });
    let everyone = json!({
        "Grantee": { "Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers" }, "Permission": "READ",
    });
    json!({ "Owner": owner, "Grants": if is_public { json!([own, everyone]) } else { json!([own]) } })
}
