//! Whether AWS Config's record can be taken for what there is: from the recorder, its status, and an item's own words.
//! An item is written when a thing changes, so its age alone shows nothing; that a recorder runs, and for this type,
//! does. Pure.

mod aggregated;

use std::sync::Arc;

use time::Duration;

use crate::doc::Doc;
use crate::instant;
use crate::reason::{Unread, UnreadReason};

pub use aggregated::{Answers, Coverage, RECORDERS_OF_ALL, aggregator};

/// The operation that says what is recorded.
const RECORDERS: &str = "config:DescribeConfigurationRecorders";
const STATUS: &str = "config:DescribeConfigurationRecorderStatus";
const ITEMS: &str = "config:SelectResourceConfig";
/// How long a recorder that was just started may take until it has written everything down, by its mode.
const FIRST_INVENTORY: Duration = Duration::hours(1);
const DAILY: Duration = Duration::hours(24);
/// The types of IAM that a recorder of everything leaves out unless told otherwise.
const GLOBAL_IAM: [&str; 4] = ["AWS::IAM::Group", "AWS::IAM::Policy", "AWS::IAM::Role", "AWS::IAM::User"];

/// What is asked of the record.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The resource type.
    pub type_name: &'a str,
    /// How old what it says may be, in hours; as old as the recorder's mode makes it when absent.
    pub max_age_hours: Option<u32>,
    /// The scan's start; empty when it is not known.
    pub now: &'a str,
}

type Covered = Result<(), Arc<Unread>>;

/// Whether the recorder of a Region writes such things down: from the answers about recorders and about their status.
///
/// # Errors
/// Why its record is not what there is.
pub fn covers(wanted: &Wanted<'_>, recorders: &Doc, status: &Doc) -> Covered {
    let listed = recorders.get("ConfigurationRecorders");
    if let Some(unread) = listed.unread() {
        return Err(Arc::clone(unread));
    }
    // Services have recorders of their own, and so have other clouds: what those write down is not asked for here.
    let is_own = |recorder: &&Doc| recorder.get("servicePrincipal").is_null() && recorder.get("connectorArn").is_null();
    let Some(recorder) = listed.as_list().unwrap_or_default().iter().find(is_own) else {
        return not_recorded(RECORDERS, "there is no recorder in this account and Region".to_owned());
    };
    let name = recorder.get("name").as_str().unwrap_or_default();
    if !records(wanted.type_name, recorder.get("recordingGroup")) {
        return not_recorded(RECORDERS, format!("the recorder {name} does not record {}", wanted.type_name));
    }
    let is_daily = frequency(wanted.type_name, recorder.get("recordingMode")) == "DAILY";
    if let Some(hours) = wanted.max_age_hours.filter(|hours| is_daily && *hours < 24) {
        let detail =
            format!("the recorder {name} writes it down once a day, and no more than {hours} hours are wanted");
        return Err(not_yet(RECORDERS, detail));
    }
    runs(wanted, name, is_daily, status)
}

/// Whether a recording group has a type.
fn records(type_name: &str, group: &Doc) -> bool {
    let names = |list: &Doc| list.as_list().unwrap_or_default().iter().any(|name| name.as_str() == Some(type_name));
    let is_iam = GLOBAL_IAM.contains(&type_name);
    let everything = || !is_iam || group.get("includeGlobalResourceTypes").as_bool() == Some(true);
    match group.at("recordingStrategy.useOnly").as_str() {
        Some("ALL_SUPPORTED_RESOURCE_TYPES") => everything(),
        Some("EXCLUSION_BY_RESOURCE_TYPES") => !names(group.at("exclusionByResourceTypes.resourceTypes")),
        Some("INCLUSION_BY_RESOURCE_TYPES") => names(group.get("resourceTypes")),
        // A strategy that is not known records nothing that is known.
        Some(_) => false,
        // Recorders from before there were strategies.
        None if group.get("allSupported").as_bool() == Some(true) => everything(),
        None => names(group.get("resourceTypes")),
    }
}

/// How often a type is written down.
fn frequency<'a>(type_name: &str, mode: &'a Doc) -> &'a str {
    let overrides = mode.get("recordingModeOverrides").as_list().unwrap_or_default();
    let own = overrides.iter().find(|each| {
        let types = each.get("resourceTypes").as_list().unwrap_or_default();
        types.iter().any(|name| name.as_str() == Some(type_name))
    });
    own.unwrap_or(mode).get("recordingFrequency").as_str().unwrap_or("CONTINUOUS")
}

/// Whether the recorder works, and has done so for long enough.
fn runs(wanted: &Wanted<'_>, name: &str, is_daily: bool, status: &Doc) -> Covered {
    let listed = status.get("ConfigurationRecordersStatus");
    if let Some(unread) = listed.unread() {
        return Err(Arc::clone(unread));
    }
    let found = listed.as_list().unwrap_or_default().iter().find(|status| status.get("name").as_str() == Some(name));
    let Some(status) = found else {
        return not_recorded(STATUS, format!("nothing is said of the recorder {name}"));
    };
    if status.get("recording").as_bool() != Some(true) {
        return not_recorded(STATUS, format!("the recorder {name} is stopped"));
    }
    let last = status.get("lastStatus").as_str().unwrap_or_default();
    if !last.eq_ignore_ascii_case("success") {
        let text = |member: &str| status.get(member).as_str().unwrap_or_default();
        let detail = format!("the recorder {name} is {last}: {} {}", text("lastErrorCode"), text("lastErrorMessage"));
        return match last.eq_ignore_ascii_case("pending") {
            true => Err(not_yet(STATUS, detail)),
            false => not_recorded(STATUS, detail),
        };
    }
    let needed = if is_daily { DAILY } else { FIRST_INVENTORY };
    match (instant::parse(wanted.now), status.get("lastStartTime").as_str().and_then(instant::parse)) {
        (Some(now), Some(started)) if now - started < needed => {
            let detail =
                format!("the recorder {name} was started {} minutes ago", (now - started).whole_minutes().max(0));
            Err(not_yet(STATUS, detail))
        }
        _ => Ok(()),
    }
}

/// What an item says of itself.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// It is there, as it says.
    Current,
    /// It was deleted.
    Deleted,
    /// It may be there, and what it says is not to be relied on.
    Unread(Arc<Unread>),
}

/// Whether an item is there, and can be relied on.
pub fn item(wanted: &Wanted<'_>, item: &Doc) -> Item {
    match item.get("configurationItemStatus").as_str() {
        Some("ResourceDeleted" | "ResourceDeletedNotRecorded") => return Item::Deleted,
        Some("ResourceNotRecorded") => {
            let detail = "AWS Config found it, and did not record it".to_owned();
            return Item::Unread(Arc::new(Unread::new(UnreadReason::NotRecorded, ITEMS, detail)));
        }
        _ => {}
    }
    let Some(hours) = wanted.max_age_hours else { return Item::Current };
    let captured = item.get("configurationItemCaptureTime").as_str();
    match (instant::parse(wanted.now), captured.and_then(instant::parse)) {
        (Some(now), Some(time)) if now - time <= Duration::hours(i64::from(hours)) => Item::Current,
        _ => {
            let when = captured.unwrap_or("no known time");
            Item::Unread(not_yet(ITEMS, format!("it was written down at {when}, and {hours} hours are wanted")))
        }
    }
}

fn not_recorded(operation: &str, detail: String) -> Covered {
    Err(Arc::new(Unread::new(UnreadReason::NotRecorded, operation, detail)))
}

fn not_yet(operation: &str, detail: String) -> Arc<Unread> {
    Arc::new(Unread::new(UnreadReason::NotYet, operation, detail))
}

#[cfg(test)]
mod tests;
