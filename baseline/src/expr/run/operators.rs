//! Comparisons, membership, indexes and arithmetic on values. Whatever has no answer is unknown, never false.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use crate::expr::Truth;
use crate::expr::items::{Items, items_of};
use crate::expr::node::{Arithmetic, Compare};
use crate::expr::value::{Value, equal, missing, mistake, truth};
use crate::reason::Unread;

pub(super) fn compare(operator: Compare, left: &Value<'_>, right: &Value<'_>) -> Truth {
    let answer = match operator {
        Compare::Equal => return equal(left, right),
        Compare::NotEqual => {
            return match equal(left, right) {
                Truth::True => Truth::False,
                Truth::False => Truth::True,
                unknown => unknown,
            };
        }
        _ => match (left, right) {
            (Value::Unknown(first), Value::Unknown(second)) => {
                return Truth::Unknown(Unread::both(Arc::clone(first), Arc::clone(second)));
            }
            (Value::Unknown(unread), _) | (_, Value::Unknown(unread)) => return Truth::Unknown(Arc::clone(unread)),
            (Value::Str(a), Value::Str(b)) => Some(a.cmp(b)),
            (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
            _ => left.number().zip(right.number()).and_then(|(a, b)| a.partial_cmp(&b)),
        },
    };
    let Some(order) = answer else {
        return Truth::Unknown(mistake(&format!("{} and {} have no order", left.kind(), right.kind())));
    };
    truth(match operator {
        Compare::Less => order.is_lt(),
        Compare::LessOrEqual => order.is_le(),
        Compare::Greater => order.is_gt(),
        _ => order.is_ge(),
    })
}

pub(super) fn is_in(item: &Value<'_>, list: &Value<'_>) -> Truth {
    let items = match items_of(list) {
        Ok(items) => items,
        Err(unread) => return Truth::Unknown(unread),
    };
    let mut undecided = None;
    for each in items.iter() {
        match equal(item, &each) {
            Truth::True => return Truth::True,
            Truth::False => {}
            Truth::Unknown(unread) => undecided = Some(missing(undecided, unread)),
        }
    }
    undecided.map_or(Truth::False, Truth::Unknown)
}

pub(super) fn index<'a>(of: &Value<'a>, key: &Value<'a>) -> Value<'a> {
    match key {
        Value::Unknown(unread) => Value::Unknown(Arc::clone(unread)),
        Value::Str(name) => of.member(name),
        Value::Int(_) if of.kind() == "a map" => Value::Unknown(mistake("the members of a map have no order")),
        Value::Int(position) => match items_of(of) {
            Err(unread) => Value::Unknown(unread),
            Ok(items) => at(&items, *position),
        },
        other => Value::Unknown(mistake(&format!("{} is no index", other.kind()))),
    }
}

/// An element, or null past the end. What comes after a gap may stand anywhere.
fn at<'a>(items: &Items<'a>, position: i64) -> Value<'a> {
    let Ok(position) = usize::try_from(position) else { return Value::Null };
    let up_to = items.iter().take(position + 1).enumerate();
    for (index, item) in up_to {
        if index == position || matches!(item, Value::Unknown(_)) {
            return item;
        }
    }
    Value::Null
}

/// Bytes of a text, or items of a list, that two are put together to at most: what is doubled again and again is soon
/// more than a machine has.
const LONGEST: usize = 1 << 20;

pub(super) fn arithmetic<'a>(operator: Arithmetic, left: &Value<'a>, right: &Value<'a>) -> Value<'a> {
    match (left, right) {
        (Value::Unknown(first), Value::Unknown(second)) => {
            Value::Unknown(Unread::both(Arc::clone(first), Arc::clone(second)))
        }
        (Value::Unknown(unread), _) | (_, Value::Unknown(unread)) => Value::Unknown(Arc::clone(unread)),
        (Value::Int(a), Value::Int(b)) => {
            let result = match operator {
                Arithmetic::Add => a.checked_add(*b),
                Arithmetic::Subtract => a.checked_sub(*b),
                Arithmetic::Multiply => a.checked_mul(*b),
                Arithmetic::Divide => a.checked_div(*b),
                Arithmetic::Remainder => a.checked_rem(*b),
            };
            result.map_or_else(overflow, Value::Int)
        }
        (Value::Str(a), Value::Str(b)) if operator == Arithmetic::Add && a.len() + b.len() > LONGEST => too_long(),
        (Value::Str(a), Value::Str(b)) if operator == Arithmetic::Add => Value::Str(Cow::Owned(format!("{a}{b}"))),
        _ => match (left.number(), right.number()) {
            (Some(a), Some(b)) => finite(match operator {
                Arithmetic::Add => a + b,
                Arithmetic::Subtract => a - b,
                Arithmetic::Multiply => a * b,
                Arithmetic::Divide => a / b,
                Arithmetic::Remainder => a % b,
            }),
            _ if operator == Arithmetic::Add && left.kind() == "a list" && right.kind() == "a list" => {
                match (items_of(left), items_of(right)) {
                    (Ok(a), Ok(b)) if a.len() + b.len() > LONGEST => too_long(),
                    (Ok(a), Ok(b)) => Value::List(Rc::new(a.iter().chain(b.iter()).collect())),
                    (Err(unread), _) | (_, Err(unread)) => Value::Unknown(unread),
                }
            }
            _ => Value::Unknown(mistake(&format!("arithmetic with {} and {}", left.kind(), right.kind()))),
        },
    }
}

fn too_long<'a>() -> Value<'a> {
    Value::Unknown(mistake("a text or a list that became too long"))
}

fn finite<'a>(number: f64) -> Value<'a> {
    if number.is_finite() { Value::Double(number) } else { overflow() }
}

pub(super) fn overflow<'a>() -> Value<'a> {
    Value::Unknown(mistake("a number out of range, or a division by zero"))
}
