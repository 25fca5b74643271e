//! Liveness, readiness and metrics over HTTP/1.1, in plain text: nothing of them names an account, a resource or a finding.
//! It answers three paths and nothing else.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use plumbline_telemetry::text;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use super::{Shared, figures};
use crate::failure::{OrFail, Result};

/// Connections at a time; more wait.
const MOST: usize = 32;
/// How long a request may take to arrive.
const PATIENCE: Duration = Duration::from_secs(10);
/// After a connection could not be accepted: descriptors may come free.
const PAUSE: Duration = Duration::from_millis(100);

type Answer = Response<Full<Bytes>>;

/// Binds the address.
///
/// # Errors
/// When it is in use.
pub(super) async fn bind(address: SocketAddr) -> Result<TcpListener> {
    let next_step = "another process has it: use another --http";
    TcpListener::bind(address).await.or_fail(format!("serve health and metrics on {address}"), next_step)
}

/// Serves until the process ends.
///
/// # Errors
/// Never: a connection that fails is its own.
pub(super) async fn serve(listener: TcpListener, shared: Arc<Shared>) -> std::result::Result<(), String> {
    let room = Arc::new(Semaphore::new(MOST));
    loop {
        let permit = Arc::clone(&room).acquire_owned().await.map_err(|error| error.to_string())?;
        let connection = match listener.accept().await {
            Ok((connection, _)) => connection,
            Err(error) => {
                tracing::warn!(%error, "no connection for health and metrics");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            let answer = service_fn(|request| {
                let answer = answer(&request, &shared);
                async move { Ok::<_, Infallible>(answer) }
            });
            let mut http = http1::Builder::new();
            http.timer(TokioTimer::new()).header_read_timeout(PATIENCE);
            if let Err(error) = http.serve_connection(TokioIo::new(connection), answer).await {
                tracing::debug!(%error, "a connection for health and metrics ended");
            }
            drop(permit);
        });
    }
}

fn answer(request: &Request<Incoming>, shared: &Shared) -> Answer {
    if request.method() != Method::GET && request.method() != Method::HEAD {
        let mut refused = plain(StatusCode::METHOD_NOT_ALLOWED, "only GET is answered\n".to_owned());
        refused.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return refused;
    }
    match request.uri().path() {
        "/livez" => plain(StatusCode::OK, "ok\n".to_owned()),
        "/readyz" => readiness(shared),
        "/metrics" => {
            figures::look(shared);
            let mut answer = Response::new(Full::from(text::render(&shared.registry)));
            answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(text::CONTENT_TYPE));
            answer
        }
        _ => plain(StatusCode::NOT_FOUND, "there are /livez, /readyz and /metrics\n".to_owned()),
    }
}

/// Ready while the store can be read, its last write is on disk, and nothing stops. Agents were listened for before this
/// was answered at all.
fn readiness(shared: &Shared) -> Answer {
    let failure = shared.handle.failure().map(|error| format!("the store failed: {error}"));
    let failure = failure.or_else(|| shared.store.schedules().err().map(|error| format!("the store failed: {error}")));
    let failure = failure.or_else(|| shared.stop.is_cancelled().then(|| "it stops".to_owned()));
    match failure {
        None => plain(StatusCode::OK, "ready\n".to_owned()),
        Some(why) => plain(StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {why}\n")),
    }
}

fn plain(status: StatusCode, text: String) -> Answer {
    let mut answer = Response::new(Full::from(text));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    answer
}
