//! The one HTTP client: hyper on rustls with ring, HTTP/1.1 as AWS's own command line speaks it. All AWS traffic of the
//! process, that of the typed SDK crates too, shares its connections, its proxies and its trust. Also the cap on
//! response bodies, which stands here because the layers above read whole bodies into memory.
//!
//! In reading order: `pool` says how many connections there are, `dial` opens one, `trust` says whose certificate is
//! believed, `exchange` sends a request over one, `failure` is what can go wrong.

mod components;
mod dial;
mod exchange;
mod failure;
mod pool;
mod room;
pub(crate) mod trust;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use http_body_util::{LengthLimitError, Limited};
use hyper_util::client::proxy::matcher::Matcher;

use components::unused_components;
use dial::Dialer;
use exchange::{Connection, TimeOuts, exchange};
use failure::Error;
use pool::Pool;
use trust::Trust;

pub(crate) use pool::Limits;
pub use room::BodyRoom;

/// An HTTP client: clones share its connections.
pub(crate) fn http_client(proxies: Matcher, trust: Trust, limits: Limits) -> SharedHttpClient {
    SharedHttpClient::new(Pooling { dialer: Arc::new(Dialer::new(proxies, trust)), pool: Pool::new(limits) })
}

/// The client without its settings.
#[derive(Clone)]
struct Pooling {
    dialer: Arc<Dialer>,
    pool: Pool<Connection>,
}

impl HttpClient for Pooling {
    fn http_connector(&self, settings: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        let time_outs = TimeOuts { connect: settings.connect_timeout(), read: settings.read_timeout() };
        SharedHttpConnector::new(Connector { client: self.clone(), time_outs })
    }
}

impl fmt::Debug for Pooling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClient").field("pool", &self.pool).finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct Connector {
    client: Pooling,
    time_outs: TimeOuts,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let request = match request.try_into_http1x() {
            Ok(request) => request,
            Err(error) => return HttpConnectorFuture::ready(Err(ConnectorError::user(error.into()))),
        };
        let (Pooling { dialer, pool }, time_outs) = (self.client.clone(), self.time_outs);
        HttpConnectorFuture::new(async move {
            let response = exchange(&pool, &dialer, time_outs, request).await?;
            HttpResponse::try_from(response).map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// The host of a URL, without port and brackets.
pub(crate) fn host(url: &str) -> &str {
    let authority = url.split("://").nth(1).unwrap_or(url).split('/').next().unwrap_or_default();
    match authority.strip_prefix('[') {
        Some(address) => address.split(']').next().unwrap_or_default(),
        None => authority.rsplit_once(':').map_or(authority, |(name, _)| name),
    }
}

/// How our own calls are sent: with a time to connect, a cap on bodies, and room for them.
pub(crate) fn connector(
    client: &SharedHttpClient,
    connect_timeout: Duration,
    cap: usize,
    room: BodyRoom,
) -> SharedHttpConnector {
    let settings = HttpConnectorSettings::builder().connect_timeout(connect_timeout).build();
    let inner = client.http_connector(&settings, &unused_components());
    SharedHttpConnector::new(CappedConnector { inner, cap, room })
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

#[derive(Debug)]
struct CappedConnector {
    inner: SharedHttpConnector,
    cap: usize,
    room: BodyRoom,
}

impl HttpConnector for CappedConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (answer, cap, room) = (self.inner.call(request), self.cap, self.room.clone());
        HttpConnectorFuture::new(async move { limit(answer.await?, cap, &room).await })
    }
}

async fn limit(mut response: HttpResponse, cap: usize, room: &BodyRoom) -> Result<HttpResponse, ConnectorError> {
    let announced = response.headers().get("content-length").and_then(|length| length.parse::<u64>().ok());
    if let Some(length) = announced.filter(|length| *length > cap as u64) {
        return Err(ConnectorError::other(TooLarge(length).into(), None));
    }
    let body = response.take_body();
    // HTTP/1.1 delivers no more than it announced.
    let body = if announced.is_some() { body } else { SdkBody::from_body_1_x(Limited::new(body, cap)) };
    let announced = announced.and_then(|length| usize::try_from(length).ok());
    *response.body_mut() = room.hold(body, announced).await;
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_what_stands_between_scheme_and_port() {
        assert_eq!(host("https://10.0.0.1:443/x"), "10.0.0.1");
        assert_eq!(host("http://[::1]:80"), "::1");
        assert_eq!(host("localhost"), "localhost");
    }
}
