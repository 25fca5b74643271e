//! Enrolment tokens: one line that a person carries from the coordinator to a machine, once. It says where the coordinator
//! is, by which key it is known, and a secret; the coordinator keeps a hash of it ([`StoredToken`]).

mod scope;
mod stored;

use std::fmt::{Debug, Formatter};
use std::str::FromStr;

use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};

pub use scope::Scope;
pub use stored::{Redeemed, StoredToken, TokenRefused, Used};

use crate::address::Address;
use crate::bounds;
use crate::deployment::Deployment;
use crate::pin::Pin;
use crate::provider::random;
use crate::trust::Trust;

/// What every token begins with, before its version and a full stop.
const NAME: &str = "plumbline";
const VERSION: &str = "1";
const CHECK: usize = 8;

/// Names a token, to find what is stored of it. No secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenId([u8; 16]);

impl TokenId {
    /// A name that was kept, or came over the wire.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The name.
    pub fn bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl std::fmt::Display for TokenId {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.pad(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

/// What only the bearer of a token knows. It is never printed but as part of the token's text.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret([u8; 32]);

impl Secret {
    /// A secret that came over the wire.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The secret, for the wire.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0).into()
    }
}

impl Debug for Secret {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// A token.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Token {
    /// Its name.
    pub id: TokenId,
    /// Whose it is.
    pub deployment: Deployment,
    /// The key of the authority: whoever cannot show it is not the coordinator.
    pub pin: Pin,
    /// What makes it worth something.
    pub secret: Secret,
    /// Where the coordinator is.
    pub address: Address,
    /// Whom it lets in, and for what.
    pub scope: Scope,
}

/// Text that is no token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// Something else altogether.
    #[error("this is no enrolment token: one begins with `{NAME}{VERSION}.`")]
    NotAToken,
    /// From another release.
    #[error(
        "this token is of version {0}, and version {VERSION} is read here: make one with the release that runs here"
    )]
    Version(String),
    /// A character that no token has.
    #[error("this token has {found:?} as its character {at}: copy it again, as one line")]
    Character {
        /// Which one, from 1.
        at: usize,
        /// What it is.
        found: char,
    },
    /// The end is missing.
    #[error("this token is cut off after {found} of its {expected} characters: copy all of it")]
    CutOff {
        /// How many there are.
        found: usize,
        /// How many there should be.
        expected: usize,
    },
    /// Something follows.
    #[error("this token has {found} characters and should have {expected}: copy it alone")]
    TooLong {
        /// How many there are.
        found: usize,
        /// How many there should be.
        expected: usize,
    },
    /// The check at its end does not fit.
    #[error("a character of this token is wrong: copy it again instead of typing it")]
    Mistyped,
}

impl Token {
    /// A new one, with a new secret. Of this, [`Token::stored`] is kept, and [`Token::text`] shown once.
    ///
    /// # Errors
    /// When the scope is too long for a token.
    pub fn new(trust: &Trust, address: Address, scope: impl Into<Scope>) -> Result<Self, bounds::Invalid> {
        let scope = scope.into();
        scope.check()?;
        Ok(Self {
            id: TokenId(random()),
            deployment: trust.deployment(),
            pin: trust.pin(),
            secret: Secret(random()),
            address,
            scope,
        })
    }

    /// The line that is carried to a machine.
    pub fn text(&self) -> String {
        let (address, scope) = (self.address.as_str(), self.scope.to_string());
        let mut payload = vec![0, 0];
        payload.extend_from_slice(&self.id.0);
        payload.extend_from_slice(self.deployment.bytes());
        payload.extend_from_slice(self.pin.bytes());
        payload.extend_from_slice(&self.secret.0);
        for text in [address, &scope] {
            payload.extend_from_slice(&length(text.len()));
            payload.extend_from_slice(text.as_bytes());
        }
        let whole = length(payload.len() + CHECK);
        payload[..2].copy_from_slice(&whole);
        let check = check(&payload);
        payload.extend_from_slice(&check);
        format!("{NAME}{VERSION}.{}", BASE64URL_NOPAD.encode(&payload))
    }
}

/// A length in two bytes: addresses and bounds are short.
fn length(length: usize) -> [u8; 2] {
    u16::try_from(length).expect("addresses and bounds have a longest form").to_be_bytes()
}

/// Says whether the text is as it was written. Whoever forges one can compute it: it is for people who copy.
fn check(payload: &[u8]) -> [u8; CHECK] {
    let hash = Sha256::new().chain_update(NAME).chain_update(VERSION).chain_update(payload).finalize();
    hash[..CHECK].try_into().expect("a hash is longer")
}

impl FromStr for Token {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let text = text.trim_ascii();
        let (version, body) =
            text.strip_prefix(NAME).and_then(|rest| rest.split_once('.')).ok_or(Invalid::NotAToken)?;
        if version.is_empty() || version.len() > 9 || !version.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Invalid::NotAToken);
        }
        if version != VERSION {
            return Err(Invalid::Version(version.to_owned()));
        }
        let before = text.len() - body.len();
        for (at, found) in body.chars().enumerate() {
            if !(found.is_ascii_alphanumeric() || found == '-' || found == '_') {
                return Err(Invalid::Character { at: before + at + 1, found });
            }
        }
        let payload = decode(body, before)?;
        let (payload, found) = payload.split_last_chunk::<CHECK>().ok_or(Invalid::Mistyped)?;
        if check(payload) != *found {
            return Err(Invalid::Mistyped);
        }
        Fields(&payload[2..]).token().ok_or(Invalid::Mistyped)
    }
}

/// The bytes, when there are as many as the first two say.
fn decode(body: &str, before: usize) -> Result<Vec<u8>, Invalid> {
    let start = body.get(..4).ok_or(Invalid::CutOff { found: before + body.len(), expected: before + 4 })?;
    let start = BASE64URL_NOPAD.decode(start.as_bytes()).map_err(|_| Invalid::Mistyped)?;
    let expected = before + BASE64URL_NOPAD.encode_len(usize::from(u16::from_be_bytes([start[0], start[1]])));
    let found = before + body.len();
    match found.cmp(&expected) {
        std::cmp::Ordering::Less => Err(Invalid::CutOff { found, expected }),
        std::cmp::Ordering::Greater => Err(Invalid::TooLong { found, expected }),
        std::cmp::Ordering::Equal => BASE64URL_NOPAD.decode(body.as_bytes()).map_err(|_| Invalid::Mistyped),
    }
}

/// What is left to read.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn token(mut self) -> Option<Token> {
        let token = Token {
            id: TokenId(self.array()?),
            deployment: Deployment::from_bytes(self.array()?),
            pin: Pin::from_bytes(self.array()?),
            secret: Secret(self.array()?),
            address: self.text()?.parse().ok()?,
            scope: self.text()?.parse().ok()?,
        };
        self.0.is_empty().then_some(token)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (read, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*read)
    }

    fn text(&mut self) -> Option<String> {
        let length = usize::from(u16::from_be_bytes(self.array()?));
        let (read, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        String::from_utf8(read.to_vec()).ok()
    }
}

#[cfg(test)]
mod tests;
