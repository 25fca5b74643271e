//! Joining by AWS identity, as it is asked for: a challenge, and then the proof for it. Translates and refuses; who may
//! join is decided by [`ByRole`].

use plumbline_aws::proof::Proof;
use plumbline_identity::deployment::agent_of_key;
use plumbline_proto::enrol_v1::{ChallengeReply, ChallengeRequest, JoinAwsRequest, JoinReply};
use tonic::{Request, Status};

use super::{Joins, LONGEST_BUILD, compare_clocks, from, signing_request};
use crate::grpc::meet;
use crate::joining::ByRole;
use crate::store::JoiningByRole;

impl Joins {
    /// Gives a machine what it has to sign.
    pub(super) fn give_challenge(&self, request: &Request<ChallengeRequest>) -> Result<ChallengeReply, Status> {
        let (from, request) = (from(request), request.get_ref());
        self.hear(from)?;
        meet("the machine", request.proto_min, request.proto_max)?;
        compare_clocks(request.time, self.clock.time(), &self.clock.wall())?;
        let by_role = self.by_role()?;
        let challenge = by_role.challenge(from, self.clock.now());
        let challenge = challenge.map_err(|error| Status::resource_exhausted(error.to_string()))?;
        let variant = by_role.variant();
        Ok(ChallengeReply {
            challenge: challenge.to_vec(),
            root: self.certificates.trust().root().to_vec(),
            fips: variant.fips,
            dual_stack: variant.dual_stack,
        })
    }

    /// Lets a machine in by its role, or not.
    pub(super) async fn join_by_role(&self, request: Request<JoinAwsRequest>) -> Result<JoinReply, Status> {
        let (from, request) = (from(&request), request.into_inner());
        self.hear(from)?;
        meet("the machine", request.proto_min, request.proto_max)?;
        compare_clocks(request.time, self.clock.time(), &self.clock.wall())?;
        let by_role = self.by_role()?;
        let signing = signing_request(&request.signing_request)?;
        let challenge = request.challenge.as_slice().try_into();
        let challenge = challenge.map_err(|_| Status::invalid_argument("a challenge has 32 bytes"))?;
        let JoinAwsRequest { region, date, security_token, authorization, .. } = request;
        let proof = Proof { region, date, security_token, authorization };
        let trust = self.certificates.trust();
        let admitted = by_role.admit(challenge, &proof, (trust, &request.signing_request), self.clock.now()).await;
        let (session, bounds) = admitted.map_err(|refused| {
            if refused.is_passing() {
                tracing::warn!(%from, %refused, "a machine could not be let in");
                return Status::unavailable(refused.to_string());
            }
            self.failed(from, &refused);
            Status::permission_denied(refused.to_string())
        })?;
        let role = session.role_arn();
        let joining = JoiningByRole {
            agent: agent_of_key(signing.pin(), &role),
            role,
            session: session.session,
            bounds,
            build: request.build.chars().take(LONGEST_BUILD).collect(),
            time: self.clock.wall(),
        };
        let certificates = self.certificates.clone();
        let joined = self.store.join_by_role(joining, move |named| certificates.issue(&signing, named)).await;
        self.told(joined, from)
    }

    fn by_role(&self) -> Result<&ByRole, Status> {
        self.by_role.as_deref().ok_or_else(|| {
            Status::failed_precondition(
                "this coordinator lets nobody in by AWS identity: whoever runs it lists roles under `agents.join.aws_roles` of its configuration",
            )
        })
    }
}
