//! A caller as the policies see it: which statements name it, and what it can make of the condition keys. Callers that the
//! policies cannot tell apart are one.

use super::ground::{DomainId, Ground};
use crate::policy::callers::{Caller, Who, World, domain};
use crate::policy::document::SetOperator;
use crate::policy::evaluate::{Holds, names};
use crate::policy::keys::KEYS;
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
    let mut known: Vec<Vec<DomainId>> = vec![Vec::new(); mentions.keys.len()];
    for caller in callers {
        let asker = Asker::new(caller, ground, &mut known, mentions, world);
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
        ground: &mut Ground<'_>,
        known: &mut [Vec<DomainId>],
        mentions: &Mentions<'_>,
        world: &World,
    ) -> Self {
        let named = ground.outlines.iter().map(|outline| match &outline.statement.principals {
            Some(principals) => names(principals, outline.statement.effect, &caller.principal, false).holds,
            None => Holds::Yes,
        });
        let named = named.collect();
        let domains = mentions.keys.iter().zip(known).map(|(key, known)| {
            let mut domain = domain(caller, key, mentions, world);
            // A key of which nothing is known has several values only where the policies expect it.
            if KEYS.get(key).is_none() && !key.ends_with(":amr") {
                domain.is_multivalued = mentions.conditions(key).any(|condition| condition.set != SetOperator::One);
            }
            ground.keep(domain, known)
        });
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
