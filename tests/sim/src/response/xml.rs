//! XML bodies of `query`, `ec2` and `rest-xml`.
//!
//! Elements come in model order; a list without items is an empty element, an absent member has none.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use plumbline_baseline::Doc;
use plumbline_baseline::api::{Kind, Member, Service, ShapeId};

use super::REQUEST_ID;

/// The declaration that opens every document.
const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// A `query` answer without a descriptor (STS): members as elements, text as it is.
pub(super) fn plain_result(operation: &str, output: &Doc) -> String {
    let mut body = String::new();
    plain(&mut body, &format!("{operation}Result"), output);
    let namespace = "https://sts.amazonaws.com/doc/2011-06-15/";
    format!(
        "<{operation}Response xmlns=\"{namespace}\">{body}<ResponseMetadata><RequestId>{REQUEST_ID}</RequestId>\
         </ResponseMetadata></{operation}Response>"
    )
}

/// A `query` answer: the output in its wrapper, then the metadata.
pub(super) fn query_result(
    service: &Service,
    operation: &str,
    wrapper: Option<&str>,
    shape: Option<ShapeId>,
    output: &Doc,
) -> String {
    let mut body = String::new();
    if let Some(shape) = shape {
        members(&mut body, service, shape, output);
    }
    if let Some(wrapper) = wrapper {
        body = format!("<{wrapper}>{body}</{wrapper}>");
    }
    let namespace = format!("http://{}.amazonaws.com/doc/{}/", service.endpoint_prefix, service.api_version);
    format!(
        "<{operation}Response xmlns=\"{namespace}\">{body}<ResponseMetadata><RequestId>{REQUEST_ID}</RequestId>\
         </ResponseMetadata></{operation}Response>"
    )
}

/// An `ec2` answer: the request id stands before the members.
pub(super) fn ec2_result(service: &Service, operation: &str, shape: Option<ShapeId>, output: &Doc) -> String {
    let mut body = String::new();
    if let Some(shape) = shape {
        members(&mut body, service, shape, output);
    }
    let version = &service.api_version;
    format!(
        "{DECLARATION}<{operation}Response xmlns=\"http://ec2.amazonaws.com/doc/{version}/\">\
         <requestId>{REQUEST_ID}</requestId>{body}</{operation}Response>"
    )
}

/// A `rest-xml` answer whose body holds all members.
pub(super) fn rest_result(service: &Service, operation: &str, shape: Option<ShapeId>, output: &Doc) -> String {
    if service.name == "s3" && operation == "GetBucketLocation" {
        // The one output whose only member is the root element itself.
        let location = text(output.get("LocationConstraint").as_str().unwrap_or_default());
        let namespace = "http://s3.amazonaws.com/doc/2006-03-01/";
        return format!("{DECLARATION}<LocationConstraint xmlns=\"{namespace}\">{location}</LocationConstraint>");
    }
    let answer = service.operations.get(operation).and_then(|described| described.answer.as_ref());
    match (shape, answer.and_then(|answer| answer.root.as_deref())) {
        (Some(shape), Some(root)) => document(service, root, shape, output),
        _ => String::new(),
    }
}

/// A structure as a document of its own.
pub(super) fn document(service: &Service, root: &str, shape: ShapeId, doc: &Doc) -> String {
    let mut body = String::new();
    members(&mut body, service, shape, doc);
    let namespace = service.xml_namespace.as_deref().unwrap_or("http://s3.amazonaws.com/doc/2006-03-01/");
    format!("{DECLARATION}<{root} xmlns=\"{namespace}\">{body}</{root}>")
}

fn members(out: &mut String, service: &Service, shape: ShapeId, doc: &Doc) {
    for member in service.members(shape) {
        let value = doc.get(member.name.as_str());
        if !value.is_null() && member.location.is_none() && !member.xml_attribute {
            write_member(out, service, member, value);
        }
    }
}

fn write_member(out: &mut String, service: &Service, member: &Member, value: &Doc) {
    let wire = member.wire_name.as_deref().unwrap_or(member.name.as_str());
    match (&service.shape(member.shape).kind, value) {
        (Kind::List { item, item_name, flattened }, Doc::List(items)) if *flattened || member.flattened => {
            let name = item_name.as_deref().unwrap_or(wire);
            items.iter().for_each(|doc| element(out, service, name, *item, doc));
        }
        (Kind::Map { value: of, key_name, value_name, flattened }, Doc::Map(_)) if *flattened || member.flattened => {
            entries(out, service, wire, *of, (key_name.as_deref(), value_name.as_deref()), value);
        }
        _ => element(out, service, wire, member.shape, value),
    }
}

fn element(out: &mut String, service: &Service, name: &str, shape: ShapeId, doc: &Doc) {
    out.push_str(&format!("<{name}{}>", attributes(service, shape, doc)));
    match (&service.shape(shape).kind, doc) {
        (Kind::Structure(_), doc) => members(out, service, shape, doc),
        (Kind::List { item, item_name, .. }, Doc::List(items)) => {
            let name = item_name.as_deref().unwrap_or("member");
            items.iter().for_each(|doc| element(out, service, name, *item, doc));
        }
        (Kind::Map { value, key_name, value_name, .. }, Doc::Map(_)) => {
            entries(out, service, "entry", *value, (key_name.as_deref(), value_name.as_deref()), doc);
        }
        // IAM sends policy documents URL-encoded (RFC 3986), as its API reference says of every one of them.
        (Kind::String(_), Doc::Map(_)) if service.name == "iam" => {
            out.push_str(&utf8_percent_encode(&doc.to_json(), NON_ALPHANUMERIC).to_string());
        }
        (_, doc) => out.push_str(&text(&super::text_of(doc))),
    }
    out.push_str(&format!("</{name}>"));
}

fn entries(
    out: &mut String,
    service: &Service,
    entry: &str,
    shape: ShapeId,
    (key_name, value_name): (Option<&str>, Option<&str>),
    doc: &Doc,
) {
    let key_name = key_name.unwrap_or("key");
    for (key, value) in doc.as_map().into_iter().flat_map(|map| map.iter()) {
        out.push_str(&format!("<{entry}><{key_name}>{}</{key_name}>", text(key.as_str())));
        element(out, service, value_name.unwrap_or("value"), shape, value);
        out.push_str(&format!("</{entry}>"));
    }
}

/// XML attributes of a structure, with the namespace of their prefix (`xsi:type` of a grantee).
fn attributes(service: &Service, shape: ShapeId, doc: &Doc) -> String {
    let mut attributes = String::new();
    for member in service.members(shape).iter().filter(|member| member.xml_attribute) {
        if let Some(value) = doc.get(member.name.as_str()).as_str() {
            let wire = member.wire_name.as_deref().unwrap_or(member.name.as_str());
            let namespace = "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"";
            attributes.push_str(&format!(" {namespace} {wire}=\"{}\"", text(value)));
        }
    }
    attributes
}

fn plain(out: &mut String, name: &str, doc: &Doc) {
    out.push_str(&format!("<{name}>"));
    match doc {
        Doc::Map(map) => map.iter().for_each(|(key, value)| plain(out, key.as_str(), value)),
        Doc::List(items) => items.iter().for_each(|item| plain(out, "member", item)),
        doc => out.push_str(&text(&scalar(doc))),
    }
    out.push_str(&format!("</{name}>"));
}

/// A value without members as XML text, not yet escaped.
pub(super) fn scalar(doc: &Doc) -> String {
    match doc {
        Doc::Bool(value) => value.to_string(),
        Doc::Int(value) => value.to_string(),
        Doc::Double(value) => value.to_string(),
        Doc::String(text) => text.to_string(),
        _ => String::new(),
    }
}

/// Escaped text. Control characters that XML 1.0 cannot carry become spaces.
pub(super) fn text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\r' => escaped.push_str("&#13;"),
            '\t' | '\n' => escaped.push(character),
            control if control < ' ' => escaped.push(' '),
            other => escaped.push(other),
        }
    }
    escaped
}
