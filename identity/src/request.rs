//! A request for a certificate (PKCS #10), of which one thing counts: the public key, and that whoever asks has its
//! private key. Subject and extensions are what somebody wishes to be; nobody here reads them.

use rcgen::{PKCS_ECDSA_P256_SHA256, PublicKeyData, SubjectPublicKeyInfo};
use sha2::{Digest, Sha256};
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::prelude::FromDer;

use crate::pin::Pin;

/// Ours have some 200 bytes.
const LONGEST: usize = 4 * 1024;

/// A public key whose owner asks for a certificate.
#[derive(Debug)]
pub struct SigningRequest {
    key: SubjectPublicKeyInfo,
}

/// What is wrong with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not PKCS #10, or more than one can be.
    #[error("the request for a certificate cannot be read")]
    Unreadable,
    /// Signed by another key, or by none.
    #[error("the request for a certificate is not signed by the key that it names")]
    NotItsKey,
    /// Another algorithm.
    #[error("the request for a certificate names a key that is not P-256")]
    Algorithm,
}

impl SigningRequest {
    /// Reads a request, in DER.
    ///
    /// # Errors
    /// When it is none, or not signed by its own key.
    pub fn parse(der: &[u8]) -> Result<Self, Error> {
        if der.len() > LONGEST {
            return Err(Error::Unreadable);
        }
        let Ok(([], request)) = X509CertificationRequest::from_der(der) else { return Err(Error::Unreadable) };
        let key = request.certification_request_info.subject_pki.raw;
        let key = SubjectPublicKeyInfo::from_der(key).map_err(|_| Error::Algorithm)?;
        if *key.algorithm() != PKCS_ECDSA_P256_SHA256 {
            return Err(Error::Algorithm);
        }
        request.verify_signature().map_err(|_| Error::NotItsKey)?;
        Ok(Self { key })
    }

    /// The hash of a request (SHA-256 of its DER), which whoever proves something for it signs along.
    pub fn digest(der: &[u8]) -> [u8; 32] {
        Sha256::digest(der).into()
    }

    /// The name of the key.
    pub fn pin(&self) -> Pin {
        Pin::of(&self.key.subject_public_key_info())
    }

    pub(crate) fn key(&self) -> &SubjectPublicKeyInfo {
        &self.key
    }
}
