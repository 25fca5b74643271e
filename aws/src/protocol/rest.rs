//! The REST bindings that `rest-json` and `rest-xml` share: paths, query strings, headers and payloads. Reading
//! operations have no XML request bodies; one that needed it is refused instead of sent wrong.

use aws_smithy_runtime_api::http::Headers;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use plumbline_baseline::api::{Answer, Kind, Location, Member, Operation, Protocol, Service, ShapeId};
use plumbline_baseline::{Doc, Key, Map};

use super::members::{base64_text, scalar, text, wire_name};
use super::timestamp::{self, Format};
use super::{Addressing, Error, Request, json, proof, xml};

/// RFC 3986's unreserved characters stay as they are, which is also what signatures expect.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const RESERVED_IN_PATH: &AsciiSet = &RESERVED.remove(b'/');

/// Appends percent-encoded text.
pub(super) fn encode_into(target: &mut String, text: &str, keeps_slashes: bool) {
    let set = if keeps_slashes { RESERVED_IN_PATH } else { RESERVED };
    target.extend(utf8_percent_encode(text, set));
}

/// The MD5 of nothing, in base64: no reading operation that needs a checksum has a body.
const EMPTY_MD5: &str = "1B2M2Y8AsgTpgAmY7PhCfg==";

/// Builds a `rest-json` or `rest-xml` request.
pub(super) fn request(
    service: &Service,
    operation: &Operation,
    input: &Doc,
    addressing: Addressing,
) -> Result<Request, Error> {
    let members = operation.input.map_or(&[][..], |shape| service.members(shape));
    // A bucket stays in the path: see "S3 buckets are named in the path" in docs/architecture.md.
    let uri = operation.uri.as_str();
    let mut host_prefix = None;
    if let (Some(template), true) = (&operation.host_prefix, addressing.host_prefix) {
        host_prefix = Some(expand(template, members, input)?);
    }
    let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
    let mut path_and_query = expand(path, members, input)?;
    if !path_and_query.starts_with('/') {
        path_and_query.insert(0, '/');
    }
    let mut pairs = Pairs { query: query.to_owned() };
    let mut request = Request { method: operation.method.clone(), host_prefix, ..Request::default() };
    if operation.checksum {
        request.headers.push(("content-md5".to_owned(), EMPTY_MD5.to_owned()));
    }
    for member in members {
        let value = input.get(member.name.as_str());
        if value.is_null() {
            continue;
        }
        match member.location {
            Some(Location::Querystring) => pairs.member(member, value)?,
            Some(Location::Header) => {
                request.headers.push((wire_name(member).to_ascii_lowercase(), header_text(service, member, value)?));
            }
            Some(Location::Uri | Location::StatusCode) => {}
            Some(Location::Headers) => return Err(unsupported(member)),
            None if service.protocol == Protocol::RestXml => return Err(unsupported(member)),
            None => {}
        }
    }
    if !pairs.query.is_empty() {
        path_and_query.push('?');
        path_and_query.push_str(&pairs.query);
    }
    request.path_and_query = path_and_query;
    if let (Protocol::RestJson, Some(shape)) = (service.protocol, operation.input) {
        json_body(service, shape, input, &mut request)?;
    }
    Ok(request)
}

/// No reading operation needs it; one that does fails here instead of sending something else than asked for.
fn unsupported(member: &Member) -> Error {
    Error::WrongType { member: member.name.as_str().to_owned(), expected: "nothing: this place is not supported" }
}

fn json_body(service: &Service, shape: ShapeId, input: &Doc, request: &mut Request) -> Result<(), Error> {
    let members = service.members(shape);
    let in_body = |member: &Member| member.location.is_none();
    if !members.iter().any(in_body) {
        return Ok(());
    }
    if let Some(member) = members.iter().find(|member| member.payload) {
        let value = input.get(member.name.as_str());
        if !value.is_null() {
            request.body = json::body(service, member.shape, value, |_| true)?;
        }
    } else {
        request.body = json::body(service, shape, input, in_body)?;
    }
    request.headers.push(("content-type".to_owned(), "application/json".to_owned()));
    Ok(())
}

/// Fills `{Label}` and `{Label+}` with the members that are bound to them.
fn expand(template: &str, members: &[Member], input: &Doc) -> Result<String, Error> {
    let mut expanded = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        expanded.push_str(before);
        let (label, after) = after.split_once('}').unwrap_or((after, ""));
        let (name, is_greedy) = label.strip_suffix('+').map_or((label, false), |name| (name, true));
        let member = members.iter().find(|member| wire_name(member) == name || member.name.as_str() == name);
        let member = member.ok_or_else(|| Error::UnknownMember(name.to_owned()))?;
        let value = text(member.name.as_str(), input.get(member.name.as_str()))?;
        if value.is_empty() {
            return Err(Error::MissingMember(member.name.as_str().to_owned()));
        }
        encode_into(&mut expanded, &value, is_greedy);
        rest = after;
    }
    expanded.push_str(rest);
    Ok(expanded)
}

struct Pairs {
    query: String,
}

impl Pairs {
    fn pair(&mut self, key: &str, value: &str) {
        if !self.query.is_empty() {
            self.query.push('&');
        }
        encode_into(&mut self.query, key, false);
        self.query.push('=');
        encode_into(&mut self.query, value, false);
    }

    fn member(&mut self, member: &Member, value: &Doc) -> Result<(), Error> {
        let name = member.name.as_str();
        match value {
            Doc::List(items) => items.iter().try_for_each(|item| {
                self.pair(wire_name(member), &text(name, item)?);
                Ok(())
            }),
            Doc::Map(entries) => entries.iter().try_for_each(|(key, item)| {
                self.pair(key.as_str(), &text(name, item)?);
                Ok(())
            }),
            scalar => {
                self.pair(wire_name(member), &text(name, scalar)?);
                Ok(())
            }
        }
    }
}

fn header_text(service: &Service, member: &Member, value: &Doc) -> Result<String, Error> {
    let name = member.name.as_str();
    if let Doc::List(items) = value {
        let items: Result<Vec<String>, Error> = items.iter().map(|item| text(name, item)).collect();
        return Ok(items?.join(","));
    }
    let text = text(name, value)?;
    let is_time = matches!(service.shape(member.shape).kind, Kind::Timestamp);
    match Format::of(member.timestamp_format.as_deref(), Format::Rfc822) {
        Format::Rfc822 if is_time => timestamp::to_http_date(&text)
            .ok_or_else(|| Error::WrongType { member: name.to_owned(), expected: "an ISO-8601 timestamp" }),
        _ => Ok(text),
    }
}

/// Reads a `rest-json` or `rest-xml` response.
pub(super) fn read(
    service: &Service,
    name: &str,
    operation: &Operation,
    status: u16,
    headers: &Headers,
    body: &[u8],
) -> Result<Doc, Error> {
    let (Some(output), Some(answer)) = (operation.output, &operation.answer) else { return Ok(Doc::Map(Map::new())) };
    let members = service.members(output);
    let expected = xml::Root { named: answer.root.as_deref(), operation: name };
    let mut doc = match members.iter().find(|member| member.payload) {
        Some(member) => {
            let mut map = Map::new();
            let value = payload(service, answer, &expected, member, body)?;
            if !value.is_null() {
                map.push(member.name.clone(), value);
            }
            Doc::Map(map)
        }
        None => body_members(service, answer, &expected, output, body)?,
    };
    if let Doc::Map(map) = &mut doc {
        for member in members {
            if let Some(value) = bound(service, member, status, headers)? {
                map.insert(member.name.clone(), value);
            }
        }
    }
    Ok(doc)
}

fn body_members(
    service: &Service,
    answer: &Answer,
    expected: &xml::Root<'_>,
    output: ShapeId,
    body: &[u8],
) -> Result<Doc, Error> {
    if !service.members(output).iter().any(|member| member.location.is_none()) {
        return Ok(Doc::Map(Map::new()));
    }
    if service.protocol == Protocol::RestJson {
        return json::read(service, output, body);
    }
    if let Some(member) = &answer.root_is {
        let mut map = Map::new();
        let text = xml::read_root_text(service, expected, body)?;
        if !text.is_empty() {
            map.push(Key::new(member), Doc::from(text));
        }
        return Ok(Doc::Map(map));
    }
    xml::read_root(service, output, expected, body)
}

fn payload(
    service: &Service,
    answer: &Answer,
    expected: &xml::Root<'_>,
    member: &Member,
    body: &[u8],
) -> Result<Doc, Error> {
    match &service.shape(member.shape).kind {
        // An empty text would read as "there is no policy".
        _ if body.is_empty() => Err(Error::Malformed("an empty body".to_owned())),
        Kind::Blob => Ok(base64_text(body)),
        Kind::String(_) => {
            let text = std::str::from_utf8(body).map_err(|error| Error::Malformed(error.to_string()))?;
            proof::is_document(text, &answer.text_has)?;
            Ok(Doc::from(text))
        }
        _ if service.protocol == Protocol::RestXml => xml::read_root(service, member.shape, expected, body),
        _ => json::read(service, member.shape, body),
    }
}

/// The value of a member that stands in the status or in headers.
fn bound(service: &Service, member: &Member, status: u16, headers: &Headers) -> Result<Option<Doc>, Error> {
    match member.location {
        Some(Location::StatusCode) => Ok(Some(Doc::Int(status.into()))),
        Some(Location::Header) => {
            let Some(value) = headers.get(wire_name(member)) else { return Ok(None) };
            if let Kind::List { .. } = service.shape(member.shape).kind {
                let items = value.split(',').map(|item| Doc::from(item.trim()));
                return Ok(Some(Doc::List(items.collect())));
            }
            scalar(&service.shape(member.shape).kind, value).map(Some)
        }
        Some(Location::Headers) => {
            let prefix = wire_name(member).to_ascii_lowercase();
            let mut map = Map::new();
            for (name, value) in headers.iter() {
                if let Some(key) = name.strip_prefix(&prefix) {
                    map.insert(Key::new(key), Doc::from(value));
                }
            }
            Ok((!map.is_empty()).then_some(Doc::Map(map)))
        }
        _ => Ok(None),
    }
}
