//! Credentials for a job's account: the role in it, narrowed so that even a too-broad role cannot read data, or the
//! agent's own. Why there are none is a result, not an error: it becomes the reason of every row.

use std::sync::Arc;

use aws_credential_types::provider::SharedCredentialsProvider;
use plumbline_aws::ErrorClass;
use plumbline_aws::credentials::{AssumeRole, Caller, Error, verify};
use plumbline_baseline::{Unread, UnreadReason};
use plumbline_proto::agent_v1::Access;
use tokio::sync::OnceCell;

use crate::link::backoff::Backoff;

/// Attempts to reach STS, the first included.
const ATTEMPTS: u32 = 4;

/// What sessions must not do, whatever the role allows: read the data that AWS keeps for its customers. STS takes at
/// most 2,048 characters.
const SESSION_POLICY: &str = concat!(
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},"#,
    r#"{"Effect":"Deny","Resource":"*","Action":["#,
    r#""athena:GetQueryResults*","cloudformation:GetTemplate","codecommit:GetBlob","codecommit:GetFile","#,
    r#""cognito-identity:GetCredentialsForIdentity","cognito-identity:GetOpenIdToken*","connect:GetFederationToken","#,
    r#""dynamodb:BatchGetItem","dynamodb:GetItem","dynamodb:GetRecords","dynamodb:PartiQL*","dynamodb:Query","#,
    r#""dynamodb:Scan","ec2:GetConsole*","ec2:GetPasswordData","ecr:BatchGetImage","ecr:GetAuthorizationToken","#,
    r#""ecr:GetDownloadUrlForLayer","kinesis:GetRecords","kms:Decrypt","kms:GenerateData*","kms:ReEncrypt*","#,
    r#""lambda:GetFunction","lambda:GetLayerVersion","lambda:Invoke*","logs:FilterLogEvents","logs:Get*","#,
    r#""logs:StartQuery","logs:Unmask","rds-data:*","rds:Download*","redshift:GetClusterCredentials*","#,
    r#""s3:GetObject","s3:GetObjectTorrent","s3:GetObjectVersion","secretsmanager:BatchGetSecretValue","#,
    r#""secretsmanager:GetSecretValue","sqs:ReceiveMessage","ssm:GetParameter*","ssm:StartSession","sso:GetRole*","#,
    r#""sts:AssumeRole*"]}]}"#
);

/// Hands out credentials.
#[derive(Debug)]
pub(crate) struct Credentials {
    caller: Caller,
    /// The account of the agent's own credentials, once it is known.
    own_account: OnceCell<String>,
}

impl Credentials {
    /// Credentials from this caller.
    pub(crate) fn new(caller: Caller) -> Self {
        Self { caller, own_account: OnceCell::new() }
    }

    /// Credentials for an account.
    ///
    /// # Errors
    /// Why there are none.
    pub(crate) async fn of(
        &self,
        account: &str,
        access: &Access,
        session_name: &str,
    ) -> Result<SharedCredentialsProvider, Arc<Unread>> {
        if access.role_arn.is_empty() { self.own(account).await } else { self.assumed(access, session_name).await }
    }

    async fn own(&self, account: &str) -> Result<SharedCredentialsProvider, Arc<Unread>> {
        let identity = || async { self.caller.identity().await.map(|identity| identity.account) };
        let own = self.own_account.get_or_try_init(|| with_retries(identity)).await;
        let own = own.map_err(|error| unread("sts:GetCallerIdentity", &error))?;
        if own != account {
            return Err(Arc::new(Unread {
                reason: UnreadReason::RoleUnassumable,
                operation: String::new(),
                detail: format!("no role is configured, and the agent's own credentials belong to account {own}"),
            }));
        }
        Ok(self.caller.credentials())
    }

    async fn assumed(&self, access: &Access, session_name: &str) -> Result<SharedCredentialsProvider, Arc<Unread>> {
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let role = AssumeRole {
            role_arn: access.role_arn.clone(),
            external_id: given(&access.external_id),
            session_name: session_name.to_owned(),
            source_identity: given(&access.source_identity),
            policy: Some(SESSION_POLICY.to_owned()),
            ..AssumeRole::default()
        };
        let assume = |role: AssumeRole| async move {
            let credentials = self.caller.assume(role)?;
            verify(&credentials).await?;
            Ok(credentials)
        };
        let mut assumed = with_retries(|| assume(role.clone())).await;
        // Roles that were not made for Plumbline let it in, and do not let it name a source identity.
        if role.source_identity.is_some()
            && matches!(&assumed, Err(Error::Refused { code, .. }) if code == "AccessDenied")
        {
            let role = AssumeRole { source_identity: None, ..role };
            assumed = with_retries(|| assume(role.clone())).await;
        }
        assumed.map_err(|error| unread("sts:AssumeRole", &error))
    }
}

/// Repeats what failed for no lasting reason.
async fn with_retries<T, F: Future<Output = Result<T, Error>>>(attempt: impl Fn() -> F) -> Result<T, Error> {
    let mut backoff = Backoff::reconnect();
    for _ in 1..ATTEMPTS {
        match attempt().await {
            Err(error) if reason(&error) == UnreadReason::Transient => backoff.wait().await,
            ended => return ended,
        }
    }
    attempt().await
}

/// What a failure of STS means.
fn reason(error: &Error) -> UnreadReason {
    match error.class() {
        ErrorClass::Transient | ErrorClass::Throttled => UnreadReason::Transient,
        ErrorClass::Expired => UnreadReason::ExpiredCredentials,
        _ if matches!(error, Error::PolicyTooLong { .. }) => UnreadReason::ScannerError,
        _ => UnreadReason::RoleUnassumable,
    }
}

fn unread(operation: &str, error: &Error) -> Arc<Unread> {
    let detail = match error {
        Error::Refused { code, message, .. } => format!("{code}: {message}"),
        other => other.to_string(),
    };
    Arc::new(Unread { reason: reason(error), operation: operation.to_owned(), detail })
}

#[cfg(test)]
mod tests {
    use super::*;
    use plumbline_baseline::Doc;
    use plumbline_baseline::api::Catalog;

    #[test]
    fn the_session_policy_fits_sts_and_is_json() {
        assert!(SESSION_POLICY.len() <= 2048, "{}", SESSION_POLICY.len());
        Doc::from_json(SESSION_POLICY).unwrap();
    }

    #[test]
    fn the_session_policy_denies_nothing_that_collectors_call() {
        let policy = Doc::from_json(SESSION_POLICY).unwrap();
        let statements = policy.get("Statement").as_list().unwrap();
        let denied: Vec<&str> = statements[1].get("Action").as_list().unwrap().iter().filter_map(Doc::as_str).collect();
        assert!(denied.is_sorted(), "{denied:?}");
        for service in Catalog::embedded().services() {
            for action in service.operations.values().flat_map(|operation| &operation.iam) {
                let hit = denied.iter().find(|pattern| match pattern.strip_suffix('*') {
                    Some(prefix) => action.starts_with(prefix),
                    None => action == *pattern,
                });
                assert!(hit.is_none(), "{action} is denied by {hit:?}");
            }
        }
    }

    #[test]
    fn only_what_may_pass_is_transient() {
        let refused =
            |code: &str| Error::Refused { operation: "sts:AssumeRole", code: code.into(), message: "m".into() };
        assert_eq!(reason(&refused("AccessDenied")), UnreadReason::RoleUnassumable);
        assert_eq!(reason(&refused("Throttling")), UnreadReason::Transient);
        assert_eq!(reason(&Error::Unreachable("x".into())), UnreadReason::Transient);
        let text = unread("sts:AssumeRole", &refused("AccessDenied")).to_string();
        assert_eq!(text, "role_unassumable: sts:AssumeRole: AccessDenied: m");
    }
}
