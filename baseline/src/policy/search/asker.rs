//! A caller as the policies see it: which statements name it, and what it can make of the condition keys. Callers that the
//! policies cannot tell apart are one.

use super::ground::{DomainId, Ground};
use crate::policy::callers::{Caller, Who, World, domain};
use crate::policy::document::SetOperator;
use crate::policy::evaluate::{Holds, names};
use crate::policy::keys::{KEYS, Tie, With};
use crate::policy::mentions::Mentions;

/// A caller as the policies see it.
pub(super) struct Asker<'a> {
    pub(super) caller: &'a Caller,
    /// Whether each statement, by number, names it.
    pub(super) named: Vec<Holds>,
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
    let mut kinds: Vec<&Caller> = Vec::new();
    for caller in callers {
        if !ground.work.take(20 + ground.outlines.len() + 4 * keys.len()) {
            break;
        }
        let kind = kinds.iter().rposition(|known| known.is_same_but_for_alternatives(caller));
        let kind = kind.unwrap_or_else(|| {
            kinds.push(caller);
            kinds.len() - 1
        });
        let asker = Asker::new(caller, kind, ground, &mut keys, mentions, world);
        match askers.iter_mut().find(|known| known.is_like(&asker)) {
            Some(known) if known.who.contains(&&caller.who) => {}
            Some(known) => known.who.push(&caller.who),
            None => askers.push(asker),
        }
    }
    askers
}

impl<'a> Asker<'a> {
    fn new(
        caller: &'a Caller,
        kind: usize,
        ground: &mut Ground<'_>,
        keys: &mut [Key<'_>],
        mentions: &Mentions<'_>,
        world: &World,
    ) -> Self {
        let named = ground.outlines.iter().map(|outline| match &outline.statement.principals {
            Some(principals) => names(principals, outline.statement.effect, &caller.principal, false).holds,
            None => Holds::Yes,
        });
        let named = named.collect();
        let domains = keys.iter_mut().map(|key| key.domain(caller, kind, ground, mentions, world));
        Self { caller, named, domains: domains.collect(), who: vec![&caller.who] }
    }

    fn is_like(&self, other: &Self) -> bool {
        // What a service writes depends on which it is.
        let is_same_service = match (&self.caller.who, &other.caller.who) {
            (Who::ServiceForAnybody(one), Who::ServiceForAnybody(two)) => one == two,
            (Who::ServiceForAnybody(_), _) | (_, Who::ServiceForAnybody(_)) => false,
            _ => true,
        };
        self.domains == other.domains
            && is_same_service
            && self.caller.signed == other.caller.signed
            && self.named == other.named
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
        let number = ground.keep(domain, &mut self.known);
        self.of_kinds[kind][place] = Some(number);
        number
    }
}
