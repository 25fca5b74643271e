//! What all jobs of a scan knew: the organization and their accounts. What nobody asked for then was not collected. Pure.

use std::sync::Arc;

use plumbline_baseline::{Doc, Unread, UnreadReason};
use plumbline_proto::agent_v1::Organization;

use crate::scan::Scan;
use crate::store::record::{self, Premises};

const NOT_ASKED: &str = "no control of that night read it";
const NOT_KEPT: &str = "that scan did not keep it";

/// The organization as jobs were told of it; `None` without one.
pub(super) fn organization(scan: &record::Scan, premises: Option<&Premises>) -> Option<Organization> {
    let Some(premises) = premises else {
        // A scan of a release that kept nothing of it: whoever belongs to it may have been anybody.
        let all = unread(NOT_KEPT);
        let (delegated_unread, control_policies_unread) = (all.clone(), all.clone());
        let organization =
            Organization { unread: all, delegated_unread, control_policies_unread, ..Organization::default() };
        return (!scan.organization.is_empty()).then_some(organization);
    };
    let mut told = premises.organization.clone()?;
    if !premises.asked_delegated {
        (told.delegated, told.delegated_unread) = (Vec::new(), unread(NOT_ASKED));
    }
    if !premises.asked_control_policies {
        (told.control_policies, told.control_policies_unread) = (Vec::new(), unread(NOT_ASKED));
    }
    Some(told)
}

/// The scan with its accounts as jobs knew them: their tags were unread where nobody asked for them.
pub(super) fn with_accounts(mut scan: Scan, premises: Option<&Premises>) -> Scan {
    if premises.is_some_and(|premises| !premises.asked_account_tags) {
        for account in scan.record.accounts.iter_mut().filter(|account| !account.tags_unread.is_empty()) {
            account.tags_unread = unread(NOT_ASKED);
        }
    }
    scan
}

fn unread(detail: &str) -> String {
    Doc::Unread(Arc::new(Unread::new(UnreadReason::NotCollected, "", detail))).to_json()
}
