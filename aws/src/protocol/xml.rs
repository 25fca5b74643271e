//! XML bodies straight into documents: one pass, driven by the shapes, no tree in between. Members that the descriptor
//! does not know are skipped; everything else that is not of the shape is refused. Entities and character references
//! are resolved, nothing else is expanded.

use std::borrow::Cow;

use plumbline_baseline::api::{Kind, Member, Protocol, Service, ShapeId};
use plumbline_baseline::{Doc, Key, Map};
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::reader::Reader;

use super::Error;
use super::members::{Finder, element_name, is_flattened, put, scalar, wire_name};
use super::proof::Met;

/// Structures deeper than this are refused: no AWS answer is, and recursion must end.
const DEEPEST: usize = 64;

/// What EC2 says of every answer beside the output.
const EC2_METADATA: &str = "requestId";

/// What the root element of an answer is called.
pub(super) struct Root<'a> {
    /// As AWS calls it, where that is not after the operation.
    pub(super) named: Option<&'a str>,
    /// The operation. `{operation}Response` names it too, as well as AWS's own word does: emulators write that.
    pub(super) operation: &'a str,
}

impl Root<'_> {
    fn is(&self, found: &str) -> bool {
        self.named == Some(found) || found.strip_suffix("Response") == Some(self.operation)
    }
}

/// Reads a `query` body: the output stands in a wrapper inside the root, which is called after the operation.
pub(super) fn read_wrapped(
    service: &Service,
    output: ShapeId,
    name: &str,
    wrapper: &str,
    body: &[u8],
) -> Result<Doc, Error> {
    let mut decoder = Decoder::new(service, body)?;
    decoder.root(&Root { named: None, operation: name })?;
    let mut result = None;
    while let Some(start) = decoder.next_child()? {
        if start.local_name().as_ref() == wrapper {
            result = Some(decoder.outermost(output, &start)?);
        } else {
            decoder.skip(&start)?;
        }
    }
    decoder.end()?;
    // A document of somebody else (a proxy's page) has no member that is known: it must not read as an empty listing.
    result.ok_or_else(|| Error::Malformed(format!("there is no {wrapper}")))
}

/// Reads an `ec2` body: the output is the root, which is called after the operation.
pub(super) fn read_response(service: &Service, output: ShapeId, name: &str, body: &[u8]) -> Result<Doc, Error> {
    let mut decoder = Decoder::new(service, body)?;
    let root = decoder.root(&Root { named: None, operation: name })?;
    let doc = decoder.outermost(output, &root)?;
    decoder.end()?;
    Ok(doc)
}

/// Reads a `rest-xml` body whose root element is the shape itself.
pub(super) fn read_root(service: &Service, shape: ShapeId, expected: &Root<'_>, body: &[u8]) -> Result<Doc, Error> {
    let mut decoder = Decoder::new(service, body)?;
    let root = decoder.root(expected)?;
    let doc = decoder.outermost(shape, &root)?;
    decoder.end()?;
    Ok(doc)
}

/// The text of the root element (S3's `GetBucketLocation`): a name, or nothing.
pub(super) fn read_root_text(service: &Service, expected: &Root<'_>, body: &[u8]) -> Result<String, Error> {
    let mut decoder = Decoder::new(service, body)?;
    decoder.root(expected)?;
    let text = decoder.text()?.trim().to_owned();
    decoder.end()?;
    if text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        Ok(text)
    } else {
        Err(Error::Malformed(format!("`{text}` is no name")))
    }
}

struct Decoder<'a> {
    service: &'a Service,
    reader: Reader<&'a [u8]>,
}

fn malformed(error: impl std::fmt::Display) -> Error {
    Error::Malformed(error.to_string())
}

impl<'a> Decoder<'a> {
    fn new(service: &'a Service, body: &'a [u8]) -> Result<Self, Error> {
        let text = std::str::from_utf8(body).map_err(malformed)?;
        let mut reader = Reader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        Ok(Self { service, reader })
    }

    /// The root element, which has to be the answer's: an error with a success status is no answer, and neither is a
    /// page for people.
    fn root(&mut self, expected: &Root<'_>) -> Result<BytesStart<'a>, Error> {
        loop {
            match self.reader.read_event().map_err(malformed)? {
                Event::Start(start) if expected.is(start.local_name().as_ref()) => return Ok(start),
                Event::Start(start) => {
                    return Err(Error::Malformed(format!(
                        "{} is no answer to {}",
                        start.local_name().as_ref(),
                        expected.operation
                    )));
                }
                Event::Text(text) if !is_blank(&text.xml10_content()) => return Err(no_text("a document")),
                Event::Eof => return Err(Error::Malformed("an empty body".to_owned())),
                _ => {}
            }
        }
    }

    /// Nothing comes after the root.
    fn end(&mut self) -> Result<(), Error> {
        loop {
            match self.reader.read_event().map_err(malformed)? {
                Event::Eof => return Ok(()),
                Event::Text(text) if is_blank(&text.xml10_content()) => {}
                Event::Comment(_) | Event::PI(_) => {}
                _ => return Err(Error::Malformed("something follows the answer".to_owned())),
            }
        }
    }

    /// The outermost structure, of which something has to be known if there is anything.
    fn outermost(&mut self, shape: ShapeId, start: &BytesStart<'_>) -> Result<Doc, Error> {
        let met = Met::default();
        let doc = self.structure(shape, start, 0, Some(&met))?;
        met.check()?;
        Ok(doc)
    }

    /// The next child element; `None` at the end of the parent.
    fn next_child(&mut self) -> Result<Option<BytesStart<'a>>, Error> {
        loop {
            match self.reader.read_event().map_err(malformed)? {
                Event::Start(start) => return Ok(Some(start)),
                Event::End(_) => return Ok(None),
                Event::Text(text) if is_blank(&text.xml10_content()) => {}
                Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) => return Err(no_text("a structure or list")),
                Event::Eof => return Err(Error::Malformed("the body ends inside an element".to_owned())),
                _ => {}
            }
        }
    }

    fn skip(&mut self, start: &BytesStart<'_>) -> Result<(), Error> {
        self.reader.read_to_end(start.name()).map(|_| ()).map_err(malformed)
    }

    /// The text up to the end of the current element: mostly one piece, which is borrowed from the body.
    fn text(&mut self) -> Result<Cow<'a, str>, Error> {
        let mut text = Cow::Borrowed("");
        loop {
            match self.reader.read_event().map_err(malformed)? {
                Event::Text(part) => append(&mut text, part.xml10_content()),
                Event::CData(part) => append(&mut text, part.xml10_content()),
                Event::GeneralRef(reference) => text.to_mut().push(resolve(&reference)?),
                Event::Start(start) => {
                    return Err(Error::Malformed(format!(
                        "{} stands where text is expected",
                        start.local_name().as_ref()
                    )));
                }
                Event::End(_) => return Ok(text),
                Event::Eof => return Err(Error::Malformed("the body ends inside an element".to_owned())),
                _ => {}
            }
        }
    }

    fn structure(
        &mut self,
        shape: ShapeId,
        start: &BytesStart<'_>,
        depth: usize,
        met: Option<&Met>,
    ) -> Result<Doc, Error> {
        if depth > DEEPEST {
            return Err(Error::Malformed(format!("nested deeper than {DEEPEST} levels")));
        }
        let service = self.service;
        let members = service.members(shape);
        let mut map = Map::with_capacity(members.len().min(16));
        self.attributes(members, start, &mut map)?;
        let mut finder = Finder::default();
        while let Some(child) = self.next_child()? {
            let name = child.local_name();
            let found = finder
                .find(members, |member| member.location.is_none() && element_name(service, member) == name.as_ref());
            let is_metadata = service.protocol == Protocol::Ec2 && name.as_ref() == EC2_METADATA;
            if let Some(met) = met.filter(|_| !is_metadata) {
                met.member(found.is_some());
            }
            match found {
                Some((member, _)) if is_flattened(service, member) => {
                    self.flattened(member, &child, &mut map, depth)?
                }
                Some((member, is_new)) => {
                    let value = self.member_value(member, &child, depth)?;
                    if !value.is_null() {
                        put(&mut map, member, value, is_new);
                    }
                }
                None => self.skip(&child)?,
            }
        }
        Ok(Doc::Map(map))
    }

    fn attributes(&self, members: &[Member], start: &BytesStart<'_>, map: &mut Map) -> Result<(), Error> {
        for member in members.iter().filter(|member| member.xml_attribute) {
            let local = |name: &str| name.rsplit(':').next().unwrap_or_default().to_owned();
            for attribute in start.attributes() {
                let attribute = attribute.map_err(malformed)?;
                let name: &str = attribute.key.as_ref();
                if local(name) == local(wire_name(member)) {
                    let value = quick_xml::escape::unescape(&attribute.value).map_err(malformed)?;
                    map.push(member.name.clone(), Doc::from(value.as_ref()));
                }
            }
        }
        Ok(())
    }

    fn member_value(&mut self, member: &Member, start: &BytesStart<'_>, depth: usize) -> Result<Doc, Error> {
        self.value(member.shape, start, depth + 1)
    }

    fn value(&mut self, shape: ShapeId, start: &BytesStart<'_>, depth: usize) -> Result<Doc, Error> {
        let service = self.service;
        match &service.shape(shape).kind {
            Kind::Structure(_) => self.structure(shape, start, depth, None),
            Kind::List { item, item_name, .. } => {
                let item_name = item_name.as_deref().unwrap_or("member");
                let mut items = Vec::new();
                while let Some(child) = self.next_child()? {
                    let found = child.local_name();
                    if found.as_ref() != item_name {
                        return Err(Error::Malformed(format!("{} is no {item_name}", found.as_ref())));
                    }
                    items.push(self.value(*item, &child, depth + 1)?);
                }
                Ok(Doc::List(items))
            }
            Kind::Map { .. } => {
                let mut map = Map::new();
                while self.next_child()?.is_some() {
                    self.entry(shape, &mut map, depth + 1)?;
                }
                Ok(Doc::Map(map))
            }
            scalar_kind => scalar(scalar_kind, &self.text()?),
        }
    }

    /// One item of a flattened list, or one entry of a flattened map.
    fn flattened(&mut self, member: &Member, start: &BytesStart<'_>, map: &mut Map, depth: usize) -> Result<(), Error> {
        let service = self.service;
        match &service.shape(member.shape).kind {
            Kind::List { item, .. } => {
                let value = self.value(*item, start, depth + 1)?;
                match map.get_mut(member.name.as_str()) {
                    Some(Doc::List(items)) => items.push(value),
                    _ => map.push(member.name.clone(), Doc::List(vec![value])),
                }
            }
            _ => {
                if map.get(member.name.as_str()).is_none() {
                    map.push(member.name.clone(), Doc::Map(Map::new()));
                }
                if let Some(Doc::Map(entries)) = map.get_mut(member.name.as_str()) {
                    self.entry(member.shape, entries, depth + 1)?;
                }
            }
        }
        Ok(())
    }

    /// One `<entry><key/><value/></entry>`; the entry's start has been read.
    fn entry(&mut self, shape: ShapeId, map: &mut Map, depth: usize) -> Result<(), Error> {
        let service = self.service;
        let Kind::Map { value, key_name, value_name, .. } = &service.shape(shape).kind else {
            return Err(Error::Malformed(format!("{} is not a map", service.shape(shape).name)));
        };
        let (key_name, value_name) = (key_name.as_deref().unwrap_or("key"), value_name.as_deref().unwrap_or("value"));
        let (mut key, mut found) = (None, Doc::Null);
        while let Some(child) = self.next_child()? {
            match child.local_name().as_ref() {
                name if name == key_name => key = Some(self.text()?),
                name if name == value_name => found = self.value(*value, &child, depth + 1)?,
                _ => self.skip(&child)?,
            }
        }
        let key = key.ok_or_else(|| Error::Malformed("a map entry has no key".to_owned()))?;
        map.insert(Key::new(&key), found);
        Ok(())
    }
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

fn no_text(expected: &str) -> Error {
    Error::Malformed(format!("text stands where {expected} is expected"))
}

fn append<'a>(text: &mut Cow<'a, str>, part: Cow<'a, str>) {
    if text.is_empty() {
        *text = part;
    } else {
        text.to_mut().push_str(&part);
    }
}

/// A character reference, or one of XML's five entities. There is no DTD, so there are no others.
pub(super) fn resolve(reference: &BytesRef<'_>) -> Result<char, Error> {
    if let Some(character) = reference.resolve_char_ref().map_err(malformed)? {
        return Ok(character);
    }
    match reference.xml10_content().as_ref() {
        "amp" => Ok('&'),
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "quot" => Ok('"'),
        "apos" => Ok('\''),
        other => Err(Error::Malformed(format!("unknown entity `{other}`"))),
    }
}
