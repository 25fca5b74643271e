//! What a kind of caller can make of a condition key, and the values in it that satisfy some conditions and not others:
//! one such value, or the proof that there is none. Exact by type: texts by automata; numbers, dates and addresses by the
//! intervals that the named values make.

mod address;
mod number;
mod texts;

use super::document::{Comparison, Condition, Operand, SetOperator};
use super::evaluate::{Holds, holds};
use super::keys::Kind;
use super::language::Found;
use super::pattern::Pattern;
use super::request::{Fact, Facts};
use super::work::Work;

#[cfg(test)]
pub(crate) use address::Range;
pub(crate) use address::{Addresses, narrow};
pub(crate) use number::written;
pub(crate) use texts::not_empty;

/// What a caller can make of a key.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Domain {
    /// Whether a request may lack it.
    pub(crate) may_be_absent: bool,
    /// Whether a request may have it.
    pub(crate) may_be_present: bool,
    /// Whether a request may have several values of it.
    pub(crate) is_multivalued: bool,
    /// What its values are.
    pub(crate) kind: Kind,
    /// Which values it can have.
    pub(crate) space: Space,
}

/// Which values a key can have.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Space {
    /// These.
    Only(Vec<String>),
    /// Texts that fit one pattern of each group and none of the others.
    Texts { within: Vec<Vec<Pattern>>, without: Vec<Pattern> },
    /// Addresses.
    Addresses(Addresses),
    /// Moments between two, as seconds since 1970.
    Moments(f64, f64),
    /// Any of its kind.
    Any,
}

/// A condition with a wish: that it holds, or that it does not.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Literal<'a> {
    pub(crate) condition: &'a Condition,
    pub(crate) wanted: bool,
}

/// How to treat what AWS does not define.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Reading {
    /// As an obstacle: what is found gets through in any reading.
    Strict,
    /// As an opening: what is not found does not get through in any reading.
    Lenient,
}

impl Reading {
    /// Whether an answer will do for a wish.
    pub(crate) fn takes(self, holds: Holds, wanted: bool) -> bool {
        holds == Holds::of(wanted) || self == Self::Lenient && holds == Holds::Perhaps
    }
}

/// No condition keys: for conditions without policy variables.
pub(crate) struct NoFacts;

impl Facts for NoFacts {
    fn fact(&self, _: &str) -> Fact<'_> {
        Fact::Absent
    }
}

/// The values of a key; `None` is its absence.
pub(crate) type Values = Option<Vec<String>>;

impl Domain {
    /// Anything, or nothing: a key of which nothing is known.
    pub(crate) fn unknown() -> Self {
        Self { may_be_absent: true, may_be_present: true, is_multivalued: true, kind: Kind::Text, space: Space::Any }
    }

    /// A key that no request has.
    pub(crate) fn absent() -> Self {
        Self { may_be_present: false, ..Self::unknown() }
    }

    /// Whether a request can have a value.
    pub(crate) fn has(&self, value: &str) -> bool {
        self.may_be_present
            && match &self.space {
                Space::Only(values) => values.iter().any(|known| known == value),
                Space::Texts { within, without } => {
                    within.iter().all(|group| group.iter().any(|pattern| pattern.matches(value)))
                        && !without.iter().any(|pattern| pattern.matches(value))
                }
                Space::Addresses(addresses) => value.parse().is_ok_and(|address| addresses.have(address)),
                Space::Moments(from, to) => {
                    super::moment::parse(value).is_some_and(|moment| (*from..=*to).contains(&moment))
                }
                Space::Any => true,
            }
    }

    /// Whether a request can have it without any text.
    pub(crate) fn may_be_empty(&self) -> bool {
        self.kind == Kind::Text && self.has("")
    }

    /// Values that make all wishes true: none at all if that will do, else as few as possible.
    pub(crate) fn values(&self, literals: &[Literal<'_>], reading: Reading, work: &Work) -> Found<Values> {
        if self.may_be_absent && literals.iter().all(|literal| takes(literal, Fact::Absent, reading)) {
            return Found::One(None);
        }
        if !self.may_be_present {
            return Found::None;
        }
        let (presence, valued): (Vec<&Literal<'_>>, Vec<&Literal<'_>>) =
            literals.iter().partition(|literal| literal.condition.comparison == Comparison::Null);
        let are_taken = |fact| presence.iter().all(|null| takes(null, fact, reading));
        let found = if are_taken(Fact::Values(&[])) { self.present(&valued, reading, work) } else { Found::None };
        match found {
            Found::One(Some(values)) if values.iter().all(String::is_empty) => self.empty(&presence, &valued, reading),
            Found::None => self.empty(&presence, &valued, reading),
            found => found,
        }
    }

    /// One value, or several.
    fn present(&self, literals: &[&Literal<'_>], reading: Reading, work: &Work) -> Found<Values> {
        match self.one(literals, reading, work) {
            Found::One(value) => Found::One(Some(vec![value])),
            Found::None if self.is_multivalued => self.several(literals, reading, work),
            Found::None => Found::None,
            Found::TooComplex => Found::TooComplex,
        }
    }

    /// The empty text, where nothing else will do: set operators count it as no value, and AWS does not say whether `Null`
    /// does. It does or does not, for all wishes alike.
    fn empty(&self, presence: &[&Literal<'_>], valued: &[&Literal<'_>], reading: Reading) -> Found<Values> {
        let empty = [String::new()];
        let are_taken = |fact| presence.iter().all(|null| takes(null, fact, reading));
        let is_null_or_not = || are_taken(Fact::Absent) || are_taken(Fact::Values(&[]));
        let fits = self.may_be_empty()
            && (presence.is_empty() || reading == Reading::Lenient && is_null_or_not())
            && valued.iter().all(|literal| takes(literal, Fact::Values(&empty), reading));
        if fits { Found::One(Some(empty.into())) } else { Found::None }
    }

    /// Several values, where each satisfies what all must, and what one must is satisfied by one.
    fn several(&self, literals: &[&Literal<'_>], reading: Reading, work: &Work) -> Found<Values> {
        let needs_one = |literal: &&&Literal<'_>| match literal.condition.set {
            SetOperator::Any => literal.wanted,
            SetOperator::All => !literal.wanted,
            SetOperator::One => false,
        };
        let some: Vec<&Literal<'_>> = literals.iter().filter(needs_one).copied().collect();
        let all: Vec<&Literal<'_>> = literals.iter().filter(|literal| !needs_one(literal)).copied().collect();
        // An operator without a set operator is defined for one value only, and one has been tried.
        let is_undefined = all.iter().any(|each| each.condition.set == SetOperator::One && each.wanted);
        if is_undefined && reading == Reading::Strict || some.is_empty() {
            return Found::None;
        }
        let all: Vec<&Literal<'_>> =
            all.into_iter().filter(|each| each.condition.set != SetOperator::One || !each.wanted).collect();
        let mut values = Vec::new();
        for one in some {
            let wishes: Vec<&Literal<'_>> = all.iter().copied().chain([one]).collect();
            match self.one(&wishes, reading, work) {
                Found::One(value) if values.contains(&value) => {}
                Found::One(value) => values.push(value),
                Found::None => return Found::None,
                Found::TooComplex => return Found::TooComplex,
            }
        }
        Found::One(Some(values))
    }

    /// One value that satisfies all.
    fn one(&self, literals: &[&Literal<'_>], reading: Reading, work: &Work) -> Found<String> {
        // Numbers and addresses are tried one by one, each against all that are named.
        let named: usize = literals.iter().map(|literal| literal.condition.operands.len()).sum();
        let is_tried = !matches!(self.space, Space::Texts { .. });
        if !work.take(1 + if is_tried { named * named } else { named }) {
            return Found::TooComplex;
        }
        let fits = |value: &String| {
            let fact = Fact::Values(std::slice::from_ref(value));
            literals.iter().all(|literal| takes(literal, fact, reading))
        };
        match &self.space {
            Space::Only(values) => values.iter().find(|value| fits(value)).cloned().map_or(Found::None, Found::One),
            Space::Addresses(addresses) => addresses.one(literals, fits),
            Space::Moments(from, to) => number::one(literals, Some((*from, *to)), self.kind, fits),
            Space::Any if self.kind == Kind::Bool => {
                let mut both = ["true", "false"].into_iter().map(str::to_owned);
                both.find(fits).map_or(Found::None, Found::One)
            }
            Space::Any if self.kind == Kind::Address => Addresses::any().one(literals, fits),
            Space::Any if matches!(self.kind, Kind::Number | Kind::Date) => {
                number::one(literals, None, self.kind, fits)
            }
            Space::Any => texts::one(&[], &[], literals, reading, work, fits),
            Space::Texts { within, without } => texts::one(within, without, literals, reading, work, fits),
        }
    }
}

/// Whether what is said of a key satisfies a wish.
fn takes(literal: &Literal<'_>, fact: Fact<'_>, reading: Reading) -> bool {
    reading.takes(holds(literal.condition, fact, &NoFacts), literal.wanted)
}

/// Whether a value has to match one of the operands to satisfy a wish, or must match none.
fn has_to_match(literal: &Literal<'_>) -> bool {
    literal.wanted != literal.condition.negated
}

/// The patterns of a condition.
fn patterns(condition: &Condition) -> impl Iterator<Item = &Pattern> {
    condition.operands.iter().filter_map(|operand| match operand {
        Operand::Text(text) => text.fixed(),
        _ => None,
    })
}

#[cfg(test)]
mod tests;
