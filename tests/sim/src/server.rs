//! The HTTP server: one loop of request → call → fault → answer → reply.
//!
//! It must not know any service; it binds to the loopback interface only.

mod body;

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http_body_util::{BodyExt, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use plumbline_baseline::api::Catalog;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

use crate::answer::{self, ApiError};
use crate::faults::{Fault, Faults};
use crate::journal::{Journal, LoggedCall};
use crate::request::{self, Call, Dialect};
use crate::response::{self, Reply};
use crate::world::World;
use body::AnswerBody;

/// The largest request that is read.
const REQUEST_CAP: usize = 4 << 20;

/// How a server runs.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// TCP port on 127.0.0.1; 0 picks a free one.
    pub port: u16,
    /// Largest page of every listing; AWS's own limits when `None`.
    pub page_size: Option<usize>,
    /// Added to every answer.
    pub latency: Duration,
    /// Whether the journal keeps every call and not only counts.
    pub keeps_calls: bool,
    /// Whether an answer without a fault is written once and then repeated for equal requests: for benchmarks, where
    /// the simulator should cost as little as it can.
    pub repeats_answers: bool,
}

/// Credentials that the simulator accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessKey {
    /// Access key id; the account is in it.
    pub id: String,
    /// Secret key; signatures are not verified.
    pub secret: String,
}

impl AccessKey {
    /// Long-term keys of a user in this account.
    pub fn of_account(account: &str) -> Self {
        Self { id: format!("AKIAQSIM{account}"), secret: "simulated-secret-access-key-of-no-use0".to_owned() }
    }
}

/// A running simulator. It stops when this is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    endpoint: String,
    state: Arc<State>,
    accepting: JoinHandle<()>,
}

#[derive(Debug)]
struct State {
    world: World,
    memory: answer::Memory,
    catalog: Arc<Catalog>,
    faults: Faults,
    journal: Journal,
    options: Options,
    /// Answers by account, Region, operation and input.
    repeated: Mutex<HashMap<String, Repeated>>,
}

/// An answer that is kept: status, headers, body.
type Repeated = (StatusCode, Vec<(String, String)>, Bytes);

impl Server {
    /// Binds and serves on the current tokio runtime.
    ///
    /// # Errors
    /// When the port cannot be bound.
    pub async fn start(world: World, options: Options) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await?;
        let address = listener.local_addr()?;
        let state = Arc::new(State {
            world,
            memory: answer::Memory::default(),
            catalog: Arc::clone(Catalog::embedded()),
            faults: Faults::default(),
            journal: Journal::new(options.keeps_calls),
            options,
            repeated: Mutex::default(),
        });
        let accepting = tokio::spawn(accept(listener, Arc::clone(&state)));
        Ok(Self { address, endpoint: format!("http://{address}"), state, accepting })
    }

    /// The URL for `AWS_ENDPOINT_URL` (`http://127.0.0.1:49152`).
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Credentials of the person who scans: a user of the management account.
    pub fn caller(&self) -> AccessKey {
        AccessKey::of_account(self.state.world.management_account())
    }

    /// The world that is served.
    pub fn world(&self) -> &World {
        &self.state.world
    }

    /// The rules by which it misbehaves.
    pub fn faults(&self) -> &Faults {
        &self.state.faults
    }

    /// What was asked so far.
    pub fn journal(&self) -> &Journal {
        &self.state.journal
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, state: Arc<State>) {
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file descriptors: connections that end make room.
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        // Answers are written in two pieces; with Nagle's algorithm each would wait for the client's delayed ACK.
        let _ = stream.set_nodelay(true);
        let state = Arc::clone(&state);
        connections.spawn(async move {
            let service = service_fn(|request| serve(Arc::clone(&state), request));
            let connection = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .serve_connection(TokioIo::new(stream), service);
            if let Err(error) = connection.await {
                tracing::trace!(%error, "connection ended");
            }
        });
    }
}

async fn serve(state: Arc<State>, request: Request<Incoming>) -> Result<Response<AnswerBody>, Infallible> {
    let (parts, body) = request.into_parts();
    let body = match Limited::new(body, REQUEST_CAP).collect().await {
        Ok(body) => body.to_bytes(),
        Err(_) => return Ok(respond(StatusCode::PAYLOAD_TOO_LARGE, Vec::new(), AnswerBody::full(Bytes::new()))),
    };
    if !state.options.latency.is_zero() {
        tokio::time::sleep(state.options.latency).await;
    }
    let (call, dialect) = match request::decode(&state.catalog, &parts, &body) {
        Ok(decoded) => decoded,
        Err(refusal) => {
            record(&state, None, &refusal.dialect, refusal.error.status, &refusal.error.code);
            return Ok(deliver(response::failure(&refusal.dialect, &refusal.error)));
        }
    };
    let fault = state.faults.hit(&call.service, &call.operation, &call.account, &call.region);
    if let Some(Fault::Latency(delay)) = fault {
        tokio::time::sleep(delay).await;
    }
    if state.options.repeats_answers && fault.is_none() {
        return Ok(repeat(&state, &call, &dialect));
    }
    Ok(answer_call(&state, &call, &dialect, fault))
}

/// The answer as it was written for the first equal request.
fn repeat(state: &State, call: &Call, dialect: &Dialect) -> Response<AnswerBody> {
    let input = call.input.to_json();
    let key = [&call.account, &call.region, &call.service, &call.operation, &input].map(String::as_str).join("|");
    let lock = || state.repeated.lock().expect("no code panics while it holds the answers");
    let known = lock().get(&key).cloned();
    if let Some((status, headers, body)) = known {
        record(state, Some(call), dialect, status.as_u16(), "");
        return respond(status, headers, AnswerBody::full(body));
    }
    let response = answer_call(state, call, dialect, None);
    let text = |value: &hyper::http::HeaderValue| value.to_str().unwrap_or_default().to_owned();
    let headers = response.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    lock().insert(key, (response.status(), headers, response.body().bytes()));
    response
}

/// The answer to a call, with its fault.
fn answer_call(state: &State, call: &Call, dialect: &Dialect, fault: Option<Fault>) -> Response<AnswerBody> {
    let pagination = answer::page::pagination(dialect, &call.operation);
    let injected = fault.and_then(|fault| ApiError::injected(fault, call, dialect));
    let most = if fault == Some(Fault::Truncate) { Some(1) } else { state.options.page_size };
    let outcome = match injected {
        Some(error) => Err(error),
        None => answer::answer(&state.world, &state.memory, call, dialect).and_then(|output| match pagination {
            Some(pagination) => {
                let is_truncated = fault == Some(Fault::Truncate);
                let size = answer::page::size(&call.service, pagination, &call.input, most);
                let page = answer::page::cut(output, &call.input, pagination, size, is_truncated);
                page.map(|page| answer::page::as_handed_out(&call.service, &call.input, page))
            }
            None => Ok(output),
        }),
    };
    let (status, code) = outcome.as_ref().map_or_else(|error| (error.status, error.code.as_str()), |_| (200, ""));
    record(state, Some(call), dialect, status, code);
    match (outcome, fault) {
        (Err(error), _) => deliver(response::failure(dialect, &error)),
        (Ok(_), Some(Fault::Malformed)) => {
            respond(StatusCode::OK, Vec::new(), AnswerBody::full(Bytes::from_static(b"<html><body>It works!</bod")))
        }
        (Ok(output), Some(Fault::Disconnect)) => break_off(response::success(dialect, &call.operation, &output)),
        (Ok(output), Some(Fault::Truncate)) if pagination.is_none() => {
            break_off(response::success(dialect, &call.operation, &output))
        }
        (Ok(output), _) => deliver(response::success(dialect, &call.operation, &output)),
    }
}

fn record(state: &State, call: Option<&Call>, dialect: &Dialect, status: u16, code: &str) {
    let text = |part: fn(&Call) -> &String| call.map(part).cloned().unwrap_or_default();
    state.journal.record(LoggedCall {
        service: dialect.name.clone(),
        operation: text(|call| &call.operation),
        account: text(|call| &call.account),
        region: text(|call| &call.region),
        status,
        code: code.to_owned(),
    });
}

fn deliver(reply: Reply) -> Response<AnswerBody> {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    respond(status, reply.headers, AnswerBody::full(reply.body.into()))
}

fn break_off(reply: Reply) -> Response<AnswerBody> {
    respond(StatusCode::OK, reply.headers, AnswerBody::broken(reply.body))
}

fn respond(status: StatusCode, headers: Vec<(String, String)>, body: AnswerBody) -> Response<AnswerBody> {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    response.body(body).unwrap_or_else(|_| Response::new(AnswerBody::full(Bytes::new())))
}
