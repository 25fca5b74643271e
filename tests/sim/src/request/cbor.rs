//! CBOR requests: values as they stand there.

use minicbor::Decoder;
use minicbor::data::Type;
use plumbline_baseline::{Doc, Key, Map};

/// A body as a document; an empty one is an empty input, and so is one that cannot be read.
pub(super) fn document(body: &[u8]) -> Doc {
    value(&mut Decoder::new(body)).unwrap_or_else(|| Doc::Map(Map::new()))
}

fn value(from: &mut Decoder<'_>) -> Option<Doc> {
    Some(match from.datatype().ok()? {
        Type::Map => {
            let length = from.map().ok()??;
            let mut map = Map::new();
            for _ in 0..length {
                let key = Key::new(from.str().ok()?);
                map.insert(key, value(from)?);
            }
            Doc::Map(map)
        }
        Type::Array => {
            let length = from.array().ok()??;
            Doc::List((0..length).map(|_| value(from)).collect::<Option<_>>()?)
        }
        Type::String => Doc::from(from.str().ok()?),
        Type::Bool => Doc::Bool(from.bool().ok()?),
        Type::F16 | Type::F32 | Type::F64 => Doc::Double(from.f64().ok()?),
        Type::Null => from.null().ok().map(|()| Doc::Null)?,
        Type::Tag => from.tag().ok().and_then(|_| value(from))?,
        _ => Doc::Int(from.i64().ok()?),
    })
}
