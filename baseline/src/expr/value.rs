//! Values while an expression runs: borrowed from the documents wherever possible.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use regex::Regex;

use super::Truth;
use crate::doc::Doc;
use crate::policy::Policy;
use crate::reason::{Unread, UnreadReason};
use crate::resource::Listing;

/// A value.
#[derive(Clone, Debug)]
pub(super) enum Value<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Str(Cow<'a, str>),
    /// A list or a map of a document.
    Doc(&'a Doc),
    /// A list or a map that a function made.
    Made(Rc<Doc>),
    /// A list that the expression made.
    List(Rc<Vec<Value<'a>>>),
    /// The resources of a type.
    Listing(&'a Listing),
    Policy(Rc<Policy>),
    /// A regular expression that was compiled with the expression.
    Pattern(&'a Regex),
    Unknown(Arc<Unread>),
}

impl<'a> Value<'a> {
    /// A document's value.
    pub(super) fn of(doc: &'a Doc) -> Self {
        match doc {
            Doc::Null => Value::Null,
            Doc::Bool(value) => Value::Bool(*value),
            Doc::Int(value) => Value::Int(*value),
            Doc::Double(value) => Value::Double(*value),
            Doc::String(text) => Value::Str(Cow::Borrowed(text)),
            Doc::List(_) | Doc::Map(_) => Value::Doc(doc),
            Doc::Unread(unread) => Value::Unknown(Arc::clone(unread)),
        }
    }

    /// A value that a function made.
    pub(super) fn made(doc: Doc) -> Self {
        match doc {
            Doc::Null => Value::Null,
            Doc::Bool(value) => Value::Bool(value),
            Doc::Int(value) => Value::Int(value),
            Doc::Double(value) => Value::Double(value),
            Doc::String(text) => Value::Str(Cow::Owned(text.into())),
            Doc::List(_) | Doc::Map(_) => Value::Made(Rc::new(doc)),
            Doc::Unread(unread) => Value::Unknown(unread),
        }
    }

    /// A member: of null it is null, of something unread it is unread.
    pub(super) fn member(&self, name: &str) -> Value<'a> {
        match self {
            redacted if redacted.is_redacted() => Value::Unknown(hidden()),
            Value::Doc(Doc::Map(map)) => map.get(name).map_or(Value::Null, Value::of),
            Value::Made(doc) if matches!(**doc, Doc::Map(_)) => Value::made(doc.get(name).clone()),
            Value::Unknown(unread) => Value::Unknown(Arc::clone(unread)),
            Value::Null => Value::Null,
            // Null would say that it was read and is not there.
            other => Value::Unknown(mistake(&format!("{} has no member {name}", other.kind()))),
        }
    }

    /// Whether this stands for a secret.
    pub(super) fn is_redacted(&self) -> bool {
        match self {
            Value::Doc(doc) => doc.is_redacted(),
            Value::Made(doc) => doc.is_redacted(),
            _ => false,
        }
    }

    /// The answer that this value is.
    pub(super) fn truth(self) -> Truth {
        match self {
            Value::Bool(true) => Truth::True,
            Value::Bool(false) => Truth::False,
            Value::Unknown(unread) => Truth::Unknown(unread),
            // A boolean that the API left out: AWS means false, but nobody read that.
            Value::Null => Truth::Unknown(mistake("null is neither true nor false; compare it with == true")),
            other => Truth::Unknown(mistake(&format!("{} is neither true nor false", other.kind()))),
        }
    }

    /// How messages call it.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Int(_) | Value::Double(_) => "a number",
            Value::Str(_) => "text",
            Value::Doc(Doc::List(_)) | Value::List(_) | Value::Listing(_) => "a list",
            Value::Made(doc) if matches!(**doc, Doc::List(_)) => "a list",
            Value::Doc(_) | Value::Made(_) => "a map",
            Value::Policy(_) => "a policy",
            Value::Pattern(_) => "a pattern",
            Value::Unknown(_) => "unread",
        }
    }

    /// As a document, for evidence and for functions that look into structures.
    pub(super) fn to_doc(&self) -> Cow<'a, Doc> {
        match self {
            Value::Doc(doc) => Cow::Borrowed(doc),
            Value::Null | Value::Policy(_) | Value::Pattern(_) => Cow::Owned(Doc::Null),
            Value::Bool(value) => Cow::Owned(Doc::Bool(*value)),
            Value::Int(value) => Cow::Owned(Doc::Int(*value)),
            Value::Double(value) => Cow::Owned(Doc::Double(*value)),
            Value::Str(text) => Cow::Owned(Doc::String((&**text).into())),
            Value::Made(doc) => Cow::Owned((**doc).clone()),
            Value::List(items) => Cow::Owned(Doc::List(items.iter().map(|item| item.to_doc().into_owned()).collect())),
            Value::Listing(listing) => {
                let mut items: Vec<Doc> = listing.items.iter().map(|item| item.doc.clone()).collect();
                items.extend(listing.unread.iter().map(|unread| Doc::Unread(Arc::clone(unread))));
                Cow::Owned(Doc::List(items))
            }
            Value::Unknown(unread) => Cow::Owned(Doc::Unread(Arc::clone(unread))),
        }
    }

    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Value::Int(value) => Some(*value as f64),
            Value::Double(value) => Some(*value),
            _ => None,
        }
    }
}

impl From<Truth> for Value<'_> {
    fn from(truth: Truth) -> Self {
        match truth {
            Truth::True => Value::Bool(true),
            Truth::False => Value::Bool(false),
            Truth::Unknown(unread) => Value::Unknown(unread),
        }
    }
}

/// The reason of an expression that cannot be evaluated on this document.
pub(super) fn mistake(detail: &str) -> Arc<Unread> {
    Arc::new(Unread::new(UnreadReason::ControlError, "", detail))
}

/// What is missing once this was not read, too.
pub(super) fn missing(known: Option<Arc<Unread>>, unread: Arc<Unread>) -> Arc<Unread> {
    match known {
        Some(known) => Unread::both(known, unread),
        None => unread,
    }
}

/// The reason of an expression that asks for what was redacted. Whether it is there, and whether two are the same, can
/// be asked.
pub(super) fn hidden() -> Arc<Unread> {
    mistake("the value is redacted")
}

/// Whether nothing can tell two simple values apart: not even arithmetic, which treats 1 and 1.0 differently.
pub(super) fn is_identical(left: &Value<'_>, right: &Value<'_>) -> bool {
    match (left, right) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(a), Value::Int(b)) => a == b,
        (Value::Str(a), Value::Str(b)) => a == b,
        _ => false,
    }
}

/// Equality in three-valued logic: something unread inside makes it unknown, unless something else already differs.
/// What is redacted equals another redacted value or does not; what else it equals is not known.
pub(super) fn equal(left: &Value<'_>, right: &Value<'_>) -> Truth {
    match (left, right) {
        (Value::Unknown(first), Value::Unknown(second)) => {
            Truth::Unknown(Unread::both(Arc::clone(first), Arc::clone(second)))
        }
        (Value::Unknown(unread), _) | (_, Value::Unknown(unread)) => Truth::Unknown(Arc::clone(unread)),
        (Value::Null, Value::Null) => Truth::True,
        (Value::Null, _) | (_, Value::Null) => Truth::False,
        (Value::Bool(a), Value::Bool(b)) => truth(a == b),
        (Value::Str(a), Value::Str(b)) => truth(a == b),
        (Value::Int(a), Value::Int(b)) => truth(a == b),
        // Empty text is no secret, and never redacted.
        (redacted, Value::Str(text)) | (Value::Str(text), redacted) if text.is_empty() && redacted.is_redacted() => {
            Truth::False
        }
        _ if left.is_redacted() != right.is_redacted() => Truth::Unknown(hidden()),
        (Value::Int(_) | Value::Double(_), Value::Int(_) | Value::Double(_)) => truth(left.number() == right.number()),
        (
            Value::Doc(_) | Value::Made(_) | Value::List(_) | Value::Listing(_),
            Value::Doc(_) | Value::Made(_) | Value::List(_) | Value::Listing(_),
        ) => equal_docs(&left.to_doc(), &right.to_doc()),
        _ => Truth::False,
    }
}

fn equal_docs(left: &Doc, right: &Doc) -> Truth {
    match (left, right) {
        (Doc::Unread(unread), _) | (_, Doc::Unread(unread)) => Truth::Unknown(Arc::clone(unread)),
        (Doc::Null, _) | (_, Doc::Null) => truth(left == right),
        (redacted, text) | (text, redacted) if redacted.is_redacted() && text.as_str() == Some("") => Truth::False,
        _ if left.is_redacted() != right.is_redacted() => Truth::Unknown(hidden()),
        (Doc::List(a), Doc::List(b)) => {
            if let Some(unread) = a.iter().chain(b).find_map(Doc::unread) {
                return Truth::Unknown(Arc::clone(unread));
            }
            if a.len() == b.len() { every(a.iter().zip(b)) } else { Truth::False }
        }
        (Doc::Map(a), Doc::Map(b)) => {
            let names = a.iter().map(|(name, _)| name).chain(b.iter().map(|(name, _)| name));
            every(names.map(|name| (left.get(name.as_str()), right.get(name.as_str()))))
        }
        _ => truth(left == right),
    }
}

fn every<'d>(pairs: impl Iterator<Item = (&'d Doc, &'d Doc)>) -> Truth {
    let mut answer = Truth::True;
    for (left, right) in pairs {
        match equal_docs(left, right) {
            Truth::False => return Truth::False,
            unknown @ Truth::Unknown(_) if answer == Truth::True => answer = unknown,
            _ => {}
        }
    }
    answer
}

pub(super) fn truth(value: bool) -> Truth {
    if value { Truth::True } else { Truth::False }
}
