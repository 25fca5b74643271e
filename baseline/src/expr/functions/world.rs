//! The world around a resource, as questions about its policy see it: its account, the organization and its members, the
//! time, and what the organization denies there.

use std::rc::Rc;
use std::sync::Arc;

use super::call::Call;
use crate::doc::Doc;
use crate::expr::typing::RESOURCE_CONTROL_POLICIES;
use crate::expr::value::mistake;
use crate::policy::{Limits, Place, Policy, World};
use crate::reason::{Unread, UnreadReason};

/// What of the world around a resource the questions read.
pub(super) const WORLD: &[&str] = &[
    "now",
    "account.id",
    "account.organization_id",
    "account.management_account_id",
    "organization.accounts",
    "organization.resource_control_policies",
];

/// The world around the resource, as far as it is known: what is null of the account nobody has said.
pub(super) fn world(call: &Call<'_, '_>) -> World {
    let of_account = |name: &str| call.inputs.account.get(name).as_str().map(str::to_owned);
    World {
        account: of_account("id"),
        organization: of_account("organization_id"),
        now: super::time::seconds(call.inputs.now),
        limits: limits(call).map(Rc::new),
        ..World::default()
    }
}

/// What the organization denies on resources of the account; none where nobody says so, and in the management account, which
/// resource control policies do not concern.
fn limits(call: &Call<'_, '_>) -> Option<Limits> {
    let organization = call.inputs.organization.as_map()?;
    let told = organization.get(RESOURCE_CONTROL_POLICIES).filter(|told| !told.is_null())?;
    let own = call.inputs.account.get("id").as_str()?;
    match call.inputs.account.get("management_account_id") {
        Doc::Unread(why) => return Some(Limits::unknown(Arc::clone(why))),
        Doc::String(management) if **management == *own => return None,
        Doc::String(_) => {}
        _ => return Some(Limits::unknown(mistake("which account manages the organization is not known"))),
    }
    match told {
        Doc::List(policies) => Some(Limits::of(policies, own, &place(organization.get("accounts"), own))),
        Doc::Unread(why) => Some(Limits::unknown(Arc::clone(why))),
        _ => Some(Limits::unknown(mistake("resource control policies are a list"))),
    }
}

fn place(accounts: Option<&Doc>, own: &str) -> Place {
    match accounts.and_then(|accounts| membership(accounts, own)).filter(|path| !path.is_empty()) {
        Some(path) => Place::Path(path),
        None => Place::Unknown(accounts.and_then(Doc::unread).cloned().unwrap_or_else(unplaced)),
    }
}

/// The same, with those of the accounts that are known to be members of the organization. A list that was not read has no
/// members: then nobody is inside because of it.
pub(super) fn world_with<'n>(call: &Call<'_, '_>, accounts: impl IntoIterator<Item = &'n str>) -> World {
    let mut world = world(call);
    let members = call.inputs.organization.get("accounts");
    let accounts = accounts.into_iter().map(str::to_owned).chain(world.account.clone());
    world.may_have_other_members = !matches!(members, Doc::Map(_));
    world.members = accounts.filter_map(|id| membership(members, &id).map(|path| (id, path))).collect();
    world
}

pub(super) fn world_of_policy(call: &Call<'_, '_>, policy: &Policy) -> World {
    let named = policy.accounts();
    world_of(call, named.iter().map(String::as_str))
}

/// The world of accounts that policies name. Without a list nobody is a member, whoever they name.
pub(super) fn world_of<'n>(call: &Call<'_, '_>, named: impl Iterator<Item = &'n str>) -> World {
    match call.inputs.organization.get("accounts").is_null() {
        true => world(call),
        false => world_with(call, named),
    }
}

/// Where a member of the organization is in it, empty where nobody says; none for an account that is not in the list. The
/// list is a map from accounts to where they are, or, in examples, the accounts alone.
fn membership(members: &Doc, account: &str) -> Option<String> {
    match members {
        Doc::Map(members) => members.get(account).map(|path| path.as_str().unwrap_or_default().to_owned()),
        Doc::List(members) => members.iter().any(|id| id.as_str() == Some(account)).then(String::new),
        _ => None,
    }
}

pub(super) fn unplaced() -> Arc<Unread> {
    let detail = "where the accounts are in the organization is not known";
    Arc::new(Unread::new(UnreadReason::PartialListing, "organizations:ListAccountsForParent", detail))
}
