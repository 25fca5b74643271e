//! What a JSON pattern compares with, and how that compares with a value of an event.

use std::fmt;

use super::cursor::{Cursor, Malformed, quote};
use super::regex::Expression;
use super::wildcard;
use crate::doc::Doc;

/// What stands behind an operator.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// Text; `*` at its ends stands for any text.
    Text {
        /// The text.
        text: String,
        /// Whether it stands in quotes: without, it may as well be a number's beginning (`4*`).
        is_quoted: bool,
    },
    /// A number, and how it is written.
    Number {
        /// Its value.
        value: f64,
        /// As it is written.
        text: String,
    },
    /// A regular expression.
    Expression(Expression),
}

/// How an operator compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// Operators as they are written; those that begin like another one stand before it.
pub(super) const OPERATORS: [(&str, Operator); 6] = [
    ("!=", Operator::NotEqual),
    ("<=", Operator::LessOrEqual),
    (">=", Operator::GreaterOrEqual),
    ("=", Operator::Equal),
    ("<", Operator::Less),
    (">", Operator::Greater),
];

impl Operator {
    /// Whether it wants a number behind it.
    pub(super) fn is_numeric(self) -> bool {
        !matches!(self, Self::Equal | Self::NotEqual)
    }

    fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Self::Equal => left == right,
            Self::NotEqual => left != right,
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
        }
    }
}

impl Operand {
    /// Reads an operand.
    pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Self, Malformed> {
        match cursor.peek() {
            Some('"') => Ok(Self::Text { text: cursor.quoted()?, is_quoted: true }),
            Some('%') => Expression::parse(cursor).map(Self::Expression),
            _ => {
                let text = cursor.take_while(is_bare);
                if text.is_empty() {
                    return Err(cursor.malformed("a value is text in quotes, a word, a number or `%…%`"));
                }
                let text = text.to_owned();
                Ok(number(&text).map_or_else(
                    || Self::Text { text: text.clone(), is_quoted: false },
                    |value| Self::Number { value, text: text.clone() },
                ))
            }
        }
    }

    /// Whether a value compares so; `None` where AWS does not say.
    pub(super) fn compare(&self, operator: Operator, value: &Doc) -> Option<bool> {
        let is_equal = match value {
            Doc::String(text) if operator.is_numeric() => return number(text).map_or(Some(false), |_| None),
            Doc::Int(number) => return self.compare_number(operator, *number as f64, &number.to_string()),
            Doc::Double(number) => return self.compare_number(operator, *number, &number.to_string()),
            Doc::String(text) => self.equals_text(text)?,
            // Value nodes are strings and numbers: nothing else equals anything, and AWS does not say whether it differs.
            Doc::Bool(flag) if operator == Operator::Equal && !self.may_be(&flag.to_string()) => false,
            Doc::Null if operator == Operator::Equal && !self.may_be("") => false,
            Doc::Bool(_) | Doc::Null if !operator.is_numeric() => return None,
            _ => return Some(false),
        };
        Some(is_equal == (operator == Operator::Equal))
    }

    fn may_be(&self, written: &str) -> bool {
        match self {
            Self::Text { text, .. } => wildcard::matches(text, written) != Some(false),
            Self::Number { .. } => false,
            Self::Expression(_) => true,
        }
    }

    fn equals_text(&self, text: &str) -> Option<bool> {
        match self {
            Self::Text { text: wanted, .. } => wildcard::matches(wanted, text),
            Self::Number { text: wanted, .. } if wanted == text => Some(true),
            // `08` and `8`: equal as numbers, and the event holds text.
            Self::Number { value, .. } => (number(text) != Some(*value)).then_some(false),
            Self::Expression(expression) => Some(expression.is_match(text)),
        }
    }

    fn compare_number(&self, operator: Operator, number: f64, as_text: &str) -> Option<bool> {
        let is_equal = match self {
            Self::Number { value, .. } => return Some(operator.holds(number, *value)),
            _ if operator.is_numeric() => return None,
            Self::Text { text, .. } if text == "*" => true,
            Self::Text { text, is_quoted } => match wildcard::matches(text, as_text)? {
                // AWS does not say whether text in quotes ever equals a number.
                true if *is_quoted => return None,
                matches => matches,
            },
            Self::Expression(expression) => expression.is_match(as_text),
        };
        Some(is_equal == (operator == Operator::Equal))
    }
}

/// Characters of a value without quotes.
fn is_bare(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_*.-+:/@".contains(c)
}

/// A number as patterns write it: an integer or a decimal with an optional sign, and an exponent.
pub(super) fn number(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).map_or((unsigned, None), |(m, e)| (m, Some(e)));
    let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').map_or((mantissa, None), |(w, f)| (w, Some(f)));
    let is_number = are_digits(whole)
        && fraction.is_none_or(are_digits)
        && exponent.is_none_or(|exponent| are_digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)));
    is_number.then(|| text.parse().ok()).flatten().filter(|number: &f64| number.is_finite())
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text { text, is_quoted: true } => f.write_str(&quote(text)),
            Self::Text { text, .. } | Self::Number { text, .. } => f.write_str(text),
            Self::Expression(expression) => write!(f, "{expression}"),
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let written = OPERATORS.iter().find(|(_, operator)| operator == self).map_or("", |(written, _)| written);
        f.write_str(written)
    }
}
