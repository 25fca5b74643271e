//! What the AWS SDK's interface of HTTP clients wants to be given before it gives a connector. Connectors do not look at
//! it: no credentials and no endpoint of these are ever used.

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_smithy_runtime::client::identity::IdentityCache;
use aws_smithy_runtime::client::orchestrator::endpoints::StaticUriEndpointResolver;
use aws_smithy_runtime::client::retries::strategy::NeverRetryStrategy;
use aws_smithy_runtime_api::client::auth::SharedAuthScheme;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

/// Components that are complete, and that nobody uses.
pub(super) fn unused_components() -> RuntimeComponents {
    let nobody = SharedCredentialsProvider::new(Credentials::new("", "", None, None, "nobody"));
    RuntimeComponents::builder("plumbline")
        .with_auth_scheme(SharedAuthScheme::new(SigV4AuthScheme::new()))
        .with_auth_scheme_option_resolver(Some(StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID])))
        .with_endpoint_resolver(Some(StaticUriEndpointResolver::http_localhost(0)))
        .with_identity_cache(Some(IdentityCache::no_cache()))
        .with_identity_resolver(SCHEME_ID, nobody)
        .with_retry_strategy(Some(NeverRetryStrategy::new()))
        .build()
        .expect("all that is required is given")
}
