//! Entering one role: as much as its trust policy takes of what tells a session apart. Roles that were not made for
//! Plumbline let it in, and may let it neither tag its session nor name a source identity; that is found out once a role.
//! Must not widen what a session may do: the policy is the same in all manners.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use aws_credential_types::provider::SharedCredentialsProvider;
use plumbline_aws::credentials::{Error, verify};
use plumbline_aws::{AssumeRole, Caller};
use plumbline_proto::agent_v1::Access;

use super::Named;

/// What STS answers to a session policy that fits by its characters and is too large when packed with everything else.
pub(super) const PACKED_TOO_LARGE: &str = "PackedPolicyTooLarge";
const DENIED: &str = "AccessDenied";
/// The tags of a session, as `aws:PrincipalTag` of policies and as CloudTrail has them. They are not transitive: no session
/// of a scan assumes another role.
const SCAN_TAG: &str = "plumbline-scan";
const JOB_TAG: &str = "plumbline-job";
/// What a tag's value may be long.
const LONGEST_VALUE: usize = 256;

/// What a session says of itself besides its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Manner {
    has_tags: bool,
    has_source_identity: bool,
}

impl Manner {
    const WHOLE: Self = Self { has_tags: true, has_source_identity: true };
    const BARE: Self = Self { has_tags: false, has_source_identity: false };

    /// With less, after what STS refused: without what it names, and without both where it names neither. A role that refuses
    /// both names one at a time. None when there is nothing left to leave out.
    fn less(self, refusal: &str) -> Option<Self> {
        let less = match (refusal.contains("sts:TagSession"), refusal.contains("sts:SetSourceIdentity")) {
            (true, false) => Self { has_tags: false, ..self },
            (false, true) => Self { has_source_identity: false, ..self },
            _ => Self::BARE,
        };
        let bare = (self != Self::BARE).then_some(Self::BARE);
        if less == self { bare } else { Some(less) }
    }

    fn of(self, role: &AssumeRole) -> AssumeRole {
        let mut role = role.clone();
        if !self.has_tags {
            role.tags.clear();
        }
        if !self.has_source_identity {
            role.source_identity = None;
        }
        role
    }
}

/// What roles were found to refuse.
#[derive(Debug, Default)]
pub(super) struct Entries(Mutex<HashMap<String, Manner>>);

impl Entries {
    /// Assumes a role, under this policy.
    ///
    /// # Errors
    /// What STS answers to the barest form of the request.
    pub(super) async fn enter(
        &self,
        caller: &Caller,
        access: &Access,
        named: Named<'_>,
        policy: String,
    ) -> Result<SharedCredentialsProvider, Error> {
        let role = request(access, named, policy);
        let known = self.known(&role.role_arn);
        let mut manner = known;
        loop {
            let refused = match assume(caller, manner.of(&role)).await {
                Err(Error::Refused(refused)) => refused,
                ended => {
                    if ended.is_ok() && manner != known {
                        self.remember(&role.role_arn, manner);
                    }
                    return ended;
                }
            };
            manner = match refused.code.as_str() {
                DENIED => match manner.less(&refused.message) {
                    Some(less) => less,
                    None => return Err(Error::Refused(refused)),
                },
                // The narrower policy is worth more than the tags. That says nothing of the role.
                PACKED_TOO_LARGE if manner.has_tags => {
                    return assume(caller, Manner { has_tags: false, ..manner }.of(&role)).await;
                }
                _ => return Err(Error::Refused(refused)),
            };
        }
    }

    fn known(&self, role: &str) -> Manner {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.get(role).copied().unwrap_or(Manner::WHOLE)
    }

    /// Says once what the account's CloudTrail will not have.
    fn remember(&self, role: &str, manner: Manner) {
        let Manner { has_tags, has_source_identity } = manner;
        tracing::info!(
            role,
            has_tags,
            has_source_identity,
            "the role lets the agent in, but not with session tags and source identity; its trust policy may allow \
             sts:TagSession and sts:SetSourceIdentity"
        );
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(role.to_owned(), manner);
    }
}

async fn assume(caller: &Caller, role: AssumeRole) -> Result<SharedCredentialsProvider, Error> {
    let credentials = caller.assume(role)?;
    verify(&credentials).await?;
    Ok(credentials)
}

fn request(access: &Access, named: Named<'_>, policy: String) -> AssumeRole {
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let tags = [(SCAN_TAG, named.scan), (JOB_TAG, named.session)].into_iter().filter(|(_, value)| is_value(value));
    AssumeRole {
        role_arn: access.role_arn.clone(),
        external_id: given(&access.external_id),
        session_name: named.session.to_owned(),
        source_identity: given(&access.source_identity),
        policy: Some(policy),
        tags: tags.map(|(key, value)| (key.to_owned(), value.to_owned())).collect(),
        region: None,
    }
}

/// Whether STS takes it as a tag's value.
fn is_value(text: &str) -> bool {
    let is_taken = |character: char| character.is_ascii_alphanumeric() || " _.:/=+-@".contains(character);
    (1..=LONGEST_VALUE).contains(&text.len()) && text.chars().all(is_taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_role_refuses_is_left_out_and_nothing_else() {
        let refusal = |action: &str| format!("User: u is not authorized to perform: {action} on resource: r");
        let untagged = Manner { has_tags: false, has_source_identity: true };
        let unnamed = Manner { has_tags: true, has_source_identity: false };
        assert_eq!(Manner::WHOLE.less(&refusal("sts:TagSession")), Some(untagged));
        assert_eq!(Manner::WHOLE.less(&refusal("sts:SetSourceIdentity")), Some(unnamed));
        assert_eq!(untagged.less(&refusal("sts:SetSourceIdentity")), Some(Manner::BARE));
        assert_eq!(Manner::WHOLE.less(&refusal("sts:AssumeRole")), Some(Manner::BARE));
        // It cannot refuse what was not asked for: whatever it means, there is an end.
        assert_eq!(untagged.less(&refusal("sts:TagSession")), Some(Manner::BARE));
        assert_eq!(Manner::BARE.less(&refusal("sts:AssumeRole")), None);
        assert_eq!(Manner::BARE.less(&refusal("sts:TagSession")), None);
    }

    #[test]
    fn only_what_sts_takes_becomes_a_tag() {
        let tags =
            |scan: &str, session: &str| request(&Access::default(), Named { scan, session }, String::new()).tags.len();
        assert_eq!(tags("01JTEST", "01JTEST-42"), 2);
        assert_eq!(tags("", "plumbline-snapshot"), 1);
        assert_eq!(tags("a*b", &"x".repeat(257)), 0);
    }
}
