//! What TLS asks during a handshake. Chains, names and what they allow are verified by [`Trust`] and [`Peer`]; signatures
//! by rustls, always.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::verify_tls13_signature;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, Error, PeerIncompatible, SignatureScheme};

use crate::deployment::Deployment;
use crate::peer::Peer;
use crate::pin::Pin;
use crate::provider::provider;
use crate::refused::Refused;
use crate::trust::Trust;

fn time(now: UnixTime) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(now.as_secs())
}

fn chain(leaf: &CertificateDer<'_>, others: &[CertificateDer<'_>]) -> Vec<CertificateDer<'static>> {
    std::iter::once(leaf).chain(others).map(|der| der.clone().into_owned()).collect()
}

fn old_tls() -> Result<HandshakeSignatureValid, Error> {
    Err(PeerIncompatible::SupportedVersionsExtensionRequired.into())
}

fn signature(
    message: &[u8],
    certificate: &CertificateDer<'_>,
    signed: &DigitallySignedStruct,
) -> Result<HandshakeSignatureValid, Error> {
    let verified = verify_tls13_signature(message, certificate, signed, &provider().signature_verification_algorithms);
    verified.map_err(|error| match error {
        Error::InvalidCertificate(CertificateError::BadSignature) => Refused::NotItsKey.into(),
        other => other,
    })
}

/// Lets in whom [`Peer::verify`] knows.
#[derive(Debug)]
pub(super) struct Clients(Trust);

impl Clients {
    pub(super) fn new(trust: Trust) -> Self {
        Self(trust)
    }
}

impl ClientCertVerifier for Clients {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.0.verifier().root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Peer::verify(&self.0, &chain(leaf, others), time(now))?;
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        old_tls()
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        provider().signature_verification_algorithms.supported_schemes()
    }
}

/// Accepts a deployment's coordinator. The host name is not asked: balancers and addresses change, and what stands in the
/// certificate of who has the coordinator's key does not.
#[derive(Debug)]
pub(super) struct Coordinator(Known);

#[derive(Debug)]
enum Known {
    /// The root.
    Root(Trust),
    /// The name of the root's key, and perhaps the deployment: the root itself comes with the chain.
    Pin(Option<Deployment>, Pin),
}

impl Coordinator {
    pub(super) fn trusted(trust: Trust) -> Self {
        Self(Known::Root(trust))
    }

    pub(super) fn pinned(deployment: Option<Deployment>, pin: Pin) -> Self {
        Self(Known::Pin(deployment, pin))
    }

    fn verify(&self, chain: &[CertificateDer<'_>], now: SystemTime) -> Result<(), Refused> {
        match &self.0 {
            Known::Root(trust) => trust.verify_coordinator(chain, now),
            Known::Pin(expected, pin) => {
                let trust = Trust::of_pin(chain, *pin)?;
                let found = trust.deployment();
                if let Some(expected) = expected.filter(|expected| *expected != found) {
                    return Err(Refused::OtherDeployment { found, expected });
                }
                trust.verify_coordinator(chain, now)
            }
        }
    }
}

impl ServerCertVerifier for Coordinator {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        _host: &ServerName<'_>,
        _ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.verify(&chain(leaf, others), time(now))?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        old_tls()
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        provider().signature_verification_algorithms.supported_schemes()
    }
}
