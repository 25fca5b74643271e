//! Requests over plain HTTP: whether denials stop them all. Most policies that do have one statement for it, on everybody and
//! everything; that one is seen at once, and all others are searched.

use super::limited::Asked;
use super::{Answer, Policy, Why, callers, expand, too_complex, undecided, with_doubt};
use crate::policy::actions::{KINDS, Scope};
use crate::policy::callers::{Caller, World};
use crate::policy::document::Kind;
use crate::policy::mentions::Mentions;
use crate::policy::search::{self, Bounds, Layers, Outcome};

impl Policy {
    /// Whether no request gets past the denials without TLS, but for those of AWS services. Which service the policy is of
    /// may be said: one that says nothing is about anything otherwise.
    pub fn denies_insecure_transport(&self, service: Option<&str>, world: &World) -> Answer {
        self.transport(service, world, search::blanket)
    }

    /// The same, with something that may know the outcome without a search.
    pub(super) fn transport(
        &self,
        service: Option<&str>,
        world: &World,
        known: impl Fn(&Layers<'_>, &Mentions<'_>, &[Caller]) -> Option<Outcome>,
    ) -> Answer {
        let find = |layers: &Layers<'_>, mentions: &Mentions<'_>| {
            let callers = callers::without_tls(mentions, world);
            known(layers, mentions, &callers).unwrap_or_else(|| escaping(layers, mentions, callers, world))
        };
        // A statement that was not read can only deny more.
        match Asked::denials_of(&[self.document()], service).search(world, find) {
            Outcome::Closed(obstacles) => Answer::Yes(Why::Stopped(obstacles)),
            _ if self.document.unread_as(Kind::Resource).is_some() => self.unread(Kind::Resource),
            Outcome::Open(witness) => Answer::No(Why::Witness(witness)),
            Outcome::Unread(why) => Answer::Unknown(why),
            Outcome::Undecided => undecided(),
            Outcome::TooComplex => too_complex(),
        }
    }
}

/// Looks for a request of one of the callers that no denial stops.
fn escaping(layers: &Layers<'_>, mentions: &Mentions<'_>, callers: Vec<Caller>, world: &World) -> Outcome {
    let (callers, misses_callers) = expand(callers, mentions, world);
    let (probes, misses_actions) = KINDS.probes(mentions, &layers.all(), Scope::All);
    let outcome = search::search(layers, mentions, &callers, &probes, world, Bounds::default());
    with_doubt(outcome, misses_callers || misses_actions)
}
