//! The recorders of accounts and Regions as an aggregator has them: items that AWS Config writes of its own recorders.

use std::collections::BTreeMap;

use time::Duration;

use super::super::{DAILY, FIRST_INVENTORY, Wanted, frequency, not_yet, records};
use super::{ITEMS, Known, not_recorded};
use crate::doc::{Doc, Key, Map};
use crate::instant;

/// How recorders are called that services have for themselves.
const OF_A_SERVICE: &str = "AWSConfigurationRecorderFor";

/// The recorders of accounts and Regions, but for those that are deleted and those that services have for themselves.
pub(super) struct Recorders<'a>(BTreeMap<(&'a str, &'a str), &'a Doc>);

impl<'a> Recorders<'a> {
    pub(super) fn of(items: &'a [Doc]) -> Self {
        let text = |item: &'a Doc, member: &str| item.get(member).as_str().unwrap_or_default();
        let is_there = |item: &&Doc| {
            let status = item.get("configurationItemStatus").as_str().unwrap_or_default();
            let name = item.get("configuration").get("Name").as_str().unwrap_or_default();
            !["ResourceDeleted", "ResourceDeletedNotRecorded"].contains(&status) && !name.starts_with(OF_A_SERVICE)
        };
        let placed = |item: &'a Doc| ((text(item, "accountId"), text(item, "awsRegion")), item);
        Self(items.iter().filter(is_there).map(placed).collect())
    }

    /// Whether a type is recorded in an account and Region.
    pub(super) fn record(&self, wanted: &Wanted<'_>, account: &str, region: &str) -> Known {
        recorded(wanted, account, region, self.0.get(&(account, region)).copied())
    }
}

fn recorded(wanted: &Wanted<'_>, account: &str, region: &str, item: Option<&Doc>) -> Known {
    let Some(item) = item else {
        return Err(not_recorded(ITEMS, format!("there is no recorder in {account} in {region}")));
    };
    let recorder = as_described(item.get("configuration"));
    if recorder.get("recording").as_bool() != Some(true) {
        return Err(not_recorded(ITEMS, format!("the recorder of {account} in {region} is stopped")));
    }
    if !records(wanted.type_name, recorder.get("recordingGroup")) {
        let detail = format!("the recorder of {account} in {region} does not record {}", wanted.type_name);
        return Err(not_recorded(ITEMS, detail));
    }
    let is_daily = frequency(wanted.type_name, recorder.get("recordingMode")) == "DAILY";
    if let Some(hours) = wanted.max_age_hours.filter(|hours| is_daily && *hours < 24) {
        let detail = format!("it is written down once a day in {account}, and no more than {hours} hours are wanted");
        return Err(not_yet(ITEMS, detail));
    }
    has_had_time(wanted, item, if is_daily { DAILY } else { FIRST_INVENTORY })
}

/// Whether the recorder is as it is for long enough to have written everything down.
fn has_had_time(wanted: &Wanted<'_>, recorder: &Doc, needed: Duration) -> Known {
    let changed = recorder.get("configurationItemCaptureTime").as_str().and_then(instant::parse);
    match (instant::parse(wanted.now), changed) {
        (Some(now), Some(changed)) if now - changed < needed => {
            let minutes = (now - changed).whole_minutes().max(0);
            Err(not_yet(ITEMS, format!("the recorder was started or changed {minutes} minutes ago")))
        }
        _ => Ok(()),
    }
}

/// A recorder as the API describes it: items spell its members as CloudFormation does.
fn as_described(item: &Doc) -> Doc {
    match item {
        Doc::Map(members) => {
            let members =
                members.iter().map(|(name, value)| (Key::new(&decapitalized(name.as_str())), as_described(value)));
            Doc::Map(members.collect::<Map>())
        }
        Doc::List(items) => Doc::List(items.iter().map(as_described).collect()),
        other => other.clone(),
    }
}

fn decapitalized(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}
