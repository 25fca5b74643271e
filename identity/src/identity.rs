//! What a machine of the deployment has, in a directory of its own: `identity.pem`, with its key, its certificate, the
//! issuer's and the root's, in one file, so that they are always of one another; and `pending.key`, while it waits for a
//! certificate.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use pem::Pem;
use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256, PublicKeyData};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::certificate::{Beside, Certificate};
use crate::credential::Credential;
use crate::deployment::{Deployment, Subject};
use crate::files::{self, CERTIFICATE, KEY};
use crate::issue;
use crate::peer::Peer;
use crate::pin::Pin;
use crate::refused::Refused;
use crate::trust::Trust;

const IDENTITY: &str = "identity.pem";
const PENDING: &str = "pending.key";

/// Who this machine is.
#[derive(Clone, Debug)]
pub struct Identity {
    trust: Trust,
    subject: Subject,
    credential: Credential,
}

/// What is to be done about a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The clock stands before it was made: the clock is wrong.
    NotYetValid,
    /// Nothing.
    Good,
    /// To be renewed: it is good until its end.
    Due,
    /// The machine has to join again.
    Expired,
}

/// What keeps a machine from its identity.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It has one already, of another deployment.
    #[error("{} holds the identity of deployment {found}, and deployment {expected} is wanted: remove the directory if this machine has moved, or name another one", directory.display())]
    OtherDeployment {
        /// The directory.
        directory: PathBuf,
        /// Whose it is.
        found: Deployment,
        /// Whose it should be.
        expected: Deployment,
    },
    /// A file that cannot be read or written.
    #[error(transparent)]
    File(files::Error),
    /// A file that was read, and is not what it was.
    #[error("{0}: remove it, and join again with a new token")]
    Damaged(files::Error),
    /// The clock.
    #[error("the certificate that the coordinator made is not valid at this machine's time: set the clock")]
    Clock,
    /// For somebody else.
    #[error("the certificate that the coordinator made is for another key: join again with a new token")]
    OtherKey,
    /// Not a certificate.
    #[error("the certificate that the coordinator made is not accepted: {0}")]
    Refused(#[from] Refused),
    /// The library that makes keys failed.
    #[error("a key could not be made: {0}")]
    Key(#[from] rcgen::Error),
}

impl From<files::Error> for Error {
    fn from(error: files::Error) -> Self {
        match error {
            files::Error::Damaged { .. } => Self::Damaged(error),
            _ => Self::File(error),
        }
    }
}

impl Identity {
    /// Reads what the machine has; none where it never joined. Whoever knows the deployment names it.
    ///
    /// # Errors
    /// When a file is open to others, damaged, or of another deployment.
    pub fn load(directory: &Path, expected: Option<Deployment>) -> Result<Option<Self>, Error> {
        let path = directory.join(IDENTITY);
        let blocks = match files::read(&path) {
            Err(error) if error.is_missing() => return Ok(None),
            read => read?,
        };
        let identity = Self::parse(blocks).map_err(|why| files::Error::damaged(&path, why))?;
        let found = identity.trust.deployment();
        match expected {
            Some(expected) if expected != found => {
                Err(Error::OtherDeployment { directory: directory.to_owned(), found, expected })
            }
            _ => Ok(Some(identity)),
        }
    }

    /// Whether there is one in a directory, good or not.
    pub fn is_in(directory: &Path) -> bool {
        directory.join(IDENTITY).exists()
    }

    /// Whether the parts are of one another. Whether they are good at some time is not asked here.
    fn parse(blocks: Vec<Pem>) -> Result<Self, &'static str> {
        let (keys, certificates): (Vec<_>, Vec<_>) = blocks.into_iter().partition(|block| block.tag() == KEY);
        let [key] = <[Pem; 1]>::try_from(keys).map_err(|_| "it does not have one key")?;
        let mut chain: Vec<_> =
            certificates.into_iter().map(|block| CertificateDer::from(block.into_contents())).collect();
        let root = chain.pop().ok_or("it has no certificates")?;
        let trust = Trust::of_root(&root).map_err(|_| "it does not end with a deployment's root")?;
        let parsed: Result<Vec<_>, _> = chain.iter().chain([&root]).map(Certificate::parse).collect();
        let parsed = parsed.map_err(|_| "a certificate cannot be read")?;
        if parsed.len() < 2 || !parsed.windows(2).all(|pair| pair[0].is_signed_by(&pair[1])) {
            return Err("its certificates did not sign each other");
        }
        let subject = match parsed[0].subject(Beside::Nothing) {
            Ok((found, subject)) if found == trust.deployment() => subject,
            _ => return Err("its certificate names nobody of its deployment"),
        };
        drop(parsed);
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.into_contents()));
        let credential = Credential::new(chain, key).map_err(|_| "its key is another one than its certificate's")?;
        Ok(Self { trust, subject, credential })
    }

    /// What it trusts.
    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    /// Whom its certificate names.
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// What it shows.
    pub fn credential(&self) -> &Credential {
        &self.credential
    }

    /// When to renew: around half of its life, each machine at its own moment.
    pub fn renew_at(&self) -> SystemTime {
        self.credential.renew_at()
    }

    /// What is to be done now.
    pub fn standing(&self, now: SystemTime) -> Standing {
        let validity = self.credential.validity();
        if now < validity.not_before {
            Standing::NotYetValid
        } else if now > validity.not_after {
            Standing::Expired
        } else if now >= self.renew_at() {
            Standing::Due
        } else {
            Standing::Good
        }
    }
}

/// A key that waits for its certificate. It is on disk, so that a machine whose answer was lost asks again with the same
/// key, and its token is still good for it.
#[derive(Debug)]
pub struct Pending {
    directory: PathBuf,
    key: KeyPair,
}

impl Pending {
    /// Takes up the key that waits, or makes one. A machine that is of another deployment keeps what it has.
    ///
    /// # Errors
    /// When the directory cannot be used, or is of another deployment.
    pub fn open(directory: &Path, deployment: Deployment) -> Result<Self, Error> {
        Identity::load(directory, Some(deployment))?;
        let path = directory.join(PENDING);
        match files::read(&path) {
            Ok(blocks) => {
                let der =
                    blocks.into_iter().find(|block| block.tag() == KEY).map(Pem::into_contents).unwrap_or_default();
                let key = KeyPair::from_pkcs8_der_and_sign_algo(&der.into(), &PKCS_ECDSA_P256_SHA256);
                let key = key.map_err(|_| files::Error::damaged(&path, "it holds no key"))?;
                Ok(Self { directory: directory.to_owned(), key })
            }
            Err(error) if error.is_missing() => {
                let made = DirBuilder::new().recursive(true).mode(0o700).create(directory);
                made.map_err(files::Error::io(directory))?;
                let key = issue::new_key()?;
                files::write(&path, &[Pem::new(KEY, key.serialize_der())])?;
                Ok(Self { directory: directory.to_owned(), key })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The request for a certificate (PKCS #10, in DER). It names nobody: who this is the coordinator decides.
    ///
    /// # Errors
    /// When the key cannot sign.
    pub fn request(&self) -> Result<Vec<u8>, Error> {
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        Ok(params.serialize_request(&self.key)?.der().to_vec())
    }

    /// Keeps the certificate that came, in the place of the one before.
    ///
    /// # Errors
    /// When it is not for this key, or not good now; what was there before stays.
    pub fn keep(self, trust: &Trust, chain: Vec<CertificateDer<'static>>, now: SystemTime) -> Result<Identity, Error> {
        match Peer::verify(trust, &chain, now) {
            Err(Refused::Expired | Refused::NotYetValid) => return Err(Error::Clock),
            verified => verified?,
        };
        let leaf = chain.first().ok_or(Refused::NoCertificate)?;
        if Certificate::parse(leaf)?.pin() != Pin::of(&self.key.subject_public_key_info()) {
            return Err(Error::OtherKey);
        }
        let certificates = chain.iter().chain([trust.root()]).map(|der| Pem::new(CERTIFICATE, der.to_vec()));
        let blocks: Vec<Pem> = std::iter::once(Pem::new(KEY, self.key.serialize_der())).chain(certificates).collect();
        let path = self.directory.join(IDENTITY);
        let identity = Identity::parse(blocks.clone()).map_err(|why| Refused::Other(why.to_owned()))?;
        files::write(&path, &blocks)?;
        files::remove(&self.directory.join(PENDING))?;
        Ok(identity)
    }
}
