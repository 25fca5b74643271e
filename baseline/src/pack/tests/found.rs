//! Types that are made of what a scan found: what is checked of them, and that nobody is asked for them.

use super::*;
use crate::permissions;
use crate::plan::CallPlan;

const FOUND: &str = "resources:
  - type: Acme::Scan::Account
    source: findings
    controls: [iam-root-mfa, s3-bucket-tls-only]
";

const HOLDS: &str = r#"id: org-root-mfa
title: The root users of all accounts have a second factor
finding: { one: The account lacks one, other: "{count} accounts lack one" }
severity: low
level: 1
fix: { by: console }
resource: Acme::Scan::Account
applies_when: resource.Skipped == null
pass_when: resource.Controls["iam-root-mfa"].Holds == true && size(resource.Controls["iam-root-mfa"].FailingIn) == 0
why: Because.
remediation: { steps: None. }
cases:
  - { name: held, resource: { Controls: { iam-root-mfa: { Holds: true } } }, expect: pass }
  - { name: not held, resource: { Controls: { iam-root-mfa: { Holds: false, FailingIn: [aws-global] } } }, expect: fail }
  - { name: not read, unknown: [Controls], expect: unknown }
"#;

fn load_found(from: &str, to: &str) -> (Pack, Vec<String>) {
    let changed = |text: &str| text.replacen(from, to, 1);
    let mut sources = Pack::embedded_sources();
    sources.push(source("collectors/acme.yaml", changed(FOUND)));
    sources.push(source("controls/org/org-root-mfa.yaml", changed(HOLDS)));
    let (pack, problems) = Pack::load(sources, Catalog::embedded());
    (pack, problems.iter().map(ToString::to_string).collect())
}

#[track_caller]
fn check_found(from: &str, to: &str, expected: &str) {
    assert!(FOUND.contains(from) || HOLDS.contains(from), "{from}");
    let (_, problems) = load_found(from, to);
    let found = problems.iter().any(|problem| problem.contains(expected));
    assert!(found, "`{to}` should say `{expected}`, not {problems:#?}");
}

#[test]
fn a_type_of_findings_asks_nobody() {
    let (pack, problems) = load_found("", "");
    assert!(problems.is_empty(), "{problems:?}");
    let plan = CallPlan::new(&pack, ["org-root-mfa"]);
    assert!(plan.operations().is_empty() && permissions::of_plan(&plan, Catalog::embedded()).is_empty());
    let control = pack.control("org-root-mfa").unwrap();
    for case in &control.control.cases {
        assert!(crate::case::run(&pack, control, case).holds(), "{}", case.name);
    }
}

#[test]
fn what_cannot_be_counted_is_an_error() {
    check_found("[iam-root-mfa,", "[iam-root-mfs,", "there is no control `iam-root-mfs`; did you mean `iam-root-mfa`?");
    check_found("tls-only]", "tls-only, account-root-email-managed]", "is decided by a person");
    check_found("tls-only]", "tls-only, org-root-mfa]", "`org-root-mfa` is itself about what a scan found");
    check_found("    controls: [iam-root-mfa, s3-bucket-tls-only]\n", "", "needs `controls`");
    check_found("source: findings", "source: findngs", "did you mean `findings`");
    check_found("source: findings", "source: findings\n    scope: global", "no key `scope`");
    check_found("Acme::Scan::Account\n    source", "AWS::Scan::Account\n    source", "is not a type of AWS");
}

#[test]
fn a_control_that_is_not_counted_cannot_be_read() {
    check_found("Controls[\"iam-root-mfa\"].Holds", "Controls[\"iam-root-mfs\"].Holds", "no member `iam-root-mfs`");
    check_found("Controls[\"iam-root-mfa\"].Holds", "Controls[\"iam-root-mfa\"].Hold", "no member `Hold`");
    check_found(
        "pass_when: ",
        "pass_when: all(\"AWS::S3::Bucket\").all(bucket, bucket.Name != null) && ",
        "`AWS::S3::Bucket` is regional, and what this control is about is not: no job has both",
    );
}
