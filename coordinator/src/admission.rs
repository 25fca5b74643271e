//! Who is let in by certificate, asked at every call and every message: a certificate may end, and its owner may be banned,
//! in the middle of a connection.

use std::sync::{PoisonError, RwLock};

use plumbline_baseline::AgentId;
use plumbline_identity::{Banned, OperatorName, Peer};

use crate::clock::Clock;

/// Why somebody with a certificate is let in no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// The coordinator wants nothing of it any more.
    #[error("this agent is banned")]
    Banned,
    /// The coordinator wants nothing of this operator any more.
    #[error("this operator is revoked")]
    Revoked,
    /// It renewed too late, or not at all.
    #[error("this certificate has expired: enrol again with a new token, and compare the clocks if it is new")]
    Expired,
}

/// The bans, and the clock.
pub(crate) struct Admission {
    banned: RwLock<Banned>,
    clock: Clock,
}

impl Admission {
    /// Nobody is banned.
    pub(crate) fn new(clock: Clock) -> Self {
        Self { banned: RwLock::default(), clock }
    }

    /// These are banned, as is on record.
    pub(crate) fn learn(&self, banned: Banned) {
        *self.banned.write().unwrap_or_else(PoisonError::into_inner) = banned;
    }

    /// This one is banned from now on.
    pub(crate) fn ban(&self, agent: &AgentId) {
        self.banned.write().unwrap_or_else(PoisonError::into_inner).agents.insert(agent.clone());
    }

    /// This one is revoked from now on.
    pub(crate) fn revoke(&self, operator: &OperatorName) {
        self.banned.write().unwrap_or_else(PoisonError::into_inner).operators.insert(operator.clone());
    }

    /// Why this one is not let in, if it is not.
    pub(crate) fn refusal(&self, peer: &Peer) -> Option<Refusal> {
        if self.banned.read().unwrap_or_else(PoisonError::into_inner).is_banned(peer) {
            return Some(match peer {
                Peer::Agent { .. } => Refusal::Banned,
                Peer::Operator { .. } => Refusal::Revoked,
            });
        }
        peer.is_expired(self.clock.time()).then_some(Refusal::Expired)
    }
}
