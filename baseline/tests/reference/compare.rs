//! One value of a request against one value of a policy, by the kind of operator.
//!
//! `reference_policies_elements_condition_operators.html`. A value that is not of the operator's type does not match.

use std::net::IpAddr;

use super::context::Context;
use super::date;
use super::pattern::{self, Piece};
use super::truth::Truth::{self, No, Undecided};

/// What an operator compares, without its negation.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Comparison {
    Text,
    TextIgnoringCase,
    TextLike,
    Arn,
    Number(Order),
    Date(Order),
    Boolean,
    Binary,
    Address,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Order {
    fn holds<T: PartialOrd>(self, found: T, wanted: T) -> bool {
        match self {
            Self::Equal => found == wanted,
            Self::Less => found < wanted,
            Self::LessOrEqual => found <= wanted,
            Self::Greater => found > wanted,
            Self::GreaterOrEqual => found >= wanted,
        }
    }
}

impl Comparison {
    /// Whether the request's value matches the policy's. `variables` is absent where the policy's version has none.
    pub(crate) fn matches(self, wanted: &str, found: &str, variables: Option<&Context>) -> Truth {
        match self {
            Self::Text => text(wanted, variables, |wanted| pattern::is(wanted, found)),
            Self::TextIgnoringCase => {
                text(wanted, variables, |wanted| pattern::literal(wanted).to_lowercase() == found.to_lowercase())
            }
            Self::TextLike => text(wanted, variables, |wanted| pattern::fits(wanted, &chars(found))),
            // Whether wildcards alone are an ARN is not said.
            Self::Arn if !wanted.is_empty() && wanted.chars().all(|character| character == '*') => Undecided,
            Self::Arn => text(wanted, variables, |wanted| pattern::fits_as_arn(wanted, found)),
            Self::Number(order) => both(number, wanted, found, |wanted, found| order.holds(found, wanted)),
            Self::Date(order) => both(date::instant, wanted, found, |wanted, found| order.holds(found, wanted)),
            Self::Boolean if variables.is_some() && wanted.contains("${") => Undecided,
            Self::Boolean => both(boolean, wanted, found, |wanted, found| wanted == found),
            Self::Binary => Truth::from(wanted == found),
            Self::Address => address(wanted, found),
        }
    }
}

fn chars(text: &str) -> Vec<char> {
    text.chars().collect()
}

fn text(wanted: &str, variables: Option<&Context>, matches: impl Fn(&[Piece]) -> bool) -> Truth {
    let wanted = match variables {
        Some(context) => pattern::with_variables(wanted, context),
        None => Ok(pattern::plain(wanted)),
    };
    wanted.map_or_else(pattern::Missing::matches, |wanted| Truth::from(matches(&wanted)))
}

fn both<T>(read: impl Fn(&str) -> Option<T>, wanted: &str, found: &str, matches: impl Fn(T, T) -> bool) -> Truth {
    match (read(wanted), read(found)) {
        (Some(wanted), Some(found)) => Truth::from(matches(wanted, found)),
        _ => No,
    }
}

/// "An integer or decimal value."
fn number(text: &str) -> Option<f64> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_decimal = digits.split('.').count() <= 2
        && digits.split('.').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    is_decimal.then(|| text.parse().ok())?
}

fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// An address in a range. "If you specify an IP address without the associated routing prefix, IAM uses the default
/// prefix value of /32", which is one address; so it is for version 6, too.
fn address(wanted: &str, found: &str) -> Truth {
    let Ok(found) = found.parse::<IpAddr>() else { return No };
    let (network, length) = wanted.split_once('/').unwrap_or((wanted, ""));
    let Ok(network) = network.parse::<IpAddr>() else { return No };
    let length = match (wanted.contains('/'), network) {
        (true, _) => length.parse::<u32>().unwrap_or(u32::MAX),
        (false, IpAddr::V4(_)) => 32,
        (false, IpAddr::V6(_)) => 128,
    };
    in_range(network, length, found)
}

fn in_range(network: IpAddr, length: u32, found: IpAddr) -> Truth {
    let (network, found, width) = match (network, found) {
        (IpAddr::V4(network), IpAddr::V4(found)) => (network.to_bits().into(), found.to_bits().into(), 32),
        (IpAddr::V6(network), IpAddr::V6(found)) => (network.to_bits(), found.to_bits(), 128),
        _ => return No,
    };
    if length > width {
        return No;
    }
    let differing: u128 = network ^ found;
    Truth::from(differing.checked_shr(width - length).unwrap_or(0) == 0)
}
