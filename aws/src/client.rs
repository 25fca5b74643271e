//! The client that callers hold: one call, or the pages of a listing, for a target.

use std::fmt;
use std::sync::Arc;

use aws_credential_types::provider::SharedCredentialsProvider;
use plumbline_baseline::Doc;

use crate::error::{CallError, ErrorClass};
use crate::options::Options;
use crate::pages::Pages;

/// Calls AWS. Cheap to clone; clones share connections and request budgets.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    options: Options,
}

/// Whom to call, and as whom. Cheap to clone; clones share prepared operations, so keep one for a whole job.
#[derive(Clone)]
pub struct Target {
    inner: Arc<TargetInner>,
}

struct TargetInner {
    account: String,
    region: String,
    credentials: SharedCredentialsProvider,
}

impl Target {
    /// A target: the account that the credentials belong to, and the Region to call.
    pub fn new(account: impl Into<String>, region: impl Into<String>, credentials: SharedCredentialsProvider) -> Self {
        Self { inner: Arc::new(TargetInner { account: account.into(), region: region.into(), credentials }) }
    }

    /// The same account and credentials in another Region.
    pub fn in_region(&self, region: impl Into<String>) -> Self {
        Self::new(self.account(), region, self.credentials().clone())
    }

    /// The account id.
    pub fn account(&self) -> &str {
        &self.inner.account
    }

    /// The Region to call.
    pub fn region(&self) -> &str {
        &self.inner.region
    }

    /// The credentials that sign.
    pub fn credentials(&self) -> &SharedCredentialsProvider {
        &self.inner.credentials
    }
}

impl Client {
    /// A client with these options.
    pub fn new(options: Options) -> Self {
        Self { inner: Arc::new(Inner { options }) }
    }

    /// The options it was made with.
    pub fn options(&self) -> &Options {
        &self.inner.options
    }

    /// Makes one call. The answer is the operation's output with AWS's own member names; absent members are missing.
    ///
    /// # Errors
    /// When the call fails after every retry; the class says what that means for a scan.
    pub async fn call(&self, target: &Target, service: &str, operation: &str, input: &Doc) -> Result<Doc, CallError> {
        let _ = (target, input);
        Err(CallError::local(ErrorClass::Bug, format!("{service}:{operation}"), "not connected"))
    }

    /// The pages of a listing.
    pub fn pages(&self, target: &Target, service: &str, operation: &str, input: Doc) -> Pages {
        Pages::new(self.clone(), target.clone(), service, operation, input)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("options", &self.inner.options).finish()
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target")
            .field("account", &self.account())
            .field("region", &self.region())
            .finish_non_exhaustive()
    }
}
