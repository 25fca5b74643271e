//! The engine's decision on what the reference decides: the same JSON, read by the engine's own parser.

use plumbline_baseline::Doc;
use plumbline_baseline::policy::{Answer, Outsiders, Policy, Why};
use plumbline_baseline::policy::{Context, Document, Outcome, Policies, Principal, Request, World, decide};
use serde_json::Value;

use crate::attached::Attached;
use crate::reference::{self, Decision};

/// What the engine says of a question.
pub(crate) fn decision(policies: &reference::Policies, request: &reference::Request) -> Decision {
    Parsed::of(policies).decision(request)
}

/// Policies as the engine has read them.
pub(crate) struct Parsed(Policies);

impl Parsed {
    pub(crate) fn of(policies: &reference::Policies) -> Self {
        let all = |documents: &Vec<Value>| documents.iter().map(document).collect();
        Self(Policies {
            identity: all(&policies.identity),
            // The question is complete: a resource without a policy has an empty one.
            resource: Some(document(policies.resource.as_ref().unwrap_or(&Value::Null))),
            boundary: policies.boundary.as_ref().map(document),
            session: policies.session.iter().map(document).collect(),
            scps: policies.scps.iter().map(all).collect(),
            rcps: Vec::new(),
        })
    }

    pub(crate) fn decision(&self, request: &reference::Request) -> Decision {
        let asked = request_of(request);
        // The engine leaves it to the one who asks to leave out what does not concern the caller.
        let outcome = if request.caller.is_service_linked() {
            decide(&Policies { scps: Vec::new(), ..self.0.clone() }, &asked).outcome
        } else {
            decide(&self.0, &asked).outcome
        };
        match outcome {
            Outcome::Allow => Decision::Allow,
            Outcome::ExplicitDeny => Decision::ExplicitDeny,
            Outcome::ImplicitDeny => Decision::ImplicitDeny,
            Outcome::Unknown => Decision::Unknown,
        }
    }
}

/// What the search says: whether a stranger gets through.
pub(crate) enum Found {
    /// This request does.
    Open(Box<reference::Request>),
    /// None does.
    Closed,
    Unknown,
}

/// Asks the search whether a resource's policy lets a stranger in.
pub(crate) fn search(policy: &Value, attached: &Attached, account: &str) -> Found {
    let policy = Policy::parse(&Doc::from_json(&policy.to_string()).expect("what was a JSON value is JSON"));
    let world = World { account: Some(account.to_owned()), ..World::default() };
    let answer = match attached.is_trust() {
        true => policy.trusts_anyone(&Outsiders::default(), &world),
        false => policy.is_public(&Outsiders::default(), &world),
    };
    match answer {
        Answer::Yes(Why::Witness(witness)) => Found::Open(Box::new(of_engine(&witness.request, account))),
        Answer::Yes(other) => panic!("a policy is public without a witness: {other:?}"),
        Answer::No(_) => Found::Closed,
        Answer::Unknown(_) => Found::Unknown,
    }
}

/// A request of the engine, for the reference.
fn of_engine(request: &Request, account: &str) -> reference::Request {
    let caller = match &request.principal {
        Principal::Anonymous => "anonymous".to_owned(),
        Principal::Root { account } => format!("arn:aws:iam::{account}:root"),
        Principal::Role { arn, session: Some(session) } => {
            let (account, role) =
                (arn.split(':').nth(4).unwrap_or_default(), arn.rsplit('/').next().unwrap_or_default());
            format!("arn:aws:sts::{account}:assumed-role/{role}/{session}")
        }
        Principal::User { arn } | Principal::Role { arn, session: None } | Principal::FederatedUser { arn } => {
            arn.clone()
        }
        Principal::Service { name } => name.clone(),
        Principal::Federated { provider } => provider.clone(),
        Principal::CanonicalUser { id } => panic!("a canonical user {id} is no stranger"),
    };
    reference::Request {
        caller: reference::Caller::read(&caller, &request.action),
        action: request.action.clone(),
        resource: request.resource.clone(),
        resource_account: Some(account.to_owned()),
        context: reference::Context::of(request.context.iter().map(|(key, values)| (key.to_owned(), values.to_vec()))),
    }
}

fn document(json: &Value) -> Document {
    Document::parse(&Doc::from_json(&json.to_string()).expect("what was a JSON value is JSON"))
}

fn request_of(request: &reference::Request) -> Request {
    let mut context = Context::new();
    for (key, values) in request.context.iter() {
        context.set(key, values);
    }
    let principal = match &request.caller {
        reference::Caller::Anonymous => Principal::Anonymous,
        reference::Caller::Service(name) => Principal::Service { name: name.clone() },
        reference::Caller::Provider(provider) => Principal::Federated { provider: provider.clone() },
        reference::Caller::Aws(arn) => Principal::parse(&arn.text).expect("the callers of the tests are principals"),
    };
    Request {
        principal,
        action: request.action.clone(),
        resource: request.resource.clone(),
        resource_account: request.resource_account.clone(),
        context,
    }
}
