//! The callers that one kind of caller consists of, as far as policies can tell them apart. What they do not mention is not
//! multiplied.

use super::{Caller, World, tells_apart};
use crate::policy::drawn::{self, Drawn};
use crate::policy::keys::{Key, Reach, Signed, Tie, With};
use crate::policy::mentions::Mentions;
use crate::policy::request::Principal;

/// The callers of a kind, and whether there may be more.
pub(crate) fn variants(kind: &Caller, mentions: &Mentions<'_>, world: &World) -> (Vec<Caller>, bool) {
    let mut callers = vec![kind.clone()];
    let mut is_partial = false;
    if kind.is_of_any_account() {
        let mut taken = mentions.accounts.clone();
        taken.extend(world.account.clone());
        let accounts = drawn::ids("", 12, "9876543210", &mentions.account_patterns, &taken);
        is_partial |= accounts.is_partial;
        callers = with_ids(&callers, &accounts, |caller, id| caller.account = id);
    }
    if kind.organization.is_none() && tells_apart(mentions, is_about_organization) {
        let mut taken = mentions.organizations.clone();
        taken.extend(world.organization.clone());
        let organizations = drawn::ids("o-", 10, "zyxwvuts", &mentions.organization_patterns, &taken);
        is_partial |= organizations.is_partial;
        let members = with_ids(&callers, &organizations, |caller, id| {
            caller.organization = Some(id);
            caller.with.add(With::Organization);
        });
        callers.extend(members);
    }
    if kind.signed != Signed::ByService {
        callers = either(callers, mentions, With::Internet, Some(With::Endpoint));
    }
    callers = either(callers, mentions, With::Tls, None);
    if kind.signed == Signed::ByPrincipal {
        callers = either(callers, mentions, With::ViaService, None);
        callers = principals(callers, mentions);
    }
    if kind.signed == Signed::ByService {
        callers = either(callers, mentions, With::Source, None);
        callers = sources(callers, mentions);
    }
    (callers, is_partial)
}

fn with_ids(callers: &[Caller], drawn: &Drawn, set: impl Fn(&mut Caller, String)) -> Vec<Caller> {
    let each = callers.iter().flat_map(|caller| {
        drawn.ids.iter().map(|id| {
            let mut caller = caller.clone();
            set(&mut caller, id.clone());
            caller
        })
    });
    each.collect()
}

/// With an alternative, and without it or with another; one of them if no key that they mention depends on it.
fn either(callers: Vec<Caller>, mentions: &Mentions<'_>, one: With, other: Option<With>) -> Vec<Caller> {
    let depends = |key: &Key| matches!(key.with, Some(Tie::Presence(with) | Tie::Value(with)) if with == one || Some(with) == other);
    let is_told = tells_apart(mentions, depends);
    if !is_told {
        let with = |caller| {
            let mut caller: Caller = caller;
            caller.with.add(one);
            caller
        };
        return callers.into_iter().map(with).collect();
    }
    let mut all = Vec::with_capacity(2 * callers.len());
    for caller in callers {
        let mut without = caller.clone();
        other.into_iter().for_each(|other| without.with.add(other));
        all.push(without);
        let mut with = caller;
        with.with.add(one);
        all.push(with);
    }
    // The plain case first, which is the internet, no service between, TLS.
    if matches!(one, With::Internet | With::Tls | With::Source) {
        all.sort_by_key(|caller| !caller.with.contain(one));
    }
    all
}

fn is_about_organization(key: &Key) -> bool {
    let is_placed = |shape: &String| shape.contains("{organization}");
    matches!(&key.reach, Reach::Fits(shapes) if shapes.iter().any(is_placed))
}

/// A role, a user with and without temporary credentials, the root user, a federated session.
fn principals(callers: Vec<Caller>, mentions: &Mentions<'_>) -> Vec<Caller> {
    let is_about_kind = |key: &Key| {
        matches!(key.reach, Reach::Principal | Reach::UserId)
            || matches!(key.with, Some(Tie::Presence(With::User | With::Session)))
    };
    let is_told = tells_apart(mentions, is_about_kind);
    let mut all = Vec::new();
    for caller in callers {
        if caller.principal != Principal::Anonymous {
            all.push(with_kind(&caller, caller.principal.clone()));
            continue;
        }
        let arn = |kind: &str| format!("arn:{}:iam::{}:{kind}", mentions.partition, caller.account);
        all.push(with_kind(&caller, Principal::Role { arn: arn("role/x"), session: None }));
        if is_told {
            let user = with_kind(&caller, Principal::User { arn: arn("user/x") });
            let mut with_session = user.clone();
            with_session.with.add(With::Session);
            let federated = format!("arn:{}:sts::{}:federated-user/x", mentions.partition, caller.account);
            all.extend([user, with_session]);
            all.push(with_kind(&caller, Principal::Root { account: caller.account.clone() }));
            all.push(with_kind(&caller, Principal::FederatedUser { arn: federated }));
        }
    }
    all
}

fn with_kind(caller: &Caller, principal: Principal) -> Caller {
    let mut caller = caller.clone();
    match principal {
        Principal::Role { .. } | Principal::FederatedUser { .. } => caller.with.add(With::Session),
        Principal::User { .. } => caller.with.add(With::User),
        _ => {}
    }
    Caller { principal, ..caller }
}

/// A source of which the ARN names an account, and one of which it does not.
fn sources(callers: Vec<Caller>, mentions: &Mentions<'_>) -> Vec<Caller> {
    if !tells_apart(mentions, |key| key.reach == Reach::Source) {
        return callers;
    }
    let nameless = callers.iter().filter(|caller| caller.with.contain(With::Source));
    let nameless: Vec<Caller> = nameless.map(|caller| Caller { has_nameless_source: true, ..caller.clone() }).collect();
    callers.into_iter().chain(nameless).collect()
}
