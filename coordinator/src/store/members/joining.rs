//! Becoming an agent, and staying one: whether a token lets a machine in is decided in the transaction that writes it down,
//! so that of two who come with one token exactly one wins.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use plumbline_baseline::AgentId;
use plumbline_identity::token::{Redeemed, Secret, TokenRefused, Used};
use plumbline_identity::{Bounds, Issued, Pin, StoredToken, TokenId};
use redb::ReadableTable;

use super::{AGENT, BAN, MEMBERS, TOKEN, WHAT, agent_key, audit, remember};
use crate::store::audit::Act;
use crate::store::record::{Agent, Token};
use crate::store::sealed::{self, Sealed};
use crate::store::{Error, Store};

/// A machine that wants to join.
#[derive(Debug)]
pub struct Joining {
    /// The token that it names.
    pub token: TokenId,
    /// The secret that it shows.
    pub secret: Secret,
    /// The key that it asks a certificate for.
    pub key: Pin,
    /// What it is to be called, if it is let in and was not before.
    pub agent: AgentId,
    /// The version of its binary.
    pub build: String,
    /// Now.
    pub now: SystemTime,
    /// Now, ISO-8601 UTC.
    pub time: String,
}

/// A machine that joined.
#[derive(Debug)]
pub struct Joined {
    /// What it is called.
    pub agent: AgentId,
    /// Its certificate.
    pub issued: Issued,
}

/// Why a machine did not join.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotJoined {
    /// The token is worth nothing.
    #[error(transparent)]
    Token(#[from] TokenRefused),
    /// It joined, and was banned since.
    #[error("the agent that joined with this token is banned")]
    Banned,
    /// No certificate could be made.
    #[error("{0}")]
    NotIssued(String),
}

/// Why an agent gets no further certificate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotRenewed {
    /// There is no such agent.
    #[error("this agent is not on record here: enrol it with a new token")]
    Unknown,
    /// It is banned.
    #[error("this agent is banned")]
    Banned,
    /// No certificate could be made.
    #[error("{0}")]
    NotIssued(String),
}

/// A token as it is stored.
pub(super) fn record(token: &StoredToken) -> Token {
    Token {
        hash: token.hash.to_vec(),
        expires: token.expires.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs(),
        scope: token.scope.to_string(),
        key: token.used.as_ref().map(|used| used.key.bytes().to_vec()).unwrap_or_default(),
        agent: token.used.as_ref().map(|used| used.agent.to_string()).unwrap_or_default(),
        is_contested: false,
    }
}

fn stored(id: TokenId, token: &Token) -> Option<StoredToken> {
    let used = match token.key.is_empty() {
        true => None,
        false => {
            Some(Used { key: Pin::from_bytes(token.key.as_slice().try_into().ok()?), agent: token.agent.parse().ok()? })
        }
    };
    Some(StoredToken {
        id,
        hash: token.hash.as_slice().try_into().ok()?,
        expires: UNIX_EPOCH + Duration::from_secs(token.expires),
        scope: token.scope.parse().ok()?,
        used,
    })
}

fn token(table: &impl Sealed, id: TokenId) -> Result<Option<(Token, StoredToken)>, Error> {
    let Some(record) = sealed::get_record::<Token>(table, &format!("{TOKEN}{id}"), WHAT)? else { return Ok(None) };
    let stored = stored(id, &record).ok_or(Error::Damaged { what: WHAT })?;
    Ok(Some((record, stored)))
}

impl Store {
    /// Lets a machine join, or not; `issue` makes its certificate.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn join(
        &self,
        joining: Joining,
        issue: impl FnOnce(&AgentId, &Bounds) -> Result<Issued, String> + Send + 'static,
    ) -> Result<Result<Joined, NotJoined>, Error> {
        // Whoever guesses costs no write.
        let known = self.members(|table| token(table, joining.token))?.flatten();
        let shown = known.map(|(_, stored)| stored.redeem(&joining.secret, joining.key, joining.now));
        if matches!(shown, None | Some(Err(TokenRefused::WrongSecret))) {
            return Ok(Err(TokenRefused::WrongSecret.into()));
        }
        self.write(0, move |transaction| {
            let mut table = transaction.open_table(MEMBERS)?;
            let Some((mut record, stored)) = token(&table, joining.token)? else {
                return Ok(Err(TokenRefused::WrongSecret.into()));
            };
            let key = format!("{TOKEN}{}", joining.token);
            let redeemed = match stored.redeem(&joining.secret, joining.key, joining.now) {
                Ok(redeemed) => redeemed,
                Err(refused) => {
                    if refused == TokenRefused::Used && !record.is_contested {
                        record.is_contested = true;
                        let act = contested(&joining, &record);
                        audit::append(transaction, act)?;
                        sealed::put_record(&mut table, &key, &record)?;
                    }
                    return Ok(Err(refused.into()));
                }
            };
            let (agent, known) = match redeemed {
                Redeemed::First => (joining.agent.clone(), None),
                Redeemed::Again(agent) => {
                    let known = sealed::get_record::<Agent>(&table, &agent_key(&agent), WHAT)?;
                    (agent, known)
                }
            };
            if table.get(format!("{BAN}{agent}").as_bytes())?.is_some() {
                return Ok(Err(NotJoined::Banned));
            }
            let issued = match issue(&agent, &stored.scope) {
                Ok(issued) => issued,
                Err(why) => return Ok(Err(NotJoined::NotIssued(why))),
            };
            let act = enrolled(&joining, &agent, &stored.scope, known.is_some());
            let member = known.unwrap_or_else(|| new_agent(&joining, &agent, &stored.scope));
            let used = stored.used_by(joining.key, agent.clone());
            let used = Token { is_contested: record.is_contested, ..self::record(&used) };
            // First what looks before it writes.
            audit::append(transaction, act)?;
            sealed::put_record(&mut table, &key, &used)?;
            remember(&mut table, member, &issued)?;
            Ok(Ok(Joined { agent, issued }))
        })
        .await
    }

    /// Gives an agent its next certificate, or not; `issue` makes it.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn renew(
        &self,
        agent: &AgentId,
        issue: impl FnOnce(&AgentId, &Bounds) -> Result<Issued, String> + Send + 'static,
    ) -> Result<Result<Issued, NotRenewed>, Error> {
        let agent = agent.clone();
        self.write(0, move |transaction| {
            let mut table = transaction.open_table(MEMBERS)?;
            let key = format!("{AGENT}{agent}");
            let Some(member) = sealed::get_record::<Agent>(&table, &key, WHAT)? else {
                return Ok(Err(NotRenewed::Unknown));
            };
            if table.get(format!("{BAN}{agent}").as_bytes())?.is_some() {
                return Ok(Err(NotRenewed::Banned));
            }
            let bounds = member.bounds.parse().map_err(|_| Error::Damaged { what: WHAT })?;
            match issue(&agent, &bounds) {
                Ok(issued) => {
                    remember(&mut table, member, &issued)?;
                    Ok(Ok(issued))
                }
                Err(why) => Ok(Err(NotRenewed::NotIssued(why))),
            }
        })
        .await
    }
}

fn new_agent(joining: &Joining, agent: &AgentId, scope: &Bounds) -> Agent {
    Agent {
        id: agent.to_string(),
        joined: joining.time.clone(),
        token: joining.token.to_string(),
        bounds: scope.to_string(),
        build: joining.build.clone(),
        ..Agent::default()
    }
}

fn enrolled(joining: &Joining, agent: &AgentId, scope: &Bounds, is_again: bool) -> Act {
    Act {
        time: joining.time.clone(),
        actor: format!("token {}", joining.token),
        action: if is_again { "agent.enrolled_again" } else { "agent.enrolled" },
        subject: agent.to_string(),
        detail: format!("for {scope}"),
    }
}

fn contested(joining: &Joining, token: &Token) -> Act {
    Act {
        time: joining.time.clone(),
        actor: "another machine".to_owned(),
        action: "token.shown_again",
        subject: joining.token.to_string(),
        detail: format!("it was used by agent {}", token.agent),
    }
}
