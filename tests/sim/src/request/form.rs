//! Form-encoded requests (`query` and `ec2`): dotted parameter names to input members.
//!
//! Tolerant on purpose: a list is whatever has numbered children, wrapped in a name or not, so that no detail of a
//! client's serializer is repeated here.

use std::collections::BTreeMap;

use hyper::body::Bytes;
use hyper::http::request::Parts;
use percent_encoding::percent_decode_str;
use plumbline_baseline::api::{Kind, Member, Service, ShapeId};
use plumbline_baseline::{Doc, Key, Map};

/// Parameters by the parts of their dotted names.
#[derive(Debug, Default)]
pub(crate) struct Form {
    value: Option<String>,
    children: BTreeMap<String, Form>,
}

/// The parameters of the query string and the body.
pub(super) fn parse(parts: &Parts, body: &Bytes) -> Form {
    let mut form = Form::default();
    let body = String::from_utf8_lossy(body);
    for pair in parts.uri.query().unwrap_or_default().split('&').chain(body.split('&')) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = decode(name);
        let node = name.split('.').fold(&mut form, |node, part| node.children.entry(part.to_owned()).or_default());
        node.value = Some(decode(value));
    }
    form
}

/// Decodes percent escapes and `+`.
pub(super) fn decode(text: &str) -> String {
    unescape(&text.replace('+', " "))
}

/// Decodes percent escapes.
pub(super) fn unescape(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

impl Form {
    /// A parameter; empty when absent.
    pub(super) fn text(&self, name: &str) -> String {
        self.children.get(name).and_then(|node| node.value.clone()).unwrap_or_default()
    }

    /// The parameters without dots in their names, as text.
    pub(super) fn flat(&self) -> Doc {
        let texts = self.children.iter().filter_map(|(name, node)| Some((Key::new(name), node.value.clone()?.into())));
        Doc::Map(texts.collect())
    }

    /// The input of an operation.
    pub(super) fn input(&self, service: &Service, shape: Option<ShapeId>) -> Doc {
        shape.map_or_else(|| Doc::Map(Map::new()), |shape| self.decode(service, shape))
    }

    fn decode(&self, service: &Service, shape: ShapeId) -> Doc {
        let text = || self.value.clone().unwrap_or_default();
        match &service.shape(shape).kind {
            Kind::Structure(members) => {
                let present = members.iter().filter_map(|member| {
                    let node = self.child(member)?;
                    Some((member.name.clone(), node.decode(service, member.shape)))
                });
                Doc::Map(present.collect())
            }
            Kind::List { item, .. } => {
                Doc::List(self.items().into_iter().map(|node| node.decode(service, *item)).collect())
            }
            Kind::Map { value, .. } => {
                let entries = self.items().into_iter().filter_map(|node| {
                    let key = node.children.get("key").or_else(|| node.children.get("Name"))?.value.clone()?;
                    let value_node = node.children.get("value").or_else(|| node.children.get("Value"))?;
                    Some((Key::new(&key), value_node.decode(service, *value)))
                });
                Doc::Map(entries.collect())
            }
            Kind::Integer => text().parse().map_or(Doc::Null, Doc::Int),
            Kind::Double => text().parse().map_or(Doc::Null, Doc::Double),
            Kind::Boolean => Doc::Bool(text() == "true"),
            _ => Doc::from(text()),
        }
    }

    fn child(&self, member: &Member) -> Option<&Form> {
        let wire = member.wire_name.as_deref().unwrap_or(member.name.as_str());
        let capital = wire.chars().take(1).flat_map(char::to_uppercase).chain(wire.chars().skip(1)).collect::<String>();
        let names = [member.query_name.as_deref().unwrap_or(wire), &capital, wire, member.name.as_str()];
        names.iter().find_map(|name| self.children.get(*name))
    }

    /// The numbered children in order, through one level of wrapping (`Names.member.1`).
    fn items(&self) -> Vec<&Form> {
        let number = |name: &String| name.parse::<u32>().ok();
        let node = match self.children.iter().next() {
            Some((name, only)) if self.children.len() == 1 && number(name).is_none() => only,
            _ => self,
        };
        let mut items: Vec<(u32, &Form)> =
            node.children.iter().filter_map(|(name, child)| Some((number(name)?, child))).collect();
        items.sort_by_key(|(number, _)| *number);
        items.into_iter().map(|(_, child)| child).collect()
    }
}
