//! One caller with one action: the statements that concern it, and what it can make of every condition key.

use std::borrow::Cow;

use super::asker::Asker;
use crate::policy::actions::Probe;
use crate::policy::callers::{Caller, Who};
use crate::policy::document::{Comparison, Operand, SetOperator, Statement};
use crate::policy::domain::{Domain, Space, not_empty};
use crate::policy::evaluate::Holds;
use crate::policy::keys::Kind;
use crate::policy::mentions::Mentions;
use crate::policy::pattern::Pattern;
use crate::policy::search::Layers;
use crate::policy::services::writes_for_others;

/// The resource, which is a variable of the search like a condition key.
pub(super) const RESOURCE: usize = 0;

/// One caller with one action.
pub(super) struct Case<'a> {
    pub(super) caller: &'a Caller,
    pub(super) probe: &'a Probe<'a>,
    /// The resource, and each condition key that the statements mention.
    variables: Vec<Variable<'a>>,
    /// The statements that name the caller and cover the action.
    pub(super) statements: Vec<Concerned<'a>>,
}

/// A condition key, or the resource.
#[derive(Debug, PartialEq)]
pub(super) struct Variable<'a> {
    /// Its name in lower case; empty for the resource.
    pub(super) key: &'a str,
    /// Its name as a policy writes it.
    pub(super) written: &'a str,
    /// What the caller can make of it.
    pub(super) domain: Cow<'a, Domain>,
}

/// A statement that may concern the case.
#[derive(Clone, Copy, Debug)]
pub(super) struct Concerned<'a> {
    pub(super) statement: &'a Statement,
    pub(super) layer: usize,
    /// Whether it is certain that it names the caller.
    pub(super) is_certain: bool,
}

impl<'a> Case<'a> {
    /// One caller with one action, whose resources are known.
    pub(super) fn new(
        layers: &Layers<'a>,
        mentions: &Mentions<'a>,
        asker: &'a Asker<'a>,
        probe: &'a Probe<'a>,
        resource: &'a Domain,
    ) -> Self {
        let numbered = layers.statements().iter().zip(&asker.named).zip(&probe.covered);
        let concerned = numbered.filter(|((_, named), is_covered)| **is_covered && **named != Holds::No);
        let statements = concerned.map(|(((layer, statement), named), _)| Concerned {
            statement,
            layer: *layer,
            is_certain: *named == Holds::Yes,
        });
        let caller = asker.caller;
        let domain = without_what_is_written_for_others(caller, resource, mentions);
        let variables = vec![Variable { key: "", written: "", domain }];
        let mut case = Self { caller, probe, variables, statements: statements.collect() };
        if layers.denials_only || case.statements.iter().any(|each| each.statement.allows()) {
            case.find_variables(asker, mentions);
        }
        case
    }

    fn find_variables(&mut self, asker: &'a Asker<'a>, mentions: &Mentions<'a>) {
        for Concerned { statement, .. } in self.statements.clone() {
            let texts = statement.resources.iter().flat_map(|patterns| &patterns.texts);
            texts.flat_map(|text| text.variables()).for_each(|key| self.add(key, key, asker, mentions));
            for condition in &statement.conditions {
                self.add(&condition.key, &condition.written_key, asker, mentions);
                condition.variables().for_each(|key| self.add(key, key, asker, mentions));
            }
        }
    }

    fn add(&mut self, key: &'a str, written: &'a str, asker: &'a Asker<'a>, mentions: &Mentions<'a>) {
        if self.variable(key).is_some() {
            return;
        }
        let number = mentions.keys.iter().position(|known| *known == key);
        let domain = match number.filter(|_| self.probe.carries(key)) {
            Some(number) => Cow::Borrowed(&asker.domains[number]),
            None => Cow::Owned(Domain::absent()),
        };
        self.variables.push(Variable { key, written, domain });
    }

    pub(super) fn variables(&self) -> &[Variable<'a>] {
        &self.variables
    }

    /// The number of a condition key.
    pub(super) fn variable(&self, key: &str) -> Option<usize> {
        self.variables.iter().position(|variable| variable.key == key)
    }

    /// Whether the policies cannot tell it from another, whose answer is then its answer.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.variables == other.variables
            && self.statements.len() == other.statements.len()
            && self
                .statements
                .iter()
                .zip(&other.statements)
                .all(|(one, two)| std::ptr::eq(one.statement, two.statement) && one.is_certain == two.is_certain)
    }

    /// Whether AWS does not define something on which the case may depend.
    pub(super) fn is_doubtful(&self) -> bool {
        let has_doubt = |each: &Concerned<'_>| {
            !each.is_certain
                || each.statement.conditions.iter().any(|condition| {
                    let is_undefined = condition.operands.iter().any(|operand| matches!(operand, Operand::Undefined));
                    let variable = self.variable(&condition.key).map(|number| &self.variables[number]);
                    let is_multivalued = variable.is_some_and(|variable| variable.domain.is_multivalued);
                    let is_plain = condition.set == SetOperator::One;
                    let is_doubtful = match condition.comparison {
                        Comparison::Null => {
                            !is_plain || variable.is_some_and(|variable| self.may_rest_on_an_empty_text(variable))
                        }
                        _ => is_multivalued && is_plain || condition.set == SetOperator::Any && condition.if_exists,
                    };
                    is_undefined || is_doubtful
                })
        };
        self.statements.iter().any(has_doubt)
    }

    /// Whether a key can be empty and is compared besides, so that it may matter whether an empty text is null.
    fn may_rest_on_an_empty_text(&self, variable: &Variable<'_>) -> bool {
        let conditions = self.statements.iter().flat_map(|each| &each.statement.conditions);
        variable.domain.may_be_empty()
            && conditions.into_iter().any(|each| *each.key == *variable.key && each.comparison != Comparison::Null)
    }
}

/// What the resource of an action can be. Where a policy names resources by something else than ARNs, as Lambda's does,
/// nothing is known of their shape.
pub(super) fn resource(probe: &Probe<'_>, mentions: &Mentions<'_>) -> Domain {
    let patterns: Vec<&Pattern> = mentions.resources().collect();
    let is_plain = |pattern: &&Pattern| pattern.only_text().is_some_and(|text| !text.starts_with("arn:"));
    let known = probe.kind.filter(|_| !patterns.iter().any(is_plain));
    let (within, without) = match (&probe.resource, known) {
        (Some(shape), _) => (vec![vec![shape.clone()]], Vec::new()),
        (None, Some(kind)) => {
            let (shape, other) = kind.shape(mentions.partition);
            let named = Some(kind.named(&patterns)).filter(|named| !named.is_empty());
            (named.into_iter().chain([vec![shape]]).collect(), other.cloned().into_iter().collect())
        }
        (None, None) => (vec![vec![not_empty()]], Vec::new()),
    };
    Domain {
        may_be_absent: false,
        may_be_present: true,
        is_multivalued: false,
        kind: Kind::Text,
        space: Space::Texts { within, without },
    }
}

/// A service that acts for a stranger does not write where what it writes for others goes.
fn without_what_is_written_for_others<'a>(
    caller: &Caller,
    resource: &'a Domain,
    mentions: &Mentions<'_>,
) -> Cow<'a, Domain> {
    let (Who::ServiceForAnybody(service), Space::Texts { within, without }) = (&caller.who, &resource.space) else {
        return Cow::Borrowed(resource);
    };
    let others: Vec<Pattern> =
        mentions.resources().flat_map(|pattern| writes_for_others(service, pattern.tokens())).collect();
    if others.is_empty() {
        return Cow::Borrowed(resource);
    }
    let without = without.iter().cloned().chain(others).collect();
    Cow::Owned(Domain { space: Space::Texts { within: within.clone(), without }, ..resource.clone() })
}
