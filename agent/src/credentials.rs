//! Credentials for a job's account: the role in it, narrowed to what the job calls, or the agent's own. Why there are
//! none is a result, not an error: it becomes the reason of every row.

mod entry;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::Arc;

use aws_credential_types::provider::SharedCredentialsProvider;
use plumbline_aws::credentials::Error;
use plumbline_aws::{Caller, ErrorClass};
use plumbline_baseline::api::Catalog;
use plumbline_baseline::permissions::{self, session_policies};
use plumbline_baseline::plan::Operation;
use plumbline_baseline::{Unread, UnreadReason};
use plumbline_proto::agent_v1::Access;
use tokio::sync::OnceCell;

use crate::collect::work::TypeWork;
use entry::{Entries, PACKED_TOO_LARGE};

/// Why there are no credentials for an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NoAccess {
    /// The account does not let the agent in.
    Account(Arc<Unread>),
    /// The agent could not ask: it has no credentials itself, or does not reach STS.
    Agent(Arc<Unread>),
}

/// Hands out credentials.
#[derive(Debug)]
pub(crate) struct Credentials {
    caller: Caller,
    /// The account of the agent's own credentials, once it is known.
    own_account: OnceCell<String>,
    /// Whether that account is read with them, whatever role is named for it.
    reads_own_account: bool,
    entries: Entries,
}

/// Whose session it is, as the account's CloudTrail shows it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Named<'a> {
    /// The session's name, which is the job's id.
    pub(crate) session: &'a str,
    /// The scan; empty where there is none.
    pub(crate) scan: &'a str,
}

impl Credentials {
    /// Credentials from this caller, which may read its own account as it is.
    pub(crate) fn new(caller: Caller, reads_own_account: bool) -> Self {
        Self { caller, own_account: OnceCell::new(), reads_own_account, entries: Entries::default() }
    }

    /// Credentials for what is to be collected in an account. A role's session may do that and nothing else.
    ///
    /// # Errors
    /// Why there are none.
    pub(crate) async fn of(
        &self,
        account: &str,
        access: &Access,
        named: Named<'_>,
        work: &[Arc<TypeWork>],
    ) -> Result<SharedCredentialsProvider, NoAccess> {
        if access.role_arn.is_empty() || (self.reads_own_account && self.own_account().await? == account) {
            return self.own(account).await;
        }
        let operations: BTreeSet<Operation> = work.iter().flat_map(|work| work.operations()).collect();
        let actions = permissions::of_types(work.iter().map(|work| &*work.declared), &operations, Catalog::embedded());
        let mut assumed = Err(NoAccess::Account(policy_too_large(&format!("{} actions", actions.len()))));
        for policy in session_policies(&actions) {
            assumed = match self.entries.enter(&self.caller, access, named, policy).await {
                Err(Error::Refused(refused)) if refused.code == PACKED_TOO_LARGE => {
                    Err(NoAccess::Account(policy_too_large(&refused.message)))
                }
                ended => return ended.map_err(|error| no_access("sts:AssumeRole", &error)),
            };
        }
        assumed
    }

    async fn own(&self, account: &str) -> Result<SharedCredentialsProvider, NoAccess> {
        let own = self.own_account().await?;
        if own != account {
            let detail = format!("no role is configured, and the agent's own credentials belong to account {own}");
            let reason = UnreadReason::RoleUnassumable;
            return Err(NoAccess::Account(Arc::new(Unread::new(reason, "", detail))));
        }
        Ok(self.caller.credentials())
    }

    async fn own_account(&self) -> Result<&str, NoAccess> {
        let identity = || async { self.caller.identity().await.map(|identity| identity.account) };
        let own = self.own_account.get_or_try_init(identity).await;
        own.map(String::as_str).map_err(|error| NoAccess::Agent(unread("sts:GetCallerIdentity", &error)))
    }
}

/// What a failure of STS means.
fn reason(error: &Error) -> UnreadReason {
    match error.class() {
        ErrorClass::Throttled => UnreadReason::Throttled,
        ErrorClass::Transient => UnreadReason::Transient,
        ErrorClass::NoEndpoint => UnreadReason::NoEndpoint,
        ErrorClass::Expired => UnreadReason::ExpiredCredentials,
        _ if matches!(error, Error::PolicyTooLong { .. }) => UnreadReason::ScannerError,
        _ => UnreadReason::RoleUnassumable,
    }
}

/// Whose trouble a failure of STS is.
fn no_access(operation: &str, error: &Error) -> NoAccess {
    let unread = unread(operation, error);
    match error {
        Error::Missing(_) | Error::NoEndpoint(_) | Error::Unreachable(_) => NoAccess::Agent(unread),
        // STS does not accept the credentials that ask: the agent's own.
        Error::Refused(refused) if matches!(refused.class, ErrorClass::NotAuthenticated | ErrorClass::Expired) => {
            NoAccess::Agent(unread)
        }
        _ => NoAccess::Account(unread),
    }
}

fn policy_too_large(detail: &str) -> Arc<Unread> {
    let detail = format!("the session policy is larger than STS takes ({detail}): scan fewer controls at a time");
    Arc::new(Unread::new(UnreadReason::ScannerError, "sts:AssumeRole", detail))
}

fn unread(operation: &str, error: &Error) -> Arc<Unread> {
    let detail = match error {
        Error::Refused(refused) => format!("{}: {}", refused.code, refused.message),
        other => other.to_string(),
    };
    Arc::new(Unread::new(reason(error), operation, detail))
}
