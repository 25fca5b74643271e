//! Credentials and how they are kept: cached, renewed before they expire, so that the client can ask before every
//! request. It does not know where they come from, nor how STS is called: that is `caller`'s.

mod cached;

use std::time::Duration;

use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};

use crate::endpoint::Error as NoEndpoint;
use crate::error::{CallError, ErrorClass, causes};

use cached::Cached;
pub(crate) use cached::refused;

/// Why there are no credentials.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum Error {
    /// The default chain (environment, profile, container, instance) has none.
    #[error("find AWS credentials: {0}")]
    Missing(String),
    /// STS answered, and refused.
    #[error("{}: {}: {}", .0.operation, .0.code, .0.message)]
    Refused(CallError),
    /// STS could not be reached.
    #[error("reach STS: {0}")]
    Unreachable(String),
    /// AWS has no such endpoint.
    #[error(transparent)]
    NoEndpoint(#[from] NoEndpoint),
    /// The session policy is longer than STS takes.
    #[error("fit the session policy into {limit} characters: it has {length}")]
    PolicyTooLong {
        /// Its length.
        length: usize,
        /// What STS takes.
        limit: usize,
    },
}

impl Error {
    /// What it means for a scan, from the same table as every answer of AWS.
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Refused(CallError { class, .. }) => match class {
                ErrorClass::Throttled | ErrorClass::Transient | ErrorClass::Expired => *class,
                _ => ErrorClass::NoCredentials,
            },
            Self::Unreachable(_) => ErrorClass::Transient,
            Self::NoEndpoint(error @ NoEndpoint::NotPublished { .. }) => ErrorClass::of_no_endpoint(error),
            Self::Missing(_) | Self::NoEndpoint(_) | Self::PolicyTooLong { .. } => ErrorClass::NoCredentials,
        }
    }
}

/// Credentials that are kept until shortly before they expire. A renewal that takes longer than this has failed.
pub(crate) fn cached(source: impl ProvideCredentials + 'static, longest: Duration) -> SharedCredentialsProvider {
    SharedCredentialsProvider::new(Cached::new(source, longest))
}

/// Obtains credentials once, to learn early whether that works; they are cached for the calls that follow.
///
/// # Errors
/// Why there are none.
pub async fn verify(credentials: &SharedCredentialsProvider) -> Result<(), Error> {
    credentials.provide_credentials().await.map(|_| ()).map_err(|error| credentials_error(&error))
}

fn credentials_error(error: &CredentialsError) -> Error {
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        if let Some(known) = cause.downcast_ref::<Error>() {
            return known.clone();
        }
        source = cause.source();
    }
    Error::Missing(causes(error))
}
