//! Why a request is not allowed, and what would change that: the statements that almost allow it, with what they lack,
//! and changes of one condition key or of the policies. Every change is tried before it is named.

use super::decide::{Deciding, Layer, Outcome, Policies, decide};
use super::document::{Document, Effect, Statement};
use super::evaluate::{Holds, covers, holds, names};
use super::request::{Facts, Request};
use crate::doc::Doc;

/// How many statements are named at most.
const SHOWN: usize = 5;

/// A statement that bears on a decision, and conditions or elements on which that hangs.
#[derive(Clone, Debug, PartialEq)]
pub struct Bearing {
    /// The statement.
    pub statement: Deciding,
    /// Of one that would allow: what is not met. Of one that denies: the conditions that are met, and of which one would
    /// have to fail.
    pub hangs_on: Vec<Part>,
}

/// A part of a statement.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// `Principal` or `NotPrincipal`.
    Principal,
    /// `Action` or `NotAction`.
    Action,
    /// `Resource` or `NotResource`.
    Resource,
    /// A condition.
    Condition {
        /// As the policy writes it.
        operator: String,
        /// As the policy writes it.
        key: String,
        /// What it is compared with.
        wanted: Vec<String>,
        /// What the request has; empty where the key is absent.
        found: Vec<String>,
    },
}

/// What would make the decision an Allow.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Another value of one key of the request; no values for its absence.
    Key {
        /// The key.
        key: String,
        /// Its values.
        values: Vec<String>,
    },
    /// Other policies.
    Policies {
        /// Without these statements, which deny.
        without: Vec<Deciding>,
        /// With a statement in each of these that allows it.
        allowing: Vec<Layer>,
    },
}

/// The statements on which it hangs that a request is not allowed: those that deny it or, where none does, those of the
/// layers that do not allow it which come closest.
pub fn bearing(policies: &Policies, request: &Request) -> Vec<Bearing> {
    let decision = decide(policies, request);
    let mut found = Vec::new();
    for (place, statement) in each_statement(policies) {
        let parts = parts(statement, policies, request);
        match statement.effect {
            Effect::Deny if parts.iter().all(|(_, holds)| *holds != Holds::No) => {
                let conditions = parts.into_iter().filter(|(part, _)| matches!(part, Part::Condition { .. }));
                found.push((0, Bearing { statement: place, hangs_on: conditions.map(|(part, _)| part).collect() }));
            }
            Effect::Allow if decision.missing.contains(&place.layer) || decision.outcome == Outcome::Unknown => {
                let unmet = parts.into_iter().filter(|(_, holds)| *holds != Holds::Yes);
                let unmet: Vec<Part> = unmet.map(|(part, _)| part).collect();
                if !unmet.is_empty() && !unmet.contains(&Part::Action) {
                    found.push((unmet.len(), Bearing { statement: place, hangs_on: unmet }));
                }
            }
            _ => {}
        }
    }
    if decision.outcome == Outcome::ExplicitDeny {
        found.retain(|(_, bearing)| !bearing.statement.allows);
    }
    found.sort_by_key(|(unmet, _)| *unmet);
    found.into_iter().map(|(_, bearing)| bearing).take(SHOWN).collect()
}

/// Changes that would make a request allowed, each of which was tried: of one key, and of the policies.
pub fn changes(policies: &Policies, request: &Request) -> Vec<Change> {
    let mut found = Vec::new();
    for bearing in bearing(policies, request) {
        for part in bearing.hangs_on {
            let Part::Condition { operator, key, wanted, .. } = part else { continue };
            let is_known =
                |change: &Change| matches!(change, Change::Key { key: known, .. } if known.eq_ignore_ascii_case(&key));
            if !found.iter().any(is_known) {
                found.extend(of_key(policies, request, &operator, &key, &wanted));
            }
        }
    }
    found.extend(of_policies(policies, request));
    found
}

/// A value of a key with which the request is allowed.
fn of_key(policies: &Policies, request: &Request, operator: &str, key: &str, wanted: &[String]) -> Option<Change> {
    let is_allowed = |values: &Vec<String>| {
        let mut request = request.clone();
        request.context.set(key, values.iter().cloned());
        decide(policies, &request).outcome == Outcome::Allow
    };
    let one = wanted.iter().flat_map(|wanted| examples(operator, wanted)).map(|text| vec![text]);
    let values = one.chain([Vec::new()]).find(is_allowed)?;
    Some(Change::Key { key: key.to_owned(), values })
}

/// Values of a key that a value of a policy may match, or just not match, of the kind that the operator compares.
fn examples(operator: &str, wanted: &str) -> Vec<String> {
    let operator = operator.to_ascii_lowercase();
    let is = |kind: &str| operator.contains(kind);
    if is("ipaddress") {
        let network = wanted.split('/').next().unwrap_or(wanted);
        return [network, "198.51.100.1", "203.0.113.1", "2001:db8::1"].map(str::to_owned).to_vec();
    }
    if is("bool") {
        return ["true", "false"].map(str::to_owned).to_vec();
    }
    if is("numeric") {
        let number: f64 = wanted.parse().unwrap_or_default();
        return vec![wanted.to_owned(), (number - 1.0).to_string(), (number + 1.0).to_string()];
    }
    if is("date") {
        return [wanted, "1970-01-01T00:00:00Z", "2999-01-01T00:00:00Z"].map(str::to_owned).to_vec();
    }
    if wanted.contains("${") {
        return Vec::new();
    }
    let filled = wanted.replace(['*', '?'], "x");
    vec![wanted.replace('*', "").replace('?', "x"), filled.clone(), filled + "x"]
}

/// The policies without the statements that deny, and with an Allow in every layer that lacks one.
fn of_policies(policies: &Policies, request: &Request) -> Option<Change> {
    let mut changed = policies.clone();
    let mut decision = decide(&changed, request);
    let mut without = Vec::new();
    if decision.outcome == Outcome::ExplicitDeny {
        without = decision.statements;
        for deciding in &without {
            let denies = |statement: &Statement| !statement.allows() && statement.name == deciding.statement;
            if let Some(document) = documents_mut(&mut changed, deciding.layer).get_mut(deciding.document) {
                document.statements_mut().retain(|statement| !denies(statement));
            }
        }
        decision = decide(&changed, request);
    }
    let allowing = decision.missing.clone();
    for layer in &allowing {
        allow(&mut changed, *layer);
    }
    let helps = decide(&changed, request).outcome == Outcome::Allow && !(without.is_empty() && allowing.is_empty());
    helps.then_some(Change::Policies { without, allowing })
}

/// Adds a statement that allows everything, to everybody where the layer names principals.
fn allow(policies: &mut Policies, layer: Layer) {
    let everybody = matches!(layer, Layer::Resource | Layer::ResourceControl(_)).then(|| ("Principal", Doc::from("*")));
    let fields = [("Effect", "Allow"), ("Action", "*"), ("Resource", "*")].map(|(name, text)| (name, Doc::from(text)));
    let statement = Doc::map(fields.into_iter().chain(everybody));
    let mut document = Document::parse(&Doc::map([("Statement", statement)]));
    match documents_mut(policies, layer).first_mut() {
        Some(present) => present.statements_mut().append(document.statements_mut()),
        None => match layer {
            Layer::Resource => policies.resource = Some(document),
            Layer::Boundary => policies.boundary = Some(document),
            Layer::Identity => policies.identity.push(document),
            Layer::Session => policies.session.push(document),
            Layer::ServiceControl(level) => policies.scps[level].push(document),
            Layer::ResourceControl(level) => policies.rcps[level].push(document),
        },
    }
}

/// The documents of a layer.
fn documents_mut(policies: &mut Policies, layer: Layer) -> &mut [Document] {
    match layer {
        Layer::Identity => &mut policies.identity,
        Layer::Resource => policies.resource.as_mut_slice(),
        Layer::Boundary => policies.boundary.as_mut_slice(),
        Layer::Session => &mut policies.session,
        Layer::ServiceControl(level) => &mut policies.scps[level],
        Layer::ResourceControl(level) => &mut policies.rcps[level],
    }
}

/// Every statement of every layer, with its place.
fn each_statement<'a>(policies: &'a Policies) -> impl Iterator<Item = (Deciding, &'a Statement)> {
    let levels = |layer: fn(usize) -> Layer, levels: &'a [Vec<Document>]| {
        levels.iter().enumerate().map(move |(level, documents)| (layer(level), documents.as_slice()))
    };
    let single = [
        (Layer::Resource, policies.resource.as_slice()),
        (Layer::Identity, policies.identity.as_slice()),
        (Layer::Boundary, policies.boundary.as_slice()),
        (Layer::Session, policies.session.as_slice()),
    ];
    let layers = levels(Layer::ServiceControl, &policies.scps).chain(levels(Layer::ResourceControl, &policies.rcps));
    layers.chain(single).flat_map(|(layer, documents)| {
        documents.iter().enumerate().flat_map(move |(number, document)| {
            let place = move |statement: &Statement| Deciding {
                layer,
                document: number,
                statement: statement.name.clone(),
                allows: statement.allows(),
            };
            document.statements().iter().map(move |statement| (place(statement), statement))
        })
    })
}

/// The parts of a statement, and whether each is met.
fn parts(statement: &Statement, policies: &Policies, request: &Request) -> Vec<(Part, Holds)> {
    let facts = &request.context;
    let mut parts = vec![(Part::Action, covers(&statement.actions, &request.action, facts))];
    if let Some(principals) = &statement.principals {
        let named = names(principals, statement.effect, &request.principal, policies.boundary.is_some());
        parts.push((Part::Principal, named.holds));
    }
    if let Some(resources) = &statement.resources {
        parts.push((Part::Resource, covers(resources, &request.resource, facts)));
    }
    parts.extend(statement.conditions.iter().map(|condition| {
        let part = Part::Condition {
            operator: condition.operator.to_string(),
            key: condition.written_key.to_string(),
            wanted: condition.values.clone(),
            found: facts.get(&condition.key).map(<[String]>::to_vec).unwrap_or_default(),
        };
        (part, holds(condition, facts.fact(&condition.key), facts))
    }));
    parts
}
