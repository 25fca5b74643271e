//! Types without a collector of their own: read through Cloud Control, or from AWS Config's record. A resource that
//! cannot be read keeps its name, and is unread as a whole. What may be taken from a record is the baseline's to say.

use std::sync::Arc;

use plumbline_aws::{CallError, ErrorClass};
use plumbline_baseline::pack::collector::{Decode, Recorded, Scope, Source};
use plumbline_baseline::recording::{self, Wanted};
use plumbline_baseline::resource::{Gone, Resource};
use plumbline_baseline::{Doc, Map, Unread, UnreadReason};

use super::arguments::Subject;
use super::arn;
use super::collector::Collector;
use super::decode::decode;
use super::work::TypeWork;

pub(super) const CONFIG: &str = "config";
const SELECT: &str = "config:SelectResourceConfig";
const CLOUD_CONTROL: &str = "cloudcontrol";
const GET: &str = "GetResource";
/// What Cloud Control calls a resource by, in its listing and when it is asked for one.
const IDENTIFIER: &str = "Identifier";
const PROPERTIES: &str = "Properties";

/// Whether what the source lists can be taken for everything; why not, else. Asked before the listing, of every source but
/// an aggregator.
pub(super) async fn is_everything(collector: &Collector, work: &TypeWork) -> Result<(), Arc<Unread>> {
    let Source::Config(recorded) = &work.declared.source else { return Ok(()) };
    let ask = async |operation: &str| {
        let answer = collector.calls.fetch(&collector.place.region, CONFIG, operation, Doc::Map(Map::new())).await;
        answer.map_err(|error| error.to_unread())
    };
    let recorders = ask("DescribeConfigurationRecorders").await?;
    let status = ask("DescribeConfigurationRecorderStatus").await?;
    recording::covers(&wanted(work, recorded), &recorders, &status)
}

/// A resource, or what stands for those of an account and Region, of which nothing is known.
pub(super) fn unknown(work: &TypeWork, name: String, unread: &Arc<Unread>) -> Resource {
    Resource { type_name: Arc::clone(&work.declared.name), arn: name, doc: Doc::Unread(Arc::clone(unread)) }
}

pub(super) fn wanted<'a>(work: &'a TypeWork, recorded: &Recorded) -> Wanted<'a> {
    Wanted { type_name: &work.declared.name, max_age_hours: recorded.max_age_hours, now: &work.now }
}

/// An item of the listing as a document; `None` for what is not there, or in another Region.
///
/// # Errors
/// Why it cannot be told what the item is: the listing is then not everything.
pub(super) fn listed(collector: &Collector, work: &TypeWork, item: Doc) -> Result<Option<Doc>, Arc<Unread>> {
    let Source::Config(recorded) = &work.declared.source else { return Ok(Some(item)) };
    let item = document(item, SELECT)?;
    // The record of a Region has what belongs to no Region as well.
    let region = item.get("awsRegion").as_str();
    if work.declared.scope == Scope::Regional && region.is_some_and(|region| region != collector.place.region) {
        return Ok(None);
    }
    let is_deleted = recording::item(&wanted(work, recorded), &item) == recording::Item::Deleted;
    Ok((!is_deleted).then_some(item))
}

/// An item of AWS Config, which writes each as text.
pub(super) fn document(item: Doc, operation: &str) -> Result<Doc, Arc<Unread>> {
    match decode(item, Decode::Json, operation) {
        item @ Doc::Map(_) => Ok(item),
        Doc::Unread(unread) => Err(unread),
        _ => Err(no_document(operation)),
    }
}

/// Completes an item of a generic source, unless it vanished meanwhile.
pub(super) async fn complete(collector: &Collector, work: &TypeWork, item: Doc) -> Result<Resource, Gone> {
    let (arn, doc) = match &work.declared.source {
        Source::CloudControl(_) => read(collector, work, item).await?,
        Source::Config(recorded) => {
            let arn = recorded_name(collector, work, &item);
            match recording::item(&wanted(work, recorded), &item) {
                recording::Item::Unread(unread) => (arn, Doc::Unread(unread)),
                recording::Item::Current | recording::Item::Deleted => (arn, item),
            }
        }
        Source::Calls | Source::Findings(_) => (name(collector, work, &item), item),
    };
    Ok(Resource { type_name: Arc::clone(&work.declared.name), arn, doc })
}

pub(super) fn name(collector: &Collector, work: &TypeWork, item: &Doc) -> String {
    arn::render(&work.declared.arn, &Subject { item, ..Subject::place(&collector.place) })
}

/// The ARN of an item; the record has none of some types, and a row names its resource all the same.
fn recorded_name(collector: &Collector, work: &TypeWork, item: &Doc) -> String {
    match (item.get("arn").as_str(), item.get("resourceId").as_str()) {
        (None, Some(id)) if work.declared.arn == "{arn}" => format!("{}:{id}", work.declared.name),
        _ => name(collector, work, item),
    }
}

/// Reads one resource through Cloud Control. The listing names it, and may have but some of its members: what it has is
/// used for the name alone.
async fn read(collector: &Collector, work: &TypeWork, item: Doc) -> Result<(String, Doc), Gone> {
    let operation = format!("{CLOUD_CONTROL}:{GET}");
    let identifier = item.get(IDENTIFIER).clone();
    let mut known = match decode(item.get(PROPERTIES).clone(), Decode::Json, &operation) {
        Doc::Map(members) => members,
        _ => Map::new(),
    };
    known.insert(IDENTIFIER, identifier.clone());
    let arn = name(collector, work, &Doc::Map(known));
    if identifier.as_str().is_none() {
        return Ok((arn, Doc::Unread(no_document("cloudcontrol:ListResources"))));
    }
    let input = Doc::map([("TypeName", Doc::from(&*work.declared.name)), (IDENTIFIER, identifier)]);
    let answer = collector.calls.call(&collector.place.region, CLOUD_CONTROL, GET, &input).await;
    let doc = match answer {
        Ok(answer) => match decode(answer.get("ResourceDescription").get(PROPERTIES).clone(), Decode::Json, &operation)
        {
            doc @ (Doc::Map(_) | Doc::Unread(_)) => doc,
            _ => Doc::Unread(no_document(&operation)),
        },
        Err(error) => return unread(arn, &error),
    };
    Ok((arn, doc))
}

fn unread(arn: String, error: &CallError) -> Result<(String, Doc), Gone> {
    let unread = error.to_unread();
    if error.class == ErrorClass::Vanished { Err(Gone { arn, unread }) } else { Ok((arn, Doc::Unread(unread))) }
}

fn no_document(operation: &str) -> Arc<Unread> {
    Arc::new(Unread::new(UnreadReason::ScannerError, operation, "the answer has no document"))
}
