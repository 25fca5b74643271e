//! Enrolment: a token becomes a certificate where nobody has one yet, and a certificate its successor where everybody has.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use plumbline_identity::deployment::new_agent;
use plumbline_identity::token::Secret;
use plumbline_identity::{Issued, Peer, SigningRequest, TokenId, lifetimes};
use plumbline_proto::enrol_v1::enrol_server::Enrol;
use plumbline_proto::enrol_v1::{JoinReply, JoinRequest, RenewReply, RenewRequest};
use tonic::{Request, Response, Status};

use super::tls::Caller;
use super::{meet, store_failed};
use crate::certificates::Certificates;
use crate::clock::Clock;
use crate::store::{Joining, Named, NotJoined, NotRenewed, Store};

/// Characters of a build that are kept.
const LONGEST_BUILD: usize = 64;

/// Where machines join.
pub(super) struct Joins {
    pub(super) store: Store,
    pub(super) certificates: Arc<Certificates>,
    pub(super) clock: Clock,
    /// Where agents are served.
    pub(super) port: u16,
}

/// Where agents and operators renew.
pub(super) struct Renews {
    pub(super) store: Store,
    pub(super) certificates: Arc<Certificates>,
}

#[tonic::async_trait]
impl Enrol for Joins {
    async fn join(&self, request: Request<JoinRequest>) -> Result<Response<JoinReply>, Status> {
        let request = request.into_inner();
        meet("the machine", request.proto_min, request.proto_max)?;
        let now = self.clock.time();
        compare_clocks(request.time, now, &self.clock.wall())?;
        let signing = signing_request(&request.signing_request)?;
        let (token, secret) = shown(&request)?;
        let joining = Joining {
            token,
            secret,
            key: signing.pin(),
            agent: new_agent(),
            build: request.build.chars().take(LONGEST_BUILD).collect(),
            now,
            time: self.clock.wall(),
        };
        let certificates = Arc::clone(&self.certificates);
        let joined = self.store.join(joining, move |named| certificates.issue(&signing, named)).await;
        let joined = joined.map_err(|error| store_failed(&error))?.map_err(|refused| {
            tracing::warn!(%refused, "a machine was not let in");
            match refused {
                NotJoined::Token(_) => Status::unauthenticated(refused.to_string()),
                NotJoined::Banned | NotJoined::Replaced => Status::permission_denied(refused.to_string()),
                NotJoined::NotIssued(_) => Status::unavailable(refused.to_string()),
            }
        })?;
        tracing::info!(named = %joined.named, "a machine joined");
        Ok(Response::new(JoinReply {
            chain: chain(&joined.issued),
            root: self.certificates.trust().root().to_vec(),
            port: self.port.into(),
        }))
    }

    async fn renew(&self, _request: Request<RenewRequest>) -> Result<Response<RenewReply>, Status> {
        Err(Status::unimplemented("certificates are renewed where agents are served"))
    }
}

#[tonic::async_trait]
impl Enrol for Renews {
    async fn join(&self, _request: Request<JoinRequest>) -> Result<Response<JoinReply>, Status> {
        Err(Status::unimplemented("whoever has a certificate does not join"))
    }

    async fn renew(&self, request: Request<RenewRequest>) -> Result<Response<RenewReply>, Status> {
        let caller = request.extensions().get::<Caller>().and_then(|caller| caller.0.clone());
        let Some(caller) = caller.as_deref() else {
            return Err(Status::permission_denied("only who has a certificate renews it"));
        };
        let signing = signing_request(&request.get_ref().signing_request)?;
        let certificates = Arc::clone(&self.certificates);
        let issue = move |named: &Named| certificates.issue(&signing, named);
        let renewed = match caller {
            Peer::Agent { id, .. } => self.store.renew(id, issue).await,
            Peer::Operator { name, .. } => self.store.renew_operator(name, issue).await,
        };
        let issued = renewed.map_err(|error| store_failed(&error))?.map_err(|refused| match refused {
            NotRenewed::Unknown | NotRenewed::Banned | NotRenewed::Revoked => {
                Status::permission_denied(refused.to_string())
            }
            NotRenewed::NotIssued(_) => Status::unavailable(refused.to_string()),
        })?;
        tracing::info!(serial = %issued.serial, "a certificate was renewed");
        Ok(Response::new(RenewReply { chain: chain(&issued) }))
    }
}

/// A machine whose clock is off would take its certificate for one of another time.
fn compare_clocks(theirs: i64, now: SystemTime, here: &str) -> Result<(), Status> {
    let there = u64::try_from(theirs).ok().map(|seconds| UNIX_EPOCH + Duration::from_secs(seconds));
    let apart = there.map(|there| there.duration_since(now).unwrap_or_else(|earlier| earlier.duration()));
    if apart.is_some_and(|apart| apart <= lifetimes::SKEW) {
        return Ok(());
    }
    let written = time::OffsetDateTime::from_unix_timestamp(theirs).ok();
    let written = written.and_then(|there| there.format(&time::format_description::well_known::Rfc3339).ok());
    let there = written.unwrap_or_else(|| format!("{theirs} seconds after 1970"));
    let allowed = lifetimes::SKEW.as_secs() / 60;
    Err(Status::invalid_argument(format!(
        "the clocks are too far apart: {there} on the machine, and {here} at the coordinator; {allowed} minutes are allowed"
    )))
}

fn signing_request(der: &[u8]) -> Result<SigningRequest, Status> {
    SigningRequest::parse(der).map_err(|error| Status::invalid_argument(error.to_string()))
}

fn shown(request: &JoinRequest) -> Result<(TokenId, Secret), Status> {
    let wrong = |_| Status::invalid_argument("a token has a name of 16 bytes and a secret of 32");
    let id: [u8; 16] = request.token_id.as_slice().try_into().map_err(wrong)?;
    let secret: [u8; 32] = request.secret.as_slice().try_into().map_err(wrong)?;
    Ok((TokenId::from_bytes(id), Secret::from_bytes(secret)))
}

fn chain(issued: &Issued) -> Vec<Vec<u8>> {
    issued.chain.iter().map(|der| der.to_vec()).collect()
}
