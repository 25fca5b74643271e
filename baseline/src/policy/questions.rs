//! Questions about policies, each put as a search for a request: who asks is what tells one question from another. What
//! counts as outside is a parameter of a question, and not a matter of the search.

mod access_points;
mod administration;
mod callers;
mod limited;
mod transport;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::access_point::AccessPoint;
use super::actions::{KINDS, Probe, Scope};
use super::callers::{Caller, Who, World, variants};
use super::document::{Document, Kind};
use super::mentions::Mentions;
use super::search::{self, Bounds, Layers, Obstacle, Outcome, Witness};
use crate::doc::Doc;
use crate::reason::{Unread, UnreadReason};

use limited::Asked;

pub use administration::{Escalation, escalations};

/// Who counts as an outsider, besides everybody without a name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outsiders {
    /// AWS services that act for strangers: those that a statement names and one of these patterns fits.
    pub services: Vec<String>,
    /// Services that act for their own account only, whatever a policy says.
    pub trusted_services: Vec<String>,
    /// Whether a name that a policy fixes and whose owner it does not, as that of a bucket, may be a stranger's: it can be
    /// taken once it was given up.
    pub takeover: bool,
    /// The accounts that are inside, where accounts that the policy names can be outside.
    pub accounts: Option<Vec<String>>,
    /// Whether the members of one's own organization are inside as well, as far as they are known.
    pub members_are_inside: bool,
    /// Whether everybody without a name is left out: what is asked is only who is named, as where S3 keeps out all others.
    pub only_named: bool,
}

/// An answer, with what it rests on.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// Yes.
    Yes(Why),
    /// No.
    No(Why),
    /// It depends on something that was not read, is malformed, or could not be decided.
    Unknown(Arc<Unread>),
}

/// What an answer rests on.
#[derive(Clone, Debug, PartialEq)]
pub enum Why {
    /// This request gets through.
    Witness(Box<Witness>),
    /// What stops each kind of caller.
    Stopped(BTreeMap<Who, Obstacle>),
    /// Several requests, all of which get through.
    All(Vec<Witness>),
}

/// A policy, about which questions can be asked.
#[derive(Clone, Debug)]
pub struct Policy {
    document: Document,
    /// The access point of which it is the policy, read as one of the bucket behind it.
    point: Option<AccessPoint>,
}

impl Policy {
    /// Reads a policy document, as [`Document::parse`] does.
    pub fn parse(doc: &Doc) -> Self {
        Self { document: Document::parse(doc), point: None }
    }

    /// The document.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// The accounts that it names in full: as principals, and in conditions.
    pub fn accounts(&self) -> Vec<String> {
        Mentions::of(std::slice::from_ref(&self.document)).accounts
    }

    /// Whether a request of somebody outside gets through.
    pub fn is_public(&self, outsiders: &Outsiders, world: &World) -> Answer {
        if let Some(point) = &self.point {
            return self.is_public_at(point, outsiders, world);
        }
        if !callers::may_be_outside(&self.document, outsiders, world) {
            return self.answer(Kind::Resource, Outcome::Closed(BTreeMap::new()));
        }
        self.ask(Kind::Resource, world, Scope::Allowed, |mentions| callers::outside(mentions, outsiders, world))
    }

    /// As [`is_public`](Self::is_public), with other bounds.
    #[cfg(test)]
    fn is_public_within(&self, outsiders: &Outsiders, world: &World, bounds: Bounds) -> Answer {
        let documents = std::slice::from_ref(&self.document);
        let mentions = Mentions::of(documents);
        let callers = callers::outside(&mentions, outsiders, world);
        let outcome = find(&Layers::of(&[documents]), &mentions, callers, Scope::Allowed, world, bounds);
        self.answer(Kind::Resource, outcome)
    }

    /// Whether a role's trust policy lets somebody outside take it.
    pub fn trusts_anyone(&self, outsiders: &Outsiders, world: &World) -> Answer {
        let trust = Outsiders { services: Vec::new(), ..outsiders.clone() };
        let answer = self.trust(self.look(world, Scope::Allowed, |mentions| {
            let mut all = callers::outside(mentions, &trust, world);
            all.extend(callers::tokens(mentions));
            all
        }));
        match answer {
            Answer::No(_) => {
                self.ask(Kind::Trust, world, Scope::Allowed, callers::unknown_tokens).or_unknown_provider(answer)
            }
            answer => answer,
        }
    }

    /// Whether a statement that names a service allows it anything, for whomever it acts.
    pub fn allows_service(&self, service: &str, world: &World) -> Answer {
        self.ask(Kind::Resource, world, Scope::Allowed, |mentions| callers::service(mentions, service, world, true))
    }

    /// Whether a service is allowed anything when it acts for a stranger.
    pub fn allows_service_for_anyone(&self, service: &str, world: &World) -> Answer {
        self.ask(Kind::Resource, world, Scope::Allowed, |mentions| callers::service(mentions, service, world, false))
    }

    /// Whether somebody outside a list of accounts gets through: strangers, and accounts that the policy names.
    pub fn grants_account_outside(&self, accounts: &[String], world: &World) -> Answer {
        let outsiders = Outsiders { accounts: Some(accounts.to_vec()), ..Outsiders::default() };
        self.is_public(&outsiders, world)
    }

    /// Whether an action is allowed to anybody at all.
    pub fn allows_action(&self, action: &str, world: &World) -> Answer {
        let kind = self.kind();
        let find = |layers: &Layers<'_>, mentions: &Mentions<'_>| {
            let probe = Probe::of(action, None, &layers.all());
            let (callers, is_partial) = expand(callers::everybody(mentions, world), mentions, world);
            let outcome = search::search(layers, mentions, &callers, &[probe], world, Bounds::default());
            with_doubt(outcome, is_partial)
        };
        let documents = [&self.document];
        let asked = Asked::of(&documents);
        // Resource control policies limit what resources' policies grant, and not what those of principals do.
        let outcome = match kind {
            Kind::Identity => asked.search(&World { limits: None, ..world.clone() }, find),
            _ => asked.search(world, find),
        };
        self.answer(kind, outcome)
    }

    /// Whether it is an identity policy or a resource policy: whether its statements name principals.
    fn kind(&self) -> Kind {
        let names_nobody = self.document.statements().iter().all(|statement| statement.principals.is_none());
        if names_nobody { Kind::Identity } else { Kind::Resource }
    }

    /// Asks whether one of some callers gets through.
    fn ask(&self, kind: Kind, world: &World, scope: Scope, callers: impl Fn(&Mentions<'_>) -> Vec<Caller>) -> Answer {
        self.answer(kind, self.look(world, scope, callers))
    }

    /// Looks for a request of one of some callers.
    fn look(&self, world: &World, scope: Scope, callers: impl Fn(&Mentions<'_>) -> Vec<Caller>) -> Outcome {
        Asked::of(&[&self.document]).search(world, |layers, mentions| {
            find(layers, mentions, callers(mentions), scope, world, Bounds::default())
        })
    }

    /// What a search in a trust policy comes to. `NotPrincipal` AWS took in trust policies once and does not any more: whom
    /// an older one lets in, it lets in, and nobody knows whom one keeps out.
    fn trust(&self, outcome: Outcome) -> Answer {
        match outcome {
            Outcome::Open(witness) if self.document.unread_as(Kind::Resource).is_none() => {
                Answer::Yes(Why::Witness(witness))
            }
            outcome => self.answer(Kind::Trust, outcome),
        }
    }

    fn answer(&self, kind: Kind, outcome: Outcome) -> Answer {
        if self.document.unread_as(kind).is_some() {
            return self.unread(kind);
        }
        match outcome {
            Outcome::Open(witness) => Answer::Yes(Why::Witness(witness)),
            Outcome::Closed(obstacles) => Answer::No(Why::Stopped(obstacles)),
            Outcome::Unread(why) => Answer::Unknown(why),
            Outcome::Undecided => undecided(),
            Outcome::TooComplex => too_complex(),
        }
    }

    fn unread(&self, kind: Kind) -> Answer {
        self.document.unread_as(kind).map_or_else(undecided, Answer::Unknown)
    }
}

impl Answer {
    /// Turns a yes, for tokens of a provider of which nobody knows who gets them, into an unknown.
    fn or_unknown_provider(self, known: Self) -> Self {
        match self {
            Self::Yes(Why::Witness(witness)) => {
                let detail = format!("it is not known to whom {} gives tokens", witness.request.principal);
                Self::Unknown(Arc::new(Unread::new(UnreadReason::NotVisible, "", detail)))
            }
            _ => known,
        }
    }
}

/// Looks for a request of one of the callers.
fn find(
    layers: &Layers<'_>,
    mentions: &Mentions<'_>,
    callers: Vec<Caller>,
    scope: Scope,
    world: &World,
    bounds: Bounds,
) -> Outcome {
    if callers.is_empty() {
        return Outcome::Closed(BTreeMap::new());
    }
    let (callers, misses_callers) = expand(callers, mentions, world);
    let (probes, misses_actions) = KINDS.probes(mentions, &layers.all(), scope);
    let outcome = search::search(layers, mentions, &callers, &probes, world, bounds);
    with_doubt(outcome, misses_callers || misses_actions)
}

/// All variants of some callers.
fn expand(callers: Vec<Caller>, mentions: &Mentions<'_>, world: &World) -> (Vec<Caller>, bool) {
    let mut is_partial = false;
    let mut all = Vec::new();
    for mut caller in callers {
        caller.asks_for_the_untagged |= mentions.untagged;
        let (variants, partial) = variants(&caller, mentions, world);
        is_partial |= partial;
        all.extend(variants);
        if all.len() > callers::MOST {
            return (all, true);
        }
    }
    (all, is_partial)
}

/// What is not looked at may be open.
fn with_doubt(outcome: Outcome, is_partial: bool) -> Outcome {
    match outcome {
        Outcome::Closed(_) if is_partial => Outcome::TooComplex,
        outcome => outcome,
    }
}

fn undecided() -> Answer {
    unknown("the policy rests on a policy variable that may hold anything, or on a comparison that AWS does not define")
}

fn too_complex() -> Answer {
    unknown("too_complex: the policy can be told in too many cases to say")
}

fn unknown(detail: &str) -> Answer {
    let detail = detail.to_owned();
    Answer::Unknown(Arc::new(Unread::new(UnreadReason::ControlError, "", detail)))
}

#[cfg(test)]
mod tests;
