//! Who the other end of a connection is: an agent with its bounds, or an operator with a role.

use std::time::SystemTime;

use plumbline_baseline::AgentId;
use rustls::pki_types::CertificateDer;

use crate::bounds::Bounds;
use crate::certificate::Certificate;
use crate::deployment::Subject;
use crate::operator::{OperatorName, Role};
use crate::refused::Refused;
use crate::serial::Serial;
use crate::trust::Trust;

/// Somebody whose certificate was verified. A connection may outlive the certificate, and whoever was verified may be
/// banned a moment later: [`Peer::is_expired`] and [`crate::Banned::is_banned`] are asked at every message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Peer {
    /// An agent.
    Agent {
        /// The same at every renewal.
        id: AgentId,
        /// Of this certificate.
        serial: Serial,
        /// The last second in which it is good.
        not_after: SystemTime,
        /// What it may work for.
        bounds: Bounds,
    },
    /// An operator.
    Operator {
        /// What it is called.
        name: OperatorName,
        /// What it may do.
        role: Role,
        /// Of this certificate.
        serial: Serial,
        /// The last second in which it is good.
        not_after: SystemTime,
    },
}

impl Peer {
    /// Verifies the chain that a client showed, the client's own certificate first.
    ///
    /// # Errors
    /// Why it is nobody that has business here.
    pub fn verify(trust: &Trust, chain: &[CertificateDer<'_>], now: SystemTime) -> Result<Self, Refused> {
        let subject = trust.verify_client(chain, now)?;
        let certificate = Certificate::parse(chain.first().ok_or(Refused::NoCertificate)?)?;
        let serial = certificate.serial()?;
        let not_after = certificate.validity().not_after;
        match subject {
            Subject::Agent(id) => {
                let bounds = certificate.grant()?.parse().map_err(|_| Refused::NoGrant)?;
                Ok(Self::Agent { id, serial, not_after, bounds })
            }
            Subject::Operator(name) => {
                let role = certificate.grant()?.parse().map_err(|_| Refused::NoGrant)?;
                Ok(Self::Operator { name, role, serial, not_after })
            }
            other => Err(Refused::WrongRole { found: other.kind(), expected: "agent or operator" }),
        }
    }

    /// The number of the certificate.
    pub fn serial(&self) -> Serial {
        match self {
            Self::Agent { serial, .. } | Self::Operator { serial, .. } => *serial,
        }
    }

    /// The last second in which the certificate is good.
    pub fn not_after(&self) -> SystemTime {
        match self {
            Self::Agent { not_after, .. } | Self::Operator { not_after, .. } => *not_after,
        }
    }

    /// Whether the certificate has ended since it was verified.
    pub fn is_expired(&self, now: SystemTime) -> bool {
        now > self.not_after()
    }
}
