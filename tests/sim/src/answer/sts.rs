//! STS: who the caller is, and roles in member accounts.

use std::time::Duration;

use plumbline_baseline::Doc;
use time::format_description::well_known::Rfc3339;

use super::{Answer, ApiError, Asked};
use crate::world::organization::RoleState;

pub(super) fn answer(asked: &Asked<'_>) -> Answer {
    match asked.call.operation.as_str() {
        "GetCallerIdentity" => Some(known_caller(asked)),
        "AssumeRole" => Some(assume_role(asked)),
        _ => None,
    }
}

/// Whoever has a key of an account that there is.
fn known_caller(asked: &Asked<'_>) -> Result<Doc, ApiError> {
    match asked.world.organization().account(&asked.call.account) {
        Some(_) => Ok(caller_identity(asked)),
        None => {
            Err(ApiError::new(403, "InvalidClientTokenId", "The security token included in the request is invalid."))
        }
    }
}

fn caller_identity(asked: &Asked<'_>) -> Doc {
    let account = asked.call.account.as_str();
    let (id, arn) = match &asked.call.role {
        Some(role) => {
            ("AROAQSIMULATEDROLE01:plumbline", format!("arn:aws:sts::{account}:assumed-role/{role}/plumbline"))
        }
        None => ("AIDAQSIMULATEDUSER01", format!("arn:aws:iam::{account}:user/auditor")),
    };
    Doc::map([("UserId", Doc::from(id)), ("Account", Doc::from(account)), ("Arn", Doc::from(arn))])
}

fn assume_role(asked: &Asked<'_>) -> Result<Doc, ApiError> {
    let organization = asked.world.organization();
    let arn = asked.call.text("RoleArn");
    let mut fields = arn.splitn(6, ':').skip(4);
    let (account, resource) = (fields.next().unwrap_or_default(), fields.next().unwrap_or_default());
    let session = asked.call.text("RoleSessionName");
    let role = resource.rsplit('/').next().unwrap_or_default();
    let is_trusted = organization.external_id.as_deref().is_none_or(|id| asked.call.text("ExternalId") == id);
    let target = organization.account(account);
    let state = target.filter(|account| account.is_active()).map_or(RoleState::Refused, |account| account.role);
    let is_granted = state != RoleState::Refused && role == organization.role_name && is_trusted;
    let is_plain = state == RoleState::Plain;
    let missing = match () {
        () if !is_granted => Some("sts:AssumeRole"),
        () if is_plain && !asked.call.text("Tags.member.1.Key").is_empty() => Some("sts:TagSession"),
        () if is_plain && !asked.call.text("SourceIdentity").is_empty() => Some("sts:SetSourceIdentity"),
        () => None,
    };
    if let Some(action) = missing {
        let caller = caller_identity(asked);
        let user = caller.get("Arn").as_str().unwrap_or_default().to_owned();
        let message = format!("User: {user} is not authorized to perform: {action} on resource: {arn}");
        return Err(ApiError::new(403, "AccessDenied", &message));
    }
    let seconds = asked.call.text("DurationSeconds").parse().unwrap_or(3600);
    let issued = asked.memory.sessions.issue(account, Duration::from_secs(seconds));
    let credentials = Doc::map([
        ("AccessKeyId", Doc::from(format!("ASIAQSIM{account}"))),
        ("SecretAccessKey", Doc::from(crate::request::SECRET)),
        ("SessionToken", Doc::from(issued.token)),
        ("Expiration", Doc::from(issued.expires.format(&Rfc3339).unwrap_or_default())),
    ]);
    let user = Doc::map([
        ("AssumedRoleId", Doc::from(format!("AROAQSIMULATEDROLE01:{session}"))),
        ("Arn", Doc::from(format!("arn:aws:sts::{account}:assumed-role/{role}/{session}"))),
    ]);
    Ok(Doc::map([("Credentials", credentials), ("AssumedRoleUser", user)]))
}
