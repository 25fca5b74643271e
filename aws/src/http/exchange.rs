//! One request and its answer over a pooled connection. The connection goes back when the last byte of the body was
//! read, and is closed when something else happens to it.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use aws_smithy_runtime_api::client::connection::{CaptureSmithyConnection, ConnectionMetadata};
use aws_smithy_types::body::SdkBody;
use http::header::{HOST, HeaderValue, PROXY_AUTHORIZATION};
use http::{Request, Response, Uri};
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::rt::{Read, ReadBufCursor, Write};
use tokio::runtime::Handle;

use super::Error;
use super::dial::{Dialer, Form, Stream, authority};
use super::pool::{Origin, Place, Pool, Pooled, Room};

/// A connection that requests can be written to.
pub(super) struct Connection {
    sender: SendRequest<SdkBody>,
    form: Form,
    /// Set when the answer shows that the host had better be connected to again.
    is_poisoned: Arc<AtomicBool>,
}

impl Pooled for Connection {
    fn is_open(&self) -> bool {
        !self.sender.is_closed() && !self.is_poisoned.load(Ordering::Relaxed)
    }
}

/// Time-outs of one exchange.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct TimeOuts {
    pub(super) connect: Option<Duration>,
    pub(super) read: Option<Duration>,
}

/// Sends a request; the answer's head is read, its body is to be read.
pub(super) async fn exchange(
    pool: &Pool<Connection>,
    dialer: &Dialer,
    time_outs: TimeOuts,
    mut request: Request<SdkBody>,
) -> Result<Response<SdkBody>, Error> {
    let url = request.uri().clone();
    let place = pool.place(origin(&url)?).await;
    loop {
        let (mut connection, is_kept) = match place.kept() {
            Some(connection) => (connection, true),
            None => (open(&place, dialer, time_outs, &url).await?, false),
        };
        prepare(&mut request, &url, &connection.form)?;
        capture(&request, &connection);
        let sent = within(time_outs.read, connection.sender.try_send_request(request), Error::Silent).await?;
        match sent {
            Ok(response) => return Ok(response.map(|body| answer(body, connection, place))),
            Err(mut error) => match error.take_message() {
                // It was closed while it was idle, and nothing of the request was written.
                Some(unsent) if is_kept => request = unsent,
                _ => return Err(Error::Broken(error.into_error())),
            },
        }
    }
}

async fn open(place: &Place<Connection>, dialer: &Dialer, time_outs: TimeOuts, url: &Uri) -> Result<Connection, Error> {
    let room = place.room().await;
    let slow = |after| Error::Slow { host: authority(url).to_owned(), after };
    let dialed = within(time_outs.connect, dialer.dial(url), slow).await??;
    let counted = Counted { stream: dialed.stream, _room: room };
    let (sender, driver) = http1::handshake(counted).await.map_err(Error::Broken)?;
    tokio::spawn(async move {
        // Whoever waits for the answer hears of a failure; nobody waits for an idle connection.
        let _ = driver.await;
    });
    Ok(Connection { sender, form: dialed.form, is_poisoned: Arc::default() })
}

async fn within<T>(
    limit: Option<Duration>,
    work: impl Future<Output = T>,
    late: impl FnOnce(Duration) -> Error,
) -> Result<T, Error> {
    match limit {
        Some(limit) => tokio::time::timeout(limit, work).await.map_err(|_| late(limit)),
        None => Ok(work.await),
    }
}

fn origin(url: &Uri) -> Result<Origin, Error> {
    match (url.scheme_str(), url.authority()) {
        (Some(scheme), Some(authority)) => {
            Ok(Origin { scheme: scheme.to_owned(), authority: authority.as_str().to_owned() })
        }
        _ => Err(Error::Url(url.to_string())),
    }
}

fn prepare(request: &mut Request<SdkBody>, url: &Uri, form: &Form) -> Result<(), Error> {
    let wrong = || Error::Url(url.to_string());
    let host = match (url.host(), url.port_u16(), url.scheme_str()) {
        (Some(host), None | Some(443), Some("https")) | (Some(host), None | Some(80), Some("http")) => host.to_owned(),
        (Some(host), Some(port), _) => format!("{host}:{port}"),
        _ => return Err(wrong()),
    };
    request.headers_mut().insert(HOST, HeaderValue::try_from(host).map_err(|_| wrong())?);
    match form {
        Form::Path => {
            let path = url.path_and_query().map_or("/", |path| path.as_str());
            *request.uri_mut() = Uri::try_from(path).map_err(|_| wrong())?;
        }
        Form::Url { authorization } => {
            *request.uri_mut() = url.clone();
            if let Some(authorization) = authorization {
                request.headers_mut().insert(PROXY_AUTHORIZATION, authorization.clone());
            }
        }
    }
    Ok(())
}

/// Lets the runtime mark the connection when the answer is a failure of the host.
fn capture(request: &Request<SdkBody>, connection: &Connection) {
    if let Some(captured) = request.extensions().get::<CaptureSmithyConnection>() {
        let (is_poisoned, is_proxied) =
            (Arc::clone(&connection.is_poisoned), matches!(connection.form, Form::Url { .. }));
        captured.set_connection_retriever(move || {
            let is_poisoned = Arc::clone(&is_poisoned);
            let poison = move || is_poisoned.store(true, Ordering::Relaxed);
            Some(ConnectionMetadata::builder().proxied(is_proxied).poison_fn(poison).build())
        });
    }
}

fn answer(body: Incoming, connection: Connection, place: Place<Connection>) -> SdkBody {
    let mut read = Reading { body, held: Some((connection, place)) };
    if read.body.is_end_stream() {
        read.end();
    }
    SdkBody::from_body_1_x(read)
}

/// A body, with the connection that it comes from.
struct Reading {
    body: Incoming,
    held: Option<(Connection, Place<Connection>)>,
}

impl Reading {
    /// The body was read to its end: the connection is free as soon as it says so.
    fn end(&mut self) {
        let Some((mut connection, place)) = self.held.take() else { return };
        if connection.sender.is_ready() {
            place.keep(connection);
        } else if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move {
                if connection.sender.ready().await.is_ok() {
                    place.keep(connection);
                }
            });
        }
    }
}

impl Body for Reading {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        match &frame {
            Some(Err(_)) => self.held = None,
            None => self.end(),
            Some(Ok(_)) if self.body.is_end_stream() => self.end(),
            Some(Ok(_)) => {}
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A stream that takes one of the pool's rooms for as long as it is open.
struct Counted {
    stream: Box<dyn Stream>,
    _room: Room,
}

impl Read for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut *self.stream).poll_read(context, buffer)
    }
}

impl Write for Counted {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut *self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut *self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut *self.stream).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut *self.stream).poll_write_vectored(context, buffers)
    }
}
