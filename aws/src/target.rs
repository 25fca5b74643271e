//! Whom to call, and as whom. Plain data: it must not know of connections, budgets or operations.

use std::fmt;
use std::sync::Arc;

use aws_credential_types::provider::SharedCredentialsProvider;

/// An account in a Region, and the credentials that sign. Cheap to clone.
#[derive(Clone)]
pub struct Target {
    account: Arc<str>,
    region: Arc<str>,
    is_account_wide: bool,
    credentials: SharedCredentialsProvider,
}

impl Target {
    /// A target: the account that the credentials belong to, and the Region to call. The credentials are asked for before
    /// every attempt, and have to be kept: those of a [`Caller`](crate::Caller) and of its roles are.
    pub fn new(account: impl AsRef<str>, region: impl AsRef<str>, credentials: SharedCredentialsProvider) -> Self {
        Self { account: account.as_ref().into(), region: region.as_ref().into(), is_account_wide: false, credentials }
    }

    /// The same, for what belongs to the account as a whole, and is called in that Region.
    pub fn account_wide(self) -> Self {
        Self { is_account_wide: true, ..self }
    }

    /// Whether it is for what belongs to the account as a whole.
    pub(crate) fn is_account_wide(&self) -> bool {
        self.is_account_wide
    }

    /// The same account and credentials in another Region.
    pub fn in_region(&self, region: impl AsRef<str>) -> Self {
        Self { region: region.as_ref().into(), ..self.clone() }
    }

    /// The account id.
    pub fn account(&self) -> &str {
        &self.account
    }

    /// The Region to call.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The credentials that sign.
    pub fn credentials(&self) -> &SharedCredentialsProvider {
        &self.credentials
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target").field("account", &self.account).field("region", &self.region).finish_non_exhaustive()
    }
}
