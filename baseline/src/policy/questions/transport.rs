//! Requests over plain HTTP: whether denials stop them all. Most policies that do have one statement for it, on everybody and
//! everything; that one is seen at once, and all others are searched.

use super::{Answer, Policy, Why, callers, expand, too_complex, undecided, with_doubt};
use crate::policy::actions::{KINDS, Scope};
use crate::policy::callers::{Caller, World};
use crate::policy::document::{Kind, Statement};
use crate::policy::mentions::Mentions;
use crate::policy::search::{self, Bounds, Layers, Outcome};

impl Policy {
    /// Whether no request gets past the denials without TLS, but for those of AWS services.
    pub fn denies_insecure_transport(&self, world: &World) -> Answer {
        self.transport(world, search::blanket)
    }

    /// The same, with something that may know the outcome without a search.
    pub(super) fn transport(
        &self,
        world: &World,
        known: impl Fn(&Layers<'_>, &Mentions<'_>, &[Caller]) -> Option<Outcome>,
    ) -> Answer {
        let documents = std::slice::from_ref(&self.document);
        let layers = Layers::of_denials(documents);
        let denials: Vec<&Statement> = layers.statements().iter().map(|(_, statement)| *statement).collect();
        // Statements that allow say whose bucket it is and who may ask; the keys that they alone read do not matter.
        let mut mentions = Mentions::of(documents);
        mentions.keys = Mentions::of_statements(denials.iter().copied()).keys;
        let callers = callers::without_tls(&mentions, world);
        let outcome = known(&layers, &mentions, &callers);
        let outcome = outcome.unwrap_or_else(|| escaping(&layers, &mentions, callers, &denials, world));
        // A statement that was not read can only deny more.
        match outcome {
            Outcome::Closed(obstacles) => Answer::Yes(Why::Stopped(obstacles)),
            _ if self.document.unread_as(Kind::Resource).is_some() => self.unread(Kind::Resource),
            Outcome::Open(witness) => Answer::No(Why::Witness(witness)),
            Outcome::Undecided => undecided(),
            Outcome::TooComplex => too_complex(),
        }
    }
}

/// Looks for a request of one of the callers that no denial stops.
fn escaping(
    layers: &Layers<'_>,
    mentions: &Mentions<'_>,
    callers: Vec<Caller>,
    denials: &[&Statement],
    world: &World,
) -> Outcome {
    let (callers, misses_callers) = expand(callers, mentions, world);
    let (probes, misses_actions) = KINDS.probes(mentions, denials, Scope::All);
    let outcome = search::search(layers, mentions, &callers, &probes, world, Bounds::default());
    with_doubt(outcome, misses_callers || misses_actions)
}
