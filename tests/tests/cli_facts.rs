//! Facts that age and settings with rules, on the command line.

use std::fs;

use plumbline_tests::binary::{self, command};

#[test]
fn lint_warns_of_facts_that_nobody_looked_at_again() {
    let place = tempfile::tempdir().unwrap();
    fs::create_dir(place.path().join("facts")).unwrap();
    let facts = "id: lambda-runtimes\nsays: Ends of runtimes.\nsource: https://docs.aws.amazon.com/lambda\n\
                 as_of: 2020-01-01\nlook_again_by: 2020-04-01\nvalues: { python3.14: \"2029-06-30\" }\n";
    fs::write(place.path().join("facts/lambda-runtimes.yaml"), facts).unwrap();
    let lint = |pack: &[&str]| binary::run(command(&["controls", "lint"]).args(pack));
    let warned = lint(&["--pack", place.path().to_str().unwrap()]);
    assert_eq!(warned.code, 0, "{warned:?}");
    for part in ["lambda-runtimes are of 2020-01-01", "looked at again by 2020-04-01", "lambda-runtime-supported is"] {
        assert!(warned.out.contains(part), "`{part}` is missing: {warned:?}");
    }
    fs::write(place.path().join("facts/lambda-runtimes.yaml"), facts.replace("2020-04-01", "9999-01-01")).unwrap();
    assert!(!lint(&["--pack", place.path().to_str().unwrap()]).out.contains("looked at again"));
}

#[test]
fn a_setting_that_breaks_its_rule_ends_the_scan_before_it_starts() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("plumbline.yaml");
    fs::write(&path, "settings: { iam-password-policy-reuse: { remembered: 30 } }\n").unwrap();
    let said = binary::run(command(&["plan", "--config", path.to_str().unwrap()]).env("AWS_REGION", "eu-west-1"));
    assert_eq!(said.code, 2, "{said:?}");
    let expected = "setting `remembered` of `iam-password-policy-reuse` is a number from 1 to 24; its default is 24";
    assert!(said.err.contains(expected) && said.err.contains("next step: "), "{said:?}");
}

#[test]
fn show_says_what_a_setting_takes() {
    let said = binary::run(&mut command(&["controls", "show", "kms-key-rotation"]));
    assert!(said.out.contains("max_days = 365") && said.out.contains("a number from 90 to 2560"), "{said:?}");
}
