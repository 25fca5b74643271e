//! Full administration, and ways to it. A policy allows everything if it allows an action of a service that it does not
//! name, on a resource that it does not name, and one way of giving oneself the rest.

use std::sync::Arc;

use super::{Answer, Policy, Why, expand, undecided};
use crate::policy::actions::Probe;
use crate::policy::callers::{Caller, Who, World};
use crate::policy::decide::Policies;
use crate::policy::document::{Document, Kind};
use crate::policy::escalation::{Leads, ROUTES, Route, Step};
use crate::policy::mentions::Mentions;
use crate::policy::pattern::{Case, Pattern, Token};
use crate::policy::search::{self, Bounds, Layers, Outcome, Witness};
use crate::reason::Unread;

/// A way in which a principal gives itself more than it has.
#[derive(Clone, Debug, PartialEq)]
pub struct Escalation {
    /// Its name.
    pub route: String,
    /// A request for each step.
    pub steps: Vec<Witness>,
    /// Whether what is gained stays within a permissions boundary, which a step has to set.
    pub is_bounded: bool,
}

impl Policy {
    /// Whether everything is allowed, or can be.
    pub fn allows_full_admin(&self, world: &World) -> Answer {
        if let Some(unread) = self.document().unread_as(Kind::Identity) {
            return Answer::Unknown(unread);
        }
        let documents = std::slice::from_ref(self.document());
        let asking = Asking::new(&[documents], world);
        let anything = asking.anything();
        let found = match asking.ask(&anything.0, anything.1, Vec::new()) {
            Outcome::Open(witness) => witness,
            other => return answer(other),
        };
        let mut is_unknown = false;
        for route in ROUTES.iter().filter(|route| route.leads != Leads::Service) {
            match asking.route(route, Boundaries::Without) {
                Taken::All(steps) => {
                    let witnesses = [*found].into_iter().chain(steps.steps).collect();
                    return Answer::Yes(Why::All(witnesses));
                }
                Taken::Unknown => is_unknown = true,
                Taken::Stopped => {}
            }
        }
        if is_unknown { undecided() } else { Answer::No(Why::Stopped(Default::default())) }
    }
}

/// Every way in which the principal of some policies gives itself more than it has, over all of its policies, its boundary
/// and the service control policies.
///
/// # Errors
/// What was not read, if that leaves it open.
pub fn escalations(policies: &Policies, world: &World) -> Result<Vec<Escalation>, Arc<Unread>> {
    let mut layers: Vec<&[Document]> = vec![&policies.identity];
    layers.extend(policies.boundary.iter().map(std::slice::from_ref));
    layers.extend(policies.scps.iter().map(Vec::as_slice));
    if !policies.session.is_empty() {
        layers.push(&policies.session);
    }
    if let Some(unread) = layers.iter().copied().flatten().find_map(|document| document.unread_as(Kind::Identity)) {
        return Err(unread);
    }
    let asking = Asking::new(&layers, world);
    let mut found = Vec::new();
    for route in ROUTES.iter() {
        let taken = match asking.route(route, Boundaries::Without) {
            Taken::Stopped => asking.route(route, Boundaries::Set),
            taken => taken,
        };
        match taken {
            Taken::All(escalation) => found.push(escalation),
            Taken::Stopped => {}
            Taken::Unknown => {
                let Answer::Unknown(unread) = undecided() else { continue };
                return Err(unread);
            }
        }
    }
    Ok(found)
}

fn answer(outcome: Outcome) -> Answer {
    match outcome {
        Outcome::Open(witness) => Answer::Yes(Why::Witness(witness)),
        Outcome::Closed(obstacles) => Answer::No(Why::Stopped(obstacles)),
        Outcome::Unread(why) => Answer::Unknown(why),
        Outcome::Undecided => undecided(),
        Outcome::TooComplex => super::too_complex(),
    }
}

/// What becomes of a route.
enum Taken {
    All(Escalation),
    Stopped,
    Unknown,
}

/// Whether a step may set a permissions boundary, or leave one that is there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Boundaries {
    Without,
    Set,
}

/// The principal of some policies, asking for one thing after another.
struct Asking<'a> {
    layers: Layers<'a>,
    mentions: Mentions<'a>,
    world: World,
    account: String,
}

impl<'a> Asking<'a> {
    fn new(layers: &[&'a [Document]], world: &World) -> Self {
        let mentions = Mentions::of(layers.iter().copied().flatten());
        let account = world.account.clone().or_else(|| mentions.accounts.first().cloned());
        let account = account.unwrap_or_else(|| "000000000000".to_owned());
        let world = World { account: Some(account.clone()), ..world.clone() };
        Self { layers: Layers::of(layers), mentions, world, account }
    }

    /// An action of a service that nothing names, on a resource that nothing names.
    fn anything(&self) -> (String, Pattern) {
        let texts = self.mentions.statements().iter().flat_map(|statement| &statement.actions.texts);
        let named: Vec<&Pattern> =
            texts.filter_map(|text| text.fixed()).filter(|pattern| !is_everything(pattern)).collect();
        let names = ["any-other-service:AnyAction", "q0:Q0", "j9:J9"];
        let action =
            names.into_iter().find(|name| !named.iter().any(|pattern| pattern.matches(name))).unwrap_or(names[0]);
        let service = action.split(':').next().unwrap_or_default();
        let resource = format!("arn:{}:{service}:any-region:{}:anything/else", self.mentions.partition, self.account);
        (action.to_owned(), Pattern::literal(&resource, Case::Sensitive))
    }

    /// Whether an action is allowed on what fits a pattern.
    fn ask(&self, action: &str, resource: Pattern, keys: Vec<(String, Option<String>)>) -> Outcome {
        let probe = Probe::of(action, Some(resource), self.mentions.statements());
        let mut callers = vec![Caller::of_account(Who::ThisAccount, &self.account)];
        callers[0].asks_for_the_untagged = true;
        callers[0].fixed = keys.into();
        let organizations =
            self.mentions.organizations.iter().chain(&self.world.organization).filter(|id| !id.is_empty());
        let members = organizations.map(|organization| {
            let mut member = callers[0].clone();
            member.organization = Some(organization.clone());
            member.with.add(crate::policy::keys::With::Organization);
            member
        });
        let members: Vec<Caller> = members.collect();
        callers.extend(members);
        let (callers, is_partial) = expand(callers, &self.mentions, &self.world);
        let outcome = search::search(&self.layers, &self.mentions, &callers, &[probe], &self.world, Bounds::default());
        super::with_doubt(outcome, is_partial)
    }

    fn route(&self, route: &Route, boundaries: Boundaries) -> Taken {
        let mut steps = Vec::new();
        for step in &route.steps {
            match self.step(step, boundaries) {
                Outcome::Open(witness) => steps.push(*witness),
                Outcome::Closed(_) => return Taken::Stopped,
                Outcome::Unread(_) | Outcome::Undecided | Outcome::TooComplex => return Taken::Unknown,
            }
        }
        let sets_boundary = |witness: &Witness| witness.request.context.get("iam:PermissionsBoundary").is_some();
        Taken::All(Escalation { route: route.name.clone(), is_bounded: steps.iter().any(sets_boundary), steps })
    }

    fn step(&self, step: &Step, boundaries: Boundaries) -> Outcome {
        let fill =
            |text: &str| text.replace("{account}", &self.account).replace("{partition}", self.mentions.partition);
        let mut keys: Vec<(String, Option<String>)> =
            step.keys.iter().map(|(key, value)| (key.clone(), Some(fill(value)))).collect();
        if boundaries == Boundaries::Without {
            keys.push(("iam:permissionsboundary".to_owned(), None));
        }
        // IAM answers from one Region, whatever the client's.
        if step.action.starts_with("iam:") {
            let region = match self.mentions.partition {
                "aws-cn" => "cn-north-1",
                "aws-us-gov" => "us-gov-west-1",
                _ => "us-east-1",
            };
            keys.push(("aws:requestedregion".to_owned(), Some(region.to_owned())));
        }
        self.ask(&step.action, Pattern::glob(&fill(&step.resource), Case::Sensitive), keys)
    }
}

/// Whether a pattern of actions names no service: nothing but wildcards and the colon.
fn is_everything(pattern: &Pattern) -> bool {
    pattern.tokens().iter().all(|token| token.repeats() || *token == Token::One || *token == Token::Literal(':'))
}
