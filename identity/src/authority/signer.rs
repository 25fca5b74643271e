//! The issuer: a key and a certificate of the root's, in one file, so that there is never one without the other.

use std::path::Path;

use pem::Pem;
use rcgen::{Issuer, KeyPair, PKCS_ECDSA_P256_SHA256, PublicKeyData};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};

use super::Error;
use crate::certificate::{Beside, Certificate};
use crate::deployment::{Deployment, Subject};
use crate::files::{self, CERTIFICATE, KEY};
use crate::issue::{self, ISSUER_DEPTH};
use crate::lifetimes::Validity;
use crate::pin::Pin;
use crate::trust::Trust;

/// What signs today.
#[derive(Debug)]
pub(super) struct Signer {
    certificate: CertificateDer<'static>,
    validity: Validity,
    issuer: Issuer<'static, KeyPair>,
}

impl Signer {
    /// Makes a new one, and writes it in the place of the one before.
    pub(super) fn make(
        path: &Path,
        deployment: Deployment,
        root: &Issuer<'_, KeyPair>,
        validity: Validity,
    ) -> Result<Self, Error> {
        let params = issue::authority(deployment, ISSUER_DEPTH, validity)?;
        let key = issue::new_key()?;
        let certificate = CertificateDer::from(params.signed_by(&key, root)?);
        let blocks = [Pem::new(KEY, key.serialize_der()), Pem::new(CERTIFICATE, certificate.to_vec())];
        files::write(path, &blocks)?;
        Ok(Self { certificate, validity, issuer: Issuer::new(params, key) })
    }

    /// Reads it, and holds it against the root.
    pub(super) fn read(path: &Path, trust: &Trust) -> Result<Self, Error> {
        let damaged = |why| files::Error::damaged(path, why);
        let blocks = files::read(path)?;
        let certificate = CertificateDer::from(one(&blocks, CERTIFICATE).ok_or(damaged("it has no certificate"))?);
        let read = Certificate::parse(&certificate).map_err(|_| damaged("its certificate cannot be read"))?;
        let expected = trust.deployment();
        match read.subject(Beside::Nothing) {
            Ok((found, Subject::Authority)) if found == expected => {}
            Ok((found, _)) if found != expected => {
                return Err(Error::OtherDeployment { path: path.to_owned(), found, expected });
            }
            _ => return Err(damaged("its certificate is not that of an issuer").into()),
        }
        let root = Certificate::parse(trust.root()).map_err(|_| damaged("the root beside it cannot be read"))?;
        if !read.is_signed_by(&root) || !read.is_authority() {
            return Err(damaged("the root beside it did not sign it").into());
        }
        let validity = read.validity();
        let key = key_for(&blocks, path, read.pin())?;
        let issuer = Issuer::from_ca_cert_der(&certificate, key)?;
        Ok(Self { certificate, validity, issuer })
    }

    pub(super) fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    pub(super) fn validity(&self) -> Validity {
        self.validity
    }

    pub(super) fn issuer(&self) -> &Issuer<'static, KeyPair> {
        &self.issuer
    }
}

/// The root's key.
pub(super) fn key(blocks: &[Pem], path: &Path, trust: &Trust) -> Result<KeyPair, Error> {
    Ok(key_for(blocks, path, trust.pin())?)
}

/// The key in a file, when it is the one with this name.
fn key_for(blocks: &[Pem], path: &Path, pin: Pin) -> Result<KeyPair, files::Error> {
    let damaged = |why| files::Error::damaged(path, why);
    let key = one(blocks, KEY).ok_or(damaged("it has no key"))?;
    let key = KeyPair::from_pkcs8_der_and_sign_algo(&PrivatePkcs8KeyDer::from(key), &PKCS_ECDSA_P256_SHA256);
    let key = key.map_err(|_| damaged("its key cannot be read"))?;
    if Pin::of(&key.subject_public_key_info()) != pin {
        return Err(damaged("its key is another one than its certificate's"));
    }
    Ok(key)
}

/// The content of the only block with this name.
pub(super) fn one(blocks: &[Pem], name: &str) -> Option<Vec<u8>> {
    let mut found = blocks.iter().filter(|block| block.tag() == name);
    let first = found.next()?;
    found.next().is_none().then(|| first.contents().to_vec())
}
