//! One caller with one action: the statements that concern it, and what it can make of every condition key.

use super::asked::Asked;
use super::asker::Asker;
use super::ground::{DomainId, Ground};
use crate::policy::actions::Probe;
use crate::policy::callers::Caller;
use crate::policy::document::{Comparison, Operand, SetOperator};
use crate::policy::domain::Domain;
use crate::policy::evaluate::Holds;

/// The resource, which is a variable of the search like a condition key.
pub(super) const RESOURCE: usize = 0;

/// One caller with one action.
pub(super) struct Case<'a> {
    pub(super) caller: &'a Caller,
    pub(super) probe: &'a Probe<'a>,
    /// The resource, and each condition key that the statements mention.
    pub(super) variables: Vec<Variable<'a>>,
    /// The statements that name the caller and cover the action.
    pub(super) statements: Vec<Concerned>,
}

/// A condition key, or the resource.
#[derive(Clone, Copy, Debug)]
pub(super) struct Variable<'a> {
    /// The number of the key among those mentioned; none for the resource.
    pub(super) key: Option<usize>,
    /// Its name as a policy writes it.
    pub(super) written: &'a str,
    /// What the caller can make of it.
    pub(super) domain: DomainId,
}

/// A statement that may concern the case, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Concerned {
    pub(super) number: usize,
    /// Whether it is certain that it names the caller.
    pub(super) is_certain: bool,
}

/// What tells a case from others: its statements, and the domains of its variables.
pub(super) type Likeness = (Vec<Concerned>, Vec<DomainId>);

impl<'a> Case<'a> {
    /// One caller with one action. Without a statement that allows, where one has to, its variables do not matter.
    pub(super) fn new(asker: &'a Asker<'a>, asked: &'a Asked<'a>, ground: &Ground<'a>, denials_only: bool) -> Self {
        let numbered = asker.named.iter().zip(&asked.probe.covered).enumerate();
        let concerned = numbered.filter(|(_, (named, is_covered))| **is_covered && **named != Holds::No);
        let statements: Vec<Concerned> =
            concerned.map(|(number, (named, _))| Concerned { number, is_certain: *named == Holds::Yes }).collect();
        let mut variables = vec![Variable { key: None, written: "", domain: asked.resource(asker.caller) }];
        let outlines = || statements.iter().map(|each| &ground.outlines[each.number]);
        if denials_only || outlines().any(|outline| outline.statement.allows()) {
            for (key, written) in outlines().flat_map(|outline| &outline.keys) {
                if !variables.iter().any(|variable| variable.key == Some(*key)) {
                    variables.push(Variable { key: Some(*key), written, domain: asked.key(asker, *key) });
                }
            }
        }
        Self { caller: asker.caller, probe: asked.probe, variables, statements }
    }

    /// What tells it from other cases: the answer to one that is the same in this is its answer.
    pub(super) fn likeness(&self) -> Likeness {
        (self.statements.clone(), self.variables.iter().map(|variable| variable.domain).collect())
    }

    /// The place of a condition key among the variables.
    pub(super) fn place(&self, key: usize) -> Option<usize> {
        self.variables.iter().position(|variable| variable.key == Some(key))
    }

    /// Whether AWS does not define something on which the case may depend.
    pub(super) fn is_doubtful(&self, ground: &Ground<'_>) -> bool {
        let has_doubt = |each: &Concerned| {
            let outline = &ground.outlines[each.number];
            let conditions = outline.conditions.iter().zip(&outline.statement.conditions);
            !each.is_certain
                || conditions.into_iter().any(|((key, _), condition)| {
                    let is_undefined = condition.operands.iter().any(|operand| matches!(operand, Operand::Undefined));
                    let variable = self.place(*key).map(|place| &self.variables[place]);
                    let domain = variable.map(|known| ground.domain(known.domain));
                    let is_multivalued = domain.is_some_and(|domain| domain.is_multivalued);
                    let is_plain = condition.set == SetOperator::One;
                    let may_be_empty = || domain.is_some_and(Domain::may_be_empty) && self.compares(*key, ground);
                    let is_doubtful = match condition.comparison {
                        Comparison::Null => !is_plain || may_be_empty(),
                        _ => is_multivalued && is_plain || condition.set == SetOperator::Any && condition.if_exists,
                    };
                    is_undefined || is_doubtful
                })
        };
        self.statements.iter().any(has_doubt)
    }

    /// Whether a key is compared, and not only asked for, so that it may matter whether an empty text is null.
    fn compares(&self, key: usize, ground: &Ground<'_>) -> bool {
        let mut conditions = self.statements.iter().flat_map(|each| {
            let outline = &ground.outlines[each.number];
            outline.conditions.iter().zip(&outline.statement.conditions)
        });
        conditions.any(|((of, _), condition)| *of == key && condition.comparison != Comparison::Null)
    }
}
