//! A caller as the policies see it: which statements name it, and what it can make of the condition keys. Callers that the
//! policies cannot tell apart are one.

use std::collections::hash_map::Entry;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::ground::{DomainId, Ground};
use crate::policy::callers::{Caller, Who, World, domain};
use crate::policy::document::SetOperator;
use crate::policy::evaluate::{Holds, names};
use crate::policy::keys::{KEYS, Signed, Tie, With};
use crate::policy::mentions::Mentions;
use crate::policy::request::Principal;

/// A caller as the policies see it.
pub(super) struct Asker<'a> {
    pub(super) caller: &'a Caller,
    /// Whether each statement, by number, names it.
    pub(super) named: Rc<[Holds]>,
    /// What it can make of each condition key that is mentioned, by number.
    pub(super) domains: Vec<DomainId>,
    /// All callers that it stands for.
    pub(super) who: Vec<&'a Who>,
}

/// The callers, as far as the policies can tell them apart.
pub(super) fn askers<'a>(
    callers: &'a [Caller],
    ground: &mut Ground<'_>,
    mentions: &Mentions<'_>,
    world: &World,
) -> Vec<Asker<'a>> {
    let mut askers: Vec<Asker<'a>> = Vec::new();
    let mut keys: Vec<Key> = mentions.keys.iter().map(|key| Key::new(key, mentions)).collect();
    let mut kinds: FxHashMap<_, usize> = FxHashMap::default();
    let mut places: FxHashMap<_, usize> = FxHashMap::default();
    let mut named: FxHashMap<&Principal, Rc<[Holds]>> = FxHashMap::default();
    for caller in callers {
        if !ground.work.take(20 + 4 * keys.len()) {
            break;
        }
        let named = named.entry(&caller.principal).or_insert_with(|| naming(&caller.principal, ground));
        let count = kinds.len();
        let kind = *kinds.entry(caller.without_alternatives()).or_insert(count);
        let domains = keys.iter_mut().map(|key| key.domain(caller, kind, ground, mentions, world)).collect();
        let asker = Asker { caller, named: Rc::clone(named), domains, who: vec![&caller.who] };
        match places.entry(asker.likeness()) {
            Entry::Occupied(known) => {
                let known: &mut Asker<'a> = &mut askers[*known.get()];
                if !known.who.contains(&&caller.who) {
                    known.who.push(&caller.who);
                }
            }
            Entry::Vacant(place) => {
                place.insert(askers.len());
                askers.push(asker);
            }
        }
    }
    askers
}

/// Which statements name a principal.
fn naming(principal: &Principal, ground: &Ground<'_>) -> Rc<[Holds]> {
    let each = ground.outlines.iter().map(|outline| match &outline.statement.principals {
        Some(principals) => {
            ground.work.take(2 + 4 * principals.named.len());
            names(principals, outline.statement.effect, principal, false).holds
        }
        None => Holds::Yes,
    });
    each.collect()
}

/// What tells a caller from others: its service, how it signs, which statements name it, the domains of its keys.
type Likeness<'a> = (Option<&'a str>, Signed, Rc<[Holds]>, Vec<DomainId>);

impl<'a> Asker<'a> {
    fn likeness(&self) -> Likeness<'a> {
        // What a service writes depends on which it is.
        let service = match &self.caller.who {
            Who::ServiceForAnybody(service) => Some(service.as_str()),
            _ => None,
        };
        (service, self.caller.signed, Rc::clone(&self.named), self.domains.clone())
    }
}

/// A condition key, with the domains that callers have of it.
struct Key<'a> {
    name: &'a str,
    /// The alternative on which it depends.
    with: Option<With>,
    /// Whether a request may have several values of it, where nothing is known of the key: where the policies expect it.
    is_expected_multivalued: Option<bool>,
    known: Vec<DomainId>,
    /// By the number of the caller's kind, without the alternative and with it.
    of_kinds: Vec<[Option<DomainId>; 2]>,
}

impl<'a> Key<'a> {
    fn new(name: &'a str, mentions: &Mentions<'_>) -> Self {
        let key = KEYS.get(name);
        let with = key.and_then(|key| key.with).map(|(Tie::Presence(with) | Tie::Value(with))| with);
        let is_unknown = key.is_none() && !name.ends_with(":amr");
        let is_expected = || mentions.conditions(name).any(|condition| condition.set != SetOperator::One);
        let is_expected_multivalued = is_unknown.then(is_expected);
        Self { name, with, is_expected_multivalued, known: Vec::new(), of_kinds: Vec::new() }
    }

    fn domain(
        &mut self,
        caller: &Caller,
        kind: usize,
        ground: &mut Ground<'_>,
        mentions: &Mentions<'_>,
        world: &World,
    ) -> DomainId {
        if self.of_kinds.len() <= kind {
            self.of_kinds.resize(kind + 1, [None; 2]);
        }
        let place = usize::from(self.with.is_some_and(|with| caller.with.contain(with)));
        if let Some(known) = self.of_kinds[kind][place] {
            return known;
        }
        let mut domain = domain(caller, self.name, mentions, world);
        domain.is_multivalued = self.is_expected_multivalued.unwrap_or(domain.is_multivalued);
        ground.work.take(20 + self.known.len());
        let number = ground.keep(domain, &mut self.known);
        self.of_kinds[kind][place] = Some(number);
        number
    }
}
