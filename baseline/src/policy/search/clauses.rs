//! Statements as the search sees them: clauses of atoms. An atom is what a statement says of one variable, of the resource
//! or of a condition key, its policy variables filled in.

use std::borrow::Cow;

use super::case::{Case, RESOURCE};
use super::fillings::Filling;
use crate::policy::document::{Condition, Operand, Statement};
use crate::policy::domain::{NoFacts, Reading, Values};
use crate::policy::evaluate::{Holds, holds};
use crate::policy::pattern::Pattern;
use crate::policy::request::Fact;
use crate::policy::text::{Filled, Filling as Value, Text};

/// What a statement says of one variable.
pub(super) struct Atom<'a> {
    pub(super) variable: usize,
    pub(super) test: Test<'a>,
}

pub(super) enum Test<'a> {
    Resource { patterns: Vec<Pattern>, inverted: bool },
    Condition(Cow<'a, Condition>),
}

/// A statement, as atoms by their number.
pub(super) struct Clause {
    pub(super) layer: usize,
    pub(super) name: String,
    pub(super) atoms: Vec<usize>,
}

/// All clauses of a case.
pub(super) struct Clauses<'a> {
    pub(super) atoms: Vec<Atom<'a>>,
    pub(super) allows: Vec<Clause>,
    pub(super) denies: Vec<Clause>,
}

impl Atom<'_> {
    /// Whether it holds for values of its variable.
    pub(super) fn holds(&self, values: &Values) -> Holds {
        match (&self.test, values) {
            (Test::Resource { patterns, inverted }, values) => {
                let resource = values.as_ref().and_then(|values| values.first());
                let covers = resource.is_some_and(|resource| patterns.iter().any(|pattern| pattern.matches(resource)));
                Holds::of(covers != *inverted)
            }
            (Test::Condition(condition), values) => {
                let fact = values.as_ref().map_or(Fact::Absent, |values| Fact::Values(values));
                holds(condition, fact, &NoFacts)
            }
        }
    }
}

impl<'a> Clauses<'a> {
    /// The statements of a case. Whether one names the caller may not be defined: then it lets nobody in for certain, and
    /// spares nobody for certain.
    pub(super) fn of(case: &Case<'a>, filling: &Filling, reading: Reading) -> Self {
        let mut clauses = Self { atoms: Vec::new(), allows: Vec::new(), denies: Vec::new() };
        for each in &case.statements {
            if each.is_certain || each.statement.allows() != (reading == Reading::Strict) {
                clauses.add(each.statement, each.layer, case, filling);
            }
        }
        clauses
    }

    /// Adds a statement. What rests on a variable that is not filled in is left out, and a denial of which a part is left
    /// out denies nothing for certain.
    fn add(&mut self, statement: &'a Statement, layer: usize, case: &Case<'a>, filling: &Filling) {
        let value = |key: &str| {
            let number = case.variable(key);
            match filling.iter().find(|(filled, _)| Some(*filled) == number) {
                Some((_, Some(values))) => values.first().map_or(Value::Nothing, |value| Value::Value(value)),
                Some((_, None)) => Value::Nothing,
                None => Value::Undecided,
            }
        };
        let first = self.atoms.len();
        let mut is_whole = true;
        match resource(statement, |text| text.fill(value)) {
            Some(test) => self.atoms.extend(test.map(|test| Atom { variable: RESOURCE, test })),
            None => is_whole = false,
        }
        for condition in &statement.conditions {
            let Some(variable) = case.variable(&condition.key) else { continue };
            match filled(condition, |text| text.fill(value)) {
                Some(condition) => self.atoms.push(Atom { variable, test: Test::Condition(condition) }),
                None => is_whole = false,
            }
        }
        if !is_whole && !statement.allows() {
            self.atoms.truncate(first);
            return;
        }
        let atoms = (first..self.atoms.len()).collect();
        let clause = Clause { layer, name: statement.name.clone(), atoms };
        if statement.allows() { self.allows.push(clause) } else { self.denies.push(clause) }
    }
}

/// What a statement says of the resource: nothing if it covers all; `None` where that is not decided.
#[expect(clippy::option_option, reason = "nothing to say, and nothing known, are two things")]
fn resource<'a>(statement: &Statement, fill: impl Fn(&Text) -> Filled) -> Option<Option<Test<'a>>> {
    let Some(resources) = &statement.resources else { return Some(None) };
    let mut patterns = Vec::new();
    for text in &resources.texts {
        match fill(text) {
            Filled::Pattern(pattern) => patterns.extend(pattern),
            Filled::NoValue => {}
            Filled::Undecided => return None,
        }
    }
    let covers_all = !resources.inverted && patterns.iter().any(Pattern::takes_everything);
    Some((!covers_all).then_some(Test::Resource { patterns, inverted: resources.inverted }))
}

/// A condition with its variables filled in; none where one is not decided.
fn filled<'a>(condition: &'a Condition, fill: impl Fn(&Text) -> Filled) -> Option<Cow<'a, Condition>> {
    if condition.variables().next().is_none() {
        return Some(Cow::Borrowed(condition));
    }
    let mut whole = condition.clone();
    for operand in &mut whole.operands {
        if let Operand::Text(text) = operand {
            *operand = match fill(text) {
                Filled::Pattern(pattern) => Operand::Text(Text::Fixed(pattern)),
                Filled::NoValue => Operand::Nothing,
                Filled::Undecided => return None,
            };
        }
    }
    Some(Cow::Owned(whole))
}
