//! The protocol's server side: sessions and uploads. Translates, checks and refuses; decides nothing else.

mod check;
mod session;
mod upload;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use plumbline_proto::MAX_MESSAGE_BYTES;
use plumbline_proto::agent_v1::CoordinatorMessage;
use plumbline_proto::agent_v1::session_server::SessionServer;
use plumbline_proto::agent_v1::upload_server::UploadServer;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_stream::wrappers::TcpListenerStream;
use tokio_util::sync::CancellationToken;
use tonic::Status;
use tonic::transport::Server;

use crate::dispatch::Dispatch;
use crate::store;

/// Both ends ping a silent connection after this, or a half-open one is never noticed.
const KEEPALIVE_EVERY: Duration = Duration::from_secs(20);
/// A ping that is not answered in this time ends the connection.
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a shutdown waits for calls in flight: hyper's graceful shutdown may never end.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_millis(300);

/// What agents are told about timing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cadence {
    /// Between two heartbeats.
    pub(crate) heartbeat: Duration,
    /// A lease that is not extended ends after this.
    pub(crate) lease_ttl: Duration,
    /// Raised at every start of the coordinator.
    pub(crate) epoch: u64,
}

/// Where messages for an agent go.
pub(crate) type Outgoing = mpsc::Sender<Result<CoordinatorMessage, Status>>;

/// What an agent is told when the store failed; it also ends the scan.
fn store_failed(dispatch: &Dispatch, error: store::Error) -> Status {
    let status = Status::unavailable(format!("the store failed: {error}"));
    dispatch.store_failed(error);
    status
}

/// Serves until `shutdown`.
///
/// # Errors
/// When the listener fails.
pub(crate) async fn serve(
    listener: TcpListener,
    dispatch: Arc<Dispatch>,
    cadence: Cadence,
    shutdown: CancellationToken,
) -> Result<(), tonic::transport::Error> {
    let session = SessionServer::new(session::Service::new(Arc::clone(&dispatch), cadence, shutdown.clone()))
        .max_decoding_message_size(MAX_MESSAGE_BYTES)
        .max_encoding_message_size(MAX_MESSAGE_BYTES);
    let upload = UploadServer::new(upload::Service::new(dispatch))
        .max_decoding_message_size(MAX_MESSAGE_BYTES)
        .max_encoding_message_size(MAX_MESSAGE_BYTES);
    let server = Server::builder()
        .http2_keepalive_interval(Some(KEEPALIVE_EVERY))
        .http2_keepalive_timeout(Some(KEEPALIVE_TIMEOUT))
        .add_service(session)
        .add_service(upload)
        .serve_with_incoming_shutdown(TcpListenerStream::new(listener), shutdown.clone().cancelled_owned());
    let deadline = async {
        shutdown.cancelled().await;
        tokio::time::sleep(SHUTDOWN_TIMEOUT).await;
    };
    tokio::select! {
        served = server => served,
        () = deadline => Ok(()),
    }
}

/// Whether agents may connect there without TLS.
pub(crate) fn is_loopback(address: SocketAddr) -> bool {
    address.ip().is_loopback()
}
