//! A call's input from a collector's `with`: `$Path` is a member of the item, `$parent.Path` one of the resource around
//! it, `$account` and friends are built in, everything else is literal.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumbline_baseline::pack::collector::{Argument, of_parent};
use plumbline_baseline::{Doc, Key, Map, Unread};

use super::place::Place;
use crate::path::select;

/// What a call is about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject<'a> {
    /// The resource, or an item of one of its lists.
    pub(crate) item: &'a Doc,
    /// The resource that such an item is part of.
    pub(crate) parent: Option<&'a Doc>,
}

impl<'a> Subject<'a> {
    /// A resource itself.
    pub(crate) fn whole(item: &'a Doc) -> Self {
        Self { item, parent: None }
    }
}

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
pub(crate) fn resolve(with: &BTreeMap<String, Argument>, item: Subject<'_>, place: &Place) -> Input {
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
pub(crate) fn value(argument: &Argument, item: Subject<'_>, place: &Place) -> Input {
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
pub(crate) fn member(path: &str, item: Subject<'_>, place: &Place) -> Input {
    let path = path.strip_prefix('$').unwrap_or(path);
    if let Some(text) = place.builtin(path) {
        return Input::Ready(Doc::from(text));
    }
    let found = match item.parent.zip(of_parent(path)) {
        Some((parent, path)) => select(parent, path),
        None => select(item.item, path),
    };
    match found {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn check(argument: Argument, item: &str, expected: &str) {
        let place = Place::new("111122223333", "eu-west-1", "aws", &[]);
        let with = BTreeMap::from([("A".to_owned(), argument)]);
        let text = match resolve(&with, Subject::whole(&Doc::from_json(item).unwrap()), &place) {
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
