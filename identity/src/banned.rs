//! Who is no longer welcome, although the certificate is good. There are no revocation lists: the coordinator is the only
//! one who has to know, and asks at every message. Where the set is kept is the coordinator's business.

use std::collections::BTreeSet;

use plumbline_baseline::AgentId;

use crate::operator::OperatorName;
use crate::peer::Peer;
use crate::serial::Serial;

/// The set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Banned {
    /// Agents, with all their certificates.
    pub agents: BTreeSet<AgentId>,
    /// Operators, with all their certificates.
    pub operators: BTreeSet<OperatorName>,
    /// Single certificates.
    pub serials: BTreeSet<Serial>,
}

impl Banned {
    /// Whether this one is.
    pub fn is_banned(&self, peer: &Peer) -> bool {
        let by_name = match peer {
            Peer::Agent { id, .. } => self.agents.contains(id),
            Peer::Operator { name, .. } => self.operators.contains(name),
        };
        by_name || self.serials.contains(&peer.serial())
    }
}
