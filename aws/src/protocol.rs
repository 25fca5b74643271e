//! The six wire protocols: documents to requests, responses to documents. Pure functions of bytes and descriptors;
//! must not do I/O and must not know who calls.
//!
//! `query` (and EC2's variant of it), `json`, `cbor` and `rest` build requests; `xml`, `json` and `cbor` read bodies
//! straight into documents; `proof` says whether a body is an answer to what was asked; `failure` reads error answers;
//! `members` and `timestamp` hold the details that they share.

mod cbor;
mod failure;
mod json;
mod members;
mod proof;
mod query;
mod rest;
mod timestamp;
mod xml;

#[cfg(test)]
mod strange;
#[cfg(test)]
mod tests;

use aws_smithy_runtime_api::http::Headers;
use plumbline_baseline::Doc;
use plumbline_baseline::api::{Operation, Protocol, Service};

pub(crate) use failure::read as read_failure;

/// Why a request could not be built or a response could not be read.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum Error {
    /// The input names a member that the operation does not have.
    #[error("the operation has no input member `{0}`")]
    UnknownMember(String),
    /// The input lacks a member that the operation needs.
    #[error("the operation needs the input member `{0}`")]
    MissingMember(String),
    /// An input value does not fit its shape.
    #[error("the input member `{member}` takes {expected}")]
    WrongType {
        /// The member.
        member: String,
        /// What it takes.
        expected: &'static str,
    },
    /// The response is not what the descriptor says.
    #[error("malformed response: {0}")]
    Malformed(String),
}

/// A request before endpoint and signature.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Starts with `/`; has the query string.
    pub(crate) path_and_query: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Goes before the endpoint's host name (`111122223333.`).
    pub(crate) host_prefix: Option<String>,
}

/// How a request may use the host name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Addressing {
    /// Whether prefixes that the API asks for (`{AccountId}.`) are applied.
    pub(crate) host_prefix: bool,
}

/// Builds the request of an operation.
pub(crate) fn request(
    service: &Service,
    name: &str,
    operation: &Operation,
    input: &Doc,
    addressing: Addressing,
) -> Result<Request, Error> {
    check_input(service, operation, input)?;
    match service.protocol {
        Protocol::Query | Protocol::Ec2 => query::request(service, name, operation, input),
        Protocol::Json => json::request(service, name, operation, input),
        Protocol::SmithyRpcV2Cbor => cbor::request(service, name, operation, input),
        Protocol::RestJson | Protocol::RestXml => rest::request(service, operation, input, addressing),
    }
}

/// Reads the document of a successful response.
pub(crate) fn read(
    service: &Service,
    name: &str,
    operation: &Operation,
    status: u16,
    headers: &Headers,
    body: &[u8],
) -> Result<Doc, Error> {
    let (Some(output), Some(answer)) = (operation.output, &operation.answer) else {
        return Ok(Doc::Map(plumbline_baseline::Map::new()));
    };
    let doc = match service.protocol {
        Protocol::Query => {
            let wrapper = operation.result_wrapper.as_deref().unwrap_or(name);
            xml::read_wrapped(service, output, name, wrapper, body)?
        }
        Protocol::Ec2 => xml::read_response(service, output, name, body)?,
        Protocol::Json => json::read(service, output, body)?,
        Protocol::SmithyRpcV2Cbor => cbor::read(service, output, headers, body)?,
        Protocol::RestJson | Protocol::RestXml => rest::read(service, name, operation, status, headers, body)?,
    };
    proof::is_answer(service, answer, headers, &doc)?;
    Ok(doc)
}

fn check_input(service: &Service, operation: &Operation, input: &Doc) -> Result<(), Error> {
    let members = operation.input.map_or(&[][..], |id| service.members(id));
    let wrong = || Error::WrongType { member: String::new(), expected: "a map" };
    let given = match input {
        Doc::Null => None,
        Doc::Map(map) => Some(map),
        _ => return Err(wrong()),
    };
    for (name, _) in given.into_iter().flat_map(|map| map.iter()) {
        if !members.iter().any(|member| member.name == *name) {
            return Err(Error::UnknownMember(name.as_str().to_owned()));
        }
    }
    match members.iter().find(|member| member.required && input.get(member.name.as_str()).is_null()) {
        Some(member) => Err(Error::MissingMember(member.name.as_str().to_owned())),
        None => Ok(()),
    }
}
