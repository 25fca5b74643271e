//! What operators change about who belongs to the deployment: tokens and bans of agents, and who else is an operator.

use plumbline_baseline::AgentId;
use plumbline_identity::{Bounds, OperatorName, Role, Token, Trust};

use super::Refusal;
use crate::enrolment::{self, add_operator, make_token};
use crate::service::Handle;
use crate::store::{self, AgentNotFound, Revoked};

/// A token for an agent, within bounds in their text form.
pub(super) async fn token(handle: &Handle, trust: Option<&Trust>, bounds: &str, who: &str) -> Result<Token, Refusal> {
    let bounds: Bounds = bounds.parse().map_err(|error: plumbline_identity::bounds::Invalid| Refusal {
        cause: error.to_string(),
        next_step: "use one version of plumbline for both".to_owned(),
        is_mistake: true,
    })?;
    let trust = trust.ok_or_else(no_deployment)?;
    make_token(handle.store(), trust, bounds, who).await.map_err(|error| refusal(&error))
}

/// Bans the agent whose id begins like this: which that is, and whether it was not banned before.
pub(super) async fn ban(handle: &Handle, agent: &str, who: &str, reason: &str) -> Result<(AgentId, bool), Refusal> {
    let found = handle.store().find_agent(agent).map_err(|error| match error {
        AgentNotFound::Store(error) => failed(&error),
        other => mistake(format!("`{agent}`: {other}"), "`plumbline agents list` shows them all"),
    })?;
    let damaged = || failed(&store::Error::Damaged { what: "agent's id" });
    let agent: AgentId = found.agent.id.parse().map_err(|_| damaged())?;
    let is_new = handle.ban(&agent, who, reason).await.map_err(|error| failed(&store_error(error)))?;
    Ok((agent, is_new))
}

/// Adds an operator: the token with which it joins.
pub(super) async fn add(
    handle: &Handle,
    trust: Option<&Trust>,
    (name, role): (&str, &str),
    who: &str,
) -> Result<Token, Refusal> {
    let (name, role) = (operator(name)?, role.parse::<Role>());
    let role = role.map_err(|error| mistake(error.to_string(), "name one of them"))?;
    let trust = trust.ok_or_else(no_deployment)?;
    add_operator(handle.store(), trust, (&name, role), who).await.map_err(|error| refusal(&error))
}

/// Revokes an operator: whether it was not revoked before.
pub(super) async fn revoke(handle: &Handle, name: &str, who: &str, reason: &str) -> Result<bool, Refusal> {
    let name = operator(name)?;
    let revoked = handle.revoke_operator(&name, who, reason).await;
    match revoked.map_err(|error| failed(&store_error(error)))? {
        Revoked::Now => Ok(true),
        Revoked::Before => Ok(false),
        Revoked::Unknown => {
            Err(mistake(format!("there is no operator {name}"), "`plumbline operators list` shows them all"))
        }
    }
}

fn operator(name: &str) -> Result<OperatorName, Refusal> {
    name.parse().map_err(|error: plumbline_identity::operator::Invalid| mistake(error.to_string(), "use another name"))
}

fn mistake(cause: String, next_step: &str) -> Refusal {
    Refusal { cause, next_step: next_step.to_owned(), is_mistake: true }
}

fn failed(error: &store::Error) -> Refusal {
    let next_step = "the coordinator's log says more".to_owned();
    Refusal { cause: format!("the store failed: {error}"), next_step, is_mistake: false }
}

fn store_error(error: crate::service::Error) -> store::Error {
    match error {
        crate::service::Error::Store(error) => error,
        other => store::Error::Disk(other.to_string()),
    }
}

fn no_deployment() -> Refusal {
    mistake(
        "there is no deployment yet".to_owned(),
        "stop the coordinator, run `plumbline coordinator init`, and start it again",
    )
}

fn refusal(error: &enrolment::Error) -> Refusal {
    match error {
        enrolment::Error::Store(error) => failed(error),
        enrolment::Error::None => no_deployment(),
        enrolment::Error::NotAdded(_) => {
            mistake(error.to_string(), "`plumbline operators list` shows them all; use another name")
        }
        _ => mistake(error.to_string(), "name fewer, or make several agents"),
    }
}
