//! Answers about many resources, taken apart: which part is about which. An answer that is not whole says nothing of whom
//! it leaves out. It must not know why somebody asks.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, PoisonError};

use plumbline_aws::CallError;
use plumbline_baseline::pack::collector::Join;
use plumbline_baseline::{Doc, Unread, UnreadReason};
use tokio::sync::OnceCell;

use super::calls::CallKey;
use super::weight::weight;
use crate::path::{items, select};

/// An answer's items by what they are about.
#[derive(Debug, Default)]
pub(crate) struct Index {
    values: HashMap<String, Doc>,
    /// Why it does not name everything that there is; `None` is the proof that it does.
    unread: Option<Arc<Unread>>,
}

/// What an answer says of one thing.
#[derive(Debug, PartialEq)]
pub(crate) enum Part<'a> {
    /// This.
    Value(&'a Doc),
    /// Nothing, and it is the whole answer.
    LeftOut,
    /// Nothing, and it is not the whole answer.
    Unread(&'a Arc<Unread>),
}

impl Index {
    /// Takes an answer apart, and keeps what is at `take` in each of its items.
    pub(crate) fn new(answer: &Doc, joined: &Join, take: &str, operation: &str) -> Self {
        let broken = |detail: &str| Arc::new(Unread::new(UnreadReason::ScannerError, operation, detail));
        let mut index = Self::default();
        for item in items(answer, &joined.items) {
            let key = match item {
                Doc::Unread(unread) => {
                    index.unread = Some(Arc::clone(unread));
                    continue;
                }
                item => name(item.at(&joined.key)),
            };
            let Some(key) = key else {
                index.unread = Some(broken("the answer does not say what it is about"));
                continue;
            };
            match index.values.entry(key) {
                Entry::Vacant(place) => drop(place.insert(select(item, take))),
                Entry::Occupied(mut known) if *known.get() != select(item, take) => {
                    known.insert(Doc::Unread(broken("the answer says two things of it")));
                }
                Entry::Occupied(_) => {}
            }
        }
        index
    }

    /// What it says of one thing.
    pub(crate) fn part(&self, key: &str) -> Part<'_> {
        match (self.values.get(key), &self.unread) {
            (Some(value), _) => Part::Value(value),
            (None, Some(unread)) => Part::Unread(unread),
            (None, None) => Part::LeftOut,
        }
    }

    /// About how many bytes it takes.
    pub(crate) fn weight(&self) -> usize {
        self.values.iter().map(|(key, value)| key.len() + size_of::<String>() + weight(value)).sum()
    }
}

/// Text or a number, as what names a thing.
pub(crate) fn name(value: &Doc) -> Option<String> {
    match value {
        Doc::String(text) => Some(text.to_string()),
        Doc::Int(number) => Some(number.to_string()),
        _ => None,
    }
}

/// An index, or why there is none.
pub(crate) type Indexed = Result<Arc<Index>, Arc<CallError>>;

type Slot = Arc<OnceCell<Indexed>>;

/// The indexes of one job, each made once.
#[derive(Debug, Default)]
pub(crate) struct Indexes(Mutex<HashMap<(CallKey, String), Slot>>);

impl Indexes {
    /// The place of the index of a call's answer, with what is taken of its items.
    pub(crate) fn slot(&self, key: CallKey, joined: &Join, take: &str) -> Slot {
        let key = (key, format!("{} {} {take}", joined.items, joined.key));
        Arc::clone(self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(answer: &str) -> Index {
        let joined = Join { items: "L".into(), key: "Id".into(), equals: "arn".into(), batch: None };
        Index::new(&Doc::from_json(answer).unwrap(), &joined, "V", "s:Op")
    }

    #[test]
    fn each_item_of_an_answer_is_found_by_its_key() {
        let index = index(r#"{"L":[{"Id":"a","V":1},{"Id":7},{"Id":"a","V":1}]}"#);
        assert_eq!(index.part("a"), Part::Value(&Doc::Int(1)));
        assert_eq!(index.part("7"), Part::Value(&Doc::Null));
        assert_eq!(index.part("b"), Part::LeftOut);
    }

    #[test]
    fn an_answer_that_is_not_whole_leaves_nobody_out() {
        let check = |answer: &str, key: &str, expected: &str| match index(answer).part(key) {
            Part::Unread(unread) => assert_eq!(unread.to_string(), expected),
            Part::Value(Doc::Unread(unread)) => assert_eq!(unread.to_string(), expected),
            other => panic!("{key} of {answer} is {other:?}"),
        };
        let broken = r#"{"L":[{"Id":"a","V":1},{"$unread":{"reason":"throttled"}}]}"#;
        assert_eq!(index(broken).part("a"), Part::Value(&Doc::Int(1)), "what was read stays");
        check(broken, "b", "throttled");
        check(r#"{"L":[{"V":1}]}"#, "b", "scanner_error: s:Op: the answer does not say what it is about");
        let twice = r#"{"L":[{"Id":"a","V":1},{"Id":"a","V":2}]}"#;
        check(twice, "a", "scanner_error: s:Op: the answer says two things of it");
        check(r#"{"$unread":{"reason":"partial_listing"}}"#, "a", "partial_listing");
    }
}
