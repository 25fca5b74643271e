//! Making a proof, with whatever credentials the machine has. Nothing is sent to AWS here.

use aws_credential_types::provider::ProvideCredentials;

use super::Proof;
use super::request::{Binding, endpoint, unsigned};
use crate::caller::Caller;
use crate::credentials::{self, verify};
use crate::endpoint::{Error as NoEndpoint, Variant};
use crate::transport::Signer;

/// Why there is no proof.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum NotSigned {
    /// There are no credentials.
    #[error(transparent)]
    Credentials(#[from] credentials::Error),
    /// Not a role's.
    #[error("the credentials are a long-term key, and those of a role are wanted: let the machine run under a role")]
    NoSession,
    /// AWS has no such endpoint.
    #[error(transparent)]
    NoEndpoint(#[from] NoEndpoint),
    /// The signer failed.
    #[error("sign a request to STS: {0}")]
    Signer(String),
}

impl Proof {
    /// Proves who the caller is, for this and for nothing else, to somebody who calls that variant of AWS's endpoints.
    ///
    /// # Errors
    /// When there are no credentials, they are no role's, or AWS has no STS of that variant in the caller's Region.
    pub async fn of(caller: &Caller, binding: &Binding, variant: Variant) -> Result<Self, NotSigned> {
        let (credentials, region) = (caller.credentials(), caller.region());
        // Says more of what is wrong than the provider.
        verify(&credentials).await?;
        let credentials = credentials.provide_credentials().await;
        let credentials = credentials.map_err(|error| credentials::Error::Missing(error.to_string()))?;
        let security_token = credentials.session_token().ok_or(NotSigned::NoSession)?.to_owned();
        let endpoint = endpoint(region, variant)?;
        let mut request = unsigned(&endpoint.url, binding).map_err(|error| NotSigned::Signer(error.to_string()))?;
        let signer = Signer::new(super::request::sts(), &endpoint.signing_region);
        signer.sign(&mut request, credentials).map_err(|error| NotSigned::Signer(error.to_string()))?;
        let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
        let (Some(date), Some(authorization)) = (header("x-amz-date"), header("authorization")) else {
            return Err(NotSigned::Signer("it left the request as it was".to_owned()));
        };
        let (date, authorization) = (date.to_owned(), authorization.to_owned());
        Ok(Self { region: region.to_owned(), date, security_token, authorization })
    }
}
