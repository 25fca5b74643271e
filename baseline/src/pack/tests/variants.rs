//! Variants: one file, several controls, and which of them a problem is about.

use super::*;

const VARIANTS: &str = r#"id: s3-bucket-{variant}
variants:
  named: { least: 0, says: a name, looks: ["https://example.com/named"] }
  long: { least: 2, says: a long name, looks: ["https://example.com/long"] }
title: Buckets have {says}
finding: { one: "The bucket has not {says}", other: "{count} buckets have not {says}" }
severity: low
level: 1
fix: { by: iac }
resource: AWS::S3::Bucket
pass_when: size(resource.Name) > variant.least
why: Because {says} helps, and {other} is left alone.
remediation: { steps: Name it. }
references: "{looks}"
cases:
  - { name: "more than {least}", resource: { Name: "{variant}" }, expect: pass }
  - { name: none, resource: { Name: "" }, expect: fail }
  - { name: short, variants: [long], resource: { Name: ab }, expect: fail }
  - { name: unread, unknown: [Name], expect: unknown }
"#;

const PATH: &str = "controls/s3/s3-bucket-{variant}.yaml";

fn load_with(text: &str, more: &[Source]) -> (Pack, Vec<String>) {
    let mut sources = vec![source("collectors/s3.yaml", COLLECTOR), source(PATH, text)];
    sources.extend_from_slice(more);
    let (pack, problems) = Pack::load(sources, Catalog::embedded());
    (pack, problems.iter().map(ToString::to_string).collect())
}

#[test]
fn each_variant_is_a_control_of_its_own() {
    let (pack, problems) = load_with(VARIANTS, &[]);
    assert!(problems.is_empty(), "{problems:#?}");
    let ids: Vec<&str> = pack.controls().map(|control| &**control.id()).collect();
    assert_eq!(ids, ["s3-bucket-long", "s3-bucket-named"]);
    let long = pack.control("s3-bucket-long").unwrap();
    assert_eq!(long.control.title, "Buckets have a long name");
    assert_eq!(long.control.why, "Because a long name helps, and {other} is left alone.");
    assert_eq!(long.control.finding.as_ref().unwrap().of(3), "3 buckets have not a long name");
    assert_eq!(long.control.references, ["https://example.com/long"]);
    assert_eq!(long.control.cases.len(), 4);
    assert_eq!(pack.control("s3-bucket-named").unwrap().control.cases.len(), 3);
    for control in pack.controls() {
        for case in &control.control.cases {
            assert!(crate::case::run(&pack, control, case).holds(), "{}: {}", control.id(), case.name);
        }
    }
}

#[test]
fn a_control_of_a_variants_id_replaces_that_variant_alone() {
    let own = CONTROL.replace("s3-bucket-named", "s3-bucket-long").replace("Buckets have a name", "Mine");
    let (pack, problems) = load_with(VARIANTS, &[source("own/controls/s3/s3-bucket-long.yaml", own)]);
    assert!(problems.is_empty(), "{problems:#?}");
    assert_eq!(pack.control("s3-bucket-long").unwrap().control.title, "Mine");
    assert_eq!(pack.control("s3-bucket-named").unwrap().control.title, "Buckets have a name");
}

fn check(from: &str, to: &str, expected: &[&str]) {
    assert!(VARIANTS.contains(from), "{from}");
    let (_, problems) = load_with(&VARIANTS.replacen(from, to, 1), &[]);
    for expected in expected {
        let count = problems.iter().filter(|problem| problem.contains(expected)).count();
        assert_eq!(count, 1, "`{to}` should say `{expected}` once: {problems:#?}");
    }
}

#[test]
fn problems_name_the_variant_unless_all_have_them() {
    check("size(resource.Name)", "size(resource.Nam)", &[":11:26: error: AWS::S3::Bucket has no member `Nam`"]);
    check(
        "least: 2,",
        "least: [2],",
        &[":11:12: error: variant long: a number is neither less nor greater than a list"],
    );
    check(
        "least: 2,",
        "lest: 2,",
        &[":4:11: error: variant `long` has a `lest`, and `named` has none; did you mean `least`?"],
    );
    check(
        "{count} buckets have not {says}",
        "{count} buckets have not {say}",
        &["the variants have no `say`; did you mean `says`?"],
    );
    check("variant.least", "variant.last", &[":11:42: error: the variants have no `last`; did you mean `least`?"]);
    check("says: a long name", "says: a long name.", &[":5:8: error: variant long: a title ends without"]);
    check("level: 1", "level: 7", &[":8:8: error: `level` is 1"]);
    check("variants: [long]", "variants: [lng]", &[":18:31: error: no variant is called `lng`; did you mean `long`?"]);
    let (_, problems) = load(COLLECTOR, &CONTROL.replace("name: short,", "name: short, variants: [x],"));
    assert!(problems[0].contains("the control has no variants"), "{problems:?}");
}
