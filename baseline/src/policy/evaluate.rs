//! The concrete evaluator: whether a statement applies to a request. Three-valued, because AWS leaves some comparisons
//! undefined, and because a request may leave keys open.

mod condition;
mod principal;

use super::document::{Patterns, Statement};
use super::request::{Fact, Facts, Principal};
use super::text::{Filled, Filling};

pub(crate) use condition::holds;
pub(crate) use principal::{Degree, Match, names};

/// Whether something holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Holds {
    No,
    /// AWS does not define it, or the request does not say.
    Perhaps,
    Yes,
}

impl Holds {
    /// Both.
    pub(crate) fn and(self, other: Self) -> Self {
        self.min(other)
    }

    /// Either.
    pub(crate) fn or(self, other: Self) -> Self {
        self.max(other)
    }

    /// The opposite.
    pub(crate) fn not(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Perhaps => Self::Perhaps,
            Self::Yes => Self::No,
        }
    }

    /// `Yes` or `No`.
    pub(crate) fn of(value: bool) -> Self {
        if value { Self::Yes } else { Self::No }
    }
}

/// What a statement is held against.
pub(crate) struct Asked<'a, F> {
    /// Who asks.
    pub(crate) principal: &'a Principal,
    /// Whether a permissions boundary limits the principal.
    pub(crate) has_boundary: bool,
    /// The action.
    pub(crate) action: &'a str,
    /// The resource.
    pub(crate) resource: &'a str,
    /// The condition keys.
    pub(crate) facts: &'a F,
}

/// Whether a statement applies to a request, and how it names the principal; an identity policy names nobody, because
/// it is attached to the principal.
pub(crate) fn applies<F: Facts>(statement: &Statement, asked: &Asked<'_, F>) -> (Holds, Match) {
    let named = match &statement.principals {
        Some(principals) => names(principals, statement.effect, asked.principal, asked.has_boundary),
        None => Match::DIRECT,
    };
    let mut holds = named.holds;
    let elements = std::iter::once((&statement.actions, asked.action));
    for (patterns, text) in elements.chain(statement.resources.iter().map(|patterns| (patterns, asked.resource))) {
        if holds == Holds::No {
            break;
        }
        holds = holds.and(covers(patterns, text, asked.facts));
    }
    for each in &statement.conditions {
        if holds == Holds::No {
            break;
        }
        holds = holds.and(condition::holds(each, asked.facts.fact(&each.key), asked.facts));
    }
    (holds, named)
}

/// Whether an element covers a text. A pattern with a variable that has no value covers nothing, and so the opposite
/// element everything.
pub(crate) fn covers<F: Facts>(patterns: &Patterns, text: &str, facts: &F) -> Holds {
    let mut found = Holds::No;
    for each in &patterns.texts {
        found = found.or(matches(each, text, facts));
        if found == Holds::Yes {
            break;
        }
    }
    if patterns.inverted { found.not() } else { found }
}

/// Whether a text of a policy, its variables filled in, matches.
fn matches<F: Facts>(pattern: &super::text::Text, text: &str, facts: &F) -> Holds {
    match pattern {
        super::text::Text::Fixed(pattern) => Holds::of(pattern.as_ref().is_some_and(|pattern| pattern.matches(text))),
        variable => match variable.fill(|key| filling(facts, key)) {
            Filled::Pattern(pattern) => Holds::of(pattern.is_some_and(|pattern| pattern.matches(text))),
            Filled::NoValue => Holds::No,
            Filled::Undecided => Holds::Perhaps,
        },
    }
}

/// What a request gives for a policy variable.
fn filling<'a, F: Facts>(facts: &'a F, key: &str) -> Filling<'a> {
    match facts.fact(key) {
        Fact::Values([only]) => Filling::Value(only),
        Fact::Absent | Fact::Values(_) => Filling::Nothing,
        Fact::Undecided => Filling::Undecided,
    }
}

#[cfg(test)]
mod tests;
