//! The JSON protocols: documents to bodies, bodies straight into documents through serde_json's streaming reader, with
//! the shapes as guide and no generic tree in between.

use std::fmt;

use plumbline_baseline::api::{Kind, Member, Operation, Service, ShapeId};
use plumbline_baseline::{Doc, Key, Map};
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor};

use super::members::{Finder, put, wire_name};
use super::proof::Met;
use super::timestamp::{self, Format};
use super::{Error, Request};

/// Builds a `json` request.
pub(super) fn request(service: &Service, name: &str, operation: &Operation, input: &Doc) -> Result<Request, Error> {
    let version = service.json_version.as_deref().unwrap_or("1.0");
    let target = format!("{}.{name}", service.target_prefix.as_deref().unwrap_or_default());
    let mut headers = vec![
        ("content-type".to_owned(), format!("application/x-amz-json-{version}")),
        ("x-amz-target".to_owned(), target),
    ];
    if service.query_compatible {
        headers.push(("x-amzn-query-mode".to_owned(), "true".to_owned()));
    }
    let body = match (operation.input, input) {
        (Some(shape), Doc::Map(_)) => body(service, shape, input, |_| true)?,
        _ => b"{}".to_vec(),
    };
    Ok(Request { method: "POST".to_owned(), path_and_query: "/".to_owned(), headers, body, host_prefix: None })
}

/// A structure as a JSON body, with the members that `takes` accepts.
pub(super) fn body(
    service: &Service,
    shape: ShapeId,
    input: &Doc,
    takes: impl Fn(&Member) -> bool,
) -> Result<Vec<u8>, Error> {
    let mut object = serde_json::Map::new();
    for member in service.members(shape).iter().filter(|member| takes(member)) {
        let value = input.get(member.name.as_str());
        if !value.is_null() {
            object.insert(wire_name(member).to_owned(), value_out(service, member.shape, Some(member), value)?);
        }
    }
    serde_json::to_vec(&object).map_err(|error| Error::Malformed(error.to_string()))
}

fn value_out(
    service: &Service,
    shape: ShapeId,
    member: Option<&Member>,
    value: &Doc,
) -> Result<serde_json::Value, Error> {
    let name = || member.map_or_else(String::new, |member| member.name.as_str().to_owned());
    let wrong = |expected| Error::WrongType { member: name(), expected };
    Ok(match (&service.shape(shape).kind, value) {
        (Kind::Structure(members), Doc::Map(map)) => {
            let mut object = serde_json::Map::new();
            for (key, item) in map.iter() {
                let found = members.iter().find(|member| member.name == *key);
                let found = found.ok_or_else(|| Error::UnknownMember(key.as_str().to_owned()))?;
                object.insert(wire_name(found).to_owned(), value_out(service, found.shape, Some(found), item)?);
            }
            object.into()
        }
        (Kind::List { item, .. }, Doc::List(items)) => {
            let items: Result<Vec<_>, _> = items.iter().map(|value| value_out(service, *item, member, value)).collect();
            items?.into()
        }
        (Kind::Map { value: item, .. }, Doc::Map(map)) => {
            let entries =
                map.iter().map(|(key, value)| Ok((key.as_str().to_owned(), value_out(service, *item, member, value)?)));
            entries.collect::<Result<serde_json::Map<_, _>, Error>>()?.into()
        }
        (Kind::Timestamp, Doc::String(text)) => {
            let format = Format::of(member.and_then(|member| member.timestamp_format.as_deref()), Format::Unix);
            match format {
                Format::Unix => timestamp::to_epoch(text).ok_or_else(|| wrong("an ISO-8601 timestamp"))?.into(),
                Format::Iso8601 | Format::Rfc822 => text.to_string().into(),
            }
        }
        (Kind::Structure(_), _) => return Err(wrong("a map")),
        (Kind::List { .. }, _) => return Err(wrong("a list")),
        (Kind::Map { .. }, _) => return Err(wrong("a map")),
        (_, value) => serde_json::to_value(value).map_err(|error| Error::Malformed(error.to_string()))?,
    })
}

/// Reads a JSON body. AWS's own clients take an empty body for an empty document; to a scanner it would be the proof
/// that there is nothing, so it is refused where the operation has something to say.
pub(super) fn read(service: &Service, output: ShapeId, body: &[u8]) -> Result<Doc, Error> {
    if service.members(output).is_empty() && body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Doc::Map(Map::new()));
    }
    let malformed = |error: serde_json::Error| Error::Malformed(error.to_string());
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let met = Met::default();
    let seed = Seed { service, shape: Some(output), met: Some(&met) };
    let doc = seed.deserialize(&mut deserializer).map_err(malformed)?;
    deserializer.end().map_err(malformed)?;
    met.check()?;
    if doc.is_null() { Err(Error::Malformed("null is no answer".to_owned())) } else { Ok(doc) }
}

/// Reads one value as a shape; free-form JSON where there is none.
#[derive(Clone, Copy)]
struct Seed<'a> {
    service: &'a Service,
    shape: Option<ShapeId>,
    /// Where the outermost structure notes its members.
    met: Option<&'a Met>,
}

impl<'a> Seed<'a> {
    fn kind(&self) -> Option<&'a Kind> {
        self.shape.map(|id| &self.service.shape(id).kind)
    }

    fn for_shape(&self, shape: Option<ShapeId>) -> Self {
        Self { service: self.service, shape, met: None }
    }

    /// Refuses a value that is not of the shape's kind: an answer of somebody else must not read as an empty one, nor
    /// one kind of value as another.
    fn of_kind<E: serde::de::Error>(
        &self,
        fits: impl Fn(&Kind) -> bool,
        found: Unexpected<'_>,
        value: Doc,
    ) -> Result<Doc, E> {
        match self.kind() {
            Some(kind) if !matches!(kind, Kind::Document) && !fits(kind) => Err(E::invalid_type(found, self)),
            _ => Ok(value),
        }
    }

    fn number<E: serde::de::Error>(&self, seconds: f64, whole: Option<i64>, found: Unexpected<'_>) -> Result<Doc, E> {
        let plain = whole.map_or(Doc::Double(seconds), Doc::Int);
        let value = match self.kind() {
            Some(Kind::Timestamp) => timestamp::from_epoch(seconds).map_or(plain, Doc::from),
            Some(Kind::Double) => Doc::Double(seconds),
            _ => plain,
        };
        let is_number = |kind: &Kind| match kind {
            Kind::Integer => whole.is_some(),
            Kind::Double | Kind::Timestamp => true,
            _ => false,
        };
        self.of_kind(is_number, found, value)
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Doc;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Doc, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Doc;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.shape {
            Some(id) => write!(f, "a {}", self.service.shape(id).name),
            None => f.write_str("a JSON value"),
        }
    }

    fn visit_unit<E>(self) -> Result<Doc, E> {
        Ok(Doc::Null)
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Doc, E> {
        self.of_kind(|kind| matches!(kind, Kind::Boolean), Unexpected::Bool(value), Doc::Bool(value))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Doc, E> {
        self.number(value as f64, Some(value), Unexpected::Signed(value))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Doc, E> {
        self.number(value as f64, i64::try_from(value).ok(), Unexpected::Unsigned(value))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Doc, E> {
        let is_whole = matches!(self.kind(), Some(Kind::Integer)) && value.fract() == 0.0 && value.abs() < 9e15;
        self.number(value, is_whole.then_some(value as i64), Unexpected::Float(value))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Doc, E> {
        if let Some(Kind::Timestamp) = self.kind()
            && let Some(iso) = timestamp::to_iso(value)
        {
            return Ok(Doc::from(iso));
        }
        let is_text = |kind: &Kind| match kind {
            // A time that cannot be read stays text: it concerns the control that needs it, not the whole answer.
            Kind::String(_) | Kind::Blob | Kind::Timestamp => true,
            Kind::Double => matches!(value, "NaN" | "Infinity" | "-Infinity"),
            _ => false,
        };
        self.of_kind(is_text, Unexpected::Str(value), Doc::from(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Doc, A::Error> {
        let item = match self.kind() {
            Some(Kind::List { item, .. }) => Some(*item),
            None | Some(Kind::Document) => None,
            Some(_) => return Err(A::Error::invalid_type(Unexpected::Seq, &self)),
        };
        let mut items = Vec::new();
        while let Some(value) = sequence.next_element_seed(self.for_shape(item))? {
            if item.is_some() && value.is_null() {
                return Err(A::Error::invalid_type(Unexpected::Unit, &self));
            }
            items.push(value);
        }
        Ok(Doc::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Doc, A::Error> {
        let members = match self.kind() {
            Some(Kind::Structure(members)) => members.as_slice(),
            Some(Kind::Map { value, .. }) => return entries(self.for_shape(Some(*value)), access),
            None | Some(Kind::Document) => return entries(self.for_shape(None), access),
            Some(_) => return Err(A::Error::invalid_type(Unexpected::Map, &self)),
        };
        let mut map = Map::with_capacity(members.len().min(16));
        let mut finder = Finder::default();
        while let Some(found) = access.next_key_seed(MemberName { members, finder: &mut finder })? {
            if let Some(met) = self.met {
                met.member(found.is_some());
            }
            let Some((member, is_new)) = found else {
                access.next_value::<IgnoredAny>()?;
                continue;
            };
            let value = access.next_value_seed(self.for_shape(Some(member.shape)))?;
            if !value.is_null() {
                put(&mut map, member, value, is_new);
            }
        }
        Ok(Doc::Map(map))
    }
}

fn entries<'de, A: MapAccess<'de>>(seed: Seed<'_>, mut access: A) -> Result<Doc, A::Error> {
    let mut map = Map::new();
    while let Some(key) = access.next_key::<String>()? {
        map.insert(Key::new(&key), access.next_value_seed(seed)?);
    }
    Ok(Doc::Map(map))
}

/// Finds a structure's member by the key that is read, without allocating the key.
struct MemberName<'a, 'c> {
    members: &'a [Member],
    finder: &'c mut Finder,
}

impl<'de, 'a> DeserializeSeed<'de> for MemberName<'a, '_> {
    type Value = Option<(&'a Member, bool)>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'a> Visitor<'_> for MemberName<'a, '_> {
    type Value = Option<(&'a Member, bool)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.finder.find(self.members, |member| member.location.is_none() && wire_name(member) == name))
    }
}
