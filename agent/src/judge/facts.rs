//! What expressions know besides resources: the account, the Region, the scan's start. It must not evaluate anything but a
//! collector's conditions.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumbline_baseline::expr::{Inputs, Program, Truth};
use plumbline_baseline::resource::Snapshot;
use plumbline_baseline::{Doc, Unread};
use plumbline_proto::agent_v1::{Account, JobSpec};
use plumbline_proto::facts::account;

use crate::request::Request;

/// The facts of one job.
#[derive(Debug)]
pub(super) struct Facts {
    /// `account`.
    pub(super) account: Doc,
    /// `organization`, the same for all jobs of a scan.
    pub(super) organization: Arc<Doc>,
    /// `region`.
    pub(super) region: String,
    /// `now`.
    pub(super) now: String,
}

impl Facts {
    pub(super) fn of_job(spec: &JobSpec, organization: &Arc<Doc>) -> Self {
        let account = account(&spec.account.clone().unwrap_or_default(), &spec.partition);
        Self { account, organization: Arc::clone(organization), region: spec.region.clone(), now: spec.now.clone() }
    }

    /// A snapshot knows of its account what it was told.
    pub(super) fn of_snapshot(request: &Request) -> Self {
        let known = Account {
            id: request.account.clone(),
            is_management: request.is_management,
            management_account_id: if request.is_management { request.account.clone() } else { String::new() },
            ..Account::default()
        };
        Self {
            account: account(&known, &request.partition),
            organization: Arc::default(),
            region: request.region.clone(),
            now: String::new(),
        }
    }

    /// Whether a member is gathered for an item, of a list of its parent if it has one.
    pub(super) fn decide(&self, condition: &Program, item: &Doc, parent: Option<&Doc>) -> Result<bool, Arc<Unread>> {
        let snapshot = Snapshot { listings: BTreeMap::new() };
        let settings = Doc::map([]);
        let inputs = Inputs {
            resource: item,
            parent: parent.unwrap_or(&Doc::Null),
            account: &self.account,
            organization: &self.organization,
            region: &self.region,
            settings: &settings,
            now: &self.now,
            snapshot: &snapshot,
        };
        match condition.decide(&inputs) {
            Truth::True => Ok(true),
            Truth::False => Ok(false),
            Truth::Unknown(unread) => Err(unread),
        }
    }
}
