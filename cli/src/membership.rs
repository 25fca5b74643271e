//! What changes who belongs to a deployment: asked of the coordinator where one runs, since the store is then its alone,
//! and done in the store where none does.

use std::path::{Path, PathBuf};

use plumbline_baseline::AgentId;
use plumbline_coordinator::store::{self, AgentNotFound, Member, Revoked, Store};
use plumbline_coordinator::{Certificates, enrolment};
use plumbline_identity::authority::Authority;
use plumbline_identity::{Bounds, OperatorName, Role, Trust};

use crate::actor;
use crate::asking::Coordinator;
use crate::clock;
use crate::failure::{Failure, OrFail, Result};
use crate::results::{create_store, open_store, store_failure};

/// Who does it.
pub(crate) enum Membership {
    /// A coordinator.
    Asked(Coordinator),
    /// This process, in the store of the data directory.
    Here(Store, PathBuf),
}

impl Membership {
    /// Who does it for a data directory.
    ///
    /// # Errors
    /// When the coordinator may not be asked, or the store cannot be written.
    pub(crate) async fn of(data_dir: &Path) -> Result<Self> {
        if let Some(coordinator) = Coordinator::if_any(data_dir).await? {
            return Ok(Self::Asked(coordinator));
        }
        // There has to be one: nobody joins what does not exist.
        drop(open_store(data_dir)?);
        Ok(Self::Here(create_store(data_dir)?, data_dir.to_owned()))
    }

    /// Bans the agent whose id begins like this: its id, and whether it was not banned before.
    ///
    /// # Errors
    /// When there is none, or it cannot be done.
    pub(crate) async fn ban(&mut self, wanted: &str, reason: &str) -> Result<(String, bool)> {
        match self {
            Self::Asked(coordinator) => {
                let banned = coordinator.client.ban_agent(wanted, reason).await;
                banned.map_err(|error| coordinator.failure("ban the agent", &error))
            }
            Self::Here(store, _) => {
                let id = find_agent(store, wanted)?.agent.id;
                let agent = id.parse::<AgentId>().or_fail("read the agent's id", "report this as a bug")?;
                let banned = store.ban(&agent, &actor::here(), reason, &clock::now()?).await;
                Ok((id, banned.map_err(|error| store_failure(&error))?))
            }
        }
    }

    /// A token with which one machine can become an agent within these bounds.
    ///
    /// # Errors
    /// When there is no deployment, or it cannot be made.
    pub(crate) async fn token(&mut self, bounds: Bounds) -> Result<String> {
        const ATTEMPT: &str = "make a token";
        match self {
            Self::Asked(coordinator) => {
                let made = coordinator.client.make_token(&bounds).await;
                made.map_err(|error| coordinator.failure(ATTEMPT, &error))
            }
            Self::Here(store, data_dir) => {
                let trust = trust(ATTEMPT, data_dir)?;
                let made = enrolment::make_token(store, &trust, bounds, &actor::here()).await;
                made.map(|token| token.text()).map_err(|error| enrolment_failure(ATTEMPT, &error))
            }
        }
    }

    /// Adds an operator: the token with which it joins.
    ///
    /// # Errors
    /// When the name is taken, there is no deployment, or it cannot be done.
    pub(crate) async fn add_operator(&mut self, name: &OperatorName, role: Role) -> Result<String> {
        const ATTEMPT: &str = "add an operator";
        match self {
            Self::Asked(coordinator) => {
                let added = coordinator.client.add_operator(name, role).await;
                added.map_err(|error| coordinator.failure(ATTEMPT, &error))
            }
            Self::Here(store, data_dir) => {
                let trust = trust(ATTEMPT, data_dir)?;
                let added = enrolment::add_operator(store, &trust, (name, role), &actor::here()).await;
                added.map(|token| token.text()).map_err(|error| enrolment_failure(ATTEMPT, &error))
            }
        }
    }

    /// Revokes an operator: whether it was not revoked before.
    ///
    /// # Errors
    /// When there is none, or it cannot be done.
    pub(crate) async fn revoke_operator(&mut self, name: &OperatorName, reason: &str) -> Result<bool> {
        const ATTEMPT: &str = "revoke the operator";
        match self {
            Self::Asked(coordinator) => {
                let revoked = coordinator.client.revoke_operator(name, reason).await;
                revoked.map_err(|error| coordinator.failure(ATTEMPT, &error))
            }
            Self::Here(store, _) => {
                let revoked = store.revoke_operator(name, &actor::here(), reason, &clock::now()?).await;
                match revoked.map_err(|error| store_failure(&error))? {
                    Revoked::Now => Ok(true),
                    Revoked::Before => Ok(false),
                    Revoked::Unknown => Err(Failure::usage(
                        ATTEMPT,
                        format!("there is no operator {name}"),
                        "`plumbline operators list` shows them all",
                    )),
                }
            }
        }
    }
}

/// The one agent whose id begins like this.
///
/// # Errors
/// When there is none, or there are several, or the store fails.
pub(crate) fn find_agent(store: &Store, wanted: &str) -> Result<Member> {
    store.find_agent(wanted).map_err(|error| match error {
        AgentNotFound::Store(error) => store_failure(&error),
        other => Failure::usage(format!("find agent `{wanted}`"), other, "`plumbline agents list` shows them all"),
    })
}

/// What is trusted in the deployment of a data directory.
///
/// # Errors
/// When there is none, or its authority cannot be read.
pub(crate) fn trust(attempt: &str, data_dir: &Path) -> Result<Trust> {
    let authority = Authority::load(&Certificates::path_in(data_dir), None);
    match authority {
        Ok(authority) => Ok(authority.trust().clone()),
        Err(error) => Err(enrolment_failure(attempt, &error.into())),
    }
}

/// Why nobody can join, in words.
pub(crate) fn enrolment_failure(attempt: &str, error: &enrolment::Error) -> Failure {
    match error {
        enrolment::Error::Store(store::Error::Damaged { .. } | store::Error::Disk(_)) => {
            Failure::new(attempt, error, "check the store (`plumbline store verify`)")
        }
        enrolment::Error::Store(error) => store_failure(error),
        enrolment::Error::None => Failure::usage(attempt, error, "run `plumbline coordinator init` first"),
        enrolment::Error::Bounds(_) => Failure::usage(attempt, error, "name fewer, or make several agents"),
        enrolment::Error::NoPort(_) => Failure::usage(attempt, error, "name a lower port with --address"),
        enrolment::Error::NotAdded(_) => {
            Failure::usage(attempt, error, "`plumbline operators list` shows them all; use another name")
        }
        _ => Failure::new(attempt, error, "check the directory `authority` of the data directory (--data-dir)"),
    }
}
