//! The HTTP server: one loop of request → call → latency, fault, quota → answer → reply.
//!
//! It must not know any service; it binds to the loopback interface only.

mod body;
mod exchange;
mod kept;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use plumbline_baseline::api::Catalog;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::answer;
use crate::chance::Latency;
use crate::counters::Counters;
use crate::faults::{Faults, Rule};
use crate::journal::Journal;
use crate::quotas::Buckets;
use crate::request::{SECRET, session_key};
use crate::world::World;
use kept::{Answers, Outputs};

/// How a server runs.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// TCP port on 127.0.0.1; 0 picks a free one.
    pub port: u16,
    /// Further addresses of the loopback network, from 127.0.0.2 on, with the same port: hosts of their own for a client
    /// that counts connections by host.
    pub more_addresses: u8,
    /// Largest page of every listing; AWS's own limits when `None`.
    pub page_size: Option<usize>,
    /// How long every answer takes at least.
    pub latency: Latency,
    /// Whether requests beyond AWS's quotas are throttled.
    pub quotas: Quotas,
    /// How long the sessions of assumed roles live at most; as long as the caller asks when `None`.
    pub session_lifetime: Option<Duration>,
    /// What goes wrong from the start; more can be added to [`Server::faults`].
    pub rules: Vec<Rule>,
    /// Another seed, other latencies and other calls that a share of faults hits.
    pub seed: u64,
    /// Whether the journal keeps every call and not only counts.
    pub keeps_calls: bool,
    /// Whether an answer without a fault is written once and then repeated for equal requests, also of other accounts
    /// of the same kind: for benchmarks, where the simulator should cost as little as it can.
    pub repeats_answers: bool,
}

/// Whether AWS's request quotas are held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Quotas {
    /// They are not: as fast as one likes.
    #[default]
    Ignored,
    /// They are, as [`quotas`](crate::quotas) has them.
    Held,
}

/// Credentials that the simulator accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessKey {
    /// Access key id; the account is in it.
    pub id: String,
    /// Secret key; signatures are verified where somebody else sends what was signed.
    pub secret: String,
}

impl AccessKey {
    /// A session of one of the simulator's roles (`PlumblineAudit`, `PlumblineAgent`, `SomebodyElse`) in this account; it
    /// wants any session token.
    ///
    /// # Panics
    /// When the simulator has no such role.
    pub fn of_role(account: &str, role: &str) -> Self {
        let id = session_key(account, role).unwrap_or_else(|| panic!("the simulator has no role {role}"));
        Self { id, secret: SECRET.to_owned() }
    }

    /// Long-term keys of a user in this account.
    pub fn of_account(account: &str) -> Self {
        Self { id: format!("AKIAQSIM{account}"), secret: SECRET.to_owned() }
    }
}

/// A running simulator. It stops when this is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    endpoint: String,
    state: Arc<State>,
    /// Dropping it ends them.
    _accepting: JoinSet<()>,
}

#[derive(Debug)]
struct State {
    world: World,
    memory: answer::Memory,
    catalog: Arc<Catalog>,
    faults: Faults,
    journal: Journal,
    counters: Counters,
    buckets: Buckets,
    answers: Answers,
    outputs: Outputs,
    options: Options,
}

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
            memory: answer::Memory::new(options.session_lifetime),
            catalog: Arc::clone(Catalog::embedded()),
            faults: Faults::default(),
            journal: Journal::new(options.keeps_calls),
            counters: Counters::new(Instant::now()),
            buckets: Buckets::default(),
            answers: Answers::default(),
            outputs: Outputs::default(),
            options,
        });
        state.options.rules.iter().for_each(|rule| state.faults.add(rule.clone()));
        let mut accepting = JoinSet::new();
        accepting.spawn(accept(listener, Arc::clone(&state)));
        for last in (2..).take(state.options.more_addresses.into()) {
            let listener = TcpListener::bind((Ipv4Addr::new(127, 0, 0, last), address.port())).await?;
            accepting.spawn(accept(listener, Arc::clone(&state)));
        }
        Ok(Self { address, endpoint: format!("http://{address}"), state, _accepting: accepting })
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

    /// How much was asked so far, and where.
    pub fn counters(&self) -> &Counters {
        &self.state.counters
    }

    /// Refuses every session of an assumed role that there is; those that are asked for from now on are good.
    pub fn revoke_sessions(&self) {
        self.state.memory.sessions.revoke();
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
        let connected = state.counters.connected();
        connections.spawn(async move {
            let _connected = connected;
            let service = service_fn(|request| exchange::serve(Arc::clone(&state), request));
            let connection = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .serve_connection(TokioIo::new(stream), service);
            if let Err(error) = connection.await {
                tracing::trace!(%error, "connection ended");
            }
        });
    }
}
