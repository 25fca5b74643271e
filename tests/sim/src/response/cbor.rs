//! CBOR bodies: members under their names, timestamps as tagged seconds, blobs as bytes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use minicbor::Encoder;
use minicbor::data::IanaTag;
use plumbline_baseline::Doc;
use plumbline_baseline::api::{Kind, Service, ShapeId};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// What writing to memory cannot say.
type Written = Result<(), minicbor::encode::Error<std::convert::Infallible>>;
type Out<'a> = Encoder<&'a mut Vec<u8>>;

/// The body of an output.
pub(super) fn result(service: &Service, shape: Option<ShapeId>, output: &Doc) -> Vec<u8> {
    let mut body = Vec::new();
    value(service, shape, output, &mut Encoder::new(&mut body)).expect("writing to memory does not fail");
    body
}

/// The body of an error.
pub(super) fn error(code: &str, message: &str) -> Vec<u8> {
    let mut body = Vec::new();
    let mut out = Encoder::new(&mut body);
    let written = out.map(2).and_then(|out| out.str("__type")?.str(code)?.str("message")?.str(message));
    written.expect("writing to memory does not fail");
    body
}

fn value(service: &Service, shape: Option<ShapeId>, doc: &Doc, out: &mut Out<'_>) -> Written {
    let kind = shape.map(|id| &service.shape(id).kind);
    match (kind, doc) {
        // Of unknown length, as AWS sends what it does not know the length of when it begins.
        (Some(Kind::Structure(members)), Doc::Map(_)) => {
            out.begin_map()?;
            for member in members {
                let value_of = doc.get(member.name.as_str());
                if !value_of.is_null() {
                    out.str(member.name.as_str())?;
                    value(service, Some(member.shape), value_of, out)?;
                }
            }
            out.end()?;
        }
        (kind, Doc::Map(entries)) => {
            let of = match kind {
                Some(Kind::Map { value, .. }) => Some(*value),
                _ => None,
            };
            out.map(entries.len() as u64)?;
            for (key, entry) in entries.iter() {
                out.str(key.as_str())?;
                value(service, of, entry, out)?;
            }
        }
        (kind, Doc::List(items)) => {
            let of = match kind {
                Some(Kind::List { item, .. }) => Some(*item),
                _ => None,
            };
            out.array(items.len() as u64)?;
            items.iter().try_for_each(|item| value(service, of, item, out))?;
        }
        (Some(Kind::Timestamp), Doc::String(text)) => match OffsetDateTime::parse(text, &Rfc3339) {
            Ok(moment) => {
                let seconds = moment.unix_timestamp() as f64 + f64::from(moment.millisecond()) / 1000.0;
                out.tag(IanaTag::Timestamp)?.f64(seconds)?;
            }
            Err(_) => drop_ok(out.str(text)?),
        },
        (Some(Kind::Blob), Doc::String(text)) => drop_ok(out.bytes(&STANDARD.decode(&**text).unwrap_or_default())?),
        (Some(Kind::Double), Doc::Int(number)) => drop_ok(out.f64(*number as f64)?),
        (_, Doc::String(text)) => drop_ok(out.str(text)?),
        (_, Doc::Int(number)) => drop_ok(out.i64(*number)?),
        (_, Doc::Double(number)) => drop_ok(out.f64(*number)?),
        (_, Doc::Bool(is_true)) => drop_ok(out.bool(*is_true)?),
        (_, Doc::Null | Doc::Unread(_)) => drop_ok(out.null()?),
    }
    Ok(())
}

/// The encoder that an encoder gives back.
fn drop_ok(_: &mut Out<'_>) {}
