//! A call's input from a collector's `with`: `$Path` is a member of the item, `$parent.Path` one of what is around it, `$account` and friends are built in, everything else is literal.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumbline_baseline::pack::collector::{Argument, OWN_ARN, is_builtin, of_items, of_parent};
use plumbline_baseline::{Doc, Key, Map, Unread};

use super::place::Place;
use crate::path::select;

/// What a call is about: where paths lead.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject<'a> {
    /// The item.
    pub(crate) item: &'a Doc,
    /// Its ARN, where the listing tells all of it.
    pub(crate) arn: Option<&'a str>,
    /// What is around the item: the resource that it is listed for, or for an item of a list, the resource that has it.
    pub(crate) parent: Option<&'a Doc>,
    /// Where the job works.
    pub(crate) place: &'a Place,
}

impl<'a> Subject<'a> {
    /// Subject nothing but the place: a listing has no item yet.
    pub(crate) fn place(place: &'a Place) -> Self {
        Self { item: &Doc::Null, arn: None, parent: None, place }
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

/// Resolves all arguments for one item, but for the one that takes the items of a batch.
pub(crate) fn resolve(with: &BTreeMap<String, Argument>, about: &Subject<'_>) -> Input {
    let mut members = Map::with_capacity(with.len());
    for (name, argument) in with.iter().filter(|(_, argument)| of_batch(argument).is_none()) {
        match value(argument, about) {
            Input::Ready(doc) => members.push(Key::new(name), doc),
            other => return other,
        }
    }
    Input::Ready(Doc::Map(members))
}

/// The path in each item of a batch, where the argument takes them all.
pub(crate) fn of_batch(argument: &Argument) -> Option<&str> {
    match argument {
        Argument::Path(path) => of_items(path),
        _ => None,
    }
}

/// Resolves one argument.
fn value(argument: &Argument, about: &Subject<'_>) -> Input {
    match argument {
        Argument::Literal(doc) => Input::Ready(doc.clone()),
        Argument::Path(path) => member(path, about),
        Argument::List(arguments) => {
            let mut items = Vec::with_capacity(arguments.len());
            for argument in arguments {
                match value(argument, about) {
                    Input::Ready(doc) => items.push(doc),
                    other => return other,
                }
            }
            Input::Ready(Doc::List(items))
        }
        Argument::Map(arguments) => resolve(arguments, about),
    }
}

/// Resolves a path, with or without its `$`.
pub(crate) fn member(path: &str, about: &Subject<'_>) -> Input {
    let path = path.strip_prefix('$').unwrap_or(path);
    if is_builtin(path) || path == OWN_ARN {
        let text = about.place.builtin(path).or(about.arn);
        return text.map_or_else(|| Input::Nothing(path.to_owned()), |text| Input::Ready(Doc::from(text)));
    }
    let found = match of_parent(path) {
        Some(path) => about.parent.map(|parent| select(parent, path)).unwrap_or_default(),
        None => select(about.item, path),
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
        let (item, parent) = (Doc::from_json(item).unwrap(), Doc::from_json(r#"{"Id":"p"}"#).unwrap());
        let about = Subject { item: &item, arn: Some("arn:a"), parent: Some(&parent), place: &place };
        let text = match resolve(&with, &about) {
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
        check(Argument::Path("arn".into()), r#"{"arn":"no"}"#, r#"{"A":"arn:a"}"#);
        check(Argument::Path("parent.Id".into()), r#"{"parent":{"Id":"no"}}"#, r#"{"A":"p"}"#);
        check(Argument::Path("parent.No".into()), "{}", "nothing at parent.No");
        check(Argument::Path("items.Id".into()), r#"{"Id":"x"}"#, "{}");
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
