//! Operators: added with a token, revoked for good. A name is one operator for ever: what the audit log says of it is said
//! of nobody else.

use plumbline_identity::{OperatorName, Role, StoredToken};
use redb::ReadableTable;

use super::{BAN_OPERATOR, MEMBERS, OPERATOR, TOKEN, WHAT, audit, joining, operator_key};
use crate::store::audit::Act;
use crate::store::record::{Ban, Operator};
use crate::store::sealed;
use crate::store::{Error, Store};

/// An operator, as the coordinator knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownOperator {
    /// What is on record.
    pub operator: Operator,
    /// Since when and why it is revoked.
    pub revoked: Option<Ban>,
}

/// Why an operator was not added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAdded {
    /// One of this name is at work.
    #[error("there is an operator of this name, who has joined")]
    IsThere,
    /// One of this name was revoked.
    #[error("the operator of this name was revoked, and names are not used twice")]
    Revoked,
}

/// What came of revoking an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revoked {
    /// It is.
    Now,
    /// It was before.
    Before,
    /// There is none of this name.
    Unknown,
}

impl Store {
    /// All operators, by name.
    ///
    /// # Errors
    /// When the disk fails, or a record is damaged.
    pub fn operators(&self) -> Result<Vec<KnownOperator>, Error> {
        let read = self.members(|table| {
            let mut found = Vec::new();
            for entry in table.range(OPERATOR.as_bytes()..b"operator0".as_slice())? {
                let (key, value) = entry?;
                let operator: Operator = sealed::open_record(table, key.value(), value.value(), WHAT)?;
                let revoked = sealed::get_record(table, &format!("{BAN_OPERATOR}{}", operator.name), WHAT)?;
                found.push(KnownOperator { operator, revoked });
            }
            Ok(found)
        })?;
        Ok(read.unwrap_or_default())
    }

    /// Adds an operator, who joins with this token; one who has not joined yet gets another token and another role, and
    /// the token before is worth nothing any more.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn add_operator(
        &self,
        token: &StoredToken,
        (name, role): (&OperatorName, Role),
        actor: &str,
        time: &str,
    ) -> Result<Result<(), NotAdded>, Error> {
        let operator = Operator {
            name: name.to_string(),
            role: role.to_string(),
            added: time.to_owned(),
            by: actor.to_owned(),
            token: token.id.to_string(),
            ..Operator::default()
        };
        let act = Act {
            time: time.to_owned(),
            actor: actor.to_owned(),
            action: "operator.added",
            subject: name.to_string(),
            detail: format!("as {role}, with token {}", token.id),
        };
        let (key, ban) = (operator_key(name), format!("{BAN_OPERATOR}{name}"));
        let (token_key, record) = (format!("{TOKEN}{}", token.id), joining::record(token));
        self.write(0, move |transaction| {
            let mut table = transaction.open_table(MEMBERS)?;
            if table.get(ban.as_bytes())?.is_some() {
                return Ok(Err(NotAdded::Revoked));
            }
            let before = sealed::get_record::<Operator>(&table, &key, WHAT)?;
            if before.is_some_and(|before| !before.joined.is_empty()) {
                return Ok(Err(NotAdded::IsThere));
            }
            audit::append(transaction, act)?;
            sealed::put_record(&mut table, &token_key, &record)?;
            sealed::put_record(&mut table, &key, &operator)?;
            Ok(Ok(()))
        })
        .await
    }

    /// Revokes an operator, with all its certificates and its token.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn revoke_operator(
        &self,
        name: &OperatorName,
        actor: &str,
        reason: &str,
        time: &str,
    ) -> Result<Revoked, Error> {
        let ban = Ban { since: time.to_owned(), by: actor.to_owned(), reason: reason.to_owned() };
        let act = Act {
            time: time.to_owned(),
            actor: actor.to_owned(),
            action: "operator.revoked",
            subject: name.to_string(),
            detail: reason.to_owned(),
        };
        let (key, ban_key) = (operator_key(name), format!("{BAN_OPERATOR}{name}"));
        self.write(0, move |transaction| {
            let mut table = transaction.open_table(MEMBERS)?;
            if table.get(key.as_bytes())?.is_none() {
                return Ok(Revoked::Unknown);
            }
            if table.get(ban_key.as_bytes())?.is_some() {
                return Ok(Revoked::Before);
            }
            audit::append(transaction, act)?;
            sealed::put_record(&mut table, &ban_key, &ban)?;
            Ok(Revoked::Now)
        })
        .await
    }
}
