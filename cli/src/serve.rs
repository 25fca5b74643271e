//! The coordinator as a service: everything is bound before AWS is asked, what an earlier process left goes on, and then
//! scans start when schedules say so or an operator asks, until the process is told to stop.
//!
//! In reading order: `conduct` (what starts when), `one_scan` (a scan from its plan to its reports), `left` (what an earlier
//! process left), `http` (health and metrics), `figures` (what is counted), `notify` (what the service manager is told).

mod conduct;
mod figures;
mod http;
mod left;
mod notify;
mod one_scan;

use std::sync::Arc;
use std::time::Duration;

use plumbline_agent as agent;
use plumbline_coordinator::operator::{self, Operators, Socket, SocketError};
use plumbline_coordinator::store::Store;
use plumbline_coordinator::{self as coordinator, Handle};
use plumbline_telemetry::Registry;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::agent_id;
use crate::clock;
use crate::cloud::{Cloud, credentials_failure};
use crate::config::Settings;
use crate::exit::Outcome;
use crate::failure::{Failure, Result};
use crate::joining;
use crate::listening;
use crate::operator as asked;
use crate::pack::Pack;
use crate::preflight;
use crate::redaction_key;
use crate::run::{Parts, coordinator_failure};
use crate::signals::Signals;
use crate::terminal::say;
use conduct::Conductor;
use notify::Notify;

/// How long running jobs of the agent in this process may go on after the process was told to stop.
const DRAIN: Duration = Duration::from_secs(15);
/// When the process ends, whatever has not by then.
const DEADLINE: Duration = Duration::from_secs(30);
/// Commands of operators that wait.
const COMMANDS: usize = 16;

/// What every part of the service uses.
pub(super) struct Shared {
    cloud: Cloud,
    settings: Settings,
    pack: Pack,
    store: Store,
    handle: Handle,
    registry: Arc<Registry>,
    /// Told when nothing is to begin any more.
    stop: CancellationToken,
}

/// Serves until it is told to stop.
///
/// # Errors
/// When something cannot be bound or used, or the store fails.
pub(crate) async fn run(settings: Settings, signals: &Signals, registry: Arc<Registry>) -> Result<Outcome> {
    let since = clock::now()?;
    let pack = Pack::load(&settings.pack)?;
    check_schedules(&settings, &pack)?;
    let store = preflight::check_to_go_on(&settings.data_dir, settings.output.as_deref());
    let store = asked::or_who_runs(store, &settings.data_dir).await?;
    store.count_in(Arc::clone(&registry));
    let address = settings.service.listen.unwrap_or(listening::DEFAULT);
    let (agents, serves) = listening::listen(address, &settings.data_dir, &store).await?;
    let bound = Bound {
        agents,
        operators: bind_socket(&settings)?,
        http: match settings.service.http {
            Some(address) => Some(http::bind(address).await?),
            None => None,
        },
    };
    let http = bound.http.as_ref().and_then(|listener| listener.local_addr().ok());
    let cloud = Cloud::counted(settings.endpoint_url.as_deref(), &registry).await?;
    let key = redaction_key::of(&settings.data_dir)?;
    let mut options = pack.coordinator_options(store.clone(), settings.floor(), key);
    options.registry = Arc::clone(&registry);
    options.by_role = joining::by_role(&settings, &cloud)?;
    let (service, handle) = coordinator::Service::new(options);
    let stop = CancellationToken::new();
    let shared = Arc::new(Shared { cloud, settings, pack, store, handle, registry, stop });
    let _orderly = signals.orderly();
    let running = tokio::select! {
        running = start(&shared, service, bound, since) => running?,
        () = signals.asked() => return Ok(Outcome::Done),
    };
    say(serves);
    if let Some(address) = http {
        say(format_args!("plumbline: health and metrics are at http://{address}"));
    }
    running.until_told(&shared, signals).await
}

/// What is listened on.
struct Bound {
    agents: coordinator::Listener,
    operators: Socket,
    http: Option<TcpListener>,
}

/// Everything that runs.
struct Running {
    parts: Parts,
    /// The agent of this process ends before those who take what it did.
    agent: Option<Agent>,
    serving: CancellationToken,
    notify: Notify,
}

/// The agent in this process.
type Agent = JoinSet<std::result::Result<(), agent::Error>>;

/// A mistake in the scope of a schedule is told now, and not in the night.
fn check_schedules(settings: &Settings, pack: &Pack) -> Result<()> {
    for planned in &settings.service.schedules {
        pack.planned(&settings.of_schedule(planned)?)?;
    }
    Ok(())
}

fn bind_socket(settings: &Settings) -> Result<Socket> {
    Socket::bind(&settings.data_dir).map_err(|error| {
        let next_step = match error {
            SocketError::TooLong => "name a data directory with a shorter path (--data-dir)",
            SocketError::Io(_) => "check that the data directory can be written (--data-dir)",
        };
        Failure::new(format!("make {}", operator::path_in(&settings.data_dir).display()), error, next_step)
    })
}

async fn start(shared: &Arc<Shared>, service: coordinator::Service, bound: Bound, since: String) -> Result<Running> {
    let serving = CancellationToken::new();
    let mut parts = Parts::default();
    let mut scans = JoinSet::new();
    left::go_on(shared, &mut scans).await?;
    let trust = bound.agents.trust().cloned();
    let mut listeners = vec![bound.agents];
    let agent = match shared.settings.service.agent {
        true => {
            let (connections, listener) = coordinator::Listener::in_process();
            listeners.push(listener);
            Some(start_agent(shared, connections).await?)
        }
        false => None,
    };
    let (commands, wanted) = mpsc::channel(COMMANDS);
    let operators =
        Operators::new(shared.handle.clone(), commands, since, trust, &shared.settings.data_dir, shared.stop.clone());
    let service = service.with_beside(operators.over_tls());
    parts.start("coordinator", service.run_on(listeners, serving.clone()));
    parts.start("operators' socket", until(shared.stop.clone(), operators.serve(bound.operators)));
    let conductor = Conductor::new(Arc::clone(shared), scans);
    parts.start("scheduler", conductor.run(wanted));
    parts.start("figures", until(shared.stop.clone(), figures::keep(Arc::clone(shared))));
    if let Some(listener) = bound.http {
        parts.start("health and metrics", until(serving.clone(), http::serve(listener, Arc::clone(shared))));
    }
    let notify = Notify::from_environment();
    notify.ready();
    parts.start("watchdog", until(serving.clone(), notify.clone().watch(shared.handle.clone())));
    Ok(Running { parts, agent, serving, notify })
}

/// Runs a part until the token is cancelled: what ends then did not end by itself.
async fn until(
    stop: CancellationToken,
    part: impl Future<Output = std::result::Result<(), String>>,
) -> std::result::Result<(), String> {
    tokio::select! {
        ended = part => match stop.is_cancelled() {
            true => Ok(()),
            false => ended,
        },
        () = stop.cancelled() => Ok(()),
    }
}

async fn start_agent(shared: &Arc<Shared>, connections: mpsc::Sender<tokio::io::DuplexStream>) -> Result<Agent> {
    let (cloud, data_dir) = (&shared.cloud, &shared.settings.data_dir);
    // An agent that cannot work does not take work.
    cloud.caller.identity().await.map_err(|error| credentials_failure(&error))?;
    let mut options = agent::Options::new(cloud.caller.clone(), cloud.client.clone());
    options.agent_id = agent_id::of_service(data_dir)?;
    options.redaction_key = redaction_key::of(data_dir)?.into();
    options.drain_timeout = DRAIN;
    shared.pack.give_to(&mut options);
    let (agent, _) = agent::Service::new(options, agent::Coordinator::InProcess(connections));
    let mut running = JoinSet::new();
    running.spawn(agent.run(shared.stop.clone()));
    Ok(running)
}

impl Running {
    async fn until_told(mut self, shared: &Shared, signals: &Signals) -> Result<Outcome> {
        say("plumbline: the coordinator runs; SIGTERM or Ctrl-C stops it");
        let ended = tokio::select! {
            biased;
            () = signals.asked() => Ok(Outcome::Done),
            error = shared.handle.failed() => Err(coordinator_failure(&error)),
            failure = self.parts.failure() => Err(failure),
            ended = joined(&mut self.agent) => Err(Failure::new(
                "keep the agent running",
                ended,
                "start the coordinator again; it goes on with its scans",
            )),
        };
        self.notify.stopping();
        shared.stop.cancel();
        let farewell = async {
            if let Some(agent) = &mut self.agent {
                while agent.join_next().await.is_some() {}
            }
            self.serving.cancel();
            self.parts.ended().await;
        };
        if tokio::time::timeout(DEADLINE, farewell).await.is_err() {
            say("plumbline: not everything ended in time; what was stored is kept");
        }
        let left = shared.handle.running().len();
        if ended.is_ok() && left > 0 {
            say("plumbline: stopped. What runs goes on when the coordinator is started again");
        }
        ended
    }
}

/// Waits for an end of the agent that nobody asked for.
async fn joined(agent: &mut Option<Agent>) -> String {
    let Some(agent) = agent else { return std::future::pending().await };
    match agent.join_next().await {
        Some(Ok(Ok(()))) => "it ended by itself".to_owned(),
        Some(Ok(Err(error))) => error.to_string(),
        Some(Err(error)) => error.to_string(),
        None => std::future::pending().await,
    }
}
