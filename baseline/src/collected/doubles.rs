//! Numbers with a fraction, in documents that are written with whole numbers as integers: a double that happens to be
//! whole divides as a double does. What the API describes as one is made one again.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::api::{Kind, Service, ShapeId};
use crate::doc::Doc;
use crate::expr::Type;

/// How deep structures are followed; shapes that are made of themselves have no end.
const DEEPEST: usize = 8;

/// Where the doubles of a type are.
#[derive(Clone, Debug, Default)]
pub struct Doubles {
    is_double: bool,
    members: BTreeMap<String, Doubles>,
    /// Of the items of a list, or the values of a map.
    items: Option<Box<Doubles>>,
}

impl Doubles {
    /// Where a type has some.
    pub fn of(kind: &Type) -> Self {
        Self::below(kind, DEEPEST)
    }

    fn below(kind: &Type, depth: usize) -> Self {
        match kind {
            Type::Structure(service, id) => Self::of_shape(service, *id, depth),
            Type::List(item) | Type::Map(item) => Self::of_items(Self::below(item, depth)),
            Type::Object(object) => {
                Self::of_members(object.members.iter().map(|(name, kind)| (name.clone(), Self::below(kind, depth))))
            }
            Type::Any | Type::Bool | Type::Number | Type::String | Type::Enum(..) | Type::Policy => Self::default(),
        }
    }

    fn of_shape(service: &Arc<Service>, id: ShapeId, depth: usize) -> Self {
        let Some(depth) = depth.checked_sub(1) else { return Self::default() };
        match &service.shape(id).kind {
            Kind::Double => Self { is_double: true, ..Self::default() },
            Kind::Structure(members) => Self::of_members(
                members
                    .iter()
                    .map(|member| (member.name.as_str().to_owned(), Self::of_shape(service, member.shape, depth))),
            ),
            Kind::List { item, .. } => Self::of_items(Self::of_shape(service, *item, depth)),
            Kind::Map { value, .. } => Self::of_items(Self::of_shape(service, *value, depth)),
            Kind::String(_) | Kind::Integer | Kind::Boolean | Kind::Timestamp | Kind::Blob | Kind::Document => {
                Self::default()
            }
        }
    }

    fn of_members(members: impl Iterator<Item = (String, Self)>) -> Self {
        Self { members: members.filter(|(_, below)| !below.are_none()).collect(), ..Self::default() }
    }

    fn of_items(below: Self) -> Self {
        Self { items: (!below.are_none()).then(|| Box::new(below)), ..Self::default() }
    }

    /// Whether there is none.
    pub fn are_none(&self) -> bool {
        !self.is_double && self.members.is_empty() && self.items.is_none()
    }

    /// Makes them doubles again.
    pub fn restore(&self, doc: &mut Doc) {
        match doc {
            Doc::Int(number) if self.is_double => *doc = Doc::Double(*number as f64),
            Doc::List(items) => {
                if let Some(below) = &self.items {
                    items.iter_mut().for_each(|item| below.restore(item));
                }
            }
            Doc::Map(members) => match &self.items {
                Some(below) => members.iter_mut().for_each(|(_, value)| below.restore(value)),
                None => {
                    for (name, below) in &self.members {
                        members.get_mut(name).into_iter().for_each(|value| below.restore(value));
                    }
                }
            },
            _ => {}
        }
    }
}
