//! Atoms: what a statement says of one variable, of the resource or of a condition key; and wishes about them.

use std::borrow::Cow;

use crate::policy::document::Condition;
use crate::policy::domain::{NoFacts, Values};
use crate::policy::evaluate::{Holds, holds};
use crate::policy::pattern::Pattern;
use crate::policy::request::Fact;

/// What a statement says of one variable, its policy variables filled in.
#[derive(Debug)]
pub(super) enum Atom<'a> {
    Resource { patterns: Vec<Cow<'a, Pattern>>, inverted: bool },
    Condition(Cow<'a, Condition>),
}

/// A wish: that an atom holds, or that it does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Wish {
    pub(super) atom: usize,
    pub(super) wanted: bool,
}

/// Wishes about one variable, sorted.
pub(super) type Wishes = Vec<Wish>;

/// Adds a wish.
pub(super) fn add(wishes: &mut Wishes, wish: Wish) {
    if let Err(place) = wishes.binary_search(&wish) {
        wishes.insert(place, wish);
    }
}

impl Atom<'_> {
    /// Whether it holds for values of its variable.
    pub(super) fn holds(&self, values: &Values) -> Holds {
        match self {
            Self::Resource { patterns, inverted } => {
                let resource = values.as_ref().and_then(|values| values.first());
                let covers = resource.is_some_and(|resource| patterns.iter().any(|pattern| pattern.matches(resource)));
                Holds::of(covers != *inverted)
            }
            Self::Condition(condition) => {
                let fact = values.as_ref().map_or(Fact::Absent, |values| Fact::Values(values));
                holds(condition, fact, &NoFacts)
            }
        }
    }

    /// Whether it says the same as another one, as far as that is plain.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Resource { patterns, inverted }, Self::Resource { patterns: others, inverted: opposite }) => {
                inverted == opposite && patterns == others
            }
            (Self::Condition(one), Self::Condition(other)) => {
                // What `${` means depends on the version of the document.
                one.key == other.key
                    && one.operator == other.operator
                    && one.values == other.values
                    && !one.values.iter().any(|value| value.contains("${"))
            }
            _ => false,
        }
    }
}
