//! Which policies have to allow a request. From the IAM User Guide, "Policy evaluation logic": its pages on requests
//! within an account, on requests across accounts, and on the principals of resource policies.

use std::sync::Arc;

use super::{Grants, Layer, Policies};
use crate::arn::Arn;
use crate::policy::document::{Document, Kind};
use crate::policy::evaluate::Holds;
use crate::policy::request::{Principal, Request};
use crate::reason::{Unread, UnreadReason};

/// The layers that apply to a request, with their documents. Limits on principals do not concern those who are none of
/// an account: they are decided by the resource's side alone.
pub(super) fn layers<'a>(policies: &'a Policies, request: &Request) -> Vec<(Layer, Kind, &'a [Document])> {
    let mut layers = Vec::new();
    if request.principal.has_identity_policies() {
        let levels = policies.scps.iter().enumerate();
        layers.extend(
            levels.map(|(level, documents)| (Layer::ServiceControl(level), Kind::Identity, documents.as_slice())),
        );
        if !matches!(request.principal, Principal::Root { .. }) {
            layers.push((Layer::Identity, Kind::Identity, &policies.identity));
            if let Some(boundary) = &policies.boundary {
                layers.push((Layer::Boundary, Kind::Identity, std::slice::from_ref(boundary)));
            }
        }
        if !policies.session.is_empty() {
            layers.push((Layer::Session, Kind::Identity, &policies.session));
        }
    }
    let levels = policies.rcps.iter().enumerate();
    layers
        .extend(levels.map(|(level, documents)| (Layer::ResourceControl(level), Kind::Resource, documents.as_slice())));
    if let Some(resource) = &policies.resource {
        let kind = if is_role_trust(&request.action) { Kind::Trust } else { Kind::Resource };
        layers.push((Layer::Resource, kind, std::slice::from_ref(resource)));
    }
    layers
}

/// Whether all layers that have to allow do, and those that do not.
pub(super) fn allowed(policies: &Policies, request: &Request, layers: &[(Layer, Grants)]) -> (Holds, Vec<Layer>) {
    let says = Says { policies, request, layers };
    let limits =
        layers.iter().filter(|(layer, _)| matches!(layer, Layer::ServiceControl(_) | Layer::ResourceControl(_)));
    let mut missing: Vec<Layer> =
        limits.clone().filter(|(_, grants)| grants.any() == Holds::No).map(|(layer, _)| *layer).collect();
    let limited = limits.fold(Holds::Yes, |holds, (_, grants)| holds.and(grants.any()));
    let granted = match &request.principal {
        principal if !principal.has_identity_policies() => says.resource(&mut missing),
        _ if request.is_within_an_account() => says.within_an_account(&mut missing),
        _ => says.across_accounts(&mut missing),
    };
    (limited.and(granted), missing)
}

/// What the layers say.
struct Says<'a> {
    policies: &'a Policies,
    request: &'a Request,
    layers: &'a [(Layer, Grants)],
}

impl Says<'_> {
    fn grants(&self, wanted: Layer) -> Option<Grants> {
        self.layers.iter().find(|(layer, _)| *layer == wanted).map(|(_, grants)| *grants)
    }

    /// What the resource's policy grants. Keys and roles always have one: where it is not given, nobody knows.
    fn resource_grants(&self) -> Grants {
        let mut grants = self.grants(Layer::Resource).unwrap_or_default();
        if self.policies.resource.is_none() && needs_resource_policy(self.request) {
            grants.itself.0 = Holds::Perhaps;
            grants.account.0 = Holds::Perhaps;
        }
        grants
    }

    fn resource(&self, missing: &mut Vec<Layer>) -> Holds {
        let granted = self.resource_grants().any();
        note(missing, Layer::Resource, granted)
    }

    /// The boundary and the session policies, which limit what identity policies grant.
    fn limits(&self, missing: &mut Vec<Layer>) -> Holds {
        let layers = [Layer::Boundary, Layer::Session];
        let present = layers.into_iter().filter_map(|layer| Some((layer, self.grants(layer)?)));
        present.fold(Holds::Yes, |holds, (layer, grants)| holds.and(note(missing, layer, grants.any())))
    }

    /// What the principal's side grants.
    fn identity(&self, missing: &mut Vec<Layer>) -> Holds {
        let granted = match &self.request.principal {
            // The root user may do everything that nothing denies.
            Principal::Root { .. } => Holds::Yes,
            // A federated session without session policies may do nothing.
            Principal::FederatedUser { .. } if self.policies.session.is_empty() => Holds::No,
            _ => self.grants(Layer::Identity).unwrap_or_default().any(),
        };
        note(missing, Layer::Identity, granted).and(self.limits(missing))
    }

    /// Within an account either side is enough. The resource's is limited by the boundary and the session where it names
    /// the role, and by nothing where it names the user, the session or everybody; naming the account only leaves the
    /// decision to the account. A key or a role has to allow in any case.
    fn within_an_account(&self, missing: &mut Vec<Layer>) -> Holds {
        let resource = self.resource_grants();
        let direct = resource.itself.0.or(resource.role.0.and(self.limits(&mut Vec::new())));
        let mut delegated = self.identity(missing);
        if needs_resource_policy(self.request) {
            delegated = delegated.and(note(missing, Layer::Resource, resource.any()));
        }
        direct.or(delegated)
    }

    /// Across accounts both sides have to allow.
    fn across_accounts(&self, missing: &mut Vec<Layer>) -> Holds {
        let identity = self.identity(missing);
        identity.and(self.resource(missing))
    }
}

fn note(missing: &mut Vec<Layer>, layer: Layer, holds: Holds) -> Holds {
    if holds == Holds::No && !missing.contains(&layer) {
        missing.push(layer);
    }
    holds
}

/// Whether the resource is one whose own policy has to allow: a role that is taken, or a key.
fn needs_resource_policy(request: &Request) -> bool {
    let is_key = request.action.to_ascii_lowercase().starts_with("kms:")
        && Arn::parse(&request.resource).is_some_and(|arn| arn.resource.starts_with("key/"));
    is_key || is_role_trust(&request.action)
}

fn is_role_trust(action: &str) -> bool {
    let action = action.to_ascii_lowercase();
    ["sts:assumerole", "sts:tagsession", "sts:setsourceidentity"].iter().any(|start| action.starts_with(start))
}

/// Why an outcome is not known although all was read.
pub(super) fn undefined() -> Arc<Unread> {
    let detail = "AWS does not define a comparison on which the decision rests, or a policy or key is not given";
    Arc::new(Unread::new(UnreadReason::ControlError, "", detail))
}
