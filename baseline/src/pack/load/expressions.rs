//! Compiles the expressions of a control, and says what is wrong with them where they stand.

use std::sync::Arc;

use super::files::File;
use crate::expr::{self, Env, Let, Program, Type, TypeSource, check_lets, compile};
use crate::pack::control::{Control, Subject};
use crate::pack::problem::Report;
use crate::pack::schema::{Schema, tagged_type};
use crate::pack::yaml::{Node, Position};

/// Where an expression stands, and the named ones that it may use.
pub(super) struct Place<'a> {
    pub(super) node: Option<&'a Node>,
    pub(super) lets: Option<&'a Node>,
    pub(super) text: &'a str,
}

impl Place<'_> {
    /// Where a problem is in the file.
    pub(super) fn at(&self, problem: &expr::Problem) -> Position {
        let node = match &problem.within {
            Some(name) => self.lets.and_then(|lets| lets.get(name)),
            None => self.node,
        };
        node.map(|node| node.position_in(self.text, problem.span.start)).unwrap_or_default()
    }
}

/// A compiled expression; what is wrong with it, and what may be, is reported.
pub(super) fn checked(
    compiled: Result<Program, Vec<expr::Problem>>,
    place: &Place<'_>,
    report: &mut Report,
) -> Option<Arc<Program>> {
    match compiled {
        Ok(program) => {
            for warning in program.warnings() {
                report.warning_meant(place.at(warning), warning.message.clone(), warning.suggestion.clone());
            }
            Some(Arc::new(program))
        }
        Err(found) => {
            found.into_iter().for_each(|problem| {
                report.error_meant(place.at(&problem), problem.message, problem.suggestion);
            });
            None
        }
    }
}

/// The expressions of a control, compiled.
pub(super) struct Programs {
    pub(super) applies: Option<Arc<Program>>,
    pub(super) passes: Option<Arc<Program>>,
}

/// Compiles the expressions of a control against every type that it is about.
pub(super) fn programs(file: &mut File, control: &Control, schema: &Schema) -> Programs {
    let mut subjects: Vec<Type> = match &control.subject {
        Subject::Types(names) => names.iter().filter_map(|name| schema.resource_type(name)).collect(),
        Subject::Tagged => vec![tagged_type()],
        Subject::Manual => Vec::new(),
    };
    if subjects.len() > 1 {
        // One program serves all types, and what is derived is another expression in each.
        subjects.iter_mut().for_each(|subject| *subject = subject.without_derived());
    }
    let lets = lets(file, control);
    let node = file.node.get("let");
    let mut programs = Programs { applies: None, passes: None };
    for resource in subjects {
        let settings = control.settings.iter().map(|(name, value)| (name.clone(), Type::of_value(value))).collect();
        let variant = file.variant.as_ref().map(|variant| &variant.values);
        let env = Env { types: schema, resource, parent: None, settings, lets: &lets, variant };
        let place = |key: &str| Place { node: file.node.get(key), lets: node, text: &file.source.text };
        for problem in check_lets(&env) {
            file.report.error_meant(place("let").at(&problem), problem.message, problem.suggestion);
        }
        let mut program =
            |key: &str, text: &Option<String>| checked(compile(text.as_deref()?, &env), &place(key), &mut file.report);
        programs.applies = program("applies_when", &control.applies_when).or(programs.applies.take());
        programs.passes = program("pass_when", &control.pass_when).or(programs.passes.take());
    }
    programs
}

/// The control's named expressions.
fn lets(file: &mut File, control: &Control) -> Vec<Let> {
    let mut lets = Vec::with_capacity(control.lets.len());
    for (name, text) in &control.lets {
        let (named, problem) = Let::parse(name, text);
        lets.push(named);
        if let Some(problem) = problem {
            let place = Place { node: None, lets: file.node.get("let"), text: &file.source.text };
            file.report.error_meant(place.at(&problem), problem.message, problem.suggestion);
        }
    }
    lets
}
