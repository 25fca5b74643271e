//! Requests that exist: which actions a kind of resource has, what its ARNs look like, and which condition keys only some
//! of the actions carry. Data of the pack. For services that it does not list, an action is what a policy names.

mod covering;
mod kind;
mod named;
mod table;

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::document::Statement;
use super::keys::Signed;
use super::limits;
use super::mentions::Mentions;
use super::pattern::Pattern;
use covering::Covering;

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
    /// `s3`.
    service: String,
    arn: String,
    /// The same as a pattern, in the partition `aws`.
    shape: Pattern,
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
    /// The requests by which some statements can be told apart: one action for each set of them that cover it. Which
    /// services it can be of, all statements that are mentioned say.
    pub(crate) fn probes(
        &self,
        mentions: &Mentions<'_>,
        statements: &[&Statement],
        scope: Scope,
    ) -> (Vec<Probe<'_>>, bool) {
        let about = mentions.statements();
        let services = Self::services(mentions);
        let mut probes = Probes::new(statements, mentions, scope);
        for (kind, action) in self.listed(about, &services, scope) {
            probes.add(&action.name, Some((kind, action)));
        }
        let mut is_partial = false;
        let telling: Vec<&Statement> = about.iter().chain(mentions.denials()).copied().collect();
        for service in services.iter().filter(|service| !self.kinds.iter().any(|kind| kind.is_of(service))) {
            let (actions, partial) = named::actions_of(service, &telling);
            is_partial |= partial;
            actions.iter().for_each(|action| probes.add(action, None));
        }
        for action in self.unlisted(about) {
            probes.add(&action, None);
        }
        (probes.found, is_partial)
    }

    /// The services that the policies can be about; nothing, and so all, where nobody says.
    pub(crate) fn services(mentions: &Mentions<'_>) -> Vec<String> {
        mentions.service.map_or_else(|| named::services(mentions.statements()), |service| vec![service.to_owned()])
    }

    /// The listed actions that may be asked for. Where all that is allowed is named in full, these and no others.
    fn listed(&self, about: &[&Statement], services: &[String], scope: Scope) -> Vec<(&Kind, &Action)> {
        let is_asked_for =
            |action: &Action| scope != Scope::Reads || matches!(action.access, Access::Read | Access::List);
        if let Some(names) = Some(about).filter(|_| scope != Scope::All).and_then(in_full) {
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

    /// The kinds of resources that policies can be about, where actions of these are all that can be asked for.
    pub(crate) fn kinds_of(&self, mentions: &Mentions<'_>) -> Option<Vec<&Kind>> {
        let services = Self::services(mentions);
        let is_listed = |service: &String| self.kinds.iter().any(|kind| kind.is_of(service));
        if !services.iter().all(is_listed) || !self.unlisted(mentions.statements()).is_empty() {
            return None;
        }
        let is_meant = |kind: &&Kind| services.is_empty() || services.iter().any(|service| kind.is_of(service));
        Some(self.kinds.iter().filter(is_meant).collect())
    }

    /// Actions that a statement names in full, of a service that is listed without them: they may be new.
    fn unlisted(&self, about: &[&Statement]) -> Vec<String> {
        let allowing = about.iter().filter(|statement| statement.allows() && !statement.actions.inverted);
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

/// The actions that are allowed, in lower case, if all are named in full.
fn in_full(about: &[&Statement]) -> Option<Vec<String>> {
    let mut allowing = about.iter().filter(|statement| statement.allows());
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

/// Probes as they are found.
struct Probes<'a, 'b> {
    statements: &'b [&'b Statement],
    mentions: &'b Mentions<'b>,
    scope: Scope,
    covering: Covering<'b>,
    found: Vec<Probe<'a>>,
    /// Which statements cover the action that is looked at.
    covered: Vec<bool>,
    /// The mentioned keys that only some actions of the last kind carry.
    telling: (Option<&'a Kind>, Vec<&'b str>),
}

impl<'a, 'b> Probes<'a, 'b> {
    fn new(statements: &'b [&'b Statement], mentions: &'b Mentions<'b>, scope: Scope) -> Self {
        let covering = Covering::of(statements);
        let (found, covered) = (Vec::new(), Vec::new());
        Self { statements, mentions, scope, covering, found, covered, telling: (None, Vec::new()) }
    }

    /// Adds an action unless one that the statements do not tell apart from it is there.
    fn add(&mut self, name: &str, known: Option<(&'a Kind, &'a Action)>) {
        self.covered.clear();
        self.covered.extend(self.covering.covered(name));
        if limits::spares(name) {
            let own = self.covered.len() - self.mentions.denials().len();
            self.covered[own..].fill(false);
        }
        let mut allowing = self.statements.iter().zip(&self.covered);
        if self.scope != Scope::All && !allowing.any(|(statement, is_covered)| *is_covered && statement.allows()) {
            return;
        }
        let kind = known.map(|(kind, _)| kind);
        if !is_one(kind, self.telling.0) {
            let keys = self.mentions.keys.iter().copied();
            self.telling = (kind, keys.filter(|key| kind.is_some_and(|kind| kind.tells(key))).collect());
        }
        let keys = known.map_or(&[][..], |(_, action)| action.keys.as_slice());
        let callers = known.map_or(Callers::All, |(_, action)| action.callers);
        let is_same = |other: &Probe<'_>| {
            other.callers == callers
                && is_one(other.kind, kind)
                && other.covered == self.covered
                && self.telling.1.iter().all(|key| is_among(key, other.keys) == is_among(key, keys))
        };
        if !self.found.iter().any(is_same) {
            let covered = self.covered.clone();
            self.found.push(Probe { action: name.to_owned(), kind, resource: None, covered, keys, callers });
        }
    }
}

fn is_one(one: Option<&Kind>, other: Option<&Kind>) -> bool {
    one.map(std::ptr::from_ref) == other.map(std::ptr::from_ref)
}

/// Whether a key is one of some, of which some are only beginnings.
fn is_among(key: &str, keys: &[String]) -> bool {
    keys.iter().any(|known| known == key || known.strip_suffix('*').is_some_and(|prefix| key.starts_with(prefix)))
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
            covered: Covering::of(statements).covered(action).collect(),
            keys: known.map_or(&[], |(_, action)| action.keys.as_slice()),
            callers: known.map_or(Callers::All, |(_, action)| action.callers),
        }
    }

    /// Whether a request with this action can carry a condition key.
    pub(crate) fn carries(&self, key: &str) -> bool {
        self.kind.is_none_or(|kind| !kind.tells(key) || is_among(key, self.keys))
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
