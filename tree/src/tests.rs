//! Laws of the tree: one content, one name; and no two contents with one name.

use plumbline_baseline::Doc;
use plumbline_proto::agent_v1::{Document, Evidence, Row, Status};
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

const TYPES: [&str; 3] = ["", "AWS::S3::Bucket", "AWS::S3::BucketX"];

fn read(of: &str, id: &str, document: &Doc) -> Document {
    Document { r#type: of.to_owned(), id: id.to_owned(), content: write(document), volatile: Vec::new() }
}

fn document() -> impl Strategy<Value = Doc> {
    let leaf = prop_oneof![
        Just(Doc::Null),
        any::<bool>().prop_map(Doc::from),
        any::<i64>().prop_map(Doc::from),
        any::<f64>().prop_filter("JSON has no others", |number| number.is_finite()).prop_map(Doc::Double),
        "[a-z\\\\\"é\u{1F600}]{0,4}".prop_map(Doc::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Doc::List),
            proptest::collection::btree_map("[a-c]{1,2}", inner, 0..4).prop_map(|members| Doc::Map(
                members.iter().map(|(name, value)| (name.as_str().into(), value.clone())).collect()
            )),
        ]
    })
}

fn row() -> impl Strategy<Value = Row> {
    let parts = (0..TYPES.len(), "[ab]{0,1}", "[cd]", 1..=5i32, "[r]{0,1}", "[ef]{0,1}");
    parts.prop_map(|(of, resource, control, status, reason, value)| Row {
        control,
        status,
        reason,
        resource,
        resource_type: TYPES[of].to_owned(),
        evidence: vec![Evidence { path: "p".into(), value }],
        ..Row::default()
    })
}

/// What is found: a document of a type, or a row.
#[derive(Clone, Debug)]
enum Found {
    Document(usize, String, Doc),
    Row(Row),
}

fn found() -> impl Strategy<Value = Vec<Found>> {
    let document = (0..TYPES.len(), "[ab]", document()).prop_map(|(of, id, doc)| Found::Document(of, id, doc));
    vec(prop_oneof![document, row().prop_map(Found::Row)], 0..12)
}

fn built(found: &[Found]) -> Nodes {
    let mut builder = Builder::default();
    for each in found {
        match each {
            Found::Document(of, id, document) => builder.document(read(TYPES[*of], id, document)),
            Found::Row(row) => builder.row(row.clone()),
        }
    }
    builder.finish()
}

/// The same document, its members in another order.
fn turned(doc: &Doc) -> Doc {
    match doc {
        Doc::List(items) => Doc::List(items.iter().map(turned).collect()),
        Doc::Map(members) => {
            let mut members: Vec<_> = members.iter().map(|(name, value)| (name.clone(), turned(value))).collect();
            members.reverse();
            Doc::Map(members.into_iter().collect())
        }
        other => other.clone(),
    }
}

proptest! {
    #[test]
    fn a_document_comes_back_from_its_bytes(doc in document()) {
        let bytes = write(&doc);
        prop_assert_eq!(&write(&turned(&doc)), &bytes);
        let back = parse(&bytes).expect("it is canonical");
        prop_assert_eq!(write(&back), bytes);
        prop_assert_eq!(back, doc);
    }

    #[test]
    fn the_order_in_which_things_are_found_is_no_content(found in found(), seed in any::<u64>()) {
        let names = Names::of(&built(&found));
        let mut shuffled: Vec<Found> = found.iter().map(|each| match each {
            Found::Document(of, id, doc) => Found::Document(*of, id.clone(), turned(doc)),
            Found::Row(row) => Found::Row(row.clone()),
        }).collect();
        let count = shuffled.len().max(1);
        for index in 0..shuffled.len() {
            shuffled.swap(index, (seed as usize).wrapping_mul(index + 1) % count);
        }
        prop_assert_eq!(Names::of(&built(&shuffled)), names);
    }

    #[test]
    fn two_contents_have_two_names(one in found(), other in found()) {
        let (one, other) = (built(&one), built(&other));
        prop_assert_eq!(one == other, Names::of(&one).root() == Names::of(&other).root());
    }

    #[test]
    fn ids_are_unique_and_in_order_and_only_what_does_not_pass_has_grounds(found in found()) {
        for node in built(&found).values() {
            prop_assert!(node.entries.is_sorted_by(|one, other| one.id < other.id), "{:?}", node);
            for row in node.entries.iter().flat_map(|entry| &entry.rows) {
                prop_assert!(row.resource.is_empty() && row.resource_type.is_empty());
                prop_assert_eq!(row.evidence.is_empty(), row.status() == Status::Pass);
            }
        }
    }
}

proptest! {
    #[test]
    fn a_difference_makes_the_new_of_the_old(old in found(), new in found()) {
        let (old, new) = (built(&old), built(&new));
        for (type_name, node) in &new {
            let held = old.get(type_name).cloned().unwrap_or_default();
            let Difference { gone, new } = difference(&entries(&held), node);
            let sent = new.iter().map(|&place| node.entries[place].clone()).collect();
            let sent = Node { unread: node.unread.clone(), entries: sent };
            let is_kept = |entry: &&Entry| node.entries.iter().any(|each| super::entry(each) == super::entry(entry));
            let kept = held.entries.iter().filter(is_kept).count();
            prop_assert_eq!((gone.len() + kept, new.len() + kept), (held.entries.len(), node.entries.len()));
            let applied = apply(held, &gone, sent).expect("it belongs to what is held");
            prop_assert_eq!(super::node(type_name, &applied), super::node(type_name, node));
        }
    }
}

#[test]
fn a_difference_to_something_else_is_refused() {
    let entry = |id: &str| Entry { id: id.to_owned(), ..Entry::default() };
    let held = || Node { entries: ["a", "b"].map(entry).into(), ..Node::default() };
    let new = |id: &str| Node { entries: vec![entry(id)], ..Node::default() };
    assert!(apply(held(), &[1], new("c")).is_some());
    assert_eq!(apply(held(), &[2], new("c")), None, "there is no third one");
    assert_eq!(apply(held(), &[1, 0], new("c")), None, "places rise");
    assert_eq!(apply(held(), &[], new("a")), None, "it is there");
    assert_eq!(shorts(b"fifteen bytes..").map(|names| names.len()), Some(3));
    assert_eq!(shorts(b"nine byte"), None);
    let (node, name) = (new("a"), entries(&new("a"))[0]);
    let alike = Difference { gone: vec![0, 1], new: vec![0] };
    assert_eq!(difference(&[name, name], &node), alike, "which of them is it?");
}

#[test]
fn numbers_have_one_form() {
    let same = [("1", "1.0"), ("-0.0", "0"), ("1e2", "100"), ("0.5", "5e-1")];
    for (one, other) in same {
        let bytes = |text: &str| write(&Doc::from_json(text).expect("JSON"));
        assert_eq!(bytes(one), bytes(other), "{one} {other}");
    }
    assert!(parse(b"1.0").is_none() && parse(b"{\"b\":1,\"a\":1}").is_none() && parse(b"[1, 2]").is_none());
}

#[test]
fn what_was_not_read_keeps_its_reason_and_not_the_words() {
    let bytes = |detail: &str| {
        let text = format!(
            r#"{{"$unread":{{"reason":"access_denied","operation":"s3:GetBucketPolicy","detail":"{detail}"}}}}"#
        );
        write(&Doc::from_json(&text).expect("JSON"))
    };
    assert_eq!(bytes("request 1"), bytes("request 2"));
    let text = String::from_utf8(bytes("x")).expect("text");
    assert!(text.contains("access_denied") && text.contains("s3:GetBucketPolicy"), "{text}");
}

#[test]
fn equal_names_of_resources_lose_nothing() {
    let (one, other) = (Doc::from("x"), Doc::from("y"));
    let built = |order: [&Doc; 3]| {
        let mut builder = Builder::default();
        order.iter().for_each(|doc| builder.document(read("T", "id", doc)));
        builder.finish()
    };
    let nodes = built([&one, &other, &one]);
    let ids: Vec<&str> = nodes["T"].entries.iter().map(|entry| entry.id.as_str()).collect();
    assert_eq!(ids, ["id", "id#2"]);
    assert_eq!(nodes, built([&other, &one, &one]));
}
