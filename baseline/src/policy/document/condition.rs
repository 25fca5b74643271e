//! Conditions: an operator, a key, and the values that it is compared with, parsed into what they are compared as.

use std::net::IpAddr;
use std::sync::Arc;

use super::value::{boolean, number, range};
use super::{malformed, texts};
use crate::doc::Doc;
use crate::policy::moment;
use crate::policy::pattern::{Case, Wildcards};
use crate::policy::text::{Reading, Text, Version};
use crate::reason::Unread;

/// What an operator compares as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Comparison {
    /// `StringEquals`, `StringLike`, `ArnLike`, `BinaryEquals` and the like: patterns.
    Text,
    /// `Numeric…`.
    Number(Order),
    /// `Date…`.
    Date(Order),
    /// `Bool`.
    Bool,
    /// `IpAddress`.
    Address,
    /// `Null`: whether the key is absent.
    Null,
}

/// How numbers and dates are compared: the value of the request with the value of the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Order {
    Equals,
    LessThan,
    LessThanEquals,
    GreaterThan,
    GreaterThanEquals,
}

/// What an operator does with the values of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum SetOperator {
    /// No prefix: for keys with one value.
    One,
    /// `ForAnyValue:`.
    Any,
    /// `ForAllValues:`.
    All,
}

/// A value of a policy.
#[derive(Clone, Debug)]
pub(crate) enum Operand {
    Text(Text),
    Number(f64),
    Bool(bool),
    /// The first and the last address of a range, version 4 or 6.
    Range(IpAddr, IpAddr),
    /// What does not parse, and so does not match.
    Nothing,
    /// Of which AWS does not say how it is compared: a policy variable in a boolean, an ARN that is only `*`, no value at all.
    Undefined,
}

/// One operator on one key.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    /// As the policy writes it, for sentences.
    pub(crate) operator: Box<str>,
    /// What it compares as.
    pub(crate) comparison: Comparison,
    /// Whether it is a negated operator: no value may match.
    pub(crate) negated: bool,
    /// Whether it holds when the key is absent (`…IfExists`).
    pub(crate) if_exists: bool,
    /// What it does with the values of the key.
    pub(crate) set: SetOperator,
    /// The key, in lower case.
    pub(crate) key: Box<str>,
    /// The key as the policy writes it, for sentences.
    pub(crate) written_key: Box<str>,
    /// The values of the policy, of which one has to match.
    pub(crate) operands: Vec<Operand>,
    /// The values as the policy writes them.
    pub(crate) values: Vec<String>,
}

/// An operator, taken apart.
struct Operator {
    comparison: Comparison,
    negated: bool,
    wildcards: Wildcards,
    case: Case,
}

impl Condition {
    pub(super) fn parse_all(doc: &Doc, version: Version) -> Result<Vec<Self>, Arc<Unread>> {
        let operators = match doc {
            Doc::Null => return Ok(Vec::new()),
            Doc::Unread(unread) => return Err(Arc::clone(unread)),
            Doc::Map(operators) => operators,
            _ => return Err(malformed("a Condition is no structure")),
        };
        let mut conditions = Vec::new();
        for (operator, keys) in operators.iter() {
            if let Some(unread) = keys.unread() {
                return Err(Arc::clone(unread));
            }
            let keys = keys.as_map().ok_or_else(|| malformed("a Condition is no structure"))?;
            for (key, values) in keys.iter() {
                let values = texts(values, "a Condition")?;
                conditions.push(Self::parse(operator.as_str(), key.as_str(), values, version)?);
            }
        }
        Ok(conditions)
    }

    fn parse(written: &str, key: &str, values: Vec<String>, version: Version) -> Result<Self, Arc<Unread>> {
        let lower = written.to_ascii_lowercase();
        let (set, name) = match (lower.strip_prefix("foranyvalue:"), lower.strip_prefix("forallvalues:")) {
            (Some(name), _) => (SetOperator::Any, name),
            (_, Some(name)) => (SetOperator::All, name),
            _ => (SetOperator::One, lower.as_str()),
        };
        let (if_exists, name) = name.strip_suffix("ifexists").map_or((false, name), |name| (true, name));
        let operator = operator(name).filter(|operator| !(if_exists && operator.comparison == Comparison::Null));
        let operator = operator.ok_or_else(|| malformed(&format!("there is no operator {written}")))?;
        if operator.comparison == Comparison::Text
            && let Some(refusal) = values.iter().find_map(|value| Text::refusal(value, version))
        {
            return Err(malformed(refusal));
        }
        let mut operands: Vec<Operand> = values.iter().map(|value| operand(value, &operator, version)).collect();
        // Of an empty list AWS says that it never matches a value, and only of positive set operators what follows.
        if operands.is_empty()
            && (set == SetOperator::One || operator.negated || operator.comparison == Comparison::Null)
        {
            operands.push(Operand::Undefined);
        }
        Ok(Self {
            operator: written.into(),
            comparison: operator.comparison,
            negated: operator.negated,
            if_exists,
            set,
            key: key.to_lowercase().into(),
            written_key: key.into(),
            operands,
            values,
        })
    }

    /// The keys of the policy variables in its values.
    pub(crate) fn variables(&self) -> impl Iterator<Item = &str> {
        self.operands
            .iter()
            .flat_map(|operand| match operand {
                Operand::Text(text) => Some(text.variables()),
                _ => None,
            })
            .flatten()
    }
}

fn operator(name: &str) -> Option<Operator> {
    let text = |wildcards, case, negated| Operator { comparison: Comparison::Text, negated, wildcards, case };
    let typed =
        |comparison, negated| Operator { comparison, negated, wildcards: Wildcards::None, case: Case::Sensitive };
    if let Some(order) = name.strip_prefix("numeric") {
        let (order, negated) = ordering(order)?;
        return Some(typed(Comparison::Number(order), negated));
    }
    if let Some(order) = name.strip_prefix("date") {
        let (order, negated) = ordering(order)?;
        return Some(typed(Comparison::Date(order), negated));
    }
    Some(match name {
        "stringequals" | "binaryequals" => text(Wildcards::None, Case::Sensitive, false),
        "stringnotequals" => text(Wildcards::None, Case::Sensitive, true),
        "stringequalsignorecase" => text(Wildcards::None, Case::Ignored, false),
        "stringnotequalsignorecase" => text(Wildcards::None, Case::Ignored, true),
        "stringlike" => text(Wildcards::All, Case::Sensitive, false),
        "stringnotlike" => text(Wildcards::All, Case::Sensitive, true),
        "arnequals" | "arnlike" => text(Wildcards::Arn, Case::Sensitive, false),
        "arnnotequals" | "arnnotlike" => text(Wildcards::Arn, Case::Sensitive, true),
        "bool" => typed(Comparison::Bool, false),
        "ipaddress" => typed(Comparison::Address, false),
        "notipaddress" => typed(Comparison::Address, true),
        "null" => typed(Comparison::Null, false),
        _ => return None,
    })
}

fn ordering(name: &str) -> Option<(Order, bool)> {
    Some(match name {
        "equals" => (Order::Equals, false),
        "notequals" => (Order::Equals, true),
        "lessthan" => (Order::LessThan, false),
        "lessthanequals" => (Order::LessThanEquals, false),
        "greaterthan" => (Order::GreaterThan, false),
        "greaterthanequals" => (Order::GreaterThanEquals, false),
        _ => return None,
    })
}

fn operand(value: &str, operator: &Operator, version: Version) -> Operand {
    let parsed = match operator.comparison {
        // AWS does not say whether an ARN of nothing but wildcards is one.
        Comparison::Text
            if operator.wildcards == Wildcards::Arn && !value.is_empty() && value.chars().all(|c| c == '*') =>
        {
            return Operand::Undefined;
        }
        Comparison::Text => {
            let reading = Reading { version, wildcards: operator.wildcards, case: operator.case };
            return Operand::Text(Text::parse(value, reading));
        }
        // AWS's pages contradict each other on variables in booleans.
        Comparison::Bool | Comparison::Null if version == Version::V2012 && value.contains("${") => {
            return Operand::Undefined;
        }
        Comparison::Number(_) => number(value).map(Operand::Number),
        Comparison::Date(_) => moment::parse(value).map(Operand::Number),
        Comparison::Bool | Comparison::Null => boolean(value).map(Operand::Bool),
        Comparison::Address => range(value).map(|(first, last)| Operand::Range(first, last)),
    };
    parsed.unwrap_or(Operand::Nothing)
}
