//! The functions of the language. Every one is strict: what was not read stays unknown, and a wrong type is unknown too.

mod network;
mod text;

pub(crate) use text::glob;

use std::rc::Rc;
use std::sync::Arc;

use regex::RegexBuilder;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::Truth;
use super::lower::REGEX_BYTES;
use super::node::Node;
use super::run::{Run, items_of};
use super::typing::Type;
use super::value::{Value, mistake, truth};
use crate::doc::Doc;
use crate::policy::{Answer, Policy};
use crate::reason::{Unread, UnreadReason};

/// A function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Size,
    Contains,
    StartsWith,
    EndsWith,
    Matches,
    LowerAscii,
    Split,
    Int,
    String,
    Double,
    Bool,
    DaysSince,
    Timestamp,
    Glob,
    Arn,
    Tag,
    HasTag,
    OpensPort,
    IsPublicCidr,
    NotVisible,
    Policy,
    DeniesInsecureTransport,
    IsPublic,
    AllowsFullAdmin,
    AllowsService,
    AllowsServiceForAnyone,
    AllowsAction,
    TrustsAnyone,
    GrantsAccountOutside,
}

/// How a function is called. The receiver of `x.f(y)` is the first argument.
#[derive(Debug)]
pub(super) struct Signature {
    pub(super) name: &'static str,
    pub(super) arguments: usize,
    pub(super) function: Function,
}

const fn signature(name: &'static str, arguments: usize, function: Function) -> Signature {
    Signature { name, arguments, function }
}

/// All functions.
pub(super) const FUNCTIONS: &[Signature] = &[
    signature("size", 1, Function::Size),
    signature("contains", 2, Function::Contains),
    signature("startsWith", 2, Function::StartsWith),
    signature("endsWith", 2, Function::EndsWith),
    signature("matches", 2, Function::Matches),
    signature("lowerAscii", 1, Function::LowerAscii),
    signature("split", 2, Function::Split),
    signature("int", 1, Function::Int),
    signature("string", 1, Function::String),
    signature("double", 1, Function::Double),
    signature("bool", 1, Function::Bool),
    signature("days_since", 1, Function::DaysSince),
    signature("timestamp", 1, Function::Timestamp),
    signature("glob", 2, Function::Glob),
    signature("arn", 1, Function::Arn),
    signature("tag", 2, Function::Tag),
    signature("has_tag", 2, Function::HasTag),
    signature("opens_port", 2, Function::OpensPort),
    signature("is_public_cidr", 1, Function::IsPublicCidr),
    signature("not_visible", 1, Function::NotVisible),
    signature("policy", 1, Function::Policy),
    signature("denies_insecure_transport", 1, Function::DeniesInsecureTransport),
    signature("is_public", 1, Function::IsPublic),
    signature("allows_full_admin", 1, Function::AllowsFullAdmin),
    signature("allows_service", 2, Function::AllowsService),
    signature("allows_service_for_anyone", 2, Function::AllowsServiceForAnyone),
    signature("allows_action", 2, Function::AllowsAction),
    signature("trusts_anyone", 1, Function::TrustsAnyone),
    signature("grants_account_outside", 2, Function::GrantsAccountOutside),
];

impl Signature {
    /// Whether it can work with a value of this type as its argument number `index`, the receiver being number 0.
    pub(super) fn accepts(&self, index: usize, kind: &Type) -> bool {
        if matches!(kind, Type::Any) {
            return true;
        }
        match (self.function, index) {
            (Function::Size, _) => kind.may_be_text() || !matches!(kind, Type::Bool | Type::Number | Type::Policy),
            (Function::Tag | Function::HasTag | Function::OpensPort, 0) => {
                !matches!(kind, Type::Bool | Type::Number | Type::String | Type::Enum(..) | Type::Policy)
            }
            (Function::OpensPort, _) => matches!(kind, Type::Number),
            (Function::Int | Function::Double | Function::String | Function::Bool, _) => {
                kind.may_be_text() || matches!(kind, Type::Bool | Type::Number)
            }
            (Function::Policy, _) => !matches!(kind, Type::Bool | Type::Number | Type::List(_) | Type::Policy),
            (
                Function::DeniesInsecureTransport
                | Function::IsPublic
                | Function::AllowsFullAdmin
                | Function::AllowsService
                | Function::AllowsServiceForAnyone
                | Function::AllowsAction
                | Function::TrustsAnyone
                | Function::GrantsAccountOutside,
                0,
            ) => matches!(kind, Type::Policy),
            (Function::GrantsAccountOutside, _) => matches!(kind, Type::List(_)),
            _ => kind.may_be_text(),
        }
    }

    /// What it returns.
    pub(super) fn result(&self) -> Type {
        match self.function {
            Function::Size | Function::Int | Function::Double | Function::DaysSince | Function::Timestamp => {
                Type::Number
            }
            Function::LowerAscii | Function::String | Function::Tag => Type::String,
            Function::Split => Type::List(Box::new(Type::String)),
            Function::Arn => text::arn_type(),
            Function::Policy => Type::Policy,
            _ => Type::Bool,
        }
    }
}

/// Calls a function.
pub(super) fn call<'a>(function: Function, arguments: &'a [Node], run: &mut Run<'a>) -> Value<'a> {
    let mut values: Vec<Value<'a>> = Vec::with_capacity(arguments.len());
    for argument in arguments {
        match run.value(argument) {
            Value::Unknown(unread) => return Value::Unknown(unread),
            value => values.push(value),
        }
    }
    let (first, second) = match values.as_slice() {
        [first, second] => (first, second),
        [first] => (first, &Value::Null),
        _ => return Value::Unknown(mistake("a function without arguments")),
    };
    match function {
        Function::Size => size(first),
        Function::Contains
        | Function::StartsWith
        | Function::EndsWith
        | Function::Matches
        | Function::LowerAscii
        | Function::Split
        | Function::Glob
        | Function::Arn => text::call(function, first, second),
        Function::Int | Function::String | Function::Double | Function::Bool => convert(function, first),
        Function::DaysSince | Function::Timestamp => moment(function, first, run.inputs.now),
        Function::Tag => tag(first, second),
        Function::HasTag => match tag(first, second) {
            Value::Unknown(unread) => Value::Unknown(unread),
            Value::Null => Value::Bool(false),
            _ => Value::Bool(true),
        },
        Function::OpensPort => network::opens_port(first, second).into(),
        Function::IsPublicCidr => network::is_public_cidr(first).into(),
        Function::NotVisible => not_visible(first),
        Function::Policy => Value::Policy(Rc::new(Policy::parse(&first.to_doc()))),
        Function::DeniesInsecureTransport
        | Function::IsPublic
        | Function::AllowsFullAdmin
        | Function::AllowsService
        | Function::AllowsServiceForAnyone
        | Function::AllowsAction
        | Function::TrustsAnyone
        | Function::GrantsAccountOutside => on_policy(function, first, second).into(),
    }
}

fn on_policy(function: Function, policy: &Value<'_>, argument: &Value<'_>) -> Truth {
    let Value::Policy(policy) = policy else {
        return Truth::Unknown(mistake(&format!("{} is no policy: use policy(…)", policy.kind())));
    };
    let answer = match (function, argument) {
        (Function::DeniesInsecureTransport, _) => policy.denies_insecure_transport(),
        (Function::IsPublic, _) => policy.is_public(),
        (Function::AllowsFullAdmin, _) => policy.allows_full_admin(),
        (Function::TrustsAnyone, _) => policy.trusts_anyone(),
        (Function::AllowsService, Value::Str(service)) => policy.allows_service(service),
        (Function::AllowsServiceForAnyone, Value::Str(service)) => policy.allows_service_for_anyone(service),
        (Function::AllowsAction, Value::Str(action)) => policy.allows_action(action),
        (Function::GrantsAccountOutside, accounts) => match texts(accounts) {
            Ok(accounts) => policy.grants_account_outside(&accounts),
            Err(unread) => return Truth::Unknown(unread),
        },
        (_, other) => return Truth::Unknown(mistake(&format!("text is wanted, not {}", other.kind()))),
    };
    match answer {
        Answer::Yes(_) => Truth::True,
        Answer::No => Truth::False,
        Answer::Unknown(unread) => Truth::Unknown(unread),
    }
}

/// A list of texts.
fn texts(value: &Value<'_>) -> Result<Vec<String>, Arc<Unread>> {
    let text = |item: Value<'_>| match item {
        Value::Str(text) => Ok(text.into_owned()),
        Value::Unknown(unread) => Err(unread),
        other => Err(mistake(&format!("a list of text is wanted, and it holds {}", other.kind()))),
    };
    items_of(value)?.iter().map(text).collect()
}

/// What the account cannot see, and so neither true nor false.
fn not_visible<'a>(what: &Value<'a>) -> Value<'a> {
    let Value::Str(what) = what else { return Value::Unknown(mistake("what is not visible is said in text")) };
    let detail = what.as_ref().to_owned();
    Value::Unknown(Arc::new(Unread { reason: UnreadReason::NotVisible, operation: String::new(), detail }))
}

fn size<'a>(value: &Value<'a>) -> Value<'a> {
    if let Value::Str(text) = value {
        return Value::Int(i64::try_from(text.chars().count()).unwrap_or(i64::MAX));
    }
    match items_of(value) {
        Ok(items) => {
            let unread = items.iter().find(|item| matches!(item, Value::Unknown(_)));
            unread.unwrap_or_else(|| Value::Int(i64::try_from(items.iter().count()).unwrap_or(i64::MAX)))
        }
        Err(unread) => Value::Unknown(unread),
    }
}

fn convert<'a>(function: Function, value: &Value<'a>) -> Value<'a> {
    let converted = match (function, value) {
        (_, Value::Null) => Some(Value::Null),
        (Function::Int, Value::Int(value)) => Some(Value::Int(*value)),
        (Function::Int, Value::Double(value)) if value.is_finite() => Some(Value::Int(*value as i64)),
        (Function::Int, Value::Str(text)) => text.trim().parse().ok().map(Value::Int),
        (Function::Double, value) if value.number().is_some() => value.number().map(Value::Double),
        (Function::Double, Value::Str(text)) => {
            text.trim().parse().ok().filter(|value: &f64| value.is_finite()).map(Value::Double)
        }
        (Function::String, Value::Str(text)) => Some(Value::Str(text.clone())),
        (Function::String, Value::Int(value)) => Some(Value::Str(value.to_string().into())),
        (Function::String, Value::Bool(value)) => Some(Value::Str(value.to_string().into())),
        (Function::String, Value::Double(value)) => Some(Value::Str(value.to_string().into())),
        (Function::Bool, Value::Bool(value)) => Some(Value::Bool(*value)),
        (Function::Bool, Value::Str(text)) => text.trim().to_ascii_lowercase().parse().ok().map(Value::Bool),
        _ => None,
    };
    converted.unwrap_or_else(|| Value::Unknown(mistake(&format!("{} cannot be converted", value.kind()))))
}

fn moment<'a>(function: Function, value: &Value<'a>, now: &str) -> Value<'a> {
    let parse = |text: &str| OffsetDateTime::parse(text, &Rfc3339).ok();
    let Value::Str(text) = value else {
        return Value::Unknown(mistake(&format!("{} is no point in time", value.kind())));
    };
    match (function, parse(text), parse(now)) {
        (Function::Timestamp, Some(moment), _) => Value::Int(moment.unix_timestamp()),
        (Function::DaysSince, Some(moment), Some(now)) => Value::Double((now - moment).as_seconds_f64() / 86_400.0),
        _ => Value::Unknown(mistake("the text is no point in time")),
    }
}

/// A tag's value: from `[{Key, Value}]` in its spellings, or from a map. Null when there is none.
fn tag<'a>(tags: &Value<'a>, key: &Value<'a>) -> Value<'a> {
    let Value::Str(wanted) = key else { return Value::Unknown(mistake("a tag's key is text")) };
    let tags = tags.to_doc();
    match &*tags {
        Doc::Null => Value::Null,
        Doc::Map(map) => map.get(wanted).map_or(Value::Null, |value| Value::made(value.clone())),
        Doc::List(items) => {
            for item in items {
                let key = ["Key", "key", "TagKey"].iter().map(|name| item.get(name)).find(|key| !key.is_null());
                match key {
                    // It may be the one that is looked for.
                    Some(Doc::Unread(unread)) => return Value::Unknown(Arc::clone(unread)),
                    Some(key) if key.as_str() == Some(&**wanted) => {
                        let values = ["Value", "value", "TagValue"].iter().map(|name| item.get(name));
                        let value = values.into_iter().find(|value| !value.is_null());
                        return Value::made(value.cloned().unwrap_or_else(|| Doc::string("")));
                    }
                    _ => {}
                }
            }
            Value::Null
        }
        other => Value::Unknown(mistake(&format!("tags are neither a list nor a map: {}", Value::of(other).kind()))),
    }
}

/// A regular expression that is only known while evaluating.
pub(super) fn matches(text: &str, pattern: &str) -> Truth {
    RegexBuilder::new(pattern).size_limit(REGEX_BYTES).build().map_or_else(
        |_| Truth::Unknown(mistake("the pattern is no regular expression")),
        |regex| truth(regex.is_match(text)),
    )
}
