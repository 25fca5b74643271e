//! The deployment's authority at work: the certificate that the coordinator shows, and those that it issues.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use plumbline_identity::authority::{Authority, Error, Rotation};
use plumbline_identity::credential::Shown;
use plumbline_identity::{Deployment, Issued, SigningRequest, Trust, lifetimes};

use crate::clock::Clock;
use crate::store::Named;

/// Issues certificates, and holds the coordinator's own.
pub struct Certificates {
    authority: Mutex<Authority>,
    trust: Trust,
    shown: Shown,
    agent_life: Duration,
    clock: Clock,
}

impl Certificates {
    /// Where the authority of a data directory is.
    pub fn path_in(data_dir: &Path) -> PathBuf {
        data_dir.join("authority")
    }

    /// Takes up the authority in a directory; `expected` is the deployment that the store is of.
    ///
    /// # Errors
    /// When there is none, its files are not as they should be, or it cannot sign any more.
    pub fn load(directory: &Path, expected: Option<Deployment>) -> Result<Self, Error> {
        let clock = Clock::system();
        let mut authority = Authority::load(directory, expected)?;
        rotate(&mut authority, &clock);
        let shown = Shown::new(authority.coordinator(&[], clock.time())?);
        let trust = authority.trust().clone();
        Ok(Self { authority: Mutex::new(authority), trust, shown, agent_life: lifetimes::AGENT, clock })
    }

    /// Lets certificates of agents live for less than a day.
    #[must_use]
    pub fn with_agent_life(self, agent_life: Duration) -> Self {
        Self { agent_life: agent_life.min(lifetimes::AGENT), ..self }
    }

    /// What everybody trusts.
    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    /// What the coordinator shows.
    pub(crate) fn shown(&self) -> &Shown {
        &self.shown
    }

    /// A certificate for an agent or an operator.
    pub(crate) fn issue(&self, request: &SigningRequest, named: &Named) -> Result<Issued, String> {
        let (authority, now) = (self.authority(), self.clock.time());
        let issued = match named {
            Named::Agent(id, bounds) => authority.issue_agent_for(request, id, bounds, self.agent_life, now),
            Named::Operator(name, role) => authority.issue_operator(request, name, *role, lifetimes::OPERATOR, now),
        };
        issued.map_err(|error| {
            tracing::error!(%error, "no certificate can be issued");
            format!("the coordinator cannot issue certificates: {error}")
        })
    }

    /// Replaces the issuer, and what the coordinator shows, when that is due. To be called every hour or so.
    pub(crate) fn renew(&self) {
        let mut authority = self.authority();
        rotate(&mut authority, &self.clock);
        let now = self.clock.time();
        if now < self.shown.current().renew_at() {
            return;
        }
        match authority.coordinator(&[], now) {
            Ok(credential) => self.shown.replace(credential),
            Err(error) => tracing::error!(%error, "the coordinator's certificate cannot be renewed"),
        }
    }

    /// When the authority's certificate ends, and what the coordinator shows.
    pub(crate) fn ends(&self) -> [(&'static str, SystemTime); 2] {
        [("ca", self.trust.not_after()), ("coordinator", self.shown.current().not_after())]
    }

    fn authority(&self) -> MutexGuard<'_, Authority> {
        self.authority.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Everything goes on with the old issuer until that ends.
fn rotate(authority: &mut Authority, clock: &Clock) {
    match authority.rotate(clock.time()) {
        Ok(Rotation::NotDue(_)) => {}
        Ok(Rotation::Done) => tracing::info!("there is a new issuer of certificates"),
        Err(error) => tracing::error!(%error, "the issuer of certificates cannot be replaced"),
    }
}
