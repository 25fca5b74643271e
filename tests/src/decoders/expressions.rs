//! Expressions of the control language: parsed, compiled and evaluated on a resource.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use plumbline_baseline::Doc;
use plumbline_baseline::expr::{self, Env, Inputs, Problem, Type, TypeSource};
use plumbline_baseline::resource::Snapshot;

use super::Read;

/// No types but the one at hand.
struct NoTypes;

impl TypeSource for NoTypes {
    fn resource_type(&self, name: &str) -> Option<Type> {
        (name == "AWS::SQS::Queue").then_some(Type::Any)
    }

    fn resource_type_names(&self) -> Vec<String> {
        vec!["AWS::SQS::Queue".to_owned()]
    }
}

static RESOURCE: LazyLock<Doc> = LazyLock::new(|| {
    let text = r#"{"Name":"queue","Size":17,"Ratio":0.5,"On":true,"None":null,"Made":"2026-01-15T02:00:00Z",
        "List":[1,2,3,"a",null,{"Key":"a","Value":"b"}],"Tags":[{"Key":"a","Value":"b"}],
        "Policy":{"Statement":[{"Effect":"Allow","Principal":"*","Action":"sqs:*","Resource":"*"}]},
        "Unread":{"$unread":{"reason":"access_denied","operation":"sqs:GetQueueAttributes","detail":""}}}"#;
    plumbline_tree::parse(text.as_bytes()).or_else(|| Doc::from_json(text).ok()).expect("a document")
});

/// Compiles and evaluates it.
pub(super) fn expressions(bytes: &[u8]) -> Read {
    let Ok(source) = std::str::from_utf8(bytes) else { return Read::Refused };
    let environment = || Env {
        types: &NoTypes,
        resource: Type::Any,
        parent: None,
        settings: BTreeMap::new(),
        lets: &[],
        variant: None,
    };
    let problems = |problems: &[Problem]| {
        for Problem { span, message, .. } in problems {
            assert!(source.get(span.clone()).is_some(), "{span:?} is no part of the expression: {message}");
        }
    };
    let snapshot = Snapshot::default();
    let inputs = Inputs {
        resource: &RESOURCE,
        parent: &Doc::Null,
        account: &Doc::Null,
        organization: &Doc::Null,
        region: "eu-central-1",
        settings: &Doc::Null,
        now: "2026-11-27T02:00:00Z",
        snapshot: &snapshot,
    };
    match expr::compile_value(source, &environment()) {
        Ok(program) => {
            problems(program.warnings());
            let (once, again) = (program.value(&inputs), program.value(&inputs));
            assert_eq!(plumbline_tree::write(&once), plumbline_tree::write(&again), "two values of one expression");
        }
        Err(all) => problems(&all),
    }
    match expr::compile(source, &environment()) {
        Ok(program) => {
            problems(program.warnings());
            let (truth, grounds) = program.evaluate(&inputs);
            assert_eq!(truth, program.decide(&inputs), "with its grounds it is another answer");
            assert!(grounds.evidence.len() <= 21, "{} pieces of evidence", grounds.evidence.len());
            Read::Accepted
        }
        Err(all) => {
            problems(&all);
            Read::Refused
        }
    }
}

pub(super) fn examples() -> Vec<Vec<u8>> {
    let texts = [
        "resource.Name == 'queue' && !(resource.Size > 3 || resource.On)",
        "resource.List.exists(x, x == 1) ? size(resource.Tags) >= 1 : has(resource.None)",
        "resource.Tags.all(t, t.Key in ['a', 'b'] && t.Value.startsWith('b'))",
        "resource.Policy.Statement[0].Effect == \"Allow\" && glob(resource.Name, 'q*?')",
        "resource.Unread.x == null || resource.Ratio * 2.0 - 1.0 == 0.0",
        "resource.List.filter(x, x != null).map(x, [x, x]).size() > 2",
        "days_since(resource.Made) > 90 && resource.Name.matches('^q.{1,5}e$')",
        "all('AWS::SQS::Queue').exists(q, q.Name == resource.Name)",
        "is_public(resource.Policy)",
        "-(-1) + 0x1f % 7 / 2 < 1e3 && 'a\\u00e4\\n' + r'\\d' != b",
        "{'a': 1, 'b': [true, null]}['a'] == 1",
    ];
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}
