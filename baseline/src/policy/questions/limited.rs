//! Questions about policies of resources that the organization limits, too: what its resource control policies deny is held
//! against whatever gets through without them. They can only stop, so that where nobody gets through they do not matter.

use std::sync::Arc;

use super::{Answer, Policy, Why, undecided};
use crate::policy::actions::Kinds;
use crate::policy::callers::{Who, World};
use crate::policy::document::{Document, Kind, Statement};
use crate::policy::evaluate::Canonical;
use crate::policy::keys::KEYS;
use crate::policy::limits;
use crate::policy::mentions::Mentions;
use crate::policy::request::Request;
use crate::policy::search::{self, Layers, Obstacle, Outcome, Verdict, Witness};
use crate::reason::{Unread, UnreadReason};

/// Policies that a question is about.
pub(super) struct Asked<'a> {
    /// One policy for each layer.
    documents: &'a [&'a Document],
    /// Whether only their denials count.
    denials_only: bool,
    /// The service that they are of, where the question says so.
    service: Option<&'a str>,
}

impl<'a> Asked<'a> {
    /// Policies all of which have to allow.
    pub(super) fn of(documents: &'a [&'a Document]) -> Self {
        Self { documents, denials_only: false, service: None }
    }

    /// What a policy denies, of a service.
    pub(super) fn denials_of(documents: &'a [&'a Document], service: Option<&'a str>) -> Self {
        Self { documents, denials_only: true, service }
    }

    /// What a search comes to, held against what the organization denies. Where nobody gets through without that, somebody
    /// can only be found among those whom an exception names.
    pub(super) fn search(
        &self,
        world: &World,
        find: impl for<'x> Fn(&Layers<'x>, &Mentions<'x>) -> Outcome,
    ) -> Outcome {
        let (layers, mentions) = self.with(&[]);
        let outcome = find(&layers, &mentions);
        let is_closed = matches!(outcome, Outcome::Closed(_));
        let may_open = !is_closed || mentions.opens_to_everybody();
        let Some(limits) = world.limits.as_ref().filter(|_| may_open) else { return outcome };
        let denials = limits.denials(&Kinds::services(&mentions));
        // Whom nobody but the organization names is asked for only now.
        if is_closed && self.with(&denials.statements).1.excepted.is_empty() {
            return outcome;
        }
        let outcome = match denials.statements.is_empty() {
            true => outcome,
            false => self.within(&denials.statements, &mentions, find),
        };
        match (outcome, denials.unread) {
            (Outcome::Open(witness), Some(why)) if limits::can_stop(&witness.request.action) => Outcome::Unread(why),
            (outcome, _) => outcome,
        }
    }

    /// What a search comes to within what the organization denies. A denial that spares what carries a tag is known to
    /// spare this resource only where its tags are.
    fn within(
        &self,
        denials: &[Statement],
        own: &Mentions<'_>,
        find: impl for<'x> Fn(&Layers<'x>, &Mentions<'x>) -> Outcome,
    ) -> Outcome {
        let (layers, mut mentions) = self.with(denials);
        let outcome = find(&layers, &mentions);
        let Outcome::Open(witness) = &outcome else { return outcome };
        let is_own = |key: &str| own.keys.iter().any(|known| known.eq_ignore_ascii_case(key));
        let rests_on_tags = witness.request.context.iter().any(|(key, _)| KEYS.is_of_resource(key) && !is_own(key));
        if !rests_on_tags {
            return outcome;
        }
        mentions.untagged = true;
        match find(&layers, &mentions) {
            Outcome::Open(witness) => Outcome::Open(witness),
            _ => Outcome::Unread(on_tags()),
        }
    }

    fn with<'x>(&'x self, denials: &'x [Statement]) -> (Layers<'x>, Mentions<'x>) {
        let mut layers = match self.denials_only {
            true => Layers::of_denials(self.documents),
            false => Layers::of_each(self.documents),
        };
        let mut mentions = Mentions::of(self.documents.iter().copied());
        mentions.service = self.service;
        if self.denials_only {
            // Statements that allow say whose resource it is and who may ask; the keys that they alone read do not matter.
            mentions.keys = Mentions::of_statements(layers.all()).keys;
        }
        layers.limit(denials);
        mentions.limit(denials);
        (layers, mentions)
    }
}

impl Policy {
    /// Whether the policy lets a request through, as far as it is the policy's to say, and the organization's.
    pub fn allows(&self, request: &Request, world: &World) -> Answer {
        let kind = self.kind();
        if self.document().unread_as(kind).is_some() {
            return self.unread(kind);
        }
        let request = request.clone().with_derived_keys();
        let documents = [self.document()];
        let mut layers = Layers::of_each(&documents);
        let allowed = match search::verdict(&request, &layers, Canonical::Anybody) {
            Verdict::Allowed(statements) => statements,
            other => return answer(request, other),
        };
        // They limit what resources' policies grant, and not what those of principals do.
        let Some(limits) = world.limits.as_ref().filter(|_| kind != Kind::Identity) else {
            return answer(request, Verdict::Allowed(allowed));
        };
        let denials = limits.denials(&[]);
        layers.limit(&denials.statements);
        let verdict = search::verdict(&request, &layers, Canonical::Anybody);
        match (&verdict, denials.unread) {
            (Verdict::Allowed(_), Some(why)) if limits::can_stop(&request.action) => Answer::Unknown(why),
            _ => answer(request, verdict),
        }
    }
}

fn on_tags() -> Arc<Unread> {
    let detail = "whether a resource control policy stops it depends on what the resource is tagged with";
    Arc::new(Unread::new(UnreadReason::ControlError, "", detail))
}

fn answer(request: Request, verdict: Verdict) -> Answer {
    let who = Who::Named(request.principal.to_string());
    match verdict {
        Verdict::Allowed(statements) => Answer::Yes(Why::Witness(Box::new(Witness { who, request, statements }))),
        Verdict::Stopped(obstacle) => Answer::No(stopped(who, obstacle)),
        Verdict::Undefined => undecided(),
    }
}

fn stopped(who: Who, obstacle: Obstacle) -> Why {
    Why::Stopped([(who, obstacle)].into())
}
