//! IAM, the account's own settings, access analyzers, budgets.

use serde_json::{Value, json};

use super::Site;

pub(super) fn resources(site: &Site<'_>, type_name: &str) -> Option<Vec<Value>> {
    Some(match type_name {
        "AWS::IAM::AccountSettings" => vec![account_settings(site)],
        "AWS::IAM::User" => users(site),
        "AWS::IAM::Role" => roles(site),
        "AWS::IAM::ManagedPolicy" => policies(site),
        "AWS::Account::AlternateContact" => contacts(site),
        "AWS::Account::Contact" => vec![json!({
            "FullName": "Example Corp", "AddressLine1": "1 Main Street", "City": "Dublin", "CountryCode": "IE",
            "PostalCode": "D01", "PhoneNumber": "+35312345678", "CompanyName": "Example Corp",
        })],
        "AWS::S3::AccountPublicAccessBlock" => account_public_access_block(site),
        "AWS::AccessAnalyzer::Analyzer" => analyzers(site),
        "AWS::Budgets::Budget" => budgets(site),
        _ => return None,
    })
}

fn account_settings(site: &Site<'_>) -> Value {
    let flawed = |control: &str| site.flawed(control, "account");
    let has_mfa = !flawed("iam-root-mfa");
    let is_virtual = has_mfa && flawed("iam-root-hardware-mfa");
    let root_device = json!({
        "SerialNumber": format!("arn:aws:iam::{}:mfa/root-account-mfa-device", site.account),
        "User": {
            "Path": "/", "UserName": "", "UserId": site.account, "CreateDate": site.days_ago(900),
            "Arn": format!("arn:aws:iam::{}:root", site.account), "PasswordLastUsed": site.days_ago(400),
        },
        "EnableDate": site.days_ago(800),
    });
    let devices: Vec<Value> = is_virtual.then_some(root_device).into_iter().collect();
    let aliases: Vec<Value> =
        (!flawed("iam-account-alias")).then(|| json!(format!("example-{}", site.account_name))).into_iter().collect();
    json!({
        "Summary": {
            "AccountMFAEnabled": i64::from(has_mfa),
            "AccountAccessKeysPresent": i64::from(flawed("iam-root-no-access-keys")),
            "AccountSigningCertificatesPresent": 0,
            "AccountPasswordPresent": 1,
            "Users": users(site).len(),
            "UsersQuota": 5000,
            "Roles": roles(site).len(),
            "Policies": policies(site).len(),
            "MFADevices": devices.len(),
        },
        "PasswordPolicy": password_policy(site),
        "AccountAliases": aliases,
        "VirtualMFADevices": devices,
        "Root": root_report_row(site, has_mfa),
    })
}

/// Absent when both password controls fail: then the account has no policy at all.
fn password_policy(site: &Site<'_>) -> Value {
    let is_short = site.flawed("iam-password-policy-length", "account");
    let is_reusable = site.flawed("iam-password-policy-reuse", "account");
    if is_short && is_reusable {
        return Value::Null;
    }
    json!({
        "MinimumPasswordLength": if is_short { 8 } else { 14 },
        "RequireSymbols": true, "RequireNumbers": true,
        "RequireUppercaseCharacters": true, "RequireLowercaseCharacters": true,
        "AllowUsersToChangePassword": true, "ExpirePasswords": false,
        "PasswordReusePrevention": if is_reusable { 5 } else { 24 },
    })
}

/// The root user's row of the credential report.
fn root_report_row(site: &Site<'_>, has_mfa: bool) -> Value {
    let used = if site.flawed("iam-root-not-used", "account") { site.days_ago(3) } else { site.days_ago(400) };
    let has_key = site.flawed("iam-root-no-access-keys", "account");
    json!({
        "user": "<root_account>",
        "arn": format!("arn:aws:iam::{}:root", site.account),
        "user_creation_time": site.days_ago(900),
        "password_enabled": "not_supported",
        "password_last_used": used,
        "password_last_changed": "not_supported",
        "password_next_rotation": "not_supported",
        "mfa_active": has_mfa.to_string(),
        "access_key_1_active": has_key.to_string(),
        "access_key_1_last_rotated": if has_key { site.days_ago(700) } else { "N/A".to_owned() },
        "access_key_1_last_used_date": "N/A",
    })
}

fn users(site: &Site<'_>) -> Vec<Value> {
    let names = site.names(&["alice", "build-agent", "carlos", "break-glass", "dora", "terraform", "erin", "backup"]);
    names.iter().map(|name| user(site, name)).collect()
}

fn user(site: &Site<'_>, name: &str) -> Value {
    let flawed = |control: &str| site.flawed(control, name);
    let arn = format!("arn:aws:iam::{}:user/{name}", site.account);
    let used = site.days_ago(if flawed("iam-user-credentials-used") { 120 } else { 2 });
    let rotated = site.days_ago(if flawed("iam-access-key-rotated") { 400 } else { 20 });
    let has_two = flawed("iam-user-single-access-key");
    let has_mfa = !flawed("iam-user-console-mfa");
    let direct = flawed("iam-user-no-direct-policies");
    let policy =
        json!({ "PolicyName": "AmazonS3FullAccess", "PolicyArn": "arn:aws:iam::aws:policy/AmazonS3FullAccess" });
    let key = |number: u8| {
        json!({
            "UserName": name, "AccessKeyId": format!("AKIAEXAMPLE{number}{:08X}", crate::chance::stable_hash(&[site.kind, "key", name]) as u32),
            "Status": "Active", "CreateDate": rotated,
        })
    };
    let keys: Vec<Value> = if has_two { vec![key(1), key(2)] } else { vec![key(1)] };
    let mfa = json!({ "UserName": name, "SerialNumber": format!("arn:aws:iam::{}:mfa/{name}", site.account), "EnableDate": site.days_ago(300) });
    let second = |value: &str| if has_two { value.to_owned() } else { "N/A".to_owned() };
    json!({
        "Path": "/", "UserName": name, "Arn": arn, "CreateDate": site.days_ago(500), "PasswordLastUsed": used,
        "UserId": format!("AIDA{:016X}", crate::chance::stable_hash(&[site.kind, "user", name])),
        "GroupList": if direct { json!([]) } else { json!(["developers"]) },
        "UserPolicyList": [],
        "AttachedManagedPolicies": if direct { json!([policy]) } else { json!([]) },
        "Tags": site.tags(name),
        "AccessKeys": keys,
        "MFADevices": if has_mfa { json!([mfa]) } else { json!([]) },
        "LoginProfile": { "UserName": name, "CreateDate": site.days_ago(500), "PasswordResetRequired": false },
        "Report": {
            "user": name, "arn": arn, "user_creation_time": site.days_ago(500),
            "password_enabled": "true", "password_last_used": used, "password_last_changed": site.days_ago(80),
            "password_next_rotation": "N/A", "mfa_active": has_mfa.to_string(),
            "access_key_1_active": "true", "access_key_1_last_rotated": rotated, "access_key_1_last_used_date": used,
            "access_key_1_last_used_region": site.home, "access_key_1_last_used_service": "s3",
            "access_key_2_active": has_two.to_string(), "access_key_2_last_rotated": second(&rotated),
            "access_key_2_last_used_date": second(&used), "access_key_2_last_used_region": second(site.home),
            "access_key_2_last_used_service": second("ec2"),
        },
    })
}

fn roles(site: &Site<'_>) -> Vec<Value> {
    let service = |principal: &str| json!({ "Effect": "Allow", "Principal": { "Service": principal }, "Action": "sts:AssumeRole" });
    let own = json!({
        "Effect": "Allow", "Principal": { "AWS": format!("arn:aws:iam::{}:root", site.account) }, "Action": "sts:AssumeRole",
    });
    let organization_only = json!({
        "Effect": "Allow", "Principal": { "AWS": format!("arn:aws:iam::{}:root", site.management) },
        "Action": "sts:AssumeRole", "Condition": { "StringEquals": { "aws:PrincipalOrgID": site.organization } },
    });
    let github = |is_open: bool| {
        let subject = if is_open {
            json!({})
        } else {
            json!({ "StringLike": { "token.actions.githubusercontent.com:sub": "repo:example/webshop:*" } })
        };
        json!({
            "Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity", "Condition": subject,
            "Principal": { "Federated": format!("arn:aws:iam::{}:oidc-provider/token.actions.githubusercontent.com", site.account) },
        })
    };
    let trusting = |name: &str, good: Value| {
        let anyone = json!({ "Effect": "Allow", "Principal": { "AWS": "*" }, "Action": "sts:AssumeRole" });
        if site.flawed("iam-role-trust-not-public", name) { anyone } else { good }
    };
    let audit = role(site, "PlumblineAudit", organization_only, "arn:aws:iam::aws:policy/SecurityAudit");
    let application = role(site, "webshop-task", trusting("webshop-task", service("ecs-tasks.amazonaws.com")), "");
    let is_open = site.flawed("iam-role-trust-not-public", "github-deploy");
    let deploy = role(site, "github-deploy", github(is_open), "");
    let support = role(site, "SupportAccess", own, "arn:aws:iam::aws:policy/AWSSupportAccess");
    let has_support = !site.flawed("iam-support-role", "account");
    let more = (0..site.of_type.unwrap_or_default())
        .map(|number| role(site, &format!("batch-{number:05}"), service("ecs-tasks.amazonaws.com"), ""));
    [audit, application, deploy].into_iter().chain(has_support.then_some(support)).chain(more).collect()
}

fn role(site: &Site<'_>, name: &str, trust: Value, policy_arn: &str) -> Value {
    let arn = format!("arn:aws:iam::{}:role/{name}", site.account);
    let policy_name = policy_arn.rsplit('/').next().unwrap_or_default();
    let attached = json!({ "PolicyName": policy_name, "PolicyArn": policy_arn });
    json!({
        "Path": "/", "RoleName": name, "RoleId": format!("AROA{:016X}", crate::chance::stable_hash(&[site.kind, "role", name])), "Arn": arn,
        "CreateDate": site.days_ago(300), "InstanceProfileList": [], "RolePolicyList": escalating(site, name), "Tags": site.tags(name),
        "AssumeRolePolicyDocument": { "Version": "2012-10-17", "Statement": [trust] },
        "AttachedManagedPolicies": if policy_arn.is_empty() { json!([]) } else { json!([attached]) },
        "RoleLastUsed": { "LastUsedDate": site.days_ago(1), "Region": site.home },
        "MaxSessionDuration": 3600,
    })
}

/// A policy with which a role can give itself any other.
fn escalating(site: &Site<'_>, name: &str) -> Value {
    if !site.flawed("iam-no-privilege-escalation", name) {
        return json!([]);
    }
    let statement = json!({ "Effect": "Allow", "Action": "iam:PutRolePolicy", "Resource": "*" });
    json!([{ "PolicyName": "self-service",
        "PolicyDocument": { "Version": "2012-10-17", "Statement": [statement] } }])
}

fn policies(site: &Site<'_>) -> Vec<Value> {
    let names = ["webshop-deploy", "read-reports"];
    names.iter().map(|name| {
        let is_admin = site.flawed("iam-policy-no-full-admin", name);
        let statement = if is_admin {
            json!({ "Effect": "Allow", "Action": "*", "Resource": "*" })
        } else {
            json!({ "Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": "arn:aws:s3:::example-reports*" })
        };
        let arn = format!("arn:aws:iam::{}:policy/{name}", site.account);
        json!({
            "PolicyName": name, "PolicyId": format!("ANPA{:016X}", crate::chance::stable_hash(&[site.kind, "policy", name])), "Arn": arn, "Path": "/",
            "DefaultVersionId": "v2", "AttachmentCount": 1, "PermissionsBoundaryUsageCount": 0, "IsAttachable": true,
            "CreateDate": site.days_ago(400), "UpdateDate": site.days_ago(30),
            "PolicyVersionList": [
                { "VersionId": "v2", "IsDefaultVersion": true, "CreateDate": site.days_ago(30),
                  "Document": { "Version": "2012-10-17", "Statement": [statement] } },
                { "VersionId": "v1", "IsDefaultVersion": false, "CreateDate": site.days_ago(400),
                  "Document": { "Version": "2012-10-17", "Statement": [{ "Effect": "Deny", "Action": "*", "Resource": "*" }] } },
            ],
        })
    }).collect()
}

fn contacts(site: &Site<'_>) -> Vec<Value> {
    let contact = |kind: &str| {
        json!({
            "AlternateContactType": kind, "Name": "Security team", "Title": "Security",
            "EmailAddress": "security@example.com", "PhoneNumber": "+35312345678",
        })
    };
    let has_security = !site.flawed("account-security-contact", "account");
    [contact("BILLING")].into_iter().chain(has_security.then(|| contact("SECURITY"))).collect()
}

fn account_public_access_block(site: &Site<'_>) -> Vec<Value> {
    if site.flawed("s3-account-public-access-blocked", "account") {
        return Vec::new();
    }
    vec![json!({
        "BlockPublicAcls": true, "IgnorePublicAcls": true, "BlockPublicPolicy": true, "RestrictPublicBuckets": true,
    })]
}

fn analyzers(site: &Site<'_>) -> Vec<Value> {
    let is_flawed = site.flawed("iam-access-analyzer", site.region);
    if is_flawed && !site.has_organization_analyzers {
        return Vec::new();
    }
    let kind = if site.has_organization_analyzers { "ORGANIZATION" } else { "ACCOUNT" };
    vec![json!({
        "arn": site.arn("access-analyzer", "analyzer/external-access"), "name": "external-access",
        "type": kind, "status": if is_flawed { "DISABLED" } else { "ACTIVE" }, "createdAt": site.days_ago(300), "tags": site.tag_map("external-access"),
        "lastResourceAnalyzed": "arn:aws:s3:::example", "lastResourceAnalyzedAt": site.days_ago(1),
    })]
}

fn budgets(site: &Site<'_>) -> Vec<Value> {
    if site.flawed("budgets-exist", "account") {
        return Vec::new();
    }
    vec![json!({
        "BudgetName": "monthly", "BudgetType": "COST", "TimeUnit": "MONTHLY",
        "BudgetLimit": { "Amount": "5000", "Unit": "USD" },
        "TimePeriod": { "Start": site.days_ago(300), "End": "2087-06-15T00:00:00Z" },
        "CalculatedSpend": { "ActualSpend": { "Amount": "1234.5", "Unit": "USD" } },
    })]
}
