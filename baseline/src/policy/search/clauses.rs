//! Statements as the search sees them: clauses of atoms, their policy variables filled in.

use std::borrow::Cow;

use super::atom::Atom;
use super::case::{Case, Concerned, RESOURCE};
use super::fillings::Filling;
use super::ground::{Ground, Part};
use crate::policy::document::{Condition, Operand, Statement};
use crate::policy::domain::Reading;
use crate::policy::mentions::Mentions;
use crate::policy::text::{Filled, Filling as Value, Text};

/// A statement, as atoms by their number, each with the place of its variable.
pub(super) struct Clause {
    /// The number of the statement.
    pub(super) statement: usize,
    pub(super) layer: usize,
    pub(super) atoms: Vec<(usize, usize)>,
}

/// All clauses of a case.
#[derive(Default)]
pub(super) struct Clauses {
    pub(super) allows: Vec<Clause>,
    pub(super) denies: Vec<Clause>,
}

impl Clauses {
    /// The statements of a case. Whether one names the caller may not be defined: then it lets nobody in for certain, and
    /// spares nobody for certain.
    pub(super) fn of<'a>(
        case: &Case<'a>,
        ground: &mut Ground<'a>,
        mentions: &Mentions<'_>,
        filling: &Filling,
        reading: Reading,
    ) -> Self {
        let mut clauses = Self::default();
        let value = |key: &str| {
            let number = mentions.keys.iter().position(|known| *known == key);
            let place = number.and_then(|number| case.place(number));
            match filling.iter().find(|(filled, _)| Some(*filled) == place) {
                Some((_, Some(values))) => values.first().map_or(Value::Nothing, |value| Value::Value(value)),
                Some((_, None)) => Value::Nothing,
                None => Value::Undecided,
            }
        };
        for Concerned { number, is_certain } in &case.statements {
            let statement = ground.outlines[*number].statement;
            if *is_certain || statement.allows() != (reading == Reading::Strict) {
                clauses.add(*number, case, ground, |text| text.fill(value));
            }
        }
        clauses
    }

    /// Adds a statement. What rests on a variable that is not filled in is left out, and a denial of which a part is left
    /// out denies nothing for certain.
    fn add<'a>(&mut self, number: usize, case: &Case<'a>, ground: &mut Ground<'a>, fill: impl Fn(&Text) -> Filled) {
        let (statement, layer) = (ground.outlines[number].statement, ground.outlines[number].layer);
        let mut atoms = Vec::with_capacity(1 + statement.conditions.len());
        let mut is_whole = true;
        match ground.outlines[number].resource {
            Part::Nothing => {}
            Part::Atom(atom) => atoms.push((RESOURCE, atom)),
            Part::Variable => match resource(statement, &fill) {
                Some(atom) => atoms.push((RESOURCE, ground.add(atom))),
                None => is_whole = false,
            },
        }
        for (place, condition) in statement.conditions.iter().enumerate() {
            let (key, part) = ground.outlines[number].conditions[place];
            let Some(variable) = case.place(key) else { continue };
            match part {
                Part::Nothing => {}
                Part::Atom(atom) => atoms.push((variable, atom)),
                Part::Variable => match filled(condition, &fill) {
                    Some(condition) => atoms.push((variable, ground.add(Atom::Condition(Cow::Owned(condition))))),
                    None => is_whole = false,
                },
            }
        }
        if is_whole || statement.allows() {
            let clause = Clause { statement: number, layer, atoms };
            if statement.allows() { self.allows.push(clause) } else { self.denies.push(clause) }
        }
    }
}

/// What a statement says of the resource; `None` where that is not decided.
fn resource<'a>(statement: &'a Statement, fill: impl Fn(&Text) -> Filled) -> Option<Atom<'a>> {
    let resources = statement.resources.as_ref()?;
    let mut patterns = Vec::with_capacity(resources.texts.len());
    for text in &resources.texts {
        match fill(text) {
            Filled::Pattern(pattern) => patterns.extend(pattern.map(Cow::Owned)),
            Filled::NoValue => {}
            Filled::Undecided => return None,
        }
    }
    Some(Atom::Resource { patterns, inverted: resources.inverted })
}

/// A condition with its variables filled in; none where one is not decided.
fn filled(condition: &Condition, fill: impl Fn(&Text) -> Filled) -> Option<Condition> {
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
    Some(whole)
}
