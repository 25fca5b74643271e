//! What a certificate says. Must not believe it: whether it is to be believed is [`crate::trust`]'s.

use rustls::pki_types::CertificateDer;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer;

use crate::deployment::{Deployment, Subject};
use crate::grant;
use crate::lifetimes::{Validity, from_seconds};
use crate::pin::Pin;
use crate::refused::Refused;
use crate::serial::Serial;

/// A certificate, parsed.
pub(crate) struct Certificate<'a>(X509Certificate<'a>);

/// What may stand beside a SPIFFE ID.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Beside {
    Nothing,
    /// Host names and addresses, for whoever looks for those: we do not.
    Hosts,
}

impl<'a> Certificate<'a> {
    pub(crate) fn parse(der: &'a CertificateDer<'_>) -> Result<Self, Refused> {
        match X509Certificate::from_der(der) {
            Ok(([], certificate)) => Ok(Self(certificate)),
            _ => Err(Refused::Unreadable),
        }
    }

    /// The public key, as SubjectPublicKeyInfo in DER.
    pub(crate) fn public_key(&self) -> &[u8] {
        self.0.public_key().raw
    }

    pub(crate) fn pin(&self) -> Pin {
        Pin::of(self.public_key())
    }

    pub(crate) fn serial(&self) -> Result<Serial, Refused> {
        Serial::from_certificate(self.0.raw_serial()).ok_or(Refused::Unreadable)
    }

    pub(crate) fn validity(&self) -> Validity {
        let at = |seconds: i64| from_seconds(u64::try_from(seconds).unwrap_or_default());
        let found = self.0.validity();
        Validity { not_before: at(found.not_before.timestamp()), not_after: at(found.not_after.timestamp()) }
    }

    /// The text of our own extension.
    pub(crate) fn grant(&self) -> Result<String, Refused> {
        grant::read(&self.0)
    }

    /// Whether it may sign others, by its own words.
    pub(crate) fn is_authority(&self) -> bool {
        self.0.is_ca()
    }

    /// Whether the other one's key signed it.
    pub(crate) fn is_signed_by(&self, signer: &Certificate<'_>) -> bool {
        self.0.issuer() == signer.0.subject() && self.0.verify_signature(Some(signer.0.public_key())).is_ok()
    }

    /// Whom it names: one SPIFFE ID.
    pub(crate) fn subject(&self, beside: Beside) -> Result<(Deployment, Subject), Refused> {
        let names = self.0.subject_alternative_name().map_err(|_| Refused::Unreadable)?.ok_or(Refused::NoName)?;
        let mut found = None;
        for name in &names.value.general_names {
            match name {
                GeneralName::URI(uri) if found.is_none() => found = Some(*uri),
                GeneralName::DNSName(_) | GeneralName::IPAddress(_) if beside == Beside::Hosts => {}
                _ if names.value.general_names.len() > 1 => return Err(Refused::SeveralNames),
                _ => return Err(Refused::NoName),
            }
        }
        found.and_then(Subject::parse).ok_or(Refused::NoName)
    }
}
