//! The resource control policies of the organization: what they say, and what each is attached to, asked once a start. What
//! could not be read may deny something, and what it is, is unread; whether there are any is what the root says.

use plumbline_aws::CallError;
use plumbline_baseline::{Unread, UnreadReason};

use super::Organization;
use super::listing::{ListedPolicy, Listings};
use super::pace::unanswered;

/// The kind of policy, as Organizations calls it.
pub(super) const KIND: &str = "RESOURCE_CONTROL_POLICY";

/// A resource control policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlPolicy {
    /// Its name.
    pub name: String,
    /// What it says, as JSON.
    pub content: Result<String, Unread>,
    /// The ids of the root, units and accounts that it is attached to.
    pub targets: Result<Vec<String>, Unread>,
}

/// The policies; an error where there may be some and it is not known which. Where nobody knows whether policies of the
/// kind are enabled at all, there are none here, and a note says so.
pub type ControlPolicies = Result<Vec<ControlPolicy>, Unread>;

/// Asks, and notes what the reader of a report should know.
pub(super) async fn fill(organization: &mut Organization, listings: &Listings) {
    if organization.id.is_none() && organization.description_unread().is_none() {
        return;
    }
    let silent = |stalled: super::pace::Stalled, operation| unanswered(stalled.last.as_ref(), operation);
    match listings.pace.keep(is_enabled(listings)).await {
        Ok(Ok(false)) => return,
        Ok(Ok(true)) => {}
        Ok(Err(error)) => return unknown(organization, &error.unread()),
        Err(stalled) => return unknown(organization, &silent(stalled, "organizations:ListRoots")),
    }
    let found = match listings.pace.keep(ask(listings)).await {
        Ok(found) => found.map_err(|error| error.unread()),
        Err(stalled) => Err(silent(stalled, "organizations:ListPolicies")),
    };
    let unread = match &found {
        Ok(policies) => policies.iter().find_map(ControlPolicy::unread),
        Err(why) => Some(why),
    };
    if let Some(why) = unread {
        organization.notes.push(format!(
            "resource control policies of the organization could not be read: whether they stop what policies of \
             resources allow is not known: {why}"
        ));
    }
    organization.control_policies = found;
}

/// Nobody knows whether there are any: what policies of resources allow counts as allowed.
fn unknown(organization: &mut Organization, why: &Unread) {
    organization.notes.push(format!(
        "whether the organization has resource control policies could not be read, and none is taken into account: {why}"
    ));
}

/// Whether policies of the kind are enabled: what is attached counts only then.
async fn is_enabled(listings: &Listings) -> Result<bool, CallError> {
    let kinds = listings.policy_kinds().await;
    match kinds.failed {
        Some(error) => Err(error),
        None => Ok(kinds.items.into_iter().flatten().any(|kind| kind == KIND)),
    }
}

/// All that are listed, but for those that AWS keeps, which deny nothing.
async fn ask(listings: &Listings) -> Result<Vec<ControlPolicy>, CallError> {
    let listed = listings.policies(KIND).await;
    if let Some(error) = listed.failed {
        return Err(error);
    }
    let mut policies = Vec::new();
    for ListedPolicy { id, name, .. } in listed.items.into_iter().filter(|policy| !policy.is_of_aws) {
        let (content, targets) = tokio::join!(listings.content_of(&id), listings.targets_of(&id));
        let targets = match targets.failed {
            Some(error) => Err(error),
            None => Ok(targets.items),
        };
        // It was there when the list was read, and is not any more.
        if content.as_ref().err().is_some_and(is_gone) || targets.as_ref().err().is_some_and(is_gone) {
            continue;
        }
        let unread = |error: CallError| error.unread();
        policies.push(ControlPolicy { name, content: content.map_err(unread), targets: targets.map_err(unread) });
    }
    Ok(policies)
}

fn is_gone(error: &CallError) -> bool {
    error.code == "PolicyNotFoundException"
}

impl ControlPolicy {
    fn unread(&self) -> Option<&Unread> {
        self.content.as_ref().err().or(self.targets.as_ref().err())
    }

    /// Why no message has room for the policies.
    pub(crate) fn too_many() -> Unread {
        let detail = "the organization has more resource control policies than an agent can be told of";
        Unread::new(UnreadReason::PartialListing, "organizations:ListPolicies", detail)
    }
}
