//! What is sent to somebody who holds an earlier result.

use super::*;
use crate::{Builder, apply, entries};

const OLD: [(&str, &str, &str); 8] = [
    ("A", "1", "{}"),
    ("A", "2", "{}"),
    ("A", "3", "{}"),
    ("A", "4", "{}"),
    ("A", "5", "{}"),
    ("B", "1", "{}"),
    ("C", "1", "{}"),
    ("D", "1", "{}"),
];

/// Documents by type and id.
fn found(documents: &[(&str, &str, &str)]) -> Found {
    let mut builder = Builder::default();
    builder.extend(documents.iter().map(|&(of, id, content)| {
        let (content, volatile) = (content.as_bytes().to_vec(), br#"{"Seen":1}"#.to_vec());
        Item::Document(Document { r#type: of.into(), id: id.into(), content, volatile })
    }));
    Found::new(builder.finish())
}

fn names(found: &Found) -> Vec<Short> {
    found.names.0.values().map(short).collect()
}

fn kinds(items: impl Iterator<Item = Item>) -> Vec<String> {
    let kind = |item| match item {
        Item::Base(base) => format!("{} without {:?}", base.r#type, base.gone),
        Item::Listing(listing) => format!("{} listed", listing.r#type),
        Item::Document(document) => format!("{} {}", document.r#type, document.id),
        Item::Changing(change) => format!("{} at {} by itself", change.type_name, change.place),
        Item::Row(row) => row.control,
    };
    items.map(kind).collect()
}

#[test]
fn of_what_is_held_only_what_changes_by_itself_is_sent() {
    let found = found(&OLD);
    let kept = found.kept();
    assert_eq!(found.against(&names(&found)), kept);
    assert!(found.to_ask(&kept).is_empty());
    let sent = kinds(found.items(&kept));
    assert_eq!((sent.len(), sent.iter().all(|kind| kind.ends_with("by itself"))), (OLD.len(), true), "{sent:?}");
}

#[test]
fn of_a_large_type_the_difference_is_sent_and_a_small_one_whole() {
    let old = found(&OLD);
    let mut documents = OLD;
    (documents[2].2, documents[5].2) = (r#"{"New":1}"#, r#"{"New":1}"#);
    let new = found(&documents[..7]);
    let mut sent = new.against(&names(&old));
    assert_eq!(sent.dropped.len(), 3, "the earlier A and B, and D");
    assert_eq!(new.to_ask(&sent), ["A"]);
    new.narrow(&mut sent, "A", &entries(&old.nodes["A"]));
    let difference = ["A without [2]", "A listed", "A 3"];
    let by_itself = ["A at 0 by itself", "A at 1 by itself", "A at 3 by itself", "A at 4 by itself"];
    let rest = ["B listed", "B 1", "C at 0 by itself"];
    assert_eq!(kinds(new.items(&sent)), [&difference[..], &by_itself, &rest].concat());
}

#[test]
fn what_is_sent_makes_the_new_result_of_the_held_one() {
    let old = found(&OLD);
    let new = found(&[("A", "0", "{}"), ("A", "1", "{}"), ("A", "2", "[]"), ("A", "5", "{}"), ("A", "6", "{}")]);
    let mut sent = new.against(&names(&old));
    new.narrow(&mut sent, "A", &entries(&old.nodes["A"]));
    let mut builder = Builder::default();
    builder.extend(new.items(&sent));
    let delivered = builder.delivered();
    let node = apply(old.nodes["A"].clone(), &delivered.bases["A"], delivered.nodes["A"].clone()).unwrap();
    assert_eq!(crate::node("A", &node), new.names.0["A"]);
}

#[test]
fn where_everything_changed_everything_is_sent() {
    let old = found(&OLD[..5]);
    let new = found(&["6", "7", "8", "9", "X"].map(|id| ("A", id, "{}")));
    let mut sent = new.against(&names(&old));
    let whole = sent.clone();
    new.narrow(&mut sent, "A", &entries(&old.nodes["A"]));
    assert_eq!(sent, whole);
    assert_eq!(kinds(new.items(&sent)), kinds(new.items(&Sent::everything())));
}
