//! The concrete evaluator: whether a statement applies to a request. Three-valued, because AWS leaves some comparisons
//! undefined, and because a request may leave keys open.

mod condition;
mod principal;

use super::document::{Effect, Named, Patterns, Principals, Statement};
use super::request::{Fact, Facts, Principal};
use super::text::{Filled, Filling};

pub(crate) use condition::holds;
pub(crate) use principal::{Degree, Match, names};

/// Whether something holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
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

/// What is known of the accounts behind the ids that S3 has for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Canonical {
    /// None of those named is that of who asks: a stranger is named nowhere.
    Others,
    /// Which account one stands for is not known, and it may be that of who asks.
    Anybody,
}

/// What a statement is held against.
pub(crate) struct Asked<'a, F> {
    /// Who asks.
    pub(crate) principal: &'a Principal,
    /// Whether a permissions boundary limits the principal.
    pub(crate) has_boundary: bool,
    /// Whether a canonical user may be the principal's account.
    pub(crate) canonical: Canonical,
    /// The action.
    pub(crate) action: &'a str,
    /// The resource.
    pub(crate) resource: &'a str,
    /// The condition keys.
    pub(crate) facts: &'a F,
}

impl<F> Asked<'_, F> {
    fn named(&self, principals: &Principals, effect: Effect) -> Match {
        let named = names(principals, effect, self.principal, self.has_boundary);
        let has_canonical = || principals.named.iter().any(|named| matches!(named, Named::CanonicalUser(_)));
        let may_be_meant =
            self.canonical == Canonical::Anybody && self.principal.account().is_some() && has_canonical();
        // What names it without the id names it; what only the id could decide is open.
        match (may_be_meant, named.holds == Holds::of(principals.inverted)) {
            (true, true) => Match { holds: Holds::Perhaps, degree: Degree::Itself },
            _ => named,
        }
    }
}

/// Whether a statement applies to a request, and how it names the principal; an identity policy names nobody, because
/// it is attached to the principal.
pub(crate) fn applies<F: Facts>(statement: &Statement, asked: &Asked<'_, F>) -> (Holds, Match) {
    let named = match &statement.principals {
        Some(principals) => asked.named(principals, statement.effect),
        None => Match::DIRECT,
    };
    let covered = || covers_request(statement, statement.resources.as_ref(), asked);
    let holds = if named.holds == Holds::No { Holds::No } else { named.holds.and(covered()) };
    (holds, named)
}

/// Whether a statement could apply that AWS would refuse in its place, whoever it names.
pub(crate) fn could_apply<F: Facts>(statement: &Statement, asked: &Asked<'_, F>) -> Holds {
    let resources = statement.resources.as_ref().filter(|resources| resources.are_arns);
    covers_request(statement, resources, asked).and(Holds::Perhaps)
}

/// Whether a statement is about the action and the resource, and its conditions hold.
fn covers_request<F: Facts>(statement: &Statement, resources: Option<&Patterns>, asked: &Asked<'_, F>) -> Holds {
    let mut holds = Holds::Yes;
    let elements = std::iter::once((&statement.actions, asked.action));
    for (patterns, text) in elements.chain(resources.map(|patterns| (patterns, asked.resource))) {
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
    holds
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
        Fact::Values([only]) if !only.is_empty() => Filling::Value(only),
        Fact::Absent => Filling::Nothing,
        // Of several values AWS says that they cannot be a variable, and of an empty one not whether it is a value.
        Fact::Values(_) | Fact::Undecided => Filling::Undecided,
    }
}

#[cfg(test)]
mod tests;
