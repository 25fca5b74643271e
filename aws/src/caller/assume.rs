//! Assuming a role through STS: one call, one answer. Must not cache, which is the business of `credentials`, and must
//! not decide whether a session may be had: STS does.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, future};
use aws_sdk_sts::types::Tag;

use super::sts::Sts;
use crate::credentials::Error;

/// What STS takes as a session policy, in characters.
const POLICY_LIMIT: usize = 2048;
/// Sessions of chained roles live for an hour at most; so do ours.
const SESSION: Duration = Duration::from_secs(3600);

/// A role to assume, and what the session carries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AssumeRole {
    /// The role (`arn:aws:iam::111122223333:role/PlumblineAudit`).
    pub role_arn: String,
    /// The external id that the role's trust policy asks for.
    pub external_id: Option<String>,
    /// The session name that CloudTrail shows; other characters than STS takes become `-`.
    pub session_name: String,
    /// The source identity that CloudTrail shows, through role chains too.
    pub source_identity: Option<String>,
    /// A policy that narrows the session, at most 2,048 characters.
    pub policy: Option<String>,
    /// Session tags.
    pub tags: Vec<(String, String)>,
    /// The Region whose STS is asked; the caller's own when absent.
    pub region: Option<String>,
}

impl AssumeRole {
    pub(super) fn validate(&self) -> Result<(), Error> {
        let length = self.policy.as_ref().map_or(0, |policy| policy.chars().count());
        if length > POLICY_LIMIT {
            return Err(Error::PolicyTooLong { length, limit: POLICY_LIMIT });
        }
        Ok(())
    }
}

#[derive(Debug)]
pub(super) struct Provider {
    sts: Sts,
    role: AssumeRole,
}

impl Provider {
    pub(super) fn new(sts: Sts, role: AssumeRole) -> Self {
        Self { sts, role }
    }

    async fn credentials(&self) -> provider::Result {
        let role = &self.role;
        let tags: Result<Vec<Tag>, _> =
            role.tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect();
        let tags = tags.map_err(CredentialsError::invalid_configuration)?;
        let request = self
            .sts
            .sdk
            .assume_role()
            .role_arn(&role.role_arn)
            .role_session_name(session_name(&role.session_name))
            .duration_seconds(SESSION.as_secs() as i32)
            .set_external_id(role.external_id.clone())
            .set_source_identity(role.source_identity.clone())
            .set_policy(role.policy.clone())
            .set_tags((!tags.is_empty()).then_some(tags));
        let answer = self.sts.call("AssumeRole", || request.clone().send()).await;
        let answer = answer.map_err(CredentialsError::provider_error)?;
        let missing = || CredentialsError::unhandled("sts:AssumeRole answered without credentials");
        let session = answer.credentials().ok_or_else(missing)?;
        let expiry = (*session.expiration()).try_into().map_err(CredentialsError::unhandled)?;
        Ok(Credentials::new(
            session.access_key_id(),
            session.secret_access_key(),
            Some(session.session_token().to_owned()),
            Some(expiry),
            "AssumedRole",
        ))
    }
}

impl ProvideCredentials for Provider {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }
}

/// A session name as STS takes it: 2 to 64 of `[\w+=,.@-]`.
fn session_name(wanted: &str) -> String {
    let allowed = |character: char| character.is_ascii_alphanumeric() || "_+=,.@-".contains(character);
    let name: String = wanted.chars().take(64).map(|c| if allowed(c) { c } else { '-' }).collect();
    if name.len() < 2 { "plumbline".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn session_names_fit_sts() {
        assert_eq!(session_name("job 01/eu west"), "job-01-eu-west");
        assert_eq!(session_name(""), "plumbline");
        assert_eq!(session_name(&"x".repeat(80)).len(), 64);
    }

    #[test]
    fn a_session_policy_that_sts_would_refuse_is_refused_here() {
        let role = |length| AssumeRole { policy: Some("x".repeat(length)), ..AssumeRole::default() };
        assert_eq!(role(2048).validate(), Ok(()));
        assert_eq!(role(2049).validate(), Err(Error::PolicyTooLong { length: 2049, limit: 2048 }));
    }
}
