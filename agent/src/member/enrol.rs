//! The calls by which a machine joins, and by which an agent renews.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use hyper_util::rt::TokioIo;
use plumbline_aws::proof::NotSigned;
use plumbline_identity::identity;
use plumbline_identity::{Address, Identity, Pending, Pin, Token, Trust};
use plumbline_proto::PROTOCOL_VERSIONS;
use plumbline_proto::enrol_v1::enrol_client::EnrolClient;
use plumbline_proto::enrol_v1::{JoinReply, JoinRequest, RenewRequest};
use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;
use rustls::time_provider::DefaultTimeProvider;
use tonic::transport::{Channel, Endpoint, Uri};
use tonic::{Code, Status};
use tower::service_fn;

use super::{COORDINATOR, Member, tls};
use crate::clock;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// What keeps a machine from a certificate.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody is there.
    #[error("{0}")]
    Unreachable(String),
    /// The coordinator does not want it.
    #[error("{0}")]
    Refused(String),
    /// The coordinator cannot do it now.
    #[error("the coordinator cannot do it now: {0}")]
    NotNow(String),
    /// The machine's own files, or its clock.
    #[error(transparent)]
    Identity(#[from] identity::Error),
    /// The machine's credentials prove nothing.
    #[error(transparent)]
    NotSigned(#[from] NotSigned),
    /// Somebody else is there.
    #[error("{0}")]
    NotTheCoordinator(String),
    /// It was away for too long.
    #[error("the certificate of this machine has expired")]
    Expired,
    /// Where the coordinator is, is not known.
    #[error("{} does not say where the coordinator is: {why}", path.display())]
    Coordinator {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
}

/// Joins a deployment with a token: makes a key in the directory, and gets a certificate for it. A token whose answer was
/// lost is good for the same directory once more.
///
/// # Errors
/// Why not.
pub async fn join(token: &Token, directory: &Path) -> Result<(Member, Address), Error> {
    let pending = Pending::open(directory, token.deployment)?;
    let config = plumbline_identity::tls::joining_client(token.deployment, token.pin, Arc::new(DefaultTimeProvider));
    let config = config.map_err(|error| Error::Unreachable(error.to_string()))?;
    let mut client = EnrolClient::new(connect(&token.address, config).await?);
    let request = JoinRequest {
        token_id: token.id.bytes().to_vec(),
        secret: token.secret.bytes().to_vec(),
        signing_request: pending.request()?,
        proto_min: PROTOCOL_VERSIONS.0,
        proto_max: PROTOCOL_VERSIONS.1,
        build: env!("CARGO_PKG_VERSION").to_owned(),
        time: clock::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs().cast_signed()),
    };
    let reply = in_time(client.join(request)).await?;
    joined(reply, &token.address, (pending, token.pin), directory)
}

/// Keeps what a machine got that joined at an address.
pub(super) fn joined(
    reply: JoinReply,
    joining: &Address,
    (pending, pin): (Pending, Pin),
    directory: &Path,
) -> Result<(Member, Address), Error> {
    let root = CertificateDer::from(reply.root);
    let trust = Trust::of_pin(&[root], pin).map_err(identity::Error::Refused)?;
    let host = joining.as_str().rsplit_once(':').map_or("", |(host, _)| host);
    let address: Address = format!("{host}:{}", reply.port)
        .parse()
        .map_err(|_| Error::Refused("the coordinator does not say where agents are served".to_owned()))?;
    // First where it is: an identity without that would be of no use.
    keep_address(directory, &address)?;
    let identity: Identity = pending.keep(&trust, certificates(reply.chain), clock::now())?;
    Ok((Member::of(directory, identity), address))
}

/// A further certificate.
pub(super) async fn renew(
    address: &Address,
    config: ClientConfig,
    pending: &Pending,
) -> Result<Vec<CertificateDer<'static>>, Error> {
    let mut client = EnrolClient::new(connect(address, config).await?);
    let request = RenewRequest { signing_request: pending.request()? };
    Ok(certificates(in_time(client.renew(request)).await?.chain))
}

fn certificates(chain: Vec<Vec<u8>>) -> Vec<CertificateDer<'static>> {
    chain.into_iter().map(CertificateDer::from).collect()
}

pub(super) async fn connect(address: &Address, config: ClientConfig) -> Result<Channel, Error> {
    // Why it failed: the transport says only that it did.
    let why = Arc::new(Mutex::new((String::new(), false)));
    let (said, there) = (Arc::clone(&why), address.clone());
    let connector = service_fn(move |_: Uri| {
        let (said, there, config) = (Arc::clone(&said), there.clone(), config.clone());
        async move {
            let opened = tls::open(&there, config).await.map(TokioIo::new);
            opened.inspect_err(|error| {
                let is_somebody_else = tls::is_somebody_else(error);
                *said.lock().unwrap_or_else(PoisonError::into_inner) = (error.to_string(), is_somebody_else);
            })
        }
    });
    let connected = Endpoint::from_static("http://coordinator").connect_with_connector(connector).await;
    connected.map_err(|error| {
        let (why, is_somebody_else) = std::mem::take(&mut *why.lock().unwrap_or_else(PoisonError::into_inner));
        let text = format!("{address}: {}", if why.is_empty() { error.to_string() } else { why });
        if is_somebody_else { Error::NotTheCoordinator(text) } else { Error::Unreachable(text) }
    })
}

pub(super) async fn in_time<T>(call: impl Future<Output = Result<tonic::Response<T>, Status>>) -> Result<T, Error> {
    let answered = tokio::time::timeout(PATIENCE, call).await;
    let answered = answered.map_err(|_| Error::Unreachable("it did not answer within 15 seconds".to_owned()))?;
    answered.map(tonic::Response::into_inner).map_err(|status| {
        let said = status.message().to_owned();
        match status.code() {
            Code::Unauthenticated | Code::PermissionDenied | Code::FailedPrecondition | Code::InvalidArgument => {
                Error::Refused(said)
            }
            Code::Unavailable | Code::DataLoss | Code::ResourceExhausted => Error::NotNow(said),
            Code::Unimplemented => {
                Error::Refused(format!("the coordinator's release does not know this: upgrade it first ({said})"))
            }
            _ => Error::Unreachable(said),
        }
    })
}

fn keep_address(directory: &Path, address: &Address) -> Result<(), Error> {
    let path = directory.join(COORDINATOR);
    let part = directory.join(format!(".{COORDINATOR}.part"));
    let kept = fs::File::create(&part).and_then(|mut file| {
        writeln!(file, "{address}")?;
        file.sync_all()
    });
    kept.and_then(|()| fs::rename(&part, &path)).map_err(|error| Error::Coordinator { path, why: error.to_string() })
}
