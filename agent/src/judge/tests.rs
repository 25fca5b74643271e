//! Controls on what is redacted: verdicts are those of the documents as they were read, and nothing else of them leaves.

use plumbline_baseline::api::Catalog;
use plumbline_baseline::pack::Source;
use plumbline_baseline::resource::{Listing, Resource};
use plumbline_proto::agent_v1::{Account, Status};

use super::{Arc, Doc, JobSpec, Judge, Pack, Redactor, Row, Snapshot};
use crate::redact::RedactionKey;

const CANARY: &str = "canary of the seventh night";

const COLLECTOR: &str = "
service: lambda
resources:
  - type: AWS::Lambda::Function
    scope: regional
    list: { call: ListFunctions, items: Functions }
    arn: '{FunctionArn}'
    redact: [Environment.Variables]
";

/// A pack of one control on functions.
fn judge(expressions: &str) -> Judge {
    let control = format!(
        "id: lambda-mode
title: Functions have a mode
finding: {{ one: The function has no mode, other: '{{count}} functions have no mode' }}
severity: low
level: 2
fix: {{ by: iac }}
resource: AWS::Lambda::Function
{expressions}
why: For this test.
remediation: {{ steps: None. }}
references: ['https://docs.aws.amazon.com/lambda/latest/dg/welcome.html']
cases: []
"
    );
    let sources = [("collectors/lambda.yaml", COLLECTOR), ("controls/lambda/lambda-mode.yaml", &control)];
    let sources = sources.map(|(path, text)| Source { path: path.to_owned(), text: text.to_owned() });
    let (pack, problems) = Pack::load_for_scanning(sources, Catalog::embedded());
    assert!(pack.control("lambda-mode").is_some(), "{problems:?}");
    Judge::new(Arc::new(pack))
}

/// Two functions: one whose mode is the canary, and one of another mode.
fn snapshot() -> Snapshot {
    let function = |name: &str, mode: &str| Resource {
        type_name: "AWS::Lambda::Function".into(),
        arn: format!("arn:{name}"),
        doc: Doc::map([
            ("FunctionName", Doc::from(name)),
            ("Environment", Doc::map([("Variables", Doc::map([("MODE", Doc::from(mode))]))])),
        ]),
    };
    let items = vec![function("one", CANARY), function("two", "plain")];
    Snapshot { listings: [("AWS::Lambda::Function".into(), Listing { items, ..Listing::default() })].into() }
}

/// The rows of the control, and the snapshot afterwards.
fn asked(expressions: &str) -> (Vec<Row>, Snapshot) {
    let spec = JobSpec {
        account: Some(Account { id: "111122223333".to_owned(), ..Account::default() }),
        region: "eu-west-1".to_owned(),
        partition: "aws".to_owned(),
        controls: vec!["lambda-mode".to_owned()],
        now: "2026-11-26T00:00:00Z".to_owned(),
        ..JobSpec::default()
    };
    let (mut rows, mut snapshot) = (Vec::new(), snapshot());
    let redactor = Redactor::new(RedactionKey::from([3; 32]));
    judge(expressions).evaluate(&spec, &Arc::default(), &mut snapshot, &redactor, |batch| {
        rows.extend(batch);
        true
    });
    (rows, snapshot)
}

fn check(expressions: &str, expected: &[(&str, Status)]) {
    let (rows, snapshot) = asked(expressions);
    let found: Vec<(&str, Status)> = rows.iter().map(|row| (row.resource.as_str(), row.status())).collect();
    assert_eq!(found, expected, "{expressions}: {rows:?}");
    assert!(!format!("{rows:?}").contains("canary"), "{expressions}: {rows:?}");
    assert!(!format!("{snapshot:?}").contains("canary"), "{expressions}");
}

#[test]
fn verdicts_do_not_depend_on_what_is_redacted() {
    let wanted = format!("resource.Environment.Variables.MODE == '{CANARY}'");
    check(&format!("pass_when: \"{wanted}\""), &[("arn:one", Status::Pass), ("arn:two", Status::Fail)]);
    check(&format!("pass_when: \"!({wanted})\""), &[("arn:one", Status::Fail), ("arn:two", Status::Pass)]);
    check(
        &format!("applies_when: \"{wanted}\"\npass_when: resource.FunctionName == 'two'"),
        &[("arn:one", Status::Fail)],
    );
    check(
        &format!("applies_when: \"!({wanted})\"\npass_when: resource.Environment.Variables.MODE.startsWith('p')"),
        &[("arn:two", Status::Pass)],
    );
    check(
        "applies_when: resource.Environment.Variables.MODE == 'no'\npass_when: 'false'",
        &[("", Status::NotApplicable)],
    );
    check(
        "pass_when: resource.Environment.Variables.MODE.startsWith('canary')",
        &[("arn:one", Status::Pass), ("arn:two", Status::Fail)],
    );
}

#[test]
fn evidence_is_of_the_document_without_secrets() {
    let (rows, _) = asked("pass_when: resource.Environment.Variables.MODE == 'other'");
    assert!(format!("{:?}", rows[0]).contains("$redacted"), "{:?}", rows[0]);
}

#[test]
fn what_reads_nothing_redacted_is_asked_once_and_says_the_same() {
    check("pass_when: resource.FunctionName == 'one'", &[("arn:one", Status::Pass), ("arn:two", Status::Fail)]);
}
