//! IAM: users, roles, policies, the account summary and the credential report.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use plumbline_baseline::{Doc, Map};

use super::{Answer, ApiError, Asked};
use crate::world::GLOBAL;

/// Columns of the credential report.
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html>
const COLUMNS: [&str; 22] = [
    "user",
    "arn",
    "user_creation_time",
    "password_enabled",
    "password_last_used",
    "password_last_changed",
    "password_next_rotation",
    "mfa_active",
    "access_key_1_active",
    "access_key_1_last_rotated",
    "access_key_1_last_used_date",
    "access_key_1_last_used_region",
    "access_key_1_last_used_service",
    "access_key_2_active",
    "access_key_2_last_rotated",
    "access_key_2_last_used_date",
    "access_key_2_last_used_region",
    "access_key_2_last_used_service",
    "cert_1_active",
    "cert_1_last_rotated",
    "cert_2_active",
    "cert_2_last_rotated",
];

pub(super) fn answer(asked: &Asked<'_>) -> Answer {
    let settings = || asked.in_region(GLOBAL, "AWS::IAM::AccountSettings").into_iter().next().unwrap_or_default();
    let part = |member: &str, output: &str| {
        let list = match settings().get(member) {
            Doc::Null => Doc::List(Vec::new()),
            list => list.clone(),
        };
        Ok(Doc::map([(output, list)]))
    };
    Some(match asked.call.operation.as_str() {
        "GetAccountSummary" => Ok(Doc::map([("SummaryMap", settings().get("Summary").clone())])),
        "GetAccountPasswordPolicy" => match settings().get("PasswordPolicy") {
            Doc::Null => {
                let message = format!("The Password Policy with domain name {} cannot be found.", asked.call.account);
                Err(ApiError::new(404, "NoSuchEntity", &message))
            }
            policy => Ok(Doc::map([("PasswordPolicy", policy.clone())])),
        },
        "ListAccountAliases" => part("AccountAliases", "AccountAliases"),
        "ListVirtualMFADevices" => part("VirtualMFADevices", "VirtualMFADevices"),
        "GenerateCredentialReport" => Ok(generate_report(asked)),
        "GetCredentialReport" => credential_report(asked, &settings()),
        "GetAccountAuthorizationDetails" => Ok(authorization_details(asked)),
        "ListUsers" => Ok(Doc::map([("Users", Doc::List(users(asked)))])),
        "ListRoles" => Ok(Doc::map([("Roles", Doc::List(asked.in_region(GLOBAL, "AWS::IAM::Role")))])),
        "ListPolicies" => Ok(Doc::map([("Policies", Doc::List(asked.in_region(GLOBAL, "AWS::IAM::ManagedPolicy")))])),
        "ListAccessKeys" => user(asked).map(|user| Doc::map([("AccessKeyMetadata", user.get("AccessKeys").clone())])),
        "ListMFADevices" => user(asked).map(|user| Doc::map([("MFADevices", user.get("MFADevices").clone())])),
        "ListUserPolicies" => user(asked).map(|user| Doc::map([("PolicyNames", names(user.get("UserPolicyList")))])),
        "ListAttachedUserPolicies" => {
            user(asked).map(|user| Doc::map([("AttachedPolicies", user.get("AttachedManagedPolicies").clone())]))
        }
        "ListUserTags" => user(asked).map(|user| Doc::map([("Tags", user.get("Tags").clone())])),
        "GetLoginProfile" => user(asked).and_then(|user| match user.get("LoginProfile") {
            Doc::Null => Err(no_such_entity("Login Profile for User", asked.call.text("UserName"))),
            profile => Ok(Doc::map([("LoginProfile", profile.clone())])),
        }),
        "ListEntitiesForPolicy" => Ok(entities_for_policy(asked)),
        "GetPolicyVersion" => policy_version(asked),
        _ => return None,
    })
}

fn users(asked: &Asked<'_>) -> Vec<Doc> {
    asked.in_region(GLOBAL, "AWS::IAM::User")
}

fn user(asked: &Asked<'_>) -> Result<Doc, ApiError> {
    let name = asked.call.text("UserName");
    let found = users(asked).into_iter().find(|user| user.get("UserName").as_str() == Some(name));
    found.ok_or_else(|| no_such_entity("user with name", name))
}

fn no_such_entity(what: &str, name: &str) -> ApiError {
    ApiError::new(404, "NoSuchEntity", &format!("The {what} {name} cannot be found."))
}

fn names(policies: &Doc) -> Doc {
    let policies = policies.as_list().unwrap_or_default();
    Doc::List(policies.iter().map(|policy| policy.get("PolicyName").clone()).collect())
}

/// The first request starts the report, the next one finds it complete.
fn generate_report(asked: &Asked<'_>) -> Doc {
    if asked.is_first_report_request() {
        let description = "No report exists. Starting a new report generation task";
        return Doc::map([("State", Doc::from("STARTED")), ("Description", Doc::from(description))]);
    }
    Doc::map([("State", Doc::from("COMPLETE"))])
}

fn credential_report(asked: &Asked<'_>, settings: &Doc) -> Result<Doc, ApiError> {
    if !asked.has_report() {
        return Err(ApiError::new(410, "ReportNotPresent", "No report exists. Use GenerateCredentialReport."));
    }
    let mut csv = COLUMNS.join(",");
    let users = users(asked);
    for row in [settings.get("Root")].into_iter().chain(users.iter().map(|user| user.get("Report"))) {
        let cells = COLUMNS.map(|column| match row.get(column).as_str() {
            Some(text) => text.to_owned(),
            None if column.ends_with("_active") => "false".to_owned(),
            None => "N/A".to_owned(),
        });
        csv.push('\n');
        csv.push_str(&cells.join(","));
    }
    Ok(Doc::map([
        ("Content", Doc::from(STANDARD.encode(csv))),
        ("ReportFormat", Doc::from("text/csv")),
        ("GeneratedTime", Doc::from(asked.timestamp())),
    ]))
}

/// Everything at once; `Filter` names the kinds that are wanted.
fn authorization_details(asked: &Asked<'_>) -> Doc {
    let filter = asked.call.input.get("Filter").as_list().unwrap_or_default();
    let wants = |kind: &str| filter.is_empty() || filter.iter().any(|wanted| wanted.as_str() == Some(kind));
    let list = |kind: &str, type_name: &str| {
        if wants(kind) { asked.in_region(GLOBAL, type_name) } else { Vec::new() }
    };
    let mut policies = list("LocalManagedPolicy", "AWS::IAM::ManagedPolicy");
    if wants("AWSManagedPolicy") {
        policies.extend(AWS_POLICIES.map(|(name, action)| aws_policy(name, action)));
    }
    let group = Doc::map([
        ("Path", Doc::from("/")),
        ("GroupName", Doc::from("developers")),
        ("GroupId", Doc::from("AGPASIMULATEDGROUP01")),
        ("Arn", Doc::from(format!("arn:aws:iam::{}:group/developers", asked.call.account))),
        ("GroupPolicyList", Doc::List(Vec::new())),
        ("AttachedManagedPolicies", Doc::List(Vec::new())),
    ]);
    Doc::map([
        ("UserDetailList", Doc::List(list("User", "AWS::IAM::User"))),
        ("GroupDetailList", Doc::List(if wants("Group") { vec![group] } else { Vec::new() })),
        ("RoleDetailList", Doc::List(list("Role", "AWS::IAM::Role"))),
        ("Policies", Doc::List(policies)),
    ])
}

/// Policies of AWS's, and an action that stands for what each allows.
const AWS_POLICIES: [(&str, &str); 4] = [
    ("AdministratorAccess", "*"),
    ("AmazonS3FullAccess", "s3:*"),
    ("AWSSupportAccess", "support:*"),
    ("SecurityAudit", "iam:List*"),
];

fn aws_policy(name: &str, action: &str) -> Doc {
    let text = format!(
        r#"{{"PolicyName":"{name}","PolicyId":"ANPASIMULATED{name}","Path":"/",
        "Arn":"arn:aws:iam::aws:policy/{name}","DefaultVersionId":"v1","AttachmentCount":0,
        "PermissionsBoundaryUsageCount":0,"IsAttachable":true,"CreateDate":"2015-02-06T18:39:46Z",
        "UpdateDate":"2015-02-06T18:39:46Z","PolicyVersionList":[{{"VersionId":"v1","IsDefaultVersion":true,
        "CreateDate":"2015-02-06T18:39:46Z","Document":{{"Version":"2012-10-17",
        "Statement":[{{"Effect":"Allow","Action":"{action}","Resource":"*"}}]}}}}]}}"#
    );
    Doc::from_json(&text).expect("the literal above is JSON")
}

fn entities_for_policy(asked: &Asked<'_>) -> Doc {
    let arn = asked.call.text("PolicyArn");
    let has = |entity: &Doc| {
        let attached = entity.get("AttachedManagedPolicies").as_list().unwrap_or_default();
        attached.iter().any(|policy| policy.get("PolicyArn").as_str() == Some(arn))
    };
    let entities = |type_name: &str, id: &str, name: &str| {
        let all = asked.in_region(GLOBAL, type_name);
        let with = all.iter().filter(|entity| has(entity));
        Doc::List(
            with.map(|entity| Doc::map([(name, entity.get(name).clone()), (id, entity.get(id).clone())])).collect(),
        )
    };
    Doc::map([
        ("PolicyGroups", Doc::List(Vec::new())),
        ("PolicyUsers", entities("AWS::IAM::User", "UserId", "UserName")),
        ("PolicyRoles", entities("AWS::IAM::Role", "RoleId", "RoleName")),
    ])
}

fn policy_version(asked: &Asked<'_>) -> Result<Doc, ApiError> {
    let (arn, version) = (asked.call.text("PolicyArn"), asked.call.text("VersionId"));
    let policies = asked.in_region(GLOBAL, "AWS::IAM::ManagedPolicy");
    let policy = policies.iter().find(|policy| policy.get("Arn").as_str() == Some(arn));
    let versions = policy.map_or(&Doc::Null, |policy| policy.get("PolicyVersionList"));
    let found = versions.as_list().unwrap_or_default().iter().find(|v| v.get("VersionId").as_str() == Some(version));
    let found = found.ok_or_else(|| no_such_entity("policy version", version))?;
    Ok(Doc::Map(Map::from_iter([("PolicyVersion".into(), found.clone())])))
}
