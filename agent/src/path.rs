//! Paths into documents, as collectors write them: `Reservations[].Instances[]`, `Bucket.Name`. `[]` enters a list.
//!
//! What was not read stays visible: an unread value on the way is part of the result. Must not make calls.

use plumbline_baseline::Doc;

/// One step of a path: a member, and whether its items are entered.
fn steps(path: &str) -> impl Iterator<Item = (&str, bool)> {
    path.split('.').filter(|step| !step.is_empty()).map(|step| match step.strip_suffix("[]") {
        Some(name) => (name, true),
        None => (step, false),
    })
}

/// Moves the items at `path` out of a document. The last step is entered whether it says `[]` or not; a value that is
/// not a list is one item, null is none, and an unread value is an unread item.
pub(crate) fn take_items(doc: Doc, path: &str) -> Vec<Doc> {
    let mut current = vec![doc];
    for (name, entered) in steps(path) {
        current = current.into_iter().map(|value| take_member(value, name)).collect();
        if entered {
            current = enter(current);
        }
    }
    enter(current)
}

/// The items at `path`, in place. The last step is entered as [`take_items`] does it.
pub(crate) fn items<'a>(doc: &'a Doc, path: &str) -> Vec<&'a Doc> {
    let mut current = vec![doc];
    for (name, entered) in steps(path) {
        current = current.into_iter().map(|value| value.get(name)).collect();
        if entered {
            current = current.into_iter().flat_map(items_of).collect();
        }
    }
    current.into_iter().flat_map(items_of).collect()
}

/// Copies what is at `path`; the whole document when the path is empty. With `[]` on the way the result is a list.
pub(crate) fn select(doc: &Doc, path: &str) -> Doc {
    if !path.contains("[]") {
        return if path.is_empty() { doc.clone() } else { doc.at(path).clone() };
    }
    let mut current = vec![doc];
    for (name, entered) in steps(path) {
        current = current.into_iter().map(|value| if name.is_empty() { value } else { value.get(name) }).collect();
        if entered {
            current = current.into_iter().flat_map(items_of).collect();
        }
    }
    Doc::List(current.into_iter().cloned().collect())
}

/// Calls `change` on every value at `path`, in place. Null and unread values are left alone.
pub(crate) fn for_each_mut(doc: &mut Doc, path: &str, change: &mut impl FnMut(&mut Doc)) {
    let Some((step, rest)) = path.split_once('.').map_or((!path.is_empty()).then_some((path, "")), Some) else {
        if !matches!(doc, Doc::Null | Doc::Unread(_)) {
            change(doc);
        }
        return;
    };
    let (name, entered) = step.strip_suffix("[]").map_or((step, false), |name| (name, true));
    let Doc::Map(map) = doc else { return };
    let Some(value) = map.get_mut(name) else { return };
    match value {
        Doc::List(items) if entered => items.iter_mut().for_each(|item| for_each_mut(item, rest, change)),
        _ => for_each_mut(value, rest, change),
    }
}

fn take_member(value: Doc, name: &str) -> Doc {
    match value {
        Doc::Map(mut map) => map.remove(name).unwrap_or_default(),
        unread @ Doc::Unread(_) => unread,
        _ => Doc::Null,
    }
}

fn enter(values: Vec<Doc>) -> Vec<Doc> {
    // The common case is one list: hand it over as it is.
    if let [Doc::List(_)] = values.as_slice() {
        return values.into_iter().next().map_or_else(Vec::new, into_items);
    }
    values.into_iter().flat_map(into_items).collect()
}

fn into_items(value: Doc) -> Vec<Doc> {
    match value {
        Doc::Null => Vec::new(),
        Doc::List(items) => items,
        other => vec![other],
    }
}

fn items_of(value: &Doc) -> &[Doc] {
    match value {
        Doc::Null => &[],
        Doc::List(items) => items,
        other => std::slice::from_ref(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doc(json: &str) -> Doc {
        Doc::from_json(json).unwrap()
    }

    fn check_items(json: &str, path: &str, expected: &str) {
        assert_eq!(Doc::List(take_items(doc(json), path)), doc(expected), "{path} of {json}");
        let in_place = doc(json);
        let found: Vec<Doc> = items(&in_place, path).into_iter().cloned().collect();
        assert_eq!(Doc::List(found), doc(expected), "{path} of {json}");
    }

    #[test]
    fn items_are_found_at_nested_paths() {
        check_items(r#"{"Buckets":[{"Name":"a"},{"Name":"b"}]}"#, "Buckets", r#"[{"Name":"a"},{"Name":"b"}]"#);
        check_items(r#"{"R":[{"I":[1,2]},{"I":[3]},{}]}"#, "R[].I[]", "[1,2,3]");
        check_items(r#"{"R":[{"I":[1,2]},{"I":[3]}]}"#, "R[].I", "[1,2,3]");
        check_items(r#"{"A":{"Items":[1]}}"#, "A.Items", "[1]");
        check_items(r#"{"Detail":{"Id":1}}"#, "Detail", r#"[{"Id":1}]"#);
        check_items("{}", "Buckets", "[]");
        check_items(r#"{"R":[]}"#, "R[].I[]", "[]");
    }

    #[test]
    fn an_unread_value_on_the_way_is_an_unread_item() {
        let unread = r#"{"R":[{"I":[1]},{"$unread":{"reason":"throttled"}}]}"#;
        let items = take_items(doc(unread), "R[].I[]");
        assert_eq!(items.len(), 2);
        assert!(items[1].unread().is_some());
    }

    #[test]
    fn a_selection_copies_values_and_lists() {
        let value = doc(r#"{"A":{"B":1},"L":[{"X":"p"},{"X":"q"}]}"#);
        assert_eq!(select(&value, "A.B"), Doc::Int(1));
        assert_eq!(select(&value, ""), value);
        assert_eq!(select(&value, "L[].X"), doc(r#"["p","q"]"#));
        assert_eq!(select(&value, "No.Such"), Doc::Null);
    }

    #[test]
    fn values_are_changed_in_place() {
        let mut value = doc(r#"{"L":[{"D":"x"},{"D":null},{}],"S":"y"}"#);
        for_each_mut(&mut value, "L[].D", &mut |d| *d = Doc::Int(1));
        for_each_mut(&mut value, "S", &mut |d| *d = Doc::Int(2));
        for_each_mut(&mut value, "No.Such", &mut |d| *d = Doc::Int(3));
        assert_eq!(value, doc(r#"{"L":[{"D":1},{"D":null},{}],"S":2}"#));
    }
}
