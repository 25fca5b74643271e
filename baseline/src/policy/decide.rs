//! The decision on a concrete request over all policies that apply to it, by AWS's evaluation logic: an explicit deny
//! anywhere wins; then every level of service control policies has to allow, and within an account the identity or the
//! resource policy, across accounts both. The rules stand in `rules`.

mod rules;

use std::sync::Arc;

use super::document::{Document, Effect, Kind, Statement};
use super::evaluate::{Asked, Canonical, Degree, Holds, applies, could_apply};
use super::request::Request;
use crate::reason::Unread;

/// The policies that apply to a request.
#[derive(Clone, Debug, Default)]
pub struct Policies {
    /// Of the user and its groups, or of the role.
    pub identity: Vec<Document>,
    /// Of the resource, where it has one.
    pub resource: Option<Document>,
    /// The permissions boundary of the user or role.
    pub boundary: Option<Document>,
    /// Service control policies: one list for each level, from the root down to the account. Leave them out for the
    /// management account and for service-linked roles, to which they do not apply.
    pub scps: Vec<Vec<Document>>,
    /// Resource control policies of the resource's account, by level.
    pub rcps: Vec<Vec<Document>>,
    /// Passed when the session was made; empty where none was.
    pub session: Vec<Document>,
}

/// A kind of policy, which has to allow or may deny.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// Service control policies of one level, the root being level 0.
    ServiceControl(usize),
    /// Resource control policies of one level.
    ResourceControl(usize),
    /// The policy of the resource.
    Resource,
    /// The policies of the principal.
    Identity,
    /// The permissions boundary.
    Boundary,
    /// The session policies.
    Session,
}

impl Layer {
    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::ServiceControl(_) => "service control policy",
            Self::ResourceControl(_) => "resource control policy",
            Self::Resource => "resource policy",
            Self::Identity => "identity policy",
            Self::Boundary => "permissions boundary",
            Self::Session => "session policy",
        }
    }
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is allowed.
    Allow,
    /// A statement denies it.
    ExplicitDeny,
    /// Nothing allows it.
    ImplicitDeny,
    /// It depends on what was not read, is malformed, or is not defined.
    Unknown,
}

/// A statement that had a part in a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deciding {
    /// The kind of policy that it stands in.
    pub layer: Layer,
    /// The number of the document in its layer, from 0.
    pub document: usize,
    /// Its `Sid`, or its number from 0.
    pub statement: String,
    /// Whether it allows.
    pub allows: bool,
}

/// The decision on a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// What becomes of it.
    pub outcome: Outcome,
    /// The statements that decided: those that deny, or those that allow.
    pub statements: Vec<Deciding>,
    /// The layers that would have to allow and do not, for an implicit deny.
    pub missing: Vec<Layer>,
    /// Why it is not known, for an unknown outcome.
    pub unread: Option<Arc<Unread>>,
}

/// Decides a request.
pub fn decide(policies: &Policies, request: &Request) -> Decision {
    let survey = Survey::of(policies, request);
    if survey.denied == Holds::Yes {
        let statements = survey.deciding.into_iter().filter(|each| !each.allows).collect();
        return Decision { outcome: Outcome::ExplicitDeny, statements, missing: Vec::new(), unread: None };
    }
    let (allowed, missing) = rules::allowed(policies, request, &survey.layers);
    let is_allowed = allowed.and(survey.denied.not());
    let statements = match is_allowed {
        Holds::Yes => survey.deciding.into_iter().filter(|each| each.allows).collect(),
        _ => Vec::new(),
    };
    let (outcome, unread) = match is_allowed {
        Holds::Yes => (Outcome::Allow, None),
        Holds::No => (Outcome::ImplicitDeny, None),
        Holds::Perhaps => (Outcome::Unknown, Some(survey.unread.unwrap_or_else(rules::undefined))),
    };
    let missing = if outcome == Outcome::ImplicitDeny { missing } else { Vec::new() };
    Decision { outcome, statements, missing, unread }
}

/// What every layer says of a request.
struct Survey {
    layers: Vec<(Layer, Grants)>,
    denied: Holds,
    deciding: Vec<Deciding>,
    unread: Option<Arc<Unread>>,
}

/// Whether a layer allows, by how directly its statements name the principal.
#[derive(Clone, Copy, Debug, Default)]
struct Grants {
    account: Allowed,
    role: Allowed,
    itself: Allowed,
}

/// [`Holds`], beginning with no.
#[derive(Clone, Copy, Debug)]
struct Allowed(Holds);

impl Default for Allowed {
    fn default() -> Self {
        Self(Holds::No)
    }
}

impl Grants {
    fn add(&mut self, degree: Degree, holds: Holds) {
        let slot = match degree {
            Degree::Account => &mut self.account,
            Degree::Role => &mut self.role,
            Degree::Itself => &mut self.itself,
        };
        slot.0 = slot.0.or(holds);
    }

    fn any(self) -> Holds {
        self.account.0.or(self.role.0).or(self.itself.0)
    }
}

impl Survey {
    fn of(policies: &Policies, request: &Request) -> Self {
        let mut survey = Self { layers: Vec::new(), denied: Holds::No, deciding: Vec::new(), unread: None };
        for (layer, kind, documents) in rules::layers(policies, request) {
            let mut grants = Grants::default();
            for (number, document) in documents.iter().enumerate() {
                survey.read((layer, kind), number, document, policies, request, &mut grants);
                if document.unread().is_some() {
                    // What is not known may be a statement of either effect.
                    survey.denied = survey.denied.or(Holds::Perhaps);
                    for degree in [Degree::Account, Degree::Role, Degree::Itself] {
                        grants.add(degree, Holds::Perhaps);
                    }
                }
                survey.unread = survey.unread.take().or_else(|| document.unread_as(kind));
            }
            survey.layers.push((layer, grants));
        }
        survey
    }

    fn read(
        &mut self,
        (layer, kind): (Layer, Kind),
        document: usize,
        statements: &Document,
        policies: &Policies,
        request: &Request,
        grants: &mut Grants,
    ) {
        let asked = Asked {
            principal: &request.principal,
            has_boundary: policies.boundary.is_some(),
            canonical: Canonical::Anybody,
            action: &request.action,
            resource: &request.resource,
            facts: &request.context,
        };
        for statement in statements.statements() {
            let (holds, degree) = match statement.misfit(kind) {
                // What AWS would refuse in this place says nothing for certain.
                Some(_) => (could_apply(statement, &asked), Degree::Itself),
                None => {
                    let (holds, named) = applies(statement, &asked);
                    (holds, named.degree)
                }
            };
            match statement.effect {
                Effect::Allow => grants.add(degree, holds),
                Effect::Deny => self.denied = self.denied.or(holds),
            }
            if holds == Holds::Yes {
                self.deciding.push(deciding(layer, document, statement));
            }
        }
    }
}

fn deciding(layer: Layer, document: usize, statement: &Statement) -> Deciding {
    Deciding { layer, document, statement: statement.name.clone(), allows: statement.allows() }
}

#[cfg(test)]
mod tests;
