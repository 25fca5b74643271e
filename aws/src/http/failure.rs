//! What can go wrong between a request and the first byte of its answer, in words that name the next step where there is
//! one, and whether it is worth another try.

use std::io;
use std::time::Duration;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::result::ConnectorError;

use super::trust;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The host, or the proxy before it, could not be reached.
    #[error("connect to {host}{}", through(proxy.as_deref()))]
    Unreachable {
        host: String,
        proxy: Option<String>,
        #[source]
        source: BoxError,
    },
    /// The other side is not who it should be, as far as anybody trusted says so.
    #[error("trust the certificate of {host}{}: {detail}; where TLS is inspected, name the inspecting authority in AWS_CA_BUNDLE, or in `ca_bundle` of the profile", through(proxy.as_deref()))]
    Certificate { host: String, proxy: Option<String>, detail: String },
    /// There is nobody to trust.
    #[error(transparent)]
    Trust(#[from] trust::Error),
    /// No connection in time.
    #[error("connect to {host} within {after:?}")]
    Slow { host: String, after: Duration },
    /// No answer in time.
    #[error("read an answer within {0:?}")]
    Silent(Duration),
    /// The connection broke.
    #[error("exchange a request for an answer")]
    Broken(#[source] hyper::Error),
    /// No request can be made of this.
    #[error("make a request of the URL `{0}`")]
    Url(String),
}

fn through(proxy: Option<&str>) -> String {
    proxy.map(|proxy| format!(" through the proxy {}", proxy.trim_end_matches('/'))).unwrap_or_default()
}

impl Error {
    /// A connection that was not opened.
    pub(super) fn connect(host: &str, proxy: Option<String>, source: BoxError) -> Self {
        let source = match source.downcast::<trust::Error>() {
            Ok(nobody) => return Self::Trust(*nobody),
            Err(source) => source,
        };
        let host = host.to_owned();
        match certificate(source.as_ref()) {
            Some(detail) => Self::Certificate { host, proxy, detail },
            None => Self::Unreachable { host, proxy, source },
        }
    }
}

/// What is wrong with the other side's certificate, if that is what is wrong.
fn certificate(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(rustls::Error::InvalidCertificate(reason)) = error.downcast_ref() {
            return Some(reason.to_string());
        }
        cause = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}

impl From<Error> for ConnectorError {
    fn from(error: Error) -> Self {
        match &error {
            Error::Slow { .. } | Error::Silent(_) => Self::timeout(error.into()),
            Error::Unreachable { .. } => Self::io(error.into()),
            Error::Broken(source) if source.is_user() => Self::user(error.into()),
            Error::Broken(source) if source.is_parse() => Self::other(error.into(), None),
            Error::Broken(_) => Self::io(error.into()),
            Error::Certificate { .. } | Error::Trust(_) | Error::Url(_) => Self::other(error.into(), None),
        }
    }
}
