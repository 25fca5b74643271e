//! The Condition element: operators and keys are ANDed, values ORed, values under a negated operator NORed.
//!
//! `reference_policies_elements_condition.html`, `reference_policies_condition-single-vs-multi-valued-context-keys.html`.

use serde_json::Value;

use super::compare::Comparison::{self, Address, Arn, Binary, Boolean, Date, Number, Text, TextIgnoringCase, TextLike};
use super::compare::Order::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual};
use super::context::{Context, texts};
use super::truth::Truth::{self, No, Undecided, Yes};
use super::truth::{all, any};

/// Whether a statement's conditions hold.
pub(crate) fn holds(element: &Value, context: &Context, has_variables: bool) -> Truth {
    let Some(operators) = element.as_object() else { return Undecided };
    all(operators.iter().map(|(operator, keys)| {
        let Some(keys) = keys.as_object() else { return Undecided };
        all(keys.iter().map(|(key, values)| one(operator, key, values, context, has_variables)))
    }))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Quantifier {
    None,
    All,
    Any,
}

fn one(operator: &str, key: &str, wanted: &Value, context: &Context, has_variables: bool) -> Truth {
    let (quantifier, rest) = quantifier(operator);
    let Some(wanted) = texts(wanted) else { return Undecided };
    let found = context.values(key);
    if rest == "Null" {
        return quantified_null(quantifier, null(&wanted, &found));
    }
    let name = rest.strip_suffix("IfExists");
    let Some((comparison, is_negated)) = operation(name.unwrap_or(rest)) else { return Undecided };
    if found.is_empty() {
        return absent(quantifier, name.is_some(), is_negated);
    }
    // A list of no values is refused by some services and ignored by others.
    if wanted.is_empty() && (quantifier == Quantifier::None || is_negated) {
        return Undecided;
    }
    let variables = has_variables.then_some(context);
    let test = |found: &str| {
        let matched = any(wanted.iter().map(|wanted| comparison.matches(wanted, found, variables)));
        if is_negated { matched.not() } else { matched }
    };
    present(quantifier, is_negated, &found, test)
}

fn quantifier(operator: &str) -> (Quantifier, &str) {
    if let Some(rest) = operator.strip_prefix("ForAllValues:") {
        (Quantifier::All, rest)
    } else if let Some(rest) = operator.strip_prefix("ForAnyValue:") {
        (Quantifier::Any, rest)
    } else {
        (Quantifier::None, operator)
    }
}

/// The request has no value for the key.
fn absent(quantifier: Quantifier, is_if_exists: bool, is_negated: bool) -> Truth {
    match quantifier {
        Quantifier::All => Yes,
        // "If the key is not present, evaluate as true" against "ForAnyValue: if there is no key, false".
        Quantifier::Any if is_if_exists => Undecided,
        Quantifier::Any => No,
        Quantifier::None => Truth::from(is_if_exists || is_negated),
    }
}

/// The request has one value or several for the key.
fn present(quantifier: Quantifier, is_negated: bool, found: &[&str], test: impl Fn(&str) -> Truth) -> Truth {
    let each = found.iter().map(|found| test(found));
    match (quantifier, found) {
        // "…or if the key values resolve to a null data set, such as an empty string."
        (Quantifier::All, [""]) => Yes,
        // "For no matching key or a null dataset, the condition returns false."
        (Quantifier::Any, [""]) => No,
        (Quantifier::All, _) => all(each),
        (Quantifier::Any, _) => any(each),
        (Quantifier::None, [_]) => all(each),
        // "Multivalued context keys require a condition set operator." Without one the condition is false, or true of
        // one value.
        (Quantifier::None, _) if is_negated => Undecided,
        (Quantifier::None, _) => any(each).or_read_as(No),
    }
}

/// `Null`: `true` is "the key doesn't exist", `false` is "the key exists and its value is not null".
fn null(wanted: &[String], found: &[&str]) -> Truth {
    let is_null = match found {
        [] => Yes,
        [""] => Undecided,
        _ => No,
    };
    if wanted.is_empty() {
        return Undecided;
    }
    any(wanted.iter().map(|wanted| match wanted.to_ascii_lowercase().as_str() {
        "true" => is_null,
        "false" => is_null.not(),
        _ => Undecided,
    }))
}

/// Access Analyzer says of a set operator before `Null` that it makes it always true, or always false; others that it
/// changes nothing.
fn quantified_null(quantifier: Quantifier, null: Truth) -> Truth {
    match quantifier {
        Quantifier::None => null,
        Quantifier::All => null.or_read_as(Yes),
        Quantifier::Any => null.or_read_as(No),
    }
}

/// The operators: what each compares, and whether it is a negated one.
fn operation(name: &str) -> Option<(Comparison, bool)> {
    Some(match name {
        "StringEquals" => (Text, false),
        "StringNotEquals" => (Text, true),
        "StringEqualsIgnoreCase" => (TextIgnoringCase, false),
        "StringNotEqualsIgnoreCase" => (TextIgnoringCase, true),
        "StringLike" => (TextLike, false),
        "StringNotLike" => (TextLike, true),
        "NumericEquals" => (Number(Equal), false),
        "NumericNotEquals" => (Number(Equal), true),
        "NumericLessThan" => (Number(Less), false),
        "NumericLessThanEquals" => (Number(LessOrEqual), false),
        "NumericGreaterThan" => (Number(Greater), false),
        "NumericGreaterThanEquals" => (Number(GreaterOrEqual), false),
        "DateEquals" => (Date(Equal), false),
        "DateNotEquals" => (Date(Equal), true),
        "DateLessThan" => (Date(Less), false),
        "DateLessThanEquals" => (Date(LessOrEqual), false),
        "DateGreaterThan" => (Date(Greater), false),
        "DateGreaterThanEquals" => (Date(GreaterOrEqual), false),
        "Bool" => (Boolean, false),
        "BinaryEquals" => (Binary, false),
        "IpAddress" => (Address, false),
        "NotIpAddress" => (Address, true),
        "ArnEquals" | "ArnLike" => (Arn, false),
        "ArnNotEquals" | "ArnNotLike" => (Arn, true),
        _ => return None,
    })
}
