//! JSON bodies: members under their wire names, timestamps as seconds, blobs as base64.

use plumbline_baseline::Doc;
use plumbline_baseline::api::{Kind, Member, Service, ShapeId};
use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The body of an output; without a shape the document is written as it is.
pub(super) fn result(service: &Service, shape: Option<ShapeId>, output: &Doc) -> String {
    let value = match shape {
        Some(shape) => value(service, shape, output, None),
        None => plain(output),
    };
    value.to_string()
}

/// A `query` answer without a descriptor (STS), for whoever wants JSON.
pub(super) fn plain_result(operation: &str, output: &Doc, request: &str) -> String {
    let mut answer = Map::new();
    answer.insert(format!("{operation}Result"), plain(output));
    answer.insert("ResponseMetadata".to_owned(), serde_json::json!({ "RequestId": request }));
    let mut body = Map::new();
    body.insert(format!("{operation}Response"), Value::Object(answer));
    Value::Object(body).to_string()
}

fn value(service: &Service, shape: ShapeId, doc: &Doc, format: Option<&str>) -> Value {
    match (&service.shape(shape).kind, doc) {
        (Kind::Structure(members), Doc::Map(_)) => Value::Object(structure(service, members, doc)),
        (Kind::List { item, .. }, Doc::List(items)) => {
            Value::Array(items.iter().map(|doc| value(service, *item, doc, format)).collect())
        }
        (Kind::Map { value: of, .. }, Doc::Map(entries)) => {
            let entries = entries.iter().map(|(key, doc)| (key.as_str().to_owned(), value(service, *of, doc, None)));
            Value::Object(entries.collect())
        }
        (Kind::String(_), Doc::Map(_) | Doc::List(_)) => Value::String(doc.to_json()),
        (Kind::Timestamp, Doc::String(text)) if format != Some("iso8601") => seconds(text),
        (_, doc) => plain(doc),
    }
}

fn structure(service: &Service, members: &[Member], doc: &Doc) -> Map<String, Value> {
    let body = members.iter().filter(|member| member.location.is_none());
    let present = body.filter_map(|member| match doc.get(member.name.as_str()) {
        Doc::Null => None,
        doc => {
            let wire = member.wire_name.as_deref().unwrap_or(member.name.as_str());
            Some((wire.to_owned(), value(service, member.shape, doc, member.timestamp_format.as_deref())))
        }
    });
    present.collect()
}

/// A timestamp as seconds since 1970, fractional as AWS sends it.
fn seconds(text: &str) -> Value {
    match OffsetDateTime::parse(text, &Rfc3339) {
        Ok(moment) => Value::from(moment.unix_timestamp() as f64 + f64::from(moment.millisecond()) / 1000.0),
        Err(_) => Value::String(text.to_owned()),
    }
}

fn plain(doc: &Doc) -> Value {
    serde_json::to_value(doc).unwrap_or(Value::Null)
}
