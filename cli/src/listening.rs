//! Where agents connect to a coordinator, in one place for all commands that wait for them.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use plumbline_coordinator as coordinator;

use crate::failure::{Failure, OrFail, Result};
use crate::terminal::say;

/// Where agents look when nobody says anything else.
pub(crate) const DEFAULT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 7443);

/// Listens for agents. Whatever it needs from the data directory is made there.
///
/// # Errors
/// When the address is in use, or agents would talk to it in plain text over a network.
pub(crate) async fn listen(address: SocketAddr, data_dir: &Path) -> Result<coordinator::Listener> {
    let token = coordinator::Token::keep_in(data_dir).or_fail(
        format!("keep {}", coordinator::Token::path_in(data_dir).display()),
        "it must be readable for its owner only; without it, a new one is made",
    )?;
    coordinator::Listener::bind(address, token).await.map_err(|error| match error {
        coordinator::ListenerError::NotLoopback(_) => Failure::usage(
            "start the coordinator",
            error,
            "use --listen 127.0.0.1:PORT, and run the agents on this machine",
        ),
        coordinator::ListenerError::Bind(_) => {
            Failure::new(format!("listen on {address}"), error, "is another coordinator running? Use another --listen")
        }
    })
}

/// Says how agents find it.
pub(crate) fn say_how_to_connect(address: SocketAddr, data_dir: &Path) {
    say(format_args!(
        "plumbline: agents connect with: plumbline agent --coordinator http://{address} --token-file {}",
        coordinator::Token::path_in(data_dir).display()
    ));
}
