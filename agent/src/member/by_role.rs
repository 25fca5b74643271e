//! Joining by the role that the machine runs under at AWS: it asks for a challenge, signs it with its credentials, and
//! gets a certificate. No secret is carried to the machine, and its credentials do not leave it.

use std::path::Path;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use plumbline_aws::Caller;
use plumbline_aws::endpoint::Variant;
use plumbline_aws::proof::{Binding, Proof};
use plumbline_identity::{Address, Pending, Pin, SigningRequest, Trust, identity};
use plumbline_proto::PROTOCOL_VERSIONS;
use plumbline_proto::enrol_v1::enrol_client::EnrolClient;
use plumbline_proto::enrol_v1::{ChallengeRequest, JoinAwsRequest};
use rustls::pki_types::CertificateDer;
use rustls::time_provider::DefaultTimeProvider;

use super::Member;
use super::enrol::{Error, connect, in_time, joined};
use crate::clock;

/// Joins the deployment whose authority's key has this name, at the address where machines join.
///
/// # Errors
/// Why not.
pub async fn join_by_role(
    joining: &Address,
    pin: Pin,
    caller: &Caller,
    directory: &Path,
) -> Result<(Member, Address), Error> {
    let config = plumbline_identity::tls::pinned_client(pin, Arc::new(DefaultTimeProvider));
    let config = config.map_err(|error| Error::Unreachable(error.to_string()))?;
    let mut client = EnrolClient::new(connect(joining, config).await?);
    let time = clock::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs().cast_signed());
    let (proto_min, proto_max) = PROTOCOL_VERSIONS;
    let reply = in_time(client.challenge(ChallengeRequest { proto_min, proto_max, time })).await?;
    // The other end has shown that it is the coordinator; now it is known of which deployment.
    let trust = Trust::of_pin(&[CertificateDer::from(reply.root)], pin).map_err(identity::Error::Refused)?;
    let pending = Pending::open(directory, trust.deployment())?;
    let signing_request = pending.request()?;
    let challenge = reply.challenge.as_slice().try_into();
    let binding = Binding {
        challenge: challenge.map_err(|_| Error::Refused("the coordinator's challenge is none".to_owned()))?,
        coordinator: trust.coordinator(),
        request: SigningRequest::digest(&signing_request),
    };
    let variant = Variant { fips: reply.fips, dual_stack: reply.dual_stack };
    let Proof { region, date, security_token, authorization } = Proof::of(caller, &binding, variant).await?;
    let request = JoinAwsRequest {
        challenge: reply.challenge,
        region,
        date,
        security_token,
        authorization,
        signing_request,
        proto_min,
        proto_max,
        build: env!("CARGO_PKG_VERSION").to_owned(),
        time,
    };
    let reply = in_time(client.join_aws(request)).await?;
    joined(reply, joining, (pending, pin), directory)
}
