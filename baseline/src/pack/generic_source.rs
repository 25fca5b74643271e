//! Resource types that need no collector of their own: `source: cloudcontrol` and `source: config`. From text to
//! `ResourceType`; whether AWS has such a type is for `check` to say.

pub(super) mod keys;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::collector::{Argument, Call, CallRegion, CloudControl, List, Recorded, ResourceType, Scope, Source};
use super::partitions;
use super::problem::Report;
use super::section::{Section, choice};
use super::yaml::Node;
use crate::doc::Doc;
use keys::Through;

/// What an item of AWS Config has: its members are those of the API's configuration items.
const SELECTED: &str = "accountId, arn, awsRegion, configuration, configurationItemCaptureTime, \
                        configurationItemStatus, resourceId, resourceName, supplementaryConfiguration, tags";

/// Whether a type is read in a generic way.
pub(super) fn is_generic(node: &Node) -> bool {
    node.get("source").is_some()
}

/// Reads a type; `None` when it has no form.
pub(super) fn read(node: &Node, report: &mut Report) -> Option<ResourceType> {
    let through = choice(node.get("source")?, "source", keys::SOURCES, report)?;
    let table = match through {
        Through::CloudControl => &keys::CLOUDCONTROL,
        Through::Config => &keys::CONFIG,
    };
    let section = Section::open(node, table, report)?;
    let name = section.required_text("type", report)?;
    let scope =
        section.get("scope").map_or(Some(Scope::Regional), |node| choice(node, "scope", keys::SCOPES, report))?;
    let (source, list, arn) = match through {
        Through::CloudControl => (Source::CloudControl(CloudControl::default()), listed(&name), None),
        Through::Config => {
            (Source::Config(Recorded { max_age_hours: max_age(&section, report) }), selected(&name), Some("{arn}"))
        }
    };
    let arn = match (section.optional_text("arn", report), arn) {
        (Some(arn), _) => arn,
        (None, Some(default)) => default.to_owned(),
        (None, None) => section.required_text("arn", report)?,
    };
    Some(ResourceType {
        name: Arc::from(name),
        scope,
        source,
        partitions: partitions::read(&section, report),
        list: Some(list),
        arn,
        judged_when: section.optional_text("judged_when", report),
        tags: section.optional_text("tags", report),
        gather: Vec::new(),
        derive: Vec::new(),
        decode: Vec::new(),
        redact: section.texts("redact", report),
        volatile: section.texts("volatile", report),
    })
}

/// The listing of Cloud Control.
fn listed(name: &str) -> List {
    let with = BTreeMap::from([("TypeName".to_owned(), Argument::Literal(Doc::from(name)))]);
    list(call("cloudcontrol", "ListResources", with), "ResourceDescriptions")
}

/// The query of AWS Config. It is asked in the Region of the job, and of that Region alone.
fn selected(name: &str) -> List {
    let expression = format!("SELECT {SELECTED} WHERE resourceType = '{name}'");
    let with = BTreeMap::from([("Expression".to_owned(), Argument::Literal(Doc::from(expression.as_str())))]);
    list(call("config", "SelectResourceConfig", with), "Results")
}

fn list(call: Call, items: &str) -> List {
    List { call, items: items.to_owned(), item_member: None, absent: Vec::new(), each: None }
}

fn call(service: &str, operation: &str, with: BTreeMap<String, Argument>) -> Call {
    Call { service: service.to_owned(), operation: operation.to_owned(), region: CallRegion::Job, with }
}

fn max_age(section: &Section<'_>, report: &mut Report) -> Option<u32> {
    let node = section.get("max_age_hours")?;
    let hours = node.to_doc().as_int().and_then(|hours| u32::try_from(hours).ok()).filter(|hours| *hours > 0);
    if hours.is_none() {
        report.error(node.at, "`max_age_hours` is a whole number of hours, at least 1");
    }
    hours
}
