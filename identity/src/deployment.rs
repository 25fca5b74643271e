//! Names within a deployment: the random id that is its trust domain, and whom a certificate names in it, as a SPIFFE ID
//! (<https://spiffe.io/docs/latest/spiffe-specs/spiffe-id/>). There is one spelling of each.

use std::fmt::{Debug, Display, Formatter};
use std::str::FromStr;

use data_encoding::HEXLOWER;
use plumbline_baseline::AgentId;
use sha2::{Digest, Sha256};

use crate::operator::OperatorName;
use crate::pin::Pin;
use crate::provider::random;

const SCHEME: &str = "spiffe://plumbline-";

/// One installation: a coordinator, its store, its authority, its agents.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Deployment([u8; 16]);

impl Deployment {
    /// A new one, which nobody else has.
    pub(crate) fn random() -> Self {
        Self(random())
    }

    pub(crate) fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    pub(crate) fn bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl Display for Deployment {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.pad(&HEXLOWER.encode(&self.0))
    }
}

impl Debug for Deployment {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        Display::fmt(self, f)
    }
}

/// Text that is not the id of a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a deployment's id is 32 digits of 0-9 and a-f")]
pub struct Invalid;

impl FromStr for Deployment {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let bytes = HEXLOWER.decode(text.as_bytes()).map_err(|_| Invalid)?;
        bytes.try_into().map(Self).map_err(|_| Invalid)
    }
}

/// Whom a certificate names.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// The authority itself: the root, or an issuer.
    Authority,
    /// The coordinator.
    Coordinator,
    /// An agent.
    Agent(AgentId),
    /// A person, or a program that acts for one.
    Operator(OperatorName),
}

impl Subject {
    /// The kind, as people call it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Authority => "authority",
            Self::Coordinator => "coordinator",
            Self::Agent(_) => "agent",
            Self::Operator(_) => "operator",
        }
    }

    /// The SPIFFE ID.
    pub fn uri(&self, deployment: Deployment) -> String {
        let path = match self {
            Self::Authority => String::new(),
            Self::Coordinator => "/coordinator".to_owned(),
            Self::Agent(id) => format!("/agent/{id}"),
            Self::Operator(name) => format!("/operator/{name}"),
        };
        format!("{SCHEME}{deployment}{path}")
    }

    /// Reads a SPIFFE ID; of any other text, and of any other spelling, nothing.
    pub fn parse(uri: &str) -> Option<(Deployment, Self)> {
        let rest = uri.strip_prefix(SCHEME)?;
        let (domain, path) = rest.split_once('/').map_or((rest, None), |(domain, path)| (domain, Some(path)));
        let deployment = domain.parse().ok()?;
        let subject = match path {
            None => Self::Authority,
            Some("coordinator") => Self::Coordinator,
            Some(path) => match path.split_once('/')? {
                ("agent", id) if starts_with_word(id) => Self::Agent(id.parse().ok()?),
                ("operator", name) => Self::Operator(name.parse().ok()?),
                _ => return None,
            },
        };
        Some((deployment, subject))
    }
}

/// A segment such as `..` is for whoever reads paths, and no name.
fn starts_with_word(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphanumeric())
}

/// A name for a new agent: a random UUID (RFC 9562, version 4).
pub fn new_agent() -> AgentId {
    let mut bytes: [u8; 16] = random();
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    agent_id(&bytes)
}

/// What an agent is called that joins without a token: the same for the same key and the same role, so that who lost the
/// answer and asks again is the same agent.
pub fn agent_of_key(key: Pin, role: &str) -> AgentId {
    let hash =
        Sha256::new().chain_update("plumbline agent of key").chain_update(key.bytes()).chain_update(role).finalize();
    let mut bytes: [u8; 16] = hash[..16].try_into().expect("a hash is longer");
    // Version 8 of RFC 9562: made by a rule of one's own.
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    agent_id(&bytes)
}

fn agent_id(bytes: &[u8; 16]) -> AgentId {
    let hex = HEXLOWER.encode(bytes);
    let text = format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]);
    text.parse().expect("digits and hyphens are an agent's id")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_spelling_of_each_name() {
        let deployment = Deployment::from_bytes([0xab; 16]);
        let id = "ab".repeat(16);
        let agent = new_agent();
        for subject in [
            Subject::Authority,
            Subject::Coordinator,
            Subject::Agent(agent.clone()),
            Subject::Operator("anna.k".parse().unwrap()),
        ] {
            let uri = subject.uri(deployment);
            assert_eq!(Subject::parse(&uri), Some((deployment, subject)), "{uri}");
        }
        for wrong in [
            "".to_owned(),
            "spiffe://example.org/agent/a".to_owned(),
            format!("spiffe://plumbline-{id}/"),
            format!("spiffe://plumbline-{id}/agent"),
            format!("spiffe://plumbline-{id}/agent/"),
            format!("spiffe://plumbline-{id}/agent/.."),
            format!("spiffe://plumbline-{id}/agent/a/b"),
            format!("spiffe://plumbline-{id}/agent/a?b"),
            format!("spiffe://plumbline-{id}/agent/a#b"),
            format!("spiffe://plumbline-{id}/agent/a%2e"),
            format!("spiffe://plumbline-{id}/coordinator/"),
            format!("spiffe://plumbline-{id}/Coordinator"),
            format!("spiffe://plumbline-{id}/operator/anna k"),
            format!("spiffe://plumbline-{}/coordinator", id.to_uppercase()),
            format!("spiffe://plumbline-{id}0/coordinator"),
            format!("SPIFFE://plumbline-{id}/coordinator"),
            format!("spiffe://user@plumbline-{id}/coordinator"),
            format!("spiffe://plumbline-{id}:1/coordinator"),
        ] {
            assert_eq!(Subject::parse(&wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_new_agent_has_a_uuid_of_version_four() {
        let (one, two) = (new_agent(), new_agent());
        assert_ne!(one, two);
        let text = one.as_str();
        assert_eq!(text.len(), 36);
        assert_eq!(&text[14..15], "4");
        assert!("89ab".contains(&text[19..20]), "{text}");
    }
}
