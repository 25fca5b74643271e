//! What one end of a connection shows: a key and its chain, which can be replaced while connections are being made.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::certificate::Certificate;
use crate::issue::renew_at;
use crate::lifetimes::Validity;
use crate::provider::provider;
use crate::serial::Serial;

/// A key with its chain, ready for TLS.
#[derive(Clone, Debug)]
pub struct Credential {
    certified: Arc<CertifiedKey>,
    serial: Serial,
    validity: Validity,
}

impl Credential {
    pub(crate) fn new(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Result<Self, rustls::Error> {
        let (serial, validity) = {
            let leaf = chain.first().ok_or(rustls::Error::NoCertificatesPresented)?;
            let leaf = Certificate::parse(leaf)?;
            (leaf.serial()?, leaf.validity())
        };
        let certified = Arc::new(CertifiedKey::from_der(chain, key, &provider())?);
        Ok(Self { certified, serial, validity })
    }

    /// The chain, its own certificate first.
    pub fn chain(&self) -> &[CertificateDer<'static>] {
        &self.certified.cert
    }

    /// The number of its certificate.
    pub fn serial(&self) -> Serial {
        self.serial
    }

    /// The last second in which it is good.
    pub fn not_after(&self) -> SystemTime {
        self.validity.not_after
    }

    /// When to replace it: around half of its life.
    pub fn renew_at(&self) -> SystemTime {
        renew_at(self.validity, self.serial)
    }

    pub(crate) fn validity(&self) -> Validity {
        self.validity
    }
}

/// The place of a credential that is shown in handshakes. Its copies are one place.
#[derive(Clone, Debug)]
pub struct Shown(Arc<RwLock<Credential>>);

impl Shown {
    /// Shows this one.
    pub fn new(credential: Credential) -> Self {
        Self(Arc::new(RwLock::new(credential)))
    }

    /// Shows this one from now on. Connections that are open go on.
    pub fn replace(&self, credential: Credential) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = credential;
    }

    /// What is shown.
    pub fn current(&self) -> Credential {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ResolvesClientCert for Shown {
    fn resolve(&self, _authorities: &[&[u8]], _schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(self.current().certified)
    }

    fn has_certs(&self) -> bool {
        true
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current().certified)
    }
}
