//! What a collector's conditions know besides resources: the facts of a job, or those of a snapshot. It must not evaluate
//! anything but such conditions.

use std::sync::Arc;

use plumbline_baseline::expr::{Inputs, Program, Truth};
use plumbline_baseline::resource::Snapshot;
use plumbline_baseline::{Doc, Unread};
use plumbline_judge::Facts;
use plumbline_proto::agent_v1::Account;
use plumbline_proto::facts::account;

use crate::request::Request;

/// A snapshot knows of its account what it was told.
pub(super) fn of_snapshot(request: &Request) -> Facts {
    let known = Account {
        id: request.account.clone(),
        is_management: request.is_management,
        management_account_id: if request.is_management { request.account.clone() } else { String::new() },
        ..Account::default()
    };
    Facts {
        account: account(&known, &request.partition),
        organization: Arc::default(),
        region: request.region.clone(),
        now: String::new(),
    }
}

/// Whether a member is gathered for an item, of a list of its parent if it has one.
pub(super) fn decide(
    facts: &Facts,
    condition: &Program,
    item: &Doc,
    parent: Option<&Doc>,
) -> Result<bool, Arc<Unread>> {
    let snapshot = Snapshot::default();
    let settings = Doc::map([]);
    let inputs = Inputs {
        resource: item,
        parent: parent.unwrap_or(&Doc::Null),
        account: &facts.account,
        organization: &facts.organization,
        region: &facts.region,
        settings: &settings,
        now: &facts.now,
        snapshot: &snapshot,
    };
    match condition.decide(&inputs) {
        Truth::True => Ok(true),
        Truth::False => Ok(false),
        Truth::Unknown(unread) => Err(unread),
    }
}
