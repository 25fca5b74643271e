//! What holds for every policy, and for what is no policy at all: names, values and shapes come from people who may
//! want to be judged well.

use proptest::prelude::*;

use super::*;

fn principal() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(r#""*""#.to_owned()),
        Just(r#"{"AWS":"*"}"#.to_owned()),
        Just(r#"{"AWS":["111111111111","arn:aws:iam::222222222222:root"]}"#.to_owned()),
        Just(r#"{"Service":"sns.amazonaws.com"}"#.to_owned()),
    ]
}

fn any_statement() -> impl Strategy<Value = String> {
    let effect = prop_oneof![Just("Allow"), Just("Deny")];
    let action = prop_oneof![Just("*"), Just("s3:*"), Just("s3:GetObject"), Just("kms:Decrypt")];
    let condition = prop_oneof![
        Just(""),
        Just(r#","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}"#),
        Just(r#","Condition":{"Bool":{"aws:SecureTransport":"false"}}"#),
    ];
    (effect, action, principal(), condition).prop_map(|(effect, action, principal, condition)| {
        format!(r#"{{"Effect":"{effect}","Action":"{action}","Resource":"*","Principal":{principal}{condition}}}"#)
    })
}

fn of(statements: &[String]) -> Policy {
    policy(&format!(r#"{{"Statement":[{}]}}"#, statements.join(",")))
}

fn says(answer: &Answer) -> bool {
    matches!(answer, Answer::Yes(_))
}

/// Every question that can be asked of a policy.
fn answers(policy: &Policy) -> Vec<Answer> {
    vec![
        policy.is_public(),
        policy.denies_insecure_transport(),
        policy.allows_full_admin(),
        policy.allows_service("sns.amazonaws.com"),
        policy.allows_service_for_anyone("sns.amazonaws.com"),
        policy.allows_action("s3:GetObject"),
        policy.trusts_anyone(),
        policy.grants_account_outside(&["111111111111".to_owned()]),
    ]
}

fn kind(answer: &Answer) -> &'static str {
    match answer {
        Answer::Yes(_) => "yes",
        Answer::No => "no",
        Answer::Unknown(_) => "unknown",
    }
}

/// JSON of any shape, rich in the words of policies, in wildcards, and in what breaks parsers.
fn any_json() -> impl Strategy<Value = String> {
    const WORDS: [&str; 14] = [
        "*",
        "?*",
        "Allow",
        "arn:aws:iam::*:root",
        "arn:",
        ":",
        "s3:*",
        "${aws:x}",
        "0.0.0.0/0",
        "/33",
        "\0",
        "\u{202e}",
        "repo:",
        "😀",
    ];
    const KEYS: [&str; 12] = [
        "Statement",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "Condition",
        "AWS",
        "Federated",
        "StringLike",
        "aws:SourceIp",
    ];
    let text = |words: &'static [&'static str]| prop::sample::select(words).prop_map(serde_json::Value::from);
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(serde_json::Value::from),
        any::<i64>().prop_map(serde_json::Value::from),
        any::<f32>().prop_map(serde_json::Value::from),
        text(&WORDS),
        ".{0,12}".prop_map(serde_json::Value::from),
    ];
    let tree = leaf.prop_recursive(6, 64, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(serde_json::Value::from),
            prop::collection::btree_map(prop::sample::select(&KEYS[..]), inner, 0..6)
                .prop_map(|map| map.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
        ]
    });
    tree.prop_map(|value| value.to_string())
}

/// The number of places in a document.
fn places(doc: &Doc) -> usize {
    1 + match doc {
        Doc::List(items) => items.iter().map(places).sum(),
        Doc::Map(map) => map.iter().map(|(_, value)| places(value)).sum(),
        _ => 0,
    }
}

/// The document without what is at a place, which was not read.
fn without(doc: &Doc, place: &mut usize) -> Doc {
    if *place == 0 {
        *place = usize::MAX;
        return Doc::Unread(malformed("not read"));
    }
    *place -= 1;
    match doc {
        Doc::List(items) => Doc::List(items.iter().map(|item| without(item, place)).collect()),
        Doc::Map(map) => Doc::Map(map.iter().map(|(key, value)| (key.clone(), without(value, place))).collect()),
        doc => doc.clone(),
    }
}

proptest! {
    #[test]
    fn hostile_documents_are_judged_without_harm(text in any_json()) {
        let _ = answers(&policy(&text));
        let _ = answers(&policy(&format!(r#"{{"Statement":[{text}]}}"#)));
        let body = format!(r#"{{"Statement":{{"Effect":"Allow","Action":"*","Resource":"*","Principal":{text},"Condition":{text}}}}}"#);
        let _ = answers(&policy(&body));
    }

    #[test]
    fn a_statement_that_is_none_leaves_nothing_proven(
        statements in prop::collection::vec(any_statement(), 0..4),
        broken in prop::sample::select(vec![
            "5", "[]", "\"Allow\"", r#"{"Effect":"allow"}"#, r#"{"Effect":"Allow","Principal":[]}"#,
            r#"{"Effect":"Allow","Action":{"x":1}}"#, r#"{"Effect":"Deny","Condition":[]}"#,
            r#"{"Effect":"Deny","Condition":{"Bool":"x"}}"#, r#"{"Effect":"Allow","Resource":[["*"]]}"#,
        ]),
    ) {
        let mut all = statements;
        all.push(broken.to_owned());
        for answer in answers(&of(&all)) {
            prop_assert!(kind(&answer) != "no", "{all:?}");
        }
    }

    #[test]
    fn what_was_not_read_never_turns_an_answer_round(
        statements in prop::collection::vec(any_statement(), 1..4),
        place in any::<prop::sample::Index>(),
    ) {
        let whole = Doc::from_json(&format!(r#"{{"Statement":[{}]}}"#, statements.join(","))).unwrap();
        let part = without(&whole, &mut place.index(places(&whole)));
        for (known, less) in answers(&Policy::parse(&whole)).iter().zip(answers(&Policy::parse(&part))) {
            prop_assert!(kind(&less) == "unknown" || kind(&less) == kind(known), "{statements:?} {part:?}");
        }
    }

    #[test]
    fn a_deny_never_makes_more_public(statements in prop::collection::vec(any_statement(), 0..5), deny in any_statement()) {
        let mut more = statements.clone();
        more.push(deny.replace("Allow", "Deny"));
        prop_assert!(says(&of(&statements).is_public()) || !says(&of(&more).is_public()));
    }

    #[test]
    fn the_order_of_statements_does_not_matter(statements in prop::collection::vec(any_statement(), 0..5)) {
        let mut reversed = statements.clone();
        reversed.reverse();
        let (one, other) = (of(&statements), of(&reversed));
        prop_assert_eq!(says(&one.is_public()), says(&other.is_public()));
        prop_assert_eq!(says(&one.denies_insecure_transport()), says(&other.denies_insecure_transport()));
        prop_assert_eq!(says(&one.allows_full_admin()), says(&other.allows_full_admin()));
    }

    #[test]
    fn one_text_and_a_list_of_one_are_the_same(statement in any_statement()) {
        let listed = statement.replace(r#""Resource":"*""#, r#""Resource":["*"]"#).replace(r#"{"AWS":"*"}"#, r#"{"AWS":["*"]}"#);
        let (one, other) = (of(&[statement]), of(&[listed]));
        prop_assert_eq!(one.is_public(), other.is_public());
        prop_assert_eq!(one.denies_insecure_transport(), other.denies_insecure_transport());
    }

    #[test]
    fn anything_parses(text in ".{0,200}") {
        let _ = policy(&text).is_public();
    }
}
