//! A second evaluator of IAM policies, for tests: one concrete request, no search, as plain as AWS's pages say it.
//!
//! It was written from the IAM User Guide alone and shares nothing with the engine but the JSON, so that a misreading in
//! one of them shows. Where AWS's pages leave two readings, it follows both and answers unknown when they differ.
//! `reference_policies_evaluation-logic.html`, `reference_policies_evaluation-logic-cross-account.html`.

mod compare;
mod condition;
mod context;
mod date;
mod pattern;
mod principal;
mod statement;
mod truth;

use serde_json::Value;

pub(crate) use context::Context;
pub(crate) use principal::Caller;
use principal::Named;
use statement::{Effect, Kind, Verdict, verdicts};
use truth::Truth::{Undecided, Yes};

/// The policies that can bear on a request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Policies {
    pub(crate) identity: Vec<Value>,
    pub(crate) resource: Option<Value>,
    pub(crate) boundary: Option<Value>,
    pub(crate) session: Option<Value>,
    /// From the root down, the policies of each level.
    pub(crate) scps: Vec<Vec<Value>>,
}

/// One request. A key that is not in its context is absent.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) caller: Caller,
    pub(crate) action: String,
    pub(crate) resource: String,
    /// The account of the resource; its ARN's, where that has one.
    pub(crate) resource_account: Option<String>,
    pub(crate) context: Context,
}

impl Request {
    /// Whether this is a question to a role's trust policy.
    pub(crate) fn is_about_trust(&self) -> bool {
        let name = self.action.to_ascii_lowercase();
        let of_trust = [
            "sts:assumerole",
            "sts:assumerolewithsaml",
            "sts:assumerolewithwebidentity",
            "sts:tagsession",
            "sts:setsourceidentity",
        ];
        of_trust.contains(&name.as_str()) && self.resource.contains(":role/")
    }

    /// "Unless the key policy explicitly allows it, you cannot use IAM policies to allow access to a KMS key."
    fn is_about_key(&self) -> bool {
        self.resource.starts_with("arn:") && self.resource.contains(":kms:") && self.resource.contains(":key/")
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    Allow,
    ExplicitDeny,
    ImplicitDeny,
    Unknown,
}

/// How statements are taken of which AWS does not say whether they apply.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// What may allow allows, what may deny does not.
    Generous,
    /// The other way round.
    Strict,
}

impl Reading {
    fn applies(self, verdict: &Verdict, as_effect: Effect) -> bool {
        let possible = verdict.effect == as_effect || verdict.effect == Effect::Unclear;
        let for_this = (self == Self::Generous) == (as_effect == Effect::Allow);
        possible && (verdict.applies == Yes || (verdict.applies == Undecided && for_this))
    }

    fn allows(self, verdicts: &[Verdict]) -> bool {
        verdicts.iter().any(|verdict| self.applies(verdict, Effect::Allow))
    }

    fn denies(self, verdicts: &[Verdict]) -> bool {
        verdicts.iter().any(|verdict| self.applies(verdict, Effect::Deny))
    }
}

/// Whether the request is allowed.
pub(crate) fn decide(policies: &Policies, request: &Request) -> Decision {
    let layers = Layers::read(policies, request);
    match (layers.decide(request, Reading::Generous), layers.decide(request, Reading::Strict)) {
        (same, other) if same == other => same,
        (Decision::Allow, _) => Decision::Unknown,
        // Denied in any case; that a statement denies it is not certain.
        _ => Decision::ImplicitDeny,
    }
}

/// What the policies say, layer by layer. A layer that does not bear on the caller is absent.
struct Layers {
    identity: Vec<Verdict>,
    boundary: Option<Vec<Verdict>>,
    session: Option<Vec<Verdict>>,
    scps: Vec<Vec<Verdict>>,
    resource: Vec<Verdict>,
}

impl Layers {
    fn read(policies: &Policies, request: &Request) -> Self {
        let caller = &request.caller;
        let is_identity = caller.account().is_some() && !caller.is_root();
        let under_scps = caller.account().is_some() && !caller.is_service_linked();
        let has_boundary = policies.boundary.is_some();
        let read = |document: &Value| verdicts(document, Kind::Identity, request, has_boundary);
        let read_all = |documents: &Vec<Value>| documents.iter().flat_map(read).collect::<Vec<_>>();
        Self {
            identity: if is_identity { read_all(&policies.identity) } else { Vec::new() },
            boundary: policies.boundary.as_ref().filter(|_| is_identity).map(read),
            // A session of the root user, made with AssumeRoot, has one too.
            session: policies.session.as_ref().filter(|_| caller.account().is_some()).map(read),
            scps: if under_scps { policies.scps.iter().map(read_all).collect() } else { Vec::new() },
            resource: policies
                .resource
                .iter()
                .flat_map(|document| verdicts(document, Kind::Resource, request, has_boundary))
                .collect(),
        }
    }

    fn decide(&self, request: &Request, reading: Reading) -> Decision {
        let all = [Some(&self.identity), self.boundary.as_ref(), self.session.as_ref(), Some(&self.resource)];
        let all = all.into_iter().flatten().chain(&self.scps);
        if all.into_iter().any(|verdicts| reading.denies(verdicts)) {
            Decision::ExplicitDeny
        } else if self.scps.iter().all(|level| reading.allows(level)) && self.grants(request, reading) {
            Decision::Allow
        } else {
            Decision::ImplicitDeny
        }
    }

    /// Whether identity and resource policies together grant the request.
    fn grants(&self, request: &Request, reading: Reading) -> bool {
        let allowing = self.resource.iter().filter(|verdict| reading.applies(verdict, Effect::Allow));
        let by_resource = allowing.map(|verdict| verdict.named).max();
        let Some(account) = request.caller.account() else { return by_resource.is_some() };
        let within = |limit: &Option<Vec<Verdict>>| limit.as_ref().is_none_or(|verdicts| reading.allows(verdicts));
        let within_limits = within(&self.boundary) && within(&self.session);
        // "If you do not pass any session policies, then the resulting federated user session has no permissions."
        let is_powerless = request.caller.is_federated_user() && self.session.is_none();
        let is_granted = request.caller.is_root() || (!is_powerless && reading.allows(&self.identity));
        let by_identity = within_limits && is_granted;
        if request.resource_account.as_deref() != Some(account) {
            return by_identity && by_resource.is_some();
        }
        let delegated = by_resource.is_some() || !(request.is_about_key() || request.is_about_trust());
        match by_resource {
            // "Not limited by an implicit deny in an identity-based policy, a permissions boundary, or session policy."
            Some(Named::Directly) => true,
            // "Limited by an implicit deny in a permissions boundary or session policy."
            Some(Named::Role) if within_limits => true,
            _ => by_identity && delegated,
        }
    }
}
