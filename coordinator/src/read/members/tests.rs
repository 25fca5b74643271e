//! Which members differ.

use super::*;

fn check(old: &str, new: &str, expected: &[(&str, Option<&str>, Option<&str>)]) {
    let canonical = |text: &str| tree::write(&Doc::from_json(text).unwrap());
    let found = members(&canonical(old), &canonical(new)).unwrap();
    let told: Vec<_> =
        found.told.iter().map(|each| (each.path.as_str(), each.old.as_deref(), each.new.as_deref())).collect();
    assert_eq!(told, expected);
    assert_eq!(found.more, 0);
}

#[test]
fn members_are_told_with_their_paths() {
    check(r#"{"A":{"B":1},"C":true}"#, r#"{"A":{"B":2},"C":true}"#, &[("A.B", Some("1"), Some("2"))]);
    check(r#"{"A":1}"#, r#"{"B":"x"}"#, &[("A", Some("1"), None), ("B", None, Some(r#""x""#))]);
    check(r#"{"A":{"b c":1,"d.e":[]}}"#, r#"{"A":{"b c":2,"d.e":[]}}"#, &[(r#"A["b c"]"#, Some("1"), Some("2"))]);
    check(r#"{"A":{"B":1}}"#, r#"{"A":[1]}"#, &[("A", Some(r#"{"B":1}"#), Some("[1]"))]);
    check(r#"{"A":1}"#, r#"{"A":1}"#, &[]);
}

#[test]
fn one_item_more_changes_no_other() {
    check(r#"{"A":[1,2,3]}"#, r#"{"A":[1,9,2,3]}"#, &[("A[1]", None, Some("9"))]);
    check(r#"{"A":[1,2,3]}"#, r#"{"A":[2,3]}"#, &[("A[0]", Some("1"), None)]);
    check(r#"{"A":[{"B":1},{"B":2}]}"#, r#"{"A":[{"B":1},{"B":3}]}"#, &[("A[1].B", Some("2"), Some("3"))]);
    check(r#"{"A":[]}"#, r#"{"A":[1]}"#, &[("A[0]", None, Some("1"))]);
    check(r#"{"A":[1,1]}"#, r#"{"A":[1]}"#, &[("A[1]", Some("1"), None)]);
}

#[test]
fn what_was_not_read_differs_by_its_reason() {
    let unread =
        |reason: &str| format!(r#"{{"A":{{"$unread":{{"reason":"{reason}","operation":"Get","detail":""}}}}}}"#);
    check(&unread("throttled"), &unread("throttled"), &[]);
    let told = r#"{"$unread":{"reason":"throttled","operation":"Get","detail":""}}"#;
    check(&unread("throttled"), r#"{"A":1}"#, &[("A", Some(told), Some("1"))]);
}

#[test]
fn a_secret_differs_by_its_hash_alone() {
    let secret = |hash: &str| format!(r#"{{"A":{{"$redacted":"{hash}"}}}}"#);
    check(&secret("1"), &secret("2"), &[("A", Some(r#"{"$redacted":"1"}"#), Some(r#"{"$redacted":"2"}"#))]);
}

#[test]
fn values_and_their_number_are_bounded() {
    let old: Vec<String> = (0..60).map(|number| format!(r#""m{number}":"{}""#, "x".repeat(2_000))).collect();
    let new: Vec<String> = (0..60).map(|number| format!(r#""m{number}":{number}"#)).collect();
    let of = |members: Vec<String>| tree::write(&Doc::from_json(&format!("{{{}}}", members.join(","))).unwrap());
    let found = members(&of(old), &of(new)).unwrap();
    assert_eq!((found.told.len(), found.more), (MOST, 10));
    let longest = found.told.iter().flat_map(|each| [&each.old, &each.new]).flatten().map(String::len).max().unwrap();
    assert!(longest <= Evidence::VALUE_BYTES + "…".len(), "{longest}");
}

#[test]
fn what_is_no_document_has_no_members() {
    assert_eq!(members(b"x", b"{}"), None);
}
