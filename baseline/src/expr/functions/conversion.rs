//! Sizes and conversions, and what is neither true nor false.

use std::sync::Arc;

use super::call::{Call, Outcome};
use super::signature::{Named, Parameter};
use crate::elsewhere::Elsewhere;
use crate::expr::items::items_of;
use crate::expr::typing::Class;
use crate::expr::value::{Value, mistake};
use crate::reason::{Unread, UnreadReason};

/// The number of characters, elements or members.
pub(super) fn size<'a>(call: &Call<'_, 'a>) -> Outcome<'a> {
    let counted = |count: usize| Ok(Value::Int(i64::try_from(count).unwrap_or(i64::MAX)).into());
    if let Value::Str(text) = call.value(0) {
        return counted(text.chars().count());
    }
    let items = items_of(call.value(0))?;
    match items.iter().find(|item| matches!(item, Value::Unknown(_))) {
        Some(unread) => Ok(unread.into()),
        None => counted(items.iter().count()),
    }
}

pub(super) fn int<'a>(call: &Call<'_, 'a>) -> Outcome<'a> {
    converted(call, |value| match value {
        Value::Int(value) => Some(Value::Int(*value)),
        Value::Double(value) if value.is_finite() => Some(Value::Int(*value as i64)),
        Value::Str(text) => text.trim().parse().ok().map(Value::Int),
        _ => None,
    })
}

pub(super) fn double<'a>(call: &Call<'_, 'a>) -> Outcome<'a> {
    converted(call, |value| match value {
        Value::Str(text) => text.trim().parse().ok().filter(|value: &f64| value.is_finite()).map(Value::Double),
        value => value.number().map(Value::Double),
    })
}

pub(super) fn string<'a>(call: &Call<'_, 'a>) -> Outcome<'a> {
    converted(call, |value| match value {
        Value::Str(text) => Some(Value::Str(text.clone())),
        Value::Int(value) => Some(Value::Str(value.to_string().into())),
        Value::Bool(value) => Some(Value::Str(value.to_string().into())),
        Value::Double(value) => Some(Value::Str(value.to_string().into())),
        _ => None,
    })
}

pub(super) fn bool<'a>(call: &Call<'_, 'a>) -> Outcome<'a> {
    converted(call, |value| match value {
        Value::Bool(value) => Some(Value::Bool(*value)),
        Value::Str(text) => text.trim().to_ascii_lowercase().parse().ok().map(Value::Bool),
        _ => None,
    })
}

/// Null stays null.
fn converted<'a>(call: &Call<'_, 'a>, convert: impl Fn(&Value<'a>) -> Option<Value<'a>>) -> Outcome<'a> {
    match call.value(0) {
        Value::Null => Ok(Value::Null.into()),
        value => match convert(value) {
            Some(converted) => Ok(converted.into()),
            None => Err(mistake(&format!("{} cannot be converted", value.kind()))),
        },
    }
}

/// The options of `not_visible`: whose row has the answer.
pub(super) const NOT_VISIBLE: &[Named] = &[place("account"), place("region"), place("control")];

const fn place(name: &'static str) -> Named {
    Named { name, value: Parameter::Of(&[Class::Text]), is_required: false }
}

/// What the account cannot see, and so neither true nor false.
pub(super) fn not_visible<'a>(call: &Call<'_, 'a>) -> Outcome<'a> {
    let option = |name| call.option::<String>(name).map(Option::unwrap_or_default);
    let (account, region, control) = (option("account")?, option("region")?, option("control")?);
    let place = Elsewhere { account, region, control, resource: String::new() };
    let elsewhere = if place.is_known() { vec![place] } else { Vec::new() };
    let detail: String = call.get(0)?;
    Err(Arc::new(Unread { elsewhere, ..Unread::new(UnreadReason::NotVisible, "", detail) }))
}

/// A value; where it is null, AWS does not say it yet, and it is neither true nor false.
pub(super) fn reported<'a>(call: &Call<'_, 'a>) -> Outcome<'a> {
    match call.value(0) {
        Value::Null => Err(Arc::new(Unread::new(UnreadReason::NotYet, "", call.get::<String>(1)?))),
        known => Ok(known.clone().into()),
    }
}
