//! Conditions of JSON patterns, and how they are written: `&&` binds closer than `||`.

use std::fmt;

use super::selector::Selector;
use super::value::{Operand, Operator};

/// A condition on a JSON event.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// One of them holds.
    Any(Vec<Condition>),
    /// All of them hold.
    All(Vec<Condition>),
    /// A value compares with an operand.
    Compare(Selector, Operator, Operand),
    /// A value is null, true or false.
    Is(Selector, Literal),
    /// There is no such value.
    NotExists(Selector),
}

/// What `IS` tests for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Literal {
    /// `NULL`
    Null,
    /// `TRUE`
    True,
    /// `FALSE`
    False,
}

/// Literals as they are written.
pub(super) const LITERALS: [(&str, Literal); 3] =
    [("NULL", Literal::Null), ("TRUE", Literal::True), ("FALSE", Literal::False)];

impl Condition {
    /// Every selector, in order.
    pub(super) fn selectors(&self) -> Vec<&Selector> {
        match self {
            Self::Any(conditions) | Self::All(conditions) => conditions.iter().flat_map(Self::selectors).collect(),
            Self::Compare(selector, ..) | Self::Is(selector, _) | Self::NotExists(selector) => vec![selector],
        }
    }

    /// The number of regular expressions.
    pub(super) fn expressions(&self) -> usize {
        match self {
            Self::Any(conditions) | Self::All(conditions) => conditions.iter().map(Self::expressions).sum(),
            Self::Compare(_, _, Operand::Expression(_)) => 1,
            Self::Compare(..) | Self::Is(..) | Self::NotExists(_) => 0,
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = |f: &mut fmt::Formatter<'_>, conditions: &[Self], by: &str| {
            conditions.iter().enumerate().try_for_each(|(number, condition)| {
                let by = if number == 0 { "" } else { by };
                match condition {
                    Self::Any(_) | Self::All(_) => write!(f, "{by}({condition})"),
                    simple => write!(f, "{by}{simple}"),
                }
            })
        };
        match self {
            Self::Any(conditions) => joined(f, conditions, " || "),
            Self::All(conditions) => joined(f, conditions, " && "),
            Self::Compare(selector, operator, operand) => write!(f, "{selector} {operator} {operand}"),
            Self::Is(selector, literal) => {
                let written = LITERALS.iter().find(|(_, each)| each == literal).map_or("", |(written, _)| written);
                write!(f, "{selector} IS {written}")
            }
            Self::NotExists(selector) => write!(f, "{selector} NOT EXISTS"),
        }
    }
}
