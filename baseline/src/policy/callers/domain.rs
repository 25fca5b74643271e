//! What a caller can make of a condition key.

use super::identity::{principal, source, user_id};
use super::shapes::{any, glob, pattern};
use super::{Caller, Who, World};
use crate::policy::domain::{Addresses, Domain, Space, narrow, not_empty, written};
use crate::policy::keys::{KEYS, Key, Kind, OwnerShape, Presence, Reach, Tie, names_in_full};
use crate::policy::mentions::Mentions;
use crate::policy::pattern::{Case, Pattern, Token};
use crate::policy::providers::{PROVIDERS, issuer};
use crate::policy::request::Principal;

/// How long sessions last at most, in seconds.
const SESSION: f64 = 36.0 * 3600.0;

/// What a caller can make of a key, which policies mention so.
pub(crate) fn domain(caller: &Caller, key: &str, mentions: &Mentions<'_>, world: &World) -> Domain {
    if let Some((_, value)) = caller.fixed.iter().find(|(name, _)| *name == key) {
        return value.as_ref().map_or_else(Domain::absent, |value| given(key, value));
    }
    if let Some(domain) = claim(caller, key, mentions) {
        return domain;
    }
    let Some(known) = KEYS.get(key) else { return Domain::unknown() };
    let presence = known.presence(caller.signed);
    let mut domain = Domain {
        may_be_absent: presence.may_be_absent,
        may_be_present: presence.may_be_present,
        is_multivalued: known.is_multivalued,
        kind: known.kind,
        space: Space::Any,
    };
    match known.with {
        Some(Tie::Presence(with)) if !caller.with.contain(with) => return Domain::absent(),
        Some(Tie::Value(with)) if presence.only.is_empty() => {
            domain.space = Space::Only(vec![caller.with.contain(with).to_string()]);
            return domain;
        }
        _ => {}
    }
    match space(caller, key, known, presence, mentions, world) {
        Some(space) => domain.space = space,
        None => return Domain::absent(),
    }
    domain
}

fn only(kind: Kind, values: Vec<String>) -> Domain {
    Domain { may_be_absent: false, may_be_present: true, is_multivalued: false, kind, space: Space::Only(values) }
}

/// What a question says of a key: a value, or an ARN with wildcards.
fn given(key: &str, value: &str) -> Domain {
    let kind = KEYS.get(key).map_or(Kind::Text, |known| known.kind);
    match pattern(value, kind).filter(|_| kind == Kind::Arn && value.contains('*')) {
        Some(shape) => Domain {
            kind,
            space: Space::Texts { within: vec![vec![shape]], without: Vec::new() },
            ..only(kind, Vec::new())
        },
        None => only(Kind::Text, vec![value.to_owned()]),
    }
}

/// The values; none where the caller cannot have the key.
fn space(
    caller: &Caller,
    key: &str,
    known: &Key,
    presence: &Presence,
    mentions: &Mentions<'_>,
    world: &World,
) -> Option<Space> {
    if !presence.only.is_empty() {
        return Some(Space::Only(presence.only.clone()));
    }
    Some(match &known.reach {
        Reach::Resource if caller.asks_for_the_untagged => return None,
        Reach::Any | Reach::Resource => any(known.kind),
        Reach::Fits(shapes) => return fits(caller, known.kind, shapes, mentions, world),
        Reach::Drawn(..) | Reach::Owned(_) | Reach::Fixed => named(caller, &known.reach, key, mentions),
        Reach::PublicAddress if caller.is_inside => Space::Addresses(Addresses::any()),
        Reach::PublicAddress => Space::Addresses(Addresses::of_the_internet(narrow(&mentions.ranges(key)))),
        Reach::PrivateAddress => Space::Addresses(Addresses::private()),
        Reach::Now => match world.now {
            Some(now) => Space::Only(vec![written(now as f64, known.kind)]),
            None => Space::Any,
        },
        Reach::Recent => match world.now {
            Some(now) => Space::Moments(now as f64 - SESSION, now as f64),
            None => Space::Any,
        },
        Reach::Principal => return principal(caller, known.kind, mentions),
        Reach::UserId => user_id(caller, key, mentions),
        Reach::Source => source(caller, key, mentions),
    })
}

/// What policies name in full, somebody else has.
fn named(caller: &Caller, reach: &Reach, key: &str, mentions: &Mentions<'_>) -> Space {
    let mut within = vec![vec![not_empty()]];
    if let Reach::Drawn(prefix, length) = reach {
        within = vec![vec![glob(&format!("{prefix}{}*", "?".repeat(*length)))]];
    }
    if caller.is_inside {
        return Space::Texts { within: vec![vec![not_empty()]], without: Vec::new() };
    }
    let without = match reach {
        Reach::Owned(shapes) => {
            let property = |value: Vec<Token>| {
                shapes.iter().flat_map(move |shape: &OwnerShape| shape.property_of(&value)).collect::<Vec<_>>()
            };
            mentions.values(key).flat_map(property).collect()
        }
        Reach::Drawn(prefix, _) => in_full(key, prefix, mentions),
        _ => in_full(key, "", mentions),
    };
    Space::Texts { within, without }
}

fn in_full(key: &str, prefix: &str, mentions: &Mentions<'_>) -> Vec<Pattern> {
    let values = mentions.values(key).filter(|value| names_in_full(value, prefix));
    values.map(|value| Pattern::new(value, Case::Sensitive)).collect()
}

/// A claim of a token: the issuer, a colon, and its name.
fn claim(caller: &Caller, key: &str, mentions: &Mentions<'_>) -> Option<Domain> {
    let (issuer_of_key, name) = key.rsplit_once(':')?;
    let is_claim = issuer_of_key.contains('.');
    let Principal::Federated { provider } = &caller.principal else { return is_claim.then(Domain::absent) };
    let issuer = issuer(provider)?;
    if !is_claim {
        return None;
    }
    if issuer != issuer_of_key {
        return Some(Domain::absent());
    }
    let mut domain = Domain { is_multivalued: name == "amr", ..Domain::unknown() };
    // Every token says for whom it is, and a pool how its user signed in.
    domain.may_be_absent = !matches!(name, "aud" | "amr");
    domain.space = match (&caller.who, name) {
        (Who::Guest, "amr") => Space::Only(vec!["unauthenticated".to_owned()]),
        (Who::Guest, "aud") => any(Kind::Text),
        _ => match PROVIDERS.claim(&issuer, name) {
            Reach::Any => any(Kind::Text),
            reach => named(caller, reach, key, mentions),
        },
    };
    Some(domain)
}

/// Texts of a shape, its placeholders filled in.
fn fits(caller: &Caller, kind: Kind, shapes: &[String], mentions: &Mentions<'_>, world: &World) -> Option<Space> {
    let mut filled = Vec::new();
    for shape in shapes {
        let shape = shape.replace("{partition}", mentions.partition).replace("{account}", &caller.account);
        let shape = match &caller.organization {
            Some(organization) => shape.replace("{organization}", organization),
            None if shape.contains("{organization}") => continue,
            None => shape,
        };
        filled.extend(of_owner(shape, mentions, world));
    }
    match filled.iter().all(|shape| !shape.contains(['*', '?'])) {
        true if filled.is_empty() => None,
        true => Some(Space::Only(filled)),
        false => {
            let patterns = filled.iter().filter_map(|shape| pattern(shape, kind)).collect();
            Some(Space::Texts { within: vec![patterns], without: Vec::new() })
        }
    }
}

/// A shape with the owner of the resource in it; with everybody whom the policies name, if nobody says who that is.
fn of_owner(shape: String, mentions: &Mentions<'_>, world: &World) -> Vec<String> {
    let fill = |placeholder: &str, known: &Option<String>, named: &[String], other: &str| match known {
        Some(owner) if owner.is_empty() => Vec::new(),
        Some(owner) => vec![shape.replace(placeholder, owner)],
        None => {
            named.iter().map(String::as_str).chain([other]).map(|owner| shape.replace(placeholder, owner)).collect()
        }
    };
    if shape.contains("{owner}") {
        return fill("{owner}", &world.account, &mentions.accounts, "000000000000");
    }
    if shape.contains("{owner-organization}") {
        return fill("{owner-organization}", &world.organization, &mentions.organizations, "o-0000000000");
    }
    vec![shape]
}
