//! Policies held against one request, by the evaluator alone: what the search finds is checked here.

use super::{Layers, Obstacle};
use crate::policy::document::Effect;
use crate::policy::evaluate::{Asked, Canonical, Holds, applies};
use crate::policy::limits;
use crate::policy::request::Request;

/// What policies say of one request.
pub(crate) enum Verdict {
    /// It gets through, by these statements, one of each layer.
    Allowed(Vec<String>),
    /// It does not.
    Stopped(Obstacle),
    /// AWS does not define a comparison on which it rests.
    Undefined,
}

/// The statements that let a request through, one of each layer; none if it does not get through for certain.
pub(crate) fn allowing(request: &Request, layers: &Layers<'_>) -> Option<Vec<String>> {
    match verdict(request, layers, Canonical::Others) {
        Verdict::Allowed(statements) => Some(statements),
        Verdict::Stopped(_) | Verdict::Undefined => None,
    }
}

/// Holds a request against policies, of which one statement of each layer has to allow.
pub(crate) fn verdict(request: &Request, layers: &Layers<'_>, canonical: Canonical) -> Verdict {
    let asked = Asked {
        principal: &request.principal,
        has_boundary: false,
        canonical,
        action: &request.action,
        resource: &request.resource,
        facts: &request.context,
    };
    let mut allowing: Vec<(Holds, String)> = vec![(Holds::No, String::new()); layers.layers];
    let mut denied = (Holds::No, Vec::new());
    let concerned = match limits::spares(&request.action) {
        true => &layers.statements[..layers.limits_from],
        false => &layers.statements,
    };
    for (layer, statement) in concerned {
        let holds = applies(statement, &asked).0;
        let known = &mut allowing[*layer];
        match statement.effect {
            Effect::Deny if holds > Holds::No => denied = (denied.0.or(holds), vec![statement.name.clone()]),
            Effect::Allow if holds > known.0 => *known = (holds, statement.name.clone()),
            Effect::Deny | Effect::Allow => {}
        }
    }
    let allowed = allowing.iter().fold(Holds::Yes, |allowed, (holds, _)| allowed.and(*holds));
    match (denied.0, if layers.denials_only { Holds::Yes } else { allowed }) {
        (Holds::Yes, _) => Verdict::Stopped(Obstacle::Denied(denied.1)),
        (_, Holds::No) => Verdict::Stopped(Obstacle::NotNamed),
        (Holds::No, Holds::Yes) if layers.denials_only => Verdict::Allowed(Vec::new()),
        (Holds::No, Holds::Yes) => Verdict::Allowed(allowing.into_iter().map(|(_, name)| name).collect()),
        _ => Verdict::Undefined,
    }
}
