//! From a prepared request to a document, through the AWS SDK's own runtime: signing, clock skew, connections. One
//! attempt at a time: whether there is another one is decided by whoever holds the retries.
//!
//! A [`Wire`] is one service in one account and Region, prepared once: the runtime's configuration is built for it and
//! reused by all its calls. What the runtime calls back for stands in `transport/runtime.rs`.

mod exchange;
mod runtime;
#[cfg(test)]
mod tests;

use std::net::IpAddr;
use std::sync::Arc;

use aws_runtime::auth::{SigV4OperationSigningConfig, sigv4};
use aws_runtime::service_clock_skew::ServiceClockSkewInterceptor;
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_runtime::client::identity::IdentityCache;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
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
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SigningName;
use aws_types::region::{Region, SigningRegion};
use plumbline_baseline::Doc;
use plumbline_baseline::api::Service;

use crate::endpoint::Resolved;
use crate::failure::{Failure, not_in_region, without_answer};
use crate::http::{Capped, host};
use crate::options::Options;
use crate::protocol::{Addressing, Request};
use crate::target::Target;

pub(crate) use exchange::Exchange;
use exchange::{Outgoing, Refused};
use runtime::{Deserializer, Serializer};

/// One service in one account and Region, ready to be called.
#[derive(Debug)]
pub(crate) struct Wire {
    operation: Operation<Outgoing, Doc, Refused>,
    pub(crate) addressing: Addressing,
    /// Whether AWS's endpoint data does not list the service in the Region.
    is_unlisted: bool,
}

impl Wire {
    /// Prepares a service.
    pub(crate) fn new(options: &Options, service: &Service, endpoint: &Resolved, target: &Target) -> Self {
        let operation = Operation::builder()
            .service_name(service.name.clone())
            .operation_name("call")
            .behavior_version(BehaviorVersion::latest())
            .http_client(Capped {
                inner: options.http_client.clone(),
                cap: options.body_cap,
                room: options.body_room.clone(),
            })
            .endpoint_url(&endpoint.url)
            .no_retry()
            .timeout_config(TimeoutConfig::builder().connect_timeout(options.connect_timeout).build())
            .sleep_impl(TokioSleep::new())
            // The attempt's time-out covers the body.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .with_connection_poisoning()
            // By this the runtime tells which connections not to use again.
            .retry_classifier(TransientErrorClassifier::<Refused>::new())
            .interceptor(ServiceClockSkewInterceptor::new())
            .runtime_plugin(
                StaticRuntimePlugin::new()
                    .with_config(signing_config(service, endpoint))
                    .with_runtime_components(signing_components(target)),
            )
            .serializer(|_: Outgoing| Err("the serializer of the runtime plugin is used".into()))
            .deserializer_impl::<Doc, Refused>(Deserializer)
            .build();
        let is_aws = !endpoint.is_override;
        let addressing = Addressing { host_prefix: is_aws || !is_local(&endpoint.url) };
        let is_unlisted = is_aws && service.unlisted_regions.iter().any(|region| region == target.region());
        Self { operation, addressing, is_unlisted }
    }

    /// Sends a request once, and reads the answer.
    pub(crate) async fn send(&self, request: Request, exchange: &Arc<Exchange>) -> Result<Doc, Failure> {
        let outgoing = Outgoing { request, exchange: Arc::clone(exchange) };
        let sent = self.operation.invoke(outgoing).await;
        sent.map_err(|error| not_in_region(self.is_unlisted, failure(exchange.name(), error)))
    }
}

fn failure(operation: String, error: SdkError<Refused, HttpResponse>) -> Failure {
    let SdkError::ServiceError(context) = error else { return without_answer(operation, &error) };
    let Refused { answer, class } = context.err();
    Failure::answered(operation, answer.clone(), *class, context.raw())
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
