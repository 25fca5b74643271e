//! What is redacted in stored documents. Pure.

use std::collections::BTreeSet;

use plumbline_baseline::Doc;
use plumbline_baseline::doc::REDACTED;

/// The first-level members in which something is redacted. Where the name of a member was a secret, nobody can tell any
/// more which names there are: the whole of what has it stands for a secret.
pub(super) fn members(doc: &mut Doc) -> BTreeSet<String> {
    let Doc::Map(members) = doc else { return BTreeSet::new() };
    let mut found: BTreeSet<String> =
        members.iter_mut().filter_map(|(name, value)| is_hidden(value).then(|| name.as_str().to_owned())).collect();
    let names: Vec<String> = members.iter().map(|(name, _)| name.as_str().to_owned()).collect();
    if names.iter().any(|name| is_replaced(name)) {
        found.insert(plumbline_baseline::plan::ALL.to_owned());
        found.extend(names);
        *doc = secret();
    }
    found
}

fn is_hidden(value: &mut Doc) -> bool {
    match value {
        Doc::Map(members) if members.is_redacted() => true,
        Doc::Map(members) => {
            let is_named = members.iter().any(|(name, _)| is_replaced(name.as_str()));
            // Every member is looked at: each may have a name to hide.
            let found = members.iter_mut().fold(false, |found, (_, member)| is_hidden(member) | found);
            if is_named {
                *value = secret();
            }
            is_named || found
        }
        Doc::List(items) => items.iter_mut().fold(false, |found, item| is_hidden(item) | found),
        _ => false,
    }
}

/// Whether a name was replaced by its hash.
fn is_replaced(name: &str) -> bool {
    name.strip_prefix(REDACTED).is_some_and(|rest| rest.starts_with(' '))
}

fn secret() -> Doc {
    Doc::map([(REDACTED, Doc::from("a name"))])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, expected: &[&str], left: &str) {
        let mut doc = Doc::from_json(json).expect("it is JSON");
        let found = members(&mut doc);
        assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), expected, "{json}");
        assert_eq!(doc.to_json(), left, "{json}");
    }

    #[test]
    fn what_is_redacted_is_found_wherever_it_stands() {
        let same = |json: &str, expected: &[&str]| check(json, expected, json);
        same(r#"{"A":1,"B":{"C":[{"$redacted":"0"}]}}"#, &["B"]);
        same(r#"{"A":"$redacted","B":{"$redacted":1,"C":2}}"#, &[]);
        check(r#"{"A":{"$redacted 0":1,"B":2},"C":3}"#, &["A"], r#"{"A":{"$redacted":"a name"},"C":3}"#);
        check(r#"{"$redacted 0":1,"B":2}"#, &["$redacted 0", "*", "B"], r#"{"$redacted":"a name"}"#);
        same("null", &[]);
    }
}
