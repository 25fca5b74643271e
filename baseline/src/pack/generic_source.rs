//! Resource types that need no collector of their own: `source: cloudcontrol` and `source: config`. From text to
//! `ResourceType`; whether AWS has such a type is for `check` to say.

pub(super) mod keys;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::collector::{
    Aggregator, Argument, Call, CallRegion, CloudControl, List, Recorded, ResourceType, Scope, Source,
};
use super::form;
use super::partitions;
use super::problem::Report;
use super::section::{Section, choice};
use super::yaml::Node;
use crate::doc::Doc;
use keys::Through;

/// What an item of AWS Config has: its members are those of the API's configuration items.
const SELECTED: &str = "accountId, arn, awsRegion, configuration, configurationItemCaptureTime, \
                        configurationItemStatus, resourceId, resourceName, supplementaryConfiguration, tags";

/// What an aggregator's rows are named by. No ARN: they are what one account has in its record, and not rows of the others.
const PLACED: &str = "{accountId}/{awsRegion}/{resourceId}";

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
    let mut scope =
        section.get("scope").map_or(Some(Scope::Regional), |node| choice(node, "scope", keys::SCOPES, report))?;
    let (source, list, arn) = match through {
        Through::CloudControl => (Source::CloudControl(CloudControl::default()), listed(&name), None),
        Through::Config => {
            let recorded =
                Recorded { max_age_hours: max_age(&section, report), aggregator: aggregator(&section, report) };
            let (list, arn) = match &recorded.aggregator {
                None => (selected(&name), "{arn}"),
                Some(aggregator) => {
                    scope = Scope::Organization;
                    (aggregated(&name, aggregator), PLACED)
                }
            };
            (Source::Config(recorded), list, Some(arn))
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

/// The query of an aggregator: as that of one account and Region, asked where the aggregator is.
fn aggregated(name: &str, aggregator: &Aggregator) -> List {
    let mut list = selected(name);
    "SelectAggregateResourceConfig".clone_into(&mut list.call.operation);
    list.call.region = CallRegion::Named(aggregator.region.clone());
    let named = Argument::Literal(Doc::from(aggregator.name.as_str()));
    list.call.with.insert("ConfigurationAggregatorName".to_owned(), named);
    list
}

fn aggregator(section: &Section<'_>, report: &mut Report) -> Option<Aggregator> {
    let node = section.get("aggregator")?;
    for key in ["scope", "arn"] {
        if let Some(node) = section.get(key) {
            let message = format!(
                "`{key}` says nothing beside `aggregator`: it is asked once, in the management account, and rows are named \
                 by account, Region and id"
            );
            report.error(node.at, message);
        }
    }
    let section = Section::open(node, &keys::AGGREGATOR, report)?;
    let (name, region) = (section.required_text("name", report), section.required_text("region", report)?);
    if !form::is_region(&region) {
        report.error(node.at, format!("`{region}` is not the name of a Region"));
    }
    Some(Aggregator { name: name?, region })
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
