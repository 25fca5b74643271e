//! How a function of the language is called: its name, its parameters and its result. Must not know which there are.

use super::call::Body;
use crate::expr::typing::{Class, Type};

/// A function. The receiver of `x.f(y)` is the first argument.
#[derive(Debug)]
pub(in crate::expr) struct Function {
    /// Its name.
    pub(in crate::expr) name: &'static str,
    /// Its parameters; those at the end that may be left out are null then.
    pub(in crate::expr) parameters: &'static [Parameter],
    /// The type of what it returns.
    pub(in crate::expr) result: fn() -> Type,
    /// What it reads beside its arguments: `now`, `region`, `account.id`.
    pub(in crate::expr) reads: &'static [&'static str],
    /// What it does.
    pub(in crate::expr) body: Body,
}

/// What may stand as an argument.
#[derive(Debug)]
pub(in crate::expr) enum Parameter {
    /// Any value.
    Any,
    /// A value of one of these classes.
    Of(&'static [Class]),
    /// A structure of which these members are read.
    Members(&'static [&'static str]),
    /// A list of texts.
    Texts,
    /// What has a size; nothing of what it holds is read.
    Counted,
    /// A regular expression; one that is written out is compiled when the control is loaded.
    Pattern,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A map of these options, written out: `{name: value}`. It is the last parameter.
    Options(&'static [Named]),
}

/// An option.
#[derive(Debug)]
pub(in crate::expr) struct Named {
    pub(in crate::expr) name: &'static str,
    pub(in crate::expr) value: Parameter,
    pub(in crate::expr) is_required: bool,
}

impl Function {
    /// A function that reads its arguments and nothing else.
    pub(in crate::expr) const fn new(
        name: &'static str,
        parameters: &'static [Parameter],
        result: fn() -> Type,
        body: Body,
    ) -> Self {
        Self { name, parameters, result, reads: &[], body }
    }

    /// The function, reading this as well.
    pub(in crate::expr) const fn reading(self, reads: &'static [&'static str]) -> Self {
        Self { reads, ..self }
    }

    /// Whether it can be called with so many arguments, the receiver included.
    pub(in crate::expr) fn takes(&self, arguments: usize) -> bool {
        arguments <= self.parameters.len() && self.parameters.iter().skip(arguments).all(Parameter::may_be_left_out)
    }

    /// How many arguments it takes, in words.
    pub(in crate::expr) fn arguments(&self) -> String {
        let most = self.parameters.len();
        match (0..=most).find(|least| self.takes(*least)) {
            Some(least) if least < most => format!("{least} to {most} arguments"),
            _ => format!("{most} arguments"),
        }
    }
}

impl Parameter {
    fn may_be_left_out(&self) -> bool {
        matches!(self, Self::Options(options) if options.iter().all(|option| !option.is_required))
    }

    /// Whether a value of this type may do.
    pub(in crate::expr) fn accepts(&self, kind: &Type) -> bool {
        let is_one_of = |classes: &[Class]| kind.class().is_none_or(|class| classes.contains(&class));
        match self {
            Self::Any => true,
            Self::Of(classes) => is_one_of(classes),
            Self::Members(_) => is_one_of(&[Class::Map]),
            Self::Texts => match kind {
                Type::List(item) => item.class().is_none_or(|class| class == Class::Text),
                other => matches!(other, Type::Any),
            },
            Self::Counted => is_one_of(&[Class::Text, Class::List, Class::Map]),
            Self::Pattern | Self::Choice(_) => is_one_of(&[Class::Text]),
            Self::Options(_) => is_one_of(&[Class::Map]),
        }
    }
}
