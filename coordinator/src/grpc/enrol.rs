//! Enrolment: a token, or the role that a machine runs under, becomes a certificate where nobody has one yet, and a
//! certificate its successor where everybody has. Whoever fails too often is not heard for a while.

mod by_role;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use plumbline_identity::deployment::new_agent;
use plumbline_identity::token::Secret;
use plumbline_identity::{Issued, Peer, SigningRequest, TokenId, lifetimes};
use plumbline_proto::enrol_v1::enrol_server::Enrol;
use plumbline_proto::enrol_v1::{
    ChallengeReply, ChallengeRequest, JoinAwsRequest, JoinReply, JoinRequest, RenewReply, RenewRequest,
};
use tonic::{Request, Response, Status};

use super::tls::Caller;
use super::{Terms, meet, store_failed};
use crate::certificates::Certificates;
use crate::clock::Clock;
use crate::joining::{ByRole, Failures};
use crate::store::{Error, Joined, Joining, Named, NotJoined, NotRenewed, Store};

/// Characters of a build that are kept.
const LONGEST_BUILD: usize = 64;

/// Where machines join.
pub(super) struct Joins {
    store: Store,
    certificates: Arc<Certificates>,
    clock: Clock,
    /// Who joins by AWS identity, if anybody does.
    by_role: Option<Arc<ByRole>>,
    failures: Mutex<Failures>,
    /// Where agents are served.
    port: u16,
}

impl Joins {
    pub(super) fn new(store: Store, certificates: Arc<Certificates>, terms: &Terms, port: u16) -> Self {
        let (by_role, failures) = (terms.by_role.clone(), Mutex::new(Failures::new(terms.failed_joins)));
        Self { store, certificates, clock: Clock::system(), by_role, failures, port }
    }

    /// Refuses whoever has failed too often.
    fn hear(&self, from: IpAddr) -> Result<(), Status> {
        self.failures().is_heard(from, self.clock.now()).map_err(|left| {
            let seconds = left.as_secs() + 1;
            Status::resource_exhausted(format!("too many failures to join from {from}: wait for {seconds} seconds"))
        })
    }

    /// Counts a failure.
    fn failed(&self, from: IpAddr, why: &dyn std::fmt::Display) {
        tracing::warn!(%from, refused = %why, "a machine was not let in");
        self.failures().failed(from, self.clock.now());
    }

    fn failures(&self) -> MutexGuard<'_, Failures> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a machine is told of its attempt.
    fn told(&self, joined: Result<Result<Joined, NotJoined>, Error>, from: IpAddr) -> Result<JoinReply, Status> {
        let joined = joined.map_err(|error| store_failed(&error))?.map_err(|refused| {
            match refused {
                NotJoined::NotIssued(_) => tracing::warn!(%refused, "a machine was not let in"),
                _ => self.failed(from, &refused),
            }
            match refused {
                NotJoined::Token(_) => Status::unauthenticated(refused.to_string()),
                NotJoined::Banned | NotJoined::Replaced => Status::permission_denied(refused.to_string()),
                NotJoined::NotIssued(_) => Status::unavailable(refused.to_string()),
            }
        })?;
        tracing::info!(named = %joined.named, "a machine joined");
        Ok(JoinReply {
            chain: chain(&joined.issued),
            root: self.certificates.trust().root().to_vec(),
            port: self.port.into(),
        })
    }
}

/// Where a request comes from.
fn from<T>(request: &Request<T>) -> IpAddr {
    let caller = request.extensions().get::<Caller>();
    caller.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |caller| caller.from)
}

/// Where agents and operators renew.
pub(super) struct Renews {
    pub(super) store: Store,
    pub(super) certificates: Arc<Certificates>,
}

#[tonic::async_trait]
impl Enrol for Joins {
    async fn join(&self, request: Request<JoinRequest>) -> Result<Response<JoinReply>, Status> {
        let from = from(&request);
        self.hear(from)?;
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
        Ok(Response::new(self.told(joined, from)?))
    }

    async fn challenge(&self, request: Request<ChallengeRequest>) -> Result<Response<ChallengeReply>, Status> {
        self.give_challenge(&request).map(Response::new)
    }

    async fn join_aws(&self, request: Request<JoinAwsRequest>) -> Result<Response<JoinReply>, Status> {
        self.join_by_role(request).await.map(Response::new)
    }

    async fn renew(&self, _request: Request<RenewRequest>) -> Result<Response<RenewReply>, Status> {
        Err(Status::unimplemented("certificates are renewed where agents are served"))
    }
}

#[tonic::async_trait]
impl Enrol for Renews {
    async fn join(&self, _request: Request<JoinRequest>) -> Result<Response<JoinReply>, Status> {
        Err(has_joined())
    }

    async fn challenge(&self, _request: Request<ChallengeRequest>) -> Result<Response<ChallengeReply>, Status> {
        Err(has_joined())
    }

    async fn join_aws(&self, _request: Request<JoinAwsRequest>) -> Result<Response<JoinReply>, Status> {
        Err(has_joined())
    }

    async fn renew(&self, request: Request<RenewRequest>) -> Result<Response<RenewReply>, Status> {
        let caller = request.extensions().get::<Caller>().and_then(|caller| caller.peer.clone());
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

fn has_joined() -> Status {
    Status::unimplemented("whoever has a certificate does not join")
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
