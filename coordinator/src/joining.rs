//! Who may join, before the store is asked: challenges for those that come by the role that they run under at AWS, which
//! roles are let in, and whoever fails too often. Must not know how it is asked (`grpc` does), nor write anything down.

mod challenges;
mod failures;
mod network;
mod roles;

use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use plumbline_aws::endpoint::Variant;
use plumbline_aws::proof::{Binding, NotProven, Proof, RoleSession, Verifier};
use plumbline_identity::{Bounds, SigningRequest, Trust, new_challenge};

pub use roles::AwsRole;

pub(crate) use challenges::TooMany;
use challenges::{Challenges, LIFE, NotOpen};
pub(crate) use failures::{Failures, HEARD};

/// Lets machines in by their AWS identity.
#[derive(Debug)]
pub struct ByRole {
    roles: Vec<AwsRole>,
    verifier: Verifier,
    challenges: Mutex<Challenges>,
}

/// Why a machine is not let in by its role.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotLetIn {
    /// The challenge is worth nothing.
    #[error(transparent)]
    Challenge(#[from] NotOpen),
    /// AWS does not say who it is.
    #[error(transparent)]
    Proof(#[from] NotProven),
    /// AWS says who it is, and nobody lists that.
    #[error(
        "the role {role} of account {account} is not let in here: whoever runs the coordinator adds `- {{ account: \"{account}\", role: {role} }}` to `agents.join.aws_roles` of its configuration, and starts it again",
        role = .0.role,
        account = .0.account
    )]
    Role(RoleSession),
}

impl NotLetIn {
    /// Whether it says nothing of the machine: it may try again.
    pub(crate) fn is_passing(&self) -> bool {
        matches!(self, Self::Proof(error) if error.is_passing())
    }
}

impl ByRole {
    /// Lets in who runs under one of these roles.
    pub fn new(roles: Vec<AwsRole>, verifier: Verifier) -> Self {
        Self { roles, verifier, challenges: Mutex::new(Challenges::new(LIFE)) }
    }

    /// Challenges live for less than a minute.
    #[must_use]
    pub fn with_challenge_life(self, life: Duration) -> Self {
        Self { challenges: Mutex::new(Challenges::new(life.min(LIFE))), ..self }
    }

    /// Which of AWS's endpoints a machine has to sign for.
    pub(crate) fn variant(&self) -> Variant {
        self.verifier.variant()
    }

    /// A challenge for a machine at an address.
    ///
    /// # Errors
    /// When as many are open as may be.
    pub(crate) fn challenge(&self, from: IpAddr, now: Instant) -> Result<[u8; 32], TooMany> {
        let challenge = new_challenge();
        self.challenges().open(challenge, from, now)?;
        Ok(challenge)
    }

    /// Who a machine is that proves it for a request for a certificate, and what its role is let in for. The challenge is
    /// used up, whatever comes of it.
    ///
    /// # Errors
    /// When it is not let in.
    pub(crate) async fn admit(
        &self,
        challenge: [u8; 32],
        proof: &Proof,
        (trust, request): (&Trust, &[u8]),
        now: Instant,
    ) -> Result<(RoleSession, Bounds), NotLetIn> {
        self.challenges().take(&challenge, now)?;
        let request = SigningRequest::digest(request);
        let binding = Binding { challenge, coordinator: trust.coordinator(), request };
        let session = self.verifier.ask(proof, &binding).await?;
        match roles::bounds_of(&self.roles, &session) {
            Some(bounds) => Ok((session, bounds)),
            None => Err(NotLetIn::Role(session)),
        }
    }

    fn challenges(&self) -> MutexGuard<'_, Challenges> {
        self.challenges.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
