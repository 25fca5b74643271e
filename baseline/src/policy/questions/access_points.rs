//! Questions about buckets and their access points: who gets to a bucket through one, whom its own policy lets in, and
//! whose access points a bucket's policy leaves the decision to.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::limited::Asked;
use super::{Answer, Outsiders, Policy, Why, callers, find};
use crate::doc::Doc;
use crate::policy::access_point::{AccessPoint, Network, keys_of_any};
use crate::policy::actions::Scope;
use crate::policy::callers::World;
use crate::policy::document::{Document, Kind, is_account};
use crate::policy::mentions::Mentions;
use crate::policy::search::{Bounds, Outcome};
use crate::reason::Unread;

/// How the condition keys begin that tell requests through access points.
const KEYS: [&str; 2] = ["s3:accesspoint", "s3:dataaccesspoint"];

/// Condition keys with the values that all requests of a question have.
type Keys = Vec<(String, Option<String>)>;

impl Policy {
    /// The policy of an access point.
    pub fn of_access_point(point: AccessPoint, policy: &Doc) -> Self {
        Self { document: Document::parse(&point.seen_from_the_bucket(policy)), point: Some(point) }
    }

    /// Whether a request of somebody outside gets through a bucket's policy and through that of an access point.
    pub fn is_public_through(&self, of_point: &Self, outsiders: &Outsiders, world: &World) -> Answer {
        let Some(point) = &of_point.point else { return super::undecided() };
        // Where the bucket's policy lets nobody through whoever the access point's may name, that need not be known.
        let bucket = self.named_in(&[&self.document], point.keys(), &anybody_like(outsiders), world);
        if matches!(bucket, Answer::No(_)) {
            return bucket;
        }
        let outsiders = reaching(point, outsiders);
        match (self.document.unread_as(Kind::Resource), of_point.document.unread_as(Kind::Resource)) {
            (Some(unread), _) | (None, Some(unread)) => Answer::Unknown(unread),
            (None, None) => {
                let both = [&self.document, &of_point.document];
                as_the_point_names_it(point, self.named_in(&both, point.keys(), &outsiders, world))
            }
        }
    }

    /// The accounts whose access points decide who gets to the bucket: its policy lets somebody outside in through them.
    ///
    /// # Errors
    /// The policy was not read, or it cannot be said.
    pub fn access_point_accounts(&self, outsiders: &Outsiders, world: &World) -> Result<Vec<String>, Arc<Unread>> {
        if let Some(unread) = self.document.unread_as(Kind::Resource) {
            return Err(unread);
        }
        let mentions = Mentions::of(std::slice::from_ref(&self.document));
        let is_telling = |key: &&str| KEYS.iter().any(|start| key.starts_with(start));
        let telling: Vec<&str> = mentions.keys.iter().copied().filter(is_telling).collect();
        // A policy that asks for no access point lets the same people in through each as through none.
        if telling.is_empty() {
            return Ok(Vec::new());
        }
        let conditions = telling.iter().flat_map(|key| mentions.conditions(key));
        let fields = conditions.flat_map(|condition| &condition.values).flat_map(|value| value.split(':'));
        let named = fields.filter(|field| is_account(field)).map(str::to_owned);
        let mut accounts: Vec<String> = named.chain(world.account.clone()).collect();
        accounts.sort_unstable();
        accounts.dedup();
        let mut deciding = Vec::new();
        for account in accounts {
            let keys = keys_of_any(&account, mentions.partition);
            match self.named_in(&[&self.document], keys, outsiders, world) {
                Answer::Yes(_) => deciding.push(account),
                Answer::No(_) => {}
                Answer::Unknown(unread) => return Err(unread),
            }
        }
        Ok(deciding)
    }

    /// Whether the policy of an access point lets somebody outside in.
    pub(super) fn is_public_at(&self, point: &AccessPoint, outsiders: &Outsiders, world: &World) -> Answer {
        let answer = self.named_in(&[&self.document], point.keys(), &reaching(point, outsiders), world);
        as_the_point_names_it(point, answer)
    }

    /// Whether somebody outside gets through some policies, all of which have to let it, with these keys.
    fn named_in(&self, documents: &[&Document], keys: Keys, outsiders: &Outsiders, world: &World) -> Answer {
        if documents.iter().any(|document| !callers::may_be_outside(document, outsiders, world)) {
            return self.answer(Kind::Resource, Outcome::Closed(BTreeMap::new()));
        }
        let fixed: Rc<[(String, Option<String>)]> = Rc::from(keys);
        let outcome = Asked::of(documents).search(world, |layers, mentions| {
            let mut outside = callers::outside(mentions, outsiders, world);
            outside.iter_mut().for_each(|caller| caller.fixed = Rc::clone(&fixed));
            find(layers, mentions, outside, Scope::Allowed, world, Bounds::default())
        });
        self.answer(Kind::Resource, outcome)
    }
}

/// Who can reach an access point at all: in a VPC nobody is without a name.
fn reaching(point: &AccessPoint, outsiders: &Outsiders) -> Outsiders {
    let only_named = outsiders.only_named || matches!(point.network, Network::Vpc(_));
    Outsiders { only_named, ..outsiders.clone() }
}

/// Whomever another policy may name: all that this one does not tell from a stranger.
fn anybody_like(outsiders: &Outsiders) -> Outsiders {
    let services = if outsiders.services.is_empty() { Vec::new() } else { vec!["*".to_owned()] };
    Outsiders { services, only_named: false, ..outsiders.clone() }
}

/// The request as it is made: it names the access point.
fn as_the_point_names_it(point: &AccessPoint, answer: Answer) -> Answer {
    match answer {
        Answer::Yes(Why::Witness(mut witness)) => {
            witness.request.resource = point.named_by_it(&witness.request.resource);
            Answer::Yes(Why::Witness(witness))
        }
        other => other,
    }
}
