//! What expressions know besides resources: the account, the Region, the scan's start, the settings. From the wire to
//! documents; it must not evaluate anything but a collector's conditions.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumbline_baseline::expr::{Inputs, Program, Truth};
use plumbline_baseline::pack::{CompiledControl, merged_setting};
use plumbline_baseline::resource::Snapshot;
use plumbline_baseline::{Doc, Key, Unread};
use plumbline_proto::agent_v1::{Account, JobSpec};

use crate::collect::defect;
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

/// A control's settings: its defaults, and what the job overrides.
pub(super) fn settings(control: &CompiledControl, overrides: Option<&String>) -> Result<Doc, String> {
    let Some(text) = overrides else { return Ok(Doc::clone(&control.settings)) };
    let overrides = Doc::from_json(text).map_err(|error| format!("the job's settings are not JSON: {error}"))?;
    let (Doc::Map(mut settings), Doc::Map(overrides)) = (Doc::clone(&control.settings), overrides) else {
        return Err("the job's settings are not an object".to_owned());
    };
    for (name, value) in overrides {
        let value =
            settings.get(name.as_str()).map_or_else(|| value.clone(), |default| merged_setting(default, &value));
        settings.insert(name, value);
    }
    Ok(Doc::Map(settings))
}

fn account(account: &Account, partition: &str) -> Doc {
    let text = |text: &str| if text.is_empty() { Doc::Null } else { Doc::from(text) };
    let members = [
        ("id", Doc::from(account.id.as_str())),
        ("name", text(&account.name)),
        ("partition", text(partition)),
        ("ou_path", text(&account.ou_path)),
        ("tags", tags(account)),
        ("is_management", Doc::from(account.is_management)),
        ("organization_id", text(&account.organization_id)),
        ("management_account_id", text(&account.management_account_id)),
    ];
    Doc::map(members.map(|(name, value)| (name, account.unread.get(name).map_or(value, |why| unread(why)))))
}

/// What was not read, from the document that says why.
pub(super) fn unread(why: &str) -> Doc {
    let known = Doc::from_json(why).ok().filter(|doc| doc.unread().is_some());
    known.unwrap_or_else(|| Doc::Unread(defect("why something is not known of the account cannot be read")))
}

/// The account's tags. Tags that nobody could read are not "no tags": a control that asks for one would pass over the
/// account.
fn tags(account: &Account) -> Doc {
    if !account.tags_unread.is_empty() {
        return unread(&account.tags_unread);
    }
    let mut tags: Vec<_> = account.tags.iter().collect();
    tags.sort();
    Doc::Map(tags.into_iter().map(|(name, value)| (Key::new(name), Doc::from(value.as_str()))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_that_were_not_read_are_not_no_tags() {
        let of = |unread: &str| {
            let account = Account { tags_unread: unread.into(), ..Account::default() };
            super::account(&account, "aws").get("tags").unread().map(|unread| unread.reason.code())
        };
        assert_eq!(of(""), None);
        assert_eq!(of(r#"{"$unread":{"reason":"throttled"}}"#), Some("throttled"));
        assert_eq!(of("nonsense"), Some("scanner_error"));
        assert_eq!(of("{}"), Some("scanner_error"));
    }

    #[test]
    fn the_account_has_the_members_that_expressions_may_name() {
        let facts = super::account(&Account::default(), "aws");
        let mut members: Vec<&str> = facts.as_map().unwrap().iter().map(|(name, _)| name.as_str()).collect();
        members.sort_unstable();
        assert!(plumbline_baseline::expr::account_type().members.keys().eq(members.iter()), "{members:?}");
    }

    #[test]
    fn what_is_not_known_of_the_account_is_not_empty() {
        let why = r#"{"$unread":{"reason":"access_denied"}}"#.to_owned();
        let unread = ["ou_path", "is_management"].map(|member| (member.to_owned(), why.clone())).into();
        let facts = super::account(&Account { unread, ou_path: String::new(), ..Account::default() }, "aws");
        let reason = |member: &str| facts.get(member).unread().map(|unread| unread.reason.code());
        assert_eq!((reason("ou_path"), reason("is_management")), (Some("access_denied"), Some("access_denied")));
        assert_eq!((reason("name"), facts.get("name").is_null()), (None, true));
    }
}
