//! Why the other end of a connection was not believed, by kind: a log says more than TLS tells the other end.

use std::sync::Arc;

use rustls::{CertificateError, OtherError};

use crate::deployment::Deployment;

/// Why not. The text speaks of the other end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// What came is not TLS: plain text, another protocol, noise.
    #[error("it does not speak TLS")]
    NotTls,
    /// No version, cipher or protocol in common.
    #[error("it does not speak TLS 1.3 with HTTP/2, and nothing else is spoken here")]
    Incompatible,
    /// TLS without a certificate.
    #[error("it showed no certificate: enrol it with a token")]
    NoCertificate,
    /// Not a certificate, or one that is not as certificates are.
    #[error("its certificate cannot be read")]
    Unreadable,
    /// Nobody here signed it.
    #[error("its certificate was not issued by this deployment's authority")]
    SelfMade,
    /// Somebody shows a certificate, and has not its key.
    #[error("it does not have the key of the certificate that it showed")]
    NotItsKey,
    /// Another deployment's authority signed it, or claims to have.
    #[error(
        "its certificate is of deployment {found}, and this is deployment {expected}: enrol it here with a new token"
    )]
    OtherDeployment {
        /// Whose it says it is.
        found: Deployment,
        /// Whose it should be.
        expected: Deployment,
    },
    /// It was good once.
    #[error("its certificate has expired: enrol it again with a new token, and compare the clocks if it is new")]
    Expired,
    /// It will be good later.
    #[error("its certificate is not valid yet: compare the clocks of both machines")]
    NotYetValid,
    /// The certificate is for the other end of a connection.
    #[error("its certificate is not for this end of a connection")]
    WrongUse,
    /// The certificate names somebody who has no business here.
    #[error("its certificate is that of: {found}; wanted here: {expected}")]
    WrongRole {
        /// Whose it is.
        found: &'static str,
        /// Whose it should be.
        expected: &'static str,
    },
    /// No SPIFFE ID.
    #[error("its certificate names nobody of a deployment")]
    NoName,
    /// More than one name.
    #[error("its certificate has more names than one")]
    SeveralNames,
    /// What an agent may work for, or what an operator may do, is missing or says nothing.
    #[error("its certificate does not say what it allows")]
    NoGrant,
    /// The coordinator is not the one of the token, or of the pin.
    #[error(
        "its authority is not the one that the token or the pin names: that is of another deployment, or somebody is in between"
    )]
    WrongPin,
    /// What the library of certificates says.
    #[error("its certificate is not accepted: {0}")]
    Other(String),
}

impl Refused {
    /// What kind of refusal an error of TLS is; none when the connection failed for another reason.
    pub fn of(error: &rustls::Error) -> Option<Self> {
        match error {
            rustls::Error::NoCertificatesPresented => Some(Self::NoCertificate),
            rustls::Error::InvalidCertificate(error) => Some(Self::of_certificate(error)),
            rustls::Error::PeerIncompatible(_) | rustls::Error::NoApplicationProtocol => Some(Self::Incompatible),
            rustls::Error::InvalidMessage(_) => Some(Self::NotTls),
            _ => None,
        }
    }

    fn of_certificate(error: &CertificateError) -> Self {
        match error {
            CertificateError::BadEncoding => Self::Unreadable,
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Self::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Self::NotYetValid,
            CertificateError::UnknownIssuer | CertificateError::BadSignature => Self::SelfMade,
            CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => Self::WrongUse,
            CertificateError::Other(OtherError(error)) => {
                error.downcast_ref::<Self>().cloned().unwrap_or_else(|| Self::Other(error.to_string()))
            }
            other => Self::Other(other.to_string()),
        }
    }
}

/// Where TLS has an alert of its own, the other end is told by it.
impl From<Refused> for rustls::Error {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::NoCertificate => Self::NoCertificatesPresented,
            Refused::Unreadable => CertificateError::BadEncoding.into(),
            Refused::SelfMade => CertificateError::UnknownIssuer.into(),
            Refused::Expired => CertificateError::Expired.into(),
            Refused::NotYetValid => CertificateError::NotValidYet.into(),
            Refused::WrongUse => CertificateError::InvalidPurpose.into(),
            other => CertificateError::Other(OtherError(Arc::new(other))).into(),
        }
    }
}
