//! Who calls AWS: the caller's own credentials, and roles assumed from them. Everything here is cached and renewed
//! before it expires, so that the client can ask before every request. STS is always called in a Region, never at its
//! global endpoint.

mod assume;
mod cached;

use aws_config::meta::region::ProvideRegion;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::credential_fn::provide_credentials_fn;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

use crate::endpoint::{self, Error as NoEndpoint};
use crate::error::{Answer, ErrorClass, causes, classify, sdk_text};
use crate::options::Options;

pub use assume::AssumeRole;
use cached::Cached;
pub(crate) use cached::refused;

/// The Region that is used when nobody says another one.
const FALLBACK_REGION: &str = "us-east-1";

/// Why there are no credentials.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum Error {
    /// The default chain (environment, profile, container, instance) has none.
    #[error("find AWS credentials: {0}")]
    Missing(String),
    /// STS answered, and refused.
    #[error("{operation}: {code}: {message}")]
    Refused {
        /// The operation (`sts:AssumeRole`).
        operation: &'static str,
        /// AWS's error code.
        code: String,
        /// AWS's message.
        message: String,
    },
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
            Self::Refused { code, message, .. } => {
                let answer = Answer { code: code.clone(), message: message.clone(), http_status: 0 };
                match classify(None, "", &answer) {
                    class @ (ErrorClass::Throttled | ErrorClass::Transient | ErrorClass::Expired) => class,
                    _ => ErrorClass::NoCredentials,
                }
            }
            Self::Unreachable(_) => ErrorClass::Transient,
            Self::Missing(_) | Self::NoEndpoint(_) | Self::PolicyTooLong { .. } => ErrorClass::NoCredentials,
        }
    }
}

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
    config: SdkConfig,
    credentials: SharedCredentialsProvider,
    options: Options,
}

impl Caller {
    /// The caller of the AWS default chain: environment, profile, container, instance.
    pub async fn load(options: &Options, region: Option<&str>) -> Self {
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
        Self::with_config(config, options)
    }

    /// A caller with given credentials, as tests and the simulated organization have.
    pub fn with_credentials(options: &Options, credentials: SharedCredentialsProvider, region: &str) -> Self {
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(options.http_client.clone())
            .sleep_impl(aws_smithy_async::rt::sleep::default_async_sleep().expect("the tokio runtime is compiled in"))
            .time_source(aws_smithy_async::time::SystemTimeSource::new())
            .region(Region::new(region.to_owned()))
            .credentials_provider(credentials)
            .build();
        Self::with_config(config, options)
    }

    fn with_config(config: SdkConfig, options: &Options) -> Self {
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
        let credentials = cached(inner);
        Self { config, credentials, options: options.clone() }
    }

    /// The caller's credentials.
    pub fn credentials(&self) -> SharedCredentialsProvider {
        self.credentials.clone()
    }

    /// The caller's configured Region, or us-east-1.
    pub fn region(&self) -> &str {
        self.config.region().map_or(FALLBACK_REGION, |region| region.as_ref())
    }

    /// The configuration for the typed SDK crate of a service (`service_id` as in `Organizations`), called for a Region:
    /// the caller's credentials, the shared HTTP client, and the endpoint and the signature that our own calls of that
    /// service have. It makes one attempt.
    ///
    /// # Errors
    /// When AWS has no such endpoint.
    pub fn sdk_config(&self, service_id: &str, region: &str) -> Result<SdkConfig, NoEndpoint> {
        let options = &self.options;
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
        // Attempts are admitted one by one: `Session::typed` makes them.
        builder.set_retry_config(Some(RetryConfig::disabled()));
        Ok(builder.build())
    }

    /// STS is asked for what a session needs before it can call anything, so that its attempts are the SDK's.
    fn sts(&self, region: &str, credentials: SharedCredentialsProvider) -> Result<aws_sdk_sts::Client, NoEndpoint> {
        let retries = RetryConfig::standard()
            .with_max_attempts(self.options.max_attempts)
            .with_max_backoff(self.options.max_backoff);
        let config = self.sdk_config("STS", region)?.into_builder().retry_config(retries);
        Ok(aws_sdk_sts::Client::new(&config.credentials_provider(credentials).build()))
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
        verify(credentials).await?;
        let answer = self
            .sts(self.region(), credentials.clone())?
            .get_caller_identity()
            .send()
            .await
            .map_err(|error| sts_error("sts:GetCallerIdentity", &error))?;
        let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
        Ok(Identity { account: text(answer.account()), arn: text(answer.arn()) })
    }

    /// The credentials of a role: assumed on first use, renewed before they expire.
    ///
    /// # Errors
    /// When the session policy is too long. Whether the role can be assumed shows on first use, or with [`verify`].
    pub fn assume(&self, role: AssumeRole) -> Result<SharedCredentialsProvider, Error> {
        role.validate()?;
        let region = role.region.as_deref().unwrap_or_else(|| self.region());
        let sts = self.sts(region, self.credentials.clone())?;
        Ok(cached(assume::Provider::new(sts, role)))
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

/// Credentials that are kept until shortly before they expire.
pub(crate) fn cached(source: impl ProvideCredentials + 'static) -> SharedCredentialsProvider {
    SharedCredentialsProvider::new(Cached::new(source))
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

fn sts_error<E>(operation: &'static str, error: &SdkError<E>) -> Error
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    if let SdkError::ServiceError(answer) = error {
        let meta = answer.err().meta();
        let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
        return Error::Refused { operation, code: text(meta.code()), message: text(meta.message()) };
    }
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        if let Some(inner) = cause.downcast_ref::<CredentialsError>() {
            return credentials_error(inner);
        }
        source = cause.source();
    }
    Error::Unreachable(sdk_text(error))
}
