//! REST requests: method and URI templates to an operation, and labels, query, headers and body to its input.

use hyper::body::Bytes;
use hyper::http::request::Parts;
use plumbline_baseline::api::{Kind, Location, Member, Operation, Protocol, Service};
use plumbline_baseline::{Doc, Map};

use super::form;

/// The operation whose template fits best, and its input.
pub(super) fn operation(service: &Service, parts: &Parts, body: &Bytes) -> Option<(String, Doc)> {
    let (name, operation, labels, _) = service
        .operations
        .iter()
        .filter_map(|(name, operation)| {
            let (labels, weight) = fits(operation, parts)?;
            Some((name, operation, labels, weight))
        })
        .max_by_key(|(_, _, _, weight)| *weight)?;
    Some((name.clone(), input(service, operation, parts, &labels, body)))
}

/// The labels when a request fits an operation's template, and how exactly it does.
fn fits(operation: &Operation, parts: &Parts) -> Option<(Vec<(String, String)>, usize)> {
    if operation.method != parts.method.as_str() {
        return None;
    }
    let (path, query) = operation.uri.split_once('?').unwrap_or((&operation.uri, ""));
    let mut weight = 0;
    for wanted in query.split('&').filter(|wanted| !wanted.is_empty()) {
        let (name, value) = wanted.split_once('=').unwrap_or((wanted, ""));
        let found = query_pairs(parts).any(|(n, v)| n == name && (value.is_empty() || v == value));
        if !found {
            return None;
        }
        weight += 10;
    }
    let (labels, literals) = fit_path(path, parts.uri.path())?;
    Some((labels, weight + literals))
}

fn fit_path(template: &str, path: &str) -> Option<(Vec<(String, String)>, usize)> {
    let mut labels = Vec::new();
    let mut literals = 0;
    let split = |text: &str| text.trim_matches('/').split('/').map(str::to_owned).collect::<Vec<_>>();
    let (wanted, actual) = (split(template), split(path));
    for (index, part) in wanted.iter().enumerate() {
        let given = actual.get(index).filter(|given| !given.is_empty());
        match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(name) if name.ends_with('+') => {
                let rest = actual.get(index..)?.join("/");
                labels.push((name.trim_end_matches('+').to_owned(), form::unescape(&rest)));
                return Some((labels, literals));
            }
            Some(name) => labels.push((name.to_owned(), form::unescape(given?))),
            None if actual.get(index) == Some(part) => literals += 1,
            None => return None,
        }
    }
    (wanted.len() == actual.len()).then_some((labels, literals))
}

fn query_pairs(parts: &Parts) -> impl Iterator<Item = (String, String)> + '_ {
    let pairs = parts.uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (form::decode(name), form::decode(value))
    })
}

fn input(service: &Service, operation: &Operation, parts: &Parts, labels: &[(String, String)], body: &Bytes) -> Doc {
    let mut input = Map::new();
    let Some(shape) = operation.input else { return Doc::Map(input) };
    let body = if service.protocol == Protocol::RestJson { super::json(body) } else { Doc::Null };
    for member in service.members(shape) {
        let wire = member.wire_name.as_deref().unwrap_or(member.name.as_str());
        let value = match member.location {
            Some(Location::Uri) => text(labels.iter().find(|(name, _)| name == wire).map(|(_, value)| value.clone())),
            Some(Location::Querystring) => query(service, member, wire, parts),
            Some(Location::Header) => {
                text(parts.headers.get(wire).and_then(|value| value.to_str().ok()).map(str::to_owned))
            }
            Some(Location::Headers | Location::StatusCode) => Doc::Null,
            None => body.get(wire).clone(),
        };
        if !value.is_null() {
            input.push(member.name.clone(), value);
        }
    }
    Doc::Map(input)
}

fn query(service: &Service, member: &Member, wire: &str, parts: &Parts) -> Doc {
    let mut values = query_pairs(parts).filter(|(name, _)| name == wire).map(|(_, value)| value);
    match &service.shape(member.shape).kind {
        Kind::List { .. } => {
            let items: Vec<Doc> = values.map(Doc::from).collect();
            if items.is_empty() { Doc::Null } else { Doc::List(items) }
        }
        Kind::Integer => values.next().and_then(|value| value.parse().ok()).map_or(Doc::Null, Doc::Int),
        Kind::Boolean => values.next().map_or(Doc::Null, |value| Doc::Bool(value == "true")),
        _ => text(values.next()),
    }
}

fn text(value: Option<String>) -> Doc {
    value.map_or(Doc::Null, Doc::from)
}
