//! What a function is given and what it returns. Every function is strict: what was not read never gets here, and a
//! wrong kind of value makes the answer unknown.

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use crate::doc::Doc;
use crate::expr::items::items_of;
use crate::expr::value::{Value, hidden, mistake};
use crate::expr::{Inputs, Truth};
use crate::policy::Policy;
use crate::reason::Unread;
use crate::witness::Witness;

/// The arguments of a call, one for each parameter, and what everybody may read.
pub(in crate::expr) struct Call<'r, 'a> {
    /// The arguments; null where one was left out.
    pub(in crate::expr) arguments: &'r [Value<'a>],
    /// `account`, `region`, `now`. What of it a function reads, its entry in the table says.
    pub(in crate::expr) inputs: &'r Inputs<'a>,
    /// The policies that the evaluation has read.
    pub(in crate::expr) policies: &'r RefCell<Policies<'a>>,
}

/// Policies with the documents that they were read from. A control asks several things of one document.
pub(in crate::expr) type Policies<'a> = Vec<(&'a Doc, Rc<Policy>)>;

/// What a function does.
pub(in crate::expr) type Body = for<'r, 'a> fn(&Call<'r, 'a>) -> Outcome<'a>;

/// What a function returns, or why that is not known.
pub(in crate::expr) type Outcome<'a> = Result<Returned<'a>, Arc<Unread>>;

/// A value, perhaps with what decided it. A witness may stand beside any value, an unknown one included.
pub(in crate::expr) struct Returned<'a> {
    pub(in crate::expr) value: Value<'a>,
    pub(in crate::expr) witness: Option<Witness>,
}

impl Returned<'_> {
    /// The same, decided by this.
    pub(super) fn because(self, witness: Witness) -> Self {
        Self { witness: Some(witness), ..self }
    }
}

impl<'a> From<Value<'a>> for Returned<'a> {
    fn from(value: Value<'a>) -> Self {
        Self { value, witness: None }
    }
}

impl From<Truth> for Returned<'_> {
    fn from(truth: Truth) -> Self {
        Value::from(truth).into()
    }
}

impl From<bool> for Returned<'_> {
    fn from(value: bool) -> Self {
        Value::Bool(value).into()
    }
}

impl<'r, 'a> Call<'r, 'a> {
    /// An argument as it is.
    pub(super) fn value(&self, index: usize) -> &'r Value<'a> {
        const LEFT_OUT: &Value<'static> = &Value::Null;
        self.arguments.get(index).unwrap_or(LEFT_OUT)
    }

    /// An argument as text, a number, a policy, …
    pub(super) fn get<T: Argument<'r>>(&self, index: usize) -> Result<T, Arc<Unread>> {
        T::take(self.value(index))
    }

    /// An argument as a document, for what looks into structures. What is in a secret is not known.
    pub(super) fn doc(&self, index: usize) -> Result<Cow<'a, Doc>, Arc<Unread>> {
        let value = self.value(index);
        if value.is_redacted() { Err(hidden()) } else { Ok(value.to_doc()) }
    }

    /// An option of the last argument; none when it was left out.
    pub(super) fn option<T: for<'v> Argument<'v>>(&self, name: &str) -> Result<Option<T>, Arc<Unread>> {
        match self.arguments.last().map_or(Value::Null, |options| options.member(name)) {
            Value::Null => Ok(None),
            value => T::take(&value).map(Some),
        }
    }
}

/// What can be made of an argument.
pub(super) trait Argument<'v>: Sized {
    /// The argument as this.
    ///
    /// # Errors
    /// It is something else, or was not read.
    fn take(value: &'v Value<'_>) -> Result<Self, Arc<Unread>>;
}

fn is_no(what: &str, value: &Value<'_>) -> Arc<Unread> {
    match value {
        Value::Unknown(unread) => Arc::clone(unread),
        other => mistake(&format!("{what} is wanted, not {}", other.kind())),
    }
}

impl<'v> Argument<'v> for &'v str {
    fn take(value: &'v Value<'_>) -> Result<Self, Arc<Unread>> {
        match value {
            Value::Str(text) => Ok(text),
            other => Err(is_no("text", other)),
        }
    }
}

impl Argument<'_> for String {
    fn take(value: &Value<'_>) -> Result<Self, Arc<Unread>> {
        <&str>::take(value).map(str::to_owned)
    }
}

impl Argument<'_> for bool {
    fn take(value: &Value<'_>) -> Result<Self, Arc<Unread>> {
        match value {
            Value::Bool(value) => Ok(*value),
            other => Err(is_no("true or false", other)),
        }
    }
}

impl Argument<'_> for i64 {
    fn take(value: &Value<'_>) -> Result<Self, Arc<Unread>> {
        match value {
            Value::Int(value) => Ok(*value),
            other => Err(is_no("a whole number", other)),
        }
    }
}

impl Argument<'_> for Doc {
    fn take(value: &Value<'_>) -> Result<Self, Arc<Unread>> {
        match value {
            Value::Unknown(unread) => Err(Arc::clone(unread)),
            other => Ok(other.to_doc().into_owned()),
        }
    }
}

impl Argument<'_> for Vec<String> {
    fn take(value: &Value<'_>) -> Result<Self, Arc<Unread>> {
        items_of(value)?.iter().map(|item| String::take(&item)).collect()
    }
}

impl<'v> Argument<'v> for &'v Policy {
    fn take(value: &'v Value<'_>) -> Result<Self, Arc<Unread>> {
        match value {
            Value::Policy(policy) => Ok(policy),
            other => Err(is_no("a policy, as policy(…) makes it,", other)),
        }
    }
}
