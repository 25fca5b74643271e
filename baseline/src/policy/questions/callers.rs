//! Who asks, question by question.

use std::rc::Rc;

use super::Outsiders;
use crate::policy::callers::{ANY_SERVICE, Caller, Who, World};
use crate::policy::document::{Document, Named};
use crate::policy::keys::With;
use crate::policy::mentions::Mentions;
use crate::policy::pattern::{Case, Pattern};
use crate::policy::providers::{PROVIDERS, Tokens};
use crate::policy::request::Principal;
use crate::policy::services::is_of_aws;

/// How many callers are asked for. Whoever lists more takes one too many, so that the answer says so.
pub(super) const MOST: usize = 4_000;

/// An account that stands for the resource's own where nobody says which that is.
const OWN_ACCOUNT: &str = "000000000000";

/// Whether a statement that allows names somebody who may be outside at all: most policies name nobody, or only their own.
pub(super) fn may_be_outside(document: &Document, outsiders: &Outsiders, world: &World) -> bool {
    let is_outside = |account: &str| match &outsiders.accounts {
        Some(inside) => !is_inside(account, inside, outsiders, world) && !is_of_aws(account),
        None => false,
    };
    let may_be = |named: &Named| match named {
        Named::Everybody => true,
        Named::Service(_) => !outsiders.services.is_empty(),
        Named::Account(account) => is_outside(account),
        Named::Arn(arn) => outsiders.accounts.is_some() && arn.split(':').nth(4).is_none_or(is_outside),
        Named::CanonicalUser(_) => outsiders.accounts.is_some(),
        Named::Federated(_) | Named::Deleted(_) => false,
    };
    let allowing = document.statements().iter().filter(|statement| statement.allows());
    let mut principals = allowing.filter_map(|statement| statement.principals.as_ref());
    principals.any(|principals| principals.inverted || principals.named.iter().any(may_be))
}

/// Everybody outside.
pub(super) fn outside(mentions: &Mentions<'_>, outsiders: &Outsiders, world: &World) -> Vec<Caller> {
    let mut callers = Vec::new();
    if mentions.opens_to_everybody() && !outsiders.only_named {
        callers.push(Caller::anybody());
        callers.push(Caller::any_account());
    }
    let counts = |name: &str| {
        let fits =
            |patterns: &[String]| patterns.iter().any(|pattern| Pattern::glob(pattern, Case::Ignored).matches(name));
        fits(&outsiders.services) && !fits(&outsiders.trusted_services)
    };
    // `*` names services, too: statements that ask which service it is, or for whom it acts, mean them.
    if mentions.opens_to_everybody() && (mentions.means_services() || counts(ANY_SERVICE)) {
        callers.push(service_for_anybody(ANY_SERVICE, outsiders));
    }
    for name in services(mentions) {
        let name = if name == "*" { ANY_SERVICE } else { &name };
        if counts(name) {
            callers.push(service_for_anybody(name, outsiders));
        }
    }
    if let Some(inside) = &outsiders.accounts {
        callers.extend(named_outside(
            mentions,
            |account| is_inside(account, inside, outsiders, world),
            outsiders,
            world,
        ));
    }
    callers
}

fn is_inside(account: &str, inside: &[String], outsiders: &Outsiders, world: &World) -> bool {
    inside.iter().any(|known| known == account) || (outsiders.members_are_inside && world.members.contains_key(account))
}

fn service_for_anybody(name: &str, outsiders: &Outsiders) -> Caller {
    Caller { takes_names_over: outsiders.takeover, ..Caller::service_for_anybody(name) }
}

/// The services that statements name.
fn services(mentions: &Mentions<'_>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for named in mentions.named() {
        match named {
            Named::Service(name) if !found.iter().any(|known| **known == **name) => found.push(name.to_string()),
            _ => {}
        }
    }
    found
}

/// Accounts, users and roles that the policy names and that are not inside, in the organizations that they may be of.
fn named_outside(
    mentions: &Mentions<'_>,
    is_inside: impl Fn(&str) -> bool,
    outsiders: &Outsiders,
    world: &World,
) -> Vec<Caller> {
    let is_outside = |account: &str| !is_inside(account) && !is_of_aws(account);
    let mut callers: Vec<Caller> = mentions
        .named()
        .filter_map(|named| match named {
            Named::Arn(arn) => {
                let principal = Principal::parse(arn)?;
                let outside = principal.account().is_some_and(|account| is_outside(account) && account.len() == 12);
                outside.then(|| Caller::named(Who::Named(arn.to_string()), principal))
            }
            Named::CanonicalUser(id) => {
                let principal = Principal::CanonicalUser { id: id.to_string() };
                Some(Caller::named(Who::Named(id.to_string()), principal))
            }
            _ => None,
        })
        .collect();
    let accounts = mentions.accounts.iter().filter(|account| is_outside(account));
    // What the policy keeps for its own, an account that only the organization names does not have.
    let is_inside = |account: &String| !mentions.excepted.contains(account);
    callers.extend(accounts.map(|account| Caller {
        is_inside: is_inside(account),
        ..Caller::of_account(Who::Account(account.clone()), account)
    }));
    // Where it is known which organization is one's own, every other one that is named is outside.
    let Some(own) = &world.organization else { return callers };
    // A member that counts as an outsider is of one's own organization all the same.
    let may_be_member = |caller: &&Caller| world.members.contains_key(&caller.account) || world.may_have_other_members;
    let is_asked_for = !outsiders.members_are_inside && !own.is_empty();
    let members: Vec<Caller> = callers
        .iter()
        .filter(|caller| is_asked_for && may_be_member(caller))
        .map(|caller| in_organization(caller.clone(), own))
        .collect();
    let others = mentions.organizations.iter().filter(|organization| *organization != own);
    let others: Vec<Caller> = others
        .flat_map(|organization| callers.iter().map(|caller| in_organization(caller.clone(), organization)))
        .take(MOST + 1)
        .collect();
    callers.extend(others);
    callers.extend(members);
    callers
}

fn in_organization(mut caller: Caller, organization: &str) -> Caller {
    caller.organization = Some(organization.to_owned());
    caller.with.add(With::Organization);
    caller
}

/// Providers whose tokens statements take.
fn providers(mentions: &Mentions<'_>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for named in mentions.named() {
        if let Named::Federated(name) = named
            && !found.iter().any(|known| **known == **name)
        {
            found.push(name.to_string());
        }
    }
    // Providers that IAM knows by itself, for statements that name everybody.
    if mentions.opens_to_everybody() || found.iter().any(|name| name == "*") {
        found.retain(|name| name != "*");
        found.extend(["accounts.google.com".to_owned(), "cognito-identity.amazonaws.com".to_owned()]);
    }
    found
}

/// Whoever can show a token that a statement takes, as far as that is known.
pub(super) fn tokens(mentions: &Mentions<'_>) -> Vec<Caller> {
    let mut callers = Vec::new();
    for provider in providers(mentions) {
        match PROVIDERS.tokens(&provider) {
            Tokens::Public | Tokens::Tenant => callers.push(Caller::token(Who::AnyToken(provider.clone()), &provider)),
            Tokens::Pool => {
                callers.push(Caller::token(Who::Guest, &provider));
                callers.push(Caller::token(Who::AnyToken(provider.clone()), &provider));
            }
            Tokens::Private | Tokens::Unknown => {}
        }
    }
    callers
}

/// Whoever can show a token of a provider of which nobody knows who gets them.
pub(super) fn unknown_tokens(mentions: &Mentions<'_>) -> Vec<Caller> {
    let providers = providers(mentions).into_iter();
    let unknown = providers.filter(|provider| PROVIDERS.tokens(provider) == Tokens::Unknown);
    unknown.map(|provider| Caller::token(Who::AnyToken(provider.clone()), &provider)).collect()
}

/// A service, acting for a stranger and, if asked for, for whomever else the policy names.
pub(super) fn service(mentions: &Mentions<'_>, name: &str, world: &World, for_insiders: bool) -> Vec<Caller> {
    let is_named =
        |named: &Named| matches!(named, Named::Service(known) if **known == *"*" || known.eq_ignore_ascii_case(name));
    if for_insiders && !mentions.named().any(is_named) {
        return Vec::new();
    }
    let mut callers = Vec::new();
    if for_insiders {
        let own = world.account.as_deref().unwrap_or(OWN_ACCOUNT);
        let accounts = [own].into_iter().chain(mentions.accounts.iter().map(String::as_str));
        for account in accounts {
            let caller = Caller::service_for(name, account);
            let own = world.organization.iter().filter(|own| !own.is_empty() && !mentions.organizations.contains(own));
            let organizations = mentions.organizations.iter().chain(own).take(MOST.saturating_sub(callers.len()));
            callers.extend(organizations.map(|organization| in_organization(caller.clone(), organization)));
            callers.push(caller);
        }
    }
    callers.push(Caller::service_for_anybody(name));
    callers
}

/// Everybody of this account and of those that the policy names.
fn insiders(mentions: &Mentions<'_>, world: &World) -> Vec<Caller> {
    let own = world.account.as_deref().unwrap_or(OWN_ACCOUNT);
    let mut callers = vec![Caller::of_account(Who::ThisAccount, own)];
    let others = mentions.accounts.iter().filter(|account| *account != own);
    callers.extend(others.map(|account| Caller::of_account(Who::Account(account.clone()), account)));
    callers.extend(
        mentions
            .statements()
            .iter()
            .filter_map(|statement| statement.principals.as_ref())
            .flat_map(|principals| &principals.named)
            .filter_map(|named| match named {
                Named::Arn(arn) => Some(Caller::named(Who::Named(arn.to_string()), Principal::parse(arn)?)),
                Named::CanonicalUser(id) => {
                    Some(Caller::named(Who::Named(id.to_string()), Principal::CanonicalUser { id: id.to_string() }))
                }
                _ => None,
            }),
    );
    let organizations = mentions.organizations.iter().chain(world.organization.iter().filter(|id| !id.is_empty()));
    let members: Vec<Caller> = organizations
        .flat_map(|organization| callers.iter().map(|caller| in_organization(caller.clone(), organization)))
        .take(MOST + 1)
        .collect();
    callers.extend(members);
    callers
}

/// Everybody.
pub(super) fn everybody(mentions: &Mentions<'_>, world: &World) -> Vec<Caller> {
    let mut callers = vec![Caller::anybody(), Caller::any_account()];
    callers.extend(insiders(mentions, world));
    for name in services(mentions) {
        callers.extend(service(mentions, &name, world, true));
    }
    callers.extend(tokens(mentions));
    callers.extend(unknown_tokens(mentions));
    callers
}

/// Everybody but AWS services, over plain HTTP.
pub(super) fn without_tls(mentions: &Mentions<'_>, world: &World) -> Vec<Caller> {
    let mut callers = vec![Caller::anybody(), Caller::any_account()];
    callers.extend(insiders(mentions, world));
    let key = |name: &str, value: Option<&str>| (name.to_owned(), value.map(str::to_owned));
    let fixed = Rc::from([
        key("aws:securetransport", Some("false")),
        key("s3:tlsversion", None),
        key("aws:viaawsservice", Some("false")),
    ]);
    callers.iter_mut().for_each(|caller| caller.fixed = Rc::clone(&fixed));
    callers
}
