//! The one HTTP client: hyper on rustls with ring. All AWS traffic of the process shares its connections. Also the cap
//! on response bodies, which stands here because the layers above read whole bodies into memory.

use std::net::IpAddr;
use std::sync::LazyLock;

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, ConnectorBuilder};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::{RuntimeComponents, RuntimeComponentsBuilder};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use http_body_util::{LengthLimitError, Limited};

/// The process's HTTP client, for the typed SDK crates too. It uses the proxy that `HTTPS_PROXY`, `HTTP_PROXY` and
/// `NO_PROXY` name.
pub fn http_client() -> SharedHttpClient {
    static CLIENT: LazyLock<SharedHttpClient> = LazyLock::new(|| build(ProxyConfig::from_env()));
    CLIENT.clone()
}

/// The HTTP client for an endpoint: none of this machine's own addresses is reached through a proxy.
pub(crate) fn http_client_for(url: &str) -> SharedHttpClient {
    static DIRECT: LazyLock<SharedHttpClient> = LazyLock::new(|| build(ProxyConfig::disabled()));
    if is_loopback(url) { DIRECT.clone() } else { http_client() }
}

fn build(proxy: ProxyConfig) -> SharedHttpClient {
    Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = ConnectorBuilder::default().tls_provider(Provider::Rustls(CryptoMode::Ring));
        connector.set_connector_settings(settings.cloned());
        connector.set_proxy_config(Some(proxy.clone()));
        if let Some(components) = components {
            connector.set_sleep_impl(components.sleep_impl());
        }
        connector.build()
    })
}

/// The host of a URL, without port and brackets.
pub(crate) fn host(url: &str) -> &str {
    let authority = url.split("://").nth(1).unwrap_or(url).split('/').next().unwrap_or_default();
    match authority.strip_prefix('[') {
        Some(address) => address.split(']').next().unwrap_or_default(),
        None => authority.rsplit_once(':').map_or(authority, |(name, _)| name),
    }
}

fn is_loopback(url: &str) -> bool {
    let host = host(url);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// An HTTP client whose response bodies end with an error past a number of bytes.
#[derive(Clone, Debug)]
pub(crate) struct Capped {
    pub(crate) inner: SharedHttpClient,
    pub(crate) cap: usize,
}

/// Whether an error, or one of its causes, is the cap.
pub(crate) fn is_too_large(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<LengthLimitError>() || error.is::<TooLarge>() {
            return true;
        }
        cause = error.source();
    }
    false
}

#[derive(Debug, thiserror::Error)]
#[error("a body of {0} bytes is announced")]
struct TooLarge(u64);

impl HttpClient for Capped {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(CappedConnector { inner, cap: self.cap })
    }

    fn validate_base_client_config(
        &self,
        components: &RuntimeComponentsBuilder,
        cfg: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.inner.validate_base_client_config(components, cfg)
    }

    fn validate_final_config(&self, components: &RuntimeComponents, cfg: &ConfigBag) -> Result<(), BoxError> {
        self.inner.validate_final_config(components, cfg)
    }
}

#[derive(Debug)]
struct CappedConnector {
    inner: SharedHttpConnector,
    cap: usize,
}

impl HttpConnector for CappedConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (answer, cap) = (self.inner.call(request), self.cap);
        HttpConnectorFuture::new(async move { limit(answer.await?, cap) })
    }
}

fn limit(response: HttpResponse, cap: usize) -> Result<HttpResponse, ConnectorError> {
    let announced = response.headers().get("content-length").and_then(|length| length.parse::<u64>().ok());
    match announced {
        Some(length) if length > cap as u64 => Err(ConnectorError::other(TooLarge(length).into(), None)),
        // HTTP/1.1 delivers no more than it announced.
        Some(_) => Ok(response),
        None => {
            let mut response = response;
            let body = response.take_body();
            *response.body_mut() = SdkBody::from_body_1_x(Limited::new(body, cap));
            Ok(response)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_addresses_are_reached_directly() {
        for url in ["http://127.0.0.1:5000", "http://localhost/a", "http://[::1]:80"] {
            assert!(is_loopback(url), "{url}");
        }
        assert!(!is_loopback("https://s3.us-east-1.amazonaws.com"));
        assert_eq!(host("https://10.0.0.1:443/x"), "10.0.0.1");
    }
}
