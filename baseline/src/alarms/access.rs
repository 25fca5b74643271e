//! What CloudWatch needs of a topic's policy and of a key's: the one place where alarms ask about policies.

use std::sync::Arc;

use crate::answer::{Answer, text, undecided};
use crate::doc::Doc;
use crate::glob::glob;
use crate::policy::{self, Policy};
use crate::reason::Unread;

const CLOUDWATCH: &str = "cloudwatch.amazonaws.com";

/// The alarm that calls, on whose behalf.
#[derive(Debug)]
pub(super) struct Caller<'a> {
    pub(super) account: &'a str,
    /// Its ARN.
    pub(super) alarm: &'a str,
}

/// Whether an alarm may publish to a topic. A topic without a policy of its own has SNS's default one, which lets the
/// account's alarms in.
pub(super) fn may_publish(policy: &Doc, topic: &str, caller: &Caller<'_>) -> Answer {
    if policy.is_null() {
        return Answer::all([]);
    }
    match admits(policy, "sns:Publish", caller) {
        Answer::No(_) => Answer::No(format!("the policy of the topic {topic} keeps CloudWatch out")),
        answer => answer,
    }
}

/// Whether an alarm may encrypt what it publishes.
pub(super) fn may_use_key(policy: &Doc, key: &str, caller: &Caller<'_>) -> Answer {
    let actions = ["kms:Decrypt", "kms:GenerateDataKey"];
    match Answer::all(actions.map(|action| admits(policy, action, caller))) {
        Answer::No(_) => Answer::No(format!("the key {key} of the topic keeps CloudWatch out")),
        answer => answer,
    }
}

/// Whether a policy lets a caller do something: a statement allows it, and none denies it.
fn admits(policy: &Doc, action: &str, caller: &Caller<'_>) -> Answer {
    let parsed;
    let policy = match policy {
        Doc::String(written) => match Doc::from_json(written) {
            Ok(doc) => {
                parsed = doc;
                &parsed
            }
            Err(_) => return Answer::undecided("a policy is not JSON"),
        },
        Doc::Unread(unread) => return Answer::Unknown(Arc::clone(unread)),
        policy => policy,
    };
    let statements = match policy.get("Statement") {
        Doc::List(statements) => statements.as_slice(),
        one => std::slice::from_ref(one),
    };
    let allowed = Answer::any(statements.iter().map(|each| allows(each, action, caller).into()), "no statement");
    let denied = Answer::any(statements.iter().map(|each| denies(each).into()), "");
    Answer::all([allowed, denied.negated()])
}

fn allows(statement: &Doc, action: &str, caller: &Caller<'_>) -> Result<Answer, Arc<Unread>> {
    let alone = Policy::parse(&Doc::map([("Statement", Doc::List(vec![statement.clone()]))]));
    let names_everybody = is_everybody(statement.get("Principal")) || is_everybody(statement.at("Principal.AWS"));
    let is_named = match answer(alone.allows_service(CLOUDWATCH)) {
        Answer::No(_) if names_everybody => Answer::all([]),
        answer => answer,
    };
    Ok(Answer::all([is_named, answer(alone.allows_action(action)), conditions(statement, caller).into()]))
}

/// A `Deny` that is about requests without TLS does not concern CloudWatch; any other one might.
fn denies(statement: &Doc) -> Result<Answer, Arc<Unread>> {
    if text(statement.get("Effect"))? != Some("Deny") {
        return Ok(Answer::No("nothing is denied".to_owned()));
    }
    let only = statement.get("Condition").as_map().filter(|operators| operators.len() == 1);
    let of_tls = only.and_then(|only| only.get("Bool").or(only.get("BoolIfExists"))).and_then(Doc::as_map);
    if of_tls.is_some_and(|keys| keys.len() == 1 && keys.get("aws:SecureTransport").is_some()) {
        return Ok(Answer::No("what is denied is plain HTTP".to_owned()));
    }
    Err(undecided("whether a Deny of the policy concerns CloudWatch is not decided"))
}

fn is_everybody(principal: &Doc) -> bool {
    match principal {
        Doc::String(name) => &**name == "*",
        Doc::List(names) => names.iter().any(is_everybody),
        _ => false,
    }
}

/// Whether a call of the alarm meets the conditions of a statement.
fn conditions(statement: &Doc, caller: &Caller<'_>) -> Result<Answer, Arc<Unread>> {
    let operators = match statement.get("Condition") {
        Doc::Null => return Ok(Answer::all([])),
        Doc::Map(operators) => operators,
        Doc::Unread(unread) => return Err(Arc::clone(unread)),
        _ => return Err(undecided("a Condition is no structure")),
    };
    let mut answers = Vec::new();
    for (operator, keys) in operators.iter() {
        let keys = keys.as_map().ok_or_else(|| undecided("a Condition is no structure"))?;
        answers
            .extend(keys.iter().map(|(key, wanted)| condition(operator.as_str(), key.as_str(), wanted, caller).into()));
    }
    Ok(Answer::all(answers))
}

fn condition(operator: &str, key: &str, wanted: &Doc, caller: &Caller<'_>) -> Result<Answer, Arc<Unread>> {
    let value = match key.to_ascii_lowercase().as_str() {
        "aws:sourceaccount" | "aws:sourceowner" => caller.account,
        "aws:sourcearn" if !caller.alarm.is_empty() => caller.alarm,
        _ => return Err(undecided(format!("whether CloudWatch meets a condition on {key} is not decided"))),
    };
    let has_wildcards = match operator {
        "StringEquals" => false,
        "StringLike" | "ArnLike" | "ArnEquals" => true,
        _ => return Err(undecided(format!("whether CloudWatch meets a condition with {operator} is not decided"))),
    };
    let wanted = match wanted {
        Doc::List(wanted) => wanted.as_slice(),
        one => std::slice::from_ref(one),
    };
    let meets = |wanted: &Doc| -> Result<Answer, Arc<Unread>> {
        let wanted = text(wanted)?.unwrap_or_default();
        Ok(Answer::is(if has_wildcards { glob(value, wanted) } else { value == wanted }, || {
            format!("{key} is {value}")
        }))
    };
    Ok(Answer::any(wanted.iter().map(|wanted| meets(wanted).into()), "a condition without values"))
}

fn answer(answer: policy::Answer) -> Answer {
    match answer {
        policy::Answer::Yes(statement) => Answer::Yes(format!("the statement {statement} allows it")),
        policy::Answer::No => Answer::No("no statement allows it".to_owned()),
        policy::Answer::Unknown(unread) => Answer::Unknown(unread),
    }
}
