//! Becoming an agent by the role that a machine runs under at AWS: who it is was decided before, and is written down here
//! with its record, its certificate's number and the entry in the audit log, in one transaction.

use plumbline_baseline::AgentId;
use plumbline_identity::{Bounds, Issued};
use redb::ReadableTable;

use super::joining::{Joined, Named, NotJoined, Record, remember};
use super::{MEMBERS, WHAT, agent_key, audit};
use crate::store::audit::Act;
use crate::store::record::Agent;
use crate::store::sealed;
use crate::store::{Error, Store};

/// A machine that proved its role.
#[derive(Debug)]
pub struct JoiningByRole {
    /// The role: the ARN of its sessions, up to their names.
    pub role: String,
    /// The name of the session, for the log: who assumed the role chose it.
    pub session: String,
    /// What it is called: the same for the same key and role.
    pub agent: AgentId,
    /// What the role is let in for.
    pub bounds: Bounds,
    /// The version of its binary.
    pub build: String,
    /// Now, ISO-8601 UTC.
    pub time: String,
}

impl Store {
    /// Lets a machine join by its role, or not; `issue` makes the certificate.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn join_by_role(
        &self,
        joining: JoiningByRole,
        issue: impl FnOnce(&Named) -> Result<Issued, String> + Send + 'static,
    ) -> Result<Result<Joined, NotJoined>, Error> {
        self.write(0, move |transaction| {
            let mut table = transaction.open_table(MEMBERS)?;
            let named = Named::Agent(joining.agent.clone(), joining.bounds.clone());
            if table.get(named.ban().as_bytes())?.is_some() {
                return Ok(Err(NotJoined::Banned));
            }
            let known = sealed::get_record::<Agent>(&table, &agent_key(&joining.agent), WHAT)?;
            let issued = match issue(&named) {
                Ok(issued) => issued,
                Err(why) => return Ok(Err(NotJoined::NotIssued(why))),
            };
            let act = enrolled(&joining, known.is_some());
            audit::append(transaction, act)?;
            remember(&mut table, Record::Agent(record(joining, known)), &issued)?;
            Ok(Ok(Joined { named, issued }))
        })
        .await
    }
}

/// The record as it will be; the bounds are those of today.
fn record(joining: JoiningByRole, known: Option<Agent>) -> Agent {
    let JoiningByRole { role, agent, bounds, build, time, .. } = joining;
    let known = known.unwrap_or_else(|| Agent { id: agent.to_string(), joined: time, ..Agent::default() });
    Agent { role, bounds: bounds.to_string(), build, ..known }
}

fn enrolled(joining: &JoiningByRole, is_again: bool) -> Act {
    Act {
        time: joining.time.clone(),
        actor: format!("role {}", joining.role),
        action: if is_again { "agent.enrolled_again" } else { "agent.enrolled" },
        subject: joining.agent.to_string(),
        detail: format!("for {}; its session is called {}", joining.bounds, joining.session),
    }
}
