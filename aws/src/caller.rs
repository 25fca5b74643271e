//! Who calls AWS: the caller's own credentials, and roles assumed from them. STS is called as every other service is, and
//! always in a Region, never at its global endpoint. Whether credentials are still good is `credentials`' business.

mod assume;
mod sts;

use std::time::Duration;

use aws_config::meta::region::ProvideRegion;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::credential_fn::provide_credentials_fn;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime::client::identity::IdentityCache;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

use crate::client::Client;
use crate::credentials::{Error, cached};
use crate::endpoint::{self, Error as NoEndpoint};

pub use assume::AssumeRole;
use sts::Sts;

/// The Region that is used when nobody says another one.
const FALLBACK_REGION: &str = "us-east-1";

/// The default chain asks files, processes and the machine's own network: what took it this long is not going to end.
const LONGEST_CHAIN: Duration = Duration::from_secs(30);

/// A session takes the chain's time, a call of STS with all its attempts, and a time in line: less than the margin in
/// which it is renewed, so that a slow renewal keeps nobody waiting.
const LONGEST_SESSION: Duration = Duration::from_secs(180);

/// The identity behind credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The account id.
    pub account: String,
    /// The ARN of the user or role session.
    pub arn: String,
}

/// Whoever started the process.
#[derive(Clone, Debug)]
pub struct Caller {
    client: Client,
    config: SdkConfig,
    credentials: SharedCredentialsProvider,
}

impl Caller {
    /// The caller of the AWS default chain: environment, profile, container, instance.
    pub async fn load(client: &Client, region: Option<&str>) -> Self {
        let options = client.options();
        let mut loader = aws_config::defaults(BehaviorVersion::latest()).http_client(options.http_client.clone());
        if let Some(region) = region {
            loader = loader.region(Region::new(region.to_owned()));
        }
        let config = loader.load().await;
        // The SDK takes an empty variable for a name; to the AWS CLI it is not set.
        let config = match config.region() {
            Some(region) if region.as_ref().trim().is_empty() => {
                let of_profile = ProfileFileRegionProvider::new().region().await;
                config.into_builder().region(of_profile).build()
            }
            _ => config,
        };
        Self::with_config(config, client)
    }

    /// A caller with given credentials, as tests and the simulated organization have.
    pub fn with_credentials(client: &Client, credentials: SharedCredentialsProvider, region: &str) -> Self {
        let options = client.options();
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(options.http_client.clone())
            .sleep_impl(aws_smithy_async::rt::sleep::default_async_sleep().expect("the tokio runtime is compiled in"))
            .time_source(aws_smithy_async::time::SystemTimeSource::new())
            .region(Region::new(region.to_owned()))
            .credentials_provider(credentials)
            .build();
        Self::with_config(config, client)
    }

    fn with_config(config: SdkConfig, client: &Client) -> Self {
        let options = client.options();
        let none = || async { Err(CredentialsError::not_loaded("no provider is configured")) };
        // Without a time-out, an STS that accepts connections and never answers would hold a job until its deadline.
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(options.connect_timeout)
            .operation_attempt_timeout(options.attempt_timeout)
            .build();
        let config = config.into_builder().timeout_config(timeouts).build();
        let inner = config
            .credentials_provider()
            .unwrap_or_else(|| SharedCredentialsProvider::new(provide_credentials_fn(none)));
        let credentials = cached(inner, LONGEST_CHAIN);
        Self { client: client.clone(), config, credentials }
    }

    /// The caller's credentials.
    pub fn credentials(&self) -> SharedCredentialsProvider {
        self.credentials.clone()
    }

    /// The caller's configured Region, or us-east-1.
    pub fn region(&self) -> &str {
        self.config.region().map_or(FALLBACK_REGION, |region| region.as_ref())
    }

    /// The caller's configured Region, if there is one.
    pub fn configured_region(&self) -> Option<&str> {
        self.config.region().map(AsRef::as_ref)
    }

    /// The configuration for the typed SDK crate of a service (`service_id` as in `Organizations`), called for a Region:
    /// the caller's credentials, the shared HTTP client, and the endpoint and the signature that our own calls of that
    /// service have. It makes one attempt.
    ///
    /// # Errors
    /// When AWS has no such endpoint.
    pub fn sdk_config(&self, service_id: &str, region: &str) -> Result<SdkConfig, NoEndpoint> {
        let options = self.client.options();
        let mut services = options.catalog.services();
        let service = services.find(|service| service.service_id == service_id);
        let service = service.expect("typed crates are used of services that have a descriptor");
        let endpoint = endpoint::resolve(service, region, &options.endpoints, options.variant)?;
        let mut builder = self.config.to_builder();
        // The endpoint is what the environment wants it to be: the SDK is not to decide that again.
        builder.set_use_fips(None);
        builder.set_use_dual_stack(None);
        builder.set_service_config(Some(NothingElse));
        builder.set_endpoint_url(Some(endpoint.url));
        builder.set_region(Region::new(endpoint.signing_region));
        builder.set_credentials_provider(Some(self.credentials.clone()));
        // The caller's are kept already, and those that AWS refused are not to be used again.
        builder.set_identity_cache(Some(IdentityCache::no_cache()));
        // Attempts are admitted one by one: `Session::typed` makes them.
        builder.set_retry_config(Some(RetryConfig::disabled()));
        Ok(builder.build())
    }

    fn sts(&self, region: &str, credentials: &SharedCredentialsProvider) -> Result<Sts, NoEndpoint> {
        let config = self.sdk_config("STS", region)?.into_builder().credentials_provider(credentials.clone()).build();
        Ok(Sts::new(self.client.clone(), &config, region, credentials.clone()))
    }

    /// Asks STS who the caller is.
    ///
    /// # Errors
    /// When there are no credentials, STS refuses them, or STS cannot be reached.
    pub async fn identity(&self) -> Result<Identity, Error> {
        self.identity_of(&self.credentials).await
    }

    /// Asks STS whose credentials these are.
    ///
    /// # Errors
    /// As [`identity`](Self::identity).
    pub async fn identity_of(&self, credentials: &SharedCredentialsProvider) -> Result<Identity, Error> {
        let answer = self.sts(self.region(), credentials)?.identity().await?;
        let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
        Ok(Identity { account: text(answer.account()), arn: text(answer.arn()) })
    }

    /// The credentials of a role: assumed on first use, renewed before they expire.
    ///
    /// # Errors
    /// When the session policy is too long. Whether the role can be assumed shows on first use, or with
    /// [`verify`](crate::credentials::verify).
    pub fn assume(&self, role: AssumeRole) -> Result<SharedCredentialsProvider, Error> {
        role.validate()?;
        let region = role.region.as_deref().unwrap_or_else(|| self.region());
        let sts = self.sts(region, &self.credentials)?;
        Ok(cached(assume::Provider::new(sts, role), LONGEST_SESSION))
    }
}

/// What a typed crate would read of the environment by itself.
#[derive(Debug)]
struct NothingElse;

impl LoadServiceConfig for NothingElse {
    fn load_config(&self, _: ServiceConfigKey<'_>) -> Option<String> {
        None
    }
}

#[cfg(test)]
mod tests;
