//! From a document to the wire: success and error answers of each protocol, as AWS writes them.
//!
//! Written from AWS's protocol descriptions and not from the client's decoder, so that both can be wrong only apart.

mod cbor;
mod error;
mod json;
mod xml;

use plumbline_baseline::Doc;
use plumbline_baseline::api::{Kind, Location, Member, Protocol, Service};

use crate::request::Dialect;

pub(crate) use error::failure;

/// The request id of every answer: the simulator is deterministic.
const REQUEST_ID: &str = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";

/// An HTTP answer.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// The answer to a call that succeeded with this output.
pub(crate) fn success(dialect: &Dialect, operation: &str, output: &Doc) -> Reply {
    let Some(service) = &dialect.service else {
        if dialect.is_json {
            return reply("application/json", json::plain_result(operation, output, REQUEST_ID));
        }
        return reply("text/xml", xml::plain_result(operation, output));
    };
    let described = service.operations.get(operation);
    let shape = described.and_then(|described| described.output);
    match dialect.protocol {
        Protocol::Query => {
            let wrapper = described.and_then(|described| described.result_wrapper.as_deref());
            reply("text/xml", xml::query_result(service, operation, wrapper, shape, output))
        }
        Protocol::Ec2 => reply("text/xml;charset=UTF-8", xml::ec2_result(service, operation, shape, output)),
        Protocol::Json => {
            let version = service.json_version.as_deref().unwrap_or("1.1");
            reply(&format!("application/x-amz-json-{version}"), json::result(service, shape, output))
        }
        Protocol::SmithyRpcV2Cbor => {
            let reply = reply("application/cbor", String::new());
            marked(Reply { body: cbor::result(service, shape, output), ..reply })
        }
        Protocol::RestJson | Protocol::RestXml => rest_success(service, operation, output),
    }
}

fn rest_success(service: &Service, operation: &str, output: &Doc) -> Reply {
    let shape = service.operations.get(operation).and_then(|described| described.output);
    let members = shape.map_or(&[][..], |shape| service.members(shape));
    let is_xml = service.protocol == Protocol::RestXml;
    let body = match members.iter().find(|member| member.payload) {
        Some(payload) => payload_body(service, payload, output.get(payload.name.as_str()), is_xml),
        None if is_xml => xml::rest_result(service, operation, shape, output),
        None => json::result(service, shape, output),
    };
    let mut reply = reply(if is_xml { "application/xml" } else { "application/json" }, body);
    for member in members {
        let value = output.get(member.name.as_str());
        let wire = member.wire_name.as_deref().unwrap_or(member.name.as_str());
        match (member.location, value) {
            (_, Doc::Null) => {}
            (Some(Location::Header), value) => reply.headers.push((wire.to_lowercase(), xml::scalar(value))),
            (Some(Location::StatusCode), Doc::Int(status)) => reply.status = u16::try_from(*status).unwrap_or(200),
            _ => {}
        }
    }
    reply
}

/// The body of an output with a payload member: text as it is, a structure as a document of its own.
fn payload_body(service: &Service, payload: &Member, value: &Doc, is_xml: bool) -> String {
    match &service.shape(payload.shape).kind {
        Kind::Structure(_) if is_xml => {
            let shape = service.shape(payload.shape);
            let root = payload.wire_name.as_deref().unwrap_or(&shape.name);
            xml::document(service, root, payload.shape, value)
        }
        Kind::Structure(_) => json::result(service, Some(payload.shape), value),
        _ => text_of(value),
    }
}

/// Text as it is; a document that the API carries as text (a policy) as JSON.
pub(crate) fn text_of(value: &Doc) -> String {
    match value {
        Doc::Map(_) | Doc::List(_) => value.to_json(),
        value => xml::scalar(value),
    }
}

/// An answer that names its protocol, as those in CBOR do.
fn marked(mut reply: Reply) -> Reply {
    reply.headers.push(("smithy-protocol".to_owned(), "rpc-v2-cbor".to_owned()));
    reply
}

fn reply(content_type: &str, body: String) -> Reply {
    let headers = vec![
        ("content-type".to_owned(), content_type.to_owned()),
        ("x-amzn-requestid".to_owned(), REQUEST_ID.to_owned()),
    ];
    Reply { status: 200, headers, body: body.into_bytes() }
}
