//! What a caller is called: the ARN, type and id of a principal, and the resource that a service acts for.

use super::shapes::{any, glob, pattern};
use super::{ANY_SERVICE, Caller, Who};
use crate::policy::domain::Space;
use crate::policy::keys::{Kind, names_in_full};
use crate::policy::mentions::Mentions;
use crate::policy::pattern::{Case, Pattern, Token};
use crate::policy::request::Principal;

/// Services whose ARNs name no account: their names fix an owner.
const NAMELESS: [&str; 1] = ["s3"];

/// What the principal is: its ARN, its type, the name of the service.
pub(super) fn principal(caller: &Caller, kind: Kind, mentions: &Mentions<'_>) -> Option<Space> {
    let is_named = matches!(caller.who, Who::Named(_));
    let texts = |shape: String| {
        // Names of users and roles have no colon.
        let without = vec![glob(&format!("{}:*", shape.trim_end_matches("?*").to_owned() + "*"))];
        Space::Texts { within: vec![vec![glob(&shape)]], without }
    };
    let iam = |what: &str| format!("arn:{}:iam::{}:{what}", mentions.partition, caller.account);
    let one = |text: &str| Some(Space::Only(vec![text.to_owned()]));
    match (&caller.principal, kind) {
        (Principal::Service { name }, Kind::Text) if name == ANY_SERVICE => Some(any(Kind::Text)),
        (Principal::Service { name }, Kind::Text) => one(name),
        (Principal::Service { .. }, _) => Some(Space::Any),
        (Principal::Root { account }, Kind::Arn) => one(&format!("arn:{}:iam::{account}:root", mentions.partition)),
        (Principal::User { arn } | Principal::Role { arn, .. } | Principal::FederatedUser { arn }, Kind::Arn)
            if is_named =>
        {
            one(arn)
        }
        (Principal::User { .. }, Kind::Arn) => Some(texts(iam("user/?*"))),
        (Principal::Role { .. }, Kind::Arn) => Some(texts(iam("role/?*"))),
        (Principal::FederatedUser { .. }, Kind::Arn) => {
            Some(texts(format!("arn:{}:sts::{}:federated-user/?*", mentions.partition, caller.account)))
        }
        (Principal::Root { .. }, _) => one("Account"),
        (Principal::User { .. }, _) => one("User"),
        (Principal::Role { .. }, _) => one("AssumedRole"),
        (Principal::FederatedUser { .. }, _) => one("FederatedUser"),
        (Principal::Anonymous, _) => one("Anonymous"),
        (Principal::Federated { .. } | Principal::CanonicalUser { .. }, _) => Some(Space::Any),
    }
}

/// `AIDA…` of a user, `AROA…:session` of a role, of which the first part is drawn.
pub(super) fn user_id(caller: &Caller, key: &str, mentions: &Mentions<'_>) -> Space {
    let drawn = "?".repeat(17);
    let shape = match &caller.principal {
        Principal::User { .. } => format!("AIDA{drawn}"),
        Principal::Role { .. } => format!("AROA{drawn}:?*"),
        Principal::Root { account } => return Space::Only(vec![account.clone()]),
        Principal::FederatedUser { .. } => format!("{}:?*", caller.account),
        _ => return any(Kind::Text),
    };
    if caller.is_inside {
        return Space::Texts { within: vec![vec![glob(&shape)]], without: Vec::new() };
    }
    let without = mentions.values(key).filter_map(|value| drawn_id(&value, shape.get(..4).unwrap_or_default()));
    Space::Texts { within: vec![vec![glob(&shape)]], without: without.flatten().collect() }
}

/// The unique ids that a value names in full, with whatever session. What a wildcard stands before may as well be the
/// name of the session, which anybody chooses.
fn drawn_id(value: &[Token], prefix: &str) -> Option<Vec<Pattern>> {
    let id: Vec<Token> = value.iter().copied().take_while(|token| *token != Token::Literal(':')).collect();
    if id.first().is_none_or(|token| token.repeats()) || !names_in_full(&id, prefix) {
        return None;
    }
    let session = [Token::Literal(':'), Token::Many];
    let with_session = id.iter().copied().chain(session);
    Some(vec![Pattern::new(id.iter().copied(), Case::Sensitive), Pattern::new(with_session, Case::Sensitive)])
}

/// The ARN of the resource that a service acts for.
pub(super) fn source(caller: &Caller, key: &str, mentions: &Mentions<'_>) -> Space {
    let arn = |text: &str| pattern(text, Kind::Arn);
    if !caller.has_nameless_source {
        let shape = format!("arn:{}:*:*:{}:?*", mentions.partition, caller.account);
        let mut without: Vec<Pattern> =
            NAMELESS.iter().filter_map(|service| arn(&format!("arn:*:{service}:*:*:*"))).collect();
        // An account that the policies name may be a field of the name, but then it is meant as the account.
        without.extend(
            mentions
                .accounts
                .iter()
                .filter(|account| **account != caller.account)
                .map(|account| glob(&format!("arn:*:*:*:*:*{account}:*"))),
        );
        return Space::Texts { within: vec![arn(&shape).into_iter().collect()], without };
    }
    let shapes = NAMELESS.iter().filter_map(|service| arn(&format!("arn:{}:{service}:::?*", mentions.partition)));
    let within = vec![shapes.collect()];
    if caller.is_inside || caller.takes_names_over {
        return Space::Texts { within, without: Vec::new() };
    }
    let named = mentions.values(key).filter_map(|value| resource_in_full(&value));
    Space::Texts {
        within,
        without: named
            .flat_map(|name| [glob(&format!("arn:*:::{name}")), glob(&format!("arn:*:::{name}/*"))])
            .collect(),
    }
}

/// The name of a bucket that an ARN writes in full.
fn resource_in_full(value: &[Token]) -> Option<String> {
    let mut fields = value.split(|token| *token == Token::Literal(':'));
    let resource = fields.nth(5).or_else(|| value.split(|token| *token == Token::Literal(':')).next_back())?;
    let mut name = String::new();
    for token in resource {
        match token {
            Token::Literal('/') => break,
            Token::Literal(character) => name.push(*character),
            _ => return None,
        }
    }
    Some(name).filter(|name| !name.is_empty())
}
