//! Which documents there are of what fails, and that a scan that kept none has none, whatever earlier nights kept.

use plumbline_proto::agent_v1::Status;

use super::*;
use crate::read::search::tags_of;
use crate::store::Store;
use crate::store::rehearsal::{Night, of, queues, resource};

const FIRST: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAA";
const SECOND: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAB";

/// The documents that are found for the rows that fail, by resource: what the name of each says.
fn documents(store: &Store, scan: &str) -> Vec<(String, Option<String>)> {
    let id = scan.parse().unwrap();
    let record = store.scan(&id).unwrap().unwrap();
    let mut found = Vec::new();
    for job in store.jobs(&id).unwrap() {
        for part in store.parts(&job).unwrap() {
            let (rows, mut failing) = Failing::of(&part, &record).unwrap();
            assert_eq!(rows, part.rows().unwrap(), "the rows are the same");
            for row in rows {
                let document = failing.document(&row.row.resource);
                let name = document.map(|document| document.get("Name").as_str().unwrap_or_default().to_owned());
                found.push((row.row.resource, name));
            }
        }
    }
    found
}

#[tokio::test]
async fn what_fails_has_its_document_and_nothing_else_has_one() {
    let store = Store::in_memory();
    let found = vec![
        of("AWS::SNS::Topic", vec![resource("t", r#"{"Name":"topic"}"#, &[("a", Status::Pass)])]),
        of(
            "AWS::SQS::Queue",
            vec![
                resource("q1", r#"{"Name":"one"}"#, &[("a", Status::Fail), ("b", Status::Fail)]),
                resource("q2", r#"{"Name":"two"}"#, &[("a", Status::Unknown), ("b", Status::Pass)]),
                resource("q3", "", &[("a", Status::Fail)]),
            ],
        ),
    ];
    Night::full(FIRST, &["a", "b"]).job("111111111111", "eu-west-1", found).store(&store).await;
    let named = |resource: &str, name: Option<&str>| (resource.to_owned(), name.map(str::to_owned));
    let expected = [
        named("t", None),
        named("q1", Some("one")),
        named("q1", Some("one")),
        named("q2", None),
        named("q2", None),
        named("q3", None),
    ];
    let mut found = documents(&store, FIRST);
    found.sort();
    let mut expected = expected.to_vec();
    expected.sort();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn a_scan_that_kept_no_documents_has_none_of_an_earlier_night() {
    let store = Store::in_memory();
    let fails = || queues(vec![resource("q", r#"{"Name":"one"}"#, &[("a", Status::Fail)])]);
    Night::full(FIRST, &["a"]).job("111111111111", "eu-west-1", fails()).store(&store).await;
    let limited = Night::full(SECOND, &["a"]).limited("controls", "a").job("111111111111", "eu-west-1", fails());
    limited.store(&store).await;
    assert_eq!(documents(&store, FIRST), [("q".to_owned(), Some("one".to_owned()))]);
    assert_eq!(documents(&store, SECOND), [("q".to_owned(), None)]);
}

#[test]
fn tags_are_known_as_far_as_they_were_read() {
    let check = |document: &str, expected: Option<&[(&str, &str)]>| {
        let tags = tags_of(&tree::parse(document.as_bytes()).unwrap());
        let pairs = |tags: &[(&str, &str)]| tags.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
        assert_eq!(tags, expected.map(pairs), "{document}");
    };
    check(r#"{"Name":"n"}"#, None);
    check(r#"{"Tags":{"$unread":{"reason":"access_denied","operation":"x:Y","detail":""}}}"#, None);
    check(r#"{"Tags":{"$redacted":"a secret"}}"#, None);
    check(r#"{"Tags":[]}"#, Some(&[]));
    check(r#"{"Tags":[{"Key":"Owner","Value":"ann"},{"Key":"Empty"}]}"#, Some(&[("Empty", ""), ("Owner", "ann")]));
    check(r#"{"TagList":[{"key":"Owner","value":"ann"}]}"#, Some(&[("Owner", "ann")]));
    check(r#"{"tags":{"Owner":"ann","Token":{"$redacted":"a secret"}}}"#, Some(&[("Owner", "ann")]));
    check(r#"{"Tags":[{"Key":{"$redacted":"x"},"Value":"a"},{"Key":"A","Value":{"$redacted":"x"}}]}"#, Some(&[]));
    check(r#"{"Tags":[{"Key":"A","Value":7},"noise",null]}"#, Some(&[]));
}
