//! Questions about IAM policies. What a policy means is said in [`crate::policy`]; here is how the language asks.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use super::call::{Argument, Call, Outcome, Returned};
use super::signature::{Named, Parameter};
use super::world::{world, world_of, world_of_policy, world_with};
use crate::doc::Doc;
use crate::expr::items::items_of;
use crate::expr::typing::Class;
use crate::expr::value::{Value, mistake};
use crate::policy::{
    AccessPoint, Answer, Context, Document, Escalation, Network, Outsiders, Policies, Policy, Principal, Request, Why,
    escalations,
};
use crate::reason::Unread;
use crate::witness::{Witness, quoted};

const TEXT: Parameter = Parameter::Of(&[Class::Text]);
const BOOL: Parameter = Parameter::Of(&[Class::Bool]);

const fn option(name: &'static str, value: Parameter) -> Named {
    Named { name, value, is_required: false }
}

/// Who counts as an outsider.
pub(super) const OUTSIDERS: &[Named] = &[
    option("services", Parameter::Texts),
    option("except", Parameter::Texts),
    option("takeover", BOOL),
    option("accounts", Parameter::Texts),
    option("organization", BOOL),
    option("strangers", BOOL),
];

/// A request.
pub(super) const REQUEST: &[Named] = &[
    Named { name: "principal", value: TEXT, is_required: true },
    Named { name: "action", value: TEXT, is_required: true },
    Named { name: "resource", value: TEXT, is_required: true },
    option("context", Parameter::Of(&[Class::Map])),
];

/// An access point of S3.
pub(super) const ACCESS_POINT: &[Named] = &[
    Named { name: "arn", value: TEXT, is_required: true },
    Named { name: "bucket", value: TEXT, is_required: true },
    Named { name: "policy", value: Parameter::Of(&[Class::Text, Class::Map]), is_required: true },
    option("vpc", TEXT),
];

/// Policies that limit those of a principal.
pub(super) const LIMITS: &[Named] =
    &[option("boundary", Parameter::Of(&[Class::Text, Class::Map])), option("scps", Parameter::Of(&[Class::List]))];

/// What a policy about transport is of.
pub(super) const TRANSPORT: &[Named] = &[option("service", TEXT)];

pub(super) fn policy<'a>(call: &Call<'_, 'a>) -> Outcome<'a> {
    let doc = call.doc(0)?;
    let Cow::Borrowed(doc) = doc else { return Ok(Value::Policy(Rc::new(Policy::parse(&doc))).into()) };
    let known =
        call.policies.borrow().iter().find(|(known, _)| std::ptr::eq(*known, doc)).map(|(_, known)| Rc::clone(known));
    let policy = known.unwrap_or_else(|| {
        let policy = Rc::new(Policy::parse(doc));
        call.policies.borrow_mut().push((doc, Rc::clone(&policy)));
        policy
    });
    Ok(Value::Policy(policy).into())
}

pub(super) fn denies_insecure_transport<'a>(call: &Call<'_, 'a>) -> Outcome<'a> {
    let service: Option<String> = call.option("service")?;
    answered(call.get::<&Policy>(0)?.denies_insecure_transport(service.as_deref(), &world(call)))
}

pub(super) fn is_public<'a>(call: &Call<'_, 'a>) -> Outcome<'a> {
    let policy = call.get::<&Policy>(0)?;
    answered(policy.is_public(&outsiders(call)?, &world_of_policy(call, policy)))
}

pub(super) fn access_point<'a>(call: &Call<'_, 'a>) -> Outcome<'a> {
    let named = |option: &str| call.option::<String>(option)?.ok_or_else(|| mistake(&format!("it has no {option}")));
    let vpc: Option<String> = call.option("vpc")?;
    let point = AccessPoint {
        arn: named("arn")?,
        bucket: named("bucket")?,
        network: vpc.map_or(Network::Internet, Network::Vpc),
    };
    // A policy that was not read makes answers unknown where they depend on it.
    let policy = call.value(0).member("policy").to_doc().into_owned();
    Ok(Value::Policy(Rc::new(Policy::of_access_point(point, &policy))).into())
}

pub(super) fn is_public_through<'a>(call: &Call<'_, 'a>) -> Outcome<'a> {
    let (policy, of_point) = (call.get::<&Policy>(0)?, call.get::<&Policy>(1)?);
    let named: Vec<String> = policy.accounts().into_iter().chain(of_point.accounts()).collect();
    let world = world_of(call, named.iter().map(String::as_str));
    answered(policy.is_public_through(of_point, &outsiders(call)?, &world))
}

pub(super) fn access_point_accounts<'a>(call: &Call<'_, 'a>) -> Outcome<'a> {
    let policy = call.get::<&Policy>(0)?;
    let accounts = policy.access_point_accounts(&outsiders(call)?, &world_of_policy(call, policy))?;
    let accounts = accounts.iter().map(|account| Doc::from(account.as_str()));
    Ok(Value::made(Doc::List(accounts.collect())).into())
}

pub(super) fn trusts_anyone<'a>(call: &Call<'_, 'a>) -> Outcome<'a> {
    let policy = call.get::<&Policy>(0)?;
    answered(policy.trusts_anyone(&outsiders(call)?, &world_of_policy(call, policy)))
}

pub(super) fn allows_full_admin<'a>(call: &Call<'_, 'a>) -> Outcome<'a> {
    answered(call.get::<&Policy>(0)?.allows_full_admin(&world(call)))
}

pub(super) fn allows_service<'a>(call: &Call<'_, 'a>) -> Outcome<'a> {
    answered(call.get::<&Policy>(0)?.allows_service(call.get(1)?, &world(call)))
}

pub(super) fn allows_service_for_anyone<'a>(call: &Call<'_, 'a>) -> Outcome<'a> {
    answered(call.get::<&Policy>(0)?.allows_service_for_anyone(call.get(1)?, &world(call)))
}

pub(super) fn allows_action<'a>(call: &Call<'_, 'a>) -> Outcome<'a> {
    answered(call.get::<&Policy>(0)?.allows_action(call.get(1)?, &world(call)))
}

pub(super) fn grants_account_outside<'a>(call: &Call<'_, 'a>) -> Outcome<'a> {
    let accounts: Vec<String> = call.get(1)?;
    answered(call.get::<&Policy>(0)?.grants_account_outside(&accounts, &world(call)))
}

pub(super) fn allows<'a>(call: &Call<'_, 'a>) -> Outcome<'a> {
    let named: String = call.option("principal")?.unwrap_or_default();
    let principal = Principal::parse(&named);
    let context = condition_keys(call)?;
    let principal = principal.ok_or_else(|| mistake(&format!("{} is no principal", quoted(&named))))?;
    let world = world_with(call, principal.account());
    let request = Request {
        principal,
        action: call.option("action")?.unwrap_or_default(),
        resource: call.option("resource")?.unwrap_or_default(),
        resource_account: world.account.clone(),
        context,
    };
    answered(call.get::<&Policy>(0)?.allows(&world.with_organization_of(request), &world))
}

/// The condition keys of the option `context`.
pub(super) fn condition_keys(call: &Call<'_, '_>) -> Result<Context, Arc<Unread>> {
    let mut context = Context::new();
    let given: Doc = call.option("context")?.unwrap_or_default();
    for (key, values) in given.as_map().into_iter().flat_map(|map| map.iter()) {
        let values = match values {
            Doc::Null => Vec::new(),
            Doc::List(items) => items.iter().map(text).collect::<Result<_, _>>()?,
            value => vec![text(value)?],
        };
        context.set(key.as_str(), values);
    }
    Ok(context)
}

/// A value of a condition key.
fn text(value: &Doc) -> Result<String, Arc<Unread>> {
    match value {
        Doc::String(text) => Ok(text.to_string()),
        Doc::Bool(value) => Ok(value.to_string()),
        Doc::Int(value) => Ok(value.to_string()),
        Doc::Double(value) => Ok(value.to_string()),
        Doc::Unread(unread) => Err(Arc::clone(unread)),
        _ => Err(mistake("a condition key has texts, numbers or booleans")),
    }
}

/// Whether the principal of some policies can give itself more than they grant, and is not held within a boundary.
pub(super) fn escalates<'a>(call: &Call<'_, 'a>) -> Outcome<'a> {
    let documents = |value: &Value<'_>| -> Result<Vec<Document>, Arc<Unread>> {
        let given: Vec<Doc> = items_of(value)?.iter().map(|item| Doc::take(&item)).collect::<Result<_, _>>()?;
        let mut found = Vec::new();
        given.iter().for_each(|doc| flatten(doc, &mut found));
        Ok(found)
    };
    let boundary: Option<Doc> = call.option("boundary")?;
    let levels: Doc = call.option("scps")?.unwrap_or_default();
    let level = |level: &Doc| match level {
        Doc::List(documents) => documents.iter().map(Document::parse).collect(),
        document => vec![Document::parse(document)],
    };
    let policies = Policies {
        identity: documents(call.value(0))?,
        boundary: boundary.as_ref().map(Document::parse),
        scps: levels.as_list().unwrap_or_default().iter().map(level).collect(),
        ..Policies::default()
    };
    let found = escalations(&policies, &world(call))?;
    Ok(match found.iter().find(|escalation| !escalation.is_bounded) {
        Some(escalation) => Returned::from(true).because(shown(escalation)),
        None => false.into(),
    })
}

/// The documents of a list, of lists in it, and so on.
fn flatten(doc: &Doc, into: &mut Vec<Document>) {
    match doc {
        Doc::List(items) => items.iter().for_each(|item| flatten(item, into)),
        document => into.push(Document::parse(document)),
    }
}

fn shown(escalation: &Escalation) -> Witness {
    let steps = Why::All(escalation.steps.clone());
    let sentence = format!("{}: {}", escalation.route, steps.sentence());
    let requests = steps.shown().and_then(|shown| shown.parts().get("requests").cloned()).unwrap_or_default();
    Witness::new(sentence).with("route", escalation.route.as_str()).with("requests", requests)
}

fn outsiders(call: &Call<'_, '_>) -> Result<Outsiders, Arc<Unread>> {
    Ok(Outsiders {
        services: call.option("services")?.unwrap_or_default(),
        trusted_services: call.option("except")?.unwrap_or_default(),
        takeover: call.option("takeover")?.unwrap_or_default(),
        accounts: call.option("accounts")?,
        members_are_inside: call.option("organization")? == Some(true),
        only_named: call.option("strangers")? == Some(false),
    })
}

/// An answer, with what it rests on.
fn answered<'a>(answer: Answer) -> Outcome<'a> {
    let (value, why) = match answer {
        Answer::Yes(why) => (true, why),
        Answer::No(why) => (false, why),
        Answer::Unknown(unread) => return Err(unread),
    };
    let returned = Returned::from(value);
    Ok(match why.shown() {
        Some(witness) => returned.because(witness),
        None => returned,
    })
}
