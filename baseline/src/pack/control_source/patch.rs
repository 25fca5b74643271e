//! What a case changes of what all cases of its control start from: a place, and what stands there instead. A map is
//! merged with the one that is there, anything else takes its place.

use crate::doc::{Doc, Key, Map};

/// One step of a place.
enum Step<'p> {
    Member(&'p str),
    Item(usize),
}

/// Changes what is at a place such as `Alarms[0].Dimensions`; the document itself when the place is empty.
///
/// # Errors
/// There is no such place: a case that changes nothing would show nothing.
pub(super) fn change(doc: &mut Doc, place: &str, value: &Doc) -> Result<(), String> {
    let place = place.trim_start_matches('.');
    let steps = steps(place)?;
    let (last, way) = match steps.split_last() {
        Some((last, way)) => (last, way),
        None => {
            merge(doc, value);
            return Ok(());
        }
    };
    let mut current = doc;
    for step in way {
        current = existing(current, step).ok_or_else(|| format!("there is nothing at `{place}` to change"))?;
    }
    match (last, &mut *current) {
        (Step::Member(name), Doc::Map(members)) if members.get(name).is_none() => {
            members.insert(Key::new(name), Doc::Null);
        }
        (Step::Item(index), Doc::List(items)) if *index == items.len() => items.push(Doc::Null),
        _ => {}
    }
    let target = existing(current, last).ok_or_else(|| format!("there is nothing at `{place}` to change"))?;
    merge(target, value);
    Ok(())
}

fn steps(place: &str) -> Result<Vec<Step<'_>>, String> {
    let mut steps = Vec::new();
    for part in place.split('.').filter(|part| !part.is_empty()) {
        let (name, rest) = part.split_at(part.find('[').unwrap_or(part.len()));
        if !name.is_empty() {
            steps.push(Step::Member(name));
        }
        for index in rest.split('[').skip(1) {
            let index = index.strip_suffix(']').and_then(|index| index.parse().ok());
            steps.push(Step::Item(index.ok_or_else(|| format!("`{part}` is no place: a number stands in brackets"))?));
        }
    }
    Ok(steps)
}

fn existing<'d>(doc: &'d mut Doc, step: &Step<'_>) -> Option<&'d mut Doc> {
    match (step, doc) {
        (Step::Member(name), Doc::Map(members)) => members.get_mut(name),
        (Step::Item(index), Doc::List(items)) => items.get_mut(*index),
        _ => None,
    }
}

fn merge(doc: &mut Doc, value: &Doc) {
    match (&mut *doc, value) {
        (Doc::Map(members), Doc::Map(changes)) => merge_members(members, changes),
        _ => *doc = value.clone(),
    }
}

fn merge_members(members: &mut Map, changes: &Map) {
    for (name, value) in changes.iter() {
        match members.get_mut(name.as_str()) {
            Some(member) => merge(member, value),
            None => members.push(name.clone(), value.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(place: &str, value: &str, expected: &str) {
        let mut doc = Doc::from_json(r#"{"A":{"B":1,"C":[{"D":2}]}}"#).unwrap();
        let outcome = change(&mut doc, place, &Doc::from_json(value).unwrap());
        assert_eq!(outcome.map(|()| doc.to_json()).unwrap_or_else(|error| error), expected, "{place}");
    }

    #[test]
    fn maps_are_merged_and_everything_else_is_replaced() {
        check("A", r#"{"B":3}"#, r#"{"A":{"B":3,"C":[{"D":2}]}}"#);
        check("", r#"{"A":{"B":null}}"#, r#"{"A":{"B":null,"C":[{"D":2}]}}"#);
        check("A.C", "[]", r#"{"A":{"B":1,"C":[]}}"#);
        check("A.C[0]", r#"{"E":4}"#, r#"{"A":{"B":1,"C":[{"D":2,"E":4}]}}"#);
        check("A.C[0].D", "5", r#"{"A":{"B":1,"C":[{"D":5}]}}"#);
        check("A.C[1]", r#"{"D":6}"#, r#"{"A":{"B":1,"C":[{"D":2},{"D":6}]}}"#);
        check("A.New", "1", r#"{"A":{"B":1,"C":[{"D":2}],"New":1}}"#);
    }

    #[test]
    fn a_place_that_is_not_there_is_a_mistake() {
        check("A.X.Y", "1", "there is nothing at `A.X.Y` to change");
        check("A.C[3]", "1", "there is nothing at `A.C[3]` to change");
        check("A.B[0]", "1", "there is nothing at `A.B[0]` to change");
        check("A[x]", "1", "`A[x]` is no place: a number stands in brackets");
    }
}
