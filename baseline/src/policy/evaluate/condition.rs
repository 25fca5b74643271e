//! Whether a condition holds for the values that a request has of its key.

use std::net::IpAddr;

use super::{Holds, matches};
use crate::policy::document::{Comparison, Condition, Operand, Order, SetOperator, boolean, number};
use crate::policy::moment;
use crate::policy::request::{Fact, Facts};

/// Whether a condition holds, given what is said of its key, and of the keys that its policy variables name.
pub(crate) fn holds<F: Facts>(condition: &Condition, fact: Fact<'_>, facts: &F) -> Holds {
    if condition.comparison == Comparison::Null {
        return null(condition, fact);
    }
    match fact {
        Fact::Undecided => Holds::Perhaps,
        Fact::Absent => absent(condition),
        Fact::Values(values) => present(condition, values, facts),
    }
}

fn absent(condition: &Condition) -> Holds {
    match condition.set {
        SetOperator::All => Holds::Yes,
        // AWS says of `IfExists` that it is true without the key, and of `ForAnyValue` that it is false.
        SetOperator::Any if condition.if_exists => Holds::Perhaps,
        SetOperator::Any => Holds::No,
        SetOperator::One => Holds::of(condition.if_exists || condition.negated),
    }
}

fn present<F: Facts>(condition: &Condition, values: &[String], facts: &F) -> Holds {
    let each = |value: &String| one(condition, value, facts);
    let any = || values.iter().map(each).fold(Holds::No, Holds::or);
    let all = || values.iter().map(each).fold(Holds::Yes, Holds::and);
    match condition.set {
        // AWS counts an empty text as no value here, as if the key were absent.
        SetOperator::Any if is_nothing(values) => Holds::No,
        SetOperator::All if is_nothing(values) => Holds::Yes,
        SetOperator::Any => any(),
        SetOperator::All => all(),
        SetOperator::One if values.len() == 1 => each(&values[0]),
        // AWS asks for a set operator here and does not say what happens without one: it may fail, hold for all values or
        // for one of them. Where the readings differ, nobody knows; of a negated operator they always may.
        SetOperator::One if !condition.negated && any() == Holds::No => Holds::No,
        SetOperator::One => Holds::Perhaps,
    }
}

/// Whether values are what AWS calls a null data set.
fn is_nothing(values: &[String]) -> bool {
    matches!(values, [only] if only.is_empty())
}

/// Whether one value satisfies the operator: one of the policy's values matches or, negated, none does.
fn one<F: Facts>(condition: &Condition, value: &str, facts: &F) -> Holds {
    let mut found = Holds::No;
    for operand in &condition.operands {
        found = found.or(compare(condition.comparison, operand, value, facts));
        if found == Holds::Yes {
            break;
        }
    }
    if condition.negated { found.not() } else { found }
}

fn compare<F: Facts>(comparison: Comparison, operand: &Operand, value: &str, facts: &F) -> Holds {
    match (comparison, operand) {
        (_, Operand::Undefined) => Holds::Perhaps,
        (Comparison::Text, Operand::Text(text)) => matches(text, value, facts),
        (Comparison::Number(order), Operand::Number(wanted)) => {
            Holds::of(number(value).is_some_and(|number| in_order(order, number, *wanted)))
        }
        (Comparison::Date(order), Operand::Number(wanted)) => {
            Holds::of(moment::parse(value).is_some_and(|moment| in_order(order, moment, *wanted)))
        }
        (Comparison::Bool, Operand::Bool(wanted)) => Holds::of(boolean(value) == Some(*wanted)),
        (Comparison::Address, Operand::Range(first, last)) => Holds::of(is_between(value, *first, *last)),
        _ => Holds::No,
    }
}

fn in_order(order: Order, value: f64, wanted: f64) -> bool {
    match order {
        Order::Equals => value == wanted,
        Order::LessThan => value < wanted,
        Order::LessThanEquals => value <= wanted,
        Order::GreaterThan => value > wanted,
        Order::GreaterThanEquals => value >= wanted,
    }
}

/// Whether an address lies in a range of its own version.
fn is_between(value: &str, first: IpAddr, last: IpAddr) -> bool {
    match (value.parse(), first, last) {
        (Ok(IpAddr::V4(address)), IpAddr::V4(first), IpAddr::V4(last)) => (first..=last).contains(&address),
        (Ok(IpAddr::V6(address)), IpAddr::V6(first), IpAddr::V6(last)) => (first..=last).contains(&address),
        _ => false,
    }
}

/// `Null`: `true` asks for absence, `false` for a value that is not null. Whether an empty text is null, AWS does not say.
fn null(condition: &Condition, fact: Fact<'_>) -> Holds {
    let is_null = match fact {
        Fact::Absent => Holds::Yes,
        Fact::Values(values) if is_nothing(values) => Holds::Perhaps,
        Fact::Values(_) => Holds::No,
        Fact::Undecided => Holds::Perhaps,
    };
    let wanted = condition.operands.iter().map(|operand| match operand {
        Operand::Bool(true) => is_null,
        Operand::Bool(false) => is_null.not(),
        _ => Holds::Perhaps,
    });
    // AWS asks for no set operator here: `ForAllValues` would make it always true, `ForAnyValue` always false.
    match (condition.set, wanted.fold(Holds::No, Holds::or)) {
        (SetOperator::All, Holds::No) | (SetOperator::Any, Holds::Yes) => Holds::Perhaps,
        (_, holds) => holds,
    }
}
