//! Split and join, by example and by law.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::reason::{Unread, UnreadReason};

fn doc(json: &str) -> Doc {
    Doc::from_json(json).unwrap()
}

fn check(json: &str, paths: &[&str], stable: &str, volatile: &str) {
    let (left, taken) = split_volatile(doc(json), &Paths::new(paths));
    assert_eq!((left.to_json().as_str(), taken.to_json().as_str()), (stable, volatile), "{paths:?} of {json}");
    assert_eq!(join(left, taken).to_json(), in_order(doc(json)).to_json(), "{paths:?} of {json}");
}

#[test]
fn members_are_taken_out_where_they_are() {
    check(r#"{"Name":"q","Count":3}"#, &["Count"], r#"{"Name":"q"}"#, r#"{"Count":3}"#);
    check(r#"{"A":{"B":1,"C":2}}"#, &["A.B"], r#"{"A":{"C":2}}"#, r#"{"A":{"B":1}}"#);
    check(r#"{"A":{"B":1}}"#, &["A.B"], r#"{"A":{}}"#, r#"{"A":{"B":1}}"#);
    check(r#"{"A":{"B":1,"C":2}}"#, &["A.B", "A"], "{}", r#"{"A":{"B":1,"C":2}}"#);
    check(r#"{"A":{"B":null}}"#, &["A.B"], r#"{"A":{}}"#, r#"{"A":{"B":null}}"#);
}

#[test]
fn items_keep_their_places() {
    let paths = &["Rows[].Used"];
    check(
        r#"{"Rows":[{"Id":1,"Used":"x"},{"Id":2},{"Used":"y"}]}"#,
        paths,
        r#"{"Rows":[{"Id":1},{"Id":2},{}]}"#,
        r#"{"Rows":[{"Used":"x"},null,{"Used":"y"}]}"#,
    );
    check(r#"{"Rows":[{"Id":1}]}"#, paths, r#"{"Rows":[{"Id":1}]}"#, "null");
    check(r#"{"Rows":[]}"#, paths, r#"{"Rows":[]}"#, "null");
    check(r#"{"Rows":[null,7,{"Used":1}]}"#, paths, r#"{"Rows":[null,7,{}]}"#, r#"{"Rows":[null,null,{"Used":1}]}"#);
    check(r#"{"Rows":{"Used":1}}"#, paths, r#"{"Rows":{}}"#, r#"{"Rows":{"Used":1}}"#);
    check(r#"{"Rows":[{"Used":1}]}"#, &["Rows.Used"], r#"{"Rows":[{"Used":1}]}"#, "null");
    let nested = r#"{"A":[{"B":[{"C":1,"D":2},{"D":3}]},{"B":[]}]}"#;
    check(
        nested,
        &["A[].B[].C"],
        r#"{"A":[{"B":[{"D":2},{"D":3}]},{"B":[]}]}"#,
        r#"{"A":[{"B":[{"C":1},null]},null]}"#,
    );
}

#[test]
fn what_is_not_there_is_not_taken() {
    for json in
        ["{}", r#"{"A":null}"#, r#"{"A":"text"}"#, "null", "7", "[]", r#"{"A":{"$unread":{"reason":"throttled"}}}"#]
    {
        check(json, &["A.B", "A[].B", "X"], &doc(json).to_json(), "null");
    }
    check(r#"{"b":1,"a":{"d":1,"c":2}}"#, &[], r#"{"a":{"c":2,"d":1},"b":1}"#, "null");
}

#[test]
fn what_was_not_read_is_told_on_its_side() {
    let unread = Doc::Unread(Arc::new(Unread::new(UnreadReason::Throttled, "a:B", "")));
    let (stable, volatile) = split_volatile(Doc::map([("A", Doc::Null), ("B", unread)]), &Paths::new(["B"]));
    assert_eq!(stable.to_json(), r#"{"A":null}"#);
    assert!(volatile.get("B").unread().is_some());
}

#[test]
fn what_changes_by_itself_changes_nothing_of_what_is_stable() {
    let paths = Paths::new(["Messages", "Rows[].Used"]);
    let stable = |json| split_volatile(doc(json), &paths).0.to_json();
    let before = stable(r#"{"Name":"q","Messages":3,"Rows":[{"Id":1,"Used":"x"},{"Id":2,"Used":"x"}]}"#);
    assert_eq!(before, stable(r#"{"Rows":[{"Used":"z","Id":1},{"Id":2,"Used":"y"}],"Messages":4,"Name":"q"}"#));
    assert_ne!(before, stable(r#"{"Name":"q","Messages":3,"Rows":[{"Id":2,"Used":"x"},{"Id":1,"Used":"x"}]}"#));
}

#[test]
fn paths_are_checked() {
    for (path, expected) in [
        ("A.B[].C", Ok(())),
        ("A", Ok(())),
        ("", Err(PathError::Nameless)),
        ("A..B", Err(PathError::Nameless)),
        ("A.[].B", Err(PathError::Nameless)),
        ("A[0].B", Err(PathError::Nameless)),
        ("A.B[]", Err(PathError::Items)),
    ] {
        assert_eq!(Paths::check(path), expected, "{path}");
    }
    assert!(Paths::new(["A.B[]", ""]).is_empty());
}

fn documents() -> impl Strategy<Value = Doc> {
    let name = prop::sample::select(vec!["a", "b", "c", "d"]);
    let unread = Doc::Unread(Arc::new(Unread::new(UnreadReason::Throttled, "", "")));
    let leaf = prop_oneof![
        Just(Doc::Null),
        any::<bool>().prop_map(Doc::Bool),
        any::<i64>().prop_map(Doc::Int),
        "[a-z]{0,3}".prop_map(Doc::from),
        Just(unread),
    ];
    leaf.prop_recursive(4, 40, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Doc::List),
            prop::collection::vec((name.clone(), inner), 0..4).prop_map(|members| {
                let mut map = Map::new();
                members.into_iter().for_each(|(name, value)| map.insert(name, value));
                Doc::Map(map)
            }),
        ]
    })
}

fn paths() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec("[abcd](\\[\\])?(\\.[abcd](\\[\\])?){0,2}(\\.[abcd])?", 0..5)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_is_split_and_joined_is_the_same(document in documents(), paths in paths()) {
        let paths = Paths::new(paths);
        let (stable, volatile) = split_volatile(document.clone(), &paths);
        let again = split_volatile(stable.clone(), &paths);
        prop_assert_eq!(again.0.to_json(), stable.to_json(), "nothing volatile is left");
        prop_assert!(again.1.is_null());
        prop_assert_eq!(join(stable, volatile).to_json(), in_order(document).to_json());
    }

    /// Both parts are stored as JSON, and the way back has to lead from there.
    #[test]
    fn the_parts_survive_storage(document in documents(), paths in paths()) {
        let (stable, volatile) = split_volatile(document.clone(), &Paths::new(paths));
        prop_assert_eq!(join(doc(&stable.to_json()), doc(&volatile.to_json())).to_json(), in_order(document).to_json());
    }
}
