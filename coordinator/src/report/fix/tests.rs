//! What is written for findings: places, heads, what is left, and that strangers' text stays in its comment.

use std::sync::Arc;

use plumbline_baseline::Status;
use plumbline_baseline::pack::Pack;
use plumbline_governance::{OwnedBy, Owner};

use super::*;
use crate::report::origin::Origin;
use crate::report::tests::corpus;

fn row(account: &str, region: &str, bucket: &str) -> ReportRow {
    ReportRow {
        account_name: "shop".into(),
        ou: "Root/Prod".into(),
        resource: format!("arn:aws:s3:::{bucket}"),
        resource_type: "AWS::S3::Bucket".into(),
        since: "2026-11-20T01:02:03Z".into(),
        accepted: None,
        owner: None,
        origin: None,
        ..corpus::row(account, region, "s3-bucket-access-logged", Status::Fail)
    }
}

fn written(control: &str, format: Format, rows: &[ReportRow]) -> String {
    let pack = Pack::embedded();
    let types = |name: &str| pack.resource_type(name).map(|known| &*known.declared);
    let control = &pack.control(control).unwrap().control;
    let mut out = Vec::new();
    let mut writer =
        FixWriter::new(&mut out, Fixing { control, format, scan: "01SCAN", partition: "aws", types: &types });
    for row in rows {
        let name = row.resource.strip_prefix("arn:aws:s3:::").unwrap_or_default();
        let document = Doc::map([("Name", Doc::from(name))]);
        writer.add(row, Some(&document)).unwrap();
    }
    assert_eq!(writer.finish().unwrap(), rows.len() as u64);
    String::from_utf8(out).unwrap()
}

#[test]
fn commands_stand_under_their_account_and_region() {
    let rows = [row("111", "eu-west-1", "a"), row("111", "us-east-1", "b"), row("222", "us-east-1", "c")];
    let text = written("s3-bucket-access-logged", Format::Cli, &rows);
    for expected in [
        "# To choose:\n#   LOG_BUCKET: the bucket",
        "\n# ==== account 111 shop, Root/Prod\n",
        "\nexport AWS_REGION=eu-west-1\n",
        "\n# arn:aws:s3:::a fails since 2026-11-20\naws s3api put-bucket-logging --bucket a ",
        "\nexport AWS_REGION=us-east-1\n",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    assert_eq!(text.matches("# ==== account").count(), 2);
    assert_eq!(text.matches("export AWS_REGION").count(), 3);
    assert_eq!(text.matches("LOG_BUCKET: ").count(), 1, "{text}");
}

#[test]
fn what_the_same_commands_put_right_stands_above_them_once() {
    let rows = [row("111", "eu-west-1", "a"), row("111", "eu-west-1", "b")];
    let text = written("guardduty-on", Format::Cli, &rows);
    assert_eq!(text.matches("update-detector").count(), 1, "{text}");
    assert!(text.contains("# arn:aws:s3:::a ") && text.contains("# arn:aws:s3:::b "), "{text}");
}

#[test]
fn a_template_of_each_place_has_what_it_refers_to_as_parameters() {
    let rows = [row("111", "eu-west-1", "a"), row("111", "eu-west-1", "b"), row("222", "eu-west-1", "c")];
    let text = written("s3-bucket-tls-only", Format::CloudFormation, &rows);
    assert_eq!(text.matches("AWSTemplateFormatVersion").count(), 2, "{text}");
    assert_eq!(text.matches("\n---\n").count(), 2, "{text}");
    assert_eq!(text.matches("Type: AWS::S3::BucketPolicy").count(), 3, "{text}");
    assert!(text.contains("Bucket: \"a\"\n"), "{text}");
}

#[test]
fn what_is_no_more_than_a_definition_is_said_once_and_applied_never() {
    let rows = [row("111", "eu-west-1", "a"), row("111", "eu-west-1", "b")];
    let text = written("s3-bucket-versioned", Format::CloudFormation, &rows);
    assert!(text.lines().all(|line| line.is_empty() || line.starts_with('#')), "{text}");
    assert_eq!(text.matches("In the definition of each AWS::S3::Bucket").count(), 1, "{text}");
    assert!(text.contains("arn:aws:s3:::b fails"), "{text}");
}

#[test]
fn strangers_stay_in_their_comments() {
    let hostile = "x\nrm -rf ~ #\u{1b}[2J\u{202e}*/\r\nid";
    let one = ReportRow {
        account_name: hostile.into(),
        ou: hostile.into(),
        owner: Some(Arc::new(Owner { name: hostile.into(), from: OwnedBy::Account })),
        origin: Some(Arc::new(Origin::new("stack_set", hostile))),
        resource: format!("arn:aws:s3:::{hostile}"),
        ..row("111", "eu-west-1", "a")
    };
    for format in [Format::Cli, Format::Terraform, Format::CloudFormation] {
        let text = written("s3-bucket-tls-only", format, std::slice::from_ref(&one));
        assert!(!text.contains(['\u{1b}', '\u{202e}', '\r']), "{text}");
        assert!(!text.lines().any(|line| line.starts_with("id") || line.starts_with("rm ")), "{text}");
        let mut comments = text.lines().filter(|line| line.starts_with('#'));
        assert!(comments.all(|line| !line.contains("*/")), "{text}");
    }
}
