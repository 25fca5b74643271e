//! Connections over TLS, each with who is at its other end. Handshakes run beside each other and for ten seconds at most:
//! whoever is slow, or silent, keeps nobody else waiting.

use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use plumbline_identity::{Peer, Refused};
use rustls::ServerConfig;
use rustls::pki_types::CertificateDer;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::transport::server::Connected;

/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Handshakes at a time; who comes when there are as many is hung up on, and tries again.
const HANDSHAKES: usize = 1024;
/// Connections that wait to be served.
const WAITING: usize = 64;
/// After the system had no connection to give, for want of open files, say.
const PAUSE: Duration = Duration::from_millis(50);

/// Who is at the other end, and where that is.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    /// Nobody knows where machines join.
    pub(super) peer: Option<Arc<Peer>>,
    /// The address that the connection comes from: that of a balancer where there is one which does not keep it.
    pub(super) from: IpAddr,
}

/// Says who somebody is by what they showed.
pub(super) type Verify = Arc<dyn Fn(&[CertificateDer<'_>]) -> Result<Option<Arc<Peer>>, Refused> + Send + Sync>;

/// A connection.
pub(super) struct Connection {
    stream: TlsStream<TcpStream>,
    caller: Caller,
}

/// Accepts connections until `shutdown`.
pub(super) fn accept(
    listener: TcpListener,
    config: ServerConfig,
    verify: Verify,
    shutdown: CancellationToken,
) -> ReceiverStream<io::Result<Connection>> {
    let (connections, incoming) = mpsc::channel(WAITING);
    tokio::spawn(async move {
        tokio::select! {
            () = accept_all(listener, TlsAcceptor::from(Arc::new(config)), verify, connections) => {}
            () = shutdown.cancelled() => {}
        }
    });
    ReceiverStream::new(incoming)
}

async fn accept_all(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    verify: Verify,
    connections: mpsc::Sender<io::Result<Connection>>,
) {
    let room = Arc::new(Semaphore::new(HANDSHAKES));
    while !connections.is_closed() {
        let (stream, from) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let Ok(permit) = Arc::clone(&room).try_acquire_owned() else { continue };
        let (acceptor, verify, connections) = (acceptor.clone(), Arc::clone(&verify), connections.clone());
        tokio::spawn(async move {
            let shaken = tokio::time::timeout(HANDSHAKE, handshake(stream, from.ip(), &acceptor, &verify)).await;
            drop(permit);
            match shaken {
                // Nobody is served any more when it cannot be sent.
                Ok(Ok(connection)) => drop(connections.send(Ok(connection)).await),
                Ok(Err(why)) => tracing::warn!(%from, why, "a connection was refused"),
                Err(_) => tracing::warn!(%from, "a connection was refused: its handshake took too long"),
            }
        });
    }
}

async fn handshake(
    stream: TcpStream,
    from: IpAddr,
    acceptor: &TlsAcceptor,
    verify: &Verify,
) -> Result<Connection, String> {
    stream.set_nodelay(true).map_err(|error| error.to_string())?;
    let stream = acceptor.accept(stream).await.map_err(|error| {
        let refused = error.get_ref().and_then(|cause| cause.downcast_ref()).and_then(Refused::of);
        refused.map_or_else(|| error.to_string(), |refused| refused.to_string())
    })?;
    let chain = stream.get_ref().1.peer_certificates().unwrap_or_default();
    let peer = verify(chain).map_err(|refused| refused.to_string())?;
    Ok(Connection { stream, caller: Caller { peer, from } })
}

impl Connected for Connection {
    type ConnectInfo = Caller;

    fn connect_info(&self) -> Caller {
        self.caller.clone()
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
