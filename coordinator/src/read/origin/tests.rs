//! Origins of documents: what is claimed, and what is not.

use plumbline_baseline::{Doc, Evidence};

use super::*;
use crate::report::ReportRow;

const SET: &str = "StackSet-logging-baseline-0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f";

fn row() -> ReportRow {
    ReportRow {
        account: "111122223333".into(),
        region: "eu-west-1".into(),
        resource: "arn:aws:s3:::logs-one".to_owned(),
        resource_type: "AWS::EC2::Instance".into(),
        evidence: vec![Evidence { path: "resource.MetadataOptions.HttpTokens".into(), value: "optional".into() }],
        witnesses: Vec::new(),
        ..crate::report::tests::corpus::row("1", "eu-west-1", "a-control", Status::Fail)
    }
}

fn tagged(tags: &[(&str, &str)]) -> Doc {
    let tags = tags.iter().map(|(key, value)| Doc::map([("Key", Doc::from(*key)), ("Value", Doc::from(*value))]));
    Doc::map([("Tags", Doc::List(tags.collect())), ("ImageId", Doc::from("ami-1"))])
}

#[track_caller]
fn check(tags: &[(&str, &str)], expected: &str) {
    let found = Origins::new(&[]).of(&row(), &tagged(tags)).map(|origin| origin.text());
    assert_eq!(found.as_deref(), Some(expected), "{tags:?}");
}

#[test]
fn what_made_a_resource_is_read_from_its_tags() {
    check(
        &[("aws:cloudformation:stack-name", SET), ("aws:cloudformation:stack-id", "arn:x")],
        "stack_set: logging-baseline",
    );
    check(
        &[("aws:cloudformation:stack-name", "web"), ("aws:cloudformation:stack-id", "arn:x/web/1")],
        "stack: arn:x/web/1",
    );
    check(&[("aws:cloudformation:stack-name", "web")], "stack: 111122223333:eu-west-1/web");
    check(
        &[("terraform-module", "git::https://x//s3"), ("aws:autoscaling:groupName", "g")],
        "module: git::https://x//s3",
    );
    check(&[("aws:ec2launchtemplate:id", "lt-1"), ("aws:autoscaling:groupName", "g")], "launch_template: lt-1");
    check(&[("aws:autoscaling:groupName", "g")], "auto_scaling_group: 111122223333/eu-west-1/g");
    check(&[("aws:eks:cluster-name", "c")], "eks_cluster: 111122223333/eu-west-1/c");
    check(&[("Name", "web")], "image: ami-1");
}

#[test]
fn what_only_looks_like_it_is_not_claimed() {
    for stack in [
        "StackSet-x",
        "StackSet-",
        "StackSet--0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f",
        "stackset-é-0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f",
    ] {
        assert_eq!(stack_set(stack), None, "{stack}");
    }
    let passes = ReportRow { status: Status::Pass, ..row() };
    assert_eq!(Origins::new(&[]).of(&passes, &tagged(&[])), None);
    let untagged = ReportRow { evidence: Vec::new(), ..row() };
    assert_eq!(Origins::new(&[]).of(&untagged, &tagged(&[])), None, "no image tags what is started from it");
    let other = ReportRow { resource_type: "AWS::EC2::Volume".into(), ..row() };
    assert_eq!(Origins::new(&[]).of(&other, &tagged(&[("aws:cloudformation:stack-name", "")])), None);
    assert_eq!(Origins::new(&["Stack".into()]).of(&other, &tagged(&[("terraform-module", "m")])), None);
}

fn bucket(name: &str, policy: &str) -> Option<String> {
    let document = Doc::from_json(&policy.replace("NAME", name)).unwrap();
    let row = ReportRow {
        resource: format!("arn:aws:s3:::{name}"),
        resource_type: "AWS::S3::Bucket".into(),
        evidence: vec![Evidence { path: "resource.Policy.Statement[0].Effect".into(), value: "x".into() }],
        ..row()
    };
    Origins::new(&[]).of(&row, &document).map(|origin| origin.text())
}

#[test]
fn policies_that_differ_in_the_name_of_their_resource_are_one() {
    let policy = r#"{"Policy":{"Version":"1","Statement":[{"Effect":"Allow","Resource":["arn:aws:s3:::NAME/*","arn:aws:s3:::NAME"]}]}}"#;
    let turned = r#"{"Policy":{"Statement":[{"Resource":["arn:aws:s3:::NAME","arn:aws:s3:::NAME/*"],"Effect":"Allow"}],"Version":"1"}}"#;
    let other = policy.replace("Allow", "Deny");
    let one = bucket("logs-one", policy);
    assert!(one.as_deref().is_some_and(|one| one.starts_with("policy: ")), "{one:?}");
    assert_eq!(one, bucket("logs-two", policy));
    assert_eq!(one, bucket("logs-two", turned));
    assert_ne!(one, bucket("logs-two", &other));
    assert_eq!(bucket("logs-one", r#"{"Policy":null}"#), None);
}

#[test]
fn the_page_names_every_kind_and_every_usual_tag() {
    let page = include_str!("../../../../docs/fix.md");
    for (kind, _) in crate::report::origin::KINDS {
        assert!(page.contains(&format!("| `{kind}` |")), "docs/fix.md does not name {kind}");
    }
    for tag in MODULE_TAGS {
        assert!(page.contains(&format!("`{tag}`")), "docs/fix.md does not name {tag}");
    }
    let most = crate::report::grouped(crate::report::causes::MOST as u64);
    assert!(page.contains(&format!("{most} changes are told apart")), "{most}");
}
