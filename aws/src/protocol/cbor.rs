//! `smithy-rpc-v2-cbor`: documents to CBOR, CBOR straight into documents, with the shapes as guide. The bytes are read
//! by `minicbor`; what may stand where is said here, and is what JSON bodies may say.
//! <https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html>

use aws_smithy_runtime_api::http::Headers;
use minicbor::data::{IanaTag, Tag, Type};
use minicbor::{Decoder, Encoder, decode, encode};
use plumbline_baseline::api::{Kind, Member, Operation, Service, ShapeId};
use plumbline_baseline::{Doc, Key, Map};

use super::members::{Finder, base64_text, put};
use super::proof::{CBOR, Met, is_cbor};
use super::timestamp;
use super::{Error, Request};

const CONTENT_TYPE: &str = "application/cbor";
/// No answer of AWS is this deep, and what is deeper must not end the process.
const DEEPEST: usize = 96;

/// Builds a request.
pub(super) fn request(service: &Service, name: &str, operation: &Operation, input: &Doc) -> Result<Request, Error> {
    let (protocol, value) = CBOR;
    let mut headers = vec![(protocol.to_owned(), value.to_owned()), ("accept".to_owned(), CONTENT_TYPE.to_owned())];
    if service.query_compatible {
        headers.push(("x-amzn-query-mode".to_owned(), "true".to_owned()));
    }
    let mut body = Vec::new();
    if let Some(shape) = operation.input {
        headers.push(("content-type".to_owned(), CONTENT_TYPE.to_owned()));
        let empty = Doc::Map(Map::new());
        let input = if input.is_null() { &empty } else { input };
        write(service, shape, "", input, &mut Encoder::new(&mut body))?;
    }
    let target = service.target_prefix.as_deref().unwrap_or_default();
    let path_and_query = format!("/service/{target}/operation/{name}");
    Ok(Request { method: "POST".to_owned(), path_and_query, headers, body, host_prefix: None })
}

type Written<'a> = Encoder<&'a mut Vec<u8>>;

fn write(service: &Service, shape: ShapeId, name: &str, value: &Doc, out: &mut Written<'_>) -> Result<(), Error> {
    let wrong = |expected| Error::WrongType { member: name.to_owned(), expected };
    match (&service.shape(shape).kind, value) {
        (Kind::Structure(members), Doc::Map(map)) => {
            let given: Vec<_> = map.iter().filter(|(_, value)| !value.is_null()).collect();
            out.map(given.len() as u64).map_err(refused)?;
            for (key, value) in given {
                let found = members.iter().find(|member| member.name == *key);
                let found = found.ok_or_else(|| Error::UnknownMember(key.as_str().to_owned()))?;
                out.str(key.as_str()).map_err(refused)?;
                write(service, found.shape, key.as_str(), value, out)?;
            }
            Ok(())
        }
        (Kind::List { item, .. }, Doc::List(items)) => {
            out.array(items.len() as u64).map_err(refused)?;
            items.iter().try_for_each(|value| write(service, *item, name, value, out))
        }
        (Kind::Map { value: item, .. }, Doc::Map(map)) => {
            out.map(map.iter().count() as u64).map_err(refused)?;
            map.iter().try_for_each(|(key, value)| {
                out.str(key.as_str()).map_err(refused)?;
                write(service, *item, name, value, out)
            })
        }
        (Kind::Timestamp, Doc::String(text)) => {
            let seconds = timestamp::to_epoch(text).ok_or_else(|| wrong("an ISO-8601 timestamp"))?;
            out.tag(IanaTag::Timestamp).and_then(|out| out.f64(seconds)).map(|_| ()).map_err(refused)
        }
        (Kind::Structure(_) | Kind::Map { .. }, _) => Err(wrong("a map")),
        (Kind::List { .. }, _) => Err(wrong("a list")),
        (_, Doc::String(text)) => out.str(text).map(|_| ()).map_err(refused),
        (_, Doc::Int(number)) => out.i64(*number).map(|_| ()).map_err(refused),
        (_, Doc::Double(number)) => out.f64(*number).map(|_| ()).map_err(refused),
        (_, Doc::Bool(value)) => out.bool(*value).map(|_| ()).map_err(refused),
        (_, _) => Err(wrong("text, a number or a boolean")),
    }
}

/// Writing to memory does not fail; should it, it is said.
fn refused(error: encode::Error<std::convert::Infallible>) -> Error {
    Error::Malformed(error.to_string())
}

/// Reads an answer. One that does not name the protocol is somebody else's.
pub(super) fn read(service: &Service, output: ShapeId, headers: &Headers, body: &[u8]) -> Result<Doc, Error> {
    if !is_cbor(headers) {
        return Err(Error::Malformed("it does not say that it is rpc-v2-cbor".to_owned()));
    }
    if service.members(output).is_empty() && body.is_empty() {
        return Ok(Doc::Map(Map::new()));
    }
    let met = Met::default();
    let mut decoder = Decoder::new(body);
    let doc = Reader { service, met: Some(&met), depth: 0 }.value(Some(output), &mut decoder)?;
    if decoder.position() != body.len() {
        return Err(Error::Malformed("bytes after the answer's end".to_owned()));
    }
    met.check()?;
    if doc.is_null() { Err(Error::Malformed("null is no answer".to_owned())) } else { Ok(doc) }
}

/// Reads values as shapes; without a shape, as they are.
#[derive(Clone, Copy)]
struct Reader<'a> {
    service: &'a Service,
    /// Where the outermost structure notes its members.
    met: Option<&'a Met>,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn value(self, shape: Option<ShapeId>, from: &mut Decoder<'_>) -> Result<Doc, Error> {
        if self.depth > DEEPEST {
            return Err(Error::Malformed("it is too deep".to_owned()));
        }
        let kind = shape.map(|id| &self.service.shape(id).kind);
        let found = from.datatype().map_err(malformed)?;
        match (found, kind) {
            (Type::Null | Type::Undefined, _) => from.skip().map(|()| Doc::Null).map_err(malformed),
            (Type::Map | Type::MapIndef, Some(Kind::Structure(members))) => self.structure(members, from),
            (Type::Map | Type::MapIndef, Some(Kind::Map { value, .. })) => self.entries(Some(*value), from),
            (Type::Map | Type::MapIndef, None | Some(Kind::Document)) => self.entries(None, from),
            (Type::Array | Type::ArrayIndef, Some(Kind::List { item, .. })) => self.items(Some(*item), from),
            (Type::Array | Type::ArrayIndef, None | Some(Kind::Document)) => self.items(None, from),
            (Type::String | Type::StringIndef, Some(Kind::String(_) | Kind::Document) | None) => {
                text(from).map(|text| Doc::from(text.as_str()))
            }
            (Type::Bytes | Type::BytesIndef, Some(Kind::Blob | Kind::Document) | None) => bytes(from),
            (Type::Bool, Some(Kind::Boolean | Kind::Document) | None) => from.bool().map(Doc::Bool).map_err(malformed),
            (Type::Tag, Some(Kind::Timestamp | Kind::Document) | None) => {
                let tag = from.tag().map_err(malformed)?;
                if tag != Tag::from(IanaTag::Timestamp) {
                    return Err(Error::Malformed(format!("a value of the kind {tag}, which is no time")));
                }
                let seconds = number(from)?.seconds();
                timestamp::from_epoch(seconds).map(Doc::from).ok_or_else(|| Error::Malformed("no time".to_owned()))
            }
            (found, kind) if is_number(found) => {
                let number = number(from)?;
                number.of(kind).ok_or_else(|| Error::Malformed(format!("{number:?} where a {} is", self.name(shape))))
            }
            (found, _) => Err(Error::Malformed(format!("a value of type {found} where a {} is", self.name(shape)))),
        }
    }

    fn name(self, shape: Option<ShapeId>) -> &'a str {
        shape.map_or("value", |id| self.service.shape(id).name.as_str())
    }

    fn inner(self) -> Self {
        Self { met: None, depth: self.depth + 1, ..self }
    }

    fn structure(self, members: &[Member], from: &mut Decoder<'_>) -> Result<Doc, Error> {
        let mut map = Map::with_capacity(members.len().min(16));
        let mut finder = Finder::default();
        let length = from.map().map_err(malformed)?;
        each(length, from, |from| {
            let key = text(from)?;
            let found = finder.find(members, |member| member.name.as_str() == key);
            if let Some(met) = self.met {
                met.member(found.is_some());
            }
            let Some((member, is_new)) = found else { return from.skip().map_err(malformed) };
            let value = self.inner().value(Some(member.shape), from)?;
            if !value.is_null() {
                put(&mut map, member, value, is_new);
            }
            Ok(())
        })?;
        Ok(Doc::Map(map))
    }

    fn entries(self, shape: Option<ShapeId>, from: &mut Decoder<'_>) -> Result<Doc, Error> {
        let mut map = Map::new();
        let length = from.map().map_err(malformed)?;
        each(length, from, |from| {
            let key = text(from)?;
            map.insert(Key::new(&key), self.inner().value(shape, from)?);
            Ok(())
        })?;
        Ok(Doc::Map(map))
    }

    fn items(self, shape: Option<ShapeId>, from: &mut Decoder<'_>) -> Result<Doc, Error> {
        let mut items = Vec::new();
        let length = from.array().map_err(malformed)?;
        each(length, from, |from| {
            let value = self.inner().value(shape, from)?;
            if shape.is_some() && value.is_null() {
                return Err(Error::Malformed("null as an item of a list".to_owned()));
            }
            items.push(value);
            Ok(())
        })?;
        Ok(Doc::List(items))
    }
}

/// Reads this many things, or until the break.
fn each<'b>(
    length: Option<u64>,
    from: &mut Decoder<'b>,
    mut read: impl FnMut(&mut Decoder<'b>) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut left = length;
    loop {
        match &mut left {
            Some(0) => return Ok(()),
            Some(left) => *left -= 1,
            None if from.datatype().map_err(malformed)? == Type::Break => {
                from.set_position(from.position() + 1);
                return Ok(());
            }
            None => {}
        }
        read(from)?;
    }
}

/// Text, whole or in chunks.
fn text(from: &mut Decoder<'_>) -> Result<String, Error> {
    from.str_iter().map_err(malformed)?.collect::<Result<String, _>>().map_err(malformed)
}

fn bytes(from: &mut Decoder<'_>) -> Result<Doc, Error> {
    let chunks: Vec<&[u8]> = from.bytes_iter().map_err(malformed)?.collect::<Result<_, _>>().map_err(malformed)?;
    Ok(base64_text(&chunks.concat()))
}

/// A number as it stands there.
#[derive(Clone, Copy, Debug)]
enum Number {
    Whole(i64),
    Fraction(f64),
}

impl Number {
    fn seconds(self) -> f64 {
        match self {
            Self::Whole(number) => number as f64,
            Self::Fraction(number) => number,
        }
    }

    /// The number as a value of a kind, if it is one.
    fn of(self, kind: Option<&Kind>) -> Option<Doc> {
        match (self, kind) {
            (number, Some(Kind::Timestamp)) => timestamp::from_epoch(number.seconds()).map(Doc::from),
            (number, Some(Kind::Double)) => Some(double(number.seconds())),
            (Self::Whole(number), None | Some(Kind::Integer | Kind::Document)) => Some(Doc::Int(number)),
            (Self::Fraction(number), None | Some(Kind::Document)) => Some(double(number)),
            (Self::Fraction(number), Some(Kind::Integer)) if number.fract() == 0.0 && number.abs() < 9e15 => {
                Some(Doc::Int(number as i64))
            }
            _ => None,
        }
    }
}

/// What JSON has no number for is text in documents.
fn double(number: f64) -> Doc {
    if number.is_nan() {
        Doc::from("NaN")
    } else if number.is_infinite() {
        Doc::from(if number > 0.0 { "Infinity" } else { "-Infinity" })
    } else {
        Doc::Double(number)
    }
}

fn is_number(found: Type) -> bool {
    use Type::{F16, F32, F64, I8, I16, I32, I64, Int, U8, U16, U32, U64};
    matches!(found, U8 | U16 | U32 | U64 | I8 | I16 | I32 | I64 | Int | F16 | F32 | F64)
}

fn number(from: &mut Decoder<'_>) -> Result<Number, Error> {
    match from.datatype().map_err(malformed)? {
        Type::F16 | Type::F32 | Type::F64 => from.f64().map(Number::Fraction).map_err(malformed),
        _ => {
            let whole = i128::from(from.int().map_err(malformed)?);
            i64::try_from(whole).map(Number::Whole).map_err(|_| Error::Malformed(format!("{whole} is too large")))
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
fn malformed(error: decode::Error) -> Error {
    Error::Malformed(format!("not CBOR: {error}"))
}

/// The code and the message of an error answer, as far as it can be read.
pub(super) fn error(body: &[u8]) -> (Option<String>, Option<String>) {
    let (mut code, mut message) = (None, None);
    let mut from = Decoder::new(body);
    let Ok(length) = from.map() else { return (code, message) };
    // What cannot be read ends the search, and takes nothing from what was found.
    let _ = each(length, &mut from, |from| {
        let key = text(from)?;
        let is_text = matches!(from.datatype().map_err(malformed)?, Type::String | Type::StringIndef);
        match key.as_str() {
            "__type" if is_text => code = Some(text(from)?),
            "message" | "Message" if is_text => message = Some(text(from)?),
            _ => from.skip().map_err(malformed)?,
        }
        Ok(())
    });
    (code, message)
}

#[cfg(test)]
mod tests;
