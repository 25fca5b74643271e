//! Functions on text: search, patterns, ARNs.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::Function;
use crate::doc::Doc;
use crate::expr::typing::{ObjectType, Type};
use crate::expr::value::{Value, mistake};

/// Parts of an ARN after `arn:`, in order.
const ARN_PARTS: [&str; 5] = ["partition", "service", "region", "account", "resource"];

pub(super) fn call<'a>(function: Function, first: &Value<'a>, second: &Value<'a>) -> Value<'a> {
    let Value::Str(text) = first else {
        return Value::Unknown(mistake(&format!("a function of text was given {}", first.kind())));
    };
    let argument = match (function, second) {
        (Function::LowerAscii | Function::Arn, _) => "",
        (_, Value::Str(argument)) => argument,
        (_, other) => return Value::Unknown(mistake(&format!("a function of text was given {}", other.kind()))),
    };
    match function {
        Function::Contains => Value::Bool(text.contains(argument)),
        Function::StartsWith => Value::Bool(text.starts_with(argument)),
        Function::EndsWith => Value::Bool(text.ends_with(argument)),
        Function::Matches => super::matches(text, argument).into(),
        Function::LowerAscii => Value::Str(Cow::Owned(text.to_ascii_lowercase())),
        Function::Glob => Value::Bool(glob(text, argument)),
        Function::Split => {
            Value::List(Rc::new(text.split(argument).map(|part| Value::Str(Cow::Owned(part.to_owned()))).collect()))
        }
        _ => arn(text),
    }
}

/// Whether the text matches a pattern in which `*` stands for any text and `?` for one character.
pub(crate) fn glob(text: &str, pattern: &str) -> bool {
    let (text, pattern): (Vec<char>, Vec<char>) = (text.chars().collect(), pattern.chars().collect());
    let (mut at, mut wanted) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while at < text.len() {
        match pattern.get(wanted) {
            Some('*') => {
                star = Some((wanted, at));
                wanted += 1;
            }
            Some(c) if *c == '?' || *c == text[at] => {
                at += 1;
                wanted += 1;
            }
            _ => match &mut star {
                Some((position, from)) => {
                    *from += 1;
                    at = *from;
                    wanted = *position + 1;
                }
                None => return false,
            },
        }
    }
    pattern[wanted..].iter().all(|c| *c == '*')
}

fn arn<'a>(text: &str) -> Value<'a> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    match parts.split_first() {
        Some((&"arn", parts)) if parts.len() == ARN_PARTS.len() => {
            Value::made(Doc::map(ARN_PARTS.into_iter().zip(parts).map(|(name, part)| (name, Doc::from(*part)))))
        }
        _ => Value::Unknown(mistake("the text is no ARN")),
    }
}

/// The type of what `arn(…)` returns.
pub(super) fn arn_type() -> Type {
    let members: BTreeMap<String, Type> = ARN_PARTS.into_iter().map(|name| (name.to_owned(), Type::String)).collect();
    Type::Object(Arc::new(ObjectType { name: "an ARN".into(), members }))
}
