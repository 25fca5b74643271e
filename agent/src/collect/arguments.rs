//! A call's input from a collector's `with`: `$Path` is a member of the item, `$account` and friends are built in,
//! everything else is literal.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumbline_baseline::pack::collector::Argument;
use plumbline_baseline::{Doc, Key, Map, Unread};

use super::place::Place;
use crate::path::select;

/// What a call's input turned out to be.
#[derive(Clone, Debug)]
pub(crate) enum Input {
    /// Call with this.
    Ready(Doc),
    /// The member at this path is null or an empty list: there is nothing to ask about.
    Nothing(String),
    /// A member that the call is about was not read, so neither is the answer.
    Unread(Arc<Unread>),
}

/// Resolves all arguments for one item.
pub(crate) fn resolve(with: &BTreeMap<String, Argument>, item: &Doc, place: &Place) -> Input {
    let mut members = Map::with_capacity(with.len());
    for (name, argument) in with {
        match value(argument, item, place) {
            Input::Ready(doc) => members.push(Key::new(name), doc),
            other => return other,
        }
    }
    Input::Ready(Doc::Map(members))
}

/// Resolves one argument.
pub(crate) fn value(argument: &Argument, item: &Doc, place: &Place) -> Input {
    match argument {
        Argument::Literal(doc) => Input::Ready(doc.clone()),
        Argument::Path(path) => member(path, item, place),
        Argument::List(arguments) => {
            let mut items = Vec::with_capacity(arguments.len());
            for argument in arguments {
                match value(argument, item, place) {
                    Input::Ready(doc) => items.push(doc),
                    other => return other,
                }
            }
            Input::Ready(Doc::List(items))
        }
        Argument::Map(arguments) => resolve(arguments, item, place),
    }
}

/// Resolves a path, with or without its `$`.
pub(crate) fn member(path: &str, item: &Doc, place: &Place) -> Input {
    let path = path.strip_prefix('$').unwrap_or(path);
    if let Some(text) = place.builtin(path) {
        return Input::Ready(Doc::from(text));
    }
    match select(item, path) {
        Doc::Null => Input::Nothing(path.to_owned()),
        Doc::Unread(unread) => Input::Unread(unread),
        Doc::List(items) if items.is_empty() => Input::Nothing(path.to_owned()),
        Doc::List(items) => match items.iter().find_map(Doc::unread) {
            Some(unread) => Input::Unread(Arc::clone(unread)),
            None => Input::Ready(Doc::List(items)),
        },
        doc => Input::Ready(doc),
    }
}

/// The item paths that an argument names, built-in names left out.
pub(crate) fn paths(argument: &Argument) -> Vec<&str> {
    match argument {
        Argument::Literal(_) => Vec::new(),
        Argument::List(arguments) => arguments.iter().flat_map(paths).collect(),
        Argument::Map(arguments) => arguments.values().flat_map(paths).collect(),
        Argument::Path(path) => {
            let path = path.strip_prefix('$').unwrap_or(path);
            if Place::is_builtin(path) { Vec::new() } else { vec![path] }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(argument: Argument, item: &str, expected: &str) {
        let place = Place::new("111122223333", "eu-west-1", "aws", &[]);
        let with = BTreeMap::from([("A".to_owned(), argument)]);
        let text = match resolve(&with, &Doc::from_json(item).unwrap(), &place) {
            Input::Ready(doc) => doc.to_json(),
            Input::Nothing(path) => format!("nothing at {path}"),
            Input::Unread(unread) => unread.to_string(),
        };
        assert_eq!(text, expected);
    }

    #[test]
    fn arguments_come_from_the_item_the_place_or_the_collector() {
        check(Argument::Path("Name".into()), r#"{"Name":"b"}"#, r#"{"A":"b"}"#);
        check(Argument::Path("$Meta.Id".into()), r#"{"Meta":{"Id":5}}"#, r#"{"A":5}"#);
        check(Argument::Path("Ids[].Id".into()), r#"{"Ids":[{"Id":"x"},{"Id":"y"}]}"#, r#"{"A":["x","y"]}"#);
        check(Argument::Path("account".into()), "{}", r#"{"A":"111122223333"}"#);
        check(Argument::Literal(Doc::Bool(true)), "{}", r#"{"A":true}"#);
        let list = Argument::List(vec![Argument::Path("region".into()), Argument::Literal(Doc::from("x"))]);
        check(list, "{}", r#"{"A":["eu-west-1","x"]}"#);
        let owner = Argument::List(vec![Argument::Path("account".into())]);
        let filter = Argument::Map(BTreeMap::from([("Values".to_owned(), owner)]));
        check(Argument::List(vec![filter]), "{}", r#"{"A":[{"Values":["111122223333"]}]}"#);
    }

    #[test]
    fn a_null_argument_means_that_there_is_nothing_to_ask_for() {
        check(Argument::Path("KmsKeyId".into()), "{}", "nothing at KmsKeyId");
        check(Argument::Path("Ids[].Id".into()), r#"{"Ids":[]}"#, "nothing at Ids[].Id");
        check(Argument::List(vec![Argument::Path("KmsKeyId".into())]), "{}", "nothing at KmsKeyId");
    }

    #[test]
    fn an_unread_argument_leaves_the_answer_unread() {
        let item = r#"{"Name":{"$unread":{"reason":"access_denied","operation":"s:Op","detail":"no"}}}"#;
        check(Argument::Path("Name".into()), item, "access_denied: s:Op: no");
    }
}
