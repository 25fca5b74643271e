//! The one HTTP client: hyper on rustls with ring. All AWS traffic of the process shares its connections.

use std::sync::LazyLock;

use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::SharedHttpClient;

/// The process's HTTP client, for the typed SDK crates too.
pub fn http_client() -> SharedHttpClient {
    static CLIENT: LazyLock<SharedHttpClient> =
        LazyLock::new(|| Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https());
    CLIENT.clone()
}
