//! What the coordinator keeps of a token, and whether it lets somebody in. Where it is kept, and that of two who come at
//! the same moment one is first, is the store's.

use std::time::{Duration, SystemTime};

use subtle::ConstantTimeEq;

use super::{Scope, Secret, Token, TokenId};
use crate::pin::Pin;

/// A token as the coordinator knows it: whoever reads it here cannot join with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredToken {
    /// Its name.
    pub id: TokenId,
    /// SHA-256 of its secret, which is random, so that nobody can guess it from this.
    pub hash: [u8; 32],
    /// From when on it is worth nothing.
    pub expires: SystemTime,
    /// Whom it lets in, and for what.
    pub scope: Scope,
    /// Who joined with it.
    pub used: Option<Used>,
}

/// The one use of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Used {
    /// The key that the certificate was asked for.
    pub key: Pin,
    /// Who it became: an agent's id, or an operator's name.
    pub name: String,
}

/// What a token is worth to somebody who showed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Redeemed {
    /// It was not used before: whoever it is becomes an agent or an operator, and [`StoredToken::used_by`] is stored in
    /// one transaction with it.
    First,
    /// The same key used it before, and did not get the answer: it is who is named here, and gets another
    /// certificate. Nobody else can have that key.
    Again(String),
}

/// Why a token is worth nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefused {
    /// Another secret.
    #[error("this token is not known here: make a new one with `plumbline agents token` or `plumbline operators add`")]
    WrongSecret,
    /// Too late.
    #[error("this token has expired: make a new one with `plumbline agents token` or `plumbline operators add`")]
    Expired,
    /// Somebody was here before.
    #[error(
        "this token was used by another machine: if that was nobody of yours, ban it; then make a new one with `plumbline agents token` or `plumbline operators add`"
    )]
    Used,
}

impl Token {
    /// What is kept of it.
    pub fn stored(&self, now: SystemTime, lifetime: Duration) -> StoredToken {
        StoredToken {
            id: self.id,
            hash: self.secret.hash(),
            expires: now + lifetime,
            scope: self.scope.clone(),
            used: None,
        }
    }
}

impl StoredToken {
    /// Whether somebody who shows this secret, and asks for a certificate for this key, is let in.
    ///
    /// # Errors
    /// Why not. Only who knows the secret learns more than that it is wrong.
    pub fn redeem(&self, secret: &Secret, key: Pin, now: SystemTime) -> Result<Redeemed, TokenRefused> {
        if !bool::from(self.hash.ct_eq(&secret.hash())) {
            return Err(TokenRefused::WrongSecret);
        }
        if now >= self.expires {
            return Err(TokenRefused::Expired);
        }
        match &self.used {
            None => Ok(Redeemed::First),
            Some(used) if used.key == key => Ok(Redeemed::Again(used.name.clone())),
            Some(_) => Err(TokenRefused::Used),
        }
    }

    /// The token, used.
    #[must_use]
    pub fn used_by(mut self, key: Pin, name: &str) -> Self {
        self.used = Some(Used { key, name: name.to_owned() });
        self
    }
}
