//! Becoming an agent or an operator, and staying one: whether a token lets somebody in is decided in the transaction that
//! writes it down, so that of two who come with one token exactly one wins.

use std::fmt::{Display, Formatter};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use plumbline_baseline::AgentId;
use plumbline_identity::token::{Redeemed, Scope, Secret, TokenRefused, Used};
use plumbline_identity::{Bounds, Issued, OperatorName, Pin, Role, StoredToken, TokenId};
use redb::ReadableTable;

use super::{AGENT, BAN, BAN_OPERATOR, MEMBERS, TOKEN, WHAT, agent_key, audit, operator_key, with_certificate};
use crate::store::audit::Act;
use crate::store::record::{Agent, Operator, Token};
use crate::store::sealed::{self, Sealed, Writable};
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
    /// What it is to be called, if it is let in as an agent and was not before.
    pub agent: AgentId,
    /// The version of its binary.
    pub build: String,
    /// Now.
    pub now: SystemTime,
    /// Now, ISO-8601 UTC.
    pub time: String,
}

/// Whom a certificate is for, and what it says besides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// An agent, and what it may work for.
    Agent(AgentId, Bounds),
    /// An operator, and what it may do.
    Operator(OperatorName, Role),
}

impl Display for Named {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Agent(id, _) => id.fmt(f),
            Self::Operator(name, _) => name.fmt(f),
        }
    }
}

impl Named {
    pub(super) fn ban(&self) -> String {
        match self {
            Self::Agent(id, _) => format!("{BAN}{id}"),
            Self::Operator(name, _) => format!("{BAN_OPERATOR}{name}"),
        }
    }
}

/// Somebody who joined.
#[derive(Debug)]
pub struct Joined {
    /// What it is called.
    pub named: Named,
    /// Its certificate.
    pub issued: Issued,
}

/// Why somebody did not join.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotJoined {
    /// The token is worth nothing.
    #[error(transparent)]
    Token(#[from] TokenRefused),
    /// It joined, and was banned since.
    #[error("whoever joins with this token or key is banned")]
    Banned,
    /// Another token was made for the operator.
    #[error("another token was made for this operator since: use that one")]
    Replaced,
    /// No certificate could be made.
    #[error("{0}")]
    NotIssued(String),
}

/// Why somebody gets no further certificate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotRenewed {
    /// There is nobody of that name.
    #[error("whoever this is, is not on record here: enrol it with a new token")]
    Unknown,
    /// It is banned.
    #[error("this agent is banned")]
    Banned,
    /// It is revoked.
    #[error("this operator is revoked")]
    Revoked,
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
        agent: token.used.as_ref().map(|used| used.name.clone()).unwrap_or_default(),
        is_contested: false,
    }
}

fn stored(id: TokenId, token: &Token) -> Option<StoredToken> {
    let used = match token.key.is_empty() {
        true => None,
        false => Some(Used { key: Pin::from_bytes(token.key.as_slice().try_into().ok()?), name: token.agent.clone() }),
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
    /// Lets somebody join, or not; `issue` makes the certificate.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn join(
        &self,
        joining: Joining,
        issue: impl FnOnce(&Named) -> Result<Issued, String> + Send + 'static,
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
            let named = named(&stored.scope, &redeemed, &joining)?;
            if table.get(named.ban().as_bytes())?.is_some() {
                return Ok(Err(NotJoined::Banned));
            }
            let member = match member(&table, &joining, &named)? {
                Ok(member) => member,
                Err(refused) => return Ok(Err(refused)),
            };
            let issued = match issue(&named) {
                Ok(issued) => issued,
                Err(why) => return Ok(Err(NotJoined::NotIssued(why))),
            };
            let act = enrolled(&joining, &named, redeemed != Redeemed::First);
            let used = stored.used_by(joining.key, &named.to_string());
            let used = Token { is_contested: record.is_contested, ..self::record(&used) };
            // First what looks before it writes.
            audit::append(transaction, act)?;
            sealed::put_record(&mut table, &key, &used)?;
            remember(&mut table, member, &issued)?;
            Ok(Ok(Joined { named, issued }))
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
        issue: impl FnOnce(&Named) -> Result<Issued, String> + Send + 'static,
    ) -> Result<Result<Issued, NotRenewed>, Error> {
        let agent = agent.clone();
        self.write(0, move |transaction| {
            let mut table = transaction.open_table(MEMBERS)?;
            let key = format!("{AGENT}{agent}");
            let Some(record) = sealed::get_record::<Agent>(&table, &key, WHAT)? else {
                return Ok(Err(NotRenewed::Unknown));
            };
            let bounds = record.bounds.parse().map_err(|_| Error::Damaged { what: WHAT })?;
            let named = Named::Agent(agent, bounds);
            if table.get(named.ban().as_bytes())?.is_some() {
                return Ok(Err(NotRenewed::Banned));
            }
            renewed(&mut table, Record::Agent(record), issue(&named))
        })
        .await
    }

    /// Gives an operator its next certificate, or not; `issue` makes it.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn renew_operator(
        &self,
        name: &OperatorName,
        issue: impl FnOnce(&Named) -> Result<Issued, String> + Send + 'static,
    ) -> Result<Result<Issued, NotRenewed>, Error> {
        let name = name.clone();
        self.write(0, move |transaction| {
            let mut table = transaction.open_table(MEMBERS)?;
            let Some(record) = sealed::get_record::<Operator>(&table, &operator_key(&name), WHAT)? else {
                return Ok(Err(NotRenewed::Unknown));
            };
            let role = record.role.parse().map_err(|_| Error::Damaged { what: WHAT })?;
            let named = Named::Operator(name, role);
            if table.get(named.ban().as_bytes())?.is_some() {
                return Ok(Err(NotRenewed::Revoked));
            }
            renewed(&mut table, Record::Operator(record), issue(&named))
        })
        .await
    }
}

/// What is on record of somebody.
pub(super) enum Record {
    Agent(Agent),
    Operator(Operator),
}

/// Whom a token that was redeemed lets in.
fn named(scope: &Scope, redeemed: &Redeemed, joining: &Joining) -> Result<Named, Error> {
    Ok(match (scope, redeemed) {
        (Scope::Operator { name, role }, _) => Named::Operator(name.clone(), *role),
        (Scope::Agent(bounds), Redeemed::First) => Named::Agent(joining.agent.clone(), bounds.clone()),
        (Scope::Agent(bounds), Redeemed::Again(id)) => {
            Named::Agent(id.parse().map_err(|_| Error::Damaged { what: WHAT })?, bounds.clone())
        }
    })
}

/// The record of who joins, as it will be.
fn member(table: &impl Sealed, joining: &Joining, named: &Named) -> Result<Result<Record, NotJoined>, Error> {
    Ok(Ok(match named {
        Named::Agent(id, bounds) => {
            let known = sealed::get_record::<Agent>(table, &agent_key(id), WHAT)?;
            Record::Agent(known.unwrap_or_else(|| new_agent(joining, id, bounds)))
        }
        Named::Operator(name, _) => {
            let known = sealed::get_record::<Operator>(table, &operator_key(name), WHAT)?;
            let token = joining.token.to_string();
            let Some(known) = known.filter(|known| known.token == token) else {
                return Ok(Err(NotJoined::Replaced));
            };
            let joined = if known.joined.is_empty() { joining.time.clone() } else { known.joined.clone() };
            Record::Operator(Operator { joined, build: joining.build.clone(), ..known })
        }
    }))
}

/// Remembers a certificate that was issued, if one was.
fn renewed(
    table: &mut Writable<'_>,
    record: Record,
    issued: Result<Issued, String>,
) -> Result<Result<Issued, NotRenewed>, Error> {
    match issued {
        Ok(issued) => {
            remember(table, record, &issued)?;
            Ok(Ok(issued))
        }
        Err(why) => Ok(Err(NotRenewed::NotIssued(why))),
    }
}

pub(super) fn remember(table: &mut Writable<'_>, record: Record, issued: &Issued) -> Result<(), Error> {
    match record {
        Record::Agent(mut agent) => {
            agent.certificates = with_certificate(agent.certificates, issued);
            sealed::put_record(table, &format!("{AGENT}{}", agent.id), &agent)
        }
        Record::Operator(mut operator) => {
            operator.certificates = with_certificate(operator.certificates, issued);
            sealed::put_record(table, &format!("{}{}", super::OPERATOR, operator.name), &operator)
        }
    }
}

fn new_agent(joining: &Joining, agent: &AgentId, bounds: &Bounds) -> Agent {
    Agent {
        id: agent.to_string(),
        joined: joining.time.clone(),
        token: joining.token.to_string(),
        bounds: bounds.to_string(),
        build: joining.build.clone(),
        ..Agent::default()
    }
}

fn enrolled(joining: &Joining, named: &Named, is_again: bool) -> Act {
    let (action, detail) = match (named, is_again) {
        (Named::Agent(_, bounds), false) => ("agent.enrolled", format!("for {bounds}")),
        (Named::Agent(_, bounds), true) => ("agent.enrolled_again", format!("for {bounds}")),
        (Named::Operator(_, role), false) => ("operator.enrolled", format!("as {role}")),
        (Named::Operator(_, role), true) => ("operator.enrolled_again", format!("as {role}")),
    };
    Act {
        time: joining.time.clone(),
        actor: format!("token {}", joining.token),
        action,
        subject: named.to_string(),
        detail,
    }
}

fn contested(joining: &Joining, token: &Token) -> Act {
    Act {
        time: joining.time.clone(),
        actor: "another machine".to_owned(),
        action: "token.shown_again",
        subject: joining.token.to_string(),
        detail: format!("it was used by {}", token.agent),
    }
}
