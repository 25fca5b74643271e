//! Whose certificates are believed: the machine's, or those of a file that the environment names.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

/// Certificate authorities.
#[derive(Clone, Debug, Default)]
pub(crate) enum Trust {
    /// Those of the machine, or of `SSL_CERT_FILE` and `SSL_CERT_DIR`.
    #[default]
    Machine,
    /// Only these.
    Only(Arc<RootCertStore>),
}

/// Why there is nobody to trust.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The file cannot be read.
    #[error("read the certificate authorities in {path}: {detail}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        detail: String,
    },
    /// The machine has none.
    #[error(
        "find certificate authorities on this machine: install its `ca-certificates`, or name a file in AWS_CA_BUNDLE"
    )]
    NoneHere,
    /// rustls refuses its own defaults.
    #[error("set up TLS: {0}")]
    Tls(#[from] rustls::Error),
}

impl Trust {
    /// The authorities in a PEM file, as `AWS_CA_BUNDLE` names one: instead of the machine's, as in every AWS tool.
    ///
    /// # Errors
    /// When the file cannot be read, or holds no certificate that is one.
    pub(crate) fn bundle(path: &Path) -> Result<Self, Error> {
        let unreadable = |detail: String| Error::Unreadable { path: path.to_owned(), detail };
        let text = std::fs::read(path).map_err(|error| unreadable(error.to_string()))?;
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(&text) {
            let certificate = certificate.map_err(|error| unreadable(format!("it is not PEM: {error}")))?;
            // A bundle may hold something old that nobody needs: what cannot be an authority is none.
            roots.add_parsable_certificates([certificate]);
        }
        if roots.is_empty() {
            return Err(unreadable("it holds no usable certificate".to_owned()));
        }
        Ok(Self::Only(Arc::new(roots)))
    }

    /// How TLS is spoken: rustls on ring, and HTTP/1.1 in it.
    pub(super) fn client_config(&self) -> Result<ClientConfig, Error> {
        let roots = match self {
            Self::Only(roots) => Arc::clone(roots),
            Self::Machine => Arc::new(machine()?),
        };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        let mut config = builder.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }
}

fn machine() -> Result<RootCertStore, Error> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() { Err(Error::NoneHere) } else { Ok(roots) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_certificates_is_refused_with_its_name() {
        let missing = Trust::bundle(Path::new("/nowhere/ca.pem")).unwrap_err().to_string();
        assert!(missing.starts_with("read the certificate authorities in /nowhere/ca.pem: "), "{missing}");
        let none = Trust::bundle(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))).unwrap_err();
        assert!(none.to_string().ends_with("it holds no usable certificate"), "{none}");
    }
}
