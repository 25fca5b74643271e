//! Opens connections: TCP, a proxy where the environment names one, TLS. Must not keep any.

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use aws_smithy_runtime_api::box_error::BoxError;
use http::{HeaderValue, Uri};
use hyper::rt::{Read, Write};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::HttpConnector as Tcp;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use rustls::ClientConfig;
use tower_service::Service;

use super::trust::Trust;
use super::{Error, host, trust};

/// Both directions of a connection.
pub(super) trait Stream: Read + Write + Send + Unpin + 'static {}

impl<T: Read + Write + Send + Unpin + 'static> Stream for T {}

/// An open connection, and how requests are written to it.
pub(super) struct Dialed {
    pub(super) stream: Box<dyn Stream>,
    pub(super) form: Form,
}

/// How a request names its target.
#[derive(Clone, Debug)]
pub(super) enum Form {
    /// By its path.
    Path,
    /// By its whole URL, to a proxy that fetches it.
    Url {
        /// What the proxy wants to see.
        authorization: Option<HeaderValue>,
    },
}

/// Opens connections the way the environment says.
#[derive(Debug)]
pub(super) struct Dialer {
    tcp: Tcp,
    proxies: Matcher,
    trust: Trust,
    /// Made for the first TLS connection: reading the machine's certificates takes a while.
    tls: OnceLock<Arc<ClientConfig>>,
}

impl Dialer {
    pub(super) fn new(proxies: Matcher, trust: Trust) -> Self {
        let mut tcp = Tcp::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        Self { tcp, proxies, trust, tls: OnceLock::new() }
    }

    /// Opens a connection for this URL.
    ///
    /// # Errors
    /// With the host, the proxy if there is one, and what went wrong.
    pub(super) async fn dial(&self, url: &Uri) -> Result<Dialed, Error> {
        let proxy = if is_own(url.host().unwrap_or_default()) { None } else { self.proxies.intercept(url) };
        let opened = match &proxy {
            None => self.direct(url).await,
            Some(proxy) => self.through(proxy, url).await,
        };
        let proxy = || proxy.as_ref().map(|proxy| proxy.uri().to_string());
        opened.map_err(|source| Error::connect(authority(url), proxy(), source))
    }

    async fn direct(&self, url: &Uri) -> Result<Dialed, BoxError> {
        if is_https(url) { opened(self.tls()?, url).await } else { opened(self.tcp.clone(), url).await }
    }

    async fn through(&self, proxy: &Intercept, url: &Uri) -> Result<Dialed, BoxError> {
        let authorization = proxy.basic_auth().cloned();
        // A proxy may be spoken to over TLS itself; one that is not needs no certificates.
        match (is_https(url), is_https(proxy.uri())) {
            (true, true) => opened(self.tunnel(proxy, self.tls()?)?, url).await,
            (true, false) => opened(self.tunnel(proxy, self.tcp.clone())?, url).await,
            (false, is_secure) => {
                let dialed = if is_secure {
                    opened(self.tls()?, proxy.uri()).await
                } else {
                    opened(self.tcp.clone(), proxy.uri()).await
                };
                Ok(Dialed { form: Form::Url { authorization }, ..dialed? })
            }
        }
    }

    fn tunnel<C>(&self, proxy: &Intercept, inner: C) -> Result<HttpsConnector<Tunnel<C>>, trust::Error> {
        let tunnel = Tunnel::new(proxy.uri().clone(), inner);
        let tunnel = match proxy.basic_auth() {
            Some(authorization) => tunnel.with_auth(authorization.clone()),
            None => tunnel,
        };
        Ok(HttpsConnector::from((tunnel, self.tls_config()?)))
    }

    fn tls(&self) -> Result<HttpsConnector<Tcp>, trust::Error> {
        Ok(HttpsConnector::from((self.tcp.clone(), self.tls_config()?)))
    }

    fn tls_config(&self) -> Result<Arc<ClientConfig>, trust::Error> {
        if let Some(config) = self.tls.get() {
            return Ok(Arc::clone(config));
        }
        let config = Arc::new(self.trust.client_config()?);
        Ok(Arc::clone(self.tls.get_or_init(|| config)))
    }
}

async fn opened<C>(mut connector: C, url: &Uri) -> Result<Dialed, BoxError>
where
    C: Service<Uri>,
    C::Response: Stream,
    C::Error: Into<BoxError>,
{
    std::future::poll_fn(|context| connector.poll_ready(context)).await.map_err(Into::into)?;
    let stream = connector.call(url.clone()).await.map_err(Into::into)?;
    Ok(Dialed { stream: Box::new(stream), form: Form::Path })
}

/// The host, and its port if it has one.
pub(super) fn authority(url: &Uri) -> &str {
    url.authority().map_or("", |authority| authority.as_str())
}

fn is_https(url: &Uri) -> bool {
    url.scheme_str() == Some("https")
}

/// Whether a host is this machine itself, or where a machine asks for its own credentials: no proxy reaches these.
fn is_own(name: &str) -> bool {
    let name = host(name);
    let is_own_address = |address| match address {
        IpAddr::V4(address) => address.is_loopback() || address.is_link_local(),
        // fd00:ec2:: is where EC2 and EKS answer.
        IpAddr::V6(address) => {
            address.is_loopback() || address.is_unicast_link_local() || address.segments()[..2] == [0xfd00, 0xec2]
        }
    };
    name == "localhost" || name.parse().is_ok_and(is_own_address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_itself_is_reached_directly() {
        for name in ["127.0.0.1", "localhost", "[::1]", "169.254.169.254", "169.254.170.2", "[fd00:ec2::254]"] {
            assert!(is_own(name), "{name}");
        }
        for name in ["s3.us-east-1.amazonaws.com", "10.0.0.1", "[fd00:ec3::1]", ""] {
            assert!(!is_own(name), "{name}");
        }
    }
}
