//! Connections to the coordinator: settings that notice a dead peer, no plain text beyond this machine, and a way that
//! needs no port when the coordinator is in the same process.

use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::TokioIo;
use plumbline_identity::Address;
use plumbline_proto::is_loopback;
use tokio::io::DuplexStream;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_rustls::client::TlsStream;
use tonic::transport::{Channel, Endpoint, Uri};
use tower::service_fn;

use crate::activity::Error;
use crate::member::{Member, tls};
use crate::options::Coordinator;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(20);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);
const STREAM_WINDOW: u32 = 256 * 1024;
const CONNECTION_WINDOW: u32 = 512 * 1024;
/// Bytes in flight in one direction of a connection within this process.
const PIPE: usize = 256 * 1024;
/// What a coordinator in this process is called where a URL is wanted.
const HERE: &str = "http://in-process";
/// What a coordinator over TLS is called there: it is known by its certificate, and TLS is ours.
const THERE: &str = "http://coordinator";

/// How the coordinator is reached.
#[derive(Clone)]
pub(crate) enum Route {
    /// Over TCP, on this machine.
    Tcp(Endpoint),
    /// Over TLS, wherever it is.
    Secure(Endpoint, Address, Arc<Member>),
    /// In this process.
    InProcess(Endpoint, mpsc::Sender<DuplexStream>),
}

impl Route {
    /// The way to a coordinator, checked.
    ///
    /// # Errors
    /// When the address is not one, or is plain text to another machine.
    pub(crate) fn to(coordinator: &Coordinator) -> Result<Self, Error> {
        match coordinator {
            Coordinator::At { address, .. } => endpoint(address).map(Self::Tcp),
            Coordinator::Secure { address, member } => {
                let there = with_windows(Endpoint::from_static(THERE));
                Ok(Self::Secure(there, address.clone(), Arc::clone(member)))
            }
            Coordinator::InProcess(connections) => {
                let here = Endpoint::from_static(HERE);
                Ok(Self::InProcess(with_windows(here), connections.clone()))
            }
        }
    }

    /// A connection of its own.
    pub(crate) async fn connect(&self) -> Result<Channel, tonic::transport::Error> {
        match self {
            Self::Tcp(endpoint) => endpoint.connect().await,
            Self::Secure(endpoint, address, member) => {
                let (address, member) = (address.clone(), Arc::clone(member));
                let connector = service_fn(move |_: Uri| secure(address.clone(), Arc::clone(&member)));
                endpoint.connect_with_connector(connector).await
            }
            Self::InProcess(endpoint, connections) => {
                let connections = connections.clone();
                endpoint.connect_with_connector(service_fn(move |_: Uri| open(connections.clone()))).await
            }
        }
    }

    /// A connection that is made when it is needed, and made again when it is lost.
    pub(crate) fn connect_lazy(&self) -> Channel {
        match self {
            Self::Tcp(endpoint) => endpoint.connect_lazy(),
            Self::Secure(endpoint, address, member) => {
                let (address, member) = (address.clone(), Arc::clone(member));
                let connector = service_fn(move |_: Uri| secure(address.clone(), Arc::clone(&member)));
                endpoint.connect_with_connector_lazy(connector)
            }
            Self::InProcess(endpoint, connections) => {
                let connections = connections.clone();
                endpoint.connect_with_connector_lazy(service_fn(move |_: Uri| open(connections.clone())))
            }
        }
    }
}

async fn secure(address: Address, member: Arc<Member>) -> std::io::Result<TokioIo<TlsStream<TcpStream>>> {
    tls::open(&address, member.tls()?).await.map(TokioIo::new)
}

async fn open(connections: mpsc::Sender<DuplexStream>) -> std::io::Result<TokioIo<DuplexStream>> {
    let (ours, theirs) = tokio::io::duplex(PIPE);
    connections.send(theirs).await.map_err(|_| std::io::ErrorKind::ConnectionRefused)?;
    Ok(TokioIo::new(ours))
}

fn endpoint(address: &str) -> Result<Endpoint, Error> {
    const FORM: &str = "write it as http://127.0.0.1:PORT";
    let refused = |reason: &str| Error::Address { address: address.to_owned(), reason: reason.to_owned() };
    let endpoint = Endpoint::from_shared(address.to_owned()).map_err(|_| refused(FORM))?;
    let host = endpoint.uri().host().ok_or_else(|| refused(FORM))?;
    match endpoint.uri().scheme_str() {
        Some("http") if is_loopback(host) => {}
        Some("http") => return Err(refused("plain text is only for loopback addresses")),
        _ => return Err(refused(FORM)),
    }
    Ok(with_windows(endpoint).tcp_nodelay(true))
}

fn with_windows(endpoint: Endpoint) -> Endpoint {
    endpoint
        .connect_timeout(CONNECT_TIMEOUT)
        .http2_keep_alive_interval(KEEPALIVE_INTERVAL)
        .keep_alive_timeout(KEEPALIVE_TIMEOUT)
        .keep_alive_while_idle(true)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_stays_on_this_machine() {
        for good in ["http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1"] {
            assert!(endpoint(good).is_ok(), "{good}");
        }
        for bad in ["http://10.0.0.1:1", "http://example.com", "ftp://127.0.0.1", "127.0.0.1", "", "http://"] {
            assert!(endpoint(bad).is_err(), "{bad}");
        }
    }
}
