//! Numbers and moments that satisfy conditions: every one that a policy names, one between each two neighbours, and one
//! beyond each end. No policy can tell more apart.

use super::Literal;
use crate::policy::document::{Comparison, Operand};
use crate::policy::keys::Kind;
use crate::policy::language::Found;
use crate::policy::moment;

/// A number between two bounds that satisfies all wishes.
pub(super) fn one(
    literals: &[&Literal<'_>],
    bounds: Option<(f64, f64)>,
    kind: Kind,
    fits: impl Fn(&String) -> bool,
) -> Found<String> {
    if let Some(found) = candidates(literals, bounds, kind).find(&fits) {
        return Found::One(found);
    }
    let is_numeric =
        |literal: &&&Literal<'_>| matches!(literal.condition.comparison, Comparison::Number(_) | Comparison::Date(_));
    if literals.iter().all(|literal| is_numeric(&literal)) {
        return Found::None;
    }
    // Compared as text as well: what the policies write may be a number, and another spelling may satisfy them.
    let written = literals.iter().flat_map(|literal| literal.condition.values.iter().cloned());
    match written.into_iter().find(|value| moment::parse(value).is_some() && fits(value)) {
        Some(value) if bounds.is_none() => Found::One(value),
        _ => Found::TooComplex,
    }
}

/// The numbers that the wishes can tell apart.
pub(super) fn candidates(
    literals: &[&Literal<'_>],
    bounds: Option<(f64, f64)>,
    kind: Kind,
) -> impl Iterator<Item = String> + use<> {
    let operands = literals.iter().flat_map(|literal| &literal.condition.operands);
    let mut named: Vec<f64> = operands
        .filter_map(|operand| match operand {
            Operand::Number(number) => Some(*number),
            _ => None,
        })
        .chain(bounds.iter().flat_map(|(from, to)| [*from, *to]))
        .collect();
    named.sort_by(f64::total_cmp);
    named.dedup();
    let mut all = vec![0.0, 1.0];
    all.extend(named.first().map(|first| first - 1.0));
    for (number, value) in named.iter().enumerate() {
        all.push(*value);
        all.push(named.get(number + 1).map_or(value + 1.0, |next| f64::midpoint(*value, *next)));
    }
    let is_within = move |value: &f64| bounds.is_none_or(|(from, to)| (from..=to).contains(value));
    all.into_iter().filter(is_within).map(move |value| written(value, kind))
}

/// A number as a request carries it.
pub(crate) fn written(value: f64, kind: Kind) -> String {
    match kind {
        Kind::Date if value.fract() == 0.0 => moment::format(value).unwrap_or_else(|| value.to_string()),
        _ => value.to_string(),
    }
}
