//! Documents of cases against the types of resources: a mistyped member would make a case test nothing.

use crate::doc::Doc;
use crate::expr::Type;
use crate::pack::problem::Report;
use crate::pack::schema::members_of;
use crate::pack::yaml::{Node, Position, Value};
use crate::suggest::closest;

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
        (Value::Map(_) | Value::List(_), Type::String | Type::Number | Type::Bool)
        | (Value::List(_), Type::Structure(..) | Type::Object(_))
        | (Value::Map(_), Type::List(_)) => {
            report.error(node.at, format!("this is {kind} in the API's answers"));
        }
        _ => {}
    }
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
    let known = members_of(kind).unwrap_or_default();
    let suggestion = closest(name, known.keys().map(String::as_str)).map(str::to_owned);
    report.error_meant(at, format!("{kind} has no member `{name}`"), suggestion);
}
