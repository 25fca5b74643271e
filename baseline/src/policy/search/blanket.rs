//! A denial that stops every caller with every action on every resource. Where the first statement that denies is one, a
//! search would come upon it first in each of its cases, and find no way out: here it is seen without them.

use super::asked::resource;
use super::{Layers, Obstacle, Outcome};
use crate::policy::actions::{KINDS, Kind};
use crate::policy::callers::Caller;
use crate::policy::document::{Condition, Named, Patterns, Statement};
use crate::policy::domain::{Domain, NoFacts, Space};
use crate::policy::evaluate::{Holds, holds};
use crate::policy::keys::Signed;
use crate::policy::language::{Found, Wanted};
use crate::policy::mentions::Mentions;
use crate::policy::pattern::Pattern;
use crate::policy::request::Fact;
use crate::policy::work::{STEPS, Work};

/// What a search among denials comes to, for callers who may ask for everything, if the first denial stops them all.
pub(crate) fn blanket(layers: &Layers<'_>, mentions: &Mentions<'_>, callers: &[Caller]) -> Option<Outcome> {
    let (_, first) = *layers.statements().first()?;
    // Whoever has only a token calls nothing but STS.
    let stops = |caller: &Caller| {
        caller.signed != Signed::ByToken && first.conditions.iter().all(|condition| is_met(condition, caller))
    };
    let is_blanket = names_everybody(first) && callers.iter().all(stops) && is_about_everything(first, mentions);
    let stopped = || callers.iter().map(|caller| (caller.who.clone(), Obstacle::Denied(vec![first.name.clone()])));
    is_blanket.then(|| Outcome::Closed(stopped().collect()))
}

fn names_everybody(statement: &Statement) -> bool {
    let principals = statement.principals.as_ref();
    principals.is_some_and(|principals| !principals.inverted && principals.named.contains(&Named::Everybody))
}

/// Whether a condition holds whatever a caller does: what it reads the question fixes, for every action.
fn is_met(condition: &Condition, caller: &Caller) -> bool {
    let mut fixed = caller.fixed.iter().filter(|(key, _)| *key == *condition.key && key.starts_with("aws:"));
    let Some((_, Some(value))) = fixed.next() else { return false };
    let fact = Fact::Values(std::slice::from_ref(value));
    condition.variables().next().is_none() && holds(condition, fact, &NoFacts) == Holds::Yes
}

/// Whether a statement covers every action that the policies can be about, on all of its resources.
fn is_about_everything(statement: &Statement, mentions: &Mentions<'_>) -> bool {
    let Some(kinds) = KINDS.kinds_of(mentions) else { return false };
    if !kinds.first().is_some_and(|kind| kind.is_open())
        || !kinds.iter().all(|kind| kind.is_covered_by(&statement.actions))
    {
        return false;
    }
    let patterns: Vec<&Pattern> = mentions.resources().collect();
    let work = Work::of(STEPS);
    // Without a resource that there can be, nothing is stopped.
    let is_there = |kind: &Kind| {
        let domain = resource(Some(kind), None, &patterns, mentions);
        matches!(wanted(&domain).map(|wanted| wanted.text(&work)), Some(Found::One(_)))
    };
    let is_covered = |kind: &Kind| {
        let domain = resource(Some(kind), None, &patterns, mentions);
        covers_all(statement.resources.as_ref(), &domain, &work)
    };
    kinds.iter().all(|kind| is_covered(kind)) && is_there(kinds[0])
}

/// Whether an element covers all that a resource can be, by the patterns that need no request to be known.
fn covers_all(resources: Option<&Patterns>, domain: &Domain, work: &Work) -> bool {
    let Some(resources) = resources else { return true };
    let Some(mut wanted) = wanted(domain) else { return false };
    if resources.inverted {
        return false;
    }
    wanted.without.extend(resources.texts.iter().filter_map(|text| text.fixed()));
    wanted.text(work) == Found::None
}

fn wanted(domain: &Domain) -> Option<Wanted<'_>> {
    let Space::Texts { within, without } = &domain.space else { return None };
    let within = within.iter().map(|group| group.iter().collect()).collect();
    Some(Wanted { within, without: without.iter().collect() })
}
