//! Whether a statement of a policy applies to a request: its elements are ANDed.
//!
//! `reference_policies_elements.html` and `reference_policies_grammar.html`.

use serde_json::{Map, Value};

use super::Request;
use super::condition;
use super::context::texts;
use super::pattern::{self, Missing, Piece};
use super::principal::{self, Meant, Named};
use super::truth::Truth::{self, No, Undecided, Yes};
use super::truth::{all, any};

/// The effect of a statement, where it has one that AWS knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    Allow,
    Deny,
    Unclear,
}

/// What a statement says about a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Verdict {
    pub(crate) effect: Effect,
    pub(crate) applies: Truth,
    pub(crate) named: Named,
}

/// Where a policy is attached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// To a principal, as identity policy, boundary, session policy or SCP: it has no Principal.
    Identity,
    /// To a resource: it has one.
    Resource,
}

const UNCLEAR: Verdict = Verdict { effect: Effect::Unclear, applies: Undecided, named: Named::Directly };

/// What each statement of a document says. A document that AWS would refuse may say anything.
pub(crate) fn verdicts(document: &Value, kind: Kind, request: &Request, has_boundary: bool) -> Vec<Verdict> {
    let Some(fields) = document.as_object() else { return vec![UNCLEAR] };
    let has_variables = match fields.get("Version").map(|version| version.as_str()) {
        Some(Some("2012-10-17")) => true,
        None | Some(Some("2008-10-17")) => false,
        _ => return vec![UNCLEAR],
    };
    if fields.keys().any(|name| !["Version", "Id", "Statement"].contains(&name.as_str())) {
        return vec![UNCLEAR];
    }
    let statements = match fields.get("Statement") {
        Some(Value::Array(statements)) => statements.as_slice(),
        Some(statement) => std::slice::from_ref(statement),
        None => return vec![UNCLEAR],
    };
    let place = Place { kind, has_variables, has_boundary };
    statements
        .iter()
        .map(|statement| statement.as_object().map_or(UNCLEAR, |fields| place.read(fields, request)))
        .collect()
}

struct Place {
    kind: Kind,
    has_variables: bool,
    has_boundary: bool,
}

const ELEMENTS: [&str; 9] =
    ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];

impl Place {
    fn read(&self, fields: &Map<String, Value>, request: &Request) -> Verdict {
        if fields.keys().any(|name| !ELEMENTS.contains(&name.as_str())) {
            return UNCLEAR;
        }
        let effect = match fields.get("Effect").and_then(Value::as_str) {
            Some("Allow") => Effect::Allow,
            Some("Deny") => Effect::Deny,
            _ => return UNCLEAR,
        };
        let meant = self.principal(fields, effect, request);
        let conditions = fields
            .get("Condition")
            .map_or(Yes, |element| condition::holds(element, &request.context, self.has_variables));
        let applies = all([meant.truth, action(fields, request), self.resource(fields, request), conditions]);
        Verdict { effect, applies, named: meant.named }
    }

    fn principal(&self, fields: &Map<String, Value>, effect: Effect, request: &Request) -> Meant {
        let (truth, named) = (Undecided, Named::Directly);
        match (self.kind, fields.get("Principal"), fields.get("NotPrincipal")) {
            (Kind::Identity, None, None) => Meant { truth: Yes, named },
            (Kind::Resource, Some(element), None) => principal::meant(element, &request.caller),
            // Trust policies have no NotPrincipal.
            (Kind::Resource, None, Some(element)) if !request.is_about_trust() => {
                principal::meant_by_exclusion(element, &request.caller, effect == Effect::Deny, self.has_boundary)
            }
            _ => Meant { truth, named },
        }
    }

    fn resource(&self, fields: &Map<String, Value>, request: &Request) -> Truth {
        match (fields.get("Resource"), fields.get("NotResource")) {
            (Some(element), None) => self.one_of(element, request),
            (None, Some(element)) => self.one_of(element, request).not(),
            // A trust policy, and some other policies of resources, are about the resource that they belong to.
            (None, None) if self.kind == Kind::Resource => Yes,
            _ => Undecided,
        }
    }

    fn one_of(&self, element: &Value, request: &Request) -> Truth {
        match texts(element) {
            Some(wanted) if !wanted.is_empty() => any(wanted.iter().map(|wanted| self.is_resource(wanted, request))),
            _ => Undecided,
        }
    }

    /// `reference_policies_elements_resource.html`. Whether a `*` in one part reaches into the next is not said there.
    fn is_resource(&self, wanted: &str, request: &Request) -> Truth {
        if wanted == "*" {
            return Yes;
        }
        let parts = wanted.split("${").next().unwrap_or_default().split(':').count();
        let has_early_variable = self.has_variables && wanted.contains("${") && parts < 6;
        if !wanted.starts_with("arn:") || has_early_variable {
            return Undecided;
        }
        let wanted = match self.kind {
            // "AWS automatically completes the ARN by adding wildcard characters to all missing fields."
            Kind::Identity if parts < 6 => wanted.to_owned() + &":*".repeat(6 - parts),
            Kind::Resource if parts < 6 => return Undecided,
            _ => wanted.to_owned(),
        };
        let pattern = if self.has_variables {
            pattern::with_variables(&wanted, &request.context)
        } else {
            Ok(pattern::plain(&wanted))
        };
        pattern.map_or_else(Missing::matches, |pattern| resource_fits(&pattern, &request.resource))
    }
}

fn resource_fits(pattern: &[Piece], resource: &str) -> Truth {
    let as_text = pattern::fits(pattern, &resource.chars().collect::<Vec<_>>());
    Truth::from(as_text).or_read_as(Truth::from(pattern::fits_as_arn(pattern, resource)))
}

/// `reference_policies_elements_action.html`: "the prefix and the action name are case insensitive".
fn action(fields: &Map<String, Value>, request: &Request) -> Truth {
    match (fields.get("Action"), fields.get("NotAction")) {
        (Some(element), None) => one_of_actions(element, request),
        (None, Some(element)) => one_of_actions(element, request).not(),
        _ => Undecided,
    }
}

fn one_of_actions(element: &Value, request: &Request) -> Truth {
    let Some(wanted) = texts(element).filter(|wanted| !wanted.is_empty()) else { return Undecided };
    any(wanted.iter().map(|wanted| {
        if wanted != "*" && wanted.split(':').count() != 2 || wanted.contains("${") {
            return Undecided;
        }
        let action: Vec<char> = request.action.to_ascii_lowercase().chars().collect();
        if pattern::fits(&pattern::plain(&wanted.to_ascii_lowercase()), &action) { Yes } else { No }
    }))
}
