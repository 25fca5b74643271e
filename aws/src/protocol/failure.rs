//! Error answers of every protocol: code and message, wherever the protocol puts them. Never fails: an answer that
//! cannot be read is told by its status.

use aws_smithy_runtime_api::http::Headers;
use plumbline_baseline::api::{Protocol, Service};
use quick_xml::events::Event;
use quick_xml::reader::Reader;
use serde::Deserialize;
use serde_json::Value;

use crate::error::Answer;

use super::xml::resolve;

/// Bodies are not read further than this for a message.
const LONGEST: usize = 64 << 10;

/// Reads an error answer.
pub(crate) fn read(service: &Service, status: u16, headers: &Headers, body: &[u8]) -> Answer {
    let body = &body[..body.len().min(LONGEST)];
    let (code, message) = match service.protocol {
        Protocol::Query | Protocol::Ec2 | Protocol::RestXml => from_xml(body),
        Protocol::Json | Protocol::RestJson => from_json(headers, body),
        Protocol::SmithyRpcV2Cbor => {
            let (code, message) = super::cbor::error(body);
            (code.as_deref().map(short_code), message)
        }
    };
    let query_code = headers.get("x-amzn-query-error").and_then(|value| value.split(';').next());
    let code = query_code.filter(|code| !code.is_empty()).map(str::to_owned).or(code);
    Answer { code: code.unwrap_or_default(), message: message.unwrap_or_default(), http_status: status }
}

/// `Code` and `Message` of the first `Error` element, or of a root that is one.
fn from_xml(body: &[u8]) -> (Option<String>, Option<String>) {
    let (mut code, mut message) = (None, None);
    let Ok(text) = std::str::from_utf8(body) else { return (code, message) };
    let mut reader = Reader::from_str(text);
    let mut path: Vec<String> = Vec::new();
    let mut value = String::new();
    while let Ok(event) = reader.read_event() {
        match event {
            Event::Start(start) => {
                path.push(start.local_name().as_ref().to_owned());
                value.clear();
            }
            Event::Text(part) => value.push_str(&part.xml10_content()),
            Event::CData(part) => value.push_str(&part.xml10_content()),
            Event::GeneralRef(reference) => value.extend(resolve(&reference)),
            Event::End(_) => {
                let parent = path.len().checked_sub(2).map(|index| path[index].as_str());
                match (parent, path.last().map(String::as_str)) {
                    (Some("Error"), Some("Code")) if code.is_none() => code = Some(std::mem::take(&mut value)),
                    (Some("Error"), Some("Message")) if message.is_none() => message = Some(std::mem::take(&mut value)),
                    _ => {}
                }
                path.pop();
            }
            Event::Eof => break,
            _ => {}
        }
    }
    (code, message)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Body {
    #[serde(rename = "__type")]
    kind: Value,
    code: Value,
    #[serde(rename = "Code")]
    capital_code: Value,
    message: Value,
    #[serde(rename = "Message")]
    capital_message: Value,
}

/// The code from wherever the service puts it, as botocore looks for it. Each member is read by itself: one that is not
/// text takes nothing from the others.
fn from_json(headers: &Headers, body: &[u8]) -> (Option<String>, Option<String>) {
    let body: Body = serde_json::from_slice(body).unwrap_or_default();
    let text = |value: Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let in_header = headers.get("x-amzn-errortype").filter(|code| !code.is_empty()).map(str::to_owned);
    let in_body = [body.kind, body.code, body.capital_code].into_iter().find_map(text);
    let message = [body.message, body.capital_message].into_iter().find_map(text);
    (in_header.or(in_body).as_deref().map(short_code), message)
}

/// `aws.protocoltests#FooError:http://…` is `FooError`.
fn short_code(code: &str) -> String {
    let before_colon = code.split(':').next().unwrap_or_default();
    before_colon.rsplit('#').next().unwrap_or_default().to_owned()
}
