//! Every form of a credential in every position, and laws about whatever else stands there.

use proptest::prelude::*;

use super::*;

/// A form: the text, and the part of it that must not come out.
const FORMS: &[(&str, &str)] = &[
    ("AKIAIOSFODNN7EXAMPLE", "IOSFODNN7EXAMPLE"),
    ("ASIAIOSFODNN7EXAMPLE", "IOSFODNN7EXAMPLE"),
    ("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "wJalrXUtnFEMI"),
    ("IQoJb3JpZ2luX2VjEJr//////////wEaCXVzLWVhc3QtMSJHMEUCIQDx+abc0123456789", "X2VjEJr"),
    ("-----BEGIN RSA PRIVATE KEY----- MIIEowIBAAKCAQEA -----END RSA PRIVATE KEY-----", "MIIEowIBAAKCAQEA"),
    ("-----BEGIN OPENSSH PRIVATE KEY----- b3BlbnNzaC1rZXk", "b3BlbnNzaC1rZXk"),
    ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N", "dozjgNryP4J3jVmNHl0w5N"),
    ("ghp_16C7e42F292c6912E7710c838347Ae178B4a", "16C7e42F292c6912"),
    ("github_pat_11ABCDEFG0123456789_abcdefghijklmnopqrstuvwxyz", "11ABCDEFG0123456789"),
    ("glpat-0123456789abcdefghij", "0123456789abcdefghij"),
    ("xoxb-123456789012-1234567890123-abcdefghijklmnop", "1234567890123"),
    ("xapp-1-A0123456789-0123456789012-abcdef", "A0123456789"),
    ("sk_live_4eC39HqLyjWDarjtT1zdp7dc", "4eC39HqLyjWDarjtT1zdp7dc"),
    ("whsec_0123456789abcdef0123456789abcdef", "0123456789abcdef"),
    ("AIzaSyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY", "SyD-9tSrke72"),
    ("npm_0123456789abcdefghijklmnopqrstuvwxyz", "0123456789abcdef"),
    ("SG.0123456789abcdefghijkl.0123456789abcdefghijklmnopqrstuvwxyz", "0123456789abcdef"),
    ("SK0123456789abcdef0123456789abcdef", "0123456789abcdef"),
    ("dop_v1_0123456789abcdef0123456789abcdef", "0123456789abcdef"),
    ("hvs.CAESI0123456789abcdefgh", "0123456789abcdefgh"),
    ("shpat_0123456789abcdef0123456789abcdef", "0123456789abcdef"),
    ("pypi-AgEIcHlwaS5vcmcCJDAwMDAwMDAwLTAwMDAtMDAwMC0w", "cHlwaS5vcmcC"),
    ("sk-ant-api03-0123456789abcdefghijklmnop", "0123456789abcdef"),
    ("123456789:AAF0123456789abcdefghijklmnopqrstuv", "0123456789abcdef"),
    ("https://ann:tr0ub4dor-and-3@db.example.com/x", "tr0ub4dor-and-3"),
    ("https://hooks.slack.com/services/T00000000/B00000000/abcdefghijklmnop", "abcdefghijklmnop"),
    ("https://example.com/hook?api_key=tr0ub4dor-and-3", "tr0ub4dor-and-3"),
    ("password=tr0ub4dor-and-3", "tr0ub4dor-and-3"),
    ("DB_PASSWORD=tr0ub4dor-and-3", "tr0ub4dor-and-3"),
    ("Server=db;Uid=app;Pwd=tr0ub4dor-and-3;", "tr0ub4dor-and-3"),
    ("Authorization: Bearer 0123456789abcdefghij", "0123456789abcdefghij"),
    ("Authorization: Basic YWRtaW46dHIwdWI0ZG9y", "YWRtaW46dHIwdWI0ZG9y"),
    ("mysql -h db -ptr0ub4dor-and-3 prod", "tr0ub4dor-and-3"),
    ("curl -u ann:tr0ub4dor-and-3 https://example.com", "tr0ub4dor-and-3"),
    ("run --client-secret tr0ub4dor-and-3", "tr0ub4dor-and-3"),
];

/// Where a form may stand.
fn positions(form: &str) -> Vec<Doc> {
    let text = |text: String| Doc::map([("Description", Doc::from(text))]);
    let inner = Doc::map([("user", Doc::from("app")), ("note", Doc::from(form))]).to_json();
    let twice = Doc::map([("doc", Doc::from(inner.as_str()))]).to_json();
    let escaped: String = form.bytes().map(|byte| format!("%{byte:02X}")).collect();
    vec![
        text(form.to_owned()),
        Doc::map([("List", Doc::List(vec![Doc::from("first"), Doc::from(form), Doc::Int(1)]))]),
        Doc::map([("Variables", Doc::map([("MODE", Doc::from(form))]))]),
        Doc::map([("Labels", Doc::map([(form, Doc::from("x"))]))]),
        Doc::map([("Labels", Doc::map([(form, Doc::map([("deeper", Doc::Int(1))]))]))]),
        Doc::map([("Tags", Doc::List(vec![Doc::map([("Key", Doc::from("note")), ("Value", Doc::from(form))])]))]),
        text(inner),
        text(twice),
        text(format!("https://example.com/cb?state=1&next={escaped}")),
        text(format!("#!/bin/sh\nset -e\ncd /srv && ./run '{form}' | tee log\n")),
        text(format!("note: see below\n  {form}\nend")),
        text(format!("({form})")),
    ]
}

#[test]
fn no_form_of_a_credential_comes_out_of_any_position() {
    for (form, secret) in FORMS {
        for (position, mut doc) in positions(form).into_iter().enumerate() {
            redactor(1).redact(&mut doc, &[]);
            let text = doc.to_json();
            assert!(text.contains("$redacted"), "{form} at {position}: {text}");
            for part in parts(secret) {
                assert!(!text.contains(&part), "{form} at {position}: {part} in {text}");
            }
            redactor(1).redact(&mut doc, &[]);
            assert_eq!(doc.to_json(), text, "{form} at {position}");
        }
    }
}

/// All parts of eight characters.
fn parts(secret: &str) -> impl Iterator<Item = String> {
    let characters: Vec<char> = secret.chars().collect();
    let parts: Vec<String> = characters.windows(8).map(|part| part.iter().collect()).collect();
    parts.into_iter()
}

fn documents() -> impl Strategy<Value = Doc> {
    let name =
        prop::sample::select(vec!["Name", "Key", "Value", "Password", "Secret", "Tags", "Endpoint", "$redacted"]);
    let form = prop::sample::select(FORMS.iter().map(|(form, _)| *form).collect::<Vec<_>>());
    let leaf = prop_oneof![
        Just(Doc::Null),
        any::<bool>().prop_map(Doc::Bool),
        any::<i64>().prop_map(Doc::Int),
        ".{0,20}".prop_map(Doc::from),
        "[a-zA-Z0-9=:/@%\"'<>. -]{0,40}".prop_map(Doc::from),
        form.prop_map(Doc::from),
    ];
    leaf.prop_recursive(4, 30, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Doc::List),
            prop::collection::vec((prop_oneof![name.clone().prop_map(str::to_owned), ".{0,8}"], inner), 0..4).prop_map(
                |members| {
                    let mut map = plumbline_baseline::Map::new();
                    members.into_iter().for_each(|(name, value)| map.insert(name.as_str(), value));
                    Doc::Map(map)
                }
            ),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(250))]

    #[test]
    fn redacting_twice_is_redacting_once(mut doc in documents(), paths in prop::collection::vec("(Name|Value|Tags)(\\.(Name|Value))?", 0..3)) {
        let found = redactor(1).hidden_members(&mut doc, &paths);
        let (before, is_map) = (doc.to_json(), doc.as_map().is_some());
        redactor(1).redact(&mut doc, &paths);
        let once = doc.to_json();
        if is_map {
            prop_assert_eq!(before == once, found.is_empty(), "looking and writing find the same");
        }
        redactor(1).redact(&mut doc, &paths);
        prop_assert_eq!(doc.to_json(), once.clone());
        prop_assert!(Doc::from_json(&once).is_ok());
        for (_, secret) in FORMS.iter().filter(|(form, _)| before.contains(form)) {
            for part in parts(secret) {
                prop_assert!(!once.contains(&part), "{} in {}", part, once);
            }
        }
    }
}
