//! What one end of a connection trusts: the root of one deployment, and nothing else. Chains are verified by webpki, and
//! names are ours: the coordinator is known by the deployment it is of, and not by the host name it was found under.

use std::fmt::{Debug, Formatter};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rustls::RootCertStore;
use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{ParsedCertificate, WebPkiClientVerifier};

use crate::certificate::{Beside, Certificate};
use crate::deployment::{Deployment, Subject};
use crate::lifetimes::{Validity, seconds};
use crate::pin::Pin;
use crate::provider::provider;
use crate::refused::Refused;

/// A deployment's root.
#[derive(Clone)]
pub struct Trust {
    deployment: Deployment,
    root: CertificateDer<'static>,
    pin: Pin,
    validity: Validity,
    roots: Arc<RootCertStore>,
    clients: Arc<dyn ClientCertVerifier>,
}

impl Debug for Trust {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Trust").field("deployment", &self.deployment).field("pin", &self.pin).finish_non_exhaustive()
    }
}

impl Trust {
    /// Trusts a root. Whether it is the right one the caller knows: by its pin, or because it was kept.
    ///
    /// # Errors
    /// When it is no root of a deployment.
    pub fn of_root(root: &CertificateDer<'_>) -> Result<Self, Refused> {
        let read = Certificate::parse(root)?;
        let (deployment, subject) = read.subject(Beside::Nothing)?;
        if subject != Subject::Authority {
            return Err(Refused::WrongRole { found: subject.kind(), expected: Subject::Authority.kind() });
        }
        if !read.is_authority() {
            return Err(Refused::WrongUse);
        }
        if !read.is_signed_by(&read) {
            return Err(Refused::SelfMade);
        }
        let mut roots = RootCertStore::empty();
        roots.add(root.clone().into_owned()).map_err(|_| Refused::Unreadable)?;
        let roots = Arc::new(roots);
        let clients = WebPkiClientVerifier::builder_with_provider(Arc::clone(&roots), provider()).build();
        Ok(Self {
            deployment,
            pin: read.pin(),
            validity: read.validity(),
            root: root.clone().into_owned(),
            roots,
            clients: clients.map_err(|error| Refused::Other(error.to_string()))?,
        })
    }

    /// Trusts the root in a chain whose key has this name.
    ///
    /// # Errors
    /// When there is none in it.
    pub fn of_pin(chain: &[CertificateDer<'_>], pin: Pin) -> Result<Self, Refused> {
        let is_pinned = |der: &&CertificateDer<'_>| Certificate::parse(der).is_ok_and(|read| read.pin() == pin);
        Self::of_root(chain.iter().find(is_pinned).ok_or(Refused::WrongPin)?)
    }

    /// The deployment.
    pub fn deployment(&self) -> Deployment {
        self.deployment
    }

    /// The root's certificate.
    pub fn root(&self) -> &CertificateDer<'static> {
        &self.root
    }

    /// When the root ends, and the deployment with it.
    pub fn not_after(&self) -> SystemTime {
        self.validity().not_after
    }

    /// The name of the root's key, for tokens and for who joins without one.
    pub fn pin(&self) -> Pin {
        self.pin
    }

    /// What no other coordinator is called: its deployment, and the name of its root's key. For what is signed to be of
    /// use to this one alone.
    pub fn coordinator(&self) -> String {
        format!("{}.{}", self.deployment, self.pin)
    }

    pub(crate) fn validity(&self) -> Validity {
        self.validity
    }

    /// Whether a chain that a coordinator shows leads to the root and names this deployment's coordinator.
    ///
    /// # Errors
    /// Why not.
    pub fn verify_coordinator(&self, chain: &[CertificateDer<'_>], now: SystemTime) -> Result<(), Refused> {
        let (leaf, others) = chain.split_first().ok_or(Refused::NoCertificate)?;
        let algorithms = provider().signature_verification_algorithms.all;
        let verified = ParsedCertificate::try_from(leaf).and_then(|leaf| {
            verify_server_cert_signed_by_trust_anchor(&leaf, &self.roots, others, unix(now), algorithms)
        });
        verified.map_err(|error| self.explain(&error, chain))?;
        match self.subject(leaf, Beside::Hosts)? {
            Subject::Coordinator => Ok(()),
            other => Err(Refused::WrongRole { found: other.kind(), expected: Subject::Coordinator.kind() }),
        }
    }

    /// Whom a chain names that a client shows, when it leads to the root.
    pub(crate) fn verify_client(&self, chain: &[CertificateDer<'_>], now: SystemTime) -> Result<Subject, Refused> {
        let (leaf, others) = chain.split_first().ok_or(Refused::NoCertificate)?;
        let verified = self.clients.verify_client_cert(leaf, others, unix(now));
        verified.map_err(|error| self.explain(&error, chain))?;
        self.subject(leaf, Beside::Nothing)
    }

    pub(crate) fn verifier(&self) -> &dyn ClientCertVerifier {
        &*self.clients
    }

    fn subject(&self, leaf: &CertificateDer<'_>, beside: Beside) -> Result<Subject, Refused> {
        let (found, subject) = Certificate::parse(leaf)?.subject(beside)?;
        if found != self.deployment {
            return Err(Refused::OtherDeployment { found, expected: self.deployment });
        }
        Ok(subject)
    }

    /// Says more of a chain that does not lead to the root than webpki can. It is refused whatever is found.
    fn explain(&self, error: &rustls::Error, chain: &[CertificateDer<'_>]) -> Refused {
        let refused = Refused::of(error).unwrap_or_else(|| Refused::Other(error.to_string()));
        let named = chain.first().and_then(|leaf| Certificate::parse(leaf).ok());
        let named = named.and_then(|leaf| leaf.subject(Beside::Hosts).ok());
        match (refused, named) {
            (Refused::SelfMade, Some((found, _))) if found != self.deployment => {
                Refused::OtherDeployment { found, expected: self.deployment }
            }
            (Refused::Other(_), Some((_, Subject::Authority))) => {
                Refused::WrongRole { found: Subject::Authority.kind(), expected: "agent or operator" }
            }
            (refused, _) => refused,
        }
    }
}

fn unix(at: SystemTime) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(seconds(at)))
}
