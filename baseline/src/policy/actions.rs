//! Requests that exist: which actions a kind of resource has, what its ARNs look like, and which condition keys only some
//! of the actions carry. Data of the pack. For services that it does not list, an action is what a policy names.

mod kind;
mod named;
mod table;

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::document::Statement;
use super::domain::NoFacts;
use super::evaluate::{Holds, covers};
use super::keys::Signed;
use super::mentions::Mentions;
use super::pattern::Pattern;

/// The kinds of resources of the pack.
pub(crate) static KINDS: LazyLock<Kinds> =
    LazyLock::new(|| Kinds::parse(super::table::RESOURCES, super::table::ACTIONS).expect("a test reads the tables"));

/// The tables.
#[derive(Debug)]
pub(crate) struct Kinds {
    kinds: Vec<Kind>,
    /// The places of each action, by its name in lower case: the kind, and the action of the kind.
    places: FxHashMap<String, Vec<(usize, usize)>>,
}

/// A kind of resource.
#[derive(Debug)]
pub(crate) struct Kind {
    /// `s3:object`.
    pub(crate) name: String,
    arn: String,
    without: Option<Pattern>,
    actions: Vec<Action>,
    /// Condition keys, in lower case, that only some actions of its service carry.
    some_carry: Vec<String>,
    root: Root,
}

/// How a kind of resource stands to what its policy is attached to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Root {
    /// It is what the policy is attached to, whatever the policy names.
    Itself,
    /// It is that, and holds others, behind a slash.
    Holds,
    /// It lies inside of it, behind a slash.
    Inside,
}

/// What an action does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    List,
    Read,
    Write,
    Tagging,
    Permissions,
}

#[derive(Debug)]
struct Action {
    name: String,
    access: Access,
    /// How the call is signed, where not everybody can make it. A call with an assertion nobody outside can make.
    callers: Callers,
    keys: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Callers {
    All,
    Signed,
    Token,
    Assertion,
}

/// Which actions are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Those that a statement allows.
    Allowed,
    /// Those of them that read or list.
    Reads,
    /// All, allowed or not.
    All,
}

/// An action with the resources that it works on.
#[derive(Clone, Debug)]
pub(crate) struct Probe<'a> {
    /// The action.
    pub(crate) action: String,
    /// The kind of its resources, where it is known.
    pub(crate) kind: Option<&'a Kind>,
    /// What its resource has to be, where the question says so.
    pub(crate) resource: Option<Pattern>,
    /// Whether each statement, by number, covers the action.
    pub(crate) covered: Vec<bool>,
    keys: &'a [String],
    callers: Callers,
}

impl Kinds {
    /// The requests by which policies can be told apart: one action for each set of statements that cover it.
    pub(crate) fn probes(&self, mentions: &Mentions<'_>, scope: Scope) -> (Vec<Probe<'_>>, bool) {
        let services = named::services(mentions.statements());
        let mut probes: Vec<Probe<'_>> = Vec::new();
        for (kind, action) in self.listed(mentions, &services, scope) {
            add(&mut probes, mentions, scope, &action.name, Some((kind, action)));
        }
        let mut is_partial = false;
        for service in services.iter().filter(|service| !self.kinds.iter().any(|kind| kind.is_of(service))) {
            let (actions, partial) = named::actions_of(service, mentions.statements());
            is_partial |= partial;
            actions.iter().for_each(|action| add(&mut probes, mentions, scope, action, None));
        }
        for action in self.unlisted(mentions) {
            add(&mut probes, mentions, scope, &action, None);
        }
        (probes, is_partial)
    }

    /// The listed actions that may be asked for. Where all that is allowed is named in full, these and no others.
    fn listed(&self, mentions: &Mentions<'_>, services: &[String], scope: Scope) -> Vec<(&Kind, &Action)> {
        let is_asked_for =
            |action: &Action| scope != Scope::Reads || matches!(action.access, Access::Read | Access::List);
        if let Some(names) = in_full(mentions).filter(|_| scope != Scope::All) {
            let mut places: Vec<(usize, usize)> =
                names.iter().filter_map(|name| self.places.get(name)).flatten().copied().collect();
            places.sort_unstable();
            let found = places.into_iter().map(|(kind, action)| (&self.kinds[kind], &self.kinds[kind].actions[action]));
            return found.filter(|(_, action)| is_asked_for(action)).collect();
        }
        let is_meant = |kind: &&Kind| services.is_empty() || services.iter().any(|service| kind.is_of(service));
        let kinds = self.kinds.iter().filter(is_meant);
        let all = kinds.flat_map(|kind| kind.actions.iter().map(move |action| (kind, action)));
        all.filter(|(_, action)| is_asked_for(action)).collect()
    }

    /// Actions that a statement names in full, of a service that is listed without them: they may be new.
    fn unlisted(&self, mentions: &Mentions<'_>) -> Vec<String> {
        let allowing =
            mentions.statements().iter().filter(|statement| statement.allows() && !statement.actions.inverted);
        let named =
            allowing.flat_map(|statement| &statement.actions.texts).filter_map(|text| text.fixed()?.only_text());
        let is_listed = |action: &String| self.places.contains_key(action);
        let accompany = ["sts:tagsession", "sts:setsourceidentity", "sts:setcontext"];
        let is_call = |action: &String| !accompany.contains(&action.as_str());
        let of_listed = |action: &String| {
            self.kinds.iter().any(|kind| action.split(':').next().is_some_and(|service| kind.is_of(service)))
        };
        named.filter(|action| of_listed(action) && !is_listed(action) && is_call(action)).collect()
    }
}

/// Whether each statement covers an action.
fn covered(action: &str, statements: &[&Statement]) -> Vec<bool> {
    statements.iter().map(|statement| is_covered(action, statement)).collect()
}

fn is_covered(action: &str, statement: &Statement) -> bool {
    covers(&statement.actions, action, &NoFacts) == Holds::Yes
}

/// The actions that are allowed, in lower case, if all are named in full.
fn in_full(mentions: &Mentions<'_>) -> Option<Vec<String>> {
    let mut allowing = mentions.statements().iter().filter(|statement| statement.allows());
    if allowing.clone().any(|statement| statement.actions.inverted) {
        return None;
    }
    let mut names = Vec::new();
    allowing
        .all(|statement| {
            statement.actions.texts.iter().all(|text| match text.fixed().and_then(Pattern::only_text) {
                Some(name) => {
                    names.push(name);
                    true
                }
                None => false,
            })
        })
        .then_some(names)
}

/// Adds an action unless one that the statements do not tell apart from it is there.
fn add<'a>(
    probes: &mut Vec<Probe<'a>>,
    mentions: &Mentions<'_>,
    scope: Scope,
    name: &str,
    known: Option<(&'a Kind, &'a Action)>,
) {
    let statements = mentions.statements();
    let mut allowing = statements.iter().filter(|statement| statement.allows());
    if scope != Scope::All && !allowing.any(|statement| is_covered(name, statement)) {
        return;
    }
    let covered = covered(name, statements);
    let probe = Probe {
        action: name.to_owned(),
        kind: known.map(|(kind, _)| kind),
        resource: None,
        covered,
        keys: known.map_or(&[], |(_, action)| action.keys.as_slice()),
        callers: known.map_or(Callers::All, |(_, action)| action.callers),
    };
    let is_same = |other: &Probe<'_>| {
        other.covered == probe.covered
            && other.callers == probe.callers
            && other.kind.map(|kind| &kind.name) == probe.kind.map(|kind| &kind.name)
            && mentions.keys.iter().all(|key| other.carries(key) == probe.carries(key))
    };
    if !probes.iter().any(is_same) {
        probes.push(probe);
    }
}

impl<'a> Probe<'a> {
    /// One action, on what fits a pattern or on what it works on.
    pub(crate) fn of(action: &str, resource: Option<Pattern>, statements: &[&Statement]) -> Self {
        let place = KINDS.places.get(&action.to_lowercase()).and_then(|places| places.first());
        let known = place.map(|(kind, action)| (&KINDS.kinds[*kind], &KINDS.kinds[*kind].actions[*action]));
        Self {
            action: action.to_owned(),
            kind: known.map(|(kind, _)| kind),
            resource,
            covered: covered(action, statements),
            keys: known.map_or(&[], |(_, action)| action.keys.as_slice()),
            callers: known.map_or(Callers::All, |(_, action)| action.callers),
        }
    }

    /// Whether a request with this action can carry a condition key.
    pub(crate) fn carries(&self, key: &str) -> bool {
        let is_in = |keys: &[String]| {
            keys.iter()
                .any(|known| known == key || known.strip_suffix('*').is_some_and(|prefix| key.starts_with(prefix)))
        };
        self.kind.is_none_or(|kind| !kind.is_own(key) || !is_in(&kind.some_carry) || is_in(self.keys))
    }

    /// Whether a caller can make the call at all.
    pub(crate) fn is_open_to(&self, signed: Signed) -> bool {
        match self.callers {
            Callers::All => signed != Signed::ByToken,
            Callers::Signed => signed == Signed::ByPrincipal || signed == Signed::ByService,
            Callers::Token => signed == Signed::ByToken,
            Callers::Assertion => false,
        }
    }
}

#[cfg(test)]
mod tests;
