//! The two ports over TLS: one for agents and operators, who show certificates, and one where machines join, who have none. What is
//! known of a connection there is known before the first call, and what a connection may cost is bounded.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use plumbline_identity::{Peer, tls};
use plumbline_proto::enrol_v1::enrol_server::EnrolServer;
use plumbline_telemetry::{Registry, catalogue};
use rustls::time_provider::DefaultTimeProvider;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Server;

use super::authenticate::Authenticate;
use super::enrol::{Joins, Renews};
use super::tls::{Verify, accept};
use super::{Beside, Terms, agents, server, until};
use crate::certificates::Certificates;
use crate::clock::Clock;
use crate::dispatch::Dispatch;
use crate::listener::Tls;

/// Calls of one agent at a time: its session, and one for each job that it delivers.
const STREAMS: u32 = 256;
/// Calls of one machine that joins.
const JOINING_STREAMS: u32 = 4;
/// Bytes of a call's headers.
const HEADERS: u32 = 8 << 10;
/// Bytes of a request to join or renew: a key, and a token or what proves a role.
const ENROL_BYTES: usize = 16 << 10;
/// Whoever joins needs no longer.
const JOINING: Duration = Duration::from_secs(60);
/// How often it is asked whether certificates of the coordinator's own are due.
const RENEW_EVERY: Duration = Duration::from_secs(60 * 60);

/// Serves agents, and machines that join, until `shutdown`.
pub(super) async fn serve(
    tls: Tls,
    dispatch: Arc<Dispatch>,
    terms: Terms,
    beside: Option<Beside>,
    shutdown: CancellationToken,
) -> Result<(), tonic::transport::Error> {
    let port = tls.agents.local_addr().map_or(0, |address| address.port());
    let (certificates, clock) = (tls.certificates, Clock::system());
    let keeping = tokio::spawn(keep_renewed(Arc::clone(&certificates), Arc::clone(dispatch.registry())));
    let secure = || tls::server(certificates.trust(), certificates.shown(), Arc::new(DefaultTimeProvider));
    let joining = || tls::joining_server(certificates.shown(), Arc::new(DefaultTimeProvider));
    let (secure, joining) = match (secure(), joining()) {
        (Ok(secure), Ok(joining)) => (secure, joining),
        (Err(error), _) | (_, Err(error)) => unreachable!("the provider of cryptography has TLS 1.3: {error}"),
    };
    let agents_in = accept(tls.agents, secure, by_certificate(&certificates, &clock), shutdown.clone());
    let nobody: Verify = Arc::new(|_| Ok(None));
    let joining_in = accept(tls.joining, joining, nobody, shutdown.clone());

    let authenticate = Authenticate::by_certificate(Arc::clone(&dispatch));
    let store = dispatch.store().clone();
    let renews = EnrolServer::new(Renews { store: store.clone(), certificates: Arc::clone(&certificates) })
        .max_decoding_message_size(ENROL_BYTES);
    let (reporter, health) = tonic_health::server::health_reporter();
    reporter.set_service_status("", tonic_health::ServingStatus::Serving).await;
    let joins = Joins::new(store, certificates, &terms, port);
    let joins = EnrolServer::new(joins).max_decoding_message_size(ENROL_BYTES);
    let routes = agents(&dispatch, authenticate, terms, &shutdown)
        .add_service(InterceptedService::new(renews, Authenticate::by_any_certificate(Arc::clone(&dispatch))))
        .add_service(health);
    let routes = match beside {
        Some(beside) => (beside.0)(routes),
        None => routes,
    };
    let agents = until(bounded(STREAMS).add_routes(routes), agents_in, &shutdown);
    let joining = until(bounded(JOINING_STREAMS).max_connection_age(JOINING).add_service(joins), joining_in, &shutdown);
    let draining = async {
        shutdown.cancelled().await;
        reporter.set_service_status("", tonic_health::ServingStatus::NotServing).await;
    };
    let serving = async { tokio::try_join!(agents, joining).map(drop) };
    let served = tokio::select! {
        served = serving => served,
        // It ends with the serving, and never before.
        never = async { draining.await; std::future::pending().await } => never,
    };
    keeping.abort();
    served
}

fn bounded(streams: u32) -> Server {
    server().max_concurrent_streams(streams).http2_max_header_list_size(HEADERS)
}

/// Once a connection; whether it still holds is asked at every message.
fn by_certificate(certificates: &Arc<Certificates>, clock: &Clock) -> Verify {
    let (certificates, clock) = (Arc::clone(certificates), clock.clone());
    Arc::new(move |chain| {
        let peer = Peer::verify(certificates.trust(), chain, clock.time())?;
        Ok(Some(Arc::new(peer)))
    })
}

async fn keep_renewed(certificates: Arc<Certificates>, registry: Arc<Registry>) {
    let mut ticks = tokio::time::interval(RENEW_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        certificates.renew();
        for (of, end) in certificates.ends() {
            let seconds = end.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
            registry.set_count(&catalogue::CERTIFICATE, [of], seconds);
        }
    }
}
