//! What an authority issues, to whom, and for how long. Whether they should have it the caller has decided.

use std::time::{Duration, SystemTime};

use plumbline_baseline::AgentId;
use rcgen::SanType;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};

use super::{Authority, Error};
use crate::bounds::Bounds;
use crate::credential::Credential;
use crate::deployment::Subject;
use crate::grant;
use crate::issue::{self, Issued};
use crate::lifetimes::{self, Validity};
use crate::operator::{OperatorName, Role};
use crate::request::SigningRequest;

impl Authority {
    /// A certificate for an agent: a day, for this key, and for no more than these bounds.
    ///
    /// # Errors
    /// When the issuer has ended, or the bounds are too long for a certificate.
    pub fn issue_agent(
        &self,
        request: &SigningRequest,
        id: &AgentId,
        bounds: &Bounds,
        now: SystemTime,
    ) -> Result<Issued, Error> {
        self.issue_agent_for(request, id, bounds, lifetimes::AGENT, now)
    }

    /// The same for less than [`lifetimes::AGENT`], which is the most.
    ///
    /// # Errors
    /// When the issuer has ended, or the bounds are too long for a certificate.
    pub fn issue_agent_for(
        &self,
        request: &SigningRequest,
        id: &AgentId,
        bounds: &Bounds,
        lifetime: Duration,
        now: SystemTime,
    ) -> Result<Issued, Error> {
        let grant = bounds.text()?;
        let subject = Subject::Agent(id.clone());
        let deployment = self.trust.deployment();
        if Subject::parse(&subject.uri(deployment)) != Some((deployment, subject.clone())) {
            return Err(Error::Agent(id.clone()));
        }
        self.issue(request, &subject, &grant, lifetime.min(lifetimes::AGENT), now)
    }

    /// A certificate for an operator, for [`lifetimes::OPERATOR`] at most.
    ///
    /// # Errors
    /// When the issuer has ended.
    pub fn issue_operator(
        &self,
        request: &SigningRequest,
        name: &OperatorName,
        role: Role,
        lifetime: Duration,
        now: SystemTime,
    ) -> Result<Issued, Error> {
        let lifetime = lifetime.min(lifetimes::OPERATOR);
        self.issue(request, &Subject::Operator(name.clone()), role.as_str(), lifetime, now)
    }

    /// What the coordinator shows, with a key that is never on disk. The chain ends with the root, for whoever joins and
    /// knows nothing but its pin. `hosts` are names and addresses for clients that look for them; ours do not.
    ///
    /// # Errors
    /// When the issuer has ended, or a host is none.
    pub fn coordinator(&self, hosts: &[&str], now: SystemTime) -> Result<Credential, Error> {
        let validity = self.validity(lifetimes::COORDINATOR, now)?;
        let (mut params, _) = issue::leaf(self.trust.deployment(), &Subject::Coordinator, validity)?;
        for host in hosts {
            params.subject_alt_names.push(alternative_name(host)?);
        }
        let key = issue::new_key()?;
        let certificate = params.signed_by(&key, self.signer.issuer())?;
        let chain = vec![certificate.into(), self.signer.certificate().clone(), self.trust.root().clone()];
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        Ok(Credential::new(chain, key)?)
    }

    fn issue(
        &self,
        request: &SigningRequest,
        subject: &Subject,
        grant: &str,
        lifetime: Duration,
        now: SystemTime,
    ) -> Result<Issued, Error> {
        let validity = self.validity(lifetime, now)?;
        let (mut params, serial) = issue::leaf(self.trust.deployment(), subject, validity)?;
        params.custom_extensions = vec![grant::extension(grant)];
        let certificate = params.signed_by(request.key(), self.signer.issuer())?;
        let chain = vec![certificate.into(), self.signer.certificate().clone()];
        Ok(Issued { chain, serial, not_after: validity.not_after })
    }

    fn validity(&self, lifetime: Duration, now: SystemTime) -> Result<Validity, Error> {
        let ends = self.signer.validity().not_after;
        if now >= ends {
            return Err(Error::IssuerEnded);
        }
        Ok(Validity::new(now, lifetime, Some(ends)))
    }
}

fn alternative_name(host: &str) -> Result<SanType, Error> {
    let wrong = || Error::Host(host.to_owned());
    match ServerName::try_from(host).map_err(|_| wrong())? {
        ServerName::DnsName(name) => Ok(SanType::DnsName(name.as_ref().to_owned().try_into()?)),
        ServerName::IpAddress(address) => Ok(SanType::IpAddress(address.into())),
        _ => Err(wrong()),
    }
}
