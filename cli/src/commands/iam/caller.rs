//! Who asks, and whose the resource is, from what people and programs write.

use plumbline_baseline::arn::Arn;
use plumbline_baseline::policy::{Policies, Principal, Request};

/// Actions of which the caller shows a token or an assertion, so that a name is that of a provider.
const BY_TOKEN: [&str; 2] = ["sts:assumerolewithwebidentity", "sts:assumerolewithsaml"];

/// The caller that a text names.
///
/// # Errors
/// What is wrong with it, and what is wanted.
pub(super) fn principal(text: &str, action: &str) -> Result<Principal, String> {
    let is_by_token = BY_TOKEN.iter().any(|known| known.eq_ignore_ascii_case(action));
    if is_by_token && text.contains('.') && !text.contains(':') {
        return Ok(Principal::Federated { provider: text.to_owned() });
    }
    let wanted = "wanted is the ARN of a user, role, session or provider, an account id, a service, or `anonymous`";
    Principal::parse(text).filter(|_| text != "*").ok_or_else(|| format!("`{text}` is no caller: {wanted}"))
}

/// An action as requests name it.
///
/// # Errors
/// What is wrong with it.
pub(super) fn action(text: &str) -> Result<String, String> {
    match text.split_once(':') {
        Some((service, name)) if !service.is_empty() && !name.is_empty() && !text.contains(['*', '?', ' ']) => {
            Ok(text.to_owned())
        }
        _ => Err(format!("`{text}` is no action: wanted is a service and a name, such as s3:GetObject")),
    }
}

/// A resource as requests name it.
///
/// # Errors
/// What is wrong with it.
pub(super) fn resource(text: &str) -> Result<String, String> {
    if text == "*" || (text.starts_with("arn:") && text.split(':').count() >= 6) {
        return Ok(text.to_owned());
    }
    Err(format!("`{text}` is no resource: wanted is an ARN, or `*` for an action that has no resource"))
}

/// The account of a resource: that of its ARN where it has one, or the one that was given. None is the caller's.
///
/// # Errors
/// What is wrong with the one that was given.
pub(super) fn owner(resource: &str, given: Option<&str>) -> Result<Option<String>, String> {
    let is_account = |text: &&str| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    if let Some(given) = given
        && !is_account(&given)
    {
        return Err(format!("`{given}` is no account: wanted are twelve digits"));
    }
    Ok(Arn::account_of(resource).filter(is_account).or(given).map(str::to_owned))
}

/// Leaves out the policies that do not concern the caller: service control policies do not reach service-linked roles.
pub(super) fn concerning(mut policies: Policies, request: &Request) -> Policies {
    if let Principal::Role { arn, .. } = &request.principal
        && (arn.contains(":role/aws-service-role/") || arn.contains(":role/AWSServiceRoleFor"))
    {
        policies.scps.clear();
    }
    policies
}
