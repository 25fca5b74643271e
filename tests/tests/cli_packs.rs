//! What somebody sees who writes a pack: the types that there are, a control tried on a saved snapshot, and slips that
//! are told where they are.
#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::fs;
use std::path::Path;

use plumbline_tests::binary::{Said, command, run};
use plumbline_tests::python::workspace_root;

fn said(arguments: &[&str]) -> Said {
    run(&mut command(arguments))
}

/// The control of the page on writing controls, in a pack of its own.
fn worked_example(folder: &Path) -> String {
    let page = fs::read_to_string(workspace_root().join("docs/writing-controls.md")).unwrap();
    let block = page.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
    write(folder, "controls/ec2/ec2-volume-named.yaml", block)
}

fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

fn snapshot() -> String {
    workspace_root().join("docs/examples/snapshot/volumes.ndjson").display().to_string()
}

#[test]
fn the_types_that_there_are_and_what_they_have() {
    let types = said(&["types"]);
    assert!(
        types.code == 0 && types.out.contains("AWS::KMS::Key") && types.out.ends_with("resource types\n"),
        "{types:?}"
    );
    let key = said(&["types", "AWS::KMS::Key", "--format", "ndjson"]);
    let line = key.out.lines().find(|line| line.contains("\"Metadata.KeyState\"")).unwrap();
    assert!(line.contains("kms:DescribeKey") && line.contains("PendingDeletion"), "{line}");
    let operations = said(&["types", "--operations", "kms"]);
    assert!(operations.out.contains("ListGrants") && operations.out.contains("kms:ListGrants"), "{operations:?}");
    assert!(said(&["types", "--services", "--format", "csv"]).out.contains("\nkms,"));
    let unknown = said(&["types", "AWS::KMS::Kye"]);
    assert!(unknown.code == 2 && unknown.err.contains("did you mean `AWS::KMS::Key`?"), "{unknown:?}");
    let unknown = said(&["types", "--operations", "kinesis"]);
    assert!(unknown.code == 2 && unknown.err.contains("source: config"), "{unknown:?}");
}

#[test]
fn a_control_is_tried_on_the_snapshot_of_the_page() {
    let folder = tempfile::tempdir().unwrap();
    let control = worked_example(folder.path());
    let tried = said(&["controls", "try", &control, "--snapshot", &snapshot()]);
    let words: Vec<&str> = tried.out.lines().filter_map(|line| line.split_whitespace().next()).collect();
    for status in ["PASS", "FAIL", "UNKNOWN"] {
        assert_eq!(words.iter().filter(|word| **word == status).count(), 1, "{tried:?}");
    }
}

#[test]
fn what_is_excluded_is_shown_with_the_reason_and_a_slip_is_told_by_the_path_as_it_was_given() {
    let folder = tempfile::tempdir().unwrap();
    let control = worked_example(folder.path());
    let text = fs::read_to_string(&control).unwrap();
    fs::write(&control, text.replace("pass_when:", "applies_when: resource.State == \"in-use\"\npass_when:")).unwrap();
    let lines = "{\"account\":\"1\",\"region\":\"us-east-1\",\"about\":{}}\n\
                 {\"account\":\"1\",\"region\":\"us-east-1\",\"type\":\"AWS::EC2::Volume\",\"resource\":{\"Stat\":\"in-use\"}}\n";
    let saved = write(folder.path(), "saved.ndjson", lines);
    let tried = said(&["controls", "try", &control, "--snapshot", &saved]);
    assert!(tried.out.contains("line 2") && tried.out.contains("`applies_when` is false"), "{tried:?}");
    assert!(!tried.out.contains("no_resources") && tried.err.contains("no member `Stat`"), "{tried:?}");
    let broken = write(
        folder.path(),
        "mine/controls/ec2-volume-named.yaml",
        &text.replace("AWS::EC2::Volume", "AWS::KMS::Grant"),
    );
    let tried = said(&["controls", "try", &broken, "--snapshot", &saved]);
    let pack = folder.path().join("mine").display().to_string();
    assert!(tried.err.contains(&format!("{broken}:")) && !tried.err.contains("controls//"), "{tried:?}");
    assert!(tried.err.contains(&format!("--pack {pack}")), "{tried:?}");
    fs::write(&saved, "{\"account\":\"1\",\"region\":\"us-east-1\"}\n").unwrap();
    let tried = said(&["controls", "try", &control, "--snapshot", &saved]);
    assert!(tried.code == 2 && tried.err.contains("has `about`"), "{tried:?}");
}

#[test]
fn a_case_that_fails_is_told_by_its_line_and_a_control_with_errors_is_told_from_none() {
    let folder = tempfile::tempdir().unwrap();
    let control = worked_example(folder.path());
    let pack = folder.path().display().to_string();
    let text = fs::read_to_string(&control).unwrap();
    fs::write(&control, text.replace("pass_when:", "applies_when: resource.VolumeId == \"x\"\npass_when:")).unwrap();
    let tested = said(&["controls", "test", "--pack", &pack, "ec2-volume-named"]);
    assert!(tested.code != 0 && tested.out.contains("got NOT_APPLICABLE: `applies_when` is false"), "{tested:?}");
    assert!(tested.out.contains(&format!("{control}:")) && !tested.out.contains(" \n"), "{tested:?}");
    fs::write(&control, text.replace("severity:", "severty:")).unwrap();
    let tested = said(&["controls", "test", "--pack", &pack, "ec2-volume-named"]);
    assert!(tested.code == 2 && tested.err.contains("`ec2-volume-named` has errors and is left out"), "{tested:?}");
    let shown = said(&["controls", "show", "--pack", &pack, "ec2-volume-named"]);
    assert!(shown.code == 2 && shown.err.contains("has errors"), "{shown:?}");
}

#[test]
fn a_built_in_control_that_is_replaced_is_noted() {
    let folder = tempfile::tempdir().unwrap();
    let source = workspace_root().join("baseline/pack/controls/s3");
    let first = fs::read_dir(source).unwrap().next().unwrap().unwrap().path();
    let name = first.file_name().unwrap().to_string_lossy().into_owned();
    write(folder.path(), &format!("controls/{name}"), &fs::read_to_string(&first).unwrap());
    let lint = said(&["controls", "lint", "--pack", &folder.path().display().to_string()]);
    assert!(
        lint.code == 0 && lint.out.contains(&format!("note: replaces the built-in controls/s3/{name}")),
        "{lint:?}"
    );
}
