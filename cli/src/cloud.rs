//! The AWS client and the caller, as flags and environment want them, and what failures of theirs mean to a person.

use std::sync::Arc;

use plumbline_aws::{Caller, Client, Environment, Options, credentials};
use plumbline_coordinator::organization::{self, Discovery};
use plumbline_telemetry::Registry;

use crate::counted_calls::CountedCalls;
use crate::failure::{Failure, Result};

/// Who calls, and with what.
pub(crate) struct Cloud {
    /// The client.
    pub(crate) client: Client,
    /// The caller's identity.
    pub(crate) caller: Caller,
}

impl Cloud {
    /// The AWS default chain, and an endpoint of its own when one is given.
    ///
    /// # Errors
    /// When a setting of the environment cannot be obeyed.
    pub(crate) async fn from_env(endpoint_url: Option<&str>) -> Result<Self> {
        Self::with(options(endpoint_url).await?).await
    }

    /// The same; its calls are counted there.
    ///
    /// # Errors
    /// When a setting of the environment cannot be obeyed.
    pub(crate) async fn counted(endpoint_url: Option<&str>, registry: &Arc<Registry>) -> Result<Self> {
        let observer = Arc::new(CountedCalls(Arc::clone(registry)));
        Self::with(Options { observer, ..options(endpoint_url).await? }).await
    }

    async fn with(options: Options) -> Result<Self> {
        let client = Client::new(options);
        let caller = Caller::load(&client, None).await;
        Ok(Self { client, caller })
    }

    /// A discovery of what the credentials lead to.
    pub(crate) fn discovery(&self) -> Discovery {
        Discovery::new(self.caller.clone(), self.client.clone())
    }
}

/// Why the organization could not be read, and what to do about it.
pub(crate) fn discovery_failure(error: &organization::Error) -> Failure {
    match error {
        organization::Error::Credentials(error) => credentials_failure(error),
        organization::Error::Refused(refused) => Failure::new(
            "discover the organization",
            refused,
            "sign in again; check AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        ),
        organization::Error::Identity(_) | organization::Error::Stalled { .. } => {
            Failure::new("discover the organization", error, CHECK_NETWORK)
        }
    }
}

/// The client's options: the environment's endpoints, or the one given.
async fn options(endpoint_url: Option<&str>) -> Result<Options> {
    let environment = Environment::load(endpoint_url).await;
    let environment = environment.map_err(|error| {
        let next = "correct it, or unset it; environment variables and profiles mean what they mean to the AWS CLI";
        Failure::new(format!("use {}", error.setting), error.detail, next)
    })?;
    Ok(Options::new(environment))
}

const CHECK_NETWORK: &str = "check the network, the proxy and the Region (AWS_REGION); --endpoint-url and AWS_ENDPOINT_URL must lead to AWS or an emulator";

const NO_ENDPOINT: &str = "choose a Region that has one (AWS_REGION, --regions), or unset AWS_USE_FIPS_ENDPOINT and AWS_USE_DUALSTACK_ENDPOINT";

/// What is wrong with the credentials, and what to do about it.
pub(crate) fn credentials_failure(error: &credentials::Error) -> Failure {
    use credentials::Error;
    match error {
        Error::Missing(_) => Failure::new(
            "find AWS credentials",
            "neither the environment, nor a profile, nor the machine has any",
            "sign in (`aws sso login`), or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        ),
        Error::Refused(refused) => Failure::new(
            "use the AWS credentials",
            error,
            if refused.code.contains("Expired") {
                "they have expired: sign in again"
            } else {
                "check AWS_PROFILE, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and that the key still exists"
            },
        ),
        Error::Unreachable(detail) => Failure::new("reach AWS", detail, CHECK_NETWORK),
        Error::NoEndpoint(_) => Failure::new("reach AWS", error, NO_ENDPOINT),
        Error::PolicyTooLong { .. } => {
            Failure::new("assume roles", error, "narrow the scan with --controls, and report this as a bug")
        }
    }
}
