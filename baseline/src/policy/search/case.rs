//! One caller with one action: the statements that concern it, and what it can make of every condition key.

use crate::policy::actions::Probe;
use crate::policy::callers::{Caller, Who, World, domain};
use crate::policy::document::{Comparison, Operand, SetOperator, Statement};
use crate::policy::domain::{Domain, Space};
use crate::policy::evaluate::{Holds, names};
use crate::policy::keys::Kind;
use crate::policy::mentions::Mentions;
use crate::policy::pattern::{Case as Spelling, Pattern};
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
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Variable<'a> {
    /// Its name in lower case; empty for the resource.
    pub(super) key: &'a str,
    /// Its name as a policy writes it.
    pub(super) written: &'a str,
    /// What the caller can make of it.
    pub(super) domain: Domain,
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
    pub(super) fn new(
        layers: &Layers<'a>,
        mentions: &Mentions<'a>,
        caller: &'a Caller,
        probe: &'a Probe<'a>,
        world: &World,
    ) -> Self {
        let mut statements = Vec::new();
        for ((layer, statement), is_covered) in layers.statements().iter().zip(&probe.covered) {
            let named = match &statement.principals {
                Some(principals) if *is_covered => names(principals, statement.effect, &caller.principal, false).holds,
                _ => Holds::of(*is_covered),
            };
            if named != Holds::No {
                statements.push(Concerned { statement, layer: *layer, is_certain: named == Holds::Yes });
            }
        }
        let mut case = Self { caller, probe, variables: vec![resource(caller, probe, mentions)], statements };
        case.find_variables(layers, mentions, world);
        case
    }

    fn find_variables(&mut self, layers: &Layers<'_>, mentions: &Mentions<'a>, world: &World) {
        let is_reachable = layers.denials_only || self.statements.iter().any(|each| each.statement.allows());
        if !is_reachable {
            return;
        }
        for Concerned { statement, .. } in self.statements.clone() {
            let texts = statement.resources.iter().flat_map(|patterns| &patterns.texts);
            texts.flat_map(|text| text.variables()).for_each(|key| self.add(key, key, mentions, world));
            for condition in &statement.conditions {
                self.add(&condition.key, &condition.written_key, mentions, world);
                condition.variables().for_each(|key| self.add(key, key, mentions, world));
            }
        }
    }

    fn add(&mut self, key: &'a str, written: &'a str, mentions: &Mentions<'a>, world: &World) {
        if self.variables.iter().any(|variable| variable.key == key) {
            return;
        }
        let mut domain = match self.probe.carries(key) {
            true => domain(self.caller, key, mentions, world),
            false => Domain::absent(),
        };
        // A key of which nothing is known has several values only where the policies expect it.
        if crate::policy::keys::KEYS.get(key).is_none() && !key.ends_with(":amr") {
            domain.is_multivalued = mentions.conditions(key).any(|condition| condition.set != SetOperator::One);
        }
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
                    let is_plain = condition.set == SetOperator::One && condition.comparison != Comparison::Null;
                    is_undefined || is_multivalued && is_plain
                })
        };
        self.statements.iter().any(has_doubt)
    }
}

/// What the resource of an action can be. Where a policy names resources by something else than ARNs, as Lambda's does,
/// nothing is known of their shape.
fn resource<'a>(caller: &Caller, probe: &Probe<'_>, mentions: &Mentions<'_>) -> Variable<'a> {
    let has_arns = |statement: &&Statement| {
        statement.resources.iter().flat_map(|patterns| &patterns.texts).filter_map(|text| text.fixed()).all(|pattern| {
            let is_plain = pattern.only_text().is_some_and(|text| !text.starts_with("arn:"));
            !is_plain
        })
    };
    let known = probe.kind.filter(|_| mentions.statements().iter().all(has_arns));
    let (within, mut without) = match (&probe.resource, known.map(|kind| kind.shape(mentions.partition))) {
        (Some(shape), _) => (vec![vec![shape.clone()]], Vec::new()),
        (None, Some((shape, other))) => {
            let texts =
                mentions.statements().iter().flat_map(|statement| &statement.resources).flat_map(|each| &each.texts);
            let patterns: Vec<&Pattern> = texts.filter_map(|text| text.fixed()).collect();
            let named = known.map_or_else(Vec::new, |kind| kind.named(&patterns));
            let named = (!named.is_empty()).then_some(named);
            (named.into_iter().chain([vec![shape]]).collect(), other.cloned().into_iter().collect())
        }
        (None, None) => (vec![vec![Pattern::glob("?*", Spelling::Sensitive)]], Vec::new()),
    };
    if let Who::ServiceForAnybody(service) = &caller.who {
        let statements = mentions.statements().iter().filter(|statement| statement.allows());
        let texts = statements.flat_map(|statement| &statement.resources).flat_map(|patterns| &patterns.texts);
        let patterns = texts.filter_map(|text| text.fixed());
        without.extend(patterns.flat_map(|pattern| writes_for_others(service, pattern.tokens())));
    }
    let domain = Domain {
        may_be_absent: false,
        may_be_present: true,
        is_multivalued: false,
        kind: Kind::Text,
        space: Space::Texts { within, without },
    };
    Variable { key: "", written: "", domain }
}
