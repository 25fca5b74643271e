//! Whether a statement names the one who asks.

use std::cell::LazyCell;

use super::Holds;
use crate::arn::Arn;
use crate::policy::document::{Effect, Named, Principals};
use crate::policy::request::Principal;

/// How a statement names a principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Match {
    /// Whether it does.
    pub(crate) holds: Holds,
    /// How directly, if it does.
    pub(crate) degree: Degree,
}

/// How directly a statement names a principal. What an Allow in a resource policy is worth within an account depends on
/// it: naming the account only lets the account decide, and naming a role leaves its boundary in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Degree {
    /// Its account.
    Account,
    /// The role of the session, or the user behind a federated session.
    Role,
    /// The user or session itself, or everybody.
    Itself,
}

impl Match {
    /// Named itself.
    pub(crate) const DIRECT: Self = Self { holds: Holds::Yes, degree: Degree::Itself };
    const NONE: Self = Self { holds: Holds::No, degree: Degree::Account };
}

/// Whether the element names a principal.
pub(crate) fn names(principals: &Principals, effect: Effect, asking: &Principal, has_boundary: bool) -> Match {
    if principals.inverted {
        return all_but(principals, effect, asking, has_boundary);
    }
    degrees(principals, asking).max().map_or(Match::NONE, |degree| Match { holds: Holds::Yes, degree })
}

/// `NotPrincipal`: everybody whom the list does not name. A request has several principals, the account and the user,
/// or the account, the role and the session; one of which the list names only some may be hit or spared.
fn all_but(principals: &Principals, effect: Effect, asking: &Principal, has_boundary: bool) -> Match {
    // AWS: with `Deny` it always hits principals that have a permissions boundary.
    let can_have_one =
        matches!(asking, Principal::User { .. } | Principal::Role { .. } | Principal::FederatedUser { .. });
    if has_boundary && can_have_one && effect == Effect::Deny {
        return Match::DIRECT;
    }
    let named: Vec<Degree> = degrees(principals, asking).collect();
    let has = |wanted: Degree| named.contains(&wanted);
    let is_everybody = principals.named.contains(&Named::Everybody);
    let is_whole = match asking {
        Principal::Role { session: Some(_), .. } => has(Degree::Account) && has(Degree::Role) && has(Degree::Itself),
        Principal::Role { session: None, .. } => has(Degree::Account) && has(Degree::Role),
        Principal::User { .. } | Principal::FederatedUser { .. } => has(Degree::Account) && has(Degree::Itself),
        _ => !named.is_empty(),
    };
    match (named.is_empty(), is_everybody || is_whole) {
        (true, _) => Match::DIRECT,
        (false, true) => Match::NONE,
        // Who is granted nothing by name may be granted it as one of its account.
        (false, false) if effect == Effect::Allow => Match { holds: Holds::Perhaps, degree: Degree::Account },
        (false, false) => Match { holds: Holds::Perhaps, degree: Degree::Itself },
    }
}

/// How directly the entries that name a principal do.
fn degrees(principals: &Principals, asking: &Principal) -> impl Iterator<Item = Degree> {
    // A list may have hundreds of accounts.
    let account = LazyCell::new(|| asking.account());
    principals.named.iter().filter_map(move |named| degree(named, asking, &account))
}

/// How directly one entry names a principal of an account, if it does.
fn degree<'a>(
    named: &Named,
    asking: &'a Principal,
    account: &LazyCell<Option<&'a str>, impl FnOnce() -> Option<&'a str>>,
) -> Option<Degree> {
    let is_any = |name: &str, wanted: &str| name == "*" || name.eq_ignore_ascii_case(wanted);
    match (named, asking) {
        (Named::Everybody, _) => Some(Degree::Itself),
        // The root user is the account itself.
        (Named::Account(account), Principal::Root { account: own }) if **account == **own => Some(Degree::Itself),
        (Named::Account(wanted), _) => (**account == Some(&**wanted)).then_some(Degree::Account),
        (Named::Arn(arn), asking) => named_by_arn(arn, asking),
        (Named::Service(name), Principal::Service { name: own }) => is_any(name, own).then_some(Degree::Itself),
        (Named::Federated(name), Principal::Federated { provider }) => {
            (**name == *"*" || **name == **provider).then_some(Degree::Itself)
        }
        (Named::CanonicalUser(id), Principal::CanonicalUser { id: own }) => (**id == **own).then_some(Degree::Itself),
        _ => None,
    }
}

fn named_by_arn(arn: &str, asking: &Principal) -> Option<Degree> {
    match asking {
        Principal::User { arn: own } | Principal::FederatedUser { arn: own } if arn == own => Some(Degree::Itself),
        Principal::Role { arn: own, session } => named_role(arn, own, session.as_deref()),
        _ => None,
    }
}

/// Whether an ARN names a role or one of its sessions.
fn named_role(arn: &str, own: &str, session: Option<&str>) -> Option<Degree> {
    let Arn { account: own_account, resource: own_path, .. } = Arn::parse(own)?;
    let Arn { service, account, resource: path, .. } = Arn::parse(arn)?;
    if account != own_account {
        return None;
    }
    let own_name = own_path.rsplit('/').next()?;
    match service {
        "iam" => {
            // The ARN of a session leaves out the path of its role, whose name is unique in the account.
            let is_same = path == own_path
                || session.is_some() && own_path.split('/').count() == 2 && path.rsplit('/').next() == Some(own_name);
            (path.starts_with("role/") && is_same).then_some(Degree::Role)
        }
        "sts" => {
            let (role, named_session) = path.strip_prefix("assumed-role/")?.split_once('/')?;
            (role == own_name && session == Some(named_session)).then_some(Degree::Itself)
        }
        _ => None,
    }
}
