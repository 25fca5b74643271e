//! Where the coordinator listens: over TLS where there is a deployment, else in plain text on this machine.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use plumbline_coordinator as coordinator;
use plumbline_coordinator::store::Store;
use plumbline_coordinator::{Certificates, enrolment};
use plumbline_identity::Deployment;

use crate::failure::{Failure, OrFail, Result};
use crate::results::store_failure;

/// Where agents look when nobody says anything else.
pub(crate) const DEFAULT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 7443);

/// A listener, and what agents are started with.
///
/// # Errors
/// When the address is in use, or agents would talk to it in plain text over a network.
pub(crate) async fn listen(
    listen: SocketAddr,
    data_dir: &Path,
    store: &Store,
) -> Result<(coordinator::Listener, String)> {
    match store.deployment().map_err(|error| store_failure(&error))? {
        Some(deployment) => secure(listen, data_dir, &deployment.id).await,
        None => plain(listen, data_dir).await,
    }
}

async fn secure(listen: SocketAddr, data_dir: &Path, deployment: &str) -> Result<(coordinator::Listener, String)> {
    let attempt = "use the deployment's authority";
    let expected = deployment.parse::<Deployment>().or_fail(attempt, "restore a backup of the store")?;
    let certificates = Certificates::load(&Certificates::path_in(data_dir), Some(expected));
    let certificates =
        certificates.or_fail(attempt, "put the directory `authority` of the data directory back from a backup")?;
    let port = enrolment::joining_port(listen.port()).ok_or_else(|| {
        Failure::usage(
            format!("listen on {listen}"),
            "machines join one port further, and there is none",
            "use another --listen",
        )
    })?;
    let joining = SocketAddr::new(listen.ip(), port);
    let listener = coordinator::Listener::tls(listen, joining, Arc::new(certificates)).await;
    let listener = listener.map_err(|error| refused(listen, &error))?;
    let unknown = |error: std::io::Error| Failure::new("listen", error, "use another --listen");
    let at = listener.address().map_err(unknown)?.unwrap_or(listen);
    let joining = listener.joining_address().map_err(unknown)?.unwrap_or(joining);
    let text = format!(
        "plumbline: serves agents at {at}, and machines that join at {joining}; `plumbline agents token` lets one join"
    );
    Ok((listener, text))
}

async fn plain(listen: SocketAddr, data_dir: &Path) -> Result<(coordinator::Listener, String)> {
    let token = coordinator::Token::keep_in(data_dir).or_fail(
        format!("keep {}", coordinator::Token::path_in(data_dir).display()),
        "it must be readable for its owner only; without it, a new one is made",
    )?;
    let listener = coordinator::Listener::bind(listen, token).await.map_err(|error| refused(listen, &error))?;
    // A port that was left to the system is known now.
    let at = listener.address().ok().flatten().unwrap_or(listen);
    let text = format!(
        "plumbline: agents connect with: plumbline agent --coordinator http://{at} --token-file {}",
        coordinator::Token::path_in(data_dir).display()
    );
    Ok((listener, text))
}

fn refused(listen: SocketAddr, error: &coordinator::ListenerError) -> Failure {
    match error {
        coordinator::ListenerError::NotLoopback(_) => Failure::usage(
            "start the coordinator",
            error,
            "run `plumbline coordinator init` once, which makes certificates; or use --listen 127.0.0.1:PORT, and run the agents on this machine",
        ),
        coordinator::ListenerError::Bind(_) | coordinator::ListenerError::BindJoining { .. } => {
            Failure::new(format!("listen on {listen}"), error, "is another coordinator running? Use another --listen")
        }
    }
}
