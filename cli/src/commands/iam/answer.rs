//! A decision as JSON, and the names of the parts of an answer.

use plumbline_baseline::policy::{Deciding, Decision, Layer, Outcome};
use serde_json::{Value, json};

/// The decision as programs read it.
pub(super) fn json(decision: &Decision) -> Value {
    let mut answer = json!({
        "decision": name(decision.outcome),
        "statements": decision.statements.iter().map(statement).collect::<Vec<_>>(),
    });
    if decision.outcome == Outcome::ImplicitDeny {
        answer["missing"] = decision.missing.iter().map(|layer| policy(*layer)).collect();
    }
    if let Some(unread) = &decision.unread {
        answer["reason"] = json!(unread.detail);
    }
    answer
}

/// The words of the machine interface.
pub(super) fn name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Allow => "allow",
        Outcome::ExplicitDeny => "explicit_deny",
        Outcome::ImplicitDeny => "implicit_deny",
        Outcome::Unknown => "unknown",
    }
}

/// A statement: where it stands, and what it does.
pub(super) fn statement(deciding: &Deciding) -> Value {
    let mut place = policy(deciding.layer);
    place["document"] = json!(deciding.document);
    place["statement"] = json!(deciding.statement);
    place["effect"] = json!(if deciding.allows { "Allow" } else { "Deny" });
    place
}

/// A kind of policy, with its level where it has levels.
pub(super) fn policy(layer: Layer) -> Value {
    match layer {
        Layer::Identity => json!({ "policy": "identity" }),
        Layer::Resource => json!({ "policy": "resource" }),
        Layer::Boundary => json!({ "policy": "boundary" }),
        Layer::Session => json!({ "policy": "session" }),
        Layer::ServiceControl(level) => json!({ "policy": "scp", "level": level }),
        Layer::ResourceControl(level) => json!({ "policy": "rcp", "level": level }),
    }
}
