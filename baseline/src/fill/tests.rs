//! Remediations of the pack and of a hostile one, filled. That shells, HCL and YAML read them as they should, the tests of
//! the whole system ask other programs.

use super::*;
use crate::doc::Doc;
use crate::pack::Pack;
use crate::pack::collector::ResourceType;
use std::sync::Arc;

/// Names that try to get out of what they stand in.
const HOSTILE: [&str; 12] =
    ["it's", "a\"b", "$(id)", "`id`", "a\nb; id", "${x}", "%{x}", "*/ x", "a\\", "\u{1b}[2J", "\u{202e}evil", "a$"];

fn bucket() -> Arc<ResourceType> {
    Arc::clone(&Pack::embedded().resource_type("AWS::S3::Bucket").unwrap().declared)
}

fn filled(remediation: &Remediation, format: Format, name: &str) -> Filled {
    let document = Doc::map([("Name", Doc::from(name))]);
    let declared = bucket();
    let subject = Subject {
        account: "111122223333",
        region: "eu-west-1",
        partition: "aws",
        resource: "arn:aws:s3:::logs",
        document: Some(&document),
        declared: &declared,
    };
    fill(remediation, format, &subject)
}

fn cli(text: &str, name: &str) -> Filled {
    let choose = BTreeMap::from([("LOG_BUCKET".to_owned(), "where logs go".to_owned())]);
    filled(&Remediation { cli: text.to_owned(), choose, ..Remediation::default() }, Format::Cli, name)
}

#[track_caller]
fn check_cli(text: &str, name: &str, expected: &str) {
    assert_eq!(cli(text, name).text, expected, "{text}");
}

#[test]
fn words_are_filled_and_those_that_a_person_chooses_are_left() {
    let filled = cli("aws s3api get --bucket BUCKET --to LOG_BUCKET --region REGION --account ACCOUNT", "my-logs");
    let expected = "aws s3api get --bucket my-logs --to LOG_BUCKET --region eu-west-1 --account 111122223333";
    assert_eq!(filled.text, expected);
    assert_eq!(filled.fills, 1);
    assert_eq!(filled.left["LOG_BUCKET"], Left::Choose("where logs go".to_owned()));
}

#[test]
fn names_are_quoted_for_where_they_stand() {
    check_cli("aws x --bucket BUCKET", "it's", r"aws x --bucket 'it'\''s'");
    check_cli("aws x s3://BUCKET/", "a b", "aws x s3://'a b'/");
    check_cli("aws x '{\"A\":\"BUCKET/\"}'", "it's\"\n", r#"aws x '{"A":"it'\''s\"\n/"}'"#);
    check_cli(
        "cat <<'JSON'\n{\"A\": \"BUCKET\"}\nJSON\naws y",
        "a\nJSON",
        "cat <<'JSON'\n{\"A\": \"a\\nJSON\"}\nJSON\naws y",
    );
    check_cli("aws x \"of BUCKET\"", "$(id)", "aws x \"of \"'$(id)'\"\"");
    check_cli("# of BUCKET\naws y", "a\nid", "# of a id\naws y");
    check_cli("aws x --a BUCKET", "a\nb c", "aws x --a 'a'\"$(printf '\\012\\142')\"' c'");
    check_cli("aws x --a BUCKET", "\u{1b}[2J", "aws x --a ''\"$(printf '\\033')\"'[2J'");
}

#[test]
fn where_nothing_holds_a_name_the_word_stays() {
    for (text, name) in [
        ("aws x Name=BUCKET,Values=1", "a,Values=b"),
        ("aws x 'A={b=BUCKET}'", "x'y"),
        ("aws x --bucket BUCKET", "--delete"),
        ("aws x --bucket BUCKET", "file:///etc/passwd"),
        ("aws x --bucket BUCKET", "[1]"),
        ("cat <<END\nBUCKET\nEND\n", "$(id)"),
        ("cat <<'END'\nBUCKET\nEND\n", "a\nEND\nid"),
        ("aws x \"$(echo BUCKET)\"", "'; id; '"),
        ("aws x --bucket BUCKET", "a\0b"),
        ("aws x --bucket BUCKET", "a\n"),
    ] {
        let filled = cli(text, name);
        assert_eq!(filled.text, text, "{name}");
        assert_eq!(filled.left["BUCKET"], Left::NotQuotable, "{text}");
    }
}

#[test]
fn terraform_has_labels_of_its_own_and_says_what_is_defined_elsewhere() {
    let terraform = "resource \"aws_s3_bucket_policy\" \"this\" {\n  bucket = aws_s3_bucket.this.id\n  policy = \
                     data.aws_iam_policy_document.tls.json # aws_s3_bucket.this.id\n  key    = var.key_arn\n}\ndata \
                     \"aws_iam_policy_document\" \"tls\" {\n  resources = [\"${aws_s3_bucket.this.arn}/*\", \
                     \"$${aws_s3_bucket.this.id}\"]\n}\n";
    let remediation = Remediation { terraform: terraform.to_owned(), ..Remediation::default() };
    let one = filled(&remediation, Format::Terraform, "my-logs");
    let label = "logs_tls_";
    assert!(one.text.contains("bucket = \"my-logs\"\n"), "{}", one.text);
    assert!(one.text.contains("[\"arn:aws:s3:::logs/*\", \"$${aws_s3_bucket.this.id}\"]"), "{}", one.text);
    assert!(one.text.contains(&format!("= data.aws_iam_policy_document.{label}")), "{}", one.text);
    assert!(one.text.contains(&format!("data \"aws_iam_policy_document\" \"{label}")), "{}", one.text);
    assert!(one.text.contains(".json # aws_s3_bucket.this.id\n"), "{}", one.text);
    assert_eq!(one.left.keys().collect::<Vec<_>>(), ["var.key_arn"]);
    assert_eq!(one.fills, 2);
}

#[test]
fn cloudformation_has_ids_of_its_own_and_parameters_for_the_rest() {
    let cloudformation = "BucketPolicy:\n  Type: AWS::S3::BucketPolicy\n  DependsOn: Other\n  Properties:\n    Bucket: \
                          !Ref Bucket # !Ref Bucket\n    Key: !GetAtt TrailKey.Arn\n    A: [!GetAtt Bucket.Arn, !Sub \
                          \"${Bucket.Arn}/*\", !Sub \"${AWS::Region}${aws:username}\"]\nOther:\n  Type: \
                          AWS::S3::Thing\n  Of: !Ref BucketPolicy\n";
    let remediation = Remediation { cloudformation: cloudformation.to_owned(), ..Remediation::default() };
    let filled = filled(&remediation, Format::CloudFormation, "my-logs");
    for expected in [
        "\nOtherLogs",
        "DependsOn: OtherLogs",
        "Bucket: \"my-logs\" # !Ref Bucket\n",
        "Key: !Ref TrailKeyArn\n",
        "[\"arn:aws:s3:::logs\", !Sub \"arn:aws:s3:::logs/*\", !Sub \"${AWS::Region}${aws:username}\"]",
        "Of: !Ref BucketPolicyLogs",
    ] {
        assert!(filled.text.contains(expected), "{expected}: {}", filled.text);
    }
    assert_eq!(filled.left.keys().collect::<Vec<_>>(), ["TrailKeyArn"]);
}

#[test]
fn what_would_make_another_resource_is_its_definition() {
    let remediation = Remediation {
        terraform: "resource \"aws_s3_bucket\" \"this\" {\n  a = 1\n}\n".to_owned(),
        cloudformation: "Bucket:\n  Type: AWS::S3::Bucket\n  Properties: {}\n".to_owned(),
        ..Remediation::default()
    };
    for format in [Format::Terraform, Format::CloudFormation] {
        let filled = filled(&remediation, format, "x");
        assert_eq!((filled.text.as_str(), filled.definition.as_str()), ("", text(&remediation, format)));
    }
}

#[test]
fn what_is_not_known_is_said() {
    let declared = bucket();
    let remediation = Remediation { cli: "aws x BUCKET ARN".to_owned(), ..Remediation::default() };
    let subject = |resource| Subject {
        account: "1",
        region: "aws-global",
        partition: "aws",
        resource,
        document: None,
        declared: &declared,
    };
    let of_arn = fill(&remediation, Format::Cli, &subject("arn:aws:s3:::logs"));
    assert_eq!(of_arn.text, "aws x logs arn:aws:s3:::logs");
    let of_nothing = fill(&remediation, Format::Cli, &subject(""));
    assert_eq!(of_nothing.left["BUCKET"], Left::NotKnown);
    assert_eq!(of_nothing.text, remediation.cli);
}

#[test]
fn no_name_breaks_out_of_any_remediation_of_the_pack() {
    for name in HOSTILE {
        for control in Pack::embedded().controls() {
            for format in [Format::Cli, Format::Terraform, Format::CloudFormation] {
                let filled = filled(&control.control.remediation, format, name);
                let hides = |each: char| each != '\n' && each.is_control() || each == '\u{202e}';
                assert!(!filled.text.contains(hides), "{}: {}", control.id(), filled.text);
            }
        }
    }
}
