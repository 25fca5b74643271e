//! A canary at every path that the pack's collectors declare: it does not come out.

use plumbline_baseline::pack::Pack;

use super::*;

/// Text that nothing but its place makes a secret.
const CANARY: &str = "canary of the seventh night";

/// A document with a value at a path, and a neighbour at every step.
fn document(path: &str, value: &Doc) -> Doc {
    let Some((step, rest)) = path.split_once('.').map(|(step, rest)| (step, Some(rest))).or(Some((path, None))) else {
        return value.clone();
    };
    let below = rest.map_or_else(|| value.clone(), |rest| document(rest, value));
    let (name, below) = match step.strip_suffix("[]") {
        Some(name) => (name, Doc::List(vec![Doc::Null, below.clone(), below])),
        None => (step, below),
    };
    Doc::map([("Neighbour", Doc::from("stays")), (name, below)])
}

#[test]
fn no_declared_path_lets_a_canary_out() {
    let values = [
        Doc::from(CANARY),
        Doc::List(vec![Doc::from(CANARY), Doc::from(CANARY)]),
        Doc::map([("name", Doc::from(CANARY)), ("deeper", Doc::List(vec![Doc::map([("x", Doc::from(CANARY))])]))]),
    ];
    let mut checked = 0;
    for known in Pack::embedded().resource_types() {
        let declared = &known.declared;
        for (path, value) in declared.redact.iter().flat_map(|path| values.iter().map(move |value| (path, value))) {
            let mut doc = document(path, value);
            assert!(doc.to_json().contains(CANARY));
            redactor(1).redact(&mut doc, &declared.redact);
            let text = doc.to_json();
            assert!(!text.contains("canary") && text.contains("$redacted"), "{} {path}: {text}", declared.name);
            assert_eq!(doc.get("Neighbour").as_str(), Some("stays"), "{} {path}", declared.name);
            redactor(1).redact(&mut doc, &declared.redact);
            assert_eq!(doc.to_json(), text, "{} {path}", declared.name);
            checked += 1;
        }
    }
    assert!(checked > 100, "{checked}");
}

/// Credentials in any text of any type, without a declaration.
#[test]
fn credentials_are_found_in_every_type_without_a_declaration() {
    let secret = "https://ann:hunter2-canary@hooks.example.com/x";
    for known in Pack::embedded().resource_types() {
        let mut doc = Doc::map([
            ("Description", Doc::from(format!("calls {secret}"))),
            ("Tags", Doc::List(vec![Doc::map([("Key", Doc::from("hook")), ("Value", Doc::from(secret))])])),
        ]);
        redactor(1).redact(&mut doc, &known.declared.redact);
        assert!(!doc.to_json().contains("canary"), "{}", known.declared.name);
    }
}
