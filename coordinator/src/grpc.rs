//! The protocol's server side: sessions and uploads. Translates, checks and refuses; decides nothing else.

mod authenticate;
mod check;
mod enrol;
mod packs;
mod secure;
mod session;
mod tls;
mod upload;

use std::sync::Arc;
use std::time::Duration;

use plumbline_proto::agent_v1::packs_server::PacksServer;
use plumbline_proto::agent_v1::session_server::SessionServer;
use plumbline_proto::agent_v1::upload_server::UploadServer;
use plumbline_proto::{MAX_MESSAGE_BYTES, PROTOCOL_VERSIONS};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_stream::wrappers::ReceiverStream;
use tokio_stream::{Stream, StreamExt};
use tokio_util::sync::CancellationToken;
use tonic::Status;
use tonic::service::Routes;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Server;
use tonic::transport::server::{Connected, Router, TcpIncoming};

use crate::dispatch::Dispatch;
use crate::joining::ByRole;
use crate::listener::{Kind, Listener};
use crate::store;
use authenticate::Authenticate;
pub(crate) use authenticate::{peer, still_admitted};
pub(crate) use packs::Files as PackFiles;

/// Both ends ping a silent connection after this, or a half-open one is never noticed.
const KEEPALIVE_EVERY: Duration = Duration::from_secs(20);
/// A ping that is not answered in this time ends the connection.
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a shutdown waits for calls in flight: hyper's graceful shutdown may never end.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_millis(300);

/// What is served over TLS besides what agents call. Who may call it, it says itself.
#[derive(Clone)]
pub struct Beside(Arc<dyn Fn(Routes) -> Routes + Send + Sync>);

impl Beside {
    /// Adds services.
    pub(crate) fn new(add: impl Fn(Routes) -> Routes + Send + Sync + 'static) -> Self {
        Self(Arc::new(add))
    }
}

/// What agents are told when they connect, and who may become one.
#[derive(Clone)]
pub(crate) struct Terms {
    /// Raised at every start of the coordinator.
    pub(crate) epoch: u64,
    /// What secrets are hashed with; empty for what each agent has.
    pub(crate) redaction_key: Vec<u8>,
    /// What an agent of another pack gets.
    pub(crate) pack_files: Arc<PackFiles>,
    /// Who joins by AWS identity, if anybody does.
    pub(crate) by_role: Option<Arc<ByRole>>,
    /// Failures to join from one address, in a minute, after which it is not heard for a while.
    pub(crate) failed_joins: u32,
}

/// Whether somebody who speaks these versions of the protocol can be understood.
fn meet(who: &str, min: u32, max: u32) -> Result<(), Status> {
    let (oldest, newest) = PROTOCOL_VERSIONS;
    if min <= newest && oldest <= max {
        return Ok(());
    }
    Err(Status::failed_precondition(format!(
        "this coordinator speaks protocol {oldest} to {newest}, and {who} {min} to {max}: the versions are too far apart"
    )))
}

/// What an agent is told when the store cannot do what it asked for.
fn store_failed(error: &store::Error) -> Status {
    match error {
        store::Error::Damaged { .. } => Status::data_loss(error.to_string()),
        _ => Status::unavailable(format!("the store failed: {error}")),
    }
}

/// Serves until `shutdown`.
///
/// # Errors
/// When the listener fails.
pub(crate) async fn serve(
    listener: Listener,
    dispatch: Arc<Dispatch>,
    terms: Terms,
    beside: Option<Beside>,
    shutdown: CancellationToken,
) -> Result<(), tonic::transport::Error> {
    match listener.0 {
        Kind::Tcp(listener, token) => {
            let routes = agents(&dispatch, Authenticate::by(token), terms, &shutdown);
            until(server().add_routes(routes), TcpIncoming::from(listener).with_nodelay(Some(true)), &shutdown).await
        }
        Kind::Tls(tls) => secure::serve(tls, dispatch, terms, beside, shutdown).await,
        Kind::InProcess(connections) => {
            let routes = agents(&dispatch, Authenticate::nobody_else_can(), terms, &shutdown);
            let incoming = ReceiverStream::new(connections).map(Ok);
            until(server().add_routes(routes), incoming, &shutdown).await
        }
    }
}

fn server() -> Server {
    Server::builder().http2_keepalive_interval(Some(KEEPALIVE_EVERY)).http2_keepalive_timeout(Some(KEEPALIVE_TIMEOUT))
}

/// What agents call.
fn agents(dispatch: &Arc<Dispatch>, authenticate: Authenticate, terms: Terms, shutdown: &CancellationToken) -> Routes {
    let packs = PacksServer::new(packs::Service::new(Arc::clone(dispatch), Arc::clone(&terms.pack_files)))
        .max_encoding_message_size(MAX_MESSAGE_BYTES);
    let session = SessionServer::new(session::Service::new(Arc::clone(dispatch), terms, shutdown.clone()))
        .max_decoding_message_size(MAX_MESSAGE_BYTES)
        .max_encoding_message_size(MAX_MESSAGE_BYTES);
    let upload = UploadServer::new(upload::Service::new(Arc::clone(dispatch)))
        .max_decoding_message_size(MAX_MESSAGE_BYTES)
        .max_encoding_message_size(MAX_MESSAGE_BYTES);
    Routes::new(InterceptedService::new(session, authenticate.clone()))
        .add_service(InterceptedService::new(packs, authenticate.clone()))
        .add_service(InterceptedService::new(upload, authenticate))
}

async fn until<C>(
    server: Router,
    incoming: impl Stream<Item = std::io::Result<C>>,
    shutdown: &CancellationToken,
) -> Result<(), tonic::transport::Error>
where
    C: AsyncRead + AsyncWrite + Connected + Unpin + Send + 'static,
{
    let served = server.serve_with_incoming_shutdown(incoming, shutdown.clone().cancelled_owned());
    let deadline = async {
        shutdown.cancelled().await;
        tokio::time::sleep(SHUTDOWN_TIMEOUT).await;
    };
    tokio::select! {
        served = served => served,
        () = deadline => Ok(()),
    }
}
