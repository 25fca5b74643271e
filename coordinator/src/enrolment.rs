//! What begins a deployment, and what lets agents and operators join it: for the command line, and for whatever serves it.

use std::path::Path;

use plumbline_identity::authority::{self, Authority};
use plumbline_identity::token::Scope;
use plumbline_identity::{Address, Bounds, OperatorName, Role, Token, Trust, bounds, lifetimes};

use crate::clock::Clock;
use crate::store::{self, Store, record};

/// Why not.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is a deployment already.
    #[error("there is a deployment already: {id}, since {since}")]
    IsThere {
        /// Its id.
        id: String,
        /// Since when.
        since: String,
    },
    /// There is none.
    #[error("there is no deployment yet")]
    None,
    /// The port after the agents' is none.
    #[error("machines join one port after the one of agents, and there is none after {0}")]
    NoPort(Address),
    /// The authority.
    #[error(transparent)]
    Authority(#[from] authority::Error),
    /// The bounds.
    #[error(transparent)]
    Bounds(#[from] bounds::Invalid),
    /// The operator.
    #[error(transparent)]
    NotAdded(#[from] store::NotAdded),
    /// The store.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// The port where machines join, for one where agents are served.
pub fn joining_port(agents: u16) -> Option<u16> {
    match agents {
        // The system chooses both.
        0 => Some(0),
        port => port.checked_add(1),
    }
}

/// Begins a deployment: makes its authority in a directory, and notes where agents find the coordinator.
///
/// # Errors
/// When there is one already, or the disk does not let us.
pub async fn begin(store: &Store, directory: &Path, address: &Address, actor: &str) -> Result<Trust, Error> {
    if let Some(there) = store.deployment()? {
        return Err(Error::IsThere { id: there.id, since: there.since });
    }
    let clock = Clock::system();
    let _ = joining_at(address)?;
    let trust = Authority::init(directory, clock.time())?.trust().clone();
    let deployment =
        record::Deployment { id: trust.deployment().to_string(), address: address.to_string(), since: clock.wall() };
    store.begin_deployment(deployment, actor).await?;
    Ok(trust)
}

/// Makes a token for one machine, which works within these bounds.
///
/// # Errors
/// When there is no deployment, or the store fails.
pub async fn make_token(store: &Store, trust: &Trust, scope: Bounds, actor: &str) -> Result<Token, Error> {
    let token = Token::new(trust, joining_of(store)?, scope)?;
    let clock = Clock::system();
    store.add_token(&token.stored(clock.time(), lifetimes::TOKEN), actor, &clock.wall()).await?;
    Ok(token)
}

/// Adds an operator, and makes the token with which it joins.
///
/// # Errors
/// When there is no deployment, the name is taken, or the store fails.
pub async fn add_operator(
    store: &Store,
    trust: &Trust,
    (name, role): (&OperatorName, Role),
    actor: &str,
) -> Result<Token, Error> {
    let token = Token::new(trust, joining_of(store)?, Scope::Operator { name: name.clone(), role })?;
    let clock = Clock::system();
    let stored = token.stored(clock.time(), lifetimes::TOKEN);
    store.add_operator(&stored, (name, role), actor, &clock.wall()).await??;
    Ok(token)
}

/// Where machines of the deployment join.
fn joining_of(store: &Store) -> Result<Address, Error> {
    let deployment = store.deployment()?.ok_or(Error::None)?;
    let address: Address =
        deployment.address.parse().map_err(|_| store::Error::Damaged { what: "address of the deployment" })?;
    joining_at(&address)
}

/// Where machines join, for where agents are served.
fn joining_at(address: &Address) -> Result<Address, Error> {
    let none = || Error::NoPort(address.clone());
    let port = joining_port(address.port()).ok_or_else(none)?;
    let host = address.as_str().rsplit_once(':').map_or("", |(host, _)| host);
    format!("{host}:{port}").parse().map_err(|_| none())
}
