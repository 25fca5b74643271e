//! Texts that satisfy conditions.

use super::{Literal, Reading, has_to_match, patterns};
use crate::policy::document::{Comparison, Operand};
use crate::policy::language::{Found, Wanted};
use crate::policy::pattern::{Case, Pattern, Token};
use crate::policy::work::Work;

/// A text within the groups and without the others that satisfies all wishes.
pub(super) fn one(
    within: &[Vec<Pattern>],
    without: &[Pattern],
    literals: &[&Literal<'_>],
    reading: Reading,
    work: &Work,
    fits: impl Fn(&String) -> bool,
) -> Found<String> {
    let mut wanted = Wanted {
        within: within.iter().map(|group| group.iter().collect()).collect(),
        without: without.iter().collect(),
    };
    for literal in literals.iter().filter(|literal| literal.condition.comparison == Comparison::Text) {
        let is_undefined = literal.condition.operands.iter().any(|operand| matches!(operand, Operand::Undefined));
        match (has_to_match(literal), is_undefined, reading) {
            (true, true, Reading::Lenient) => {}
            (true, ..) => wanted.within.push(patterns(literal.condition).collect()),
            (false, true, Reading::Strict) => return Found::None,
            (false, ..) => wanted.without.extend(patterns(literal.condition)),
        }
    }
    if literals.iter().all(|literal| literal.condition.comparison == Comparison::Text) {
        return wanted.text(work);
    }
    mixed(&wanted, literals, work, fits)
}

/// A key that policies compare as text and as something else, too: what the others name, and what fits as text. Where
/// none of it will do there may still be one.
fn mixed(wanted: &Wanted<'_>, literals: &[&Literal<'_>], work: &Work, fits: impl Fn(&String) -> bool) -> Found<String> {
    let named = literals.iter().flat_map(|literal| {
        let candidates =
            super::number::candidates(std::slice::from_ref(literal), None, crate::policy::keys::Kind::Number);
        candidates.chain(literal.condition.values.iter().cloned())
    });
    let words = ["true", "false", "x", "198.51.100.1", "2001:db8::1"].into_iter().map(str::to_owned);
    let as_text = wanted.text(work).one();
    let found = named.chain(words).chain(as_text).find(|value| fits(value) && wanted.is(value));
    let is_text_alone = || {
        // No text at all satisfies the textual wishes.
        wanted.text(work) == Found::None
    };
    match found {
        Some(value) => Found::One(value),
        None if is_text_alone() => Found::None,
        None if only_others(wanted, literals) => Found::None,
        None => Found::TooComplex,
    }
}

/// Whether no wish is textual, so that the values tried were all that can be told apart.
fn only_others(wanted: &Wanted<'_>, literals: &[&Literal<'_>]) -> bool {
    let kinds: Vec<Comparison> = literals.iter().map(|literal| literal.condition.comparison).collect();
    wanted.within.is_empty()
        && wanted.without.is_empty()
        && kinds.iter().all(|kind| std::mem::discriminant(kind) == std::mem::discriminant(&kinds[0]))
        && !matches!(kinds.first(), Some(Comparison::Address))
}

/// The pattern of every text that is not empty.
pub(crate) fn not_empty() -> Pattern {
    Pattern::new([Token::One, Token::Many], Case::Sensitive)
}
