//! Whether a body with a success status is an answer of AWS to the operation: what an answer always has is there, and
//! what says nothing is marked as AWS's. A page of a proxy, or another service's answer, must never read as "there are
//! none". Pure; what an answer always has stands in the descriptor. What kind of text a header calls it proves nothing:
//! emulators send whole answers as `text/html`.

use std::cell::Cell;

use aws_smithy_runtime_api::http::Headers;
use plumbline_baseline::Doc;
use plumbline_baseline::api::{Answer, Protocol, Service};

use super::Error;

/// The headers in which AWS numbers its answers, each service in one of them.
const REQUEST_IDS: [&str; 3] = ["x-amzn-requestid", "x-amz-request-id", "x-amzn-request-id"];

/// The header that names the protocol of CBOR bodies, in requests and in answers, and its value.
pub(super) const CBOR: (&str, &str) = ("smithy-protocol", "rpc-v2-cbor");

/// Whether an answer names that protocol.
pub(super) fn is_cbor(headers: &Headers) -> bool {
    headers.get(CBOR.0).is_some_and(|value| value.trim().eq_ignore_ascii_case(CBOR.1))
}

/// What was met among the members of the outermost structure.
#[derive(Debug, Default)]
pub(super) struct Met {
    known: Cell<bool>,
    unknown: Cell<bool>,
}

impl Met {
    pub(super) fn member(&self, is_known: bool) {
        if is_known { self.known.set(true) } else { self.unknown.set(true) }
    }

    /// Refuses a structure of which nothing is known: it is somebody else's. AWS adds members, and never has only new
    /// ones.
    pub(super) fn check(&self) -> Result<(), Error> {
        if self.unknown.get() && !self.known.get() {
            return Err(Error::Malformed("it has no member of the answer, and others".to_owned()));
        }
        Ok(())
    }
}

/// Refuses a document that lacks what every answer has, and one that says nothing and is not from AWS.
pub(super) fn is_answer(service: &Service, answer: &Answer, headers: &Headers, doc: &Doc) -> Result<(), Error> {
    if let Some(missing) = answer.always.iter().find(|member| doc.get(member).is_null()) {
        return Err(Error::Malformed(format!("it has no {missing}")));
    }
    // XML answers name their operation; an empty object in JSON could be anybody's.
    let names_itself = matches!(service.protocol, Protocol::Query | Protocol::Ec2 | Protocol::RestXml);
    let says_nothing = matches!(doc, Doc::Map(map) if map.is_empty());
    if says_nothing && !names_itself && !is_marked(headers) {
        return Err(Error::Malformed("an empty object that nothing shows to be from AWS".to_owned()));
    }
    Ok(())
}

/// Refuses text that is not a JSON document with these members.
pub(super) fn is_document(text: &str, members: &[String]) -> Result<(), Error> {
    if members.is_empty() {
        return Ok(());
    }
    let doc = Doc::from_json(text).map_err(|error| Error::Malformed(format!("the text is no document: {error}")))?;
    match members.iter().find(|member| doc.get(member).is_null()) {
        Some(missing) => Err(Error::Malformed(format!("the document has no {missing}"))),
        None => Ok(()),
    }
}

/// Whether an answer is marked as AWS's: by its number, or by a kind of JSON that nobody else sends.
fn is_marked(headers: &Headers) -> bool {
    if is_cbor(headers) {
        return true;
    }
    let is_numbered = REQUEST_IDS.iter().any(|name| headers.get(*name).is_some_and(|id| !id.trim().is_empty()));
    is_numbered || headers.get("content-type").is_some_and(|kind| kind.trim().starts_with("application/x-amz-json"))
}
