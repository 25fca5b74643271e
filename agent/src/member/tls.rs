//! Connections over TLS to a coordinator that is known by its certificate.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use plumbline_identity::{Address, Refused};
use rustls::ClientConfig;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// How long it may take to connect, and to shake hands.
const PATIENCE: Duration = Duration::from_secs(10);

/// A connection, or in words why not.
pub(crate) async fn open(address: &Address, config: ClientConfig) -> io::Result<TlsStream<TcpStream>> {
    let connecting = async {
        let host = address.as_str().rsplit_once(':').map_or("", |(host, _)| host);
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let stream = TcpStream::connect((host, address.port())).await?;
        stream.set_nodelay(true)?;
        let connector = TlsConnector::from(Arc::new(config));
        connector.connect(address.host().clone(), stream).await.map_err(|error| explained(&error))
    };
    match tokio::time::timeout(PATIENCE, connecting).await {
        Ok(connected) => connected,
        Err(_) => Err(io::Error::new(io::ErrorKind::TimedOut, "it did not answer within 10 seconds")),
    }
}

/// What TLS says of the other end.
fn explained(error: &io::Error) -> io::Error {
    let refused = error.get_ref().and_then(|cause| cause.downcast_ref()).and_then(Refused::of);
    match refused {
        Some(refused) => io::Error::new(error.kind(), NotTheCoordinator(refused)),
        None => io::Error::new(error.kind(), error.to_string()),
    }
}

/// What was found out about the other end.
#[derive(Debug, thiserror::Error)]
#[error("of the coordinator: {0}")]
struct NotTheCoordinator(Refused);

/// Whether there was no connection because somebody is there who is not the coordinator: the same will be found again.
pub(super) fn is_somebody_else(error: &io::Error) -> bool {
    let found = error.get_ref().and_then(|cause| cause.downcast_ref());
    found.is_some_and(|NotTheCoordinator(refused)| {
        matches!(refused, Refused::WrongPin | Refused::OtherDeployment { .. } | Refused::SelfMade)
    })
}
