//! Who belongs to the deployment: its agents and operators, the tokens that let them join, and who is banned. Each change is written
//! in one transaction with its entry in the audit log.

mod by_role;
mod find;
mod joining;
mod operators;
#[cfg(test)]
mod tests;

use plumbline_baseline::AgentId;
use plumbline_identity::{Banned, Bounds, Issued, OperatorName, StoredToken};
use prost::Message;
use redb::{ReadableTable, WriteTransaction};

use super::audit::{self, Act};
use super::record::{Agent, Ban, Certificate, Deployment, Operator, Token};
use super::sealed;
use super::tables::{Stored, opened};
use super::{Bytes, Error, Store};
pub use by_role::JoiningByRole;
pub use find::AgentNotFound;
pub use joining::{Joined, Joining, Named, NotJoined, NotRenewed};
pub use operators::{KnownOperator, NotAdded, Revoked};

/// By `deployment`, `agent/ID`, `operator/NAME`, `token/ID`, `ban/agent/ID` and `ban/operator/NAME`.
pub(super) const MEMBERS: Bytes = Bytes::new("members");

const WHAT: &str = "record of who belongs to the deployment";
const DEPLOYMENT: &str = "deployment";
const AGENT: &str = "agent/";
const TOKEN: &str = "token/";
const BAN: &str = "ban/agent/";
const OPERATOR: &str = "operator/";
const BAN_OPERATOR: &str = "ban/operator/";
/// Certificates of somebody that are remembered: each renewal comes around half of the life of the one before.
const CERTIFICATES: usize = 4;

/// An agent, as the coordinator knows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// What is on record.
    pub agent: Agent,
    /// Since when and why it is banned.
    pub ban: Option<Ban>,
}

/// Whether this is a record that belongs under its key.
pub(super) fn is_record(key: &[u8], payload: &[u8]) -> bool {
    match std::str::from_utf8(key) {
        Ok(DEPLOYMENT) => Deployment::decode(payload).is_ok(),
        Ok(key) if key.starts_with(BAN) || key.starts_with(BAN_OPERATOR) => Ban::decode(payload).is_ok(),
        Ok(key) if key.starts_with(TOKEN) => Token::decode(payload).is_ok(),
        Ok(key) if key.starts_with(OPERATOR) => {
            Operator::decode(payload).is_ok_and(|operator| key.strip_prefix(OPERATOR) == Some(operator.name.as_str()))
        }
        Ok(key) => key.strip_prefix(AGENT).is_some_and(|id| Agent::decode(payload).is_ok_and(|agent| agent.id == id)),
        Err(_) => false,
    }
}

/// Creates the tables.
pub(super) fn create_tables(transaction: &WriteTransaction) -> Result<(), Error> {
    transaction.open_table(MEMBERS)?;
    transaction.open_table(audit::AUDIT)?;
    Ok(())
}

fn agent_key(agent: &AgentId) -> String {
    format!("{AGENT}{agent}")
}

fn operator_key(name: &OperatorName) -> String {
    format!("{OPERATOR}{name}")
}

/// Certificates, and one that was issued.
fn with_certificate(mut certificates: Vec<Certificate>, issued: &Issued) -> Vec<Certificate> {
    let not_after = issued.not_after.duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs();
    certificates.push(Certificate { serial: issued.serial.to_string(), not_after });
    let surplus = certificates.len().saturating_sub(CERTIFICATES);
    certificates.drain(..surplus);
    certificates
}

impl Store {
    fn members<T>(&self, read: impl FnOnce(&Stored) -> Result<T, Error>) -> Result<Option<T>, Error> {
        self.read(|transaction| opened(transaction, MEMBERS)?.map(|table| read(&table)).transpose())
    }

    /// Begins a deployment.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn begin_deployment(&self, deployment: Deployment, actor: &str) -> Result<(), Error> {
        let act = Act {
            time: deployment.since.clone(),
            actor: actor.to_owned(),
            action: "deployment.begun",
            subject: deployment.id.clone(),
            detail: format!("agents find the coordinator at {}", deployment.address),
        };
        self.write(0, move |transaction| {
            audit::append(transaction, act)?;
            sealed::put_record(&mut transaction.open_table(MEMBERS)?, DEPLOYMENT, &deployment)
        })
        .await
    }

    /// The deployment; none before there is one.
    ///
    /// # Errors
    /// When the disk fails, or the record is damaged.
    pub fn deployment(&self) -> Result<Option<Deployment>, Error> {
        Ok(self.members(|table| sealed::get_record(table, DEPLOYMENT, WHAT))?.flatten())
    }

    /// Keeps a token. `time` is now, ISO-8601 UTC.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn add_token(&self, token: &StoredToken, actor: &str, time: &str) -> Result<(), Error> {
        let (key, record) = (format!("{TOKEN}{}", token.id), joining::record(token));
        let act = Act {
            time: time.to_owned(),
            actor: actor.to_owned(),
            action: "token.made",
            subject: token.id.to_string(),
            detail: format!("for {}", token.scope),
        };
        self.write(0, move |transaction| {
            audit::append(transaction, act)?;
            sealed::put_record(&mut transaction.open_table(MEMBERS)?, &key, &record)
        })
        .await
    }

    /// All agents, by id.
    ///
    /// # Errors
    /// When the disk fails, or a record is damaged.
    pub fn agents(&self) -> Result<Vec<Member>, Error> {
        let read = self.members(|table| {
            let mut members = Vec::new();
            for entry in table.range(AGENT.as_bytes()..b"agent0".as_slice())? {
                let (key, value) = entry?;
                let agent: Agent = sealed::open_record(table, key.value(), value.value(), WHAT)?;
                let ban = sealed::get_record(table, &format!("{BAN}{}", agent.id), WHAT)?;
                members.push(Member { agent, ban });
            }
            Ok(members)
        })?;
        Ok(read.unwrap_or_default())
    }

    /// What an agent may work for by its record; `None` for one that never joined.
    ///
    /// # Errors
    /// When the disk fails, or the record is damaged.
    pub fn bounds_of(&self, agent: &AgentId) -> Result<Option<Bounds>, Error> {
        let record = self.members(|table| sealed::get_record::<Agent>(table, &agent_key(agent), WHAT))?.flatten();
        record.map(|agent| agent.bounds.parse().map_err(|_| Error::Damaged { what: WHAT })).transpose()
    }

    /// Who is banned.
    ///
    /// # Errors
    /// When the disk fails, or a record is damaged: nobody may be let in by that.
    pub fn banned(&self) -> Result<Banned, Error> {
        let read = self.members(|table| {
            let mut banned = Banned::default();
            for entry in table.range(BAN.as_bytes()..b"ban/agent0".as_slice())? {
                let (key, _) = entry?;
                let id = std::str::from_utf8(&key.value()[BAN.len()..]).ok().and_then(|id| id.parse().ok());
                banned.agents.insert(id.ok_or(Error::Damaged { what: WHAT })?);
            }
            for entry in table.range(BAN_OPERATOR.as_bytes()..b"ban/operator0".as_slice())? {
                let (key, _) = entry?;
                let name =
                    std::str::from_utf8(&key.value()[BAN_OPERATOR.len()..]).ok().and_then(|name| name.parse().ok());
                banned.operators.insert(name.ok_or(Error::Damaged { what: WHAT })?);
            }
            Ok(banned)
        })?;
        Ok(read.unwrap_or_default())
    }

    /// Bans an agent, with all its certificates. False when it was banned before.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn ban(&self, agent: &AgentId, actor: &str, reason: &str, time: &str) -> Result<bool, Error> {
        let ban = Ban { since: time.to_owned(), by: actor.to_owned(), reason: reason.to_owned() };
        let key = format!("{BAN}{agent}");
        let act = Act {
            time: time.to_owned(),
            actor: actor.to_owned(),
            action: "agent.banned",
            subject: agent.to_string(),
            detail: reason.to_owned(),
        };
        self.write(0, move |transaction| {
            let mut table = transaction.open_table(MEMBERS)?;
            if table.get(key.as_bytes())?.is_some() {
                return Ok(false);
            }
            audit::append(transaction, act)?;
            sealed::put_record(&mut table, &key, &ban)?;
            Ok(true)
        })
        .await
    }

    /// An agent opened a session. One that never joined, as those of this process, is not on record.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn agent_seen(&self, agent: &AgentId, build: &str, home_region: &str, time: &str) -> Result<(), Error> {
        let key = agent_key(agent);
        let (build, home_region, seen) = (build.to_owned(), home_region.to_owned(), time.to_owned());
        self.write(0, move |transaction| {
            let mut table = transaction.open_table(MEMBERS)?;
            match sealed::get_record::<Agent>(&table, &key, WHAT)? {
                Some(agent) => sealed::put_record(&mut table, &key, &Agent { seen, build, home_region, ..agent }),
                None => Ok(()),
            }
        })
        .await
    }
}
