//! The deployment's certificate authority: a root that signs issuers, and an issuer that signs everything else. It lives
//! in a directory of its own: `root.crt`, `root.key`, which may lie elsewhere until an issuer is due, and `issuer.pem`.

mod issuing;
mod signer;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use pem::Pem;
use plumbline_baseline::AgentId;
use rcgen::{CertificateParams, Issuer};

use crate::bounds;
use crate::deployment::Deployment;
use crate::files::{self, CERTIFICATE, KEY, PREFIX, SUFFIX};
use crate::issue::{self, ROOT_DEPTH};
use crate::lifetimes::{self, ISSUER_SIGNS, Validity};
use crate::trust::Trust;
use signer::Signer;

const ROOT: &str = "root.crt";
const ROOT_KEY: &str = "root.key";
const ISSUER: &str = "issuer.pem";

/// Issues the certificates of one deployment.
#[derive(Debug)]
pub struct Authority {
    directory: PathBuf,
    trust: Trust,
    signer: Signer,
}

/// What [`Authority::rotate`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// The issuer signs until then.
    NotDue(SystemTime),
    /// There is a new one. What the old one signed is good until its own end.
    Done,
}

/// What keeps an authority from its work.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// [`Authority::init`], where something is already.
    #[error("{} is not empty: a deployment has one authority; use it, or name another directory", directory.display())]
    NotEmpty {
        /// The directory.
        directory: PathBuf,
    },
    /// [`Authority::load`], where nothing is.
    #[error("{} holds no certificate authority: run `plumbline coordinator init`", directory.display())]
    NotThere {
        /// The directory.
        directory: PathBuf,
    },
    /// A file of another deployment.
    #[error("{} is of deployment {found}, and deployment {expected} is wanted: put the files of one deployment together", path.display())]
    OtherDeployment {
        /// The file.
        path: PathBuf,
        /// Whose it is.
        found: Deployment,
        /// Whose it should be.
        expected: Deployment,
    },
    /// A file that cannot be read or written.
    #[error(transparent)]
    File(files::Error),
    /// A file that was read, and is not what it was.
    #[error("{0}: put it back from a backup of the coordinator")]
    Damaged(files::Error),
    /// The issuer has to be renewed, and the root's key is somewhere else.
    #[error("{} is not there, and a new issuer has to be signed with it: bring it back for a moment", path.display())]
    RootKeyAway {
        /// The file.
        path: PathBuf,
    },
    /// Nothing can be signed any more.
    #[error("the issuer's certificate has ended: bring root.key back, so that it can be renewed")]
    IssuerEnded,
    /// Nothing can be renewed any more.
    #[error(
        "the root's certificate has ended: make a new deployment with `plumbline coordinator init`, and enrol everybody again"
    )]
    RootEnded,
    /// Not a host name and not an address.
    #[error("`{0}` is no host name and no address, which the coordinator's certificate could name")]
    Host(String),
    /// Not an id that a certificate can carry.
    #[error("`{0}` is no name for an agent: it begins with a letter or digit")]
    Agent(AgentId),
    /// Too many bounds.
    #[error(transparent)]
    Bounds(#[from] bounds::Invalid),
    /// The library that writes certificates failed.
    #[error("the certificate could not be written: {0}")]
    Certificate(#[from] rcgen::Error),
    /// The library of TLS did not take what was written.
    #[error("the certificate could not be used: {0}")]
    Tls(#[from] rustls::Error),
}

impl From<files::Error> for Error {
    fn from(error: files::Error) -> Self {
        match error {
            files::Error::Damaged { .. } => Self::Damaged(error),
            _ => Self::File(error),
        }
    }
}

impl Authority {
    /// Makes the authority of a new deployment in a directory that does not exist, or is empty. All of it is there in one
    /// step, or nothing.
    ///
    /// # Errors
    /// When something is there already, or the disk does not let us.
    pub fn init(directory: &Path, now: SystemTime) -> Result<Self, Error> {
        let not_empty = || Error::NotEmpty { directory: directory.to_owned() };
        match fs::read_dir(directory).map(|mut entries| entries.next().is_some()) {
            Ok(true) => return Err(not_empty()),
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(files::Error::io(directory)(error).into());
            }
            _ => {}
        }
        let parent = files::directory_of(directory);
        fs::create_dir_all(parent).map_err(files::Error::io(parent))?;
        let mut builder = tempfile::Builder::new();
        builder.prefix(PREFIX).suffix(SUFFIX).permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
        let staging = builder.tempdir_in(parent).map_err(files::Error::io(parent))?;
        let deployment = write_new(staging.path(), now)?;
        match fs::rename(staging.path(), directory) {
            Err(error) if matches!(error.kind(), io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::AlreadyExists) => {
                return Err(not_empty());
            }
            renamed => renamed.map_err(files::Error::io(directory))?,
        }
        // It has another name now, and nothing is left to remove.
        let _ = staging.keep();
        files::sync_directory(parent)?;
        Self::load(directory, Some(deployment))
    }

    /// Opens an authority. Whoever remembers its deployment, such as the store, names it.
    ///
    /// # Errors
    /// When a file is missing, open to others, damaged, or of another deployment.
    pub fn load(directory: &Path, expected: Option<Deployment>) -> Result<Self, Error> {
        let path = directory.join(ROOT);
        let root = match files::read(&path) {
            Err(error) if error.is_missing() => return Err(Error::NotThere { directory: directory.to_owned() }),
            read => signer::one(&read?, CERTIFICATE).ok_or(files::Error::damaged(&path, "it is no certificate"))?,
        };
        let trust =
            Trust::of_root(&root.into()).map_err(|_| files::Error::damaged(&path, "it is no deployment's root"))?;
        let found = trust.deployment();
        if let Some(expected) = expected.filter(|expected| *expected != found) {
            return Err(Error::OtherDeployment { path, found, expected });
        }
        let signer = Signer::read(&directory.join(ISSUER), &trust)?;
        // Not needed today, and not to be found open on the day it is.
        match files::read(&directory.join(ROOT_KEY)) {
            Err(error) if !error.is_missing() => return Err(error.into()),
            _ => {}
        }
        Ok(Self { directory: directory.to_owned(), trust, signer })
    }

    /// What its deployment trusts.
    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    /// Makes the next issuer when this one has signed for long enough. To be called every hour or so.
    ///
    /// # Errors
    /// When it is due and cannot be done; everything goes on with the old one until that ends.
    pub fn rotate(&mut self, now: SystemTime) -> Result<Rotation, Error> {
        let due = self.signer.validity().made() + ISSUER_SIGNS;
        if now < due {
            return Ok(Rotation::NotDue(due));
        }
        if now >= self.trust.validity().not_after {
            return Err(Error::RootEnded);
        }
        let path = self.directory.join(ROOT_KEY);
        let blocks = match files::read(&path) {
            Err(error) if error.is_missing() => return Err(Error::RootKeyAway { path }),
            read => read?,
        };
        let key = signer::key(&blocks, &path, &self.trust)?;
        let root = Issuer::from_ca_cert_der(self.trust.root(), key)?;
        let validity = Validity::new(now, lifetimes::ISSUER, Some(self.trust.validity().not_after));
        self.signer = Signer::make(&self.directory.join(ISSUER), self.trust.deployment(), &root, validity)?;
        Ok(Rotation::Done)
    }
}

/// Writes the files of a new deployment.
fn write_new(directory: &Path, now: SystemTime) -> Result<Deployment, Error> {
    let deployment = Deployment::random();
    let validity = Validity::new(now, lifetimes::ROOT, None);
    let params: CertificateParams = issue::authority(deployment, ROOT_DEPTH, validity)?;
    let key = issue::new_key()?;
    let certificate = params.self_signed(&key)?;
    files::write(&directory.join(ROOT), &[Pem::new(CERTIFICATE, certificate.der().to_vec())])?;
    files::write(&directory.join(ROOT_KEY), &[Pem::new(KEY, key.serialize_der())])?;
    let root = Issuer::new(params, key);
    let validity = Validity::new(now, lifetimes::ISSUER, Some(validity.not_after));
    Signer::make(&directory.join(ISSUER), deployment, &root, validity)?;
    Ok(deployment)
}
