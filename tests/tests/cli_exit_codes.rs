//! Every documented exit code, and what leads to it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use plumbline_tests::binary::{self, command};
use plumbline_tests::demonstration;

const KEY: &str = "arn:aws:kms:us-east-1:111111111111:key/a";

/// The code, and a command that ends with it.
const MATRIX: [(i32, &[&str]); 40] = [
    (0, &["--help"]),
    (0, &["--version"]),
    (0, &["findings"]),
    (0, &["findings", "--status", "pass", "--severity", "critical", "--resource", "arn:nothing"]),
    (0, &["report"]),
    (0, &["scans", "list"]),
    (0, &["scans", "show"]),
    (0, &["controls", "list", "s3-*"]),
    (0, &["controls", "lint"]),
    (0, &["demo", "--accounts", "2"]),
    (0, &["diff", "latest", "latest"]),
    (1, &["diff"]),
    (1, &["findings", "--data-dir", "/no/such/directory"]),
    (1, &["history", "arn:aws:s3:::no-such-bucket"]),
    (1, &["report", "--output", "/no/such/directory/report.html"]),
    (1, &["scan", "--endpoint-url", "http://127.0.0.1:1"]),
    (1, &["controls", "lint", "--pack", "BROKEN"]),
    (2, &["no-such-command"]),
    (2, &["scan", "--no-such-option"]),
    (2, &["scan", "--fail-on", "terrible"]),
    (2, &["scan", "--min-coverage", "101"]),
    (2, &["scan", "--config", "/no/such/file.yaml"]),
    (2, &["scan", "--role", ""]),
    (2, &["scan", "--pack", "/no/such/directory"]),
    (2, &["findings", "--controls", "no-such-control"]),
    (2, &["findings", "--scan", "no-such-scan"]),
    (2, &["diff", "--data-dir", "/no/such/directory"]),
    (2, &["diff", "no-such-scan"]),
    (2, &["history", "no-such-control"]),
    (2, &["controls", "list", "no-such-control"]),
    (2, &["controls", "show", "no-such-control"]),
    (2, &["controls", "try", "/no/such/control.yaml", "--snapshot", "/no/such/file"]),
    (2, &["policy", "--controls", "no-such-control"]),
    (2, &["coordinator", "--listen", "0.0.0.0:7443"]),
    (3, &["demo", "--accounts", "12", "--min-coverage", "100"]),
    (3, &["demo", "--accounts", "12", "--min-coverage", "100", "--fail-on", "low"]),
    (4, &["demo", "--accounts", "12", "--fail-on", "high"]),
    (2, &["iam", "can"]),
    (3, &["iam", "can", "--as", "arn:aws:iam::111111111111:user/a", "--action", "kms:Decrypt", "--resource", KEY]),
    (5, &["iam", "can", "--as", "arn:aws:iam::111111111111:user/a", "--action", "s3:ListAllMyBuckets"]),
];

#[test]
fn every_way_to_end_has_its_code() {
    let data = demonstration::copy();
    let broken = data.path().join("broken/controls");
    fs::create_dir_all(&broken).expect("the system has room");
    fs::write(broken.join("mine.yaml"), "severity: high\n").expect("the system has room");
    for (code, arguments) in MATRIX {
        let broken = broken.parent().map(|path| path.display().to_string()).unwrap_or_default();
        let arguments: Vec<&str> =
            arguments.iter().map(|word| if *word == "BROKEN" { &broken } else { *word }).collect();
        let mut command = demonstration::command(&data, &arguments);
        command.env("AWS_ACCESS_KEY_ID", "AKIA").env("AWS_SECRET_ACCESS_KEY", "x").current_dir(data.path());
        let said = binary::run(&mut command);
        assert_eq!(said.code, code, "{arguments:?}: {said:?}");
        let library = ["Error {", "Err(", "serde", "saphyr", "os error", "DispatchFailure", "RUST_BACKTRACE"];
        for word in library {
            assert!(!said.err.contains(word), "{arguments:?}: {said:?}");
        }
        // That two scans differ is no failure.
        let is_failure = matches!(code, 1 | 2) && (code, &*arguments) != (1, &["diff"]);
        if is_failure && !said.err.starts_with("error: ") && !arguments.contains(&"lint") {
            // What was asked before it failed is progress, a line every few seconds.
            let progress = |line: &&str| line.starts_with("plumbline: the organization: ");
            let failure: Vec<&str> = said.err.lines().skip_while(progress).collect();
            assert!(
                failure.first().is_some_and(|line| line.starts_with("plumbline: failed to ")),
                "{arguments:?}: {said:?}"
            );
            assert!(failure.iter().any(|line| line.starts_with("next step: ")), "{arguments:?}: {said:?}");
        }
    }
}

/// What cannot be written is found before the first call: nothing listens where AWS should be.
#[test]
fn what_cannot_be_written_is_found_before_the_first_call() {
    let place = tempfile::tempdir().expect("the system has room");
    let file = place.path().join("file");
    fs::write(&file, "").expect("the system has room");
    let check = |data: &Path, output: &Path, part: &str| {
        let mut scan = command(&["scan", "--endpoint-url", "http://127.0.0.1:1"]);
        scan.env("AWS_ACCESS_KEY_ID", "AKIA").env("AWS_SECRET_ACCESS_KEY", "x");
        let said = binary::run(scan.arg("--data-dir").arg(data).arg("--output").arg(output));
        assert_eq!(said.code, 1, "{said:?}");
        assert!(said.err.contains(part) && !said.err.contains("reach AWS"), "`{part}` is missing: {said:?}");
    };
    let data = place.path().join("data");
    check(&data, &file, "it is not a directory");
    check(&data, &file.join("below"), "name a directory that can be written with --output");
    check(&data, Path::new("/proc/plumbline"), "name a directory that can be written with --output");
    check(Path::new("/proc/plumbline"), &place.path().join("out"), "failed to use the store");
    let locked = place.path().join("locked");
    fs::create_dir(&locked).expect("the system has room");
    fs::write(locked.join("redaction.key"), "short").expect("the system has room");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o700)).expect("it is ours");
    check(&locked, &place.path().join("out"), "it has 5 bytes, and a key has 32");
}
