//! XML bodies straight into documents: one pass, driven by the shapes, no tree in between. Elements that the
//! descriptor does not know are skipped; entities and character references are resolved, nothing else is expanded.

use std::borrow::Cow;

use plumbline_baseline::api::{Kind, Member, Service, ShapeId};
use plumbline_baseline::{Doc, Key, Map};
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::reader::Reader;

use super::Error;
use super::members::{Finder, element_name, is_flattened, put, scalar, wire_name};
use super::timestamp::Format;

/// Structures deeper than this are refused: no AWS answer is, and recursion must end.
const DEEPEST: usize = 64;

/// Reads a `query` body: the output stands in a wrapper inside the root.
pub(super) fn read_wrapped(service: &Service, output: ShapeId, wrapper: &str, body: &[u8]) -> Result<Doc, Error> {
    let mut decoder = Decoder::new(service, body)?;
    decoder.root()?;
    let mut result = None;
    while let Some(start) = decoder.next_child()? {
        if start.local_name().as_ref() == wrapper {
            result = Some(decoder.structure(output, &start, 0)?);
        } else {
            decoder.skip(&start)?;
        }
    }
    // A document of somebody else (a proxy's page) has no member that is known: it must not read as an empty listing.
    result.ok_or_else(|| Error::Malformed(format!("there is no {wrapper}")))
}

/// Reads an `ec2` body: the output is the root, which is called after the operation.
pub(super) fn read_response(service: &Service, output: ShapeId, name: &str, body: &[u8]) -> Result<Doc, Error> {
    let mut decoder = Decoder::new(service, body)?;
    let root = decoder.root()?;
    let found = root.local_name();
    if found.as_ref().strip_suffix("Response") != Some(name) {
        return Err(Error::Malformed(format!("{} is no answer to {name}", found.as_ref())));
    }
    decoder.structure(output, &root, 0)
}

/// Reads a `rest-xml` body whose root element is the shape itself, whatever it is called.
pub(super) fn read_root(service: &Service, shape: ShapeId, body: &[u8]) -> Result<Doc, Error> {
    let mut decoder = Decoder::new(service, body)?;
    let root = decoder.root()?;
    decoder.structure(shape, &root, 0)
}

/// The text of the root element (S3's `GetBucketLocation`).
pub(super) fn read_root_text(service: &Service, body: &[u8]) -> Result<String, Error> {
    let mut decoder = Decoder::new(service, body)?;
    decoder.root()?;
    Ok(decoder.text()?.into_owned())
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

    /// The root element. An error element with a success status is no answer, and neither is a page for people.
    fn root(&mut self) -> Result<BytesStart<'a>, Error> {
        loop {
            match self.reader.read_event().map_err(malformed)? {
                Event::Start(start) if matches!(start.local_name().as_ref(), "Error" | "ErrorResponse") => {
                    return Err(Error::Malformed("an error with a success status".to_owned()));
                }
                Event::Start(start) if start.local_name().as_ref().eq_ignore_ascii_case("html") => {
                    return Err(Error::Malformed("a web page".to_owned()));
                }
                Event::Start(start) => return Ok(start),
                Event::Eof => return Err(Error::Malformed("an empty body".to_owned())),
                _ => {}
            }
        }
    }

    /// The next child element; `None` at the end of the parent.
    fn next_child(&mut self) -> Result<Option<BytesStart<'a>>, Error> {
        loop {
            match self.reader.read_event().map_err(malformed)? {
                Event::Start(start) => return Ok(Some(start)),
                Event::End(_) => return Ok(None),
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
                Event::Start(start) => self.skip(&start)?,
                Event::End(_) => return Ok(text),
                Event::Eof => return Err(Error::Malformed("the body ends inside an element".to_owned())),
                _ => {}
            }
        }
    }

    fn structure(&mut self, shape: ShapeId, start: &BytesStart<'_>, depth: usize) -> Result<Doc, Error> {
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
        let format = Format::of(member.timestamp_format.as_deref(), Format::Iso8601);
        self.value(member.shape, start, format, depth + 1)
    }

    fn value(&mut self, shape: ShapeId, start: &BytesStart<'_>, format: Format, depth: usize) -> Result<Doc, Error> {
        let service = self.service;
        match &service.shape(shape).kind {
            Kind::Structure(_) => self.structure(shape, start, depth),
            Kind::List { item, .. } => {
                let mut items = Vec::new();
                while let Some(child) = self.next_child()? {
                    items.push(self.value(*item, &child, format, depth + 1)?);
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
            scalar_kind => scalar(scalar_kind, format, &self.text()?),
        }
    }

    /// One item of a flattened list, or one entry of a flattened map.
    fn flattened(&mut self, member: &Member, start: &BytesStart<'_>, map: &mut Map, depth: usize) -> Result<(), Error> {
        let service = self.service;
        match &service.shape(member.shape).kind {
            Kind::List { item, .. } => {
                let value = self.value(*item, start, Format::Iso8601, depth + 1)?;
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
                name if name == value_name => found = self.value(*value, &child, Format::Iso8601, depth + 1)?,
                _ => self.skip(&child)?,
            }
        }
        let key = key.ok_or_else(|| Error::Malformed("a map entry has no key".to_owned()))?;
        map.insert(Key::new(&key), found);
        Ok(())
    }
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
