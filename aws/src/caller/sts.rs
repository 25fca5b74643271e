//! STS, called under the same admission, retries, time-outs and error table as every other service. It waits for the
//! credentials that sign before it takes anything that others could use.

use aws_config::SdkConfig;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sts::operation::get_caller_identity::GetCallerIdentityOutput;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use crate::client::Client;
use crate::credentials::{Error, verify};
use crate::target::Target;

/// The account in which calls of STS are counted: that of the caller, which is known only from an answer of STS.
const CALLER: &str = "caller";

/// STS in a Region, with somebody's credentials.
#[derive(Clone, Debug)]
pub(super) struct Sts {
    client: Client,
    target: Target,
    pub(super) sdk: aws_sdk_sts::Client,
}

impl Sts {
    pub(super) fn new(
        client: Client,
        config: &SdkConfig,
        region: &str,
        credentials: SharedCredentialsProvider,
    ) -> Self {
        let target = Target::new(CALLER, region, credentials);
        Self { client, target, sdk: aws_sdk_sts::Client::new(config) }
    }

    /// Whose the credentials are.
    pub(super) async fn identity(&self) -> Result<GetCallerIdentityOutput, Error> {
        self.call("GetCallerIdentity", || self.sdk.get_caller_identity().send()).await
    }

    /// Makes a call.
    pub(super) async fn call<T, E, F>(&self, operation: &'static str, send: impl Fn() -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        verify(self.target.credentials()).await?;
        // Behind a pointer: callers are nested deep already, and there is one such call a session.
        match Box::pin(self.client.typed(&self.target, "sts", operation, send)).await {
            Ok(answer) => Ok(answer),
            Err(error) if error.http_status.is_some() => Err(Error::Refused(error)),
            Err(error) => {
                // Credentials that were refused and could not be had again say so themselves.
                verify(self.target.credentials()).await?;
                Err(Error::Unreachable(error.message))
            }
        }
    }
}
