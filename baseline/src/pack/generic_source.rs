//! Resource types that need no collector of their own: `source: cloudcontrol`, `source: config` and `source: findings`.
//! From text to `ResourceType`; whether there is such a type is for `check` to say.

pub(super) mod keys;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::collector::{
    Aggregator, Argument, Call, CallRegion, CloudControl, Counted, List, Recorded, ResourceType, Scope, Source,
};
use super::form;
use super::partitions;
use super::problem::Report;
use super::section::{Section, choice};
use super::words_source;
use super::yaml::Node;
use crate::doc::Doc;
use keys::Through;

/// What an item of AWS Config has: its members are those of the API's configuration items.
const SELECTED: &str = "accountId, arn, awsRegion, configuration, configurationItemCaptureTime, \
                        configurationItemStatus, resourceId, resourceName, supplementaryConfiguration, tags";

/// The ARN that AWS Config's record has.
const RECORDED_ARN: &str = "{arn}";
/// The resource that stands for an account, as Security Hub writes it.
const ACCOUNT_ARN: &str = "AWS::::Account:{Id}";
/// What an aggregator's rows are named by. No ARN: they are what one account has in its record, and not rows of the others.
const PLACED: &str = "{accountId}/{awsRegion}/{resourceId}";

/// Whether a type is read in a generic way.
pub(super) fn is_generic(node: &Node) -> bool {
    node.get("source").is_some()
}

/// Reads a type; `None` when it has no form.
pub(super) fn read(node: &Node, report: &mut Report) -> Option<ResourceType> {
    match choice(node.get("source")?, "source", keys::SOURCES, report)? {
        Through::CloudControl => {
            let section = Section::open(node, &keys::CLOUDCONTROL, report)?;
            let arn = section.required_text("arn", report);
            asked(&section, Source::CloudControl(CloudControl::default()), listed, arn?, report)
        }
        Through::Config => {
            let section = Section::open(node, &keys::CONFIG, report)?;
            let aggregator = aggregator(&section, report);
            let named = if aggregator.is_some() { PLACED } else { RECORDED_ARN };
            let arn = section.optional_text("arn", report).unwrap_or_else(|| named.to_owned());
            let recorded = Recorded { max_age_hours: max_age(&section, report), aggregator: aggregator.clone() };
            let list = |name: &str| aggregator.as_ref().map_or_else(|| selected(name), |of| aggregated(name, of));
            asked(&section, Source::Config(recorded), list, arn, report)
        }
        Through::Findings => found(node, report),
    }
}

/// A type that is listed by a service which knows all types.
fn asked(
    section: &Section<'_>,
    source: Source,
    list: impl FnOnce(&str) -> List,
    arn: String,
    report: &mut Report,
) -> Option<ResourceType> {
    let name = section.required_text("type", report)?;
    let mut scope =
        section.get("scope").map_or(Some(Scope::Regional), |node| choice(node, "scope", keys::SCOPES, report))?;
    if matches!(&source, Source::Config(recorded) if recorded.aggregator.is_some()) {
        scope = Scope::Organization;
    }
    Some(ResourceType {
        list: Some(list(&name)),
        name: Arc::from(name),
        scope,
        source,
        partitions: partitions::read(section, report),
        arn,
        judged_when: section.optional_text("judged_when", report),
        tags: section.optional_text("tags", report),
        gather: Vec::new(),
        derive: Vec::new(),
        decode: Vec::new(),
        redact: section.texts("redact", report),
        volatile: section.texts("volatile", report),
        words: words_source::read(section, report),
    })
}

/// A type that is made of the rows of a scan.
fn found(node: &Node, report: &mut Report) -> Option<ResourceType> {
    let section = Section::open(node, &keys::FINDINGS, report)?;
    section.required("controls", report)?;
    let controls = section.texts("controls", report).iter().map(|id| Arc::from(id.as_str())).collect();
    Some(ResourceType {
        name: Arc::from(section.required_text("type", report)?),
        scope: Scope::Findings,
        source: Source::Findings(Counted { controls }),
        partitions: partitions::read(&section, report),
        list: None,
        arn: ACCOUNT_ARN.to_owned(),
        judged_when: section.optional_text("judged_when", report),
        tags: None,
        gather: Vec::new(),
        derive: Vec::new(),
        decode: Vec::new(),
        redact: Vec::new(),
        volatile: Vec::new(),
        words: words_source::read(&section, report),
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
    let name = name?;
    if name.is_empty() || !name.chars().all(|each| each.is_ascii_alphanumeric() || "_-".contains(each)) {
        report.error(node.at, format!("`{name}` is not the name of an aggregator: letters, digits, `-` and `_`"));
    }
    Some(Aggregator { name, region })
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
