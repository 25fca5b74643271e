//! Documents of cases against the types of resources: a mistyped member would make a case test nothing.

use crate::api::Kind;
use crate::doc::Doc;
use crate::expr::Type;
use crate::pack::problem::Report;
use crate::pack::schema::members_of;
use crate::pack::yaml::{Node, Position, Value};
use crate::suggest::closest;

/// Where a value below a node stands; the node itself when there is none.
pub(super) fn position(node: &Node, path: &[&str]) -> Position {
    path.iter().try_fold(node, |node, name| node.get(name)).map_or(node.at, |found| found.at)
}

/// Checks that every member of a document is one that the type has.
pub(super) fn check(node: &Node, kind: &Type, report: &mut Report) {
    match (&node.value, kind) {
        // What was not read may stand in the place of anything.
        _ if matches!(node.to_doc(), Doc::Unread(_)) => {}
        (Value::Map(members), Type::Structure(..) | Type::Object(_)) => {
            let known = members_of(kind).unwrap_or_default();
            for (name, value) in members {
                match known.get(&name.text) {
                    Some(_) if kind.derived(&name.text).is_some() => computed(&name.text, name.at, report),
                    Some(kind) => check(value, kind, report),
                    None => missing(&name.text, kind, name.at, report),
                }
            }
        }
        (Value::Map(members), Type::Map(kind)) => members.iter().for_each(|(_, value)| check(value, kind, report)),
        (Value::List(items), Type::List(kind)) => items.iter().for_each(|item| check(item, kind, report)),
        (_, Type::Any | Type::Policy) => {}
        (Value::Scalar { .. }, _) => scalar(&node.to_doc(), kind, node.at, report),
        (Value::Map(_) | Value::List(_), _) => other(kind, node.at, report),
    }
}

/// A number, a boolean or a text that AWS never sends there would show nothing.
fn scalar(value: &Doc, kind: &Type, at: Position, report: &mut Report) {
    let fits = match (value, kind) {
        (Doc::Null, _) => true,
        (Doc::Bool(_), Type::Bool) | (Doc::Int(_) | Doc::Double(_), Type::Number) => true,
        (Doc::String(text), Type::Enum(service, id)) => {
            if let Kind::String(values) = &service.shape(*id).kind {
                listed(text, values, at, report);
            }
            true
        }
        // A map is also what a text holds, which may be none.
        (Doc::String(_), Type::String | Type::Map(_)) => true,
        _ => false,
    };
    if !fits {
        other(kind, at, report);
    }
}

/// A value that is nearly one of those that the API lists; what is none of them at all may be newer than the list.
fn listed(text: &str, values: &[String], at: Position, report: &mut Report) {
    let is_listed = values.iter().any(|value| value.eq_ignore_ascii_case(text));
    let named = |text: &str| text.replace(|each: char| each.is_ascii_digit(), "");
    // One that differs in a number alone is another version of it.
    let meant = closest(text, values.iter().map(String::as_str));
    let meant = meant.filter(|meant| !is_listed && named(meant) != named(text));
    if let Some(meant) = meant {
        report.warning_meant(at, format!("`{text}` is no value that the API lists"), Some(meant.to_owned()));
    }
}

fn other(kind: &Type, at: Position, report: &mut Report) {
    report.error(at, format!("this is {kind} in the API's answers"));
}

/// Checks a dotted path.
pub(super) fn path(path: &str, kind: &Type, at: Position, report: &mut Report) {
    let mut current = kind.clone();
    for part in path.split('.') {
        if current.derived(part).is_some() {
            return computed(part, at, report);
        }
        match current.at_path(part) {
            Some(next) => current = next,
            None => return missing(part.trim_end_matches("[]"), &current, at, report),
        }
    }
}

/// What an example sets would be another value than the one that a scan computes.
fn computed(name: &str, at: Position, report: &mut Report) {
    report.error(at, format!("`{name}` is computed from the resource: set what it is computed from"));
}

fn missing(name: &str, kind: &Type, at: Position, report: &mut Report) {
    let (message, suggestion) = kind.lacks(name);
    report.error_meant(at, message, suggestion);
}
