//! From a prepared request to a document, through the AWS SDK's own runtime: signing, retries, time-outs, connections.
//!
//! A [`Lane`] is one service in one account and Region, prepared once: the runtime's configuration is built for it and
//! reused by all its calls. What the runtime calls back for stands in `transport/runtime.rs`.

mod runtime;
#[cfg(test)]
mod tests;

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use aws_credential_types::provider::error::CredentialsError;
use aws_runtime::auth::{SigV4OperationSigningConfig, sigv4};
use aws_runtime::service_clock_skew::{ServiceClockSkewClassifier, ServiceClockSkewInterceptor};
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_runtime::client::identity::IdentityCache;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::RetryPartition;
use aws_smithy_runtime::client::retries::classifiers::TransientErrorClassifier;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::auth::{AuthSchemeOptionResolverParams, SharedAuthScheme};
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_runtime_api::client::ser_de::SharedRequestSerializer;
use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_smithy_types::config_bag::{FrozenLayer, Layer};
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SigningName;
use aws_types::region::{Region, SigningRegion};
use plumbline_baseline::Doc;
use plumbline_baseline::api::Service;

use crate::budget::Limiter;
use crate::client::Target;
use crate::endpoint::Resolved;
use crate::error::{CallError, ErrorClass, causes, sdk_text};
use crate::http::{Capped, host, is_too_large};
use crate::options::Options;
use crate::protocol::{Addressing, Request};

use runtime::{Classifier, Deserializer, Failed, Serializer};

/// One service in one account and Region, ready to be called.
#[derive(Debug)]
pub(crate) struct Lane {
    operation: Operation<Outgoing, Doc, Failed>,
    pub(crate) addressing: Addressing,
    pub(crate) limiter: Arc<Limiter>,
}

/// A request on its way, and the call that it belongs to.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) request: Request,
    pub(crate) call: Arc<Call>,
}

/// One call: what is needed to read its answer, and what is counted of it.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) service: Arc<Service>,
    pub(crate) operation: String,
    pub(crate) limiter: Arc<Limiter>,
    pub(crate) attempts: AtomicU32,
    pub(crate) throttled: AtomicU32,
    pub(crate) bytes: AtomicUsize,
}

impl Call {
    pub(crate) fn new(service: Arc<Service>, operation: &str, limiter: Arc<Limiter>) -> Self {
        Self {
            service,
            operation: operation.to_owned(),
            limiter,
            attempts: AtomicU32::new(0),
            throttled: AtomicU32::new(0),
            bytes: AtomicUsize::new(0),
        }
    }
}

impl Lane {
    pub(crate) fn new(
        options: &Options,
        service: &Service,
        endpoint: &Resolved,
        target: &Target,
        limiter: Arc<Limiter>,
    ) -> Self {
        let retries =
            RetryConfig::standard().with_max_attempts(options.max_attempts).with_max_backoff(options.max_backoff);
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(options.connect_timeout)
            .operation_attempt_timeout(options.attempt_timeout)
            .build();
        let operation = Operation::builder()
            .service_name(service.name.clone())
            .operation_name("call")
            .behavior_version(BehaviorVersion::latest())
            .http_client(Capped { inner: options.http_client.clone(), cap: options.body_cap })
            .endpoint_url(&endpoint.url)
            .standard_retry(&retries)
            .timeout_config(timeouts)
            .sleep_impl(TokioSleep::new())
            // The attempt's time-out covers the body.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .with_connection_poisoning()
            .interceptor(ServiceClockSkewInterceptor::new())
            .retry_classifier(ServiceClockSkewClassifier::<Failed>::new())
            .retry_classifier(TransientErrorClassifier::<Failed>::new())
            .retry_classifier(Classifier)
            .runtime_plugin(
                StaticRuntimePlugin::new()
                    .with_config(signing_config(service, endpoint))
                    .with_runtime_components(signing_components(target)),
            )
            .serializer(|_: Outgoing| Err("the serializer of the runtime plugin is used".into()))
            .deserializer_impl::<Doc, Failed>(Deserializer)
            .build();
        let is_aws = !endpoint.is_override;
        let addressing = Addressing { host_prefix: is_aws || !is_local(&endpoint.url) };
        Self { operation, addressing, limiter }
    }

    /// Sends a request, with retries, and reads the answer.
    pub(crate) async fn invoke(&self, request: Request, call: &Arc<Call>) -> Result<Doc, CallError> {
        let outgoing = Outgoing { request, call: Arc::clone(call) };
        let result = self.operation.invoke(outgoing).await;
        result.map_err(|error| call_error(format!("{}:{}", call.service.name, call.operation), error))
    }
}

fn signing_config(service: &Service, endpoint: &Resolved) -> FrozenLayer {
    let mut signing = SigV4OperationSigningConfig::default();
    let region = Region::new(endpoint.signing_region.clone());
    signing.region = Some(SigningRegion::from(region.clone()));
    signing.name = Some(SigningName::from(service.signing_name.clone()));
    if service.signing_name == "s3" {
        signing.signing_options.double_uri_encode = false;
        signing.signing_options.normalize_uri_path = false;
        signing.signing_options.content_sha256_header = true;
    }
    let mut layer = Layer::new("plumbline");
    layer.store_put(signing);
    layer.store_put(region);
    layer.store_put(AuthSchemeOptionResolverParams::new(()));
    layer.store_put(SharedRequestSerializer::new(Serializer));
    // A partition of its own: one throttled account must not use up the retries of the others, and the lane's end
    // frees it, which named partitions never are.
    layer.store_put(RetryPartition::custom(service.name.clone()).build());
    layer.freeze()
}

fn signing_components(target: &Target) -> RuntimeComponentsBuilder {
    RuntimeComponentsBuilder::new("plumbline")
        .with_auth_scheme(SharedAuthScheme::new(sigv4::SigV4AuthScheme::new()))
        .with_auth_scheme_option_resolver(Some(StaticAuthSchemeOptionResolver::new(vec![sigv4::SCHEME_ID])))
        .with_identity_resolver(sigv4::SCHEME_ID, target.credentials().clone())
        // Our credential providers cache; the runtime's cache would keep every account of the organization.
        .with_identity_cache(Some(IdentityCache::no_cache()))
}

/// Whether a URL's host is an address or `localhost`, in front of which no label can stand.
fn is_local(url: &str) -> bool {
    host(url) == "localhost" || host(url).parse::<IpAddr>().is_ok()
}

fn call_error(operation: String, error: SdkError<Failed, HttpResponse>) -> CallError {
    match error {
        SdkError::ServiceError(answer) => {
            let Failed { answer, class, .. } = answer.into_err();
            CallError {
                class,
                code: answer.code,
                message: answer.message,
                operation,
                http_status: Some(answer.http_status),
            }
        }
        other if is_too_large(&other) => {
            CallError::local(ErrorClass::TooLarge, operation, "the answer is larger than the body cap")
        }
        other => match credentials_cause(&other) {
            Some((class, message)) => CallError::local(class, operation, message),
            None => {
                let class = match other {
                    SdkError::ConstructionFailure(_) => ErrorClass::Bug,
                    _ => ErrorClass::Transient,
                };
                CallError::local(class, operation, sdk_text(&other))
            }
        },
    }
}

/// The credentials failure among an error's causes.
fn credentials_cause(error: &(dyn std::error::Error + 'static)) -> Option<(ErrorClass, String)> {
    let mut cause = Some(error);
    let mut found = None;
    while let Some(error) = cause {
        if let Some(known) = error.downcast_ref::<crate::credentials::Error>() {
            return Some((known.class(), known.to_string()));
        }
        if error.is::<CredentialsError>() {
            found = Some((ErrorClass::NoCredentials, causes(error)));
        }
        cause = error.source();
    }
    found
}

/// Adds one to a counter, and returns the new value.
pub(crate) fn count(counter: &AtomicU32) -> u32 {
    counter.fetch_add(1, Ordering::Relaxed) + 1
}
