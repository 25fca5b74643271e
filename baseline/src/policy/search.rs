//! The search for a request that gets through: for each caller and each action that policies can tell apart, values of the
//! condition keys that satisfy a statement of every layer that has to allow, and escape every statement that denies. Counts
//! bound it, so that an answer is the same on every machine; beyond them it is unknown.

mod asked;
mod asker;
mod atom;
mod blanket;
mod case;
mod clauses;
mod escape;
mod fillings;
mod ground;
mod verdict;

use std::collections::BTreeMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use super::actions::Probe;
use super::callers::{Caller, Who, World};
use super::document::{Document, Statement};
use super::domain::Reading;
use super::language::Found;
use super::mentions::Mentions;
use super::request::{Context, Principal, Request};
use super::work::{STEPS, Work};
use crate::reason::Unread;
use asked::asked;
use asker::askers;
use case::{Case, Likeness};
use escape::{Model, Solver};
use ground::Ground;
use rustc_hash::FxHashMap;

pub(crate) use blanket::blanket;
pub(crate) use verdict::{Verdict, allowing, verdict};

/// How much may be tried for one question.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Steps of work.
    pub(crate) steps: usize,
    /// Combinations of values of policy variables.
    pub(crate) fillings: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { steps: STEPS, fillings: 300 }
    }
}

/// The policies that a question is about. One statement of each layer has to allow.
pub(crate) struct Layers<'a> {
    statements: Vec<(usize, &'a Statement)>,
    layers: usize,
    /// Whether no statement has to allow.
    denials_only: bool,
    /// The number of the first statement of the organization, of those that only limit.
    limits_from: usize,
}

impl<'a> Layers<'a> {
    /// One list of documents for each layer.
    pub(crate) fn of(layers: &[&'a [Document]]) -> Self {
        let numbered = layers.iter().enumerate();
        let statements = numbered.flat_map(|(number, documents)| {
            documents
                .iter()
                .flat_map(move |document| document.statements().iter().map(move |statement| (number, statement)))
        });
        let statements: Vec<(usize, &Statement)> = statements.collect();
        Self { limits_from: statements.len(), statements, layers: layers.len(), denials_only: false }
    }

    /// One document for each layer.
    pub(crate) fn of_each(documents: &[&'a Document]) -> Self {
        let layers: Vec<&[Document]> = documents.iter().map(|document| std::slice::from_ref(*document)).collect();
        Self::of(&layers)
    }

    /// Nothing but the statements that deny: what is asked is only what they leave.
    pub(crate) fn of_denials(documents: &[&'a Document]) -> Self {
        let all = Self::of_each(documents);
        let denials = all.statements.into_iter().filter(|(_, statement)| !statement.allows());
        let statements: Vec<(usize, &Statement)> = denials.collect();
        Self { limits_from: statements.len(), statements, layers: all.layers, denials_only: true }
    }

    /// Adds what the organization denies.
    pub(crate) fn limit(&mut self, denials: &'a [Statement]) {
        self.statements.extend(denials.iter().map(|statement| (0, statement)));
    }

    /// The statements with their layers.
    pub(crate) fn statements(&self) -> &[(usize, &'a Statement)] {
        &self.statements
    }

    /// The statements, by number.
    pub(crate) fn all(&self) -> Vec<&'a Statement> {
        self.statements.iter().map(|(_, statement)| *statement).collect()
    }
}

/// What stops a caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// No statement that allows names it.
    NotNamed,
    /// It cannot meet the conditions, or reach the resources, of the statements that name it.
    Conditions(Vec<String>),
    /// Statements deny what it could ask for.
    Denied(Vec<String>),
}

/// A request that gets through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// Who makes it.
    pub who: Who,
    /// The request.
    pub request: Request,
    /// The statements that let it, one for each layer.
    pub statements: Vec<String>,
}

/// What a search comes to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    /// This request gets through.
    Open(Box<Witness>),
    /// None does.
    Closed(BTreeMap<Who, Obstacle>),
    /// A request gets through, unless something stops it that was not read.
    Unread(Arc<Unread>),
    /// A policy variable may hold what was not tried, or AWS does not define a comparison.
    Undecided,
    /// It would take too long to say.
    TooComplex,
}

/// Looks for a request of one of the callers, with one of the actions.
pub(crate) fn search<'a>(
    layers: &Layers<'a>,
    mentions: &Mentions<'a>,
    callers: &'a [Caller],
    probes: &'a [Probe<'a>],
    world: &World,
    bounds: Bounds,
) -> Outcome {
    let mut obstacles = BTreeMap::new();
    let (mut is_undecided, mut is_complex) = (false, false);
    let mut ground = Ground::new(layers, mentions, Work::of(bounds.steps));
    let askers = askers(callers, &mut ground, mentions, world);
    if ground.work.is_done() {
        return Outcome::TooComplex;
    }
    let asked = asked(probes, &askers, &mut ground, mentions);
    let mut seen: FxHashMap<Likeness, Option<Obstacle>> = FxHashMap::default();
    for asker in &askers {
        asker.who.iter().for_each(|who| note(&mut obstacles, who, &Obstacle::NotNamed));
        for asked in asked.iter().filter(|asked| asked.probe.is_open_to(asker.caller.signed)) {
            if !ground.work.take(8 + 4 * (ground.outlines.len() + mentions.keys.len())) {
                return Outcome::TooComplex;
            }
            let case = Case::new(asker, asked, &ground, layers.denials_only);
            let obstacle = match seen.entry(case.likeness()) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(place) => place.insert(match decide(&case, layers, mentions, &mut ground, bounds) {
                    Decided::Open(witness) => return Outcome::Open(witness),
                    Decided::Closed(obstacle) => Some(obstacle),
                    Decided::Undecided => {
                        is_undecided = true;
                        None
                    }
                    Decided::TooComplex => {
                        is_complex = true;
                        None
                    }
                }),
            };
            if let Some(obstacle) = obstacle {
                asker.who.iter().for_each(|who| note(&mut obstacles, who, obstacle));
            }
        }
    }
    match (is_complex, is_undecided) {
        (true, _) => Outcome::TooComplex,
        (false, true) => Outcome::Undecided,
        (false, false) => Outcome::Closed(obstacles),
    }
}

fn note(obstacles: &mut BTreeMap<Who, Obstacle>, who: &Who, obstacle: &Obstacle) {
    let Some(known) = obstacles.get_mut(who) else {
        obstacles.insert(who.clone(), obstacle.clone());
        return;
    };
    match (known, obstacle) {
        (known @ Obstacle::NotNamed, obstacle) => known.clone_from(obstacle),
        (Obstacle::Conditions(known), Obstacle::Conditions(more))
        | (Obstacle::Denied(known), Obstacle::Denied(more))
            if more.iter().any(|name| !known.contains(name)) =>
        {
            known.extend(more.iter().cloned());
            known.sort_unstable();
            known.dedup();
        }
        // That a denial stops it says more than that other statements do not reach it.
        (known @ Obstacle::Conditions(_), Obstacle::Denied(_)) => known.clone_from(obstacle),
        _ => {}
    }
}

enum Decided {
    Open(Box<Witness>),
    Closed(Obstacle),
    Undecided,
    TooComplex,
}

/// One caller with one action.
fn decide<'a>(
    case: &Case<'a>,
    layers: &Layers<'a>,
    mentions: &Mentions<'a>,
    ground: &mut Ground<'a>,
    bounds: Bounds,
) -> Decided {
    let fillings = fillings::of(case, ground, mentions, bounds.fillings);
    let mut is_complex = fillings.is_partial;
    let mut obstacle = Obstacle::NotNamed;
    let size = 20 + 16 * case.statements.len();
    for filling in &fillings.all {
        if !ground.work.take(size) {
            return Decided::TooComplex;
        }
        let mut solver = Solver::new(case, mentions, filling, Reading::Strict, ground);
        match solver.run(layers) {
            Found::One(model) => match witness(case, layers, &model) {
                Some(witness) => return Decided::Open(Box::new(witness)),
                None => return Decided::Undecided,
            },
            Found::None => obstacle = solver.obstacle(),
            Found::TooComplex => is_complex = true,
        }
    }
    if is_complex {
        return Decided::TooComplex;
    }
    if !fillings.are_free && !case.is_doubtful(ground) {
        return Decided::Closed(obstacle);
    }
    // Nothing was found; there is nothing only if nothing is found with all that is undefined taken for an opening.
    for filling in &fillings.exact {
        if !ground.work.take(size) {
            return Decided::TooComplex;
        }
        let mut solver = Solver::new(case, mentions, filling, Reading::Lenient, ground);
        match solver.run(layers) {
            Found::None => obstacle = solver.obstacle(),
            Found::One(_) => return Decided::Undecided,
            Found::TooComplex => return Decided::TooComplex,
        }
    }
    Decided::Closed(obstacle)
}

/// The request that values make, if the evaluator finds that it gets through.
fn witness(case: &Case<'_>, layers: &Layers<'_>, model: &Model) -> Option<Witness> {
    let mut context = Context::new();
    for (variable, values) in case.variables.iter().zip(model).skip(1) {
        if let Some(values) = &**values {
            context.set(variable.written, values.iter().cloned());
        }
    }
    let principal = principal(&case.caller.principal, &context);
    let request = Request {
        principal,
        action: case.probe.action.clone(),
        resource: model.first()?.as_ref().as_ref()?.first()?.clone(),
        resource_account: None,
        context,
    };
    let statements = allowing(&request, layers)?;
    Some(Witness { who: case.caller.who.clone(), request, statements })
}

/// The principal under the name that the condition keys give it.
fn principal(principal: &Principal, context: &Context) -> Principal {
    let named = context.get("aws:PrincipalArn").and_then(|values| values.first()).and_then(|arn| Principal::parse(arn));
    match (principal, named) {
        (Principal::Role { session, .. }, Some(Principal::Role { arn, .. })) => {
            Principal::Role { arn, session: session.clone() }
        }
        (Principal::User { .. }, Some(named @ Principal::User { .. })) => named,
        (principal, _) => principal.clone(),
    }
}
