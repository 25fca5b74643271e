//! An action as the policies see it: what its resources can be, and which condition keys its requests carry.

use super::asker::Asker;
use super::ground::{DomainId, Ground};
use crate::policy::actions::{Kind as ResourceKind, Probe};
use crate::policy::callers::{Caller, Who};
use crate::policy::domain::{Domain, Space, not_empty};
use crate::policy::keys::Kind;
use crate::policy::mentions::Mentions;
use crate::policy::pattern::Pattern;
use crate::policy::services::writes_for_others;

/// An action as the policies see it.
pub(super) struct Asked<'a> {
    pub(super) probe: &'a Probe<'a>,
    resource: DomainId,
    /// The resource for services that write for others, by their name.
    for_services: Vec<(&'a str, DomainId)>,
    /// Whether a request can carry each condition key that is mentioned, by number.
    carries: Vec<bool>,
    /// The domain of a key that it cannot carry.
    absent: DomainId,
}

/// The actions, with what their requests can have.
pub(super) fn asked<'a>(
    probes: &'a [Probe<'a>],
    askers: &[Asker<'a>],
    ground: &mut Ground<'_>,
    mentions: &Mentions<'_>,
) -> Vec<Asked<'a>> {
    let mut known = Vec::new();
    let absent = ground.keep(Domain::absent(), &mut known);
    let others = written_for_others(askers, mentions);
    let patterns: Vec<&Pattern> = mentions.resources().collect();
    let mut all: Vec<Asked<'a>> = Vec::with_capacity(probes.len());
    for probe in probes {
        let carries = mentions.keys.iter().map(|key| probe.carries(key)).collect();
        // Actions of a kind have the same resources.
        let same = all.iter().find(|other| has_same_resources(other.probe, probe));
        let (resource, for_services) = match same {
            Some(same) => (same.resource, same.for_services.clone()),
            None => {
                let domain = resource(probe.kind, probe.resource.as_ref(), &patterns, mentions);
                let special = others
                    .iter()
                    .map(|(service, others)| (*service, ground.keep(without(&domain, others), &mut known)));
                let special = special.collect();
                (ground.keep(domain, &mut known), special)
            }
        };
        all.push(Asked { probe, resource, for_services, carries, absent });
    }
    all
}

fn has_same_resources(one: &Probe<'_>, other: &Probe<'_>) -> bool {
    let kind = |probe: &Probe<'_>| probe.kind.map(std::ptr::from_ref);
    one.resource.is_none() && other.resource.is_none() && kind(one) == kind(other)
}

/// A service that acts for a stranger does not write where what it writes for others goes: the patterns of that, for each
/// service that has some.
fn written_for_others<'a>(askers: &[Asker<'a>], mentions: &Mentions<'_>) -> Vec<(&'a str, Vec<Pattern>)> {
    let mut others: Vec<(&'a str, Vec<Pattern>)> = Vec::new();
    for asker in askers {
        let Who::ServiceForAnybody(service) = &asker.caller.who else { continue };
        if !others.iter().any(|(known, _)| known == service) {
            let mut written: Vec<Pattern> = Vec::new();
            for pattern in mentions.resources().flat_map(|pattern| writes_for_others(service, pattern.tokens())) {
                if !written.contains(&pattern) {
                    written.push(pattern);
                }
            }
            others.push((service, written));
        }
    }
    others.retain(|(_, written)| !written.is_empty());
    others
}

fn without(resource: &Domain, others: &[Pattern]) -> Domain {
    let Space::Texts { within, without } = &resource.space else { return resource.clone() };
    let without = without.iter().chain(others).cloned().collect();
    Domain { space: Space::Texts { within: within.clone(), without }, ..resource.clone() }
}

impl Asked<'_> {
    /// What a caller can ask for.
    pub(super) fn resource(&self, caller: &Caller) -> DomainId {
        let Who::ServiceForAnybody(service) = &caller.who else { return self.resource };
        let special = self.for_services.iter().find(|(known, _)| known == service);
        special.map_or(self.resource, |(_, domain)| *domain)
    }

    /// What a caller can make of a condition key, by its number.
    pub(super) fn key(&self, asker: &Asker<'_>, number: usize) -> DomainId {
        if self.carries[number] { asker.domains[number] } else { self.absent }
    }
}

/// What the resource of an action can be. Where a policy names resources by something else than ARNs, as Lambda's does,
/// nothing is known of their shape.
pub(super) fn resource(
    kind: Option<&ResourceKind>,
    shape: Option<&Pattern>,
    patterns: &[&Pattern],
    mentions: &Mentions<'_>,
) -> Domain {
    let is_plain = |pattern: &&Pattern| pattern.only_text().is_some_and(|text| !text.starts_with("arn:"));
    let known = kind.filter(|_| !patterns.iter().any(is_plain));
    let (within, without) = match (shape, known) {
        (Some(shape), _) => (vec![vec![shape.clone()]], Vec::new()),
        (None, Some(kind)) => {
            let (shape, other) = kind.shape(mentions.partition);
            let named = Some(kind.named(patterns)).filter(|named| !named.is_empty());
            (named.into_iter().chain([vec![shape]]).collect(), other.cloned().into_iter().collect())
        }
        (None, None) => (vec![vec![not_empty()]], Vec::new()),
    };
    Domain {
        may_be_absent: false,
        may_be_present: true,
        is_multivalued: false,
        kind: Kind::Text,
        space: Space::Texts { within, without },
    }
}
