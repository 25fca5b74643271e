//! Digests of what the API says that an answer looks like: a member that a description did not have was not decoded, and
//! its absence says nothing. Names and order of members and values that are listed for text are no part of it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::definition::Digest;
use crate::api::{Kind, Service, ShapeId};
use crate::expr::Type;

/// The member that stands for all of them where nothing is known of them.
pub(super) const WHOLE: &str = "*";

/// The first-level members of a type, each with a digest of all that is below.
pub(super) fn members(kind: &Type) -> BTreeMap<String, u64> {
    match kind {
        Type::Object(object) => object.members.iter().map(|(name, kind)| (name.clone(), digest(kind))).collect(),
        Type::Structure(service, id) => {
            let members = service.members(*id).iter();
            members.map(|member| (member.name.as_str().to_owned(), of_shape(service, member.shape))).collect()
        }
        other => [(WHOLE.to_owned(), digest(other))].into(),
    }
}

fn digest(kind: &Type) -> u64 {
    let mut digest = Digest::new("type");
    add(&mut digest, kind);
    digest.finish()
}

fn add<'a>(digest: &'a mut Digest, kind: &Type) -> &'a mut Digest {
    match kind {
        Type::Any => digest.text("any"),
        Type::Bool => digest.text("boolean"),
        Type::Number => digest.text("number"),
        Type::String | Type::Enum(..) => digest.text("text"),
        Type::Policy => digest.text("policy"),
        Type::List(item) => add(digest.text("list"), item),
        Type::Map(value) => add(digest.text("map"), value),
        Type::Structure(service, id) => digest.text("structure").number(of_shape(service, *id)),
        Type::Object(object) => {
            digest.text("object").number(object.members.len() as u64);
            object.members.iter().fold(digest, |digest, (name, kind)| add(digest.text(name), kind))
        }
    }
}

/// A shape and all that it is made of: those in the order in which they are met, each once, so that one that is made of
/// itself ends.
fn of_shape(service: &Arc<Service>, id: ShapeId) -> u64 {
    let mut digest = Digest::new("shape");
    let (mut order, mut met) = (vec![id], HashMap::from([(id.0, 0_u64)]));
    let mut at = 0;
    while let Some(&id) = order.get(at) {
        let mut number = |id: ShapeId| {
            let next = met.len() as u64;
            *met.entry(id.0).or_insert_with(|| {
                order.push(id);
                next
            })
        };
        match &service.shape(id).kind {
            Kind::Structure(members) => {
                let mut members: Vec<_> = members.iter().map(|member| (member.name.as_str(), member.shape)).collect();
                members.sort_by_key(|(name, _)| *name);
                digest.text("structure").number(members.len() as u64);
                members.into_iter().fold(&mut digest, |digest, (name, shape)| digest.text(name).number(number(shape)))
            }
            Kind::List { item, .. } => digest.text("list").number(number(*item)),
            Kind::Map { value, .. } => digest.text("map").number(number(*value)),
            Kind::String(_) => digest.text("text"),
            Kind::Integer => digest.text("integer"),
            Kind::Double => digest.text("double"),
            Kind::Boolean => digest.text("boolean"),
            Kind::Timestamp => digest.text("timestamp"),
            Kind::Blob => digest.text("blob"),
            Kind::Document => digest.text("document"),
        };
        at += 1;
    }
    digest.finish()
}
